package cloud_test

import (
	"path/filepath"
	"slices"
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/store"
)

func (b *bench) inGuangzhou(c *cloud.Caller, name string) (cloud.VPC, cloud.VSwitchView) {
	b.Helper()
	list, err := c.VPCs(b.Context(), guangzhou)
	b.ok(err)
	at := slices.IndexFunc(list, func(v cloud.VPC) bool { return v.Name == name })
	if at < 0 {
		b.Fatalf("no VPC %s in %s", name, guangzhou)
	}
	switches, err := c.VSwitches(b.Context(), guangzhou, list[at].ID)
	b.ok(err)
	return list[at], switches[0]
}

// The demo lab has what ctyun's guide starts from: a client's and a service's
// network with the same addresses, and an enhanced load balancer; the backends'
// group does not let the endpoints' source range in yet (TYS-12).
func TestDemoOfCtyun(t *testing.T) {
	b := open(t, cloud.Limits{})
	_, clients := b.inGuangzhou(b.a, "vpcep-client-180815")
	service, servers := b.inGuangzhou(b.a, "vpc-52411.1111")
	_, others := b.inGuangzhou(b.b, "vpc-b")
	if clients.CIDR != servers.CIDR || clients.CIDR != others.CIDR {
		t.Errorf("the subnets are %s, %s and %s", clients.CIDR, servers.CIDR, others.CIDR)
	}
	balancers, err := b.a.Balancers(t.Context(), guangzhou)
	b.ok(err)
	if len(balancers) != 1 || balancers[0].Feature != cloud.Enhanced || len(balancers[0].Listeners) != 1 || len(balancers[0].Backends) != 2 {
		t.Fatalf("the load balancers are %+v", balancers)
	}
	groups, err := b.a.SecurityGroups(t.Context(), guangzhou, service.ID)
	b.ok(err)
	for _, g := range groups {
		lets := slices.ContainsFunc(g.Rules, func(r cloud.SecurityRule) bool { return r.Peer == prefix("198.19.128.0/20") })
		if lets != (g.Name == "sg-endpoint-ok") {
			t.Errorf("%s lets the endpoints' source range in: %v", g.Name, lets)
		}
	}
	guide, err := b.a.Guide(t.Context(), guangzhou, cloud.WalkStep{ID: "group"})
	b.ok(err)
	if len(guide) != 3 || guide[1].ID != "same" || guide[1].Next() != 0 || guide[2].Done() != 0 {
		t.Errorf("the guide stands at %+v", guide)
	}
}

// A demo lab from before gets ctyun's side with its next start, and just once:
// what was deleted of it stays away.
func TestOlderDemoGetsCtyun(t *testing.T) {
	kept, err := store.Open("sqlite:" + filepath.Join(t.TempDir(), "culvert.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	e, err := cloud.Open(kept, cloud.Options{Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.SeedDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	accounts, err := e.DemoAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{T: t, engine: e, a: e.As(accounts[0]), b: e.As(accounts[1])}
	count := func() int {
		list, err := b.b.VPCs(t.Context(), guangzhou)
		b.ok(err)
		return len(list)
	}
	clear := func() {
		vpc, subnet := b.inGuangzhou(b.b, "vpc-b")
		instances, err := b.b.Instances(t.Context(), guangzhou, vpc.ID)
		b.ok(err)
		for _, i := range instances {
			b.ok(b.b.DeleteInstance(t.Context(), i.ID))
		}
		groups, err := b.b.SecurityGroups(t.Context(), guangzhou, vpc.ID)
		b.ok(err)
		for _, g := range groups {
			b.ok(b.b.DeleteSecurityGroup(t.Context(), g.ID))
		}
		b.ok(b.b.DeleteVSwitch(t.Context(), subnet.ID))
		b.ok(b.b.DeleteVPC(t.Context(), vpc.ID))
	}
	clear()
	b.ok(e.SeedDemo(t.Context()))
	if n := count(); n != 0 {
		t.Errorf("%d VPCs came back", n)
	}
	b.ok(kept.Write(t.Context(), func(tx *cloud.Tx) error { return tx.Settings.Delete("demo.ctyun") }))
	b.ok(e.SeedDemo(t.Context()))
	if n := count(); n != 1 {
		t.Errorf("an older lab has %d VPCs of ctyun", n)
	}
}

// ctyun's load balancers are asked for by name, network and type; only enhanced
// ones can stand behind an endpoint service (TYS-09).
func TestPlainBalancers(t *testing.T) {
	b := open(t, cloud.Limits{})
	vpc, subnet := b.inGuangzhou(b.a, "vpc-52411.1111")
	made, err := b.a.CreateBalancers(t.Context(), guangzhou, cloud.BalancerInput{Name: "elb", VPC: vpc.ID, VSwitch: subnet.ID})
	b.ok(err)
	if e := made[0]; e.Feature != cloud.Enhanced || e.Zone != subnet.Zone || !subnet.CIDR.Contains(e.IP) {
		t.Errorf("the load balancer is %+v", e)
	}
	if ok, why := made[0].PrivateLink(); !ok {
		t.Errorf("an enhanced one cannot be a backend: %s", why)
	}
	in := cloud.BalancerInput{Name: "old", VPC: vpc.ID, VSwitch: subnet.ID, Feature: cloud.Classic}
	made, err = b.a.CreateBalancers(t.Context(), guangzhou, in)
	b.ok(err)
	if ok, why := made[0].PrivateLink(); ok || why != "error.resource.classic" {
		t.Errorf("a classic one can be a backend: %v, %q", ok, why)
	}
	found, err := b.a.FindBalancers(t.Context(), guangzhou, cloud.Find{Filter: map[string]string{"link": "yes"}, Size: 50})
	b.ok(err)
	if found.Total != 2 {
		t.Errorf("%d load balancers can be a backend, want the lab's and the new one", found.Total)
	}
	_, err = b.a.CreateBalancers(t.Context(), guangzhou, cloud.BalancerInput{Feature: "standard"})
	b.refused(err, cloud.Invalid, "feature", "error.choice", "vpc", "error.choose", "vswitch", "error.choose")
	_, other := b.inGuangzhou(b.a, "vpcep-client-180815")
	_, err = b.a.CreateBalancers(t.Context(), guangzhou, cloud.BalancerInput{VPC: vpc.ID, VSwitch: other.ID, Feature: cloud.Enhanced})
	b.refused(err, cloud.Invalid, "vswitch", "error.vswitch.vpc")
}

// In one cloud's console an account is told the attempts of that cloud's
// networks.
func TestAttemptsOfOneCloud(t *testing.T) {
	b := open(t, cloud.Limits{})
	there, _ := b.inGuangzhou(b.a, "vpcep-client-180815")
	here := b.vpc(b.a, "VPC1")
	me := b.a.Account().ID
	b.ok(b.engine.Record(t.Context(), []cloud.Attempt{
		{Consumer: me, VPC: here.ID, Gate: "route"}, {Consumer: me, VPC: there.ID, Gate: "route"}, {Consumer: me, VPC: there.ID, Allowed: true},
	}, nil))
	for _, c := range []struct {
		in               string
		allowed, refused int
	}{{"", 1, 2}, {cloud.Aliyun, 0, 1}, {cloud.Ctyun, 1, 1}} {
		caller := b.a.In(c.in)
		allowed, refused, err := caller.Tally(t.Context(), cloud.AttemptQuery{})
		b.ok(err)
		found, err := caller.FindAttempts(t.Context(), cloud.Find{Size: 20})
		b.ok(err)
		list, err := caller.Attempts(t.Context(), cloud.AttemptQuery{Limit: 10})
		b.ok(err)
		if allowed != c.allowed || refused != c.refused || found.All != allowed+refused || len(list) != found.All {
			t.Errorf("in %q: %d passed, %d refused, %d found, %d listed", c.in, allowed, refused, found.All, len(list))
		}
	}
}
