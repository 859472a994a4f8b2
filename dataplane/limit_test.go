package dataplane_test

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
)

// A CLB takes no more new connections in a second than its specification says,
// and no more at a time; what is refused says which of the two it was, and the
// one who asks beforehand is told the same (CLB-06).
func TestLimitsOfABalancer(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, echo)
	l.set(func(v *reach.Verdict) { v.Balancer = "lb-1" })
	to := l.front("eni-1", true)
	l.plane.SetLimit("lb-1", dataplane.Limit{Name: "CLB", Flows: 4, PerSecond: 100})
	var open []net.Conn
	for range 4 {
		c := l.mustDial(to)
		_, err := c.Write([]byte("x"))
		l.must(err)
		_, err = c.Read(make([]byte, 1))
		l.must(err)
		open = append(open, c)
	}
	why, ok := l.plane.Room(reach.GateListener, "lb-1")
	if ok || why.Key != dataplane.ReasonBalancerFlows || why.Args["limit"] != "4" || why.Args["name"] != "CLB" {
		t.Fatalf("room: %v %+v", ok, why)
	}
	l.turnedAway(to)
	a := l.endedAs(dataplane.EndLimit)
	if a.Verdict.Allowed || a.Verdict.Gate != reach.GateListener || a.Verdict.Reason.Key != why.Key {
		t.Fatalf("%+v", a.Verdict)
	}
	if c := l.plane.Counters("eni-1"); c.Failed != 1 || c.Behind != 1 || c.Accepted != 4 {
		t.Fatalf("%+v", c)
	}
	l.must(open[0].Close())
	l.eventually("room", func() bool { _, ok := l.plane.Room(reach.GateListener, "lb-1"); return ok })

	// 100 at once are a second's; with the four above there are 96 left.
	l.plane.SetLimit("lb-1", dataplane.Limit{Name: "CLB", Flows: 1000, PerSecond: 100})
	began, taken := time.Now(), 0
	for range 200 {
		if _, ok := l.plane.Room(reach.GateListener, "lb-1"); !ok {
			break
		}
		l.mustDial(to)
		taken++
		n := uint64(4 + taken)
		l.eventually("joined", func() bool { c := l.plane.Counters("eni-1"); return c.Accepted+c.Failed-1 >= n })
	}
	if most := 100 + int(time.Since(began).Seconds()*100) + 1; taken < 90 || taken > most {
		t.Errorf("%d were taken at once, want about 100 and %d at most", taken, most)
	}
	if why, ok := l.plane.Room(reach.GateListener, "lb-1"); !ok && why.Key != dataplane.ReasonBalancerRate {
		t.Errorf("%+v", why)
	}
	l.eventually("a second's worth comes back", func() bool { _, ok := l.plane.Room(reach.GateListener, "lb-1"); return ok })
}

// An endpoint's limit is told at its connection, and what the judge refuses or no
// backend takes counts for nothing.
func TestLimitOfAnEndpoint(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, nil) // nobody is there
	to := l.front("eni-1", true)
	l.plane.SetLimit("ep-1", dataplane.Limit{Name: "EP", Flows: 1})
	for range 5 {
		l.turnedAway(to)
	}
	l.deny()
	l.turnedAway(to)
	if why, ok := l.plane.Room(reach.GateConnection, "ep-1"); !ok {
		t.Fatalf("%+v", why)
	}
	l.allow()
	l.set(func(v *reach.Verdict) { v.Backends = nil })
	l.backend("ecs-3", 3, 100, echo)
	c := l.mustDial(to)
	_, err := c.Write([]byte("x"))
	l.must(err)
	_, err = c.Read(make([]byte, 1))
	l.must(err)
	l.turnedAway(to)
	a := l.endedAs(dataplane.EndLimit)
	if a.Verdict.Gate != reach.GateConnection || a.Verdict.Reason.Key != dataplane.ReasonEndpointFlows || a.Verdict.Reason.Args["limit"] != "1" {
		t.Fatalf("%+v", a.Verdict)
	}
	// Without the limit there is room, and the one that lives was never cut.
	l.plane.SetLimit("ep-1", dataplane.Limit{})
	d := l.mustDial(to)
	for _, c := range []net.Conn{c, d} {
		_, err = c.Write([]byte("x"))
		l.must(err)
		_, err = c.Read(make([]byte, 1))
		l.must(err)
	}
}

// turnedAway opens a connection that is reset.
func (l *lab) turnedAway(to netip.AddrPort) {
	l.t.Helper()
	if _, err := l.ask(to); !errors.Is(err, syscall.ECONNRESET) {
		l.t.Fatalf("%v, want a reset", err)
	}
}
