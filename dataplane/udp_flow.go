package dataplane

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"culvert.internal/reach"
)

// udpFlow is a place at a UDP port. While it is being judged and joined its
// first packets wait, and it is no link yet.
type udpFlow struct {
	link
	joined  bool
	server  *net.UDPConn
	waiting [][]byte
}

func (fl *udpFlow) cut() { _ = fl.server.Close() }

func (fl *udpFlow) stuck() string { return "" }

// waitPackets bounds the packets that wait for a flow to be joined.
const waitPackets = 32

// flowBuffer is how many bytes of answers may wait in a flow. The kernel lowers
// it to what it allows.
const flowBuffer = 1 << 20

func (fl *udpFlow) wait(data []byte) bool {
	if len(fl.waiting) >= waitPackets {
		return false
	}
	fl.waiting = append(fl.waiting, slices.Clone(data))
	return true
}

// openFlow gives a packet a new flow, if there is room for one. It is called
// with the socket's lock, which it gives back.
func (s *udpSocket) openFlow(from netip.AddrPort, data []byte) {
	p := s.front.plane
	if len(s.flows) >= p.opt.UDPFlows*3/4 {
		s.front.press.Store(true)
	}
	full, room := crowd{limit: p.opt.UDPFlows}, false
	if len(s.flows) < p.opt.UDPFlows {
		full, room = s.front.reserve(reach.UDP)
	}
	if !room {
		s.mu.Unlock()
		s.front.drop(dropLimit, 1)
		// A flood has a new port in every packet: one record tells of all.
		if s.told.first(netip.AddrPortFrom(from.Addr(), 0)) {
			a := s.front.begin(reach.UDP, s.vpc, s.at, from)
			p.wg.Go(func() { s.front.turnAwayCrowded(a, full) })
		}
		return
	}
	fl := &udpFlow{}
	fl.wait(data)
	s.flows[from] = fl
	s.mu.Unlock()
	// Who receives is a goroutine of the group, so the group is not over.
	p.wg.Go(func() { s.serve(from, fl) })
}

// serve takes a flow from its judgement to its end.
func (s *udpSocket) serve(from netip.AddrPort, fl *udpFlow) {
	j := &joining{front: s.front, socket: s, port: &s.port, a: s.front.begin(reach.UDP, s.vpc, s.at, from)}
	if !s.join(from, fl, j) {
		return
	}
	s.told.forget(from)
	j.joined(&fl.link)
	if s.flush(fl) {
		s.answer(fl, from)
	}
	s.drop(from, fl)
	fl.over()
}

// join judges a new flow and joins it with a backend. If it could not, that has
// been reported.
func (s *udpSocket) join(from netip.AddrPort, fl *udpFlow, j *joining) bool {
	for {
		switch end := j.judge(); {
		case !j.as.Open:
			s.giveUp(from, fl, dropShut)
			return false
		case end != "":
			s.giveUp(from, fl, dropRefused)
			s.turnAway(from, j, end)
			return false
		}
		server, err := j.dial(s.front.plane.ctx)
		if err != nil {
			s.giveUp(from, fl, dropFailed)
			s.turnAway(from, j, EndConnectFailed)
			return false
		}
		fl.server = server.(*net.UDPConn)
		_ = fl.server.SetReadBuffer(flowBuffer)
		fl.link = j.link(addrOf(server))
		fl.carrier = fl
		if s.front.admit(&fl.link, j) {
			return true
		}
		_ = server.Close()
	}
}

// flush sends the packets that waited, in their order, and opens the flow for
// those that follow. It says whether the flow is still worth an answer.
func (s *udpSocket) flush(fl *udpFlow) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	fl.joined = true
	for i, data := range fl.waiting {
		if err := s.send(fl, data); gone(err) {
			s.front.drop(dropFailed, uint64(len(fl.waiting)-i))
			s.front.plane.doubt(fl.route.backend, err)
			fl.abort(EndBackendReset)
			return false
		} else if err != nil {
			s.front.drop(dropFull, 1)
		}
	}
	fl.waiting = nil
	return true
}

// giveUp ends a flow that was not joined.
func (s *udpSocket) giveUp(from netip.AddrPort, fl *udpFlow, why dropReason) {
	s.drop(from, fl)
	s.front.release(reach.UDP)
	s.front.drop(why, uint64(len(fl.waiting)))
}

// turnAway reports a flow that was not joined, once and not per packet.
func (s *udpSocket) turnAway(from netip.AddrPort, j *joining, end string) {
	if s.told.first(from) {
		j.turnAway(end)
	}
}

// told remembers whom it was reported of that they were turned away, so that
// there is one record per flow, and a bounded number whatever a flood does:
// while it is full, nobody is reported.
type told struct {
	mu     sync.Mutex
	until  map[netip.AddrPort]time.Time
	pruned time.Time
}

// toldSize bounds how many turned-away clients are remembered, toldFor how
// long.
const (
	toldSize  = 4096
	toldFor   = DefaultIdleUDP
	toldPrune = time.Second
)

// first says whether somebody is to be reported, and remembers it.
func (t *told) first(who netip.AddrPort) bool {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if until, known := t.until[who]; known && now.Before(until) {
		return false
	}
	if len(t.until) >= toldSize {
		if now.Sub(t.pruned) < toldPrune {
			return false
		}
		t.pruned = now
		for k, until := range t.until {
			if now.After(until) {
				delete(t.until, k)
			}
		}
		if len(t.until) >= toldSize {
			return false
		}
	}
	if t.until == nil {
		t.until = map[netip.AddrPort]time.Time{}
	}
	t.until[who] = now.Add(toldFor)
	return true
}

func (t *told) forget(who netip.AddrPort) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.until, who)
}
