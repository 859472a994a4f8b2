package dataplane_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
)

// quiet is an endpoint with a backend of its own, beside whatever happens to the
// first one, and a client that compares what comes back.
type quiet struct {
	rounds atomic.Int64
	worst  atomic.Int64 // nanoseconds
	stop   chan struct{}
	ended  chan error
}

func besides(l *lab) *quiet {
	l.t.Helper()
	other := netip.MustParseAddr("10.10.2.6")
	good := l.verdict
	at := netip.AddrPortFrom(netip.MustParseAddr("192.168.24.9"), l.port)
	good.Listener, good.Endpoint = "lsn-2", "ep-2"
	good.Backends = []reach.Backend{{ID: "ecs-9", Name: "ecs-9", VPC: "vpc-2", Addr: at, Weight: 100}}
	l.mu.Lock()
	l.special = map[netip.Addr]reach.Verdict{other: good}
	l.mu.Unlock()
	serve(l, at, echo)
	c := l.mustDial(l.apply("eni-2", other, dataplane.Port{Protocol: reach.TCP, Port: l.port, Open: true}))
	q := &quiet{stop: make(chan struct{}), ended: make(chan error, 1)}
	go func() { q.ended <- q.talk(c) }()
	return q
}

func (q *quiet) talk(c *net.TCPConn) error {
	from, buf, got := rand.NewChaCha8([32]byte{}), make([]byte, 8000), make([]byte, 8000)
	for n := 1; ; n = n*7%7993 + 1 {
		select {
		case <-q.stop:
			return nil
		default:
		}
		_, _ = from.Read(buf[:n])
		began := time.Now()
		_ = c.SetDeadline(began.Add(20 * time.Second))
		if _, err := c.Write(buf[:n]); err != nil {
			return err
		}
		if _, err := io.ReadFull(c, got[:n]); err != nil {
			return err
		}
		if !bytes.Equal(buf[:n], got[:n]) {
			return errors.New("other bytes came back")
		}
		q.worst.Store(max(q.worst.Load(), int64(time.Since(began))))
		q.rounds.Add(1)
	}
}

// serve accepts at a place until the test or the result of it ends that, and
// all connections with it.
func serve(l *lab, at netip.AddrPort, fn func(*net.TCPConn)) (vanish func()) {
	l.t.Helper()
	ln, err := l.net.Listen("vpc-2", at)
	l.must(err)
	var group sync.WaitGroup
	var mu sync.Mutex
	var open []*net.TCPConn
	group.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn.(*net.TCPConn))
			mu.Unlock()
			group.Go(func() { fn(conn.(*net.TCPConn)) })
		}
	})
	vanish = sync.OnceFunc(func() {
		_ = ln.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		group.Wait()
	})
	l.t.Cleanup(vanish)
	return vanish
}

// crowd opens connections at the same time; those that cannot be are missing.
func (l *lab) crowd(to netip.AddrPort, n int) []*net.TCPConn {
	conns := make([]*net.TCPConn, n)
	var next atomic.Int64
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				conns[i], _ = l.dial(to)
			}
		})
	}
	group.Wait()
	var all []*net.TCPConn
	for _, c := range conns {
		if c != nil {
			all = append(all, c)
		}
	}
	return all
}

// blocks writes a known stream until that fails.
func blocks(c *net.TCPConn) error {
	block := make([]byte, 32<<10)
	for i := range block {
		block[i] = byte(i % 251)
	}
	for {
		if _, err := c.Write(block); err != nil {
			return err
		}
	}
}

// sip reads a little of such a stream now and then, and answers how it ended.
func sip(c *net.TCPConn, stop <-chan struct{}) error {
	buf := make([]byte, 1024)
	for at := 0; ; {
		select {
		case <-stop:
			return nil
		case <-time.After(5 * time.Millisecond):
		}
		n, err := c.Read(buf)
		for _, b := range buf[:n] {
			if b != byte(at%(32<<10)%251) {
				return fmt.Errorf("byte %d is another than was sent", at)
			}
			at++
		}
		if err != nil {
			return err
		}
	}
}

// Clients that never send or do not read, backends that never answer, reset,
// vanish or are silent: each harms its own connections only. Memory is bounded,
// another endpoint's bytes go on, and afterwards everything is where it was.
func TestHostileCrowds(t *testing.T) {
	const place, silentOnes = "192.168.24.2", "silent backends"
	for _, c := range []struct {
		name string
		run  func(l *lab, to, at netip.AddrPort) (most int64) // bytes it may take
	}{
		{"clients that never send, backends that never answer", func(l *lab, to, at netip.AddrPort) int64 {
			vanish := serve(l, at, func(*net.TCPConn) {})
			conns := l.crowd(to, 1000)
			l.eventually("all are carried", func() bool { return l.plane.Counters("eni-1").Active == len(conns) })
			for i, c := range conns {
				if i%2 == 0 {
					_ = c.SetLinger(0)
				}
				_ = c.Close()
			}
			vanish()
			return 0
		}},
		{"clients that leave at once", func(l *lab, to, at netip.AddrPort) int64 {
			vanish := serve(l, at, echo)
			for range 10 {
				for _, c := range l.crowd(to, 200) {
					_ = c.SetLinger(0)
					_ = c.Close()
				}
			}
			l.eventually("none is left", func() bool { return l.plane.Drained("eni-1") })
			vanish()
			return 0
		}},
		{"slow readers", func(l *lab, to, at netip.AddrPort) int64 {
			vanish := serve(l, at, func(c *net.TCPConn) { _ = blocks(c) })
			conns, stop, ends := l.crowd(to, 50), make(chan struct{}), make(chan error, 50)
			for _, c := range conns {
				go func() { ends <- sip(c, stop) }()
			}
			l.eventually("much is under way", func() bool { return l.plane.Counters("eni-1").Out > 50<<20 })
			held := measure(l)
			close(stop)
			for range conns {
				if err := <-ends; err != nil {
					l.t.Error(err)
				}
			}
			for _, c := range conns {
				_ = c.Close()
			}
			vanish()
			return held.memory
		}},
		{"backends that reset", func(l *lab, to, at netip.AddrPort) int64 {
			vanish := serve(l, at, func(c *net.TCPConn) {
				_ = c.SetLinger(0)
				_ = c.Close()
			})
			for range 5 {
				for _, c := range l.crowd(to, 200) {
					l.wantReset(c)
					_ = c.Close()
				}
			}
			vanish()
			return 0
		}},
		{"backends that vanish", func(l *lab, to, at netip.AddrPort) int64 {
			for range 3 {
				// Their last bytes are lost with them: what is under way may be
				// tens of megabytes for each.
				gone := make(chan struct{})
				vanish := serve(l, at, func(c *net.TCPConn) {
					go func() { _ = blocks(c) }()
					<-gone
					_ = c.SetLinger(0)
					_ = c.Close()
				})
				conns := l.crowd(to, 50)
				for _, c := range conns {
					if _, err := io.ReadFull(c, make([]byte, 10_000)); err != nil {
						l.t.Error(err)
					}
				}
				close(gone)
				for _, c := range conns {
					l.wantReset(c)
					_ = c.Close()
				}
				vanish()
			}
			return 0
		}},
		{silentOnes, func(l *lab, to, at netip.AddrPort) int64 {
			undo := silent(l, at)
			for _, c := range l.crowd(to, 500) {
				l.wantReset(c)
				_ = c.Close()
			}
			undo()
			return 0
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, func(o *dataplane.Options) {
				o.Attempt = func(dataplane.Attempt) {}
				if c.name == silentOnes {
					o.ConnectTimeout = 300 * time.Millisecond
				}
			})
			l.backend("ecs-2", 2, 100, nil)
			to, at := l.front("eni-1", true), netip.AddrPortFrom(netip.MustParseAddr(place), l.port)
			q := besides(l)
			l.eventually("the other endpoint works", func() bool { return q.rounds.Load() > 10 })
			before := measure(l)
			q.worst.Store(0)
			peak := c.run(l, to, at)
			l.eventually("nothing is left", func() bool { return l.plane.Drained("eni-1") })
			worst := time.Duration(q.worst.Load())
			t.Logf("meanwhile %d rounds of another endpoint, %v at worst; %d bytes held at most", q.rounds.Load(), worst, max(0, peak-before.memory))
			if worst > 2*time.Second {
				t.Errorf("another endpoint stood still for %v", worst)
			}
			// 64 kB for each of them and each way, and what the test's own ends take.
			if peak > before.memory+50*2*(64<<10)+(8<<20) {
				t.Errorf("%d bytes are held", peak-before.memory)
			}
			l.back(before, 2000)
			close(q.stop)
			if err := <-q.ended; err != nil {
				t.Errorf("another endpoint: %v", err)
			}
		})
	}
}

// A backend that resets while bytes go both ways, or while its client does not
// read: whoever notices first, the client never takes it for an orderly end of
// what it read, for then the rest would be missing and nobody would know.
func TestResetIsNeverAnEnd(t *testing.T) {
	// Threads that the system takes away at any moment, for what is between two
	// calls takes a microsecond.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(16))
	l := newLab(t, func(o *dataplane.Options) { o.Attempt = func(dataplane.Attempt) {} })
	l.backend("ecs-2", 2, 100, nil)
	to, at := l.front("eni-1", true), netip.AddrPortFrom(netip.MustParseAddr("192.168.24.2"), l.port)
	for round := range 8 {
		gone := make(chan struct{})
		vanish := serve(l, at, func(c *net.TCPConn) {
			go func() { _ = blocks(c) }()
			go func() { _, _ = io.Copy(io.Discard, c) }()
			<-gone
			_ = c.SetLinger(0)
			_ = c.Close()
		})
		conns := l.crowd(to, 40)
		told := make(chan error, 2*len(conns))
		for i, c := range conns {
			if i%2 == 0 {
				go func() { told <- blocks(c) }()
			}
			_, err := io.ReadFull(c, make([]byte, 10_000))
			l.must(err)
		}
		close(gone)
		for i, c := range conns {
			go func() {
				// Some read at once; the others not before the reset has come.
				if round%2 == 1 {
					time.Sleep(time.Duration(i) * 5 * time.Millisecond)
				}
				_, err := io.Copy(io.Discard, c)
				told <- err
			}()
		}
		// The kernel tells of a reset once, the reader or the writer.
		resets := 0
		for range len(conns) + len(conns)/2 {
			if errors.Is(<-told, syscall.ECONNRESET) {
				resets++
			}
		}
		if resets < len(conns) {
			t.Errorf("round %d: %d of %d clients saw a reset", round, resets, len(conns))
		}
		for _, c := range conns {
			_ = c.Close()
		}
		vanish()
	}
}
