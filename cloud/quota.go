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
		all, err := notOperated(tx)
		if err != nil {
			return err
		}
		out, err = c.e.quotas(tx, all)
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

// name calls the fullest backend by its name.
func (q *Quota) name(tx *Tx) (err error) {
	switch q.On.Kind {
	case "balancer":
		var b Balancer
		b, err = tx.Balancers.Get(q.On.ID)
		q.On.Name = b.Name
	case "instance":
		var i Instance
		i, err = tx.Instances.Get(q.On.ID)
		q.On.Name = i.Name
	}
	return err
}

// quotas answers the limits of the clouds that w is about.
func (e *Engine) quotas(tx *Tx, w Where) ([]Quota, error) {
	l := e.Limits()
	listeners := Quota{Knob: "limit.listeners", Max: l.Listeners}
	if err := fullestBalancer(tx, w, &listeners); err != nil {
		return nil, err
	}
	id, _ := w["region"].(string)
	in, _ := FindRegion(id)
	var out []Quota
	if in.Cloud != Ctyun {
		some, err := e.aliyunQuotas(tx, w, l)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	if in.Cloud != Aliyun {
		some, err := e.ctyunQuotas(tx, w, l)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return append(out, listeners), nil
}

// within narrows w down to the regions of a cloud.
func within(w Where, cloud string) Where {
	out := maps.Clone(w)
	if out == nil {
		out = Where{}
	}
	if _, one := out["region"]; !one {
		var ids []string
		for _, r := range RegionsOf(cloud) {
			ids = append(ids, r.ID)
		}
		out["region"] = ids
	}
	return out
}

func (e *Engine) aliyunQuotas(tx *Tx, w Where, l Limits) ([]Quota, error) {
	w = within(w, Aliyun)
	services := Quota{Knob: "limit.services", Max: l.Services}
	endpoints := Quota{Knob: "limit.endpoints", Max: l.EndpointsPerVPC}
	resources := Quota{Knob: "limit.resources", Max: l.ResourcesPerService}
	zone := Quota{Knob: "limit.zone", Max: l.ResourcesPerZone}
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
	private, err := zoneQuotas(tx, w, l)
	return append([]Quota{services, endpoints, resources, zone}, private...), err
}

// zoneQuotas are the limits of private zones, which are in no region.
func zoneQuotas(tx *Tx, w Where, l Limits) ([]Quota, error) {
	zones := Quota{Knob: "limit.privatezones", Max: l.PrivateZones}
	vpcs := Quota{Knob: "limit.zonevpcs", Max: l.ZoneVPCs}
	records := Quota{Knob: "limit.records", Max: l.Records}
	w = maps.Clone(w)
	delete(w, "region")
	list, err := tx.PrivateZones.List(w)
	if err != nil || len(list) == 0 {
		return []Quota{zones, vpcs, records}, err
	}
	owners := map[string]int{}
	have, err := tx.Records.Tally("zone", Where{"zone": each(list, func(z PrivateZone) string { return z.ID })})
	for _, z := range list {
		owners[z.Account]++
		on := Ref{"privatezone", z.ID, z.Shown, z.Account}
		zones.fill(owners[z.Account], Ref{Account: z.Account}, "")
		vpcs.fill(len(z.VPCs), on, "")
		records.fill(have[z.ID], on, "")
	}
	return []Quota{zones, vpcs, records}, err
}

func (e *Engine) ctyunQuotas(tx *Tx, w Where, l Limits) ([]Quota, error) {
	w = within(w, Ctyun)
	services := Quota{Knob: "limit.ctyun.services", Max: l.ServicesPerRegion}
	endpoints := Quota{Knob: "limit.ctyun.endpoints", Max: l.EndpointsPerRegion}
	backend := Quota{Knob: "limit.backend", Max: l.ServicesPerBackend}
	mappings := Quota{Knob: "limit.mappings", Max: l.Mappings}
	all, err := tx.Services.List(w)
	if err != nil {
		return nil, err
	}
	owners := map[string]int{}
	for _, s := range all {
		owners[s.Account+s.Region]++
		services.fill(owners[s.Account+s.Region], Ref{Account: s.Account}, "")
		mappings.fill(len(s.Mappings), Ref{"service", s.ID, s.Name, s.Account}, "")
	}
	behind, err := tx.Resources.List(Where{"service": each(all, func(s Service) string { return s.ID })})
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, r := range behind {
		count[r.Behind()]++
		on := Ref{"balancer", r.Balancer, r.Balancer, r.Account}
		if r.Balancer == "" {
			on = Ref{"instance", r.Instance, r.Instance, r.Account}
		}
		backend.fill(count[r.Behind()], on, "")
	}
	if err := backend.name(tx); err != nil {
		return nil, err
	}
	for _, r := range RegionsOf(Ctyun) {
		one := maps.Clone(w)
		if have, ok := w["region"].(string); ok && have != r.ID {
			continue
		}
		one["region"] = r.ID
		users, err := tx.Endpoints.Tally("account", one)
		if err != nil {
			return nil, err
		}
		for account, n := range users {
			endpoints.fill(n, Ref{Account: account}, "")
		}
	}
	return []Quota{services, endpoints, backend, mappings}, nil
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
