package cloud

import (
	"context"
	"slices"
)

// AllowInput is the dialog 允许连接 / Allow Connection (ACC-02, X-05): Auto is
// 允许连接并自动分配服务资源, otherwise Resources names a resource ID for each
// zone; its fields are "resource.ZONE".
type AllowInput struct {
	Auto      bool
	Resources map[string]string
}

// connection answers an endpoint of one of the account's services.
func (c *Caller) connection(tx *Tx, service, endpoint string) (Service, Endpoint, error) {
	s, err := c.service(tx, service)
	if err != nil {
		return Service{}, Endpoint{}, err
	}
	e, err := tx.Endpoints.Get(endpoint)
	if err != nil || e.Service != s.ID {
		return Service{}, Endpoint{}, orMissing(err, "endpoint", endpoint)
	}
	return s, e, nil
}

// Connection answers the endpoint as the provider of its service sees it.
func (c *Caller) Connection(ctx context.Context, service, endpoint string) (EndpointView, error) {
	var v EndpointView
	err := c.read(ctx, func(tx *Tx) error {
		_, e, err := c.connection(tx, service, endpoint)
		if err != nil {
			return err
		}
		v, err = c.e.endpointView(tx, e)
		return err
	})
	return v, err
}

// Allow accepts a connection and assigns a service resource to each of its
// zones (ACC-03). Allowing what is allowed changes nothing.
func (c *Caller) Allow(ctx context.Context, service, endpoint string, in AllowInput) error {
	return c.write(ctx, func(tx *Tx) error { return c.accept(tx, service, endpoint, in) })
}

func (c *Caller) accept(tx *Tx, service, endpoint string, in AllowInput) error {
	s, e, err := c.connection(tx, service, endpoint)
	if err != nil {
		return err
	}
	v, err := c.e.endpointView(tx, e)
	if err != nil || !MayAllow(v) && e.Decision == Allowed {
		return err
	}
	if err := decidable(s, e, ActAllow); err != nil {
		return err
	}
	if err := v.may(ActAllow); err != nil {
		return err
	}
	return c.allow(tx, &e, s, c.account.ID, in.chosen())
}

func (v EndpointView) may(a Action) error {
	if !May(v.Connection, a) {
		return conflict("error.endpoint.state", args("name", v.Name, "state", string(v.Connection), "action", string(a)))
	}
	return nil
}

// MayAllow says whether allowing a connection would change something now: one
// that is allowed already may have had each of its zones closed by itself.
func MayAllow(v EndpointView) bool {
	return May(v.Connection, ActAllow) && (v.Decision != Allowed || v.Connection == Disconnected)
}

// settleWaiting decides what waits for an approval that is asked for no longer,
// as nobody could otherwise: endpoints of accounts on the whitelist are
// accepted, and those of accounts that were taken off it are rejected.
func (c *Caller) settleWaiting(tx *Tx, s Service) error {
	waiting, err := tx.Endpoints.List(Where{"service": s.ID, "decision": string(Undecided), "deleting": false})
	if err != nil {
		return err
	}
	list, err := whitelistOf(tx, s)
	if err != nil {
		return err
	}
	for _, e := range waiting {
		if !list.holds(e.Account) {
			err = c.deny(tx, e)
		} else {
			err = c.allow(tx, &e, s, "", nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// allow records the decision; by is empty when the service accepts by itself.
func (c *Caller) allow(tx *Tx, e *Endpoint, s Service, by string, chosen map[string]string) error {
	e.Decision, e.DecidedBy, e.DecidedAt = Allowed, by, now()
	if err := assignResources(tx, *e, s, chosen); err != nil {
		return err
	}
	return tx.Endpoints.Put(*e)
}

// assignResources connects each interface of these zones, none being all, that
// has no resource: it gets the chosen one of its zone, or with nil the one that
// serves the fewest interfaces.
func assignResources(tx *Tx, e Endpoint, s Service, chosen map[string]string, zones ...string) error {
	interfaces, err := tx.Interfaces.List(Where{"endpoint": e.ID})
	if err != nil {
		return err
	}
	resources, err := tx.Resources.List(Where{"service": s.ID})
	if err != nil {
		return err
	}
	var ck check
	for _, i := range interfaces {
		if i.Resource != "" || i.Deleting || len(zones) > 0 && !slices.Contains(zones, i.Zone) {
			continue
		}
		if !slices.ContainsFunc(resources, func(r Resource) bool { return r.Zone == i.Zone }) {
			return conflict("error.allow.resource", args("zone", i.Zone), Ref{"service", s.ID, s.Name, s.Account})
		}
		if chosen == nil || chosen[i.Zone] != "" {
			if i.Resource, err = pick(tx, resources, i.Zone, chosen[i.Zone]); err != nil {
				return err
			}
		}
		switch {
		case i.Resource == "" && chosen != nil:
			ck.fail("resource."+i.Zone, "error.choose")
			continue
		case i.Resource == "":
			return conflict("error.resource.manual", args("zone", i.Zone))
		}
		i.Refused = false
		if err := tx.Interfaces.Put(i); err != nil {
			return err
		}
	}
	return ck.err()
}

// pick answers the wanted one of the resources of a zone, or with none wanted the
// one that serves the fewest interfaces, of those that are not assigned by hand
// only; empty: there is none.
func pick(tx *Tx, resources []Resource, zone, wanted string) (string, error) {
	fits := slices.DeleteFunc(slices.Clone(resources), func(r Resource) bool {
		return r.Zone != zone || wanted == "" && r.Manual || wanted != "" && r.ID != wanted
	})
	if len(fits) == 1 {
		tx.memo.more("resource", fits[0].ID)
		return fits[0].ID, nil
	}
	best, least := "", 0
	for _, r := range fits {
		n, err := tx.memo.count(tx.Interfaces.Count, "resource", r.ID)
		if err != nil {
			return "", err
		}
		if best == "" || n < least {
			best, least = r.ID, n
		}
	}
	tx.memo.more("resource", best)
	return best, nil
}

// Deny refuses a connection, also one that was allowed: its live flows are cut
// (ACC-04). Denying what is denied changes nothing.
func (c *Caller) Deny(ctx context.Context, service, endpoint string) error {
	return c.write(ctx, func(tx *Tx) error {
		s, e, err := c.connection(tx, service, endpoint)
		if err != nil {
			return err
		}
		if e.Decision == Refused {
			return nil
		}
		if err := decidable(s, e, ActDeny); err != nil {
			return err
		}
		if err := c.may(tx, e, ActDeny); err != nil {
			return err
		}
		return c.deny(tx, e)
	})
}

func (c *Caller) deny(tx *Tx, e Endpoint) error {
	e.Decision, e.DecidedBy, e.DecidedAt = Refused, c.account.ID, now()
	interfaces, err := tx.Interfaces.List(Where{"endpoint": e.ID})
	if err != nil {
		return err
	}
	for _, i := range interfaces {
		i.detach()
		i.Refused = false
		if err := tx.Interfaces.Put(i); err != nil {
			return err
		}
	}
	return tx.Endpoints.Put(e)
}

// decidable refuses what ctyun's provider may not do: anything while 连接审批 is
// off, and while the service is being deleted, which no accepted endpoint
// may outlive.
func decidable(s Service, e Endpoint, a Action) error {
	switch {
	case s.Deleting:
		return conflict("error.endpoint.state", args("name", e.Name, "state", string(ServiceDeleted), "action", string(a)))
	case mapped(s) && s.AutoAccept:
		return conflict("error.connection.noapproval", args("name", s.Name), Ref{"service", s.ID, s.Name, s.Account})
	}
	return nil
}
