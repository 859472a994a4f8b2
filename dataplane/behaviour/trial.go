package behaviour

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// trial is a row at work. Its methods stop the row when they fail, and may be
// called by the row's own goroutine only.
type trial struct {
	ctx   context.Context
	rig   *Rig
	setup Setup
	ends  []func()

	mu    sync.Mutex
	noted error // by what is done beside the row
}

// failure is what the methods panic with; Row.Run makes it an error again.
type failure struct{ error }

func (t *trial) failf(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }

func (t *trial) must(err error) {
	if err != nil {
		panic(failure{err})
	}
}

// note keeps an error that was met beside the row, and mustAll stops the row for
// it.
func (t *trial) note(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.noted = errors.Join(t.noted, err)
}

func (t *trial) mustAll() { t.must(t.noted) }

// needs stops the row where something is not offered.
func (t *trial) needs(what string, offered bool) {
	if !offered {
		t.failf("%w: %s", ErrNotOffered, what)
	}
}

// later is done when the row is over, the last one first.
func (t *trial) later(fn func()) { t.ends = append(t.ends, fn) }

func (t *trial) close() {
	for i := len(t.ends) - 1; i >= 0; i-- {
		t.ends[i]()
	}
}

// eventually waits for a condition.
func (t *trial) eventually(what string, cond func() bool) {
	if !until(t.ctx, cond) {
		t.failf("never happened: %s", what)
	}
}

// patience is how long a condition is waited for. It is long because machines
// are busy; what has to be quick is measured.
const patience = 10 * time.Second

func until(ctx context.Context, cond func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	// Less and less often: to look at the kernel's tables takes its time on a
	// machine with many connections.
	for pause := time.Millisecond; !cond(); pause = min(2*pause, 64*time.Millisecond) {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pause):
		}
	}
	return true
}

// passed waits until some time has gone by since a moment.
func (t *trial) passed(since time.Time, d time.Duration) {
	select {
	case <-t.ctx.Done():
		t.must(t.ctx.Err())
	case <-time.After(time.Until(since.Add(d))):
	}
}

// sleep waits, at most as long as the row may take.
func (t *trial) sleep(d time.Duration) {
	select {
	case <-t.ctx.Done():
	case <-time.After(d):
	}
}

// own closes a connection with the row and bounds all that is done with it.
func own[C net.Conn](t *trial, c C) C {
	limit, _ := t.ctx.Deadline()
	_ = c.SetDeadline(limit)
	t.later(func() { _ = c.Close() })
	return c
}

// in does something with sockets at an address.
func (t *trial) in(at netip.Addr, fn func() error) error {
	if t.rig.In == nil {
		return fn()
	}
	return t.rig.In(at, fn)
}

// dialTo opens a connection from the first client address.
func (t *trial) dialTo(to netip.AddrPort) (*net.TCPConn, error) {
	d := dialer("tcp", netip.AddrPortFrom(t.rig.Clients[0], 0))
	var c net.Conn
	err := t.in(t.rig.Clients[0], func() (err error) {
		c, err = d.DialContext(t.ctx, "tcp4", to.String())
		return err
	})
	if err != nil {
		return nil, err
	}
	return own(t, c.(*net.TCPConn)), nil
}

func (t *trial) dial() *net.TCPConn {
	c, err := t.dialTo(t.rig.Front)
	t.must(err)
	return c
}

// pair is a connection through the forwarder, seen from both sides. A byte has
// gone each way, so that it is known to be joined.
func (t *trial) pair() (client, server *net.TCPConn) {
	conns := t.handover(0)
	return t.join(conns)
}

// join opens one more connection to a place that hands its own over.
func (t *trial) join(conns <-chan *net.TCPConn) (client, server *net.TCPConn) {
	client = t.dial()
	server = t.accepted(conns)
	t.pass(client, server)
	t.pass(server, client)
	return client, server
}

// accepted is the next connection that a place hands over.
func (t *trial) accepted(conns <-chan *net.TCPConn) *net.TCPConn {
	select {
	case c := <-conns:
		return own(t, c)
	case <-time.After(patience):
	case <-t.ctx.Done():
	}
	t.failf("the backend was not connected")
	return nil
}

// pass sends a byte through.
func (t *trial) pass(from, to net.Conn) {
	t.write(from, "!")
	b := make([]byte, 1)
	if _, err := io.ReadFull(to, b); err != nil || b[0] != '!' {
		t.failf("a byte arrived as %q, %w", b, orEnd(err))
	}
}

// works says whether a connection still echoes.
func works(c net.Conn) error {
	if _, err := io.WriteString(c, "ping"); err != nil {
		return err
	}
	b := make([]byte, 4)
	if _, err := io.ReadFull(c, b); err != nil {
		return err
	}
	if string(b) != "ping" {
		return fmt.Errorf("%q came back", b)
	}
	return nil
}

func (t *trial) write(c net.Conn, s string) {
	_, err := io.WriteString(c, s)
	t.must(err)
}

// readAll reads to the end in order.
func (t *trial) readAll(c net.Conn, want string) {
	b, err := io.ReadAll(c)
	if err != nil {
		t.failf("%q and then %w, want %q and the end in order", b, err, want)
	}
	if string(b) != want {
		t.failf("%q arrived, want %q", b, want)
	}
}

// reset ends a connection the hard way.
func (t *trial) reset(c *net.TCPConn) {
	t.must(c.SetLinger(0))
	t.must(c.Close())
}

// wantReset reads until a reset.
func (t *trial) wantReset(who string, c net.Conn) {
	n, err := io.Copy(io.Discard, c)
	if !isReset(err) {
		t.failf("%s reads %d bytes and then sees %w, want a reset", who, n, orEnd(err))
	}
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// orEnd gives the end in order a name.
func orEnd(err error) error {
	if err == nil {
		return errors.New("the end in order")
	}
	return err
}

// wantResetOnWrite writes until the other side's end is known.
func (t *trial) wantResetOnWrite(who string, c net.Conn) {
	t.eventually(who+" sees the reset", func() bool {
		_, err := c.Write([]byte("x"))
		return isReset(err)
	})
}

// gone waits until the forwarder holds no connection of the rig any more.
func (t *trial) gone() {
	var held []string
	if !until(t.ctx, func() bool {
		held = nil
		for _, at := range []netip.Addr{t.rig.Front.Addr(), t.rig.Backends[0].Addr()} {
			t.must(t.in(at, func() error {
				more, err := heldSockets(t.rig)
				held = append(held, more...)
				return err
			}))
			if t.rig.In == nil {
				break // it is one table
			}
		}
		return len(held) == 0
	}) {
		t.failf("%d sockets are left: %q", len(held), held)
	}
}
