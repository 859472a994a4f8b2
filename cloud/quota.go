package cloud

import "context"

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

// fill counts one more of something and keeps the fullest.
func (q *Quota) fill(count map[string]int, key string, on Ref, zone string) {
	count[key]++
	if count[key] > q.Used {
		q.Used, q.On, q.Zone = count[key], on, zone
	}
}

func (e *Engine) quotas(tx *Tx, w Where) ([]Quota, error) {
	l := e.Limits()
	services := Quota{Knob: "limit.services", Max: l.Services}
	endpoints := Quota{Knob: "limit.endpoints", Max: l.EndpointsPerVPC}
	resources := Quota{Knob: "limit.resources", Max: l.ResourcesPerService}
	zone := Quota{Knob: "limit.zone", Max: l.ResourcesPerZone}
	listeners := Quota{Knob: "limit.listeners", Max: l.Listeners}
	count := map[string]int{}

	all, err := tx.Services.List(w)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		services.fill(count, s.Account+s.Region, Ref{Account: s.Account}, "")
		behind, err := tx.Resources.List(Where{"service": s.ID})
		if err != nil {
			return nil, err
		}
		on := Ref{"service", s.ID, s.ID, s.Account}
		for _, r := range behind {
			resources.fill(count, s.ID, on, "")
			zone.fill(count, s.ID+r.Zone, on, r.Zone)
		}
	}
	made, err := tx.Endpoints.List(w)
	if err != nil {
		return nil, err
	}
	for _, ep := range made {
		endpoints.fill(count, ep.VPC, Ref{"vpc", ep.VPC, "", ep.Account}, "")
	}
	if endpoints.On.ID != "" {
		v, err := tx.VPCs.Get(endpoints.On.ID)
		if err != nil {
			return nil, err
		}
		endpoints.On.Name = v.Name
	}
	balancers, err := tx.Balancers.List(w)
	if err != nil {
		return nil, err
	}
	for _, b := range balancers {
		have, err := tx.Listeners.Count(Where{"balancer": b.ID})
		if err != nil {
			return nil, err
		}
		for range have {
			listeners.fill(count, b.ID, Ref{"balancer", b.ID, b.Name, b.Account}, "")
		}
	}
	return []Quota{services, endpoints, resources, zone, listeners}, nil
}
