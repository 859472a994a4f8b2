// Package reconcile makes the running lab follow the stored facts, and writes
// what it then sees back as observations.
//
// The store is the only truth. Every event names a resource; the resource maps
// to the keys it dirties, and for each dirty key the desired state is read
// again and applied to the judge, the data plane, the names and the doors.
// Applying is level-triggered and idempotent: a lost event delays a change
// until the next sweep and breaks nothing, and a change of one endpoint never
// touches another.
//
//	lab, err := reconcile.New(engine, loopback, reconcile.Options{Log: log})
//	go lab.Run(ctx)
//	err = lab.Ready() // nil once everything stored has been applied
package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"culvert.internal/cloud"
	"culvert.internal/dataplane"
	"culvert.internal/dns"
	"culvert.internal/instance"
	"culvert.internal/reach"
)

// Ranges places the address ranges of the networks on this host.
type Ranges interface {
	Map(vpc string, prefix, twin netip.Prefix) error
	Unmap(vpc string, prefix netip.Prefix)
	Twin(vpc string, addr netip.Addr) (netip.Addr, bool)
	Prefer(vpc, network string, at netip.AddrPort, hostPort uint16)
}

// Underlay is where the networks' addresses live; *underlay.Loopback is one.
type Underlay interface {
	Ranges
	dataplane.Network
	Listen(vpc string, at netip.AddrPort) (net.Listener, error)
	ListenPacket(vpc string, at netip.AddrPort) (net.PacketConn, error)
	Stands
}

// Stands are the instances and networks on premises, where an underlay gives
// them something of their own.
type Stands interface {
	// Host says that an instance has these addresses of a VPC, the primary one
	// first, or none while it is stopped.
	Host(id, vpc string, addrs []netip.Addr) error
	// Site says which VPC a network on premises is attached to, empty for none,
	// by what gateway, and which of its addresses its programs have.
	Site(id, vpc string, cidr netip.Prefix, gateway, client netip.Addr) error
	// Gone forgets either.
	Gone(id string)
	// Forget says that a VPC is no more.
	Forget(vpc string)
	// Guard says who is asked whether what begins in a VPC may go from one of its
	// programs straight to another one.
	Guard(ask func(vpc, protocol string, from, to netip.AddrPort, sent bool) bool)
	// Space is the network namespace of either, nil where there is none.
	Space(id string) (*os.File, error)
}

// Options sets up a Lab.
type Options struct {
	Log *slog.Logger
	// DNS is the address of the host's own DNS view; empty: none.
	DNS string
	// Nameserver is where each VPC's resolver is inside of the VPC, port 53, on
	// an underlay that gives it a network of its own; invalid: it is on this
	// host only.
	Nameserver netip.Addr
	// ResolvConf is the file that names it to programs inside.
	ResolvConf string
	// Upstream are the servers asked for names outside the lab; nil: the
	// host's.
	Upstream []string
	// Moved answers whether a published port was moved on this host.
	Moved func(network, vpc string, at netip.AddrPort) (cloud.Move, bool)
	// Sweep is the time between two full comparisons; 0: a minute.
	Sweep time.Duration
	// Drain is how long the connections of a deleted thing may live on; 0:
	// the data plane's default of 5 s.
	Drain time.Duration
	// Now is the clock of the samples; nil: the host's.
	Now func() time.Time
}

// Lab runs what the store describes.
type Lab struct {
	engine *cloud.Engine
	net    Underlay
	opt    Options
	log    *slog.Logger
	world  *reach.World
	plane  *dataplane.Plane
	names  *dns.Server
	doors  *instance.Doors
	book   *book
	host   hostDNS

	resolvers directory[netip.AddrPort] // by VPC
	fronts    directory[place]          // by key of the data plane

	// What has been applied; only the loop touches it.
	snat  netip.Prefix
	pool  netip.Prefix // of snat
	flows int          // limit of an endpoint of ctyun
	seq   int64
	done  applied
	moves []cloud.Move // noticed, not stored yet
	stale []string     // IDs of moves whose thing is gone, not deleted yet

	poke    chan struct{} // health changed
	mu      sync.Mutex
	sick    map[string]bool // balancers whose health changed
	err     error           // why the lab is not ready; nil when it is
	through int64           // the last event that was tried
	more    chan struct{}   // closed when through grows
}

// ownVPC is the name under which the resolvers' own addresses are mapped: no
// VPC can have it.
const ownVPC = "@lab"

var errRestoring = errors.New("restoring: the stored lab is being applied")

// New wires the judge, the data plane, the names and the doors over an
// underlay.
func New(engine *cloud.Engine, under Underlay, opt Options) (*Lab, error) {
	if opt.Sweep == 0 {
		opt.Sweep = time.Minute
	}
	pool, twin := engine.SenderPool()
	if err := under.Map("", pool, twin); err != nil {
		return nil, fmt.Errorf("map the senders' range: %w", err)
	}
	if inside := opt.Nameserver; inside.IsValid() {
		one := netip.PrefixFrom(inside, inside.BitLen())
		if err := under.Map("", one, one); err != nil {
			return nil, fmt.Errorf("map the resolvers' address: %w", err)
		}
	}
	own := cloud.OwnRange(engine.Base())
	if err := under.Map(ownVPC, own, own); err != nil {
		return nil, fmt.Errorf("map the resolvers' range: %w", err)
	}
	l := &Lab{
		engine: engine, net: under, opt: opt, log: opt.Log, world: reach.NewWorld(),
		done: newApplied(), poke: make(chan struct{}, 1), sick: map[string]bool{}, err: errRestoring,
		more: make(chan struct{}),
	}
	if l.opt.Moved == nil {
		l.opt.Moved = func(string, string, netip.AddrPort) (cloud.Move, bool) { return cloud.Move{}, false }
	}
	l.book = newBook(engine, l.world, opt.Now)
	l.plane = dataplane.New(under, l.world, dataplane.Options{
		Log: opt.Log, Attempt: l.book.flow, Health: l.health, Drain: opt.Drain,
	})
	l.world.SetRoom(l.plane.Room)
	if _, err := l.reserve(); err != nil {
		return nil, err
	}
	l.names = dns.New(dns.Options{
		Roots: l.roots(), Upstream: opt.Upstream, Log: opt.Log,
		ZoneOf: func(vpc string, client netip.Addr) string {
			in, addr, ok := under.Origin(vpc, client)
			if !ok || in != vpc {
				return ""
			}
			return l.world.Zone(vpc, addr)
		},
		NameOf: func(vpc string, addr netip.Addr) string { return hostName(l.world.Name(vpc, addr), addr) },
	})
	l.doors = instance.New(under, l.world, l.names, instance.Options{
		Log: opt.Log, Attempt: l.book.door, ResolvConf: opt.ResolvConf,
	})
	under.Guard(l.doors.Crosses)
	return l, l.openDNS()
}

// roots are the domains of the names of new endpoints. What nobody published
// below them is never asked of an upstream.
func (l *Lab) roots() []string { return []string{l.engine.Domain(), l.engine.CtyunDomain()} }

// Doors is being on one of the lab's instances.
func (l *Lab) Doors() *instance.Doors { return l.doors }

// Ready is nil once everything stored has been applied.
func (l *Lab) Ready() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Run works until ctx ends and returns when everything it started has ended.
func (l *Lab) Run(ctx context.Context) error {
	// The book outlives the data plane: the connections that end with it are
	// written down too.
	writing, closeBook := context.WithCancel(context.WithoutCancel(ctx))
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer closeBook()
		return l.plane.Run(ctx)
	})
	g.Go(func() error { return l.book.run(writing, l.plane, l.fronts.has, l.log) })
	g.Go(func() error { return l.names.Run(ctx) })
	g.Go(func() error { return l.doors.Run(ctx) })
	g.Go(func() error { return l.loop(ctx) })
	return g.Wait()
}
