package dataplane

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"culvert.internal/reach"
)

// udpSocket is a UDP port. A flow is all packets from one client address; it
// has a connected socket to its backend and ends when it is idle. Nothing
// here waits: what cannot go on at once is dropped and counted. A flow is
// judged and joined in a goroutine of its own, so that one that takes its time
// holds no other one up.
type udpSocket struct {
	front   *front
	at      netip.AddrPort // as published
	hostAt  netip.AddrPort
	vpc     string
	conn    *net.UDPConn
	port    atomic.Pointer[Port]
	stopped chan struct{}

	mu    sync.Mutex
	flows map[netip.AddrPort]*udpFlow // by the client's host address

	told told
}

func (f *front) bindUDP(at netip.AddrPort) (socket, error) {
	file, host, err := f.plane.net.Bind("udp", f.vpc, at)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	pc, err := net.FilePacketConn(file)
	if err != nil {
		return nil, fmt.Errorf("take over the socket of %s: %w", at, err)
	}
	conn, ok := pc.(*net.UDPConn)
	if !ok {
		_ = pc.Close()
		return nil, fmt.Errorf("the socket of %s is a %T", at, pc)
	}
	s := &udpSocket{
		front: f, at: at, hostAt: host, vpc: f.vpc, conn: conn, stopped: make(chan struct{}),
		flows: map[netip.AddrPort]*udpFlow{},
	}
	s.port.Store(&Port{Protocol: reach.UDP, Port: at.Port()})
	f.plane.wg.Go(func() {
		defer close(s.stopped)
		receiveAll(conn, s.take, s.lost)
	})
	return s, nil
}

func (s *udpSocket) host() netip.AddrPort { return s.hostAt }

func (s *udpSocket) set(port Port) { s.port.Store(&port) }

// open has nothing to do: the socket receives always and looks at its port.
func (s *udpSocket) open() error { return nil }

// shut ends the flows: a shut UDP port does not answer.
func (s *udpSocket) shut() error {
	s.front.cut(EndCut, func(c ConnInfo) bool { return c.Protocol == reach.UDP && c.Port == s.at.Port() })
	return nil
}

func (s *udpSocket) close() {
	shut := *s.port.Load()
	shut.Open = false
	s.port.Store(&shut)
	_ = s.conn.Close()
	<-s.stopped
	// Without its port a flow cannot answer, so there is nothing to drain.
	for _, l := range s.links() {
		l.abort(EndDrained)
	}
}

func (s *udpSocket) links() []*link {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*link
	for _, fl := range s.flows {
		if fl.joined {
			out = append(out, &fl.link)
		}
	}
	return out
}

// take does with a packet what there is to do; data is valid until it returns.
func (s *udpSocket) take(from netip.AddrPort, data []byte) {
	if !s.port.Load().Open {
		s.front.drop(dropShut, 1)
		return
	}
	s.forward(from, data)
}

// lost counts the packets the kernel had no room for.
func (s *udpSocket) lost(n uint64) { s.front.drop(dropFull, n) }

// forward sends a client's packet on in its flow. A backend that is known to
// be gone by now costs the flow its place: the packet then opens a new one.
func (s *udpSocket) forward(from netip.AddrPort, data []byte) {
	s.mu.Lock()
	fl := s.flows[from]
	switch {
	case fl == nil:
		s.openFlow(from, data) // unlocks
		return
	case !fl.joined:
		defer s.mu.Unlock()
		if !fl.wait(data) {
			s.front.drop(dropFull, 1)
		}
		return
	}
	err := s.send(fl, data)
	if !gone(err) {
		s.mu.Unlock()
		if err != nil {
			s.front.drop(dropFull, 1)
		}
		return
	}
	delete(s.flows, from)
	s.openFlow(from, data) // unlocks
	s.front.plane.doubt(fl.route.backend, err)
	fl.abort(EndBackendReset)
}

// send sends a packet on. The socket's lock is held so that the flow's last
// report, which comes after drop, has counted every packet.
func (s *udpSocket) send(fl *udpFlow, data []byte) error {
	err := sendNow(fl.server, data)
	if err == nil {
		fl.asked.Add(1)
		fl.in.Add(uint64(len(data)))
		s.front.count.in.Add(uint64(len(data)))
	}
	return err
}

// gone says whether an error means that a flow's backend is not there any more.
func gone(err error) bool {
	return err != nil && (Code(err) == "refused" || errors.Is(err, net.ErrClosed))
}

func (s *udpSocket) drop(from netip.AddrPort, fl *udpFlow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flows[from] == fl {
		delete(s.flows, from)
	}
}

// answer sends the backend's packets to the client, from the front's address,
// until the flow ends.
func (s *udpSocket) answer(fl *udpFlow, client netip.AddrPort) {
	in := newPacketReader(fl.server)
	for {
		data, err := in.next()
		if err != nil && !errors.Is(err, io.EOF) { // EOF is an empty packet
			s.front.plane.doubt(fl.route.backend, err)
			fl.abort(EndBackendReset)
			return
		}
		err = sendNowTo(s.conn, data, client)
		in.done()
		if err != nil {
			s.front.drop(dropFull, 1)
			continue
		}
		fl.answered.Add(1)
		fl.out.Add(uint64(len(data)))
		s.front.count.out.Add(uint64(len(data)))
	}
}
