package cloud

import (
	"context"
	"errors"
	"net/netip"
	"time"
)

// Observation is what the data plane was last seen doing for one interface
// (ID eni-…) or CLB (ID lb-…).
type Observation struct {
	ID      string
	Account string
	Peer    string // the other side's account
	Parent  string // the endpoint of an interface
	Bound   bool   // every port is held
	Open    bool   // every port listens
	Drained bool   // nothing is left of it (it is being deleted)
	Old     bool   // connections live that a moved interface had before it was
	Problem string // catalogue key of why something is missing, else empty
	Detail  string // the holder of the port, the system's error text
	Time    time.Time
}

func (o Observation) about() about {
	return about{kind: "observation", id: o.ID, account: o.Account, peer: o.Peer, parent: o.Parent}
}

// Move is a port that is not where it was published: it may not be bound on
// this host, or another program holds it, so it was moved up.
type Move struct {
	ID      string // NETWORK/VPC/ADDRESS:PORT
	VPC     string
	Network string
	Address netip.AddrPort // as published
	Host    netip.AddrPort // where it is on the host
	Holder  string         // the program that holds the published port, if known
	Reason  string         // catalogue key: "move.permission", "move.held"
}

// Counter is what went through one interface or CLB since it was made.
type Counter struct {
	ID       string
	Accepted int64
	Refused  int64
	In       int64 // bytes from clients
	Out      int64 // bytes to clients
	Dropped  int64 // UDP packets that were not carried, for any reason
	Crowded  int64 // of those, for too many flows
	OverRate int64 // of those, beyond the bandwidth of the connection
	Time     time.Time
}

// Attempt is one try to open a connection, kept in a bounded log.
type Attempt struct {
	Seq       int64
	Time      time.Time
	Cloud     string // of VPC
	VPC       string // where the client stands
	Protocol  string
	Source    netip.AddrPort
	Client    string // name of the instance at the source, if any
	Target    netip.AddrPort
	Name      string // what was typed, when it was a name
	Interface string // eni-…, if that is where it went
	Endpoint  string
	Service   string
	Balancer  string
	Zone      string // where the CLB worked then: its primary zone, or its backup zone
	Consumer  string // account that owns the client's VPC
	Provider  string // account that owns the service
	Allowed   bool
	Gate      string // the gate that stopped it
	Reason    string // catalogue key
	Args      map[string]string
	Backend   string // name and address of where it went
	Took      time.Duration
	In, Out   int64
	End       string // how it ended, catalogue key part; empty while it lives
	// More is how many attempts followed at once that were alike: of the same
	// client, for the same target, with the same outcome. They have no row.
	More int64
}

// AttemptQuery selects attempts. Account matches the consumer or the provider.
type AttemptQuery struct {
	Account  string
	Cloud    string // of the client's network
	Endpoint string
	Service  string
	Balancer string
	VPC      string     // where the client stands
	Source   netip.Addr // the client's address
	Refused  bool       // only refused ones
	Allowed  bool       // only allowed ones
	Since    time.Time
	// Words must each be found: in the endpoint, the service or the gate, or,
	// where Account is the consumer, in the client and what it wanted to reach.
	// Without an Account they are looked for in all of these.
	Words  []string
	Oldest bool // the oldest first
	Skip   int
	Limit  int
}

func observation(tx *Tx, id string) (Observation, error) {
	o, err := tx.Observations.Get(id)
	if errors.Is(err, ErrMissing) {
		return Observation{ID: id}, nil
	}
	return o, err
}

// Observe stores what was seen. Seeing the same thing again is no event.
func (e *Engine) Observe(ctx context.Context, seen []Observation) error {
	if len(seen) == 0 {
		return nil
	}
	return e.write(ctx, SystemActor, func(tx *Tx) error {
		list, err := tx.Observations.List(Where{"id": each(seen, func(o Observation) string { return o.ID })})
		if err != nil {
			return err
		}
		known := make(map[string]Observation, len(list))
		for _, o := range list {
			known[o.ID] = o
		}
		for _, o := range seen {
			old := known[o.ID]
			o.Time = old.Time
			if o == old && !old.Time.IsZero() {
				continue
			}
			o.Time = now()
			if err := tx.Observations.Put(o); err != nil {
				return err
			}
		}
		return nil
	})
}

// Record stores attempts and the counters that changed, in one transaction,
// and keeps as many attempts as the installation is set to. The clouds of the
// attempts are filled in.
func (e *Engine) Record(ctx context.Context, attempts []Attempt, counters []Counter) error {
	keep := e.Installation().Attempts
	for i := range attempts {
		in, _ := RegionOf(attempts[i].VPC)
		attempts[i].Cloud = in.Cloud
	}
	return e.store.Write(ctx, func(tx *Tx) error {
		if len(attempts) > 0 {
			if err := tx.Attempts.Append(attempts); err != nil {
				return err
			}
			if err := tx.Attempts.Trim(keep); err != nil {
				return err
			}
		}
		for _, c := range counters {
			if err := tx.Counters.Put(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// Attempts answers the newest attempts that concern the account, newest first.
func (c *Caller) Attempts(ctx context.Context, q AttemptQuery) ([]Attempt, error) {
	q.Account, q.Cloud = c.account.ID, c.cloud
	var out []Attempt
	err := c.read(ctx, func(tx *Tx) (err error) {
		out, err = tx.Attempts.Recent(q)
		return err
	})
	for i := range out {
		if out[i].Provider != "" && out[i].Provider != c.account.ID {
			out[i].hide()
		}
	}
	return out, err
}

// hide takes out what belongs to the provider of a service: its consumer sees
// that the provider's side refused, and not which CLB or backend it was.
func (a *Attempt) hide() {
	a.Balancer, a.Zone, a.Backend = "", "", ""
	switch a.Gate {
	case "listener", "backend", "ingress", "acl":
		a.Reason, a.Args = "reach.provider.stop", nil
	}
}

// Tally counts the attempts that concern the account by outcome.
func (c *Caller) Tally(ctx context.Context, q AttemptQuery) (allowed, refused int, err error) {
	q.Account, q.Cloud = c.account.ID, c.cloud
	err = c.read(ctx, func(tx *Tx) (err error) {
		allowed, refused, _, err = tx.Attempts.Tally(q)
		return err
	})
	return allowed, refused, err
}

// RememberMove stores that a port was moved, so that it is in the same place
// after a restart.
func (e *Engine) RememberMove(ctx context.Context, m Move) error {
	return e.store.Write(ctx, func(tx *Tx) error { return tx.Moves.Put(m) })
}

// ForgetMove deletes a move whose thing is gone; an unknown one is ignored.
func (e *Engine) ForgetMove(ctx context.Context, id string) error {
	return e.store.Write(ctx, func(tx *Tx) error {
		if err := tx.Moves.Delete(id); err != nil && !errors.Is(err, ErrMissing) {
			return err
		}
		return nil
	})
}

// Moves answers the moved ports of the account's VPC.
func (c *Caller) Moves(ctx context.Context, vpc string) ([]Move, error) {
	var out []Move
	err := c.read(ctx, func(tx *Tx) error {
		if _, err := c.vpc(tx, vpc); err != nil {
			return err
		}
		var err error
		out, err = tx.Moves.List(Where{"vpc": vpc})
		return err
	})
	return out, err
}

// Counters answers what went through the interfaces or CLBs with these IDs.
// It is not scoped: ask only for IDs the caller was shown.
func (e *Engine) Counters(ctx context.Context, ids ...string) (map[string]Counter, error) {
	out := map[string]Counter{}
	err := e.store.Read(ctx, func(tx *Tx) error {
		list, err := tx.Counters.List(Where{"id": ids})
		for _, c := range list {
			out[c.ID] = c
		}
		return err
	})
	return out, err
}
