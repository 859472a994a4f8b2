package cloud

import (
	"errors"
	"maps"
	"net/netip"
	"slices"
)

// ResourceView is a resource with what it is.
type ResourceView struct {
	Resource
	Name     string // of the CLB or the instance
	IP       string
	VPC      string // ID of the VPC it is in
	Ports    []Listener
	Backends []BackendView
	Used     int // endpoint zones that are assigned to it
}

// ServiceView is a service with what a page shows beside it. Grants and the
// numbers of connections are the owner's only.
type ServiceView struct {
	Service
	State       State
	VPCName     string
	VPCCIDR     netip.Prefix
	Owner       string // display name is Account(Service.Account)
	Resources   []ResourceView
	Zones       []string // those with a resource
	Grants      []Grant
	Connections int // endpoints that name it
	Connected   int // of them, those that are connected
	Waiting     int // of them, those that wait for the provider
}

func (c *Caller) serviceView(tx *Tx, s Service, own bool) (ServiceView, error) {
	out, err := c.serviceViews(tx, []Service{s}, own)
	return first(out), err
}

// serviceViews reads everything that a page of services shows, in a number of
// questions that does not depend on how many there are.
func (c *Caller) serviceViews(tx *Tx, list []Service, own bool) ([]ServiceView, error) {
	if len(list) == 0 {
		return nil, nil
	}
	ids := each(list, func(s Service) string { return s.ID })
	resources, err := learnBy(tx.Resources, "service", func(r Resource) string { return r.Service }, ids...)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(
		learn(tx.Accounts, each(list, func(s Service) string { return s.Account })...),
		learn(tx.VPCs, each(list, func(s Service) string { return s.VPC })...),
		learn(tx.Observations, ids...),
	); err != nil {
		return nil, err
	}
	behind, err := resourceViews(tx, resources)
	if err != nil {
		return nil, err
	}
	var all, connected, waiting map[string]int
	grants := map[string][]Grant{}
	if own {
		count := func(at *map[string]int, state Where) {
			if err == nil {
				w := maps.Clone(state)
				w["service"] = ids
				*at, err = tx.Endpoints.Tally("service", w)
			}
		}
		count(&all, Where{})
		count(&connected, connectionStates()[string(Connected)][0])
		count(&waiting, connectionStates()[WaitsForProvider][0])
		if err != nil {
			return nil, err
		}
		rows, err := tx.Grants.List(Where{"service": ids})
		if err != nil {
			return nil, err
		}
		for _, g := range rows {
			grants[g.Service] = append(grants[g.Service], g)
		}
	}
	return one(list, func(s Service) (ServiceView, error) {
		v := ServiceView{Service: s, State: Active, Grants: grants[s.ID], Connections: all[s.ID], Connected: connected[s.ID], Waiting: waiting[s.ID]}
		owner, err := tx.Accounts.Get(s.Account)
		v.Owner = owner.Name
		if mapped(s) && err == nil {
			err = v.seen(tx)
		}
		for _, r := range behind {
			if r.Service != s.ID {
				continue
			}
			v.Resources = append(v.Resources, r)
			if !slices.Contains(v.Zones, r.Zone) {
				v.Zones = append(v.Zones, r.Zone)
			}
		}
		return v, err
	})
}

// resourceViews reads the CLBs behind services with what is behind them.
func resourceViews(tx *Tx, list []Resource) ([]ResourceView, error) {
	if len(list) == 0 {
		return nil, nil
	}
	used, err := tx.Interfaces.Tally("resource", Where{"resource": each(list, func(r Resource) string { return r.ID })})
	if err != nil {
		return nil, err
	}
	if err := learnBalancers(tx, each(list, func(r Resource) string { return r.Balancer })); err != nil {
		return nil, err
	}
	if err := learn(tx.Instances, each(list, func(r Resource) string { return r.Instance })...); err != nil {
		return nil, err
	}
	return one(list, func(r Resource) (ResourceView, error) {
		v := ResourceView{Resource: r, Used: used[r.ID]}
		if r.Balancer == "" {
			return v, v.instance(tx)
		}
		b, err := tx.Balancers.Get(r.Balancer)
		if err != nil {
			return v, err
		}
		v.Name, v.IP, v.VPC = b.Name, b.IP.String(), b.VPC
		if v.Ports, err = tx.Listeners.List(Where{"balancer": b.ID}); err != nil {
			return v, err
		}
		v.Backends, err = backendViews(tx, b.ID)
		return v, err
	})
}
