package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// The values of the CLB purchase page (CLB-01 to CLB-14).
const (
	PayAsYouGo   = "payasyougo"
	Subscription = "subscription"
	SingleZone   = "single"
	MultiZone    = "multi"
	Intranet     = "intranet"
	Internet     = "internet"
	NetworkVPC   = "vpc"
	Classic      = "classic"
	IPv4         = "ipv4"
	IPv6         = "ipv6"
	Standard     = "standard"
	Enhanced     = "enhanced" // ctyun's; the other one there is Classic
	ByTraffic    = "traffic"
	ByBandwidth  = "bandwidth"
	DefaultGroup = "default" // the resource group
)

// Specs are the CLB's specifications with what each one may carry: concurrent
// connections and new connections per second.
func Specs() []Spec {
	return []Spec{
		{"slb.s1.small", 5_000, 3_000},
		{"slb.s2.small", 50_000, 5_000},
		{"slb.s2.medium", 100_000, 10_000},
		{"slb.s3.small", 200_000, 20_000},
		{"slb.s3.medium", 500_000, 50_000},
		{"slb.s3.large", 1_000_000, 100_000},
	}
}

// Spec is one CLB specification.
type Spec struct {
	ID          string
	Connections int
	PerSecond   int
}

// Balancer is a CLB instance. IP is its private address, invalid for one on
// the Internet or on the classic network.
type Balancer struct {
	ID            string
	Account       string
	Region        string
	Zone          string
	BackupZone    string // empty in one zone
	Name          string
	Billing       string
	ZoneType      string
	Spec          string
	Address       string // intranet or internet
	Network       string
	VPC           string
	VSwitch       string
	IPVersion     string
	Feature       string
	Flow          string
	ResourceGroup string
	IP            netip.Addr
	Created       time.Time
}

func (b Balancer) about() about {
	return about{kind: "balancer", id: b.ID, account: b.Account, parent: b.VSwitch}
}

// Zones are the zones the balancer is deployed in, the primary one first.
func (b Balancer) Zones() []string {
	if b.BackupZone == "" {
		return []string{b.Zone}
	}
	return []string{b.Zone, b.BackupZone}
}

// PrivateLink says whether the balancer may stand behind an endpoint service,
// and the catalogue key of the reason when not (CLB-15).
func (b Balancer) PrivateLink() (bool, string) {
	switch {
	case b.Address != Intranet:
		return false, "error.resource.internet"
	case b.Billing != PayAsYouGo:
		return false, "error.resource.subscription"
	case b.Network != NetworkVPC || b.IPVersion != IPv4:
		return false, "error.resource.network"
	case b.Feature == Classic:
		return false, "error.resource.classic" // TYS-09
	}
	return true, ""
}

// BalancerInput is the CLB purchase page. Field names are the struct's names
// in lower case.
type BalancerInput struct {
	Billing, Zone, ZoneType, BackupZone, Name, Spec, Address, Network string
	VPC, VSwitch, IPVersion, Feature, Flow, Quantity, ResourceGroup   string
}

// BalancerView is a balancer with what a page shows beside it.
type BalancerView struct {
	Balancer
	VPCName     string
	VSwitchName string
	Twin        netip.Addr
	Listeners   []Listener
	Backends    []BackendView
	Services    []Ref
	Observed    Observation
}

// BackendView is a member of the default server group with its instance.
type BackendView struct {
	Backend
	Name    string
	IP      netip.Addr
	Zone    string
	Running bool
}

func (c *Caller) balancer(tx *Tx, id string) (Balancer, error) {
	b, err := tx.Balancers.Get(id)
	if err != nil || b.Account != c.account.ID {
		return Balancer{}, orMissing(err, "balancer", id)
	}
	return b, nil
}

// Balancers answers the account's CLBs in a region.
func (c *Caller) Balancers(ctx context.Context, region string) ([]BalancerView, error) {
	var out []BalancerView
	err := c.read(ctx, func(tx *Tx) error {
		list, err := tx.Balancers.List(Where{"account": c.account.ID, "region": region})
		if err != nil {
			return err
		}
		out, err = balancerViews(tx, list)
		return err
	})
	return out, err
}

// Balancer answers one of the account's CLBs.
func (c *Caller) Balancer(ctx context.Context, id string) (BalancerView, error) {
	var v BalancerView
	err := c.read(ctx, func(tx *Tx) error {
		b, err := c.balancer(tx, id)
		if err != nil {
			return err
		}
		v, err = balancerView(tx, b)
		return err
	})
	return v, err
}

func balancerView(tx *Tx, b Balancer) (BalancerView, error) {
	v := BalancerView{Balancer: b}
	var err error
	if b.VPC != "" {
		vpc, err := tx.VPCs.Get(b.VPC)
		if err != nil {
			return v, err
		}
		s, err := tx.VSwitches.Get(b.VSwitch)
		if err != nil {
			return v, err
		}
		v.VPCName, v.VSwitchName = vpc.Name, s.Name
		if b.IP.IsValid() {
			v.Twin = s.TwinOf(b.IP)
		}
	}
	if v.Listeners, err = tx.Listeners.List(Where{"balancer": b.ID}); err != nil {
		return v, err
	}
	if v.Backends, err = backendViews(tx, b.ID); err != nil {
		return v, err
	}
	resources, err := tx.Resources.List(Where{"balancer": b.ID})
	if err != nil {
		return v, err
	}
	for _, r := range resources {
		s, err := tx.Services.Get(r.Service)
		if err != nil {
			return v, err
		}
		ref := Ref{"service", s.ID, s.Name, s.Account}
		if !slices.Contains(v.Services, ref) {
			v.Services = append(v.Services, ref)
		}
	}
	v.Observed, err = observation(tx, b.ID)
	return v, err
}

// balancerViews reads everything that a page of CLBs shows, in a number of
// questions that does not depend on how many there are.
func balancerViews(tx *Tx, list []Balancer) ([]BalancerView, error) {
	ids := each(list, func(b Balancer) string { return b.ID })
	if err := learnBalancers(tx, ids); err != nil {
		return nil, err
	}
	resources, err := learnBy(tx.Resources, "balancer", func(r Resource) string { return r.Balancer }, ids...)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(
		learn(tx.VPCs, each(list, func(b Balancer) string { return b.VPC })...),
		learn(tx.VSwitches, each(list, func(b Balancer) string { return b.VSwitch })...),
		learn(tx.Observations, ids...),
		learn(tx.Services, each(resources, func(r Resource) string { return r.Service })...),
	); err != nil {
		return nil, err
	}
	return one(list, func(b Balancer) (BalancerView, error) { return balancerView(tx, b) })
}

// learnBalancers reads CLBs with their listeners and backends.
func learnBalancers(tx *Tx, ids []string) error {
	if err := learn(tx.Balancers, ids...); err != nil {
		return err
	}
	if _, err := learnBy(tx.Listeners, "balancer", func(l Listener) string { return l.Balancer }, ids...); err != nil {
		return err
	}
	backends, err := learnBy(tx.Backends, "balancer", func(b Backend) string { return b.Balancer }, ids...)
	if err != nil {
		return err
	}
	return learn(tx.Instances, each(backends, func(b Backend) string { return b.Instance })...)
}

func backendViews(tx *Tx, balancer string) ([]BackendView, error) {
	list, err := tx.Backends.List(Where{"balancer": balancer})
	if err != nil {
		return nil, err
	}
	return backendsOf(tx, list)
}

func backendsOf(tx *Tx, list []Backend) ([]BackendView, error) {
	if err := learn(tx.Instances, each(list, func(b Backend) string { return b.Instance })...); err != nil {
		return nil, err
	}
	var out []BackendView
	for _, m := range list {
		i, err := tx.Instances.Get(m.Instance)
		if err != nil {
			return nil, err
		}
		out = append(out, BackendView{Backend: m, Name: i.Name, IP: i.IP, Zone: i.Zone, Running: i.Running})
	}
	return out, nil
}

// CreateBalancers buys Quantity CLBs (1 to 20) of one kind; with more than one
// their names get a number.
func (c *Caller) CreateBalancers(ctx context.Context, regionID string, in BalancerInput) ([]Balancer, error) {
	r, err := region(regionID)
	if err != nil {
		return nil, err
	}
	var out []Balancer
	err = c.write(ctx, func(tx *Tx) error {
		out = nil
		if r.Cloud == Ctyun {
			if in, err = c.plainBalancer(tx, r, in); err != nil {
				return err
			}
		}
		var ck check
		b, n := ck.balancer(r, in)
		b.Account = c.account.ID
		s, used, err := c.placeBalancer(tx, &ck, &b, in)
		if err != nil {
			return err
		}
		for k := range n {
			one := b
			one.ID, one.Created = newID("lb", r), now()
			if n > 1 && one.Name != "" {
				one.Name = fmt.Sprintf("%s-%d", b.Name, k+1)
			}
			if one.Name == "" {
				one.Name = one.ID
			}
			if s.ID != "" && b.Address == Intranet {
				one.IP = ck.assign("vswitch", "", s, used)
				used[one.IP] = Ref{"balancer", one.ID, one.Name, one.Account}
			}
			if err := ck.err(); err != nil {
				return err
			}
			if err := tx.Balancers.Put(one); err != nil {
				return err
			}
			out = append(out, one)
		}
		return nil
	})
	return out, err
}

// plainBalancer fills in what ctyun's form does not ask: a private load balancer
// of the largest specification, in the zone of its subnet. The form has "name",
// "vpc", "vswitch" and "feature".
func (c *Caller) plainBalancer(tx *Tx, r Region, in BalancerInput) (BalancerInput, error) {
	out := BalancerInput{
		Billing: PayAsYouGo, Zone: r.Zones[0], ZoneType: SingleZone, Name: in.Name, Spec: Specs()[len(Specs())-1].ID,
		Address: Intranet, Network: NetworkVPC, VPC: in.VPC, VSwitch: in.VSwitch, IPVersion: IPv4,
		Feature: in.Feature, Flow: ByTraffic, Quantity: "1", ResourceGroup: DefaultGroup,
	}
	if in.VSwitch == "" {
		return out, nil
	}
	s, err := c.vswitch(tx, in.VSwitch)
	if err == nil && r.HasZone(s.Zone) {
		out.Zone = s.Zone
	}
	return out, err
}

// features are the kinds of a region's load balancers, the default first.
func (r Region) features() []string {
	if r.Cloud == Ctyun {
		return []string{Enhanced, Classic}
	}
	return []string{Standard}
}

func (c *check) balancer(r Region, in BalancerInput) (Balancer, int) {
	b := Balancer{
		Region: r.ID, Name: strings.TrimSpace(in.Name), VPC: in.VPC, VSwitch: in.VSwitch,
		Billing:       c.oneOf("billing", in.Billing, "", PayAsYouGo, Subscription),
		Zone:          c.oneOf("zone", in.Zone, "", r.Zones...),
		ZoneType:      c.oneOf("zonetype", in.ZoneType, "", SingleZone, MultiZone),
		Spec:          c.oneOf("spec", in.Spec, "", specIDs()...),
		Address:       c.oneOf("address", in.Address, "", Intranet, Internet),
		Network:       c.oneOf("network", in.Network, NetworkVPC, NetworkVPC, Classic),
		IPVersion:     c.oneOf("ipversion", in.IPVersion, IPv4, IPv4),
		Feature:       c.oneOf("feature", in.Feature, r.features()[0], r.features()...),
		Flow:          c.oneOf("flow", in.Flow, ByTraffic, ByTraffic, ByBandwidth),
		ResourceGroup: c.oneOf("resourcegroup", in.ResourceGroup, DefaultGroup, DefaultGroup),
	}
	// CLB-05; an empty name is given the ID.
	if b.Name != "" && !clbName.MatchString(b.Name) {
		c.fail("name", "error.clb.name")
	}
	if b.ZoneType == MultiZone {
		b.BackupZone = c.oneOf("backupzone", in.BackupZone, "", r.Zones...)
		if b.BackupZone != "" && b.BackupZone == b.Zone {
			c.fail("backupzone", "error.clb.backup")
		}
	}
	return b, c.number("quantity", in.Quantity, 1, 1, 20)
}

func specIDs() []string {
	var out []string
	for _, s := range Specs() {
		out = append(out, s.ID)
	}
	return out
}

// placeBalancer checks the VPC and the vSwitch of the purchase page.
func (c *Caller) placeBalancer(tx *Tx, ck *check, b *Balancer, in BalancerInput) (VSwitch, map[netip.Addr]Ref, error) {
	if b.Network == Classic {
		b.VPC, b.VSwitch = "", ""
		if b.Address == Intranet {
			ck.fail("network", "error.clb.classic")
		}
		return VSwitch{}, nil, nil
	}
	if in.VPC == "" {
		ck.fail("vpc", "error.choose")
	}
	if in.VSwitch == "" {
		ck.fail("vswitch", "error.choose")
	}
	if in.VPC == "" || in.VSwitch == "" {
		return VSwitch{}, nil, nil
	}
	vpc, err := c.vpc(tx, in.VPC)
	if err != nil {
		return VSwitch{}, nil, err
	}
	s, err := c.vswitch(tx, in.VSwitch)
	if err != nil {
		return VSwitch{}, nil, err
	}
	switch {
	case vpc.Region != b.Region:
		return VSwitch{}, nil, notFound("vpc", vpc.ID)
	case s.VPC != vpc.ID:
		ck.fail("vswitch", "error.vswitch.vpc", "vswitch", s.Name, "vpc", vpc.Name)
	case b.Zone != "" && s.Zone != b.Zone:
		ck.fail("vswitch", "error.clb.zone", "vswitch", s.Name, "zone", s.Zone, "want", b.Zone)
	}
	used, err := taken(tx, s.ID)
	return s, used, err
}

// RenameBalancer changes the name (CLB-05).
func (c *Caller) RenameBalancer(ctx context.Context, id, name string) (Balancer, error) {
	var b Balancer
	err := c.write(ctx, func(tx *Tx) (err error) {
		if b, err = c.balancer(tx, id); err != nil {
			return err
		}
		var ck check
		if !clbName.MatchString(name) {
			ck.fail("name", "error.clb.name")
		}
		if err := ck.err(); err != nil {
			return err
		}
		b.Name = name
		return tx.Balancers.Put(b)
	})
	return b, err
}

// DeleteBalancer removes a CLB no endpoint service stands on, with its
// listeners and its server group.
func (c *Caller) DeleteBalancer(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		b, err := c.balancer(tx, id)
		if err != nil {
			return err
		}
		v, err := balancerView(tx, b)
		if err != nil {
			return err
		}
		if len(v.Services) > 0 {
			return conflict("error.clb.used", args("name", b.Name), v.Services...)
		}
		for _, l := range v.Listeners {
			if err := tx.Listeners.Delete(l.ID); err != nil {
				return err
			}
		}
		for _, m := range v.Backends {
			if err := tx.Backends.Delete(m.ID); err != nil {
				return err
			}
		}
		return tx.Balancers.Delete(id)
	})
}
