// Package cloud is Culvert's engine: the nouns of the documents, what each of
// them must be like, the use cases that change them, and the states that
// follow from the facts. It knows no database, no socket and no page.
//
// An Engine is opened over a Store. Every use case hangs on a Caller, so that
// no query can forget whose account it is for:
//
//	e, err := cloud.Open(store, cloud.Options{Base: netip.MustParsePrefix("127.16.0.0/12")})
//	a, err := e.SignIn(ctx, "account-a", "secret", "127.0.0.1")
//	vpc, err := e.As(a).CreateVPC(ctx, "eu-central-1", cloud.VPCInput{Name: "VPC1", CIDR: "10.10.0.0/16"})
//
// A refused request answers with *Error: a key of the catalogue, the fields it
// is about and the things that stand in the way. States are never stored: the
// store keeps what was asked for, who decided what, and what was observed, and
// state.go derives the documented states from them.
package cloud

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Options sets up an Engine.
type Options struct {
	// Base is the slice of 127.0.0.0/8 from which underlay prefixes are
	// taken; at least a /14. Zero: the one that the store remembers, else
	// DefaultBase.
	Base netip.Prefix
	// Demo allows signing in without a password to the demo accounts.
	Demo bool
	// Domain is the root of the endpoints' domain names, Limits are the
	// quotas. What is given here cannot be set by an administrator; the rest
	// is as they set it, or the documented default (Installation).
	Domain string
	Limits Limits
}

// Limits are the quotas of one account (REQUIREMENTS B.4).
type Limits struct {
	Services            int // endpoint services per account and region, 200
	EndpointsPerVPC     int // 1,000
	ResourcesPerService int // 500
	ResourcesPerZone    int // 100
	Listeners           int // per CLB, 50

	PrivateZones int // per account, 500
	ZoneVPCs     int // VPCs that a private zone is bound to, 100
	Records      int // per private zone, 100,000

	// Of ctyun.
	ServicesPerRegion  int // 20
	EndpointsPerRegion int // 50
	ServicesPerBackend int // 5 (TYS-11)
	Mappings           int // per service, 200
	EndpointFlows      int // connections through an endpoint at the same time, 3,000
}

// servicesIn is how many services an account may have in the region.
func (l Limits) servicesIn(r Region) int {
	if r.Cloud == Ctyun {
		return l.ServicesPerRegion
	}
	return l.Services
}

// Engine runs the use cases over one Store.
type Engine struct {
	store    Store
	opt      Options
	throttle *throttle
	// installed is replaced as a whole when an administrator changes it.
	installed  atomic.Pointer[Installation]
	installing sync.Mutex

	mu   sync.Mutex
	subs map[chan struct{}]struct{}

	given *given // of an import; nil
}

// Open makes an Engine over an open store.
func Open(store Store, opt Options) (*Engine, error) {
	e := &Engine{
		store:    store,
		opt:      opt,
		throttle: newThrottle(),
		subs:     map[chan struct{}]struct{}{},
	}
	err := store.Read(context.Background(), func(tx *Tx) error {
		now, err := e.install(tx)
		e.installed.Store(now)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := store.Write(context.Background(), e.place); err != nil {
		return nil, err
	}
	return e, e.operate(context.Background())
}

// Demo says whether the demo accounts may be used without a password.
func (e *Engine) Demo() bool { return e.opt.Demo }

// Base is the slice of 127.0.0.0/8 this installation's networks live in.
func (e *Engine) Base() netip.Prefix { return e.opt.Base }

// View reads across all accounts; it is for what derives running things from
// the facts (reconcile), never for a page.
func (e *Engine) View(ctx context.Context, fn func(*Tx) error) error {
	return e.store.Read(ctx, fn)
}

// Changed answers a channel that receives one signal after each commit that
// changed something (signals that nobody has taken yet are merged), and a
// function that ends the subscription. Read the events themselves with
// EventsSince: the log is the truth, the signal only says that it grew.
func (e *Engine) Changed() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	e.mu.Lock()
	e.subs[ch] = struct{}{}
	e.mu.Unlock()
	return ch, func() {
		e.mu.Lock()
		delete(e.subs, ch)
		e.mu.Unlock()
	}
}

func (e *Engine) signal() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for ch := range e.subs {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// Caller is the engine as one account sees it. Everything it answers belongs
// to that account or is open to it. A sub-account sees what its main account
// does, and what it does is noted under its own ID.
type Caller struct {
	e       *Engine
	account Account      // whose resources
	self    Account      // who signed in: the account itself or a sub-account of it
	cloud   string       // In
	since   int64        // Since
	kept    []FieldError // Kept
}

// As answers the engine as the account sees it; for a sub-account, as its main
// account does.
func (e *Engine) As(a Account) *Caller { return &Caller{e: e, account: e.main(a), self: a} }

// In answers the same caller in the console of one cloud: the attempts it is
// told are those of that cloud's networks.
func (c *Caller) In(cloud string) *Caller {
	return &Caller{e: c.e, account: c.account, self: c.self, cloud: cloud, since: c.since}
}

// Account is the main account the caller acts for: what it makes belongs to
// this one.
func (c *Caller) Account() Account { return c.account }

// Self is the account that signed in: Account, or a sub-account of it. It is
// the actor of everything the caller does.
func (c *Caller) Self() Account { return c.self }

func (c *Caller) read(ctx context.Context, fn func(*Tx) error) error {
	return c.e.store.Read(ctx, func(tx *Tx) error { return fn(reading(tx)) })
}

// write runs fn in one transaction whose every change is also an event, and
// tells the subscribers once it is committed (DESIGN idea 4).
func (c *Caller) write(ctx context.Context, fn func(*Tx) error) error {
	if c.since <= 0 {
		return c.e.write(ctx, c.self.ID, fn)
	}
	x := &contest{}
	err := c.e.contested(ctx, c.self.ID, x, func(tx *Tx) (err error) {
		*x = contest{since: c.since}
		if x.until, err = tx.Events.Last(); err != nil {
			return err
		}
		if err := fn(tx); err != nil {
			return err
		}
		return x.err()
	})
	c.kept = x.kept
	return err
}

func (e *Engine) write(ctx context.Context, actor string, fn func(*Tx) error) error {
	return e.contested(ctx, actor, nil, fn)
}

func (e *Engine) contested(ctx context.Context, actor string, x *contest, fn func(*Tx) error) error {
	changed := false
	err := e.store.Write(ctx, func(tx *Tx) error {
		changed = false
		return fn(recorded(tx, actor, &changed, x))
	})
	if err == nil && changed {
		e.signal()
	}
	return err
}

// now is the time stored with a fact: UTC, microseconds, as the store keeps it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
