package dataplane

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
)

// pumpPort is a UDP port of the portable engine: a goroutine receives, and each
// flow has one for its answers.
type pumpPort struct {
	socket  *udpSocket
	conn    *net.UDPConn
	stopped chan struct{}

	mu    sync.Mutex
	flows map[netip.AddrPort]*pumpedPackets // by the client's host address
}

// pumpedPackets is a place at a UDP port. While it is being judged and joined
// it is no link yet.
type pumpedPackets struct {
	link
	joined  bool
	server  *net.UDPConn
	waiting waiting
}

func (fl *pumpedPackets) cut() { _ = fl.server.Close() }

func (fl *pumpedPackets) stuck() string { return "" }

func (e pumps) udp(s *udpSocket, sock *os.File) (packetDoor, error) {
	defer sock.Close()
	pc, err := net.FilePacketConn(sock)
	if err != nil {
		return nil, fmt.Errorf("take over the socket of %s: %w", s.at, err)
	}
	conn, ok := pc.(*net.UDPConn)
	if !ok {
		_ = pc.Close()
		return nil, fmt.Errorf("the socket of %s is a %T", s.at, pc)
	}
	p := &pumpPort{socket: s, conn: conn, stopped: make(chan struct{}), flows: map[netip.AddrPort]*pumpedPackets{}}
	e.plane.wg.Go(func() {
		defer close(p.stopped)
		receiveAll(conn, p.take)
	})
	return p, nil
}

func (p *pumpPort) close() {
	_ = p.conn.Close()
	<-p.stopped
}

// take does with a client's packet what there is to do; data is valid until it
// returns. A backend that is known to be gone by now costs the flow its place:
// the packet then opens a new one.
func (p *pumpPort) take(from netip.AddrPort, data []byte) {
	f := p.socket.front
	if !p.socket.port.Load().Open {
		f.drop(dropShut, 1)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fl := p.flows[from]
	switch {
	case fl == nil:
		p.openFlow(from, data)
		return
	case !fl.joined:
		if !fl.waiting.add(data) {
			f.drop(dropFull, 1)
		}
		return
	}
	err := p.send(fl, data)
	switch {
	case gone(err):
		delete(p.flows, from)
		p.openFlow(from, data)
		f.plane.doubt(fl.route.backend, err)
		fl.abort(EndBackendReset)
	case err != nil:
		f.drop(dropFull, 1)
	}
}

// send sends a packet on. The port's lock is held so that the flow's last
// report, which comes after drop, has counted every packet.
func (p *pumpPort) send(fl *pumpedPackets, data []byte) error {
	if !fl.may(0, len(data)) {
		return nil
	}
	err := sendNow(fl.server, data)
	if err == nil {
		fl.asked.Add(1)
		fl.in.Add(uint64(len(data)))
		p.socket.front.count.in.Add(uint64(len(data)))
	}
	return err
}

func (p *pumpPort) drop(from netip.AddrPort, fl *pumpedPackets) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.flows[from] == fl {
		delete(p.flows, from)
	}
}

// openFlow gives a packet a new flow, if there is room for one. It is called
// with the port's lock.
func (p *pumpPort) openFlow(from netip.AddrPort, data []byte) {
	if !p.socket.room(from, len(p.flows)) {
		return
	}
	fl := &pumpedPackets{}
	fl.waiting.add(data)
	p.flows[from] = fl
	// Who receives is a goroutine of the group, so the group is not over.
	p.socket.front.plane.wg.Go(func() { p.serve(from, fl) })
}

// serve takes a flow from its judgement to its end.
func (p *pumpPort) serve(from netip.AddrPort, fl *pumpedPackets) {
	s := p.socket
	j := s.joining(from)
	why, ok := s.join(j, func() error {
		server, err := j.dial(s.front.plane.ctx)
		if err == nil {
			fl.server = server.(*net.UDPConn)
			_ = fl.server.SetReadBuffer(flowBuffer)
			fl.link = j.link(addrOf(server))
			fl.carrier = fl
		}
		return err
	}, func() bool {
		ok := s.front.admit(&fl.link, j)
		if !ok {
			_ = fl.server.Close()
		}
		return ok
	})
	if !ok {
		p.drop(from, fl)
		s.front.drop(why, uint64(len(fl.waiting)))
		return
	}
	if p.flush(fl) {
		p.answer(fl, from)
	}
	p.drop(from, fl)
	fl.over()
}

// flush sends the packets that waited, in their order, and opens the flow for
// those that follow. It says whether the flow is still worth an answer.
func (p *pumpPort) flush(fl *pumpedPackets) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	fl.joined = true
	for i, data := range fl.waiting {
		if err := p.send(fl, data); gone(err) {
			p.lost(fl, err, uint64(len(fl.waiting)-i))
			return false
		} else if err != nil {
			p.socket.front.drop(dropFull, 1)
		}
	}
	fl.waiting = nil
	return true
}

// lost ends a flow whose backend is gone, with the packets that waited for it.
func (p *pumpPort) lost(fl *pumpedPackets, err error, packets uint64) {
	p.socket.front.drop(dropFailed, packets)
	p.socket.front.plane.doubt(fl.route.backend, err)
	fl.abort(EndBackendReset)
}

// answer sends the backend's packets to the client, from the front's address,
// until the flow ends.
func (p *pumpPort) answer(fl *pumpedPackets, client netip.AddrPort) {
	in := newPacketReader(fl.server)
	for {
		data, err := in.next()
		if err != nil && !errors.Is(err, io.EOF) { // EOF is an empty packet
			p.lost(fl, err, 0)
			return
		}
		if !fl.may(1, len(data)) {
			in.done()
			continue
		}
		err = sendNowTo(p.conn, data, client)
		in.done()
		if err != nil {
			p.socket.front.drop(dropFull, 1)
			continue
		}
		fl.answered.Add(1)
		fl.out.Add(uint64(len(data)))
		p.socket.front.count.out.Add(uint64(len(data)))
	}
}
