package cloud

import (
	"context"
	"maps"
	"slices"
)

// Quota is how much of a limit is used: where it is used most, when there are
// several things that have it.
type Quota struct {
	Knob      string // ID of the setting
	Used, Max int
	On        Ref    // the thing that is fullest; without an ID: the account itself
	Zone      string // for the limit of one zone of On
}

// Quotas answers the account's limits in a region with what is used of them.
func (c *Caller) Quotas(ctx context.Context, region string) ([]Quota, error) {
	var out []Quota
	err := c.read(ctx, func(tx *Tx) (err error) {
		out, err = c.e.quotas(tx, Where{"account": c.account.ID, "region": region})
		return err
	})
	return out, err
}

// Fullest answers the limits with the most that any account uses of them, for
// administrators.
func (c *Caller) Fullest(ctx context.Context) ([]Quota, error) {
	var out []Quota
	err := c.read(ctx, func(tx *Tx) (err error) {
		if err := c.mustAdmin(tx); err != nil {
			return err
		}
		out, err = c.e.quotas(tx, nil)
		return err
	})
	return out, err
}

// fill takes the fullest: n is how many of the limit a thing has.
func (q *Quota) fill(n int, on Ref, zone string) {
	if n > q.Used {
		q.Used, q.On, q.Zone = n, on, zone
	}
}

func (e *Engine) quotas(tx *Tx, w Where) ([]Quota, error) {
	l := e.Limits()
	services := Quota{Knob: "limit.services", Max: l.Services}
	endpoints := Quota{Knob: "limit.endpoints", Max: l.EndpointsPerVPC}
	resources := Quota{Knob: "limit.resources", Max: l.ResourcesPerService}
	zone := Quota{Knob: "limit.zone", Max: l.ResourcesPerZone}
	listeners := Quota{Knob: "limit.listeners", Max: l.Listeners}

	all, err := tx.Services.List(w)
	if err != nil {
		return nil, err
	}
	of, owners := map[string]Ref{}, map[string]int{}
	for _, s := range all {
		of[s.ID] = Ref{"service", s.ID, s.ID, s.Account}
		owners[s.Account+s.Region]++
		services.fill(owners[s.Account+s.Region], Ref{Account: s.Account}, "")
	}
	behind, err := tx.Resources.List(Where{"service": slices.Collect(maps.Keys(of))})
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, r := range behind {
		count[r.Service]++
		count[r.Service+r.Zone]++
		resources.fill(count[r.Service], of[r.Service], "")
		zone.fill(count[r.Service+r.Zone], of[r.Service], r.Zone)
	}
	in, err := tx.Endpoints.Tally("vpc", w)
	if err != nil {
		return nil, err
	}
	for vpc, n := range in {
		endpoints.fill(n, Ref{Kind: "vpc", ID: vpc}, "")
	}
	if id := endpoints.On.ID; id != "" {
		v, err := tx.VPCs.Get(id)
		if err != nil {
			return nil, err
		}
		endpoints.On.Name, endpoints.On.Account = v.Name, v.Account
	}
	if err := fullestBalancer(tx, w, &listeners); err != nil {
		return nil, err
	}
	return []Quota{services, endpoints, resources, zone, listeners}, nil
}

func fullestBalancer(tx *Tx, w Where, q *Quota) error {
	balancers, err := tx.Balancers.List(w)
	if err != nil || len(balancers) == 0 {
		return err
	}
	have, err := tx.Listeners.Tally("balancer", Where{"balancer": each(balancers, func(b Balancer) string { return b.ID })})
	for _, b := range balancers {
		q.fill(have[b.ID], Ref{"balancer", b.ID, b.Name, b.Account}, "")
	}
	return err
}
