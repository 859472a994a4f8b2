package dataplane_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
)

// works fails unless the connection still echoes.
func works(l *lab, c *net.TCPConn) {
	l.t.Helper()
	_, err := io.WriteString(c, "ping")
	l.must(err)
	b := make([]byte, 4)
	if _, err := io.ReadFull(c, b); err != nil || string(b) != "ping" {
		l.t.Fatalf("echoed %q, %v", b, err)
	}
}

// A port is owned from the moment it is applied and refuses until it is open;
// opening and shutting it leaves its live connections alone.
func TestPortThatIsNotOpenRefusesAndIsHeld(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, echo)
	held := func(state string) {
		t.Helper()
		host := l.plane.Status("eni-1").Ports[0].Host
		for _, addr := range []string{host.String(), fmt.Sprintf("0.0.0.0:%d", host.Port())} {
			if ln, err := net.Listen("tcp4", addr); err == nil {
				_ = ln.Close()
				t.Fatalf("another program got %s while it was %s", addr, state)
			}
		}
	}
	to := l.front("eni-1", false)
	l.wantRefused(to)
	held("new")
	var live []*net.TCPConn
	for range 3 {
		l.front("eni-1", true)
		held("open")
		live = append(live, l.mustDial(to))
		for _, c := range live {
			works(l, c)
		}
		l.front("eni-1", false)
		l.wantRefused(to)
		held("shut")
		for _, c := range live {
			works(l, c)
		}
	}
	if n := l.plane.Counters("eni-1").Accepted; n != 3 {
		t.Fatalf("accepted %d", n)
	}
}

// Whatever is applied to other keys, and the same again to this one, leaves a
// live connection alone.
func TestApplyDisturbsNobodyElse(t *testing.T) {
	l := newLab(t, func(o *dataplane.Options) { o.Drain = 50 * time.Millisecond })
	l.backend("ecs-2", 2, 100, echo)
	to := l.front("eni-1", true)
	conn := l.mustDial(to)
	other := netip.MustParseAddr("10.10.2.6")
	for i := range 20 {
		works(l, conn)
		l.front("eni-1", true)
		l.apply("eni-2", other, dataplane.Port{Protocol: reach.TCP, Port: l.port, Open: i%2 == 0})
		l.plane.Cut("eni-2", nil)
		if i%5 == 4 {
			l.plane.Apply("eni-2", nil)
		}
	}
	works(l, conn)
	// A further port of the same front, and its removal.
	more := freePort(t)
	l.apply("eni-1", frontAddr, dataplane.Port{Protocol: reach.TCP, Port: l.port, Open: true}, dataplane.Port{Protocol: reach.UDP, Port: more, Open: true})
	l.front("eni-1", true)
	// Had any of this set a connection to drain, it would be cut by now.
	began := time.Now()
	l.eventually("drain times run out", func() bool { return time.Since(began) > 700*time.Millisecond })
	works(l, conn)
	if c := l.plane.Counters("eni-1"); c.Accepted != 1 || c.Active != 1 {
		t.Fatalf("%+v", c)
	}
}

// A removed front takes nothing new at once, lets what lives drain, then cuts.
func TestRemovedFrontDrainsThenIsCut(t *testing.T) {
	l := newLab(t, func(o *dataplane.Options) { o.Drain = 700 * time.Millisecond })
	l.backend("ecs-2", 2, 100, echo)
	to := l.front("eni-1", true)
	stays, goes := l.mustDial(to), l.mustDial(to)
	works(l, stays)
	works(l, goes)
	began := time.Now()
	if st := l.plane.Apply("eni-1", nil); st.Live != 2 || len(st.Ports) != 0 {
		t.Fatalf("%+v", st)
	}
	l.wantRefused(to)
	works(l, stays)
	works(l, goes)
	if l.plane.Drained("eni-1") {
		t.Fatal("drained with two live connections")
	}
	_ = goes.Close()
	l.endedAs(dataplane.EndClient)
	l.wantReset(stays)
	if took := time.Since(began); took < 700*time.Millisecond {
		t.Fatalf("cut after %v", took)
	}
	l.endedAs(dataplane.EndDrained)
	l.eventually("drained", func() bool { return l.plane.Drained("eni-1") })

	// The address and the port can be had again.
	l.front("eni-2", true)
	works(l, l.mustDial(to))
}

func TestDrainingFrontKeepsItsPorts(t *testing.T) {
	l := newLab(t, func(o *dataplane.Options) { o.Drain = 300 * time.Millisecond })
	l.backend("ecs-2", 2, 100, echo)
	to := l.front("eni-1", true)
	conn := l.mustDial(to)
	works(l, conn)
	st := l.plane.Apply("eni-1", &dataplane.Front{
		Key: "eni-1", VPC: "vpc-1", Addr: frontAddr, Draining: true,
		Ports: []dataplane.Port{{Protocol: reach.TCP, Port: l.port, Open: true}},
	})
	if !st.Ports[0].Bound || st.Ports[0].Open {
		t.Fatalf("%+v", st)
	}
	l.wantRefused(to)
	l.wantReset(conn)
	if ln, err := net.Listen("tcp4", st.Ports[0].Host.String()); err == nil {
		_ = ln.Close()
		t.Fatal("the port of a draining front was given up")
	}
}

// A port somebody else holds moves; Status says where to, clients find it.
func TestMovedPort(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, say("hello"))
	l.port = freePort(t)
	holder, err := net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", l.port))
	l.must(err)
	defer holder.Close()
	to := l.front("eni-1", true)
	st := l.plane.Status("eni-1").Ports[0]
	if st.Host.Port() == l.port || st.Port != l.port {
		t.Fatalf("%+v", st)
	}
	if got, err := l.ask(to); got != "hello" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
	if a := l.endedAs(dataplane.EndBackend); a.Flow.Port != l.port || a.Flow.Target != frontAddr {
		t.Fatalf("judged as %+v", a.Flow)
	}
}

// What cannot be bound is said, keeps nothing else from working, and works
// once its cause is gone and the same front is applied again.
func TestFailedBindIsRetried(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, say("hello"))
	lost := netip.MustParseAddr("10.10.9.5")
	f := &dataplane.Front{Key: "eni-9", VPC: "vpc-1", Addr: lost, Ports: []dataplane.Port{{Protocol: reach.TCP, Port: l.port, Open: true}}}
	if st := l.plane.Apply("eni-9", f).Ports[0]; st.Err == nil || st.Bound || st.Open {
		t.Fatalf("%+v", st)
	}
	twin, _ := l.net.Twin("vpc-1", frontAddr)
	a := twin.As4()
	a[3] = 128
	l.must(l.net.Map("vpc-1", netip.MustParsePrefix("10.10.9.0/28"), netip.PrefixFrom(netip.AddrFrom4(a), 28)))
	if st := l.plane.Apply("eni-9", f).Ports[0]; st.Err != nil || !st.Open {
		t.Fatalf("%+v", st)
	}
	if got, err := l.ask(netip.AddrPortFrom(lost, l.port)); got != "hello" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
}

func TestStoppedPlaneTakesNothing(t *testing.T) {
	l := newLab(t)
	p := dataplane.New(l.net, l, dataplane.Options{Portable: *portable})
	f := &dataplane.Front{Key: "eni-1", VPC: "vpc-1", Addr: frontAddr, Ports: []dataplane.Port{{Protocol: reach.TCP, Port: l.port, Open: true}}}
	if st := p.Apply("eni-1", f).Ports[0]; !st.Open {
		t.Fatalf("%+v", st)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.must(p.Run(ctx))
	if st := p.Apply("eni-1", f).Ports[0]; st.Err != dataplane.ErrStopped {
		t.Fatalf("%+v", st)
	}
	l.wantRefused(netip.AddrPortFrom(frontAddr, l.port))
}

// Run returns at once although bytes flow, clients wait and probes run.
func TestStopsWithTraffic(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, echo)
	p := dataplane.New(l.net, l, dataplane.Options{Portable: *portable, Senders: []netip.Prefix{netip.MustParsePrefix("100.64.0.0/28")}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p.Apply("eni-1", &dataplane.Front{Key: "eni-1", VPC: "vpc-1", Addr: frontAddr, Ports: []dataplane.Port{
		{Protocol: reach.TCP, Port: l.port, Open: true}, {Protocol: reach.UDP, Port: l.port, Open: true},
	}})
	p.SetProbes("lsn-1", []dataplane.Probe{{ID: "p", VPC: "vpc-2", Addr: netip.MustParseAddrPort("192.168.24.3:9"), Kind: dataplane.ProbeTCP}})
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	to := netip.AddrPortFrom(frontAddr, l.port)
	idle, busy := l.mustDial(to), l.mustDial(to)
	works(l, idle)
	go func() { _, _ = io.Copy(busy, struct{ io.Reader }{busy}) }()
	_, err := busy.Write(make([]byte, 1<<16))
	l.must(err)
	cancel()
	select {
	case err := <-done:
		l.must(err)
	case <-time.After(2 * time.Second):
		t.Fatal("still running after 2 s")
	}
	l.wantReset(idle)
}
