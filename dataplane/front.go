package dataplane

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"culvert.internal/reach"
)

// Front is one address that clients dial, with its ports.
type Front struct {
	Key  string // of the object it belongs to: "eni-…", "lb-…"
	VPC  string
	Addr netip.Addr
	// Ports may come in any order; of two with the same protocol and number
	// the last one counts.
	Ports []Port
	// Draining stops new flows on every port and gives the live ones
	// Options.Drain; the ports stay owned.
	Draining bool
}

// Port is one published port of a front.
type Port struct {
	Protocol reach.Protocol
	Port     uint16
	// Open says whether anybody may use it. A TCP port that is not open
	// answers ECONNREFUSED, a UDP port nothing; both stay owned.
	Open bool
	// IdleTimeout ends a flow without a byte in either direction; 0 means
	// 900 s for TCP and 60 s for UDP.
	IdleTimeout time.Duration
	// ConnectTimeout bounds one connect to one backend; 0 means that of the
	// plane.
	ConnectTimeout time.Duration
}

// Status is what became of a front.
type Status struct {
	Key   string
	Ports []PortStatus // ordered by protocol and number
	Live  int          // flows, also those that drain
}

// PortStatus is what became of one port.
type PortStatus struct {
	Protocol reach.Protocol
	Port     uint16
	Host     netip.AddrPort // where it is on the host, see underlay's moves
	Bound    bool
	Open     bool
	Err      error // why it is not bound, or not open though it should be
}

type portKey struct {
	protocol reach.Protocol
	port     uint16
}

// socket is a bound port of one protocol. set tells it what is wanted of it;
// open and shut do nothing when it is so already. close waits until nobody takes
// flows in any more, not for the flows, and leaves the port not
// Open: a flow that is still being judged then goes nowhere.
type socket interface {
	host() netip.AddrPort
	file() berth
	set(Port)
	open() error
	shut() error
	close()
}

type portSocket struct {
	portKey
	socket
}

// front is a Front at work. It outlives its removal until its last flow ended.
type front struct {
	plane *Plane
	key   string
	count counters
	told  uint64 // what count added up to when it was told last, see Stirred
	busy  bool   // and whether flows were live then
	held  held
	press atomic.Bool // set when room gets short, until the next sweep

	applying  sync.Mutex // one Apply at a time; guards the next six
	removed   atomic.Bool
	forgotten bool // out of the plane's map, after removal
	vpc       string
	addr      netip.Addr
	sockets   []portSocket
	status    []PortStatus

	mu     sync.Mutex // guards the rest
	links  *link      // the newest of the live ones
	live   int
	routes routes
	// changes counts what may have made verdicts stale. A flow that was
	// judged under an older count is judged again before it is joined.
	changes uint64
}

// Apply makes the front of a key as f says, or removes it when f is nil, and
// tells what became of it. Ports that stay are not touched, so live flows of
// this and every other key go on; asking for the same again does nothing but
// retry what failed. A removed front or port takes no new flow from now on,
// and its live flows end after Options.Drain. What may not be bound is said in
// the status and never keeps the other ports from working.
func (p *Plane) Apply(key string, f *Front) Status {
	// Held until the sockets are made: stop waits for us, or we see it.
	p.life.RLock()
	defer p.life.RUnlock()
	if p.stopped {
		return Status{Key: key, Ports: allFailed(f, ErrStopped)}
	}
	for {
		fr := p.frontFor(key, f != nil)
		if fr == nil {
			return Status{Key: key}
		}
		if st, ok := fr.apply(f); ok {
			return st
		}
	}
}

func (p *Plane) frontFor(key string, create bool) *front {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.fronts[key]
	if f == nil && create {
		f = &front{plane: p, key: key}
		p.fronts[key], p.list = f, nil
	}
	return f
}

func allFailed(f *Front, err error) []PortStatus {
	if f == nil {
		return nil
	}
	var out []PortStatus
	for _, port := range f.Ports {
		out = append(out, PortStatus{Protocol: port.Protocol, Port: port.Port, Err: err})
	}
	return out
}

// apply answers false when the front was forgotten before it began.
func (f *front) apply(want *Front) (Status, bool) {
	f.applying.Lock()
	defer f.applying.Unlock()
	if f.forgotten {
		return Status{}, false
	}
	if want == nil {
		want = &Front{Key: f.key, Draining: true}
		f.removed.Store(true)
	} else {
		if f.removed.Load() || f.vpc != want.VPC || f.addr != want.Addr {
			f.closeSockets(func(portKey) bool { return true })
		}
		f.removed.Store(false)
		f.vpc, f.addr = want.VPC, want.Addr
	}
	ports := lastOf(want.Ports)
	f.closeSockets(func(k portKey) bool { return !slices.ContainsFunc(ports, k.is) })
	f.status = make([]PortStatus, 0, len(ports))
	for _, port := range ports {
		port.Open = port.Open && !want.Draining
		f.status = append(f.status, f.applyPort(port))
	}
	if want.Draining {
		f.drain(func(*link) bool { return true })
	}
	slices.SortFunc(f.status, func(a, b PortStatus) int {
		return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Port, b.Port))
	})
	return Status{Key: f.key, Ports: slices.Clone(f.status), Live: f.flows()}, true
}

func (k portKey) is(p Port) bool { return k.protocol == p.Protocol && k.port == p.Port }

// lastOf are ports without those that a later one of the same number replaces.
func lastOf(ports []Port) []Port {
	out := make([]Port, 0, len(ports))
	for _, p := range ports {
		if i := slices.IndexFunc(out, portKey{p.Protocol, p.Port}.is); i >= 0 {
			out[i] = p
		} else {
			out = append(out, p)
		}
	}
	return out
}

func (f *front) socketOf(port Port) socket {
	for _, s := range f.sockets {
		if s.is(port) {
			return s.socket
		}
	}
	return nil
}

func (f *front) applyPort(port Port) PortStatus {
	st := PortStatus{Protocol: port.Protocol, Port: port.Port}
	s := f.socketOf(port)
	if s == nil {
		if s, st.Err = f.bind(port); st.Err != nil {
			return st
		}
		f.sockets = append(f.sockets, portSocket{portKey{port.Protocol, port.Port}, s})
	}
	st.Bound, st.Host = true, s.host()
	s.set(port)
	if port.Open {
		st.Err = s.open()
		st.Open = st.Err == nil
		return st
	}
	st.Err = s.shut()
	return st
}

func (f *front) bind(port Port) (socket, error) {
	p := f.plane
	room, err := p.engine.berth(port.Protocol == reach.TCP && p.files.aside(p.opt.OwnPorts))
	if err != nil {
		return nil, err
	}
	at := netip.AddrPortFrom(f.addr, port.Port)
	bind := f.bindTCP
	if port.Protocol == reach.UDP {
		bind = f.bindUDP
	}
	s, err := bind(at, room)
	if err != nil {
		room.leave()
	}
	return s, err
}

func closeSocket(s socket) {
	s.close()
	s.file().leave()
}

// closeSockets gives ports up and lets their flows drain.
func (f *front) closeSockets(which func(portKey) bool) {
	f.sockets = slices.DeleteFunc(f.sockets, func(s portSocket) bool {
		if !which(s.portKey) {
			return false
		}
		closeSocket(s.socket)
		f.drain(func(l *link) bool { return l.socket == s.socket })
		return true
	})
}

// drain gives the flows a last moment. What is being judged meanwhile is
// judged again.
func (f *front) drain(which func(*link) bool) {
	until := time.Now().Add(f.plane.opt.Drain).UnixNano()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changes++
	for l := f.links; l != nil; l = l.next {
		if which(l) {
			l.until.CompareAndSwap(0, until)
		}
	}
}

func (f *front) stop() {
	f.applying.Lock()
	defer f.applying.Unlock()
	for _, s := range f.sockets {
		closeSocket(s.socket)
	}
	f.sockets = nil
	f.cut(EndStopped, func(ConnInfo) bool { return true })
}

// Status tells what the last Apply of a key made, with the flows of now.
func (p *Plane) Status(key string) Status {
	f := p.front(key)
	if f == nil {
		return Status{Key: key}
	}
	f.applying.Lock()
	defer f.applying.Unlock()
	return Status{Key: key, Ports: slices.Clone(f.status), Live: f.flows()}
}

// Drained says whether no flow of the key is left.
func (p *Plane) Drained(key string) bool {
	f := p.front(key)
	return f == nil || f.flows() == 0
}

// forget says whether a removed front has nothing left to do. Then it takes no
// Apply any more.
func (f *front) forget() bool {
	if !f.applying.TryLock() {
		return false
	}
	defer f.applying.Unlock()
	f.forgotten = f.removed.Load() && f.flows() == 0
	return f.forgotten
}

func (p *Plane) front(key string) *front {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fronts[key]
}

func (f *front) flows() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.live
}
