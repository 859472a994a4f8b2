package cloud

import (
	"context"
	"maps"
	"slices"
)

// FindServices answers a page of the account's services in a region: searched
// by ID, name, description and what is behind them, narrowed down by "accept"
// and "affinity" (yes, no), "waiting" (yes) and "vpc", or, of ctyun, by
// "status" (ServiceStates), sorted by "id", "name", "accept", "affinity" or
// "created".
func (c *Caller) FindServices(ctx context.Context, region string, f Find) (Found[ServiceView], error) {
	var out Found[ServiceView]
	err := c.read(ctx, func(tx *Tx) error {
		waiting, err := c.servicesAsked(tx, region)
		if err != nil {
			return err
		}
		l := lists{
			base:  Where{"account": c.account.ID, "region": region},
			words: []string{"id", "name", "description"},
			also:  func(word string) ([]Where, error) { return c.servicesBy(tx, word) },
			sorts: map[string]string{"id": "id", "name": "name", "accept": "auto_accept", "affinity": "zone_affinity", "created": "created"},
			filters: map[string]filter{
				"accept": yesNo("auto_accept"), "affinity": yesNo("zone_affinity"), "vpc": same("vpc"),
				"waiting": choice(map[string]Where{"yes": {"id": waiting}}),
			},
		}
		if f.Filter["status"] != "" {
			states, err := c.servicesByState(tx, region)
			if err != nil {
				return err
			}
			l.filters["status"] = choice(states)
		}
		out, err = find(tx.Services, f, l, func(rows []Service) ([]ServiceView, error) { return c.serviceViews(tx, rows, true) })
		return err
	})
	return out, err
}

// servicesAsked are the services with connections that wait for the account.
func (c *Caller) servicesAsked(tx *Tx, region string) ([]string, error) {
	w := maps.Clone(connectionStates()[WaitsForProvider][0])
	w["provider"], w["region"] = c.account.ID, region
	n, err := tx.Endpoints.Tally("service", w)
	return slices.Sorted(maps.Keys(n)), err
}

// servicesByState are the account's services by their state, which follows from
// what was observed of them (TYD-11).
func (c *Caller) servicesByState(tx *Tx, region string) (map[string]Where, error) {
	all, err := tx.Services.List(Where{"account": c.account.ID, "region": region})
	if err != nil {
		return nil, err
	}
	if err := learn(tx.Observations, each(all, func(s Service) string { return s.ID })...); err != nil {
		return nil, err
	}
	ids := map[string][]string{}
	for _, s := range all {
		state, err := s.state(tx)
		if err != nil {
			return nil, err
		}
		ids[string(state)] = append(ids[string(state)], s.ID)
	}
	out := map[string]Where{}
	for _, state := range ServiceStates() {
		out[string(state)] = Where{"id": ids[string(state)]}
	}
	return out, nil
}

// servicesBy finds services by the CLBs and instances behind them.
func (c *Caller) servicesBy(tx *Tx, word string) ([]Where, error) {
	var out []Where
	behind := func(column string, ids []string, err error) error {
		if err != nil || len(ids) == 0 {
			return err
		}
		n, err := tx.Resources.Tally("service", Where{column: ids})
		out = append(out, Where{"id": slices.Sorted(maps.Keys(n))})
		return err
	}
	mine := Where{"account": c.account.ID}
	clbs, err := found(tx.Balancers, mine, word, mostOthers, "id", "name", "ip")
	if err := behind("balancer", clbs, err); err != nil {
		return nil, err
	}
	instances, err := found(tx.Instances, mine, word, mostOthers, "id", "name", "ip")
	return out, behind("instance", instances, err)
}

// mostHolders bounds how many things that stand in the way are named.
const mostHolders = 100

// holders are the endpoints that keep a service from being deleted, at most
// mostHolders of them: every one that is not disconnected; of ctyun every one
// that was accepted, because one that shows 已拒绝 is cut in a moment.
func (c *Caller) holders(tx *Tx, s Service) ([]Ref, error) {
	hold := []Where{{"deleting": true}, {"decision": string(Allowed)}}
	if !mapped(s) {
		hold = append(hold, Where{"open": true})
	}
	rows, err := tx.Endpoints.Page(Query{Where: Where{"service": s.ID}, Limit: mostHolders, Terms: []Term{{Or: hold}}})
	if err != nil {
		return nil, err
	}
	var out []Ref
	for _, e := range rows {
		out = append(out, Ref{"endpoint", e.ID, e.Name, e.Account})
	}
	return out, nil
}

// ServiceHolders answers the endpoints that keep one of the account's services
// from being deleted, at most a hundred, and how many others name it.
func (c *Caller) ServiceHolders(ctx context.Context, id string) (holders []Ref, idle int, err error) {
	err = c.read(ctx, func(tx *Tx) error {
		s, err := c.service(tx, id)
		if err != nil {
			return err
		}
		if holders, err = c.holders(tx, s); err != nil {
			return err
		}
		all, err := tx.Endpoints.Count(Where{"service": id})
		idle = all - len(holders)
		return err
	})
	return holders, idle, err
}

// ServiceBusy answers those of the interfaces that are assigned to one of the
// account's services.
func (c *Caller) ServiceBusy(ctx context.Context, id string, busy []string) ([]string, error) {
	var out []string
	err := c.read(ctx, func(tx *Tx) error {
		if _, err := c.service(tx, id); err != nil {
			return err
		}
		resources, err := tx.Resources.List(Where{"service": id})
		if err != nil || len(resources) == 0 || len(busy) == 0 {
			return err
		}
		list, err := tx.Interfaces.List(Where{"resource": each(resources, func(r Resource) string { return r.ID }), "id": busy})
		out = each(list, func(i Interface) string { return i.ID })
		return err
	})
	return out, err
}

// ResourceHolders answers the endpoints that keep a service resource: those whose
// zones are assigned to it, at most a hundred, and those that have connections
// there since they were moved.
func (c *Caller) ResourceHolders(ctx context.Context, service, resource string) ([]EndpointView, error) {
	var out []EndpointView
	err := c.read(ctx, func(tx *Tx) error {
		if _, err := c.service(tx, service); err != nil {
			return err
		}
		users, err := resourceUsers(tx, resource)
		if err != nil {
			return err
		}
		list, err := tx.Endpoints.List(Where{"id": each(users, func(i Interface) string { return i.Endpoint })})
		if err != nil {
			return err
		}
		out, err = c.e.endpointViews(tx, list)
		return err
	})
	return out, err
}

// FindResources answers a page of the CLBs behind one of the account's
// services: searched by name, ID and address, sorted by "zone", "name" or "ip".
func (c *Caller) FindResources(ctx context.Context, service string, f Find) (Found[ResourceView], error) {
	var out Found[ResourceView]
	err := c.read(ctx, func(tx *Tx) error {
		s, err := c.service(tx, service)
		if err != nil {
			return err
		}
		r, err := region(s.Region)
		if err != nil {
			return err
		}
		zones := map[string]Where{}
		for _, z := range r.Zones {
			zones[z] = Where{"zone": z}
		}
		l := lists{
			base:  Where{"service": s.ID},
			words: []string{"balancer", "balancer.name", "zone"},
			also: func(word string) ([]Where, error) {
				clbs, err := found(tx.Balancers, Where{"account": c.account.ID}, word, mostOthers, "ip")
				return []Where{{"balancer": clbs}}, err
			},
			sorts:   map[string]string{"zone": "zone", "name": "balancer.name"},
			filters: map[string]filter{"zone": choice(zones)},
		}
		out, err = find(tx.Resources, f, l, func(rows []Resource) ([]ResourceView, error) { return resourceViews(tx, rows) })
		return err
	})
	return out, err
}

// FindGrants answers a page of the whitelist of one of the account's services:
// searched by ID and name of the account, sorted by "account", "name" or
// "created".
func (c *Caller) FindGrants(ctx context.Context, service string, f Find) (Found[Grant], error) {
	var out Found[Grant]
	err := c.read(ctx, func(tx *Tx) error {
		s, err := c.service(tx, service)
		if err != nil {
			return err
		}
		l := lists{
			base:  Where{"service": s.ID},
			words: []string{"grantee", "grantee.name"},
			also: func(word string) ([]Where, error) {
				accounts, err := found(tx.Accounts, nil, word, mostOthers, "name_en")
				return []Where{{"grantee": accounts}}, err
			},
			sorts: map[string]string{"account": "grantee", "name": "grantee.name", "created": "created"},
		}
		out, err = find(tx.Grants, f, l, plain)
		return err
	})
	return out, err
}

// NewestServices answers the account's newest services in a region, for a
// choice among at most limit of them.
func (c *Caller) NewestServices(ctx context.Context, region string, limit int) ([]Service, error) {
	var out []Service
	err := c.read(ctx, func(tx *Tx) (err error) {
		out, err = tx.Services.Page(Query{Where: Where{"account": c.account.ID, "region": region}, Desc: true, Limit: limit})
		return err
	})
	return out, err
}
