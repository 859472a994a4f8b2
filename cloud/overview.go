package cloud

import (
	"context"
	"maps"
)

// Overview is how much an account has in a region.
type Overview struct {
	Endpoints, Connected int
	Services, Users      int // Users are the endpoints of its services
	// Busy are those of the interfaces asked about that are its endpoints'.
	Busy []string
	// Newest are its newest endpoints, as many as were asked for.
	Newest []EndpointView
}

// Overview answers how much the account has in a region, with its newest
// endpoints; busy are interfaces of anybody's that have live flows.
func (c *Caller) Overview(ctx context.Context, regionID string, newest int, busy []string) (Overview, error) {
	var o Overview
	err := c.read(ctx, func(tx *Tx) (err error) {
		mine := Where{"account": c.account.ID, "region": regionID}
		count := func(at *int, n func(Where) (int, error), w Where) {
			if err == nil {
				*at, err = n(w)
			}
		}
		connected := maps.Clone(connectionStates()[string(Connected)][0])
		maps.Copy(connected, mine)
		count(&o.Endpoints, tx.Endpoints.Count, mine)
		count(&o.Connected, tx.Endpoints.Count, connected)
		count(&o.Services, tx.Services.Count, mine)
		count(&o.Users, tx.Endpoints.Count, Where{"provider": c.account.ID, "region": regionID, "served": true})
		if err != nil {
			return err
		}
		rows, err := tx.Endpoints.Page(Query{Where: mine, Desc: true, Limit: newest})
		if err != nil {
			return err
		}
		if o.Newest, err = c.e.endpointViews(tx, rows); err != nil {
			return err
		}
		if len(busy) == 0 {
			return nil
		}
		list, err := tx.Interfaces.List(Where{"account": c.account.ID, "id": busy})
		for _, i := range list {
			// Those of ctyun have no zone, but every ID names its region.
			if r, _ := RegionOf(i.ID); r.ID == regionID {
				o.Busy = append(o.Busy, i.ID)
			}
		}
		return err
	})
	return o, err
}
