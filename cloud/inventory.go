package cloud

import "context"

// Inventory is what there is in the whole installation, for metrics that its
// operator reads; it is never for a page.
type Inventory struct {
	Seq        int64 // of the last event that is in it
	Accounts   []Account
	Endpoints  []Endpoint
	Interfaces []Interface
	Services   []Service
	Balancers  []Balancer
	// Connected are the endpoints whose connection carries traffic, Open the
	// interfaces whose ports were last seen listening.
	Connected, Open map[string]bool
}

// Inventory reads it; old is answered again while nothing has changed since.
func (e *Engine) Inventory(ctx context.Context, old *Inventory) (*Inventory, error) {
	out := &Inventory{Connected: map[string]bool{}, Open: map[string]bool{}}
	err := e.store.Read(ctx, func(tx *Tx) (err error) {
		if out.Seq, err = tx.Events.Last(); err != nil {
			return err
		}
		if old != nil && old.Seq == out.Seq {
			out = old
			return nil
		}
		return out.read(tx)
	})
	return out, err
}

func (v *Inventory) read(tx *Tx) (err error) {
	if v.Accounts, err = tx.Accounts.List(nil); err != nil {
		return err
	}
	if v.Endpoints, err = tx.Endpoints.List(nil); err != nil {
		return err
	}
	if v.Interfaces, err = tx.Interfaces.List(nil); err != nil {
		return err
	}
	if v.Services, err = tx.Services.List(nil); err != nil {
		return err
	}
	if v.Balancers, err = tx.Balancers.List(nil); err != nil {
		return err
	}
	connected, err := tx.Endpoints.List(connectionStates()[string(Connected)][0])
	if err != nil {
		return err
	}
	for _, e := range connected {
		v.Connected[e.ID] = true
	}
	open, err := tx.Observations.List(Where{"open": true})
	for _, o := range open {
		v.Open[o.ID] = true
	}
	return err
}
