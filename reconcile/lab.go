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
	"runtime/debug"
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

func (l *Lab) loop(ctx context.Context) error {
	changed, stop := l.engine.Changed()
	defer stop()
	defer l.stopDNS()
	sweep := time.NewTicker(l.opt.Sweep)
	defer sweep.Stop()
	// Draining is asked about, not announced; only while something drains.
	drain := time.NewTicker(50 * time.Millisecond)
	defer drain.Stop()
	if err := l.restore(ctx); err != nil {
		return err
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
			err = l.catchUp(ctx)
		case <-l.poke:
			err = l.apply(ctx, l.takeSick())
		case <-drain.C:
			err = errors.Join(l.reap(ctx), l.apply(ctx, l.settled()))
		case <-sweep.C:
			err = l.sweep(ctx)
		}
		if err != nil && ctx.Err() == nil {
			// The next sweep tries everything again.
			l.log.Error("reconcile", "err", err)
		}
	}
}

// restore applies everything stored; the lab is ready afterwards. It is tried
// again until it succeeds.
func (l *Lab) restore(ctx context.Context) error {
	l.flows = l.engine.Limits().EndpointFlows
	for {
		err := l.preferMoves(ctx)
		if err == nil {
			err = l.engine.View(ctx, l.learnIntroduced)
		}
		if err == nil {
			err = l.recall(ctx)
		}
		if err == nil {
			err = l.sweep(ctx)
		}
		if ctx.Err() != nil {
			return nil
		}
		l.mu.Lock()
		l.err = err
		l.mu.Unlock()
		if err == nil {
			// All that was read to get here is garbage now, and as much as what
			// stays: a quiet lab would hold it for minutes.
			debug.FreeOSMemory()
			if len(l.done.endpoints) >= manyKeys {
				// What stays is nearly all there is, so that waiting for as much
				// garbage again would double it. Half of it is collected soon
				// enough, for a processor that is idle nearly always.
				debug.SetGCPercent(50)
			}
			return nil
		}
		l.log.Error("restore the lab", "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

// recall reads what was observed before this run, so that a start that finds
// everything as it was writes nothing.
func (l *Lab) recall(ctx context.Context) error {
	return l.engine.View(ctx, func(tx *cloud.Tx) error {
		return each(tx.Observations, func(o cloud.Observation) {
			l.done.observable[o.ID] = seenMark(o)
		})
	})
}

// preferMoves brings back the places of ports that were moved earlier.
func (l *Lab) preferMoves(ctx context.Context) error {
	return l.engine.View(ctx, func(tx *cloud.Tx) error {
		moves, err := tx.Moves.List(nil)
		for _, m := range moves {
			l.net.Prefer(m.VPC, m.Network, m.Address, m.Host.Port())
			l.done.moves[m.ID] = m
		}
		return err
	})
}

// catchUp applies what the events since the last one are about.
func (l *Lab) catchUp(ctx context.Context) error {
	l.names.SetRoots(l.roots()...)
	// Every service and CLB of ctyun sends from there, and every endpoint has that
	// limit.
	flows := l.engine.Limits().EndpointFlows
	changed := flows != l.flows
	l.flows = flows
	if moved, err := l.reserve(); err != nil || moved || changed {
		return errors.Join(err, l.sweep(ctx))
	}
	for {
		events, err := l.engine.EventsSince(ctx, l.seq, 1000)
		if err != nil || len(events) == 0 {
			return err
		}
		last := events[len(events)-1].Seq
		err = l.apply(ctx, keysOf(events))
		l.went(last)
		if err != nil {
			return err
		}
		l.seq = last
	}
}

// reserve brings the range that ctyun's services send from onto the host, and
// says whether it is another one than before. Ranges with the same pool differ
// too: rules must hold all of the range.
func (l *Lab) reserve() (bool, error) {
	snat := l.engine.SNAT()
	pool, twin := l.engine.SNATPool()
	if snat == l.snat && pool == l.pool {
		return false, nil
	}
	if pool != l.pool && l.pool.IsValid() {
		l.net.Unmap("", l.pool)
		l.pool = netip.Prefix{} // going back to it must map it again
	}
	if err := l.net.Map("", pool, twin); err != nil {
		return false, fmt.Errorf("map the range of ctyun's services: %w", err)
	}
	l.snat, l.pool = snat, pool
	own, _ := l.engine.SenderPool()
	l.plane.SetSenders([]netip.Prefix{own, pool})
	return true, nil
}

// sweep applies everything.
func (l *Lab) sweep(ctx context.Context) error {
	keys := map[key]bool{}
	var last int64
	err := l.engine.View(ctx, func(tx *cloud.Tx) (err error) {
		if last, err = tx.Events.Last(); err != nil {
			return err
		}
		return allKeys(tx, keys)
	})
	if err != nil {
		return err
	}
	l.done.addTo(keys)
	err = l.apply(ctx, keys)
	l.went(last)
	if err != nil {
		return err
	}
	l.seq = max(l.seq, last)
	return nil
}

// health is called by the data plane for the first verdict of a probe and for
// every change.
func (l *Lab) health(id string, healthy bool, why string) {
	p, ok := parseProbe(id)
	if !ok {
		return
	}
	l.world.SetHealth(reach.Health{
		Balancer: p.balancer, Listener: p.listener, Backend: p.member,
		Known: true, Healthy: healthy, Why: why, Since: time.Now(),
	})
	l.mu.Lock()
	l.sick[p.balancer] = true
	l.mu.Unlock()
	select {
	case l.poke <- struct{}{}:
	default:
	}
}

// takeSick answers the CLBs of which the names of endpoints have to know: those
// that died or came back. Only that matters beyond the judge, which knows all.
func (l *Lab) takeSick() map[key]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	keys := map[key]bool{}
	for id := range l.sick {
		if l.alive(id) == l.done.dead[id] {
			keys[key{balancers, id}] = true
		}
	}
	clear(l.sick)
	return keys
}
