package dns

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sockets are a UDP and a TCP socket on one address of the loopback.
func sockets(t *testing.T, ip string) (net.PacketConn, net.Listener, string) {
	t.Helper()
	for range 50 {
		ln, err := net.Listen("tcp", ip+":0")
		if err != nil {
			t.Fatal(err)
		}
		pc, err := net.ListenPacket("udp", ln.Addr().String())
		if err == nil {
			return pc, ln, ln.Addr().String()
		}
		_ = ln.Close()
	}
	t.Fatal("no port is free for both UDP and TCP")
	return nil, nil, ""
}

// start runs a server until the test ends.
func start(t *testing.T, opt Options) *Server {
	t.Helper()
	opt.Roots = []string{root}
	if opt.Upstream == nil {
		opt.Upstream = []string{}
	}
	s := New(opt)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

func serve(t *testing.T, s *Server, vpc, ip string) string {
	t.Helper()
	pc, ln, at := sockets(t, ip)
	if portable {
		pc = plainSocket{pc}
	}
	stop, err := s.Serve(vpc, pc, ln)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return at
}

// upstreamAt is a real DNS server that answers every A question with ip.
func upstreamAt(t *testing.T, handler dns.HandlerFunc) string {
	t.Helper()
	pc, ln, at := sockets(t, "127.0.0.1")
	for _, srv := range []*dns.Server{{PacketConn: pc, Handler: handler}, {Listener: ln, Handler: handler}} {
		up := make(chan struct{})
		srv.NotifyStartedFunc = func() { close(up) }
		done := make(chan error, 1)
		go func() { done <- srv.ActivateAndServe() }()
		<-up
		t.Cleanup(func() {
			if err := srv.Shutdown(); err != nil {
				t.Error(err)
			}
			<-done
		})
	}
	return at
}

func answerA(ip string) dns.HandlerFunc {
	return func(w dns.ResponseWriter, req *dns.Msg) {
		m := new(dns.Msg).SetReply(req)
		if req.Question[0].Qtype == dns.TypeA {
			rr, _ := dns.NewRR(req.Question[0].Name + " 60 IN A " + ip)
			m.Answer = append(m.Answer, rr)
		}
		_ = w.WriteMsg(m)
	}
}

func exchange(t *testing.T, network, at, name string, qtype uint16, edit func(*dns.Msg)) *dns.Msg {
	t.Helper()
	m := new(dns.Msg).SetQuestion(dns.Fqdn(name), qtype)
	if edit != nil {
		edit(m)
	}
	c := dns.Client{Net: network, Timeout: 8 * time.Second}
	reply, _, err := c.ExchangeContext(t.Context(), m, at)
	if err != nil {
		t.Fatalf("%s %s: %v", network, name, err)
	}
	return reply
}

func values(m *dns.Msg) []string {
	var out []string
	for _, rr := range m.Answer {
		if a, ok := rr.(*dns.A); ok {
			out = append(out, a.A.String())
		}
	}
	return out
}

// EP-08, EPS-03: over real UDP and TCP, the socket chooses the view, the client's
// address the zone; another VPC does not know the name.
func TestViews(t *testing.T) {
	s := start(t, Options{ZoneOf: func(vpc string, client netip.Addr) string {
		if vpc == "vpc-1" && client == addr("127.0.0.2") {
			return "zone-b"
		}
		return ""
	}})
	one, two, host := serve(t, s, "vpc-1", "127.0.0.1"), serve(t, s, "vpc-2", "127.0.0.1"), serve(t, s, "", "127.0.0.1")
	s.SetName("vpc-1", twoZones(true, true))
	for _, network := range []string{"udp", "tcp"} {
		if got := values(exchange(t, network, one, ep, dns.TypeA, nil)); len(got) != 2 {
			t.Errorf("%s: from nowhere: %v", network, got)
		}
		if got := values(exchange(t, network, host, strings.ToUpper(ep), dns.TypeA, nil)); len(got) != 2 {
			t.Errorf("%s: host view: %v", network, got)
		}
		if m := exchange(t, network, two, ep, dns.TypeA, nil); m.Rcode != dns.RcodeNameError || len(m.Ns) != 1 {
			t.Errorf("%s: another VPC: %v", network, m)
		}
		if m := exchange(t, network, one, ep, dns.TypeAAAA, nil); m.Rcode != dns.RcodeSuccess || len(m.Answer) != 0 || len(m.Ns) != 1 {
			t.Errorf("%s: AAAA: %v", network, m)
		}
	}
	d := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	c := dns.Client{Dialer: &d}
	m, _, err := c.ExchangeContext(t.Context(), new(dns.Msg).SetQuestion(ep+".", dns.TypeA), one)
	if err != nil || len(values(m)) != 1 || values(m)[0] != "10.10.2.5" {
		t.Errorf("zone b: %v %v", m, err)
	}
	s.SetName("vpc-2", Name{FQDN: "other." + root})
	s.RemoveName("vpc-2", ep)
	if got := values(exchange(t, "udp", host, ep, dns.TypeA, nil)); len(got) != 2 {
		t.Errorf("host view after another VPC removed the name: %v", got)
	}
	s.RemoveName("vpc-1", ep)
	for _, at := range []string{one, host} {
		if m := exchange(t, "udp", at, ep, dns.TypeA, nil); m.Rcode != dns.RcodeNameError {
			t.Errorf("after removal: %v", m)
		}
	}
}

func TestServeAfterRun(t *testing.T) {
	s := New(Options{Roots: []string{root}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx); err != nil {
		t.Fatal(err)
	}
	pc, ln, _ := sockets(t, "127.0.0.1")
	if _, err := s.Serve("", pc, ln); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is left open: %v", err)
	}
}

// The same with a client nobody here wrote.
func TestDig(t *testing.T) {
	dig, err := exec.LookPath("dig")
	if err != nil {
		t.Skip("dig is not installed")
	}
	s := start(t, Options{})
	host, port, _ := net.SplitHostPort(serve(t, s, "vpc-1", "127.0.0.1"))
	s.SetName("vpc-1", twoZones(false, true))
	for _, how := range []string{"+notcp", "+tcp"} {
		out, err := exec.CommandContext(t.Context(), dig, "@"+host, "-p", port, how, "+short", "+time=5", "+tries=1", ep).CombinedOutput()
		if err != nil || strings.Count(string(out), "10.10.") != 2 {
			t.Errorf("dig %s: %s %v", how, out, err)
		}
	}
}
