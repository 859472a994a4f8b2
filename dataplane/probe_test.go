package dataplane_test

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
)

var probeSender = netip.MustParseAddr("100.64.0.9")

func (l *lab) probe(kind dataplane.ProbeKind, last byte) dataplane.Probe {
	return dataplane.Probe{
		ID: fmt.Sprintf("p%d", last), VPC: "vpc-2", Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 24, last}), l.port),
		From: probeSender, Kind: kind, Interval: 20 * time.Millisecond, Timeout: 5 * time.Second,
	}
}

func (l *lab) wantHealth(want ...string) {
	l.t.Helper()
	defer func() {
		if l.t.Failed() {
			l.t.Logf("health was %q", l.health)
		}
	}()
	l.eventually(fmt.Sprintf("health %q", want), func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return slices.Equal(l.health, want)
	})
}

// LSN-08: the first probe decides, later changes need their row of results.
func TestTCPProbeAndThresholds(t *testing.T) {
	l := newLab(t)
	p := l.probe(dataplane.ProbeTCP, 2)
	// The test decides which connects succeed: its listener goes and comes.
	var seen atomic.Int64
	serve := func(c *net.TCPConn) {
		if _, addr, ok := l.net.Origin("vpc-2", c.RemoteAddr().(*net.TCPAddr).AddrPort().Addr()); ok && addr == probeSender {
			seen.Add(1)
		}
		_ = c.Close()
	}
	ln := l.backend("ecs-2", 2, 100, serve)
	p.Fall, p.Rise = 4, 6
	l.plane.SetProbes("lsn-1", []dataplane.Probe{p})
	l.wantHealth("p2 true ok")
	l.eventually("probes from the cloud's sender", func() bool { return seen.Load() > 3 })

	began := time.Now()
	l.must(ln.Close())
	l.wantHealth("p2 true ok", "p2 false refused")
	if took := time.Since(began); took < 3*p.Interval {
		t.Fatalf("unhealthy after %v, 4 failures take %v at least", took, 3*p.Interval)
	}
	began = time.Now()
	seen.Store(0)
	l.backend("ecs-2", 2, 100, serve)
	l.wantHealth("p2 true ok", "p2 false refused", "p2 true ok")
	if took := time.Since(began); took < 5*p.Interval {
		t.Fatalf("healthy after %v, 6 successes take %v at least", took, 5*p.Interval)
	}
}

func TestFirstProbeDecidesAgainst(t *testing.T) {
	l := newLab(t)
	l.plane.SetProbes("lsn-1", []dataplane.Probe{l.probe(dataplane.ProbeTCP, 2)})
	l.wantHealth("p2 false refused")
}

// Probes that did not change go on; those that are gone stop.
func TestSetProbesKeepsWhatIsTheSame(t *testing.T) {
	l := newLab(t)
	var n2, n3 atomic.Int64
	count := func(n *atomic.Int64) func(*net.TCPConn) {
		return func(c *net.TCPConn) {
			n.Add(1)
			_ = c.Close()
		}
	}
	l.backend("ecs-2", 2, 100, count(&n2))
	l.backend("ecs-3", 3, 100, count(&n3))
	p2, p3 := l.probe(dataplane.ProbeTCP, 2), l.probe(dataplane.ProbeTCP, 3)
	l.plane.SetProbes("lsn-1", []dataplane.Probe{p2})
	l.wantHealth("p2 true ok")
	l.plane.SetProbes("lsn-1", []dataplane.Probe{p3, p2})
	l.wantHealth("p2 true ok", "p3 true ok")
	l.plane.SetProbes("lsn-1", []dataplane.Probe{p3})
	gone := n2.Load()
	before := n3.Load()
	l.eventually("the one that stays goes on", func() bool { return n3.Load() > before+3 })
	if n := n2.Load(); n > gone+1 {
		t.Fatalf("a removed probe went on %d times", n-gone)
	}
	l.wantHealth("p2 true ok", "p3 true ok")
}

func TestHTTPProbe(t *testing.T) {
	l := newLab(t)
	var status atomic.Int64
	status.Store(204)
	at := netip.AddrPortFrom(netip.MustParseAddr("192.168.24.2"), l.port)
	ln, err := l.net.Listen("vpc-2", at)
	l.must(err)
	var bad atomic.Pointer[string]
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead || r.URL.String() != "/health?deep=1" || r.Host != "www.example.com" {
			s := fmt.Sprint(r.Method, r.URL, r.Host)
			bad.Store(&s)
		}
		w.WriteHeader(int(status.Load()))
	})}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	defer func() {
		_ = srv.Close()
		<-served
	}()
	p := l.probe(dataplane.ProbeHTTP, 2)
	p.Path, p.Host, p.Expect = "/health?deep=1", "www.example.com", "http_2xx, http_4xx"
	l.plane.SetProbes("lsn-1", []dataplane.Probe{p})
	l.wantHealth("p2 true ok")
	status.Store(503)
	l.wantHealth("p2 true ok", "p2 false status 503")
	status.Store(404)
	l.wantHealth("p2 true ok", "p2 false status 503", "p2 true ok")
	if s := bad.Load(); s != nil {
		t.Fatalf("asked for %s", *s)
	}
}

// What does not speak HTTP, or does not answer at all, is not healthy.
func TestHTTPProbeOfSomethingElse(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, say("220 smtp ready\r\n"))
	mute := make(chan struct{})
	l.backend("ecs-3", 3, 100, func(c *net.TCPConn) {
		<-mute
		_ = c.Close()
	})
	defer close(mute)
	other, silent := l.probe(dataplane.ProbeHTTP, 2), l.probe(dataplane.ProbeHTTP, 3)
	silent.Timeout = 200 * time.Millisecond
	l.plane.SetProbes("lsn-1", []dataplane.Probe{other, silent})
	l.eventually("both verdicts", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return slices.Contains(l.health, "p3 false timeout") &&
			(slices.Contains(l.health, "p2 false malformed") || slices.Contains(l.health, "p2 false reset"))
	})
}

func TestUDPProbe(t *testing.T) {
	l := newLab(t)
	l.packets("ecs-2", 2, func([]byte, netip.AddrPort) []byte { return nil })
	quiet := l.probe(dataplane.ProbeUDP, 2)
	quiet.Timeout = 200 * time.Millisecond
	l.plane.SetProbes("lsn-1", []dataplane.Probe{quiet})
	l.wantHealth("p2 true ok")
	l.plane.SetProbes("lsn-2", []dataplane.Probe{l.probe(dataplane.ProbeUDP, 3)})
	l.wantHealth("p2 true ok", "p3 false refused")
}

// A rule that keeps probes away: nothing is sent, the reason is given on.
func TestBlockedProbe(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, echo)
	p := l.probe(dataplane.ProbeTCP, 2)
	p.Blocked = "sg-1"
	l.plane.SetProbes("lsn-1", []dataplane.Probe{p})
	l.wantHealth("p2 false sg-1")
}

// A client's failed connect brings the next checks forward: with a slow probe
// a dead backend is known after three clients, not after half a minute.
func TestFailedConnectBringsProbesForward(t *testing.T) {
	l := newLab(t)
	ln := l.backend("ecs-2", 2, 100, say("2"))
	l.backend("ecs-3", 3, 100, say("3"))
	to := l.apply("eni-1", frontAddr, dataplane.Port{Protocol: reach.TCP, Port: l.port, Open: true})
	p := l.probe(dataplane.ProbeTCP, 2)
	p.Interval, p.Fall = time.Minute, 1
	l.plane.SetProbes("lsn-1", []dataplane.Probe{p})
	l.wantHealth("p2 true ok")
	l.must(ln.Close())
	for range 2 {
		if got, err := l.ask(to); got != "3" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
	}
	l.wantHealth("p2 true ok", "p2 false refused")
}
