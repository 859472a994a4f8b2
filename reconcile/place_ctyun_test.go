package reconcile_test

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// TestZoneFailsCtyun: an endpoint of ctyun has no zone of its own, and its node
// stands in that of its subnet: with it, it is Failed, with the reason beside
// it, its name is gone, and it comes back (TYE-10, TYE-11, TYE-13).
func TestZoneFailsCtyun(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "lab.db"), "127.72.0.0/14")
	ctx := t.Context()
	vs, ss, gs := l.network(l.a, "service", "10.0.0.0/16", "10.0.0.0/24")
	vc, sc, gc := l.network(l.b, "client", "10.0.0.0/16", "10.0.0.0/24")
	other, err := l.b.CreateVSwitch(ctx, guangzhou, cloud.VSwitchInput{VPC: vc.ID, Zone: guangzhou + "b", Name: "other-zone", CIDR: "10.0.1.0/24"})
	l.ok(err)
	elb := l.enhanced(l.a, vs, ss, "7007", l.host(l.a, ss, gs, "echo", cloud.ProgramEcho, "7007"))
	l.letIn(l.a, gs)
	s, err := l.a.CreateService(ctx, guangzhou, cloud.ServiceInput{
		VPC: vs.ID, Approval: "no", BackendType: cloud.BackendBalancer, Balancer: elb.ID, Mappings: []cloud.MappingInput{mapping("tcp", 7007, 5000)},
	})
	l.ok(err)
	l.ok(l.a.AddGrants(ctx, s.ID, []string{cloud.DomainPrefix + l.b.Account().DomainID}))
	e := l.single(l.b, s, vc, other)
	v := l.state(l.b, e, cloud.Accepted)
	client, near := l.host(l.b, other, gc, "client", cloud.ProgramNone, ""), l.host(l.b, sc, gc, "near", cloud.ProgramNone, "")
	node := v.Zones[0].IP
	verdict := func() reach.Verdict {
		return l.Explain(ctx, reach.Flow{Protocol: reach.TCP, VPC: vc.ID, Source: client.IP, Target: node, Port: 5000})
	}
	l.until("it answers", func() bool {
		return verdict().Allowed && l.echoes("tcp", client.IP, other.TwinOf(client.IP), vc.ID, netip.AddrPortFrom(node, 5000))
	})

	// The provider's zone: its load balancer is in one zone only.
	l.ok(l.a.FailZone(ctx, guangzhou+"a", true))
	l.until("the provider's side is down", func() bool { return verdict().Gate == reach.GateListener })
	if l.state(l.b, e, cloud.Accepted); l.echoes("tcp", client.IP, other.TwinOf(client.IP), vc.ID, netip.AddrPortFrom(node, 5000)) {
		t.Error("bytes pass through a failed zone")
	}
	l.ok(l.a.FailZone(ctx, guangzhou+"a", false))
	l.until("it answers again", func() bool {
		return l.echoes("tcp", client.IP, other.TwinOf(client.IP), vc.ID, netip.AddrPortFrom(node, 5000))
	})

	// The node's own zone.
	l.ok(l.a.FailZone(ctx, guangzhou+"b", true))
	v = l.state(l.b, e, cloud.Failed)
	if v.Zones[0].Observed.Problem != cloud.ZoneProblem || verdict().Reason.Key != "reach.source.zone" {
		t.Errorf("the problem is %q, the judge says %s", v.Zones[0].Observed.Problem, verdict().Reason.Key)
	}
	l.until("its name is gone, for those in another zone", func() bool {
		why := l.Explain(ctx, reach.Flow{Protocol: reach.TCP, VPC: vc.ID, Source: near.IP, Name: v.Domain, Port: 5000})
		return why.Gate == reach.GateName && why.Reason.Key == "reach.name.lost" && l.Doors().Terminal(ctx, near.ID, "dig +short "+v.Domain).Text == ""
	})
	l.ok(l.a.FailZone(ctx, guangzhou+"b", false))
	l.state(l.b, e, cloud.Accepted)
	l.until("its name is back", func() bool {
		return strings.TrimSpace(l.Doors().Terminal(ctx, near.ID, "dig +short "+v.Domain).Text) == node.String()
	})
	l.until("all is back", func() bool {
		return l.echoes("tcp", client.IP, other.TwinOf(client.IP), vc.ID, netip.AddrPortFrom(node, 5000))
	})
}
