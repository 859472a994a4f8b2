package cloud

import (
	"context"
	"slices"
	"time"
)

// Waiting is something that waits for a person: the account itself (Mine) or
// another one.
type Waiting struct {
	Endpoint     string
	EndpointName string
	Service      string
	ServiceName  string
	VPC          string
	// Zones are those that were added to a connection that stands, and wait to be
	// connected; none where the connection itself waits.
	Zones    []string
	Consumer Account
	Provider Account
	Mine     bool // the caller is the one who must act
	Since    time.Time
}

// mostPending bounds how many waiting connections of one kind a side's list
// names.
const mostPending = 20

// Pending answers the connections of the region that wait for a decision, and
// those of which a zone does, as provider or as consumer: the oldest twenty of
// each. PendingCount knows how many there are.
func (c *Caller) Pending(ctx context.Context, region string) ([]Waiting, error) {
	var out []Waiting
	err := c.read(ctx, func(tx *Tx) error {
		var all []Endpoint
		for _, side := range []string{"provider", "account"} {
			for _, w := range c.waits(side, region) {
				list, err := tx.Endpoints.Page(Query{Where: w, Limit: mostPending})
				if err != nil {
					return err
				}
				for _, e := range list {
					if !slices.ContainsFunc(all, func(have Endpoint) bool { return have.ID == e.ID }) {
						all = append(all, e)
					}
				}
			}
		}
		views, err := c.e.endpointViews(tx, all)
		if err != nil {
			return err
		}
		out, err = one(views, func(v EndpointView) (Waiting, error) { return c.waiting(tx, v) })
		return err
	})
	return out, err
}

// PendingCount counts the connections of the region that wait for the account
// itself, or of which a zone does.
func (c *Caller) PendingCount(ctx context.Context, region string) (int, error) {
	n := 0
	err := c.read(ctx, func(tx *Tx) error {
		for _, w := range c.waits("provider", region) {
			some, err := tx.Endpoints.Count(w)
			if err != nil {
				return err
			}
			n += some
		}
		return nil
	})
	return n, err
}

// waits are the connections on one side of the account's that wait for their
// provider, as a whole (EndpointView.WaitsForProvider) and in a zone.
func (c *Caller) waits(side, region string) []Where {
	return []Where{
		{side: c.account.ID, "region": region, "deleting": false, "served": true, "decision": string(Undecided)},
		{side: c.account.ID, "region": region, "deleting": false, "served": true, "decision": string(Allowed), "asks": true},
	}
}

func (c *Caller) waiting(tx *Tx, v EndpointView) (Waiting, error) {
	consumer, err := tx.Accounts.Get(v.Account)
	if err != nil {
		return Waiting{}, err
	}
	provider, err := tx.Accounts.Get(v.Provider)
	w := Waiting{
		Endpoint: v.ID, EndpointName: v.Name, Service: v.Service, ServiceName: v.ServiceName, VPC: v.VPCName,
		Consumer: consumer, Provider: provider, Mine: v.Provider == c.account.ID, Since: v.Created,
	}
	if v.WaitsForProvider() || v.Connection == Disconnected {
		return w, err
	}
	for _, z := range v.Zones {
		if z.Resource != "" || z.Refused || z.Deleting {
			continue
		}
		if w.Zones == nil {
			w.Since = z.Created
		}
		w.Zones = append(w.Zones, z.Zone)
	}
	return w, err
}
