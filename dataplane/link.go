package dataplane

import (
	"maps"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"culvert.internal/reach"
)

// How a flow ended (Attempt.End).
const (
	EndRefused       = "refused"        // the judge said no
	EndConnectFailed = "connect-failed" // no backend took it
	EndLimit         = "limit"          // there are too many flows already
	EndClient        = "client-closed"  // in order, the client first
	EndBackend       = "backend-closed" // in order, the backend first
	EndClientReset   = "client-reset"
	EndBackendReset  = "backend-reset"
	EndIdle          = "idle"
	EndCut           = "cut"     // by Cut
	EndDrained       = "drained" // its front was removed and its time ran out
	EndStopped       = "stopped" // the plane stopped
)

// ConnInfo is one live flow.
type ConnInfo struct {
	ID       uint64
	Key      string
	Protocol reach.Protocol
	Port     uint16         // as published
	Client   netip.AddrPort // in the front's VPC
	Sender   netip.AddrPort // on the host: where the backend sees it come from
	Backend  reach.Backend
	// Endpoint, ENI, Service, Balancer and Listener are those of the verdict.
	Endpoint, ENI, Service, Balancer, Listener string

	Started time.Time
	In, Out uint64 // bytes from and to the client
}

// link is a flow joined with a backend. There is one for every idle
// connection, so it holds nothing that it can share: what it has in common with
// others is in its route. Whoever carries it moves bytes; everybody else may
// only look and abort.
type link struct {
	front   *front
	socket  socket
	route   *route
	carrier carrier
	port    *Port // as it was when the flow was joined

	id      uint64
	started int64 // in Unix nanoseconds
	client  inet4 // in its VPC
	sender  inet4 // on the host

	in, out atomic.Uint64 // bytes
	// asked and answered count UDP packets.
	asked, answered atomic.Uint32
	until           atomic.Int64  // cut then, in Unix nanoseconds; 0: never
	end             atomic.Uint32 // place in ends; 0: it lives

	seen  uint64 // the sweeper's: what had moved at its last look
	since int64

	prev, next *link // of the front, guarded by its mu
}

// carrier moves the bytes of a link.
type carrier interface {
	// cut resets both sides of the link. It waits for nothing and is called at
	// most once per link, from any goroutine.
	cut()
	// stuck says how a link should end of which one side waits for the other
	// while that has reset, if the carrier would not notice by itself; or "".
	stuck() string
}

// inet4 is an IPv4 address and port in six bytes.
type inet4 struct {
	addr [4]byte
	port uint16
}

func inet4Of(a netip.AddrPort) inet4 {
	if !a.Addr().Unmap().Is4() {
		return inet4{port: a.Port()}
	}
	return inet4{a.Addr().Unmap().As4(), a.Port()}
}

func (a inet4) addrPort() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4(a.addr), a.port)
}

var ends = [...]string{
	"", EndRefused, EndConnectFailed, EndLimit, EndClient, EndBackend, EndClientReset, EndBackendReset, EndIdle,
	EndCut, EndDrained, EndStopped,
}

func endCode(end string) uint8 { return uint8(slices.Index(ends[:], end)) }

// settle notes how a link ends. Only the first one to do so is told true.
func (l *link) settle(end string) bool { return l.end.CompareAndSwap(0, uint32(endCode(end))) }

// abort ends the link at once; the first reason stays.
func (l *link) abort(end string) {
	if l.settle(end) {
		l.carrier.cut()
	}
}

func (l *link) snapshot() ConnInfo {
	r := l.route
	v := &r.verdict
	return ConnInfo{
		ID: l.id, Key: l.front.key, Protocol: r.flow.Protocol, Port: r.flow.Port,
		Client: l.client.addrPort(), Sender: l.sender.addrPort(), Backend: r.backend,
		Endpoint: v.Endpoint, ENI: v.ENI, Service: v.Service, Balancer: v.Balancer, Listener: v.Listener,
		Started: time.Unix(0, l.started), In: l.in.Load(), Out: l.out.Load(),
	}
}

// admit makes a link a live one, unless something changed since its verdict:
// then the flow has to be judged again.
func (f *front) admit(l *link, j *joining) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.changes != j.judged {
		return false
	}
	l.route = f.routes.of(j)
	l.next = f.links
	if l.next != nil {
		l.next.prev = l
	}
	f.links = l
	f.live++
	f.count.accepted.Add(1)
	f.count.peak = max(f.count.peak, f.count.active.Add(1))
	return true
}

// over is called once by a link's carrier, when it is settled and after its
// last byte. The flow has left when its last report is made.
func (l *link) over() {
	f := l.front
	switch ends[l.end.Load()] {
	case EndClientReset:
		f.count.resetsIn.Add(1)
	case EndBackendReset:
		f.count.resetsOut.Add(1)
	}
	f.mu.Lock()
	if l.prev != nil {
		l.prev.next = l.next
	} else {
		f.links = l.next
	}
	if l.next != nil {
		l.next.prev = l.prev
	}
	l.prev, l.next = nil, nil
	f.live--
	f.mu.Unlock()
	f.count.active.Add(-1)
	f.release(l.route.flow.Protocol)
	l.route.through.leave()
	l.route.behind.leave()
	f.plane.report(record{
		route: l.route, id: l.id, at: l.started, took: time.Since(time.Unix(0, l.started)), client: l.client,
		in: l.in.Load(), out: l.out.Load(), end: uint8(l.end.Load()),
	})
}

func (f *front) judged() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changes
}

// each calls fn for every live link of the front, with its lock.
func (f *front) each(fn func(*link)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for l := f.links; l != nil; l = l.next {
		fn(l)
	}
}

// cut ends live flows; what is being judged meanwhile is judged again.
func (f *front) cut(end string, match func(ConnInfo) bool) int {
	var doomed []*link
	f.mu.Lock()
	f.changes++
	for l := f.links; l != nil; l = l.next {
		if match(l.snapshot()) {
			doomed = append(doomed, l)
		}
	}
	f.mu.Unlock()
	for _, l := range doomed {
		l.abort(end)
	}
	return len(doomed)
}

// Cut resets both sides of the live flows of a key that match, at once, and
// says how many. The key "" means every front; a nil match means every flow.
// A flow that is between its verdict and its backend is judged again, so call
// Cut after the judge knows of the change. match must not call the plane.
func (p *Plane) Cut(key string, match func(ConnInfo) bool) int {
	if match == nil {
		match = func(ConnInfo) bool { return true }
	}
	p.mu.Lock()
	var all []*front
	for k, f := range p.fronts {
		if key == "" || key == k {
			all = append(all, f)
		}
	}
	p.mu.Unlock()
	n := 0
	for _, f := range all {
		n += f.cut(EndCut, match)
	}
	return n
}

// Any says whether a live flow of a key matches. match must not call the plane.
func (p *Plane) Any(key string, match func(ConnInfo) bool) bool {
	f := p.front(key)
	if f == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for l := f.links; l != nil; l = l.next {
		if l.end.Load() == 0 && match(l.snapshot()) {
			return true
		}
	}
	return false
}

// Connections lists the live flows of a key, oldest first.
func (p *Plane) Connections(key string) []ConnInfo {
	f := p.front(key)
	if f == nil {
		return nil
	}
	all := []ConnInfo{}
	f.each(func(l *link) { all = append(all, l.snapshot()) })
	slices.SortFunc(all, func(a, b ConnInfo) int { return int(a.ID) - int(b.ID) })
	return all
}

// Busy counts the live connections by key, of the keys that have any.
func (p *Plane) Busy() map[string]int {
	p.mu.Lock()
	fronts := make(map[string]*front, len(p.fronts))
	maps.Copy(fronts, p.fronts)
	p.mu.Unlock()
	out := map[string]int{}
	for key, f := range fronts {
		if n := f.flows(); n > 0 {
			out[key] = n
		}
	}
	return out
}
