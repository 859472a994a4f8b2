package dataplane

import (
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
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

// link is a flow joined with a backend. Its goroutines (or its engine) move
// bytes; everybody else may only look and abort.
type link struct {
	front  *front
	socket socket
	info   ConnInfo // In and Out unset
	client net.Conn // nil for UDP
	server net.Conn
	idle   time.Duration

	in, out direction
	until   atomic.Pointer[time.Time] // cut then

	once sync.Once
	end  string // set in once, read after it
	kill func() // set by whoever made the link: makes its goroutines end

	seen  uint64 // the sweeper's: moves at its last look
	since time.Time
}

// direction is what one half of a link has done.
type direction struct {
	bytes atomic.Uint64
	moves atomic.Uint64 // reads or packets
	// writing is set while a write may be waiting for the other side: the
	// time in which nobody reads, and so nobody would see a reset.
	writing atomic.Bool
}

func (d *direction) add(front *atomic.Uint64, n int) {
	d.bytes.Add(uint64(n))
	front.Add(uint64(n))
}

// abort ends the link at once; the first reason stays.
func (l *link) abort(end string) { l.settle(end, l.kill) }

// settle notes the first reason for the end and acts on it.
func (l *link) settle(end string, act func()) {
	l.once.Do(func() {
		l.end = end
		act()
	})
}

func (l *link) snapshot() ConnInfo {
	info := l.info
	info.In, info.Out = l.in.bytes.Load(), l.out.bytes.Load()
	return info
}

// admit makes a link a live one, unless something changed since its verdict:
// then the flow has to be judged again.
func (f *front) admit(l *link, judged uint64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.changes != judged {
		return false
	}
	f.links[l] = struct{}{}
	f.count.accepted.Add(1)
	f.count.peak = max(f.count.peak, f.count.active.Add(1))
	return true
}

// over is called once by a link's owner, when it is settled and after its
// last byte.
func (l *link) over() {
	f := l.front
	switch l.end {
	case EndClientReset:
		f.count.resetsIn.Add(1)
	case EndBackendReset:
		f.count.resetsOut.Add(1)
	}
	f.mu.Lock()
	delete(f.links, l)
	f.mu.Unlock()
	f.count.active.Add(-1)
}

func (f *front) judged() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changes
}

// cut ends live flows; what is being judged meanwhile is judged again.
func (f *front) cut(end string, match func(ConnInfo) bool) int {
	f.mu.Lock()
	f.changes++
	var doomed []*link
	for l := range f.links {
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

// Connections lists the live flows of a key, oldest first.
func (p *Plane) Connections(key string) []ConnInfo {
	f := p.front(key)
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]ConnInfo, 0, len(f.links))
	for l := range f.links {
		all = append(all, l.snapshot())
	}
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
		f.mu.Lock()
		if n := len(f.links); n > 0 {
			out[key] = n
		}
		f.mu.Unlock()
	}
	return out
}
