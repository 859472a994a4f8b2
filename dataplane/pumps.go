package dataplane

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// pumps is the portable engine: a goroutine per direction, a buffer only
// while there is something in it.
type pumps struct{}

func (pumps) Cut(l *link) {
	sever(l.client.(*net.TCPConn))
	sever(l.server.(*net.TCPConn))
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

func (pumps) Carry(l *link) {
	client, server := l.client.(*net.TCPConn), l.server.(*net.TCPConn)
	eof := &ends{link: l}
	var back sync.WaitGroup
	back.Go(func() {
		pump{
			link: l, from: server, to: client, dir: &l.out, total: &l.front.count.out, ends: eof,
			closed: EndBackend, fromReset: EndBackendReset, toReset: EndClientReset,
		}.run()
	})
	pump{
		link: l, from: client, to: server, dir: &l.in, total: &l.front.count.in, ends: eof,
		closed: EndClient, fromReset: EndClientReset, toReset: EndBackendReset,
	}.run()
	back.Wait()
	_ = client.Close()
	_ = server.Close()
}

// ends counts the sides of a link that sent their last byte.
type ends struct {
	link  *link
	mu    sync.Mutex
	first string
	sides int
}

// note remembers which side ended first. It is called before the other side can
// see that, and end in turn.
func (e *ends) note(end string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.first == "" {
		e.first = end
	}
}

// add counts the end of one side, and lets the link be closed with the second
// one: all bytes are in the kernel's hands by then, which delivers them after
// close.
func (e *ends) add() (last bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sides++; e.sides < 2 {
		return false
	}
	e.link.settle(e.first, func() {
		_ = e.link.client.SetReadDeadline(longAgo)
		_ = e.link.server.SetReadDeadline(longAgo)
	})
	return true
}

// pump moves one direction.
type pump struct {
	link     *link
	from, to *net.TCPConn
	dir      *direction
	total    *atomic.Uint64
	ends     *ends
	// How the link ended if from closes, from resets, to resets.
	closed, fromReset, toReset string
}

func (p pump) run() {
	in := newReader(p.from)
	for {
		data, err := in.next()
		if len(data) > 0 {
			p.dir.moves.Add(1)
			p.dir.writing.Store(true)
			n, werr := p.to.Write(data)
			p.dir.writing.Store(false)
			p.dir.add(p.total, n)
			in.done()
			if werr != nil {
				p.link.abort(p.toReset)
				return
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			p.halfClose()
			return
		default:
			p.link.abort(p.fromReset)
			return
		}
	}
}

// halfClose passes an end on. While the other direction lives on, somebody has
// to notice if the side that ended resets after all: nobody reads it any more.
func (p pump) halfClose() {
	p.ends.note(p.closed)
	if err := p.to.CloseWrite(); err != nil {
		p.link.abort(p.toReset)
		return
	}
	if p.ends.add() {
		return
	}
	if waitForError(p.from) {
		p.link.abort(p.fromReset)
	}
}
