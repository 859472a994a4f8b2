package cloud

import (
	"context"
	"slices"
)

// AddResource puts a CLB behind a service in one zone; the fields are "zone"
// and "balancer".
func (c *Caller) AddResource(ctx context.Context, service string, in ResourceInput) error {
	return c.write(ctx, func(tx *Tx) error {
		s, err := c.service(tx, service)
		if err != nil {
			return err
		}
		if mapped(s) {
			return notFound("resource", in.Balancer) // given once (TYD-09)
		}
		r, err := region(s.Region)
		if err != nil {
			return err
		}
		var ck check
		if err := c.addResource(tx, &ck, s, r, in, ""); err != nil {
			return err
		}
		return ck.err()
	})
}

// addResource checks and stores one resource; suffix goes behind the names of
// the fields. CLB-15 and EPS-09 hold here, whatever a page offered.
func (c *Caller) addResource(tx *Tx, ck *check, s Service, r Region, in ResourceInput, suffix string) error {
	zone := ck.oneOf("zone"+suffix, in.Zone, "", r.Zones...)
	if in.Balancer == "" {
		ck.fail("balancer"+suffix, "error.choose")
		return nil
	}
	b, err := c.balancer(tx, in.Balancer)
	if AsError(err) != nil || err == nil && b.Region != s.Region {
		ck.fail("balancer"+suffix, "error.notfound", "kind", "balancer", "id", in.Balancer)
		return nil
	}
	if err != nil {
		return err
	}
	if ok, why := b.PrivateLink(); !ok {
		ck.fail("balancer"+suffix, why, "name", b.Name)
		return nil
	}
	if zone != "" && !slices.Contains(b.Zones(), zone) {
		ck.fail("zone"+suffix, "error.resource.zone", "name", b.Name, "zone", zone)
		return nil
	}
	have, err := tx.Resources.List(Where{"service": s.ID})
	if err != nil {
		return err
	}
	inZone := 0
	for _, h := range have {
		if h.Zone == zone {
			inZone++
			if h.Balancer == b.ID {
				ck.fail("balancer"+suffix, "error.resource.twice", "name", b.Name, "zone", zone)
				return nil
			}
		}
	}
	switch l := c.e.Limits(); {
	case len(have) >= l.ResourcesPerService:
		return &Error{Kind: Exceeded, Key: "error.quota.resources", Args: args("max", itoa(l.ResourcesPerService))}
	case inZone >= l.ResourcesPerZone:
		return &Error{Kind: Exceeded, Key: "error.quota.resources.zone", Args: args("max", itoa(l.ResourcesPerZone), "zone", zone)}
	}
	if zone == "" {
		return nil
	}
	return tx.Resources.Put(Resource{
		ID: s.ID + "/" + zone + "/" + b.ID, Account: s.Account, Service: s.ID, Zone: zone, Balancer: b.ID, Manual: in.Manual, Created: now(),
	})
}

// Behind is what a resource is, by its ID: a load balancer, a secondary NIC, or
// an instance by its primary one.
func (r Resource) Behind() string {
	for _, id := range []string{r.NIC, r.Balancer, r.Instance} {
		if id != "" {
			return id
		}
	}
	return ""
}

// RemoveResource takes a CLB from behind a service; endpoint zones that are
// assigned to it stand in the way.
func (c *Caller) RemoveResource(ctx context.Context, service, resource string) error {
	return c.write(ctx, func(tx *Tx) error {
		s, err := c.service(tx, service)
		if err != nil {
			return err
		}
		r, err := tx.Resources.Get(resource)
		if err != nil || r.Service != s.ID || mapped(s) {
			return orMissing(err, "resource", resource)
		}
		users, err := resourceUsers(tx, r.ID)
		if err != nil {
			return err
		}
		var blockers []Ref
		for _, u := range users {
			e, err := tx.Endpoints.Get(u.Endpoint)
			if err != nil {
				return err
			}
			blockers = append(blockers, Ref{"endpoint", e.ID, e.Name, e.Account})
		}
		if len(blockers) > 0 {
			return conflict("error.resource.used", args("zone", r.Zone), blockers...)
		}
		if err := tx.Resources.Delete(r.ID); err != nil {
			return err
		}
		return automatic(tx, s.ID)
	})
}

// resourceUsers are the interfaces that keep a service resource: those assigned to
// it, at most mostHolders, and those that were moved away and have connections
// there.
func resourceUsers(tx *Tx, resource string) ([]Interface, error) {
	users, err := tx.Interfaces.Page(Query{Where: Where{"resource": resource}, Limit: mostHolders})
	if err != nil {
		return nil, err
	}
	leaving, err := tx.Interfaces.List(Where{"moved_from": resource})
	if err != nil {
		return nil, err
	}
	old, err := tx.Observations.List(Where{"id": each(leaving, func(i Interface) string { return i.ID }), "old": true})
	for _, i := range leaving {
		if slices.ContainsFunc(old, func(o Observation) bool { return o.ID == i.ID }) {
			users = append(users, i)
		}
	}
	return users, err
}
