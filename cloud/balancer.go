package cloud

import (
	"context"
	"errors"
	"net/netip"
	"slices"
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
