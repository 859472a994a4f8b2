package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// site is the finished lab with what the benchmark needs in it: ports of the
// endpoint that lead to an instance whose servers are the benchmark's own.
type site struct {
	lab               *lab
	endpoint, service string
	at                netip.Addr   // of the endpoint, on this host
	backend           netip.Addr   // of the instance behind it
	sources           []netip.Addr // of instances that may use the endpoint
}

// clients is how many instances make connections, so that there are enough
// ports for short ones.
const clients = 4

// build starts the program and makes the site by the console's own forms.
func build(ctx context.Context, l *lab) (*site, error) {
	if err := l.start(); err != nil {
		return nil, err
	}
	if err := errors.Join(l.answering(ctx), l.signIn(ctx)); err != nil {
		return nil, err
	}
	if err := l.post(ctx, "/build", url.Values{}); err != nil {
		return nil, err
	}
	s := &site{lab: l}
	for _, step := range []func(context.Context) error{s.find, s.admit, s.settle} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// find reads the pages of the finished lab.
func (s *site) find(ctx context.Context) error {
	endpoint, err := s.lab.linked(ctx, "/endpoints", "/endpoints/ep-", "")
	if err != nil {
		return err
	}
	service, err := s.lab.linked(ctx, "/endpoint-services", "/endpoint-services/epsrv-", "")
	if err != nil {
		return err
	}
	s.endpoint, s.service = endpoint, service
	// Its address on this host is known when its interface is made.
	if err := until(ctx, 10*time.Second, func(ctx context.Context) error {
		s.at, err = s.lab.here(ctx, "/endpoints/"+endpoint, ":80")
		return err
	}); err != nil {
		return err
	}
	behind, err := s.lab.linked(ctx, "/instances", "/instances/i-", "ECS2")
	if err != nil {
		return err
	}
	if s.backend, err = s.lab.here(ctx, "/instances/"+behind, ":80"); err != nil {
		return err
	}
	client, err := s.lab.linked(ctx, "/instances", "/instances/i-", "ECS1")
	if err != nil {
		return err
	}
	// The client has no server, so its address stands alone.
	source, err := s.lab.here(ctx, "/instances/"+client, "")
	s.sources = []netip.Addr{source}
	return err
}

// admit opens the ports in the security group of the endpoint.
func (s *site) admit(ctx context.Context) error {
	group, err := s.lab.linked(ctx, "/security-groups", "/security-groups/sg-", "sg-vpc1")
	if err != nil {
		return err
	}
	for _, protocol := range []string{"tcp", "udp"} {
		if err := s.lab.post(ctx, "/security-groups/"+group+"/rules/new", url.Values{
			"direction": {"ingress"}, "policy": {"accept"}, "priority": {"1"}, "protocol": {protocol},
			"ports": {fmt.Sprintf("%d/%d", portBulk, portBack)}, "peer": {"0.0.0.0/0"},
		}); err != nil {
			return err
		}
	}
	return nil
}

// settle adds more clients beside the first one.
func (s *site) settle(ctx context.Context) error {
	home, err := s.lab.linked(ctx, "/vswitches", "/vswitches/vsw-", "vsw-vpc1-b")
	if err != nil {
		return err
	}
	for n := 1; n < clients; n++ {
		name := fmt.Sprint("bench-", n)
		if err := s.lab.post(ctx, "/instances/new", url.Values{"name": {name}, "vswitch": {home}, "program": {"none"}}); err != nil {
			return err
		}
		id, err := s.lab.linked(ctx, "/instances", "/instances/i-", name)
		if err != nil {
			return err
		}
		at, err := s.lab.here(ctx, "/instances/"+id, "")
		if err != nil {
			return err
		}
		s.sources = append(s.sources, at)
	}
	return nil
}

// publish gives the endpoint's load balancer a listener for each port. The
// backend must be there, or its health is bad for some seconds.
func (s *site) publish(ctx context.Context) error {
	balancer, err := s.lab.linked(ctx, "/load-balancers", "/load-balancers/lb-", "")
	if err != nil {
		return err
	}
	behind, err := s.lab.linked(ctx, "/instances", "/instances/i-", "ECS2")
	if err != nil {
		return err
	}
	// The tutorial's is the smallest, which takes 3,000 new connections a second.
	if err := s.lab.post(ctx, "/load-balancers/"+balancer+"/spec", url.Values{"spec": {"slb.s3.large"}}); err != nil {
		return err
	}
	add := func(protocol string, port uint16) error {
		number := strconv.Itoa(int(port))
		return s.lab.post(ctx, "/load-balancers/"+balancer+"/listeners/new", url.Values{
			"step": {"4"}, "protocol": {protocol}, "port": {number}, "backendport": {number}, "healthkind": {protocol},
			"servers": {behind}, "weight." + behind: {"100"},
		})
	}
	for _, port := range portsTCP {
		if err := add("tcp", port); err != nil {
			return err
		}
	}
	for _, port := range portsUDP {
		if err := add("udp", port); err != nil {
			return err
		}
	}
	return nil
}

// post sends a form of the console, which must be accepted.
func (l *lab) post(ctx context.Context, path string, form url.Values) error {
	a, err := l.send(ctx, http.MethodPost, console+path, form)
	if err != nil || a.status < 400 {
		return err
	}
	said := ""
	if doc, err := a.document(); err == nil {
		said = strings.Join(strings.Fields(doc.Find("#errors").Text()), " ")
	}
	return fmt.Errorf("%s answers %d: %s", path, a.status, said)
}

// linked answers the ID in the first link of a list whose row or text has a
// name.
func (l *lab) linked(ctx context.Context, list, link, name string) (string, error) {
	page, err := l.page(ctx, console+list)
	if err != nil {
		return "", err
	}
	doc, err := page.document()
	if err != nil {
		return "", err
	}
	id := ""
	doc.Find("main a[href*='" + link + "']").EachWithBreak(func(_ int, a *goquery.Selection) bool {
		if name == "" || strings.TrimSpace(a.Text()) == name || strings.Contains(a.Closest("tr").Text(), name) {
			u, _ := url.Parse(a.AttrOr("href", ""))
			rest := strings.TrimPrefix(u.Path, console+list+"/")
			id, _, _ = strings.Cut(rest, "/")
		}
		return id == ""
	})
	if id == "" {
		return "", fmt.Errorf("%s lists no %q", list, name)
	}
	return id, nil
}

// onHost are addresses of this host, with their ports, and what a page says
// apart from them.
var onHost = regexp.MustCompile(`127(\.\d+){3}(:\d+)?`)

// here answers the address on this host that a page shows with a port, or
// without one. The range next to the first networks' is of the lab's doors.
func (l *lab) here(ctx context.Context, path, port string) (netip.Addr, error) {
	page, err := l.page(ctx, console+path)
	if err != nil {
		return netip.Addr{}, err
	}
	doc, err := page.document()
	if err != nil {
		return netip.Addr{}, err
	}
	for _, found := range onHost.FindAllString(doc.Find("main").Text(), -1) {
		host, p, _ := strings.Cut(found, ":")
		if port != "" && ":"+p != port || port == "" && p != "" {
			continue
		}
		if at, err := netip.ParseAddr(host); err == nil {
			return at, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("%s shows no address on this host", path)
}

// reached waits until every client gets through the endpoint to the backend,
// with connections and with packets.
func (s *site) reached(ctx context.Context) error {
	for _, source := range s.sources {
		for network, port := range map[string]uint16{"tcp4": portEcho, "udp4": portBack} {
			if err := until(ctx, 20*time.Second, func(ctx context.Context) error {
				return greet(ctx, network, source, netip.AddrPortFrom(s.at, port))
			}); err != nil {
				return fmt.Errorf("through the endpoint from %s: %w", source, err)
			}
		}
	}
	return nil
}

// greet sends one message by TCP or UDP, which must come back.
func greet(ctx context.Context, network string, from netip.Addr, to netip.AddrPort) error {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), Timeout: time.Second}
	if network == "udp4" {
		d.LocalAddr = net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	c, err := d.DialContext(ctx, network, to.String())
	if err != nil {
		return err
	}
	defer c.Close()
	var out, in message
	out.set(1)
	_ = c.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.Write(out[:]); err != nil {
		return err
	}
	for n := 0; n < len(in); {
		k, err := c.Read(in[n:])
		if err != nil {
			return err
		}
		n += k
	}
	if in != out {
		return errors.New("a message came back changed")
	}
	return nil
}
