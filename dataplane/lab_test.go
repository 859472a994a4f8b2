package dataplane_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
	"culvert.internal/underlay"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if *inCrowd {
		bePart()
		return
	}
	if *few > 0 {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: *few, Max: *few}); err != nil {
			panic(err)
		}
	}
	// Tests that run beside others mostly wait.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// portable makes every lab's plane carry connections over the path that every
// system has.
var portable = flag.Bool("portable", false, "run the tests over the portable path")

// annexed gives every TCP port's file a place beside the process's own.
var annexed = flag.Bool("annexed", false, "run the tests with every TCP port in an annex")

// few lowers the limit of open files of the whole run.
var few = flag.Uint64("files", 0, "run with a limit of so many open files")

var labs atomic.Int32

var (
	clientAddr = netip.MustParseAddr("10.10.2.1")
	frontAddr  = netip.MustParseAddr("10.10.2.5")
	sendRange  = netip.MustParsePrefix("100.64.0.0/10")
)

// lab is a plane between two VPCs on a slice of 127/8 of its own, with a judge
// whose mind a test can change.
type lab struct {
	t     *testing.T
	net   *underlay.Loopback
	plane *dataplane.Plane
	port  uint16 // of fronts, free on this host

	mu       sync.Mutex
	verdict  reach.Verdict
	special  map[netip.Addr]reach.Verdict // by target, instead of verdict
	attempts []dataplane.Attempt
	health   []string

	held         netip.Addr // whose next verdict waits, see hold
	asked, judge chan struct{}
}

func newLab(t *testing.T, tune ...func(*dataplane.Options)) *lab {
	t.Helper()
	lo, err := underlay.NewLoopback()
	if err != nil {
		t.Skip(err)
	}
	l := &lab{t: t, net: lo, port: freePort(t)}
	slice := fmt.Sprintf("127.%d.%d.", 210+os.Getpid()%40, labs.Add(1)%256)
	for _, m := range []struct{ vpc, prefix, twin string }{
		{"vpc-1", "10.10.2.0/28", slice + "0/28"},
		{"vpc-2", "192.168.24.0/28", slice + "32/28"},
		{"", "100.64.0.0/28", slice + "64/28"},
		{"vpc-3", "10.10.2.0/28", slice + "96/28"},
	} {
		l.must(lo.Map(m.vpc, netip.MustParsePrefix(m.prefix), netip.MustParsePrefix(m.twin)))
	}
	l.verdict = reach.Verdict{Allowed: true, Endpoint: "ep-1", Listener: "lsn-1", Sender: sendRange}
	opt := dataplane.Options{
		Portable: *portable,
		Senders:  []netip.Prefix{netip.MustParsePrefix("100.64.0.0/28")},
		Attempt: func(a dataplane.Attempt) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.attempts = append(l.attempts, a)
		},
		Health: func(id string, healthy bool, why string) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.health = append(l.health, fmt.Sprintf("%s %v %s", id, healthy, why))
		},
	}
	if *annexed {
		opt.OwnPorts = -1
	}
	for _, fn := range tune {
		fn(&opt)
	}
	l.plane = dataplane.New(lo, l, opt)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.plane.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func freePort(t *testing.T) uint16 {
	t.Helper()
	ln, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).AddrPort().Port()
}

// Judge is the plane's judge: only clients of vpc-1 are let in.
func (l *lab) Judge(f reach.Flow) reach.Verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f.Source == l.held {
		l.held = netip.Addr{}
		l.mu.Unlock()
		close(l.asked)
		<-l.judge
		l.mu.Lock()
	}
	if f.VPC != "vpc-1" || f.Entry != "" {
		return reach.Verdict{Gate: reach.GateSource, Reason: reach.Reason{Key: "reach.source"}}
	}
	if v, ok := l.special[f.Target]; ok {
		return v
	}
	return l.verdict
}

// hold makes the next verdict on a client wait for judge, and tells asked when
// it is wanted.
func (l *lab) hold(client netip.Addr, asked, judge chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held, l.asked, l.judge = client, asked, judge
}

func (l *lab) set(fn func(v *reach.Verdict)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fn(&l.verdict)
}

func (l *lab) deny() {
	l.set(func(v *reach.Verdict) {
		v.Allowed, v.Gate, v.Reason = false, reach.GateConnection, reach.Reason{Key: "reach.connection.waiting"}
	})
}

func (l *lab) allow() {
	l.set(func(v *reach.Verdict) { v.Allowed, v.Gate, v.Reason = true, "", reach.Reason{} })
}

// front applies a front with one TCP port and returns the address to dial.
func (l *lab) front(key string, open bool) netip.AddrPort {
	l.t.Helper()
	return l.apply(key, frontAddr, dataplane.Port{Protocol: reach.TCP, Port: l.port, Open: open})
}

func (l *lab) apply(key string, addr netip.Addr, ports ...dataplane.Port) netip.AddrPort {
	l.t.Helper()
	st := l.plane.Apply(key, &dataplane.Front{Key: key, VPC: "vpc-1", Addr: addr, Ports: ports})
	for i, p := range st.Ports {
		if p.Err != nil || !p.Bound || p.Open != ports[i].Open {
			l.t.Fatalf("port %+v", p)
		}
	}
	return netip.AddrPortFrom(addr, ports[0].Port)
}

// backend adds a place to the verdict and serves TCP there.
func (l *lab) backend(id string, last byte, weight int, serve func(*net.TCPConn)) net.Listener {
	l.t.Helper()
	at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 24, last}), l.port)
	l.set(func(v *reach.Verdict) {
		v.Backends = append(v.Backends[:len(v.Backends):len(v.Backends)], reach.Backend{ID: id, Name: id, VPC: "vpc-2", Addr: at, Weight: weight})
	})
	if serve == nil {
		return nil // nobody is there
	}
	ln, err := l.net.Listen("vpc-2", at)
	l.must(err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { serve(conn.(*net.TCPConn)) })
		}
	})
	l.t.Cleanup(func() {
		_ = ln.Close()
		wg.Wait()
	})
	return ln
}

// dial connects as the client.
func (l *lab) dial(to netip.AddrPort) (*net.TCPConn, error) {
	return l.dialFrom("vpc-1", to)
}

func (l *lab) dialFrom(vpc string, to netip.AddrPort) (*net.TCPConn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := l.net.Dial(ctx, "tcp", vpc, clientAddr, to)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn.(*net.TCPConn), nil
}

func (l *lab) mustDial(to netip.AddrPort) *net.TCPConn {
	l.t.Helper()
	conn, err := l.dial(to)
	l.must(err)
	l.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// ask opens a connection, and returns what the other side says and how it
// ended.
func (l *lab) ask(to netip.AddrPort) (string, error) {
	conn, err := l.dial(to)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	b, err := io.ReadAll(conn)
	return string(b), err
}

func (l *lab) wantRefused(to netip.AddrPort) {
	l.t.Helper()
	if conn, err := l.dial(to); !errors.Is(err, syscall.ECONNREFUSED) {
		if err == nil {
			_ = conn.Close()
		}
		l.t.Fatalf("dial %s: %v, want a refusal", to, err)
	}
}

func (l *lab) wantReset(conn net.Conn) {
	l.t.Helper()
	if n, err := io.Copy(io.Discard, conn); !errors.Is(err, syscall.ECONNRESET) {
		l.t.Fatalf("read %d bytes and %v, want a reset", n, err)
	}
}

// eventually waits for a condition.
func (l *lab) eventually(what string, cond func() bool) {
	l.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(30 * time.Second)
	for !cond() {
		select {
		case <-tick.C:
		case <-limit:
			l.t.Fatalf("never happened: %s", what)
		}
	}
}

// ended waits for the last attempt that matches.
func (l *lab) ended(match func(dataplane.Attempt) bool) dataplane.Attempt {
	l.t.Helper()
	var found dataplane.Attempt
	l.eventually("an attempt", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		for i := len(l.attempts) - 1; i >= 0; i-- {
			if a := l.attempts[i]; match(a) {
				found = a
				return true
			}
		}
		return false
	})
	return found
}

func (l *lab) endedAs(end string) dataplane.Attempt {
	l.t.Helper()
	return l.ended(func(a dataplane.Attempt) bool { return a.End == end })
}

func say(text string) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		_, _ = io.WriteString(c, text)
		_ = c.Close()
	}
}

func echo(c *net.TCPConn) {
	_, _ = io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c})
	_ = c.Close()
}
