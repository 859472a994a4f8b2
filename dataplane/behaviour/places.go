package behaviour

import (
	"errors"
	"io"
	"net"
	"syscall"
	"time"
)

// connectTimeout is that of the rows with a silent place; loose is what a busy
// machine may add to any time: a packet for which a queue had no room is sent
// again after a second, and again after two more.
const (
	connectTimeout = 400 * time.Millisecond
	loose          = 3500 * time.Millisecond
)

// places are about backends that are not there, or not as they should be.
var places = []Row{
	{
		Name:  "dead backend costs nobody a connection",
		Why:   "a place that refuses is passed over at once",
		Setup: Setup{Places: 2, Connect: 5 * time.Second},
		do: func(t *trial) {
			t.serve(1, say("1"))
			began := time.Now()
			for range 10 {
				t.readAll(t.dial(), "1")
			}
			if took := time.Since(began); took > loose {
				t.failf("10 connections took %v", took)
			}
		},
	},
	{
		Name:  "silent backend costs one connect timeout",
		Why:   "a host that swallows packets is tried no longer than that",
		Setup: Setup{Places: 2, Connect: connectTimeout},
		do: func(t *trial) {
			t.silence(0)
			t.serve(1, say("1"))
			slow := time.Duration(0)
			for range 6 {
				began := time.Now()
				t.readAll(t.dial(), "1")
				slow = max(slow, time.Since(began))
			}
			if slow < connectTimeout*9/10 || slow > connectTimeout+loose {
				t.failf("the slowest connection took %v with a connect timeout of %v", slow, connectTimeout)
			}
		},
	},
	{
		Name:  "all backends dead",
		Why:   "a clear refusal, soon, and not an end that looks complete",
		Setup: Setup{Places: 2, Connect: 5 * time.Second},
		do: func(t *trial) {
			began := time.Now()
			t.wantRefusal()
			if took := time.Since(began); took > loose {
				t.failf("the refusal took %v", took)
			}
			t.gone()
		},
	},
	{
		Name:  "all backends silent",
		Why:   "a clear refusal after the connect timeout of each",
		Setup: Setup{Places: 2, Connect: connectTimeout},
		do: func(t *trial) {
			t.silence(0)
			t.silence(1)
			began := time.Now()
			t.wantRefusal()
			if took := time.Since(began); took > 2*connectTimeout+loose {
				t.failf("the refusal took %v with a connect timeout of %v", took, connectTimeout)
			}
		},
	},
	{
		Name:  "backend that comes back",
		Why:   "a place that was dead a moment ago is used again",
		Setup: Setup{Connect: 5 * time.Second},
		do: func(t *trial) {
			for range 3 {
				s := t.serve(0, say("here"))
				t.eventually("the backend is used again", func() bool {
					c := t.dial()
					b, err := io.ReadAll(c)
					_ = c.Close()
					return err == nil && string(b) == "here"
				})
				s.stop()
				t.wantRefusal()
			}
		},
	},
	{
		Name: "backend that never answers, client that leaves",
		Why:  "a backend that only listens keeps nothing alive",
		do: func(t *trial) {
			conns := t.handover(0)
			inOrder, hard := t.dial(), t.dial()
			first, second := t.accepted(conns), t.accepted(conns)
			for _, c := range []*net.TCPConn{inOrder, hard} {
				t.write(c, "anybody?")
			}
			t.must(waitReadable(first))
			t.must(waitReadable(second))
			t.must(inOrder.Close())
			t.reset(hard)
			// One of them sees the end in order and leaves in turn, the other
			// one is reset.
			ends := make(chan error, 2)
			for _, c := range []*net.TCPConn{first, second} {
				go func() {
					_, err := io.Copy(io.Discard, c)
					_ = c.Close()
					ends <- err
				}()
			}
			a, b := <-ends, <-ends
			if isReset(a) == isReset(b) || a != nil && b != nil {
				t.failf("the backend saw %w and %w, want the end in order and a reset", orEnd(a), orEnd(b))
			}
			t.gone()
		},
	},
	{
		Name:  "backend that holds on to what its client left",
		Why:   "half a connection is idle like a whole one",
		Setup: Setup{Idle: time.Second},
		do: func(t *trial) {
			client, server := t.pair()
			t.must(client.Close())
			t.readAll(server, "")
			t.gone()
		},
	},
	{
		Name: "backend that resets each connection",
		Why:  "its resets reach its clients, and nobody else",
		do: func(t *trial) {
			conns := t.handover(0)
			client, server := t.join(conns)
			for range 50 {
				c := t.dial()
				t.write(c, "x")
				s := t.accepted(conns)
				t.must(waitReadable(s))
				t.reset(s)
				t.wantReset("the client", c)
			}
			t.through(client, server, 1, 100_000)
			t.through(server, client, 2, 100_000)
		},
	},
	{
		Name: "backend that vanishes under a busy connection",
		Why:  "a process that is gone is seen at once, with bytes both ways under way",
		do: func(t *trial) {
			client, server := t.pair()
			sent := make(chan error, 1)
			go func() { sent <- send(client, 2, 1<<40, 70001) }()
			go func() { _ = send(server, 1, 1<<40, 70001) }()
			t.must(follow(client, 1, 4<<20))
			t.must(waitReadable(server)) // what it did not read makes its end a reset
			t.must(server.Close())
			// The kernel tells of a reset once, to whoever asks first.
			_, read := io.Copy(io.Discard, client)
			if write := <-sent; !isReset(read) && !isReset(write) {
				t.failf("the client sees %w and %w, want a reset", orEnd(read), write)
			}
			t.gone()
		},
	},
}

// wantRefusal dials and must be told that there is nobody.
func (t *trial) wantRefusal() {
	c, err := t.dialTo(t.rig.Front)
	if err == nil {
		var n int64
		n, err = io.Copy(io.Discard, c)
		if n > 0 {
			t.failf("%d bytes of nobody", n)
		}
	}
	if !isReset(err) && !errors.Is(err, syscall.ECONNREFUSED) {
		t.failf("the client sees %w, want a refusal", orEnd(err))
	}
}
