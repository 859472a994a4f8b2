package reconcile_test

import (
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// rush makes new connections to an interface, four at a time, until it is
// stopped; it keeps the first that failed.
type rush struct {
	made   atomic.Int64
	failed atomic.Pointer[error]
	stop   func()
}

func (z *zoneLab) rush(zone string) *rush {
	r := &rush{}
	to, from := reachAt(z.in(zone)), z.client[zone].IP
	twin := z.frontIn[zone].TwinOf(from)
	end := make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-end:
					return
				case <-time.After(time.Millisecond):
				}
				conn, err := z.from("tcp", z.front.ID, from, twin, to, 5*time.Second)
				if err == nil {
					_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
					var b [5]byte
					if _, err = conn.Write([]byte("hello")); err == nil {
						_, err = io.ReadFull(conn, b[:])
					}
					_ = conn.Close()
				}
				if err != nil {
					r.failed.CompareAndSwap(nil, &err)
					continue
				}
				r.made.Add(1)
			}
		})
	}
	r.stop = func() { close(end); all.Wait() }
	return r
}

// through are the CLBs that the live flows of a zone's interface go to.
func (z *zoneLab) through(zone string) map[string]int {
	out := map[string]int{}
	for _, c := range z.Connections(z.in(zone).ID) {
		out[c.Balancer]++
	}
	return out
}

// TestZoneMoves: under load a zone is moved to another CLB gracefully: no new
// connection fails, new ones go to the new CLB at once, live ones go on until
// they end, the zone is Migrating until then and Migrated afterwards; the other
// zone is not touched. What lives is cut when the provider says so, when its
// time is over, and at once in a forced move (B.3, B.8
// UpdateVpcEndpointZoneConnectionResourceAttribute).
func TestZoneMoves(t *testing.T) {
	z := startZones(t, zoneDB(t), "127.72.0.0/14")
	ctx := t.Context()
	second := z.balancer(zoneA, "", z.echo[zoneA], z.echo[zoneB])
	z.until("its servers are healthy", func() bool { return z.healthy(second, 2) })
	z.ok(z.a.AddResource(ctx, z.service.ID, cloud.ResourceInput{Zone: zoneA, Balancer: second.ID}))
	old, fresh := z.service.ID+"/"+zoneA+"/"+z.clb.ID, z.service.ID+"/"+zoneA+"/"+second.ID
	var crowd, others []zoned
	for range 20 {
		crowd, others = append(crowd, z.carry(zoneA, zoneA)), append(others, z.carry(zoneB, zoneB))
	}
	rush := z.rush(zoneA)
	z.until("the rush is on", func() bool { return rush.made.Load() > 100 })
	z.ok(z.a.MoveZone(ctx, z.service.ID, z.endpoint.ID, zoneA, cloud.MoveInput{Resource: fresh, Mode: cloud.MoveGraceful, Drain: "600"}))
	z.until("migrating", func() bool { return z.states(cloud.Migrating, cloud.Connected) })
	if v := z.view(); v.Connection != cloud.Connected {
		t.Errorf("meanwhile the connection is %s", v.Connection)
	}
	z.goOn("while it is migrating", crowd)
	made := rush.made.Load()
	z.until("new ones are made", func() bool { return rush.made.Load() > made+200 })
	if now := z.carry(zoneA, zoneA); z.through(zoneA)[second.ID] == 0 {
		t.Error("a new connection went to the old CLB")
	} else {
		others = append(others, now) // it is none of the old ones any more
	}
	for n, c := range crowd {
		if n == len(crowd)-1 && z.in(zoneA).State != cloud.Migrating {
			t.Errorf("with one old connection left it is %s", z.in(zoneA).State)
		}
		_ = c.conn.Close()
	}
	z.until("migrated", func() bool { return z.states(cloud.Migrated, cloud.Connected) })
	rush.stop()
	if err := rush.failed.Load(); err != nil {
		t.Errorf("of %d new connections during a graceful move one failed: %v", rush.made.Load(), *err)
	}
	t.Logf("%d new connections during the move, none failed", rush.made.Load())
	z.goOn("after the move", others)

	// Back again, and the provider has waited long enough.
	move := func(to, mode, drain string) {
		t.Helper()
		z.ok(z.a.MoveZone(ctx, z.service.ID, z.endpoint.ID, zoneA, cloud.MoveInput{Resource: to, Mode: mode, Drain: drain}))
	}
	move(old, cloud.MoveGraceful, "")
	z.until("migrating back", func() bool { return z.states(cloud.Migrating, cloud.Connected) })
	kept := others[:20]
	back := others[20]
	if err := z.a.RemoveResource(ctx, z.service.ID, fresh); cloud.AsError(err) == nil || len(cloud.AsError(err).Blockers) != 1 {
		t.Errorf("a resource with old connections is removed: %v", err)
	}
	z.ok(z.a.EndMove(ctx, z.service.ID, z.endpoint.ID, zoneA))
	z.resets(back)
	z.until("the old resource is disconnected", func() bool { return z.states(cloud.Migrated, cloud.Connected) })

	// A time to drain that is over.
	late := z.carry(zoneA, zoneA)
	move(fresh, cloud.MoveGraceful, "1")
	z.resets(late)
	z.until("its time is over", func() bool { return z.states(cloud.Migrated, cloud.Connected) })

	// At once.
	cut := z.carry(zoneA, zoneA)
	move(old, cloud.MoveForced, "")
	z.resets(cut)
	z.until("moved at once", func() bool { return z.states(cloud.Migrated, cloud.Connected) })
	z.goOn("in the other zone", kept)
}

// resets waits until a connection is reset.
func (z *zoneLab) resets(c zoned) {
	z.t.Helper()
	select {
	case err := <-c.end:
		if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
			z.t.Fatalf("it ended by %v, want a reset", err)
		}
	case <-time.After(5 * time.Second):
		z.t.Fatal("it goes on")
	}
}

// TestZoneDecisions: the provider closes one zone, whose connections are cut and
// whose name is withdrawn while the other zone's go on, and connects it again;
// a zone that is added to an allowed connection waits for them; one that is
// removed drains (B.3 EnableVpcEndpointZoneConnection,
// DisableVpcEndpointZoneConnection, EPS-02, EP-06).
func TestZoneDecisions(t *testing.T) {
	z := startZones(t, zoneDB(t), "127.72.0.0/14")
	ctx := t.Context()
	_, err := z.a.UpdateService(ctx, z.service.ID, cloud.ServiceInput{AutoAccept: "no", Affinity: "no"})
	z.ok(err)
	var in, out []zoned
	for range 10 {
		in, out = append(in, z.carry(zoneA, zoneA)), append(out, z.carry(zoneB, zoneB))
	}
	z.ok(z.a.DisconnectZone(ctx, z.service.ID, z.endpoint.ID, zoneA))
	for _, c := range in {
		z.resets(c)
	}
	z.until("closed", func() bool { return z.states(cloud.Disconnected, cloud.Connected) })
	e := z.view()
	if e.Connection != cloud.Connected || e.Decision != cloud.Allowed {
		t.Errorf("the connection is %s", e.Connection)
	}
	z.until("its address is withdrawn", func() bool {
		return slices.Equal(z.answers(z.client[zoneB], e.Domain), []string{z.in(zoneB).IP.String()})
	})
	v := z.Explain(ctx, reach.Flow{Protocol: reach.TCP, VPC: z.front.ID, Source: z.client[zoneA].IP, Target: z.in(zoneA).IP, Port: zonePort})
	if v.Gate != reach.GateZone || v.Reason.Key != "reach.zone.refused" {
		t.Errorf("the judge says %s at %q", v.Reason.Key, v.Gate)
	}
	z.ok(z.a.ConnectZone(ctx, z.service.ID, z.endpoint.ID, zoneA, cloud.AllowInput{Auto: true}))
	z.until("connected again", func() bool { return z.states(cloud.Connected, cloud.Connected) })
	in = []zoned{z.carry(zoneB, zoneA)}

	// Take the zone away: what lives has its time, then it ends.
	z.ok(z.b.RemoveZone(ctx, z.endpoint.ID, z.in(zoneA).ID))
	z.resets(in[0])
	z.until("the zone is gone", func() bool { return len(z.view().Zones) == 1 })
	z.ok(z.b.AddZone(ctx, z.endpoint.ID, cloud.ZoneInput{Zone: zoneA, VSwitch: z.frontIn[zoneA].ID}))
	z.until("the new zone waits", func() bool { return z.states(cloud.Wait, cloud.Connected) })
	z.ok(z.a.ConnectZone(ctx, z.service.ID, z.endpoint.ID, zoneA, cloud.AllowInput{Resources: map[string]string{zoneA: z.service.ID + "/" + zoneA + "/" + z.clb.ID}}))
	z.until("the new zone is connected", func() bool { return z.states(cloud.Connected, cloud.Connected) })
	z.goOn("in the other zone", out)

	// Both zones one by one are a whole connection that is closed; allowing it
	// connects both.
	z.ok(z.a.DisconnectZone(ctx, z.service.ID, z.endpoint.ID, zoneA))
	z.until("one is closed", func() bool { return z.states(cloud.Disconnected, cloud.Connected) })
	z.ok(z.a.DisconnectZone(ctx, z.service.ID, z.endpoint.ID, zoneB))
	z.until("both are closed", func() bool { return z.view().Connection == cloud.Disconnected })
	for _, c := range out {
		z.resets(c)
	}
	z.ok(z.a.Allow(ctx, z.service.ID, z.endpoint.ID, cloud.AllowInput{Auto: true}))
	z.until("both are back", func() bool { return z.states(cloud.Connected, cloud.Connected) })
}
