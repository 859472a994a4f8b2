package cloud_test

import (
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// TYS-12, TYS-14, TYQ-01: the groups of a chosen NIC are compared with the ports
// that mappings lead to; nothing is let in by itself, and a drop rule before an
// accept rule counts.
func TestSources(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	v, s, i := b.ctyun()
	group := func(name string) cloud.SecurityGroup {
		g, err := b.a.CreateSecurityGroup(ctx, guangzhou, cloud.GroupInput{VPC: v.ID, Name: name, Template: cloud.TemplateEmpty})
		b.ok(err)
		return g
	}
	rule := func(g cloud.SecurityGroup, policy, protocol, ports, peer, priority string) {
		_, err := b.a.AddRule(ctx, g.ID, cloud.RuleInput{
			Direction: cloud.Ingress, Policy: policy, Protocol: protocol, Ports: ports, Peer: peer, Priority: priority,
		})
		b.ok(err)
	}
	main, other := group("main"), group("other")
	_, err := b.a.SetInstanceGroups(ctx, i.ID, []string{main.ID})
	b.ok(err)
	nic, err := b.a.AddNIC(ctx, i.ID, cloud.NICInput{VSwitch: s.ID, Groups: []string{other.ID}})
	b.ok(err)
	in := cloud.ServiceInput{
		VPC: v.ID, BackendType: cloud.BackendInstance, Instance: i.ID, NIC: cloud.PrimaryNIC,
		Mappings: []cloud.MappingInput{{Protocol: cloud.TCP, ServicePort: "8080", Port: "80"}, {Protocol: cloud.UDP, ServicePort: "53", Port: "53"}, {Protocol: "x"}},
	}
	expect := func(in cloud.ServiceInput, ip, closed string) {
		t.Helper()
		list, err := b.a.Sources(ctx, in)
		b.ok(err)
		if len(list) != 1 {
			t.Fatalf("%d sources", len(list))
		}
		if got := strings.Join(list[0].Closed, " "); got != closed || list[0].IP.String() != ip {
			t.Errorf("%s is closed at %q, want %s at %q", list[0].IP, got, ip, closed)
		}
	}
	expect(in, i.IP.String(), "tcp/8080 udp/53")
	rule(main, cloud.Accept, cloud.TCP, "8000/9000", "198.19.128.0/20", "10")
	rule(main, cloud.Accept, cloud.UDP, "53", "198.19.128.0/21", "10") // half of it
	expect(in, i.IP.String(), "udp/53")
	rule(main, cloud.Accept, cloud.AnyIP, "", "198.18.0.0/15", "20")
	expect(in, i.IP.String(), "")
	rule(main, cloud.Drop, cloud.TCP, "8080", "198.19.130.0/24", "5")
	expect(in, i.IP.String(), "tcp/8080")

	second := in
	second.NIC = nic.ID
	expect(second, nic.IP.String(), "tcp/8080 udp/53")
	second.Mappings = nil
	expect(second, nic.IP.String(), "all")
	_, err = b.a.OpenSource(ctx, other.ID)
	b.ok(err)
	expect(second, nic.IP.String(), "")

	foreign, err := b.b.Sources(ctx, in)
	b.ok(err)
	if len(foreign) != 0 {
		t.Error("another account learns of the groups")
	}
	_, err = b.b.OpenSource(ctx, other.ID)
	b.refused(err, cloud.NotFound)
}
