package reconcile_test

import (
	"bufio"
	"context"
	"io"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// network makes a VPC of ctyun with one subnet and one group; the group lets
// nothing in but what the rules say.
func (l *lab) network(c *cloud.Caller, name, cidr, subnet string) (cloud.VPC, cloud.VSwitch, cloud.SecurityGroup) {
	l.t.Helper()
	ctx := l.t.Context()
	v, err := c.CreateVPC(ctx, guangzhou, cloud.VPCInput{Name: name, CIDR: cidr})
	l.ok(err)
	s, err := c.CreateVSwitch(ctx, guangzhou, cloud.VSwitchInput{VPC: v.ID, Zone: guangzhou + "a", Name: name + "-subnet", CIDR: subnet})
	l.ok(err)
	g, err := c.CreateSecurityGroup(ctx, guangzhou, cloud.GroupInput{VPC: v.ID, Name: name + "-group", Template: cloud.TemplateEmpty})
	l.ok(err)
	return v, s, g
}

func (l *lab) host(c *cloud.Caller, s cloud.VSwitch, g cloud.SecurityGroup, name, program, port string) cloud.Instance {
	l.t.Helper()
	i, err := c.CreateInstance(l.t.Context(), guangzhou, cloud.InstanceInput{Name: name, VSwitch: s.ID, Groups: []string{g.ID}, Program: program, Port: port, Text: name})
	l.ok(err)
	return i
}

// letIn adds the rule that TYS-12 asks for.
func (l *lab) letIn(c *cloud.Caller, g cloud.SecurityGroup) cloud.SecurityRule {
	l.t.Helper()
	r, err := c.AddRule(l.t.Context(), g.ID, cloud.RuleInput{Direction: cloud.Ingress, Protocol: cloud.AnyIP, Peer: l.engine.SNAT().String()})
	l.ok(err)
	return r
}

func (l *lab) enhanced(c *cloud.Caller, v cloud.VPC, s cloud.VSwitch, port string, servers ...cloud.Instance) cloud.Balancer {
	l.t.Helper()
	ctx := l.t.Context()
	made, err := c.CreateBalancers(ctx, guangzhou, cloud.BalancerInput{
		Billing: cloud.PayAsYouGo, Zone: s.Zone, ZoneType: cloud.SingleZone, Name: "elb", Spec: cloud.Specs()[0].ID, Address: cloud.Intranet,
		Network: cloud.NetworkVPC, VPC: v.ID, VSwitch: s.ID,
	})
	l.ok(err)
	in := cloud.ListenerInput{Protocol: cloud.TCP, Port: port, BackendPort: port}
	for _, i := range servers {
		in.Servers = append(in.Servers, cloud.BackendInput{Instance: i.ID})
	}
	_, err = c.SaveListener(ctx, made[0].ID, "", in)
	l.ok(err)
	return made[0]
}

func (l *lab) single(c *cloud.Caller, s cloud.Service, v cloud.VPC, subnet cloud.VSwitch) cloud.Endpoint {
	l.t.Helper()
	how, service := cloud.ByName, ""
	if s.Account == cloud.Operator {
		how, service = cloud.ByCloud, s.ID
	}
	e, err := c.CreateEndpoint(l.t.Context(), guangzhou, cloud.EndpointInput{
		How: how, Service: service, ServiceName: s.Name, VPC: v.ID, VSwitch: subnet.ID, PrivateDomain: true,
	})
	l.ok(err)
	return e
}

func (l *lab) state(c *cloud.Caller, e cloud.Endpoint, want cloud.State) cloud.EndpointView {
	l.t.Helper()
	var v cloud.EndpointView
	l.until(string(want), func() bool {
		var err error
		v, err = c.Endpoint(l.t.Context(), e.ID)
		return err == nil && v.State == want
	})
	return v
}

// ask sends a line to a server on the way of an instance and answers what
// comes back.
func (l *lab) ask(from cloud.Instance, network, host string, port uint16, line string) (string, error) {
	ctx, cancel := context.WithTimeout(l.t.Context(), 3*time.Second)
	defer cancel()
	conn, err := l.Doors().Dial(ctx, from.ID, network, host, port)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := io.WriteString(conn, line); err != nil {
		return "", err
	}
	if network == "udp" {
		buf := make([]byte, 1500)
		n, err := conn.Read(buf)
		return string(buf[:n]), err
	}
	all, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(all), err
}

// page is a whole HTTP answer.
func (l *lab) page(from cloud.Instance, host string, port uint16) (string, error) {
	conn, err := l.Doors().Dial(l.t.Context(), from.ID, "tcp", host, port)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(3 * time.Second))
	if _, err := io.WriteString(conn, "GET / HTTP/1.0\r\nHost: "+host+"\r\n\r\n"); err != nil {
		return "", err
	}
	all, err := io.ReadAll(conn)
	return string(all), err
}

func mapping(protocol string, service, port int) cloud.MappingInput {
	return cloud.MappingInput{Protocol: protocol, ServicePort: strconv.Itoa(service), Port: strconv.Itoa(port)}
}

// refusedBy is the gate that stopped what an instance wanted.
func (l *lab) refusedBy(from cloud.Instance, p reach.Protocol, to netip.Addr, port uint16) reach.Verdict {
	return l.Explain(l.t.Context(), reach.Flow{Protocol: p, VPC: from.VPC, Source: from.IP, Target: to, Port: port})
}

// TestMappedLink is the guide's two walkthroughs on the wire: TYS-07, TYS-08,
// TYS-12, TYD-02, TYE-10 to TYE-13, TYD-11, TY-02.
func TestMappedLink(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "lab.db"), "127.40.0.0/14")
	ctx := t.Context()
	// Both networks have the same addresses.
	vs, ss, gs := l.network(l.a, "service", "192.168.0.0/17", "192.168.0.0/24")
	vc, sc, gc := l.network(l.b, "client", "192.168.0.0/17", "192.168.0.0/24")
	web := l.host(l.a, ss, gs, "web-1", cloud.ProgramWeb, "8080")
	client := l.host(l.b, sc, gc, "client-1", cloud.ProgramNone, "")
	elb := l.enhanced(l.a, vs, ss, "8080", web)

	s, err := l.a.CreateService(ctx, guangzhou, cloud.ServiceInput{
		Name: "web", VPC: vs.ID, Approval: "yes", BackendType: cloud.BackendBalancer, Balancer: elb.ID,
		Mappings: []cloud.MappingInput{mapping("tcp", 8080, 80), mapping("tcp", 9999, 81)},
	})
	l.ok(err)
	l.until("the service is available", func() bool {
		v, err := l.a.Service(ctx, s.ID)
		return err == nil && v.State == cloud.Available
	})
	// TYD-08: not on the whitelist is not found.
	if _, err := l.b.FindService(ctx, guangzhou, s.Name); cloud.AsError(err) == nil {
		t.Fatalf("a stranger finds the service: %v", err)
	}
	l.ok(l.a.AddGrants(ctx, s.ID, []string{"iam:domain::" + l.b.Account().DomainID}))
	e := l.single(l.b, s, vc, sc)
	v := l.state(l.b, e, cloud.Pending)
	ip := v.Zones[0].IP
	if _, err := l.page(client, ip.String(), 80); err == nil {
		t.Fatal("an endpoint that nobody accepted answers")
	}
	l.ok(l.a.Allow(ctx, s.ID, e.ID, cloud.AllowInput{Auto: true}))
	l.state(l.b, e, cloud.Accepted)

	// TYS-12: without the rule it stops at the provider's group.
	if _, err := l.page(client, ip.String(), 80); err == nil {
		t.Fatal("the backend answers without a rule for the range")
	}
	if mine := l.refusedBy(client, reach.TCP, ip, 80); mine.Gate != reach.GateIngress || mine.Reason.Key != "reach.provider.stop" {
		t.Errorf("the consumer is told %v %v", mine.Gate, mine.Reason)
	}
	rule := l.letIn(l.a, gs)
	l.until("the rule is in force", func() bool {
		page, err := l.page(client, ip.String(), 80)
		return err == nil && strings.Contains(page, "web-1") && strings.Contains(page, "198.19.1")
	})
	if page, err := l.page(client, v.Domain, 80); err != nil || !strings.Contains(page, "web-1") {
		t.Errorf("by its private name: %v %s", err, page)
	}
	// A port that is not mapped, and one that nothing listens to behind.
	if said := l.refusedBy(client, reach.TCP, ip, 82); said.Gate != reach.GateMapping || !strings.Contains(said.Reason.Args["ports"], "TCP 80") {
		t.Errorf("an unmapped port stops at %v: %v", said.Gate, said.Reason)
	}
	if _, err := l.page(client, ip.String(), 81); err == nil {
		t.Error("a mapping without a listener behind it answers")
	}
	l.ok(l.a.DeleteRule(ctx, gs.ID, rule.ID))
	l.until("without the rule it stops again", func() bool {
		_, err := l.page(client, ip.String(), 80)
		return err != nil
	})
	l.letIn(l.a, gs)

	// The range is a setting of the installation.
	for _, snat := range []string{"198.18.0.0/20", "198.18.0.0/18"} { // with the same pool
		l.ok(l.a.SetInstallation(ctx, map[string]string{cloud.SNATKnob: snat}))
		l.until("the rule for the range before "+snat+" does not help", func() bool {
			_, err := l.page(client, ip.String(), 80)
			return err != nil
		})
		l.letIn(l.a, gs)
	}
	l.until("the backend sees the new range", func() bool {
		page, err := l.page(client, ip.String(), 80)
		return err == nil && strings.Contains(page, "198.18.")
	})

	// A later rejection (TYE-13).
	l.ok(l.a.Deny(ctx, s.ID, e.ID))
	l.state(l.b, e, cloud.Rejected)
	if err := l.a.DeleteService(ctx, s.ID); err != nil {
		t.Errorf("a service with a rejected endpoint cannot be deleted: %v", err)
	}
	l.until("the service leaves a tombstone", func() bool {
		_, err := l.a.Tombstone(ctx, s.ID)
		return err == nil
	})
	l.state(l.b, e, cloud.Failed)
	l.ok(l.b.DeleteEndpoint(ctx, e.ID))
	l.until("the endpoint is gone", func() bool {
		_, err := l.b.Endpoint(ctx, e.ID)
		return cloud.AsError(err) != nil
	})
}

// TestMappedInstance has an instance behind a service, TCP and UDP on one port
// number, without approval (TYS-10, TYE-12), and takes a whitelisted account
// off while its stream runs.
func TestMappedInstance(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "lab.db"), "127.44.0.0/14")
	ctx := t.Context()
	s, client, vc, sc := l.echoService()
	l.ok(l.a.AddGrants(ctx, s.ID, []string{"iam:domain::" + l.b.Account().DomainID}))
	e := l.single(l.b, s, vc, sc)
	ip := l.state(l.b, e, cloud.Accepted).Zones[0].IP.String()
	for _, network := range []string{"tcp", "udp"} {
		l.until(network+" echoes", func() bool {
			said, err := l.ask(client, network, ip, 5000, "hello\n")
			return err == nil && strings.HasPrefix(said, "hello")
		})
	}
	conn, err := l.Doors().Dial(ctx, client.ID, "tcp", ip, 5000)
	l.ok(err)
	defer conn.Close()
	alive := func() error {
		_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
		if _, err := conn.Write([]byte("still\n")); err != nil {
			return err
		}
		_, err := io.ReadFull(conn, make([]byte, 6))
		return err
	}
	l.ok(alive())
	l.ok(l.a.RemoveGrant(ctx, s.ID, l.b.Account().ID))
	if rows, err := l.a.Uninvited(ctx, s.ID); err != nil || len(rows) != 1 || rows[0].ID != e.ID {
		t.Errorf("uninvited: %v %v", rows, err)
	}
	l.ok(alive())
	l.ok(l.a.Evict(ctx, s.ID, l.b.Account().ID))
	l.until("the stream is cut", func() bool { return alive() != nil })
	l.state(l.b, e, cloud.Rejected)
	if _, err := l.b.FindService(ctx, guangzhou, s.Name); cloud.AsError(err) == nil {
		t.Error("the account still finds the service")
	}
}

// TestDNSService is TYN-01 and TYN-04: an endpoint on the operator's service
// answers names on its own address, over UDP and TCP.
func TestDNSService(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "lab.db"), "127.48.0.0/14")
	ctx := t.Context()
	v, s, g := l.network(l.a, "client", "10.0.0.0/16", "10.0.0.0/24")
	client := l.host(l.a, s, g, "client-1", cloud.ProgramNone, "")
	found, err := l.a.CloudServices(ctx, guangzhou)
	l.ok(err)
	if len(found) != 1 || found[0].Name != "cn.ctyun.cn-gzt.dns" {
		t.Fatalf("TY-03: the cloud services are %v", found)
	}
	e := l.single(l.a, found[0].Service, v, s)
	view := l.state(l.a, e, cloud.Accepted)
	ask := func(network, name string) (*dns.Msg, error) {
		conn, err := l.Doors().Dial(ctx, client.ID, network, view.Zones[0].IP.String(), 53)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		q := new(dns.Msg).SetQuestion(name, dns.TypeA)
		c := dns.Client{Net: network, Timeout: time.Second}
		if network == "udp" {
			// dns tells a datagram socket by its type, which the door's is not.
			wire, err := q.Pack()
			if err != nil {
				return nil, err
			}
			_ = conn.SetDeadline(time.Now().Add(time.Second))
			if _, err := conn.Write(wire); err != nil {
				return nil, err
			}
			buf := make([]byte, 4096)
			n, err := conn.Read(buf)
			if err != nil {
				return nil, err
			}
			a := new(dns.Msg)
			return a, a.Unpack(buf[:n])
		}
		a, _, err := c.ExchangeWithConn(q, &dns.Conn{Conn: conn})
		return a, err
	}
	for _, network := range []string{"udp", "tcp"} {
		l.until(network+" answers", func() bool {
			a, err := ask(network, view.Domain+".")
			if err != nil || len(a.Answer) != 1 {
				return false
			}
			r, ok := a.Answer[0].(*dns.A)
			return ok && r.A.String() == view.Zones[0].IP.String()
		})
	}
}
