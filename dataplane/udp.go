package dataplane

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"culvert.internal/reach"
)

// udpSocket is a UDP port. A flow is all packets from one client address; it
// has a connected socket to its backend and ends when it is idle. Nothing
// here waits: what cannot go on at once is dropped and counted.
type udpSocket struct {
	front   *front
	at      netip.AddrPort // as published
	hostAt  netip.AddrPort
	vpc     string
	conn    *net.UDPConn
	port    atomic.Pointer[Port]
	stopped chan struct{}

	mu    sync.Mutex
	flows map[netip.AddrPort]*link // by the client's host address

	// Of the receiving goroutine: who was turned away, until when not to
	// report it again.
	told map[netip.AddrPort]time.Time
}

// toldSize bounds how many turned-away clients are remembered, toldFor how
// long: one record per flow.
const (
	toldSize = 4096
	toldFor  = DefaultIdleUDP
)

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
		flows: map[netip.AddrPort]*link{}, told: map[netip.AddrPort]time.Time{},
	}
	s.port.Store(&Port{Protocol: reach.UDP, Port: at.Port()})
	f.plane.wg.Go(func() {
		defer close(s.stopped)
		s.receive()
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
	s.mu.Lock()
	flows := slices.Collect(maps.Values(s.flows))
	s.mu.Unlock()
	for _, l := range flows {
		l.abort(EndDrained)
	}
}

func (s *udpSocket) receive() {
	buf := make([]byte, 64<<10)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			// An error that a packet of ours brought back; the next read is clean.
			continue
		}
		if !s.port.Load().Open || !s.forward(netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), buf[:n]) {
			s.front.count.dropped.Add(1)
		}
	}
}

// forward sends a client's packet on, and says whether it could. A backend
// that is known to be gone by now costs the flow its place: the packet then
// opens a new one.
func (s *udpSocket) forward(from netip.AddrPort, data []byte) bool {
	for range 2 {
		l, err := s.send(from, data)
		if l == nil {
			if !s.begin(from) {
				return false
			}
			l, err = s.send(from, data)
		}
		switch {
		case l != nil && err == nil:
			return true
		case l == nil || Code(err) != "refused" && !errors.Is(err, net.ErrClosed):
			return false
		}
		s.front.plane.doubt(l.info.Backend, err)
		s.drop(from, l)
		l.abort(EndBackendReset)
	}
	return false
}

// send sends a packet on in the flow of its client, if there is one. The lock
// is held so that the flow's last report, which comes after drop, has counted
// every packet.
func (s *udpSocket) send(from netip.AddrPort, data []byte) (*link, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.flows[from]
	if l == nil {
		return nil, nil
	}
	err := sendNow(l.server, data)
	if err == nil {
		l.in.moves.Add(1)
		l.in.add(&s.front.count.in, len(data))
	}
	return l, err
}

func (s *udpSocket) drop(from netip.AddrPort, l *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flows[from] == l {
		delete(s.flows, from)
	}
}

// begin judges a new flow and joins it with a backend, and says whether it
// did.
func (s *udpSocket) begin(from netip.AddrPort) bool {
	f, p := s.front, s.front.plane
	a := f.newAttempt(reach.UDP, s.vpc, s.at, from)
	if !s.room() {
		a.Verdict = crowded(p.opt.UDPFlows)
		s.turnAway(from, a, EndLimit)
		return false
	}
	for {
		judged, port := f.judged(), s.port.Load()
		if !port.Open {
			return false
		}
		a.Verdict, a.Backend = p.judge.Judge(a.Flow), reach.Backend{}
		if !a.Verdict.Allowed {
			s.turnAway(from, a, EndRefused)
			return false
		}
		server, backend, err := p.connect(p.ctx, f.listener(a), a.Flow, a.Verdict, port.ConnectTimeout)
		a.Backend = backend
		if err != nil {
			a.Verdict = unconnected(a.Verdict, backend, err)
			s.turnAway(from, a, EndConnectFailed)
			return false
		}
		l := f.newLink(a, s, nil, server)
		l.idle = orDefault(port.IdleTimeout, DefaultIdleUDP)
		l.kill = func() { _ = server.Close() }
		if !f.admit(l, judged) {
			_ = server.Close()
			continue
		}
		delete(s.told, from)
		s.mu.Lock()
		s.flows[from] = l
		s.mu.Unlock()
		p.flows.Add(1)
		a.Took = time.Since(a.At)
		p.report(a)
		p.wg.Go(func() {
			defer p.flows.Add(-1)
			s.answer(l, from)
			s.drop(from, l)
			l.over()
			p.report(l.ended(a))
		})
		return true
	}
}

func (s *udpSocket) room() bool {
	p := s.front.plane
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.flows) < p.opt.UDPFlows && p.flows.Load() < int64(p.opt.MaxFlows)
}

// turnAway reports a flow that was not joined, once and not per packet.
func (s *udpSocket) turnAway(from netip.AddrPort, a Attempt, end string) {
	until, known := s.told[from]
	if known && a.At.Before(until) {
		return
	}
	if len(s.told) >= toldSize {
		clear(s.told)
	}
	s.told[from] = a.At.Add(toldFor)
	s.front.turnedAway(a, end)
}

// answer sends the backend's packets to the client, from the front's address,
// until the flow ends.
func (s *udpSocket) answer(l *link, client netip.AddrPort) {
	in := newReader(l.server.(*net.UDPConn))
	for {
		data, err := in.next()
		if err != nil && !errors.Is(err, io.EOF) { // EOF is an empty packet
			s.front.plane.doubt(l.info.Backend, err)
			l.abort(EndBackendReset)
			return
		}
		err = sendNowTo(s.conn, data, client)
		in.done()
		if err != nil {
			s.front.count.dropped.Add(1)
			continue
		}
		l.out.moves.Add(1)
		l.out.add(&s.front.count.out, len(data))
	}
}
