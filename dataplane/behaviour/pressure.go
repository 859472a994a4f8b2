package behaviour

import (
	"errors"
	"net"
	"os"
	"slices"
	"time"
)

// pressure is what holds a writer back whose reader does not read.
var pressure = slices.Concat(
	mirrored("stalled backend stops the client", "stalled client stops the backend",
		"memory is bounded, and all that was taken arrives",
		func(t *trial, a, b side) {
			n := t.fill(a.conn, 3)
			t.must(a.conn.CloseWrite())
			t.must(expect(b.conn, 3, n))
			t.must(b.conn.CloseWrite())
			t.readAll(a.conn, "")
			t.gone()
		}),
	mirrored("close by the client with much under way", "close by the backend with much under way",
		"what was taken arrives although its sender is gone",
		func(t *trial, a, b side) {
			n := t.fill(a.conn, 3)
			t.must(a.conn.Close())
			t.must(expect(b.conn, 3, n))
			t.must(b.conn.Close())
			t.gone()
		}),
	mirrored("stalled and resumed by turns, to the backend", "stalled and resumed by turns, to the client",
		"a reader that catches up gets going again, with every byte",
		func(t *trial, a, b side) {
			for i := range byte(2) {
				n := t.fill(a.conn, i)
				t.must(follow(b.conn, i, n))
			}
			// The other direction was never disturbed.
			t.through(b.conn, a.conn, 9, 100_000)
			t.must(a.conn.CloseWrite())
			t.must(expect(b.conn, 0, 0))
		}),
	mirrored("answers pass a stalled backend", "questions pass a stalled client",
		"one direction that stands still does not stop the other",
		func(t *trial, a, b side) {
			n := t.fill(a.conn, 3)
			t.through(b.conn, a.conn, 4, 1<<20)
			t.must(b.conn.CloseWrite())
			t.readAll(a.conn, "")
			t.must(a.conn.CloseWrite())
			t.must(expect(b.conn, 3, n))
			t.gone()
		}),
	[]Row{{
		Name: "stalled connections hold up no other one",
		Why:  "who does not read harms himself only",
		do: func(t *trial) {
			conns := t.handover(0)
			alone := t.talk(t.join(conns))
			stalled, lazy := t.join(conns)
			t.fill(stalled, 1)
			t.fill(lazy, 2)
			client, server := t.join(conns)
			took := t.talk(client, server)
			// Who is held up is so each time, and a busy machine is not always busy.
			for n := 0; n < 3 && took > 10*alone+2*time.Second; n++ {
				took = t.talk(client, server)
			}
			t.reset(stalled)
			// The machine may have become busy meanwhile.
			after := t.talk(client, server)
			if took > 10*max(alone, after)+2*time.Second {
				t.failf("questions and answers took %v, %v before and %v afterwards", took, alone, after)
			}
		},
	}},
)

// A writer is stopped when a write has waited for stall, and has to be before
// it has written tooMuch.
const (
	stall   = 250 * time.Millisecond
	tooMuch = 64 << 20
)

// fill writes a stream until the other side's silence stops the writer, and
// says how much went in.
func (t *trial) fill(c *net.TCPConn, seed byte) (n int64) {
	t.must(c.SetWriteBuffer(64 << 10))
	from, block := stream(seed), make([]byte, 64<<10)
	for {
		_, _ = from.Read(block)
		t.must(c.SetWriteDeadline(time.Now().Add(stall)))
		m, err := c.Write(block)
		n += int64(m)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			limit, _ := t.ctx.Deadline()
			t.must(c.SetWriteDeadline(limit))
			return n
		case err != nil:
			t.failf("write after %d bytes: %w", n, err)
		case n > tooMuch:
			t.failf("%d bytes were taken and nobody read one", n)
		}
	}
}

// talk says how long questions and their answers take.
func (t *trial) talk(client, server *net.TCPConn) time.Duration {
	began := time.Now()
	for i := range byte(100) {
		t.through(client, server, i, 1000)
		t.through(server, client, i, 1000)
	}
	return time.Since(began)
}

// waitReadable waits until a connection has something to read, and leaves it
// there.
func waitReadable(c *net.TCPConn) error {
	raw, err := c.SyscallConn()
	if err == nil {
		err = raw.Read(pending)
	}
	return err
}
