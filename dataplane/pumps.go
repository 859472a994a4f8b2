package dataplane

import (
	"cmp"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// pumped is a flow that two goroutines carry.
type pumped struct {
	link
	client, server *net.TCPConn
	sides          sides
	// Set while a write may be waiting for the other side: the time in which
	// nobody reads, and so nobody would see a reset.
	toServer, toClient atomic.Bool
}

func (f *pumped) cut() {
	sever(f.client)
	sever(f.server)
}

func (f *pumped) stuck() string {
	if f.toServer.Load() && hasError(f.client) {
		return EndClientReset
	}
	if f.toClient.Load() && hasError(f.server) {
		return EndBackendReset
	}
	return ""
}

// sever resets a connection without waiting for whoever is using it, and
// leaves closing it to them: Close waits until the last user has let go, and
// cutting a thousand flows must not take a thousand such waits.
func sever(conn *net.TCPConn) {
	if !disconnect(conn) {
		_ = conn.SetLinger(0)
	}
	_ = conn.SetDeadline(longAgo)
}

var longAgo = time.Unix(1, 0)

// addrOf is a connection's own address.
func addrOf(conn net.Conn) netip.AddrPort {
	a, _ := netip.ParseAddrPort(conn.LocalAddr().String())
	return a
}

// carry moves bytes and half-closes both ways, turns a reset of one side into a
// reset of the other, and returns when the link is settled and both sockets are
// closed.
func (f *pumped) carry() {
	var back sync.WaitGroup
	back.Go(func() {
		pump{
			flow: f, way: 1, from: f.server, to: f.client, bytes: &f.out, total: &f.front.count.out, writing: &f.toClient,
			closed: EndBackend, fromReset: EndBackendReset, toReset: EndClientReset,
		}.run()
	})
	pump{
		flow: f, from: f.client, to: f.server, bytes: &f.in, total: &f.front.count.in, writing: &f.toServer,
		closed: EndClient, fromReset: EndClientReset, toReset: EndBackendReset,
	}.run()
	back.Wait()
	_ = f.client.Close()
	_ = f.server.Close()
}

// sides counts the sides of a link that sent their last byte.
type sides struct {
	mu    sync.Mutex
	first string
	ended int
	told  [2]bool // that the other one did: the client, the backend
}

// add counts the end of one side, and lets the link be closed with the second
// one: all bytes are in the kernel's hands by then, which delivers them after
// close.
func (f *pumped) add() (last bool) {
	e := &f.sides
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended++; e.ended < 2 {
		return false
	}
	if f.settle(e.first) {
		_ = f.client.SetReadDeadline(longAgo)
		_ = f.server.SetReadDeadline(longAgo)
	}
	return true
}

// pump moves one direction.
type pump struct {
	flow         *pumped
	way          int // of the flow's rate, and the side of from
	from, to     *net.TCPConn
	bytes, total *atomic.Uint64 // of the flow and of its front
	writing      *atomic.Bool
	// How the link ended if from closes, from resets, to resets.
	closed, fromReset, toReset string
}

func (p pump) run() {
	in := newReader(p.from)
	var place turn
	var rate *bucket
	defer func() {
		if rate != nil {
			rate.back(&place, 0)
		}
	}()
	for {
		data, err := in.next()
		if len(data) > 0 {
			p.writing.Store(true)
			if s := p.flow.route.shaper(); s != nil {
				rate = &s.way[p.way]
				p.flow.pace(rate, &place, len(data))
			}
			n, werr := p.to.Write(data)
			p.writing.Store(false)
			p.bytes.Add(uint64(n))
			p.total.Add(uint64(n))
			in.done()
			if werr != nil {
				p.flow.abort(p.toReset)
				return
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			p.halfClose()
			return
		default:
			p.flow.abort(p.fromReset)
			return
		}
	}
}

// bufferSize is how much a pump reads at once.
const bufferSize = 64 << 10

// pace waits until so many bytes may go, or the flow is over. If they are few,
// that was probably all there is for now.
func (f *pumped) pace(b *bucket, place *turn, n int) {
	const look = 5 * time.Millisecond
	little := n < manyPart
	for n > 0 && f.end.Load() == 0 {
		may := b.draw(place, n, 1)
		if n -= may; may == 0 {
			time.Sleep(look)
		}
	}
	if little {
		b.back(place, 0)
	}
}

// halfClose passes an end on. While the other direction lives on, somebody has
// to notice if the side that ended resets after all: nobody reads it any more.
func (p pump) halfClose() {
	if end := p.passEnd(); end != "" {
		p.flow.abort(end)
		return
	}
	if p.flow.add() {
		return
	}
	if waitForError(p.from) {
		p.flow.abort(p.fromReset)
	}
}

// passEnd tells the other side of an end, or says how the flow ends instead. The
// kernel tells of a reset once: if that was the other direction, which writes to
// this side, the read finds an end. A true one leaves a connection that we have
// not ended ourselves half open.
func (p pump) passEnd() string {
	e := &p.flow.sides
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.told[p.way] && hungUp(p.from) {
		return p.fromReset
	}
	e.told[1-p.way] = true
	// Before the other side can see it, and end in turn.
	e.first = cmp.Or(e.first, p.closed)
	if err := p.to.CloseWrite(); err != nil {
		return p.toReset
	}
	return ""
}
