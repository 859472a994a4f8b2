package cloud

import (
	"context"
	"slices"
	"strings"
	"time"
)

// What a provider may ask of one zone of a connection: the operations
// EnableVpcEndpointZoneConnection, DisableVpcEndpointZoneConnection and
// UpdateVpcEndpointZoneConnectionResourceAttribute (REQUIREMENTS B.3, B.8).
const (
	ActConnectZone    Action = "connectzone"
	ActDisconnectZone Action = "disconnectzone"
	ActMoveZone       Action = "movezone"
	ActEndMove        Action = "endmove"
)

// zoneActions is the table of what may be asked in which state of a zone, while
// the endpoint's connection is Connected.
func zoneActions() map[State][]Action {
	return map[State][]Action{
		Wait:         {ActConnectZone},
		Disconnected: {ActConnectZone},
		Connected:    {ActDisconnectZone, ActMoveZone},
		Migrated:     {ActDisconnectZone, ActMoveZone},
		Migrating:    {ActEndMove},
	}
}

// MayZone says whether the table lets an action happen to a zone: connection is
// the state of the endpoint's connection.
func MayZone(connection, zone State, a Action) bool {
	return connection == Connected && slices.Contains(zoneActions()[zone], a)
}

// ZoneStates lists the states of a zone's connection, for tests.
func ZoneStates() []State {
	return []State{Creating, Wait, Connecting, Connected, Disconnecting, Disconnected, Migrating, Migrated, Deleting}
}

// ZoneActions lists every action on a zone, for tests.
func ZoneActions() []Action {
	return []Action{ActConnectZone, ActDisconnectZone, ActMoveZone, ActEndMove}
}

// zoneOf answers the interface of a zone of a connection, if the table lets the
// action happen to it now.
func (c *Caller) zoneOf(tx *Tx, service, endpoint, zone string, a Action) (Service, Endpoint, Interface, error) {
	s, e, err := c.connection(tx, service, endpoint)
	if err != nil {
		return s, e, Interface{}, err
	}
	v, err := c.e.endpointView(tx, e)
	if err != nil {
		return s, e, Interface{}, err
	}
	for _, z := range v.Zones {
		if z.Zone != zone || zone == "" {
			continue
		}
		if !MayZone(v.Connection, z.State, a) {
			return s, e, z.Interface, conflict("error.zone.state",
				args("zone", zone, "state", string(z.State), "connection", string(v.Connection), "action", string(a)))
		}
		return s, e, z.Interface, nil
	}
	return s, e, Interface{}, notFound("zone", zone)
}

// ConnectZone connects one zone that waits or that the provider had closed, and
// assigns a service resource to it (EnableVpcEndpointZoneConnection); the field
// of a resource that is chosen by hand is "resource.ZONE".
func (c *Caller) ConnectZone(ctx context.Context, service, endpoint, zone string, in AllowInput) error {
	return c.write(ctx, func(tx *Tx) error {
		s, e, i, err := c.zoneOf(tx, service, endpoint, zone, ActConnectZone)
		if err != nil {
			return err
		}
		return assignResources(tx, e, s, in.chosen(), i.Zone)
	})
}

// DisconnectZone closes the connection of one zone and cuts what lives in it;
// the other zones go on (DisableVpcEndpointZoneConnection).
func (c *Caller) DisconnectZone(ctx context.Context, service, endpoint, zone string) error {
	return c.write(ctx, func(tx *Tx) error {
		_, _, i, err := c.zoneOf(tx, service, endpoint, zone, ActDisconnectZone)
		if err != nil {
			return err
		}
		i.detach()
		i.Refused = true
		return tx.Interfaces.Put(i)
	})
}

// detach takes the resource and what is left of an earlier one.
func (i *Interface) detach() {
	i.Resource, i.MovedFrom, i.Until = "", "", time.Time{}
}

// The ways to move a zone to another resource (ResourceReplaceMode).
const (
	MoveGraceful = "graceful" // 平滑迁移: what lives goes on, for a while
	MoveForced   = "force"    // 强制迁移: what lives is cut
)

// The bounds of MoveInput.Drain in seconds.
const (
	MoveDrain     = 300
	MoveDrainMost = 86_400
)

// MoveInput is the form that replaces a zone's service resource: its fields are
// "resource", "mode" and "drain", for how many seconds what lives may go on.
type MoveInput struct {
	Resource, Mode, Drain string
	// All and Endpoints say what ReplaceResource moves: whoever uses the resource,
	// or these.
	All       bool
	Endpoints []string
}

// move is the checked form of moving from a resource to another one.
func (c *Caller) move(tx *Tx, s Service, from string, in MoveInput) (to Resource, drain time.Duration, err error) {
	var ck check
	mode := ck.oneOf("mode", in.Mode, MoveGraceful, MoveGraceful, MoveForced)
	if mode == MoveGraceful {
		drain = time.Duration(ck.number("drain", in.Drain, MoveDrain, 1, MoveDrainMost)) * time.Second
	}
	was, err := tx.Resources.Get(from)
	if err != nil {
		return to, 0, missing(err, "resource", from)
	}
	to, err = tx.Resources.Get(in.Resource)
	if err != nil || to.Service != s.ID || to.Zone != was.Zone || to.ID == from {
		if err := orMissing(err, "resource", in.Resource); AsError(err) == nil {
			return to, 0, err
		}
		ck.fail("resource", "error.choose")
	}
	return to, drain, ck.err()
}

// to moves the interface to another resource; drain 0 cuts what lives.
func (i *Interface) to(resource string, drain time.Duration) {
	i.MovedFrom, i.Resource, i.Until = i.Resource, resource, time.Time{}
	if drain > 0 {
		i.Until = now().Add(drain)
	}
}

// MoveZone moves a connected zone to another service resource of the same zone
// (UpdateVpcEndpointZoneConnectionResourceAttribute): new flows go there at
// once. The zone is Migrating while flows live that it had before.
func (c *Caller) MoveZone(ctx context.Context, service, endpoint, zone string, in MoveInput) error {
	return c.write(ctx, func(tx *Tx) error {
		s, _, i, err := c.zoneOf(tx, service, endpoint, zone, ActMoveZone)
		if err != nil {
			return err
		}
		to, drain, err := c.move(tx, s, i.Resource, in)
		if err != nil {
			return err
		}
		i.to(to.ID, drain)
		return tx.Interfaces.Put(i)
	})
}

// EndMove cuts what still goes to the resource that a zone had before it was
// moved (断开旧服务资源).
func (c *Caller) EndMove(ctx context.Context, service, endpoint, zone string) error {
	return c.write(ctx, func(tx *Tx) error {
		_, _, i, err := c.zoneOf(tx, service, endpoint, zone, ActEndMove)
		if err != nil {
			return err
		}
		i.Until = time.Time{}
		return tx.Interfaces.Put(i)
	})
}

// ReplaceResource moves the zones of all endpoints that use a service resource,
// or of the chosen ones, to another resource of its zone. Which of them cannot be
// moved now, or have moved since, stay as they are: left counts them. When that
// is all of them it is refused.
func (c *Caller) ReplaceResource(ctx context.Context, service, resource string, in MoveInput) (moved, left int, err error) {
	err = c.write(ctx, func(tx *Tx) error {
		s, err := c.service(tx, service)
		if err != nil {
			return err
		}
		to, drain, err := c.move(tx, s, resource, in)
		if err != nil {
			return err
		}
		w := Where{"resource": resource}
		if !in.All {
			w["endpoint"] = in.Endpoints
			left = len(in.Endpoints)
			if left == 0 {
				var ck check
				ck.fail("endpoints", "error.choose")
				return ck.err()
			}
		}
		users, err := tx.Interfaces.List(w)
		if err != nil {
			return err
		}
		endpoints, err := tx.Endpoints.List(Where{"id": each(users, func(i Interface) string { return i.Endpoint })})
		if err != nil {
			return err
		}
		views, err := c.e.endpointViews(tx, endpoints)
		if err != nil {
			return err
		}
		for _, v := range views {
			z, ok := v.Movable(resource)
			if !ok {
				continue
			}
			z.to(to.ID, drain)
			if err := tx.Interfaces.Put(z.Interface); err != nil {
				return err
			}
			moved++
		}
		if moved == 0 {
			return conflict("error.resource.settled", args("zone", to.Zone))
		}
		left = max(left, len(users)) - moved
		return nil
	})
	return moved, left, err
}

// Movable answers the endpoint's zone on a service resource, if it may be moved to
// another one now.
func (v EndpointView) Movable(resource string) (ZoneView, bool) {
	for _, z := range v.Zones {
		if z.Resource == resource && MayZone(v.Connection, z.State, ActMoveZone) {
			return z, true
		}
	}
	return ZoneView{}, false
}

// SetResourceManual says whether a service resource is assigned only by hand;
// each zone keeps one that is not (AutoAllocatedEnabled).
func (c *Caller) SetResourceManual(ctx context.Context, service, resource string, manual bool) error {
	return c.write(ctx, func(tx *Tx) error {
		s, err := c.service(tx, service)
		if err != nil {
			return err
		}
		r, err := tx.Resources.Get(resource)
		if err != nil || r.Service != s.ID || mapped(s) {
			return orMissing(err, "resource", resource)
		}
		r.Manual = manual
		if err := tx.Resources.Put(r); err != nil {
			return err
		}
		return automatic(tx, s.ID)
	})
}

// automatic refuses a change after which some zone of a service has resources and
// none that is assigned automatically.
func automatic(tx *Tx, service string) error {
	all, err := tx.Resources.List(Where{"service": service})
	for _, r := range all {
		if !slices.ContainsFunc(all, func(o Resource) bool { return o.Zone == r.Zone && !o.Manual }) {
			return conflict("error.resource.manual", args("zone", r.Zone))
		}
	}
	return err
}

// chosen are the resources that are named by hand, nil for none.
func (in AllowInput) chosen() map[string]string {
	if in.Auto {
		return nil
	}
	out := map[string]string{}
	for zone, id := range in.Resources {
		out[zone] = strings.TrimSpace(id)
	}
	return out
}
