package dataplane

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"syscall"

	"culvert.internal/reach"
)

// udpSocket is a UDP port. A flow is all packets from one client address; it
// has a connected socket to its backend and ends when it is idle. Nothing
// here waits: what cannot go on at once is dropped and counted. A flow is
// judged and joined in a goroutine of its own, so that one that takes its time
// holds no other one up.
type udpSocket struct {
	front  *front
	at     netip.AddrPort // as published
	hostAt netip.AddrPort
	vpc    string
	berth  berth
	door   packetDoor
	port   atomic.Pointer[Port]
	told   told
}

func (f *front) bindUDP(at netip.AddrPort, in berth) (socket, error) {
	sock, host, err := f.plane.net.Bind("udp", f.vpc, at)
	if err != nil {
		return nil, err
	}
	s := &udpSocket{front: f, at: at, hostAt: host, vpc: f.vpc, berth: in}
	s.port.Store(&Port{Protocol: reach.UDP, Port: at.Port()})
	if s.door, err = f.plane.engine.udp(s, sock); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *udpSocket) host() netip.AddrPort { return s.hostAt }

func (s *udpSocket) file() berth { return s.berth }

func (s *udpSocket) set(port Port) { keepPort(&s.port, port) }

// open has nothing to do: the socket receives always and looks at its port.
func (s *udpSocket) open() error { return nil }

// shut ends the flows: a shut UDP port does not answer.
func (s *udpSocket) shut() error {
	s.cut(EndCut)
	return nil
}

func (s *udpSocket) cut(end string) {
	s.front.cut(end, func(c ConnInfo) bool { return c.Protocol == reach.UDP && c.Port == s.at.Port() })
}

func (s *udpSocket) close() {
	shut := *s.port.Load()
	shut.Open = false
	s.port.Store(&shut)
	s.door.close()
	// Without its port a flow cannot answer, so there is nothing to drain.
	s.cut(EndDrained)
}

// gone says whether an error means that a flow's backend is not there any more.
func gone(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, net.ErrClosed)
}

// A flow that is being joined lets its first packets wait, so many of them.
const waitPackets = 32

// waiting are those packets.
type waiting [][]byte

func (w *waiting) add(data []byte) bool {
	if len(*w) >= waitPackets {
		return false
	}
	*w = append(*w, slices.Clone(data))
	return true
}

// may says whether a packet may go, or drops it because the rate is used up.
func (l *link) may(way, bytes int) bool {
	s := l.route.shaper()
	if s == nil || s.way[way].spend(1, bytes) == 1 {
		return true
	}
	l.front.drop(dropRate, 1)
	return false
}

// flowBuffer is how many bytes of answers may wait in a flow. The kernel lowers
// it to what it allows.
const flowBuffer = 1 << 20

// room reserves room for one more flow of a port that has some, or tells, once
// per client, that there is none.
func (s *udpSocket) room(from netip.AddrPort, have int) bool {
	p := s.front.plane
	if have >= p.opt.UDPFlows*3/4 {
		s.front.press.Store(true)
	}
	full := crowd{limit: p.opt.UDPFlows}
	if have < p.opt.UDPFlows {
		var ok bool
		if full, ok = s.front.reserve(reach.UDP); ok {
			return true
		}
	}
	s.front.drop(dropLimit, 1)
	// A flood has a new port in every packet: one record tells of all.
	if s.told.first(netip.AddrPortFrom(from.Addr(), 0)) {
		a := s.front.begin(reach.UDP, s.vpc, s.at, from)
		p.wg.Go(func() { s.front.turnAwayCrowded(a, full) })
	}
	return false
}

// join judges a new flow and joins it with a backend: dial connects it and
// answers the address it has, admit makes it a link of the front. If it may not
// or cannot be joined, that is reported, and the answer is what its packets are
// dropped for.
func (s *udpSocket) join(j *joining, dial func() error, admit func() bool) (why dropReason, ok bool) {
	for {
		switch end := j.judge(); {
		case !j.as.Open:
			s.front.release(reach.UDP)
			return dropShut, false
		case end == EndLimit:
			return dropLimit, s.turnAway(j, end)
		case end != "":
			return dropRefused, s.turnAway(j, end)
		}
		if dial() != nil {
			return dropFailed, s.turnAway(j, EndConnectFailed)
		}
		if admit() {
			s.told.forget(j.from)
			return 0, true
		}
	}
}

func (s *udpSocket) joining(from netip.AddrPort) *joining {
	return &joining{front: s.front, socket: s, port: &s.port, a: s.front.begin(reach.UDP, s.vpc, s.at, from), from: from}
}

// turnAway gives the room of a flow back that was not joined, and reports it
// once and not per packet.
func (s *udpSocket) turnAway(j *joining, end string) bool {
	j.leave()
	s.front.release(reach.UDP)
	if s.told.first(j.from) {
		j.turnAway(end)
	}
	return false
}
