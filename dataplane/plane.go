package dataplane

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"culvert.internal/reach"
)

// Network opens sockets at addresses of VPCs; underlay.Loopback is one.
type Network interface {
	// Bind owns a published port without listening on it and says where on
	// the host it is.
	Bind(network, vpc string, at netip.AddrPort) (*os.File, netip.AddrPort, error)
	// Dial connects from an address (invalid: any) to a published port.
	Dial(ctx context.Context, network, vpc string, from netip.Addr, to netip.AddrPort) (net.Conn, error)
	// Open makes the non-blocking socket that Dial would connect, bound to its
	// source, and says where on the host to connect it to.
	Open(network, vpc string, from netip.Addr, to netip.AddrPort) (fd int, host netip.AddrPort, err error)
	// Elsewhere says where else to connect to when that refuses.
	Elsewhere(network, vpc string, to netip.AddrPort) (host netip.AddrPort, ok bool)
	// Origin says which address of which VPC a host address stands for that a
	// socket of the network in saw.
	Origin(in string, host netip.Addr) (vpc string, addr netip.Addr, ok bool)
}

// Judge decides a new flow. It is called for every one, from many goroutines,
// and answers from memory. A change of mind takes effect on live flows by Cut,
// called after Judge answers with it.
type Judge interface {
	Judge(reach.Flow) reach.Verdict
}

// Options are the settings of a Plane. The zero value works.
type Options struct {
	Log *slog.Logger

	// Attempt is told about every flow, once: when it was refused or failed, or
	// when it ended; until then Connections lists it. Calls come one after
	// another. A slow one never holds a flow up: what does not fit into a queue of
	// AttemptQueue (default 8192) is dropped and counted (Plane.Lost).
	Attempt      func(Attempt)
	AttemptQueue int

	// Health is told the first verdict on a probe and every change. why is
	// one of the codes of Probe. Calls for one probe come one after another.
	Health func(id string, healthy bool, why string)

	// Senders are the ranges of which addresses may be the source of a
	// connection to a backend, as mapped in the network. A verdict's Sender
	// of 100.64.0.0/10 rotates over the hosts of those inside it, say
	// 100.64.0.1 to .254 of 100.64.0.0/24.
	Senders []netip.Prefix

	// Drain is how long a removed flow may live on (default 5 s).
	Drain time.Duration
	// ConnectTimeout bounds one connect to one backend where the port says
	// nothing (default 5 s).
	ConnectTimeout time.Duration
	// UDPFlows bounds the live UDP flows of one port (default 4096).
	UDPFlows int
	// MaxFlows bounds the live flows of the whole plane (default: what the
	// limit of open files, which New raises as far as it may, leaves room for
	// beside the ports). One more is turned away and
	// reported, and so is one of a front that holds more than its share.
	MaxFlows int
	// OwnPorts are the ports whose files are among those of the process
	// (default: a quarter of what it may open). TCP ports beyond them have
	// theirs in tables beside it, where the system can do that; if it is
	// negative, all of them.
	OwnPorts int

	// Portable carries flows by the path that every system has, with
	// goroutines for each. Otherwise it is the best that the system offers.
	Portable bool
}

// Defaults of the Options and of a Port.
const (
	DefaultDrain          = 5 * time.Second
	DefaultConnectTimeout = 5 * time.Second
	DefaultIdleTCP        = 900 * time.Second
	DefaultIdleUDP        = 60 * time.Second
	DefaultUDPFlows       = 4096
	DefaultAttemptQueue   = 8192
)

// ErrStopped is the answer of a plane whose Run has ended.
var ErrStopped = errors.New("the data plane has stopped")

// Plane runs fronts and probes.
type Plane struct {
	net    Network
	judge  Judge
	opt    Options
	log    *slog.Logger
	engine engine

	ctx    context.Context // ends when the plane stops
	cancel context.CancelFunc
	wg     sync.WaitGroup // every goroutine but the attempt consumer

	// life is held for reading by whoever starts something, so that nothing
	// starts once stopped is set under its write lock.
	life    sync.RWMutex
	stopped bool
	running atomic.Bool

	mu      sync.Mutex // guards the three maps and list
	fronts  map[string]*front
	list    []*front                      // all of them, never changed; nil: to be made again
	probes  map[string]map[string]*prober // by key, then by probe ID
	targets map[target]map[*prober]struct{}

	wheels   wheels
	suspects suspects
	senders  senders
	quotas   quotas
	reports  reports
	flowID   atomic.Uint64
	flows    atomic.Int64
	files    files
}

// New makes a plane without fronts. Apply and SetProbes may be called before
// Run, which owns everything they start.
func New(network Network, judge Judge, opt Options) *Plane {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	opt.Drain = cmp.Or(opt.Drain, DefaultDrain)
	opt.ConnectTimeout = cmp.Or(opt.ConnectTimeout, DefaultConnectTimeout)
	opt.UDPFlows = cmp.Or(opt.UDPFlows, DefaultUDPFlows)
	opt.AttemptQueue = cmp.Or(opt.AttemptQueue, DefaultAttemptQueue)
	p := &Plane{
		net: network, judge: judge, opt: opt, log: opt.Log,
		fronts:  map[string]*front{},
		probes:  map[string]map[string]*prober{},
		targets: map[target]map[*prober]struct{}{},
		reports: reports{wake: make(chan struct{}, 1)},
	}
	p.files.most = openFiles()
	p.engine = newEngine(p)
	p.SetSenders(opt.Senders)
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// Run works until ctx ends, then closes every port, cuts every flow and
// returns when nothing it started is left. A plane runs once.
func (p *Plane) Run(ctx context.Context) error {
	if !p.running.CompareAndSwap(false, true) {
		return errors.New("the data plane runs already or has run")
	}
	reported := make(chan struct{})
	go func() {
		defer close(reported)
		p.tell()
	}()
	p.wg.Go(p.sweep)
	<-ctx.Done()
	p.stop()
	p.wg.Wait()
	p.reports.close()
	<-reported
	return nil
}

func (p *Plane) stop() {
	p.life.Lock()
	p.stopped = true
	p.life.Unlock()
	p.cancel()
	for _, f := range p.allFronts() {
		f.stop()
	}
	p.engine.stop()
}

func (p *Plane) allFronts() []*front {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.list == nil {
		p.list = slices.Collect(maps.Values(p.fronts))
	}
	return p.list
}
