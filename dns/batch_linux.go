package dns

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// batchSize is how many packets one system call may fetch or send.
const batchSize = 32

// lingering is how long a socket that was busy waits for more in the kernel.
// It delays the closing of one by as much at most.
const lingering = 20 * time.Millisecond

// batch is what recvmmsg(2) and sendmmsg(2) work on. It is held only while
// there are packets, so that many quiet resolvers take no memory.
type batch struct {
	in, out     [batchSize]mmsg
	ins, outs   [batchSize]unix.Iovec
	froms       [batchSize]unix.RawSockaddrInet6 // the longer kind
	queries     [batchSize][maxUDP]byte
	answers     [batchSize * 512]byte // a longer one has memory of its own
	poll        [1]unix.PollFd
	got, filled int
	sent        int
	err         unix.Errno
}

// mmsg is struct mmsghdr, which x/sys has no name for.
type mmsg struct {
	hdr unix.Msghdr
	n   uint32
}

// batches are those that nobody uses now. A sync.Pool would give them away
// with every collection.
var batches = make(chan *batch, 4)

func takeBatch() *batch {
	select {
	case b := <-batches:
		return b
	default:
	}
	b := &batch{}
	for i := range batchSize {
		b.ins[i].Base = &b.queries[i][0]
		b.ins[i].SetLen(maxUDP)
		b.in[i].hdr.Iov, b.out[i].hdr.Iov = &b.ins[i], &b.outs[i]
		b.in[i].hdr.SetIovlen(1)
		b.out[i].hdr.SetIovlen(1)
		b.in[i].hdr.Name = (*byte)(unsafe.Pointer(&b.froms[i]))
	}
	return b
}

func (b *batch) giveBack() {
	select {
	case batches <- b:
	default:
	}
}

// receive fetches what is there, at most a batch; false when nothing is.
func (b *batch) receive(fd uintptr) bool {
	for i := range b.in {
		b.in[i].hdr.Namelen = unix.SizeofSockaddrInet6
	}
	b.filled, b.sent = 0, 0
	for {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&b.in[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
		if errno == unix.EINTR {
			continue
		}
		b.got, b.err = int(n), errno
		if errno != 0 {
			b.got = 0
		}
		return errno != unix.EAGAIN
	}
}

// await waits in the kernel until packets come or there is room for them; false
// after a while.
func (b *batch) await(fd uintptr, what int16) bool {
	b.poll[0] = unix.PollFd{Fd: int32(fd), Events: what}
	n, err := unix.Poll(b.poll[:], int(lingering.Milliseconds()))
	return n > 0 || err == unix.EINTR
}

// packet is the i-th query with its sender.
func (b *batch) packet(i int) (client netip.Addr, query []byte) {
	from := &b.froms[i]
	switch from.Family {
	case unix.AF_INET:
		client = netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(from)).Addr)
	case unix.AF_INET6:
		client = netip.AddrFrom16(from.Addr).Unmap()
	}
	return client, b.queries[i][:b.in[i].n]
}

// sender is the address of the i-th query for the portable way of answering.
func (b *batch) sender(i int) net.Addr {
	client, _ := b.packet(i)
	from := &b.froms[i]
	port := (*[2]byte)(unsafe.Pointer(&from.Port)) // the same place in both kinds
	out := &net.UDPAddr{IP: client.AsSlice(), Port: int(port[0])<<8 | int(port[1])}
	if from.Family == unix.AF_INET6 && client.IsLinkLocalUnicast() {
		if i, err := net.InterfaceByIndex(int(from.Scope_id)); err == nil {
			out.Zone = i.Name
		}
	}
	return out
}

// reply lines up the answer to the i-th query.
func (b *batch) reply(i int, answer []byte) {
	if len(answer) == 0 {
		return
	}
	b.outs[b.filled].Base = &answer[0]
	b.outs[b.filled].SetLen(len(answer))
	b.out[b.filled].hdr.Name, b.out[b.filled].hdr.Namelen = b.in[i].hdr.Name, b.in[i].hdr.Namelen
	b.filled++
}

// send sends what is lined up. An answer that cannot be sent is left out, as
// one that is lost on its way.
func (b *batch) send(fd uintptr) {
	for b.sent < b.filled {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&b.out[b.sent])), uintptr(b.filled-b.sent), unix.MSG_DONTWAIT, 0, 0)
		switch {
		case errno == 0:
			b.sent += int(n)
		case errno == unix.EINTR:
		case errno == unix.EAGAIN && b.await(fd, unix.POLLOUT):
		default:
			b.sent++
		}
	}
}

// packets is a UDP socket whose queries are answered in batches.
type packets struct {
	*Server
	ctx      context.Context
	vpc      string
	conn     *net.UDPConn
	raw      syscall.RawConn
	forwards sync.WaitGroup
}

// serveBatches is servePackets with few system calls and no memory for an
// ordinary answer. It answers false at once when the socket cannot do that.
func (s *Server) serveBatches(ctx context.Context, vpc string, conn net.PacketConn) bool {
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return false
	}
	raw, err := udp.SyscallConn()
	if err != nil {
		return false
	}
	p := &packets{Server: s, ctx: ctx, vpc: vpc, conn: udp, raw: raw}
	defer p.forwards.Wait()
	p.read()
	return true
}

// read answers until the socket is closed. While queries keep coming it waits
// for the next one in the kernel, which wakes this thread and nothing else. A
// socket that stays quiet goes back to Go's poller and holds neither a thread
// nor a batch.
func (p *packets) read() {
	var b *batch
	busy := false
	receive := func(fd uintptr) bool {
		if b == nil {
			b = takeBatch()
		}
		for {
			if b.receive(fd) {
				return true
			}
			if !busy || !b.await(fd, unix.POLLIN) {
				break
			}
		}
		b.giveBack()
		b, busy = nil, false
		return false
	}
	for {
		err := p.raw.Read(receive)
		if err == nil && b.err != 0 {
			err = b.err
		}
		if err == nil {
			err = p.answer(b)
			busy = true
		}
		if err != nil && !p.readAgain(p.ctx, p.vpc, err) {
			break
		}
	}
	if b != nil {
		b.giveBack()
	}
}

// answer sends the answers to a batch. A full one is a sign that more queries
// wait than one thread answers: another one helps while that is so.
func (p *packets) answer(b *batch) error {
	if b.got == batchSize {
		select {
		case p.helpers <- struct{}{}:
			p.forwards.Go(p.help)
		default:
		}
	}
	p.answerBatch(b)
	if b.filled == 0 {
		return nil
	}
	return p.raw.Control(b.send)
}

// help answers beside read until that alone is enough again.
func (p *packets) help() {
	defer func() { <-p.helpers }()
	b := takeBatch()
	defer b.giveBack()
	more := true
	receive := func(fd uintptr) {
		more = b.receive(fd) && b.err == 0
	}
	for p.raw.Control(receive) == nil && more {
		p.answerBatch(b)
		if p.raw.Control(b.send) != nil {
			return
		}
	}
}

// answerBatch lines up an answer to every packet of a batch: what the views
// know now, the rest comes from goroutines.
func (p *packets) answerBatch(b *batch) {
	used := 0
	for i := range b.got {
		client, query := b.packet(i)
		if out, ok := p.quick(b.answers[used:used], p.vpc, client, query, true); ok {
			b.reply(i, out)
			used = min(used+len(out), len(b.answers))
			continue
		}
		reply, later := p.slow(p.vpc, client, query, true)
		if later == nil || !p.take() {
			b.reply(i, reply)
			continue
		}
		to := b.sender(i)
		p.forwards.Go(func() {
			defer p.give()
			_, _ = p.conn.WriteTo(later(p.ctx), to)
		})
	}
}
