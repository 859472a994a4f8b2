package dns

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options says what a Server is for. Roots are required.
type Options struct {
	// Roots are the domains of the labs' names, "privatelink.aliyuncs.com".
	Roots []string
	// Upstream are the servers asked for all other names, as "192.0.2.53" or
	// "192.0.2.53:53". Nil: those of the host's /etc/resolv.conf; empty but not
	// nil: none.
	Upstream []string
	// Timeout bounds the wait for all upstream servers together; 0 is 4 s.
	Timeout time.Duration
	// ZoneOf answers the zone a client of a VPC's resolver stands in, by its
	// address on this host; "" when it stands in none. It may be nil.
	ZoneOf func(vpc string, client netip.Addr) string
	// NameOf answers the domain name of what has a private address in a VPC,
	// for reverse lookups; "" when it has none. A published name of the address
	// comes first. It may be nil.
	NameOf func(vpc string, addr netip.Addr) string
	Log    *slog.Logger
}

// Server holds the views and serves them. Its methods may be called at the
// same time, names may change while it serves.
type Server struct {
	opt      Options
	upstream *upstream

	mu     guard
	views  map[string]*View  // by VPC; "" is the host's
	owners map[string]string // host view: name -> VPC that published it

	turn  atomic.Uint32
	slots chan struct{} // one per query that waits for the upstream

	helpers chan struct{} // one per goroutine that helps a busy socket

	ctx    context.Context
	cancel context.CancelFunc
	stop   sync.Mutex // held while closed and tasks change together
	closed bool
	tasks  sync.WaitGroup
}

// Limits of one server: queries that wait for the upstream at a time (more
// get SERVFAIL at once, so that the labs' own names are never kept waiting),
// TCP clients per listener, queries of one of them that wait for the upstream,
// and how long a TCP client may be silent.
const (
	maxForwards  = 256
	maxClients   = 128
	maxPipelined = 32
	tcpIdle      = 10 * time.Second
	timeout      = 4 * time.Second
)

// New is a server without names and sockets.
func New(opt Options) *Server {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Timeout == 0 {
		opt.Timeout = timeout
	}
	s := &Server{
		opt:      opt,
		upstream: newUpstream(opt.Upstream),
		views:    map[string]*View{"": NewView(opt.Roots...)},
		owners:   map[string]string{},
		slots:    make(chan struct{}, maxForwards),
		helpers:  make(chan struct{}, runtime.GOMAXPROCS(0)-1),
	}
	s.mu.table = newTable()
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Run serves until ctx is done; it returns when every socket is closed and
// every query has ended. Nothing is served any more afterwards.
func (s *Server) Run(ctx context.Context) error {
	<-ctx.Done()
	s.stop.Lock()
	s.closed = true
	s.stop.Unlock()
	s.cancel()
	s.tasks.Wait()
	return nil
}

// view is the view of a VPC, made if it is not there. s.mu is held.
func (s *Server) view(vpc string) *View {
	v := s.views[vpc]
	if v == nil {
		v = NewView(s.opt.Roots...)
		s.views[vpc] = v
	}
	return v
}

// tidy drops the view of a VPC that holds nothing. s.mu is held.
func (s *Server) tidy(vpc string) {
	if v := s.views[vpc]; vpc != "" && v != nil && v.empty() {
		delete(s.views, vpc)
	}
}

// SetRoots changes the domains of the labs' names, for the next query.
func (s *Server) SetRoots(roots ...string) {
	s.mu.RLock()
	same := slices.Equal(roots, s.opt.Roots)
	s.mu.RUnlock()
	if same {
		return // and the answers made so far go on being given
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opt.Roots = slices.Clone(roots)
	for _, v := range s.views {
		v.setRoots(roots)
	}
}

// SetName publishes a name in the view of a VPC and in the host's.
func (s *Server) SetName(vpc string, n Name) {
	if s.has(vpc, n) {
		return // what is packed stays good
	}
	// One text and one list for both views.
	n.FQDN, n.Addrs = canonical(n.FQDN), slices.Clone(n.Addrs)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view(vpc).Set(n)
	if vpc != "" {
		s.views[""].Set(n)
		s.owners[n.FQDN] = vpc
	}
}

// has says whether a name is published just as n says.
func (s *Server) has(vpc string, n Name) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := s.views[vpc]
	return v != nil && v.has(n) && (vpc == "" || s.views[""].has(n) && s.owners[canonical(n.FQDN)] == vpc)
}

// RemoveName takes a name out of the view of a VPC and of the host's. What is
// not there is ignored.
func (s *Server) RemoveName(vpc, fqdn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, key := s.views[vpc], canonical(fqdn)
	if v == nil {
		return
	}
	v.Remove(key)
	if vpc == "" {
		delete(s.owners, key)
		return
	}
	if s.owners[key] == vpc {
		delete(s.owners, key)
		s.views[""].Remove(key)
	}
	s.tidy(vpc)
}

// ErrView says that a private zone belongs to no VPC.
var ErrView = errors.New("a private zone needs a VPC")

// SetZone binds a private zone to a VPC or changes it, all of it at once and
// for the next query (PVZ-10). The host's view has none. Records that cannot be
// served are left out and named by the error, each an ErrRecord; a zone whose
// own name is none is not bound.
func (s *Server) SetZone(vpc string, z Zone) error {
	if vpc == "" {
		return fmt.Errorf("bind private zone %q: %w", z.Name, ErrView)
	}
	ready, err := newZone(z)
	if ready == nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view(vpc).zones[ready.apex] = ready
	return err
}

// RemoveZone unbinds a private zone from a VPC. What is not there is ignored.
func (s *Server) RemoveZone(vpc, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.views[vpc]; v != nil {
		delete(v.zones, canonical(name))
		s.tidy(vpc)
	}
}

// viewOf is that of a VPC, an empty one when nothing was published there. The
// caller holds the lock.
func (s *Server) viewOf(vpc string) *View {
	if v := s.views[vpc]; v != nil {
		return v
	}
	return NewView(s.opt.Roots...)
}

// zoneOf is the zone that a client of a VPC's resolver stands in.
func (s *Server) zoneOf(vpc string, client netip.Addr) string {
	if s.opt.ZoneOf == nil || vpc == "" {
		return ""
	}
	return s.opt.ZoneOf(vpc, client)
}

func (s *Server) answer(vpc string, q Question) Result { return s.resolve(vpc, q, nil) }

func (s *Server) resolve(vpc string, q Question, tell func(Step)) Result {
	q.Turn, q.Luck = s.turn.Add(1), rand.Uint64()
	if s.opt.NameOf != nil && vpc != "" {
		q.NameOf = func(addr netip.Addr) string { return s.opt.NameOf(vpc, addr) }
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.viewOf(vpc).resolve(q, tell)
}

// ErrClosed is what Serve answers after Run has ended.
var ErrClosed = errors.New("the DNS server is closed")

// Serve answers queries of the VPC's view (host view: "") on the two sockets,
// either of which may be nil, until stop is called or Run ends. It owns the
// sockets from now on, also when it fails. Stop closes them and waits for what
// they started; it may be called twice.
func (s *Server) Serve(vpc string, udp net.PacketConn, tcp net.Listener) (stop func(), err error) {
	return s.serve(vpc, udp, tcp, ownAddrs(udp, tcp))
}

// ServeInside is Serve for sockets that are not in this host's network: what
// has their address here is another server, and may be asked as an upstream.
func (s *Server) ServeInside(vpc string, udp net.PacketConn, tcp net.Listener) (stop func(), err error) {
	return s.serve(vpc, udp, tcp, nil)
}

func ownAddrs(udp net.PacketConn, tcp net.Listener) (own []netip.AddrPort) {
	if udp != nil {
		own = append(own, addrPort(udp.LocalAddr()))
	}
	if tcp != nil {
		own = append(own, addrPort(tcp.Addr()))
	}
	return own
}

func (s *Server) serve(vpc string, udp net.PacketConn, tcp net.Listener, own []netip.AddrPort) (stop func(), err error) {
	s.stop.Lock()
	defer s.stop.Unlock()
	if s.closed {
		closeAll(udp, tcp)
		return func() {}, fmt.Errorf("serve DNS of network %q: %w", vpc, ErrClosed)
	}
	ctx, cancel := context.WithCancel(s.ctx)
	var group sync.WaitGroup
	if udp != nil {
		group.Go(func() { s.servePackets(ctx, vpc, udp) })
	}
	if tcp != nil {
		group.Go(func() { s.serveStreams(ctx, vpc, tcp) })
	}
	s.upstream.avoid(own...)
	release := context.AfterFunc(ctx, func() { closeAll(udp, tcp) })
	done := make(chan struct{})
	s.tasks.Go(func() {
		group.Wait()
		release()
		closeAll(udp, tcp)
		cancel()
		s.upstream.readmit(own...)
		close(done)
	})
	return func() { cancel(); <-done }, nil
}

func closeAll(udp net.PacketConn, tcp net.Listener) {
	if udp != nil {
		_ = udp.Close()
	}
	if tcp != nil {
		_ = tcp.Close()
	}
}

func addrPort(a net.Addr) netip.AddrPort {
	switch a := a.(type) {
	case *net.UDPAddr:
		return unmap(a.AddrPort())
	case *net.TCPAddr:
		return unmap(a.AddrPort())
	}
	return netip.AddrPort{}
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
