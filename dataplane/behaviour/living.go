package behaviour

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// idle is the idle timeout of the rows that are about it, tick is how often
// one who is not idle does something.
const (
	idle  = time.Second
	tick  = 100 * time.Millisecond
	drain = 700 * time.Millisecond
)

// living are about time and changes: what ends and what does not.
var living = []Row{
	{
		Name:  "idle connection ends",
		Why:   "what nobody uses is given back, on both sides",
		Setup: Setup{Idle: idle},
		do: func(t *trial) {
			client, server := t.pair()
			began := time.Now()
			for _, c := range []*net.TCPConn{client, server} {
				if _, err := io.Copy(io.Discard, c); err != nil && !isReset(err) {
					t.must(err)
				}
			}
			if took := time.Since(began); took < idle*9/10 || took > 2*idle+loose {
				t.failf("it ended after %v", took)
			}
			t.gone()
		},
	},
	{
		Name:  "idle connection ends by a reset",
		Why:   "what was cut does not look complete",
		Setup: Setup{Idle: idle},
		do: func(t *trial) {
			client, server := t.pair()
			t.wantReset("the client", client)
			t.wantReset("the backend", server)
		},
	},
	trickle("busy connection is not idle", "questions and answers keep a connection alive",
		func(client, server *net.TCPConn) error {
			return firstOf(nextByte(client, server), nextByte(server, client))
		}),
	trickle("trickle to the backend is not idle", "a byte now and then is enough",
		func(client, server *net.TCPConn) error { return nextByte(client, server) }),
	trickle("trickle to the client is not idle", "a byte now and then is enough",
		func(client, server *net.TCPConn) error { return nextByte(server, client) }),
	{
		Name:  "trickle after a half-close is not idle",
		Why:   "a slow answer arrives whole",
		Setup: Setup{Idle: idle},
		do: func(t *trial) {
			client, server := t.pair()
			t.must(client.CloseWrite())
			t.readAll(server, "")
			t.trickled(func() error { return nextByte(server, client) })
		},
	},
	{
		Name: "live connections survive a change",
		Why:  "a change that does not concern them does not touch them",
		do: func(t *trial) {
			t.needs("changes", t.rig.Unrelated != nil)
			t.serve(0, echo)
			var group sync.WaitGroup
			defer group.Wait()
			done, errs := make(chan struct{}), make(chan error, 8)
			defer close(done)
			for i := range byte(cap(errs)) {
				c := t.dial()
				t.must(works(c))
				group.Go(func() { errs <- keepsWorking(c, i, done) })
			}
			for round := range 6 {
				t.must(t.rig.Unrelated(round))
				c := t.dial()
				t.must(works(c))
				t.must(c.Close())
			}
			select {
			case err := <-errs:
				t.failf("a connection ended: %w", err)
			default:
			}
		},
	},
	{
		Name: "shut door refuses, and opens again",
		Why:  "a refusal is one at once, and live connections go on",
		do: func(t *trial) {
			t.needs("a door", t.rig.Shut != nil && t.rig.Open != nil)
			t.serve(0, echo)
			live := t.dial()
			for range 3 {
				t.must(works(live))
				t.must(t.rig.Shut())
				if c, err := t.dialTo(t.rig.Front); !errors.Is(err, syscall.ECONNREFUSED) {
					if err == nil {
						_ = c.Close()
					}
					t.failf("dial of a shut door: %w, want a refusal", orEnd(err))
				}
				t.must(works(live))
				t.must(t.rig.Open())
				t.must(works(t.dial()))
			}
		},
	},
	{
		Name:  "removal drains, then cuts",
		Why:   "a live connection has its time, and then ends by a reset",
		Setup: Setup{Drain: drain},
		do: func(t *trial) {
			t.needs("removal", t.rig.Remove != nil)
			t.serve(0, echo)
			stays, leaves := t.dial(), t.dial()
			t.must(works(stays))
			t.must(works(leaves))
			began := time.Now()
			t.must(t.rig.Remove())
			t.must(works(stays))
			t.must(echoed(leaves, 1, 1000))
			t.eventually("new clients are refused", func() bool {
				c, err := t.dialTo(t.rig.Front)
				if err == nil {
					_ = c.Close()
				}
				return errors.Is(err, syscall.ECONNREFUSED)
			})
			t.wantReset("the client", stays)
			if took := time.Since(began); took < drain*9/10 || took > drain+loose {
				t.failf("cut after %v of %v", took, drain)
			}
			t.gone()
		},
	},
}

// trickle is a row in which something happens every tick for longer than the
// idle timeout.
func trickle(name, why string, once func(client, server *net.TCPConn) error) Row {
	return Row{Name: name, Why: why, Setup: Setup{Idle: idle}, do: func(t *trial) {
		client, server := t.pair()
		t.trickled(func() error { return once(client, server) })
	}}
}

func (t *trial) trickled(once func() error) {
	for began := time.Now(); time.Since(began) < 7*idle/4; {
		if err := once(); err != nil {
			t.failf("after %v: %w", time.Since(began), err)
		}
		t.passed(time.Now(), tick)
	}
}

// nextByte sends a byte through.
func nextByte(from, to net.Conn) error {
	if _, err := from.Write([]byte{'.'}); err != nil {
		return err
	}
	_, err := io.ReadFull(to, make([]byte, 1))
	return err
}

// keepsWorking echoes streams until it is done.
func keepsWorking(c *net.TCPConn, seed byte, done <-chan struct{}) error {
	for {
		select {
		case <-done:
			return nil
		default:
		}
		sent := make(chan error, 1)
		go func() { sent <- send(c, seed, 50_000, 20_000) }()
		err := follow(c, seed, 50_000)
		if err != nil {
			_ = c.Close()
		}
		if err := firstOf(err, <-sent); err != nil {
			return fmt.Errorf("connection %d: %w", seed, err)
		}
	}
}
