package behaviour

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Table is every row, in the order in which it is told.
var Table = slices.Concat(ends, streams, pressure, places, living, counting, packets, limits, introductions)

// Row is one promise.
type Row struct {
	Name  string // a few words, the name of a subtest
	Why   string // one line: what it is good for
	Setup Setup  // what the row needs of its rig
	Timed bool   // it holds a speed, for which the race detector is too slow

	do func(*trial)
}

// Setup is how a forwarder has to be made for a row.
type Setup struct {
	Places int // backends, used in turn; 0 means one
	// Idle ends a flow without a byte, Connect bounds one connect to one
	// backend, Drain is what a removed flow has left. Zero means a time that
	// no row lives to see, two minutes at least.
	Idle, Connect, Drain time.Duration
}

// Rig is a forwarder at work, for one row. All addresses are those of the
// host.
type Rig struct {
	Front    netip.AddrPort   // what clients dial
	Other    netip.AddrPort   // another endpoint of the same forwarder, to the same places
	Clients  []netip.Addr     // at least two addresses that clients may come from
	Backends []netip.AddrPort // the places; nobody is there yet
	Close    func() error     // ends the forwarder
	// In calls fn where sockets at an address have to be made; nil: anywhere.
	In func(at netip.Addr, fn func() error) error

	// What a forwarder may lack.

	UDP         bool                      // Front and Other carry packets to the same places too
	Counters    func() (Counters, error)  // of Front, since it began
	Connections func() ([]Carried, error) // the live ones of Front
	// Unrelated changes something that concerns no flow of Front, another
	// thing each round.
	Unrelated func(round int) error
	// Shut makes Front take nothing new, Open makes it work again. Live
	// flows go on.
	Shut, Open func() error
	// Remove gives Front up: what lives has Setup.Drain left.
	Remove func() error
	// Limit bounds what goes through Front and Other together: bits per second
	// each way, and connections at the same time; 0 is no bound.
	Limit func(rate int64, connections int) error
	// Introduce has backends told who is calling, by a header of PROXY protocol
	// version 2 with Alibaba's records.
	Introduce func() error
	Dropped   func() (uint64, error) // packets over the rate
}

// Counters are those of an endpoint.
type Counters struct {
	In, Out          uint64 // bytes from and to clients
	Accepted, Active int    // flows so far, and of now
}

// Carried is what a live connection has carried.
type Carried struct{ In, Out uint64 }

// Path is a way to forward.
type Path struct {
	Name string
	Make func(context.Context, Setup) (*Rig, error)
}

// ErrNotOffered is in the answer of a row whose rig lacks what it needs.
var ErrNotOffered = errors.New("not offered")

// rowLimit is how long a row may take. Most take less than a second, on a
// machine that has nothing else to do.
const rowLimit = time.Minute

// On runs a row over a path, with a rig of its own.
func (r Row) On(ctx context.Context, p Path) error {
	rig, err := p.Make(ctx, r.Setup)
	if err != nil {
		return fmt.Errorf("make a rig: %w", err)
	}
	return errors.Join(r.Run(ctx, rig), rig.Close())
}

// Run answers nil where the promise is kept, ErrNotOffered where it is not
// given, and otherwise what was seen instead.
func (r Row) Run(ctx context.Context, rig *Rig) (err error) {
	ctx, cancel := context.WithTimeout(ctx, rowLimit)
	defer cancel()
	t := &trial{ctx: ctx, rig: rig, setup: r.Setup}
	defer t.close()
	defer func() {
		switch stopped := recover().(type) {
		case nil:
		case failure:
			err = stopped.error
		default:
			panic(stopped)
		}
	}()
	r.do(t)
	return nil
}
