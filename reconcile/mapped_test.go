package reconcile_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// echoMappings are TCP and UDP 5000 of an endpoint, 7007 behind it.
func echoMappings() []cloud.MappingInput {
	return []cloud.MappingInput{mapping("tcp", 7007, 5000), mapping("udp", 7007, 5000)}
}

// echoService is a service of the first account over an echo server, without
// approval, and a client of the second one with its VPC and subnet.
func (l *lab) echoService() (s cloud.Service, client cloud.Instance, vpc cloud.VPC, subnet cloud.VSwitch) {
	l.t.Helper()
	vs, ss, gs := l.network(l.a, "service", "10.0.0.0/16", "10.0.0.0/24")
	vpc, subnet, group := l.network(l.b, "client", "10.0.0.0/16", "10.0.0.0/24")
	echo := l.host(l.a, ss, gs, "echo", cloud.ProgramEcho, "7007")
	client = l.host(l.b, subnet, group, "client-1", cloud.ProgramNone, "")
	l.letIn(l.a, gs)
	s, err := l.a.CreateService(l.t.Context(), guangzhou, cloud.ServiceInput{
		VPC: vs.ID, Approval: "no", BackendType: cloud.BackendInstance, Instance: echo.ID, NIC: cloud.PrimaryNIC, Mappings: echoMappings(),
	})
	l.ok(err)
	return s, client, vpc, subnet
}

// echoes says whether bytes that an address of this host sends to a port of the
// lab come back, with no door between them.
func (l *lab) echoes(network string, from, twin netip.Addr, vpc string, to netip.AddrPort) bool {
	patience := time.Second
	if network == "udp" {
		patience = 100 * time.Millisecond
	}
	conn, err := l.from(network, vpc, from, twin, to, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write([]byte("hello")); err != nil {
		return false
	}
	b := make([]byte, 16)
	n, err := conn.Read(b)
	return err == nil && string(b[:n]) == "hello"
}

// listens adds a UDP listener to an ELB.
func (l *lab) listens(c *cloud.Caller, elb cloud.Balancer, protocol, port string, server cloud.Instance) {
	l.t.Helper()
	_, err := c.SaveListener(l.t.Context(), elb.ID, "", cloud.ListenerInput{
		Protocol: protocol, Port: port, BackendPort: port, Servers: []cloud.BackendInput{{Instance: server.ID}},
	})
	l.ok(err)
}

// TestMappedIDC: a client on premises uses an endpoint and a load balancer of
// the VPC that its network is attached to, by TCP and UDP, and the backends see
// the endpoints' range (TYN-03, TYS-12).
func TestMappedIDC(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "lab.db"), "127.52.0.0/14")
	ctx := t.Context()
	vs, ss, gs := l.network(l.a, "service", "10.0.0.0/16", "10.0.0.0/24")
	vc, sc, _ := l.network(l.b, "client", "10.0.0.0/16", "10.0.0.0/24")
	echo := l.host(l.a, ss, gs, "echo", cloud.ProgramEcho, "7007")
	elb := l.enhanced(l.a, vs, ss, "7007", echo)
	l.listens(l.a, elb, cloud.UDP, "7007", echo)
	l.letIn(l.a, gs)
	s, err := l.a.CreateService(ctx, guangzhou, cloud.ServiceInput{
		VPC: vs.ID, Approval: "no", BackendType: cloud.BackendBalancer, Balancer: elb.ID, Mappings: echoMappings(),
	})
	l.ok(err)
	l.ok(l.a.AddGrants(ctx, s.ID, []string{"*"}))
	e := l.single(l.b, s, vc, sc)
	eni := netip.AddrPortFrom(l.state(l.b, e, cloud.Accepted).Zones[0].IP, 5000)
	for _, c := range []struct {
		what string
		who  *cloud.Caller
		vpc  cloud.VPC
		to   netip.AddrPort
		sees bool // the provider's things
	}{
		{"an endpoint", l.b, vc, eni, false},
		{"a load balancer", l.a, vs, netip.AddrPortFrom(elb.IP, 7007), true},
	} {
		idc, err := c.who.CreateIDC(ctx, guangzhou, cloud.IDCInput{Name: "HQ", Link: cloud.LinkDirect, CIDR: "10.8.0.0/24"})
		l.ok(err)
		from, twin := idc.Client(), idc.TwinOf(idc.Client())
		for _, network := range []string{"tcp", "udp"} {
			if l.echoes(network, from, twin, c.vpc.ID, c.to) {
				t.Errorf("%s answers %s from premises that are attached to nothing", c.what, network)
			}
		}
		_, err = c.who.AttachIDC(ctx, idc.ID, c.vpc.ID)
		l.ok(err)
		for _, network := range []string{"tcp", "udp"} {
			l.until(c.what+" answers "+network, func() bool { return l.echoes(network, from, twin, c.vpc.ID, c.to) })
			v := l.Explain(ctx, reach.Flow{Protocol: reach.Protocol(network), VPC: idc.ID, Entry: c.vpc.ID, Source: idc.Client(), Target: c.to.Addr(), Port: c.to.Port()})
			if !v.Allowed || v.Sender != l.engine.SNAT() || (len(v.Backends) > 0) != c.sees || strings.Contains(fmt.Sprint(v), "7007") != c.sees {
				t.Errorf("%s by %s: %+v", c.what, network, v)
			}
		}
		l.until("the flow is in the log under the IDC's name", func() bool {
			tried, err := c.who.Attempts(ctx, cloud.AttemptQuery{Allowed: true, Limit: 20})
			return err == nil && len(tried) > 0 && tried[0].Client == "HQ" && tried[0].VPC == c.vpc.ID
		})
		l.ok(c.who.DeleteIDC(ctx, idc.ID))
		l.until("a stranger is refused", func() bool {
			return !l.echoes("tcp", from, twin, c.vpc.ID, c.to) && !l.echoes("udp", from, twin, c.vpc.ID, c.to)
		})
	}
}

// TestMappedRestart: services and endpoints of ctyun are what they were after a
// restart, which is no event, and those that passed pass at once.
func TestMappedRestart(t *testing.T) {
	db := filepath.Join(t.TempDir(), "lab.db")
	l := start(t, db, "127.56.0.0/14")
	ctx := t.Context()
	vs, ss, gs := l.network(l.a, "service", "192.168.0.0/16", "192.168.0.0/24")
	vc, sc, gc := l.network(l.b, "client", "192.168.0.0/16", "192.168.0.0/24")
	echo := l.host(l.a, ss, gs, "echo", cloud.ProgramEcho, "7007")
	client := l.host(l.b, sc, gc, "client-1", cloud.ProgramNone, "")
	l.letIn(l.a, gs)
	made := map[string]cloud.Endpoint{}
	var last cloud.Service
	for _, approval := range []string{"no", "yes", "yes", "yes"} {
		s, err := l.a.CreateService(ctx, guangzhou, cloud.ServiceInput{
			VPC: vs.ID, Approval: approval, BackendType: cloud.BackendInstance, Instance: echo.ID, NIC: cloud.PrimaryNIC, Mappings: echoMappings(),
		})
		l.ok(err)
		l.ok(l.a.AddGrants(ctx, s.ID, []string{"*"}))
		e := l.single(l.b, s, vc, sc)
		switch {
		case approval == "no":
			l.state(l.b, e, cloud.Accepted)
			made["accepts"] = e
		case last.ID == "":
			l.state(l.b, e, cloud.Pending)
			made["waits"], last = e, s
		case made["rejected"].ID == "":
			l.ok(l.a.Deny(ctx, s.ID, e.ID))
			l.state(l.b, e, cloud.Rejected)
			made["rejected"] = e
		default:
			l.state(l.b, e, cloud.Pending)
			l.ok(l.a.DeleteService(ctx, s.ID))
			l.state(l.b, e, cloud.Failed)
			made["orphan"] = e
		}
	}
	to := netip.AddrPortFrom(l.state(l.b, made["accepts"], cloud.Accepted).Zones[0].IP, 5000)
	passes := func(l *lab) bool {
		return l.echoes("tcp", client.IP, sc.TwinOf(client.IP), vc.ID, to) && l.echoes("udp", client.IP, sc.TwinOf(client.IP), vc.ID, to)
	}
	l.until("it passes", func() bool { return passes(l) })
	was := map[string]string{}
	for name, e := range made {
		v, err := l.b.Endpoint(ctx, e.ID)
		l.ok(err)
		was[name] = fmt.Sprint(v.State, v.Zones[0].IP, v.Zones[0].Twin, v.Domain)
	}
	var seq int64
	end := func(l *lab) (last int64) {
		l.ok(l.engine.View(ctx, func(tx *cloud.Tx) (err error) {
			last, err = tx.Events.Last()
			return err
		}))
		return last
	}
	seq = end(l)
	l.stop()

	l = start(t, db, "127.56.0.0/14")
	for name, e := range made {
		v, err := l.b.Endpoint(ctx, e.ID)
		l.ok(err)
		if is := fmt.Sprint(v.State, v.Zones[0].IP, v.Zones[0].Twin, v.Domain); is != was[name] {
			t.Errorf("%s was %s and is %s", name, was[name], is)
		}
	}
	services, err := l.a.Services(ctx, guangzhou)
	l.ok(err)
	for _, s := range services {
		if s.State != cloud.Available {
			t.Errorf("%s is %s", s.Name, s.State)
		}
	}
	if !passes(l) {
		t.Error("the first flows after the restart do not pass")
	}
	if now := end(l); now != seq {
		events, err := l.engine.EventsSince(ctx, seq, 10)
		t.Errorf("the restart made events: %+v %v", events, err)
	}
	l.ok(l.a.Allow(ctx, last.ID, made["waits"].ID, cloud.AllowInput{Auto: true}))
	l.state(l.b, made["waits"], cloud.Accepted)
}

// TestServiceGoesWhileEndpointsWait: endpoints that wait or were rejected do not
// keep a service; they fail, what they hold stays shut, and they are told that
// the service is gone, not that somebody has to accept them (X-26, TYE-13).
func TestServiceGoesWhileEndpointsWait(t *testing.T) {
	l := startMapped(t, "127.64.0.0/14", 1)
	ctx := t.Context()
	waits, rejected := l.endpoints[0], l.endpoints[1]
	l.state(l.b, waits, cloud.Pending)
	l.ok(l.a.Deny(ctx, l.services[1].ID, rejected.ID))
	l.state(l.b, rejected, cloud.Rejected)
	l.ok(l.a.Allow(ctx, l.services[2].ID, l.endpoints[2].ID, cloud.AllowInput{Auto: true}))
	l.state(l.b, l.endpoints[2], cloud.Accepted)
	l.until("the neighbour passes", func() bool { return l.passes(2, "tcp") && l.passes(2, "udp") })
	for n, e := range []cloud.Endpoint{waits, rejected} {
		l.ok(l.a.DeleteService(ctx, l.services[n].ID))
		v := l.state(l.b, e, cloud.Failed)
		for _, network := range []string{"tcp", "udp"} {
			if l.passes(n, network) {
				t.Errorf("%s passes the endpoint of a deleted service", network)
			}
		}
		to := l.target(n)
		for _, f := range []reach.Flow{{Target: to.Addr()}, {Name: v.Domain}} {
			f.Protocol, f.VPC, f.Source, f.Port = reach.TCP, l.client.ID, l.from.IP, to.Port()
			if said := l.Explain(ctx, f); said.Allowed || said.Reason.Key != "reach.service.gone" {
				t.Errorf("at %q: %s %v", said.Gate, said.Reason.Key, said.Reason.Args)
			}
		}
		l.ok(l.b.DeleteEndpoint(ctx, e.ID))
		l.until("the endpoint is gone", func() bool {
			_, err := l.b.Endpoint(ctx, e.ID)
			return cloud.AsError(err) != nil
		})
	}
	if !l.passes(2, "tcp") {
		t.Error("the neighbour stopped passing")
	}
}
