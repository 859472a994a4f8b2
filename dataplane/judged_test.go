package dataplane_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
)

// A refusal that depends on the client is a reset and one record with gate
// and reason. C, "endpoint to ENI before accept", "remove group rule".
func TestRefusalIsAResetAndARecord(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, echo)
	to := l.front("eni-1", true)
	l.deny()
	if _, err := l.ask(to); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("got %v, want a reset", err)
	}
	a := l.endedAs(dataplane.EndRefused)
	want := reach.Flow{Protocol: reach.TCP, VPC: "vpc-1", Source: clientAddr, Target: frontAddr, Port: l.port}
	if a.Flow != want || a.Verdict.Gate != reach.GateConnection || a.Verdict.Reason.Key != "reach.connection.waiting" ||
		a.Key != "eni-1" || a.SourcePort == 0 {
		t.Fatalf("%+v", a)
	}
	if c := l.plane.Counters("eni-1"); c.Refused != 1 || c.Accepted != 0 {
		t.Fatalf("%+v", c)
	}
	l.allow()
	works(l, l.mustDial(to))
}

// COM-09: vpc-3 has the same addresses as vpc-1. Its client, dialling the twin
// of an address in vpc-1, must not be taken for the one of vpc-1, nor be
// judged by what its own VPC calls that address.
func TestClientOfAnotherVPCIsNotMistaken(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, echo)
	to := l.front("eni-1", true)
	at := l.plane.Status("eni-1").Ports[0].Host
	twin, _ := l.net.Twin("vpc-3", clientAddr)
	host := netip.MustParseAddr("127.0.0.1")
	for _, c := range []struct {
		from netip.Addr
		want reach.Flow
	}{
		{twin, reach.Flow{VPC: "vpc-3", Source: clientAddr}},
		{host, reach.Flow{Source: host}},
	} {
		d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(c.from, 0))}
		conn, err := d.Dial("tcp", at.String())
		if err == nil {
			_, err = conn.Read(make([]byte, 1))
			_ = conn.Close()
		}
		if !errors.Is(err, syscall.ECONNRESET) {
			t.Fatalf("from %s: %v, want a reset", c.from, err)
		}
		c.want.Protocol, c.want.Entry, c.want.Target, c.want.Port = reach.TCP, "vpc-1", frontAddr, l.port
		a := l.ended(func(a dataplane.Attempt) bool { return a.Flow.VPC == c.want.VPC })
		if a.Flow != c.want || a.Verdict.Gate != reach.GateSource {
			t.Fatalf("%+v", a)
		}
	}
	works(l, l.mustDial(to))
}

// LSN-04, LSN-09: shares follow the weights, within 1 % over 1,000
// connections, and new weights count at once, without losing a connection.
func TestSharesFollowWeights(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, say("2"))
	l.backend("ecs-3", 3, 50, say("3"))
	l.backend("ecs-4", 4, 10, say("4"))
	to := l.front("eni-1", true)
	shares := func(want map[string]int) {
		t.Helper()
		var mu sync.Mutex
		got := map[string]int{}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 125 {
					s, err := l.ask(to)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					got[s]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for s, n := range want {
			if got[s] < n-10 || got[s] > n+10 {
				t.Fatalf("shares %v, want %v", got, want)
			}
		}
	}
	shares(map[string]int{"2": 625, "3": 312, "4": 63})
	l.set(func(v *reach.Verdict) {
		v.Backends = []reach.Backend{v.Backends[0], v.Backends[1]}
		v.Backends[0].Weight, v.Backends[1].Weight = 25, 75
	})
	shares(map[string]int{"2": 250, "3": 750})
}

// A dead backend costs nobody a connection: the next one is tried at once.
func TestDeadBackendIsPassedOver(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, nil)
	l.backend("ecs-3", 3, 1, say("3"))
	to := l.front("eni-1", true)
	for range 20 {
		if got, err := l.ask(to); got != "3" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if a := l.endedAs(dataplane.EndBackend); a.Backend.ID != "ecs-3" {
		t.Fatalf("%+v", a)
	}
}

// All backends dead: a reset and a record that names the last one and why.
func TestAllBackendsDead(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, nil)
	l.backend("ecs-3", 3, 100, nil)
	if _, err := l.ask(l.front("eni-1", true)); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("got %v, want a reset", err)
	}
	a := l.endedAs(dataplane.EndConnectFailed)
	if r := a.Verdict.Reason; a.Verdict.Gate != reach.GateBackend || r.Key != dataplane.ReasonConnect ||
		r.Args["backend"] != a.Backend.Name || r.Args["error"] != "refused" || a.Verdict.Endpoint != "ep-1" {
		t.Fatalf("%+v", a)
	}
	if c := l.plane.Counters("eni-1"); c.Failed != 1 {
		t.Fatalf("%+v", c)
	}
}

// Deny cuts what streams, both sides, within 50 ms, and nobody else. A busy
// machine may stop the whole test for longer than that, so the time is that of
// the best of a few rounds; every round must cut everything.
func TestCutWhileStreaming(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, func(c *net.TCPConn) {
		defer c.Close()
		block := make([]byte, 32<<10)
		for {
			if _, err := c.Write(block); err != nil {
				return
			}
		}
	})
	to := l.front("eni-1", true)
	other := l.apply("eni-2", netip.MustParseAddr("10.10.2.6"), dataplane.Port{Protocol: reach.TCP, Port: l.port, Open: true})
	bystander := l.mustDial(other)
	best := time.Hour
	for round := 0; round < 5 && best > 50*time.Millisecond; round++ {
		best = min(best, cutStreams(l, to, 10))
	}
	if best > 50*time.Millisecond {
		t.Fatalf("the cut took %v", best)
	}
	l.endedAs(dataplane.EndCut)
	if _, err := io.ReadFull(bystander, make([]byte, 4<<20)); err != nil {
		t.Fatalf("the bystander: %v", err)
	}
}

// cutStreams opens connections, denies them while bytes flow and says how long
// it took until every client saw its end.
func cutStreams(l *lab, to netip.AddrPort, streams int) time.Duration {
	l.t.Helper()
	type end struct {
		at  time.Time
		err error
	}
	l.allow()
	ends := make(chan end, streams)
	var started sync.WaitGroup
	for range streams {
		conn := l.mustDial(to)
		started.Add(1)
		go func() {
			_, err := io.ReadFull(conn, make([]byte, 1<<20))
			started.Done()
			if err == nil {
				_, err = io.Copy(io.Discard, conn)
			}
			ends <- end{time.Now(), err}
		}()
	}
	started.Wait()
	l.deny()
	began := time.Now()
	if n := l.plane.Cut("eni-1", func(c dataplane.ConnInfo) bool { return c.Endpoint == "ep-1" }); n != streams {
		l.t.Fatalf("cut %d of %d", n, streams)
	}
	var last time.Duration
	for range streams {
		e := <-ends
		if e.err == nil {
			l.t.Fatal("a stream ended in order")
		}
		last = max(last, e.at.Sub(began))
	}
	return last
}

// More flows than the plane has room for are reset and said to be.
func TestFlowLimit(t *testing.T) {
	l := newLab(t, func(o *dataplane.Options) { o.MaxFlows = 2 })
	l.backend("ecs-2", 2, 100, echo)
	to := l.front("eni-1", true)
	first, second := l.mustDial(to), l.mustDial(to)
	works(l, first)
	works(l, second)
	if _, err := l.ask(to); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("got %v, want a reset", err)
	}
	if a := l.endedAs(dataplane.EndLimit); a.Verdict.Reason.Key != dataplane.ReasonLimit || a.Verdict.Reason.Args["limit"] != "2" {
		t.Fatalf("%+v", a)
	}
	_ = first.Close()
	l.eventually("room again", func() bool {
		c, err := l.dial(to)
		if err != nil {
			return false
		}
		defer c.Close()
		if _, err := fmt.Fprint(c, "x"); err != nil {
			return false
		}
		_, err = c.Read(make([]byte, 1))
		return err == nil
	})
}

// A consumer of attempts that hangs holds no flow up; what it misses is counted.
func TestSlowAttemptConsumerHoldsNothingUp(t *testing.T) {
	release := make(chan struct{})
	l := newLab(t, func(o *dataplane.Options) {
		o.AttemptQueue = 4
		o.Attempt = func(dataplane.Attempt) { <-release }
	})
	defer close(release)
	l.backend("ecs-2", 2, 100, say("hello"))
	to := l.front("eni-1", true)
	for range 100 {
		if got, err := l.ask(to); got != "hello" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
	}
	l.eventually("the rest is counted", func() bool { return l.plane.Lost() >= 90 })
}
