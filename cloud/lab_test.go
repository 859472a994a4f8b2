package cloud_test

import (
	"net/netip"
	"path/filepath"
	"slices"
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/store"
)

const frankfurt = "eu-central-1"

// bench is an engine over a real store with the demo accounts.
type bench struct {
	*testing.T
	engine *cloud.Engine
	a, b   *cloud.Caller
	dev    *cloud.Caller // a sub-account of a
}

func open(t *testing.T, limits cloud.Limits) *bench {
	t.Helper()
	b, _ := openKept(t, limits)
	return b
}

// openKept also answers the store.
func openKept(t *testing.T, limits cloud.Limits) (*bench, cloud.Store) {
	t.Helper()
	kept, err := store.Open("sqlite:" + filepath.Join(t.TempDir(), "culvert.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	e, err := cloud.Open(kept, cloud.Options{Demo: true, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.SeedDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	accounts, err := e.DemoAccounts(t.Context())
	if err != nil || len(accounts) != 3 {
		t.Fatalf("demo accounts: %v, %v", accounts, err)
	}
	return &bench{T: t, engine: e, a: e.As(accounts[0]), b: e.As(accounts[1]), dev: e.As(accounts[2])}, kept
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// refused wants a refusal of a kind, and for Invalid its keys by field.
func (b *bench) refused(err error, kind cloud.ErrorKind, fields ...string) *cloud.Error {
	b.Helper()
	e := cloud.AsError(err)
	if e == nil || e.Kind != kind {
		b.Fatalf("got %v, want a refusal of kind %d", err, kind)
	}
	for i := 0; i+1 < len(fields); i += 2 {
		if !slices.ContainsFunc(e.Fields, func(f cloud.FieldError) bool { return f.Field == fields[i] && f.Key == fields[i+1] }) {
			b.Errorf("want %s at %s, got %+v", fields[i+1], fields[i], e.Fields)
		}
	}
	return e
}

func (b *bench) vpc(c *cloud.Caller, name string) cloud.VPC {
	b.Helper()
	list, err := c.VPCs(b.Context(), frankfurt)
	b.ok(err)
	for _, v := range list {
		if v.Name == name {
			return v
		}
	}
	b.Fatalf("no VPC %s", name)
	return cloud.VPC{}
}

func (b *bench) vswitch(c *cloud.Caller, vpc string) cloud.VSwitchView {
	b.Helper()
	list, err := c.VSwitches(b.Context(), frankfurt, vpc)
	b.ok(err)
	return list[0]
}

// clb is the purchase page as the tutorial fills it in.
func (b *bench) clb() cloud.BalancerInput {
	v := b.vpc(b.a, "VPC2")
	return cloud.BalancerInput{
		Billing: cloud.PayAsYouGo, Zone: frankfurt + "b", ZoneType: cloud.MultiZone, BackupZone: frankfurt + "a",
		Name: "clb-web", Spec: "slb.s1.small", Address: cloud.Intranet, Network: cloud.NetworkVPC, VPC: v.ID,
		VSwitch: b.vswitch(b.a, v.ID).ID, IPVersion: cloud.IPv4, Feature: cloud.Standard, Flow: cloud.ByTraffic,
		Quantity: "1", ResourceGroup: cloud.DefaultGroup,
	}
}

func (b *bench) service(in cloud.ServiceInput) cloud.Service {
	b.Helper()
	made, err := b.a.CreateBalancers(b.Context(), frankfurt, b.clb())
	b.ok(err)
	if in.AutoAccept == "" {
		in.AutoAccept = "no"
	}
	in.Affinity = "yes"
	in.Resources = []cloud.ResourceInput{{Zone: frankfurt + "b", Balancer: made[0].ID}}
	s, err := b.a.CreateService(b.Context(), frankfurt, in)
	b.ok(err)
	return s
}

// request is the endpoint form of the tutorial for an account's VPC.
func (b *bench) request(c *cloud.Caller, vpc string, s cloud.Service) cloud.EndpointInput {
	b.Helper()
	v := b.vpc(c, vpc)
	groups, err := c.SecurityGroups(b.Context(), frankfurt, v.ID)
	b.ok(err)
	return cloud.EndpointInput{
		Name: "web", How: cloud.ByName, ServiceName: s.Name, VPC: v.ID, Groups: []string{groups[0].ID},
		Zones: []cloud.ZoneInput{{Zone: frankfurt + "b", VSwitch: b.vswitch(c, v.ID).ID}},
	}
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
