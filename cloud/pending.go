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
	Consumer     Account
	Provider     Account
	Mine         bool // the caller is the one who must act
	Since        time.Time
}

// mostPending bounds how many waiting connections one side's list names.
const mostPending = 20

// Pending answers the connections of the region that wait for a decision, as
// provider or as consumer: the oldest twenty of each. PendingCount knows how
// many there are.
func (c *Caller) Pending(ctx context.Context, region string) ([]Waiting, error) {
	var out []Waiting
	err := c.read(ctx, func(tx *Tx) error {
		var all []Endpoint
		for _, side := range []string{"provider", "account"} {
			list, err := tx.Endpoints.Page(Query{Where: c.undecided(side, region), Limit: mostPending})
			if err != nil {
				return err
			}
			for _, e := range list {
				if !slices.ContainsFunc(all, func(have Endpoint) bool { return have.ID == e.ID }) {
					all = append(all, e)
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
// itself.
func (c *Caller) PendingCount(ctx context.Context, region string) (int, error) {
	n := 0
	err := c.read(ctx, func(tx *Tx) (err error) {
		n, err = tx.Endpoints.Count(c.undecided("provider", region))
		return err
	})
	return n, err
}

// undecided is EndpointView.WaitsForProvider as a selection of the account's
// side.
func (c *Caller) undecided(side, region string) Where {
	return Where{side: c.account.ID, "region": region, "decision": string(Undecided), "deleting": false, "served": true}
}

func (c *Caller) waiting(tx *Tx, v EndpointView) (Waiting, error) {
	consumer, err := tx.Accounts.Get(v.Account)
	if err != nil {
		return Waiting{}, err
	}
	provider, err := tx.Accounts.Get(v.Provider)
	return Waiting{
		Endpoint: v.ID, EndpointName: v.Name, Service: v.Service, ServiceName: v.ServiceName, VPC: v.VPCName,
		Consumer: consumer, Provider: provider, Mine: v.Provider == c.account.ID, Since: v.Created,
	}, err
}
