package cloud

import (
	"context"
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

// Pending answers the connections of the region that wait for a decision, as
// provider or as consumer, oldest first.
func (c *Caller) Pending(ctx context.Context, region string) ([]Waiting, error) {
	var out []Waiting
	err := c.read(ctx, func(tx *Tx) error {
		seen := map[string]bool{}
		for _, side := range []string{"provider", "account"} {
			list, err := tx.Endpoints.List(Where{side: c.account.ID, "region": region, "decision": string(Undecided), "deleting": false})
			if err != nil {
				return err
			}
			for _, e := range list {
				if seen[e.ID] {
					continue
				}
				seen[e.ID] = true
				w, ok, err := c.waiting(tx, e)
				if err != nil {
					return err
				}
				if ok {
					out = append(out, w)
				}
			}
		}
		return nil
	})
	return out, err
}

func (c *Caller) waiting(tx *Tx, e Endpoint) (Waiting, bool, error) {
	v, err := c.e.endpointView(tx, e)
	if err != nil || !v.WaitsForProvider() {
		return Waiting{}, false, err
	}
	consumer, err := tx.Accounts.Get(e.Account)
	if err != nil {
		return Waiting{}, false, err
	}
	provider, err := tx.Accounts.Get(e.Provider)
	if err != nil {
		return Waiting{}, false, err
	}
	return Waiting{
		Endpoint: e.ID, EndpointName: e.Name, Service: e.Service, ServiceName: v.ServiceName, VPC: v.VPCName,
		Consumer: consumer, Provider: provider, Mine: e.Provider == c.account.ID, Since: e.Created,
	}, true, nil
}
