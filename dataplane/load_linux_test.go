package dataplane_test

import (
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"culvert.internal/dataplane"
)

// Without a file to accept with, the plane waits instead of spinning, counts
// it, and serves the client once there is one.
func TestNoOpenFileLeft(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, say("hello"))
	to := l.front("eni-1", true)
	if got, err := l.ask(to); got != "hello" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
	l.endedAs(dataplane.EndBackend)

	var old syscall.Rlimit
	l.must(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old))
	l.must(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 256, Max: old.Max}))
	defer func() { l.must(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old)) }()
	var filler []*os.File
	defer func() {
		for _, f := range filler {
			_ = f.Close()
		}
	}()
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			break
		}
		filler = append(filler, f)
	}
	last := len(filler) - 1
	l.must(filler[last].Close())
	conn := l.mustDial(to)
	filler = filler[:last]
	l.eventually("the accept fails", func() bool { return l.plane.Counters("eni-1").Starved > 0 })
	began := time.Now()
	l.eventually("time passes", func() bool { return time.Since(began) > 300*time.Millisecond })
	if n := l.plane.Counters("eni-1").Starved; n > 20 {
		t.Fatalf("tried %d times in 300 ms", n)
	}
	for _, f := range filler {
		_ = f.Close()
	}
	filler = nil
	if b, err := io.ReadAll(conn); err != nil || string(b) != "hello" {
		t.Fatalf("%q, %v", b, err)
	}
}

// 20,000 short connections through one front to one backend take no port away
// from anybody: a program that chooses no source still connects to 127.0.0.1.
// A machine too busy for as many in ten seconds makes fewer; that sources do
// not use ports up is proved exactly by the underlay's own test.
func TestShortConnectionsLeavePortsToOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("20,000 connections")
	}
	l := newLab(t)
	l.backend("ecs-2", 2, 100, say("x"))
	to := l.front("eni-1", true)
	const all = 20000
	var next, done, failed atomic.Int64
	limit := time.Now().Add(10 * time.Second)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for next.Add(1) <= all && time.Now().Before(limit) {
				if got, err := l.ask(to); got != "x" || err != nil {
					failed.Add(1)
					t.Errorf("%q, %v", got, err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	made := uint64(done.Load())
	t.Logf("%d connections", made)
	if n := failed.Load(); n > 0 {
		t.Fatalf("%d failed", n)
	}
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	l.must(err)
	defer ln.Close()
	for range 100 {
		conn, err := net.Dial("tcp", ln.Addr().String())
		l.must(err)
		_ = conn.Close()
	}
	l.eventually("all are counted", func() bool {
		c := l.plane.Counters("eni-1")
		return c.Accepted == made && c.Out == made && c.Active == 0
	})
}
