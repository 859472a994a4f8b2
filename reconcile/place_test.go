package reconcile_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/dataplane"
	"culvert.internal/reach"
)

// knocking makes new connections of a client by the endpoint's name, one after
// another, as long as it runs.
type knocking struct {
	good, bad atomic.Int64
	lastBad   atomic.Int64 // in Unix nanoseconds
	stop      func()
}

func (z *zoneLab) knock(from cloud.Instance, name string) *knocking {
	k := &knocking{}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-end:
				return
			case <-time.After(5 * time.Millisecond):
			}
			conn, err := z.Doors().Dial(z.t.Context(), from.ID, "tcp", name, zonePort)
			if err == nil {
				_ = conn.SetDeadline(time.Now().Add(time.Second))
				var b [4]byte
				if _, err = conn.Write([]byte("ping")); err == nil {
					_, err = conn.Read(b[:])
				}
				_ = conn.Close()
			}
			if err != nil {
				k.bad.Add(1)
				k.lastBad.Store(time.Now().UnixNano())
				continue
			}
			k.good.Add(1)
		}
	}()
	k.stop = func() { close(end); <-ended }
	return k
}

// answers are the addresses that a client is told for a name.
func (z *zoneLab) answers(from cloud.Instance, name string) []string {
	out := strings.Fields(z.Doors().Terminal(z.t.Context(), from.ID, "dig +short "+name).Text)
	slices.Sort(out)
	return out
}

// TestZoneFails: under load a zone fails and comes back. Connections that do
// not touch it live on, also those that the CLB's primary side carried; those
// that touch it are reset; new ones succeed within one probe interval; DNS
// gives the other zone's address only; programs inside the zone reach nothing
// (CLB-04, EP-08, and the probe "primary zone down, multi-zone CLB").
func TestZoneFails(t *testing.T) {
	z := startZones(t, zoneDB(t), "127.72.0.0/14")
	ctx := t.Context()
	e := z.view()
	inA, inB := z.in(zoneA), z.in(zoneB)
	crowd := z.crowd(20)
	z.goOn("before the failure", crowd)
	if *inNetns {
		z.ok(z.program(z.client[zoneA].ID, reachAt(inB)))
	}
	knocks := z.knock(z.client[zoneB], e.Domain)
	z.until("new connections are made", func() bool { return knocks.good.Load() > 20 })
	before := time.Now()
	z.ok(z.a.FailZone(ctx, zoneA, true))
	var left []zoned
	for _, c := range crowd {
		if !c.touches(zoneA) {
			left = append(left, c)
			continue
		}
		select {
		case err := <-c.end:
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
				t.Fatalf("a connection in the failed zone ended by %v, want a reset", err)
			}
		case <-time.After(dataplane.DefaultProbeInterval):
			t.Fatalf("a connection in the failed zone goes on: client in %s, interface in %s, server in %s", c.client, c.eni, c.server)
		}
	}
	cut := time.Since(before)
	z.goOn("in the other zone", left)
	if len(left) == 0 {
		t.Fatal("no connection was in the other zone only")
	}
	z.until("DNS agrees", func() bool { return slices.Equal(z.answers(z.client[zoneB], e.Domain), []string{inB.IP.String()}) })
	told := time.Since(before)
	from := knocks.good.Load()
	z.until("new connections go on", func() bool { return knocks.good.Load() > from+50 })
	failing := time.Duration(0)
	if last := knocks.lastBad.Load(); last > 0 {
		failing = time.Unix(0, last).Sub(before)
	}
	t.Logf("%d connections: cut within %v, DNS agreed after %v, %d of %d new connections failed, the last one %v after the switch",
		len(crowd), cut.Round(time.Microsecond), told.Round(time.Microsecond), knocks.bad.Load(), knocks.bad.Load()+knocks.good.Load(), failing.Round(time.Microsecond))
	if failing > dataplane.DefaultProbeInterval {
		t.Errorf("new connections failed for %v, want at most one probe interval", failing)
	}
	z.failedFacts(inA)

	z.ok(z.a.FailZone(ctx, zoneA, false))
	before = time.Now()
	z.until("both zones are connected again", func() bool { return z.states(cloud.Connected, cloud.Connected) })
	z.until("DNS gives both", func() bool { return len(z.answers(z.client[zoneB], e.Domain)) == 2 })
	z.until("the zone carries again", func() bool {
		c := z.open(zoneA, inA.IP)
		if c != nil {
			_ = c.Close()
		}
		return c != nil && z.healthy(z.clb, 2)
	})
	if *inNetns {
		z.ok(z.program(z.client[zoneA].ID, reachAt(inB)))
	}
	t.Logf("it was back after %v", time.Since(before).Round(time.Microsecond))
	z.goOn("after it is back", left)
	knocks.stop()
}

// failedFacts is what everybody is told while zone A has failed.
func (z *zoneLab) failedFacts(inA cloud.ZoneView) {
	t, ctx, e := z.t, z.t.Context(), z.view()
	z.until("the zone's state", func() bool { return z.states(cloud.Connecting, cloud.Connected) })
	if e = z.view(); e.Connection != cloud.Connected || e.State != cloud.Active || z.in(zoneA).Observed.Problem != cloud.ZoneProblem {
		t.Errorf("the endpoint is %s and %s, its zone's problem %q", e.State, e.Connection, z.in(zoneA).Observed.Problem)
	}
	if got := z.answers(z.client[zoneB], inA.Domain); len(got) != 0 {
		t.Errorf("the failed zone's own name answers %v", got)
	}
	judge := func(from string, f reach.Flow) reach.Verdict {
		f.Protocol, f.VPC, f.Source, f.Port = reach.TCP, z.front.ID, z.client[from].IP, zonePort
		return z.Explain(ctx, f)
	}
	for _, c := range []struct {
		from string
		flow reach.Flow
		gate reach.Gate
		key  string
	}{
		{zoneA, reach.Flow{Target: z.in(zoneB).IP}, reach.GateSource, "reach.source.zone"},
		{zoneB, reach.Flow{Target: inA.IP}, reach.GateZone, "reach.zone.failed"},
		{zoneB, reach.Flow{Name: inA.Domain}, reach.GateName, "reach.name.zone"},
		{zoneB, reach.Flow{Target: z.client[zoneA].IP}, reach.GateIngress, "reach.ingress.zone"},
		{zoneB, reach.Flow{Name: e.Domain}, "", ""},
	} {
		if v := judge(c.from, c.flow); v.Gate != c.gate || v.Reason.Key != c.key {
			t.Errorf("from %s to %+v: stopped at %q by %s, want %q by %s", c.from, c.flow, v.Gate, v.Reason.Key, c.gate, c.key)
		}
	}
	if *inNetns {
		if err := z.program(z.client[zoneA].ID, reachAt(z.in(zoneB))); err == nil || !strings.Contains(err.Error(), "unreachable") {
			t.Errorf("a program in the failed zone reaches another one: %v", err)
		}
		z.ok(z.program(z.client[zoneB].ID, reachAt(z.in(zoneB))))
	}
	z.until("the log says that the backup zone carried", func() bool {
		list, err := z.a.Attempts(ctx, cloud.AttemptQuery{Endpoint: z.endpoint.ID, Allowed: true, Limit: 1})
		z.ok(err)
		return len(list) == 1 && list[0].Zone == zoneB && list[0].Balancer == z.clb.ID
	})
	for _, h := range z.Health(z.clb.ID) {
		if on := strings.HasSuffix(h.Backend, z.echo[zoneA].ID); on == h.Healthy || on && h.Why != "zone" {
			t.Errorf("server %s is healthy: %v, %s", h.Backend, h.Healthy, h.Why)
		}
	}
}

// TestZonesOfBalancers: a CLB in one zone stops with it, one with a backup zone
// only when both have failed, also at its own address; a restart changes
// nothing (CLB-03, CLB-04).
func TestZonesOfBalancers(t *testing.T) {
	db := zoneDB(t)
	z := startZones(t, db, "127.72.0.0/14")
	ctx := t.Context()
	single := z.balancer(zoneA, "", z.echo[zoneB])
	z.until("its server is healthy", func() bool { return z.healthy(single, 1) })
	verdict := func(b cloud.Balancer) (string, string) {
		v := z.Explain(ctx, reach.Flow{Protocol: reach.TCP, VPC: z.back.ID, Source: z.echo[zoneB].IP, Target: b.IP, Port: zonePort})
		return v.Reason.Key, v.Zone
	}
	problem := func(b cloud.Balancer) string {
		v, err := z.a.Balancer(ctx, b.ID)
		z.ok(err)
		return v.Observed.Problem
	}
	wants := func(when string, b cloud.Balancer, key, zone, said string) {
		t.Helper()
		z.until(when, func() bool { return problem(b) == said })
		if k, at := verdict(b); k != key || at != zone {
			t.Errorf("%s: %q in %q, want %q in %q", when, k, at, key, zone)
		}
	}
	wants("nothing has failed", z.clb, "", zoneA, "")
	wants("nothing has failed", single, "", zoneA, "")
	z.ok(z.a.FailZone(ctx, zoneA, true))
	z.ok(z.a.FailZone(ctx, zoneA, true)) // once more changes nothing
	wants("the primary zone has failed", single, "reach.listener.zone", "", cloud.ZoneProblem)
	wants("the primary zone has failed", z.clb, "", zoneB, "")
	if err := z.b.FailZone(ctx, zoneB, true); cloud.AsError(err) == nil || cloud.AsError(err).Kind != cloud.Denied {
		t.Errorf("who is no administrator fails a zone: %v", err)
	}
	z.stop()
	z.lab = start(t, db, "127.72.0.0/14")
	z.until("a restart brings it up again", func() bool { return z.states(cloud.Connecting, cloud.Connected) })
	wants("after a restart", single, "reach.listener.zone", "", cloud.ZoneProblem)
	wants("after a restart", z.clb, "", zoneB, "")
	if z.open(zoneB, netip.Addr(z.in(zoneA).IP)) != nil {
		t.Error("the failed zone carries after a restart")
	}
	z.ok(z.a.FailZone(ctx, zoneB, true))
	z.until("both zones", func() bool { return problem(z.clb) == cloud.ZoneProblem })
	// The client stands in the failed zone too, and is stopped first.
	if k, _ := verdict(z.clb); k != "reach.source.zone" {
		t.Errorf("with both zones down: %s", k)
	}
	z.until("nothing is connected", func() bool { return z.view().Connection == cloud.Connecting })
	z.ok(z.a.FailZone(ctx, zoneA, false))
	z.ok(z.a.FailZone(ctx, zoneB, false))
	z.until("all of it is back", func() bool {
		return z.states(cloud.Connected, cloud.Connected) && z.healthy(single, 1) && z.healthy(z.clb, 2)
	})
	wants("back", single, "", zoneA, "")
	wants("back", z.clb, "", zoneA, "")
}
