package dataplane

import (
	"context"
	"os"

	"golang.org/x/sys/unix"
)

// loopPort is a UDP port of a loop, with its flows. All but close is called in
// the loop.
type loopPort struct {
	loop   *loop
	socket *udpSocket
	fd     int32
	slot   int32
	closed bool
	missed uint32 // packets the kernel had no room for, as counted by it
	flows  map[inet4]*loopPackets
}

// loopPackets is a flow of packets. While it is being judged and joined, which
// happens outside of the loop, its first packets wait.
type loopPackets struct {
	link
	at      *loopPort
	client  inet4 // on the host
	fd      int32
	slot    int32
	joined  bool
	closed  bool
	waiting waiting
}

func (e *loops) udp(s *udpSocket, sock *os.File) (packetDoor, error) {
	fd, err := e.own(sock, s.at)
	if err != nil {
		return nil, err
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_UDP, unix.UDP_GRO, 1)
	l := e.all[int(e.ports.Add(1))%len(e.all)]
	p := &loopPort{loop: l, socket: s, fd: int32(fd), flows: map[inet4]*loopPackets{}}
	l.post(p.begin)
	return p, nil
}

func (p *loopPort) begin() {
	if p.loop.packets == nil {
		p.loop.packets = newPackets()
	}
	p.slot = p.loop.slot(p)
	if errno := p.loop.watch(p.fd, unix.EPOLLIN, p.slot<<1); errno != noErr {
		p.loop.plane.log.Error("cannot receive packets", "key", p.socket.front.key, "at", p.socket.hostAt, "error", errno)
	}
}

// close closes the socket in the loop. Flows that are left cannot answer on it
// any more.
func (p *loopPort) close() {
	p.loop.engine.leave(p.fd, map[*loop]func(){p.loop: func() {
		p.countMissed()
		p.closed, p.fd = true, -1
		p.loop.leaveSlot(p.slot)
	}})
}

// batchTurn bounds how many batches a port or a flow receives before others have
// their turn.
const batchTurn = 4

func (p *loopPort) ready(int32, uint32) {
	most := 0
	for range batchTurn {
		n, errno := p.loop.packets.fetch(p.fd)
		if errno != noErr {
			break // an error is one that a packet of ours brought back
		}
		p.take(n)
		if most = max(most, n); n < batchSize {
			break
		}
	}
	if most >= manyPackets {
		p.countMissed()
	}
}

// manyPackets at a time are a sign that some may have found no room.
const manyPackets = 4

func (p *loopPort) countMissed() {
	if now, ok := missedBy(p.fd); ok {
		p.socket.front.drop(dropFull, uint64(now-p.missed))
		p.missed = now
	}
}

// take does with a batch what there is to do.
func (p *loopPort) take(n int) {
	b, open := p.loop.packets, p.socket.port.Load().Open
	b.groups(n, func(from inet4, bufs []uint8) {
		b.rows(bufs, func(r row) {
			if open {
				p.forward(from, r)
			} else {
				p.socket.front.drop(dropShut, uint64(r.count))
			}
		})
	})
}

// forward sends a row of a client's packets on in its flow. A backend that is
// known to be gone by now costs the flow its place: the packets then open a new
// one.
func (p *loopPort) forward(from inet4, r row) {
	fl := p.flows[from]
	if fl != nil && fl.joined {
		r = fl.within(0, r)
		if r.count == 0 {
			return
		}
		went, bytes, errno := p.loop.packets.send(fl.fd, nil, r)
		if went > 0 || !gone(errno) {
			fl.took(went, bytes)
			p.socket.front.drop(dropFull, uint64(r.count-went))
			return
		}
		p.leave(fl)
		fl.lost(errno, 0)
		fl = nil
	}
	p.loop.packets.each(r, func(data []byte) {
		switch {
		case fl == nil:
			fl = p.open(from, data)
		case !fl.waiting.add(data):
			p.socket.front.drop(dropFull, 1)
		}
	})
}

func (fl *loopPackets) took(packets, bytes int) {
	fl.asked.Add(uint32(packets))
	fl.in.Add(uint64(bytes))
	fl.front.count.in.Add(uint64(bytes))
}

// open gives a packet a new flow, if there is room for one.
func (p *loopPort) open(from inet4, data []byte) *loopPackets {
	if p.closed || !p.socket.room(from.addrPort(), len(p.flows)) {
		return nil
	}
	fl := &loopPackets{at: p, client: from, fd: -1}
	fl.waiting.add(data)
	p.flows[from] = fl
	// The loop is a goroutine of the group, so the group is not over.
	p.loop.live.Add(1)
	p.loop.plane.wg.Go(fl.join)
	return fl
}

// join judges the flow and connects it, outside of the loop.
func (fl *loopPackets) join() {
	s := fl.at.socket
	j := s.joining(fl.client.addrPort())
	why, ok := s.join(j, func() error { return fl.connect(j) }, func() bool {
		ok := s.front.admit(&fl.link, j)
		if !ok {
			sysClose(fl.fd)
		}
		return ok
	})
	if ok {
		fl.at.loop.post(fl.begin)
		return
	}
	fl.at.loop.post(func() {
		fl.at.leave(fl)
		fl.at.loop.live.Add(-1)
		s.front.drop(why, uint64(len(fl.waiting)))
	})
}

// connect makes the socket to the backend whose turn it is, or else to the next
// one.
func (fl *loopPackets) connect(j *joining) error {
	p := fl.at.loop.plane
	for p.ctx.Err() == nil && j.next() {
		for range senderTries {
			var err error
			if fl.fd, err = openPackets(p.net, j); err == nil {
				fl.link = j.link(sysName(fl.fd).addrPort())
				fl.carrier = fl
				return nil
			}
			if j.err = err; Code(err) != "no-port" {
				break
			}
		}
		j.failed(j.err)
	}
	if p.ctx.Err() != nil {
		j.err = context.Canceled
	}
	return j.err
}

func openPackets(net Network, j *joining) (int32, error) {
	b := j.a.Backend
	fd, host, err := net.Open("udp", b.VPC, j.sender(), b.Addr)
	if err != nil {
		return -1, err
	}
	if errno := sysConnect(int32(fd), inet4Of(host)); errno != noErr {
		sysClose(int32(fd))
		return -1, errno
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, flowBuffer)
	_ = unix.SetsockoptInt(fd, unix.SOL_UDP, unix.UDP_GRO, 1)
	return int32(fd), nil
}

// begin sends the packets that waited, in their order, and opens the flow for
// those that follow.
func (fl *loopPackets) begin() {
	l := fl.at.loop
	if fl.closed { // cut before it began
		fl.front.drop(dropShut, uint64(len(fl.waiting)))
		fl.end()
		return
	}
	fl.joined = true
	fl.slot = l.slot(fl)
	if l.watch(fl.fd, unix.EPOLLIN, fl.slot<<1) != noErr {
		fl.settle(EndStopped) // the kernel has no memory for it
		fl.close()
		return
	}
	for i, data := range fl.waiting {
		if !fl.may(0, len(data)) {
			continue
		}
		switch errno := l.packets.sendOne(fl.fd, nil, data); {
		case gone(errno):
			fl.lost(errno, uint64(len(fl.waiting)-i))
			return
		case errno != noErr:
			fl.front.drop(dropFull, 1)
		default:
			fl.took(1, len(data))
		}
	}
	fl.waiting = nil
}

// ready sends the backend's packets to the client, from the front's address.
func (fl *loopPackets) ready(int32, uint32) {
	b := fl.at.loop.packets
	for range batchTurn {
		n, errno := b.fetch(fl.fd)
		switch {
		case errno == unix.EAGAIN:
			return
		case errno != noErr:
			fl.lost(errno, 0)
			return
		}
		b.rows(places[:n], fl.answer)
		if n < batchSize {
			return
		}
	}
}

func (fl *loopPackets) answer(r row) {
	if r = fl.within(1, r); r.count == 0 {
		return
	}
	went, bytes, _ := fl.at.loop.packets.send(fl.at.fd, &fl.client, r)
	fl.answered.Add(uint32(went))
	fl.out.Add(uint64(bytes))
	fl.front.count.out.Add(uint64(bytes))
	fl.front.drop(dropFull, uint64(r.count-went))
}

// within is what of a row the rate lets go; the rest is dropped.
func (fl *loopPackets) within(way int, r row) row {
	s := fl.route.shaper()
	if s == nil {
		return r
	}
	n := s.way[way].spend(r.count, r.each)
	if n < r.count {
		fl.front.drop(dropRate, uint64(r.count-n))
		r = fl.at.loop.packets.first(r, n)
	}
	return r
}

// lost ends a flow whose backend is gone, with the packets that waited for it.
func (fl *loopPackets) lost(errno unix.Errno, packets uint64) {
	fl.front.drop(dropFailed, packets)
	fl.front.plane.doubt(fl.route.backend, errno)
	fl.settle(EndBackendReset)
	fl.close()
}

func (fl *loopPackets) cut() { fl.at.loop.post(fl.close) }

// stuck: nobody waits for anybody.
func (fl *loopPackets) stuck() string { return "" }

// close ends the flow in the loop.
func (fl *loopPackets) close() {
	if fl.closed {
		return
	}
	fl.closed = true
	if fl.joined {
		fl.at.loop.leaveSlot(fl.slot)
		fl.end()
	}
}

func (fl *loopPackets) end() {
	sysClose(fl.fd)
	fl.at.leave(fl)
	fl.at.loop.live.Add(-1)
	fl.over()
}

func (p *loopPort) leave(fl *loopPackets) {
	if p.flows[fl.client] == fl {
		delete(p.flows, fl.client)
	}
}
