package cloud_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
)

// zoneBench is a service with two CLBs in both zones and an endpoint in both.
// The test plays the data plane: what it has seen is what the facts ask for,
// but late, and flows that a moved zone had before it may live.
type zoneBench struct {
	*bench
	service  cloud.Service
	clbs     []cloud.Balancer
	endpoint cloud.Endpoint
	zones    []string
}

func openZones(t *testing.T) *zoneBench {
	b := &zoneBench{bench: open(t, cloud.Limits{}), zones: []string{frankfurt + "a", frankfurt + "b"}}
	ctx := t.Context()
	in := b.bench.clb()
	for n := range 2 {
		in.Name = fmt.Sprint("clb-", n)
		made, err := b.a.CreateBalancers(ctx, frankfurt, in)
		b.ok(err)
		b.clbs = append(b.clbs, made[0])
	}
	var resources []cloud.ResourceInput
	for _, zone := range b.zones {
		for _, c := range b.clbs {
			resources = append(resources, cloud.ResourceInput{Zone: zone, Balancer: c.ID})
		}
	}
	s, err := b.a.CreateService(ctx, frankfurt, cloud.ServiceInput{AutoAccept: "no", Affinity: "no", Resources: resources})
	b.ok(err)
	b.service = s
	request := b.request(b.a, "VPC1", s)
	request.Zones = []cloud.ZoneInput{b.zoneInput(b.zones[0]), b.zoneInput(b.zones[1])}
	b.endpoint, err = b.a.CreateEndpoint(ctx, frankfurt, request)
	b.ok(err)
	return b
}

// zoneInput is a row of the form with a vSwitch in the zone, made if there is
// none.
func (b *zoneBench) zoneInput(zone string) cloud.ZoneInput {
	ctx, vpc := b.Context(), b.vpc(b.a, "VPC1").ID
	list, err := b.a.VSwitches(ctx, frankfurt, vpc)
	b.ok(err)
	for _, s := range list {
		if s.Zone == zone {
			return cloud.ZoneInput{Zone: zone, VSwitch: s.ID}
		}
	}
	made, err := b.a.DefaultVSwitch(ctx, vpc, zone)
	b.ok(err)
	s, err := b.a.CreateVSwitch(ctx, frankfurt, cloud.VSwitchInput{VPC: vpc, Zone: zone, Name: made.Name, CIDR: made.CIDR})
	b.ok(err)
	return cloud.ZoneInput{Zone: zone, VSwitch: s.ID}
}

func (b *zoneBench) view() cloud.EndpointView {
	b.Helper()
	v, err := b.a.Connection(b.Context(), b.service.ID, b.endpoint.ID)
	b.ok(err)
	return v
}

// watch is the data plane that catches up with the facts of some zones; old
// says whether flows live that a moved zone had before.
func (b *zoneBench) watch(which func(cloud.ZoneView) bool, old bool) {
	b.Helper()
	v := b.view()
	failed, err := b.a.FailedZones(b.Context(), frankfurt)
	b.ok(err)
	var seen []cloud.Observation
	for _, z := range v.Zones {
		if !which(z) {
			continue
		}
		out := slices.ContainsFunc(failed, func(f cloud.Zone) bool { return f.ID == z.Zone })
		o := cloud.Observation{ID: z.ID, Account: z.Account, Peer: z.Provider, Parent: v.ID, Bound: true}
		o.Open = v.Decision == cloud.Allowed && z.Resource != "" && !out
		o.Old = o.Open && z.MovedFrom != "" && !z.Until.IsZero() && old
		if out {
			o.Problem = cloud.ZoneProblem
		}
		seen = append(seen, o)
	}
	b.ok(b.engine.Observe(b.Context(), seen))
}

// TestZoneProgram: whatever the provider decides about zones, and whatever
// fails, an operation happens exactly when the documented state allows it, a
// refused one changes nothing, only the zone it names changes, and the
// connection's state is the one that its filter finds (B.3, ACC-03, ACC-04).
func TestZoneProgram(t *testing.T) {
	b := openZones(t)
	ctx := t.Context()
	met := map[cloud.State]bool{}
	// Once through the states that chance rarely leads to.
	everything := func(cloud.ZoneView) bool { return true }
	note := func() { met[b.view().Zones[0].State] = true }
	b.watch(everything, false)
	note()
	b.ok(b.a.Allow(ctx, b.service.ID, b.endpoint.ID, cloud.AllowInput{Auto: true}))
	b.watch(everything, false)
	first := b.view().Zones[0]
	other := b.service.ID + "/" + first.Zone + "/" + b.clbs[0].ID
	if other == first.Resource {
		other = b.service.ID + "/" + first.Zone + "/" + b.clbs[1].ID
	}
	b.ok(b.a.MoveZone(ctx, b.service.ID, b.endpoint.ID, first.Zone, cloud.MoveInput{Resource: other, Mode: cloud.MoveGraceful}))
	b.watch(everything, true)
	note()
	rapid.Check(t, func(r *rapid.T) {
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			v := b.view()
			zone := rapid.SampledFrom(v.Zones).Draw(r, "zone")
			to := rapid.SampledFrom(b.clbs).Draw(r, "clb").ID
			resource := b.service.ID + "/" + zone.Zone + "/" + to
			step := rapid.SampledFrom([]string{"connect", "choose", "disconnect", "graceful", "force", "end", "allow", "deny", "fail", "mend", "mend", "graceful", "watch", "watch", "old", "old"}).Draw(r, "step")
			act := map[string]cloud.Action{
				"connect": cloud.ActConnectZone, "choose": cloud.ActConnectZone, "disconnect": cloud.ActDisconnectZone,
				"graceful": cloud.ActMoveZone, "force": cloud.ActMoveZone, "end": cloud.ActEndMove,
			}[step]
			var err error
			switch step {
			case "connect":
				err = b.a.ConnectZone(ctx, v.Service, v.ID, zone.Zone, cloud.AllowInput{Auto: true})
			case "choose":
				err = b.a.ConnectZone(ctx, v.Service, v.ID, zone.Zone, cloud.AllowInput{Resources: map[string]string{zone.Zone: resource}})
			case "disconnect":
				err = b.a.DisconnectZone(ctx, v.Service, v.ID, zone.Zone)
			case "graceful":
				err = b.a.MoveZone(ctx, v.Service, v.ID, zone.Zone, cloud.MoveInput{Resource: resource, Mode: cloud.MoveGraceful, Drain: "60"})
			case "force":
				err = b.a.MoveZone(ctx, v.Service, v.ID, zone.Zone, cloud.MoveInput{Resource: resource, Mode: cloud.MoveForced})
			case "end":
				err = b.a.EndMove(ctx, v.Service, v.ID, zone.Zone)
			case "allow":
				err = b.a.Allow(ctx, v.Service, v.ID, cloud.AllowInput{Auto: true})
			case "deny":
				err = b.a.Deny(ctx, v.Service, v.ID)
			case "fail", "mend":
				err = b.a.FailZone(ctx, zone.Zone, step == "fail")
			case "watch", "old":
				b.watch(func(z cloud.ZoneView) bool { return z.ID == zone.ID || rapid.Bool().Draw(r, "the other one too") }, step == "old")
			}
			if err != nil && cloud.AsError(err) == nil {
				r.Fatal(err)
			}
			now := b.view()
			if act != "" {
				want := cloud.MayZone(v.Connection, zone.State, act)
				if act == cloud.ActMoveZone {
					want = want && resource != zone.Resource
				}
				if (err == nil) != want {
					r.Fatalf("%s while the zone is %s and the connection %s: %v", step, zone.State, v.Connection, err)
				}
				for n, z := range now.Zones {
					if (z.ID != zone.ID || err != nil) && !reflect.DeepEqual(z, v.Zones[n]) {
						r.Fatalf("%s of %s (%v) changed %+v to %+v", step, zone.Zone, err, v.Zones[n], z)
					}
				}
			}
			b.consistent(r, now)
			for _, z := range now.Zones {
				met[z.State] = true
			}
		}
	})
	for _, s := range cloud.ZoneStates() {
		if !met[s] && s != cloud.Creating && s != cloud.Deleting {
			t.Errorf("no zone was ever %s", s)
		}
	}
}

// consistent compares what a view says with itself and with what the filters
// find.
func (b *zoneBench) consistent(r *rapid.T, v cloud.EndpointView) {
	for _, z := range v.Zones {
		switch {
		case z.Resource == "" && z.MovedFrom != "", z.Refused && z.Resource != "":
			r.Fatalf("facts that cannot be: %+v", z.Interface)
		case z.Resource != "" && v.Decision != cloud.Allowed:
			r.Fatalf("a resource without being allowed: %+v", z.Interface)
		case z.State == cloud.Connected && v.Connection != cloud.Connected && v.Connection != cloud.Connecting:
			r.Fatalf("a zone is connected and the connection %s", v.Connection)
		}
	}
	for _, state := range cloud.ConnectionFilters() {
		found, err := b.a.FindConnections(b.Context(), b.service.ID, cloud.Find{Filter: map[string]string{"connection": state}})
		b.ok(err)
		want := state == string(v.Connection)
		if v.Connection == cloud.Disconnected {
			want = state == cloud.WaitsForProvider && v.Decision == cloud.Undecided || state == cloud.WasDenied && v.Decision != cloud.Undecided
		}
		if (len(found.Items) == 1) != want {
			r.Fatalf("the filter %s finds %d of a connection that is %s", state, len(found.Items), v.Connection)
		}
	}
}

// TestZoneForms: what a provider names must be there and theirs; several
// resources share what is assigned, those for hand only are left out, one in
// use names who uses it, and moving them frees it (EPS-01, EPS-09, B.8).
func TestZoneForms(t *testing.T) {
	b := openZones(t)
	ctx := t.Context()
	s, e, zone := b.service.ID, b.endpoint.ID, b.zones[0]
	of := func(n int) string { return s + "/" + zone + "/" + b.clbs[n].ID }
	everything := func(cloud.ZoneView) bool { return true }
	byHand := []cloud.ResourceInput{{Zone: zone, Balancer: b.clbs[0].ID, Manual: true}}
	_, err := b.a.CreateService(ctx, frankfurt, cloud.ServiceInput{AutoAccept: "no", Affinity: "no", Resources: byHand})
	b.refused(err, cloud.Conflict)
	b.ok(b.a.SetResourceManual(ctx, s, of(1), true))
	b.refused(b.a.SetResourceManual(ctx, s, of(0), true), cloud.Conflict)
	b.watch(everything, false)
	b.ok(b.a.Allow(ctx, s, e, cloud.AllowInput{Auto: true}))
	b.watch(everything, false)
	if got := b.view().Zones[0].Resource; got != of(0) {
		t.Errorf("automatically assigned: %s", got)
	}
	move := func(in cloud.MoveInput) error { return b.a.MoveZone(ctx, s, e, zone, in) }
	b.refused(move(cloud.MoveInput{Resource: of(0)}), cloud.Invalid, "resource", "error.choose")
	b.refused(move(cloud.MoveInput{Resource: s + "/" + b.zones[1] + "/" + b.clbs[1].ID}), cloud.Invalid, "resource", "error.choose")
	b.refused(move(cloud.MoveInput{Resource: of(1), Mode: "slowly"}), cloud.Invalid, "mode", "error.choice")
	b.refused(move(cloud.MoveInput{Resource: of(1), Drain: "0"}), cloud.Invalid, "drain", "error.number")
	b.refused(b.b.DisconnectZone(ctx, s, e, zone), cloud.NotFound)
	b.refused(b.a.DisconnectZone(ctx, s, e, "eu-central-1z"), cloud.NotFound)
	if used := b.refused(b.a.RemoveResource(ctx, s, of(0)), cloud.Conflict); len(used.Blockers) != 1 || used.Blockers[0].ID != e {
		t.Errorf("in the way: %+v", used.Blockers)
	}
	replace := func(from, to int, all bool, endpoints ...string) (string, error) {
		moved, left, err := b.a.ReplaceResource(ctx, s, of(from), cloud.MoveInput{Resource: of(to), Mode: cloud.MoveGraceful, All: all, Endpoints: endpoints})
		return fmt.Sprint(moved, left), err
	}
	_, err = replace(0, 1, false)
	b.refused(err, cloud.Invalid, "endpoints", "error.choose")
	if got, err := replace(0, 1, false, e, "ep-gone"); err != nil || got != "1 1" {
		t.Errorf("moved and left %s, %v", got, err)
	}
	b.watch(everything, true)
	used := b.refused(b.a.RemoveResource(ctx, s, of(0)), cloud.Conflict) // old connections live there
	holders, err := b.a.ResourceHolders(ctx, s, of(0))
	b.ok(err)
	if len(holders) != 1 || len(used.Blockers) != 1 || holders[0].ID != used.Blockers[0].ID {
		t.Errorf("the page names %d in the way and the refusal %+v", len(holders), used.Blockers)
	}
	// What is changing stays as it is, and nothing moved is no success.
	_, err = replace(1, 0, true)
	b.refused(err, cloud.Conflict)
	_, err = replace(0, 1, false, e)
	b.refused(err, cloud.Conflict)
	b.watch(everything, false)
	if got, err := replace(1, 0, true); err != nil || got != "1 0" {
		t.Errorf("of all, moved and left %s, %v", got, err)
	}
	b.watch(everything, false)
	if got, err := replace(0, 1, true); err != nil || got != "1 0" {
		t.Errorf("and back %s, %v", got, err)
	}
	b.watch(everything, false)
	b.refused(b.a.RemoveResource(ctx, s, of(0)), cloud.Conflict) // the other one is for hand only
	b.ok(b.a.SetResourceManual(ctx, s, of(1), false))
	b.ok(b.a.RemoveResource(ctx, s, of(0)))
	if z := b.view().Zones[0]; z.State != cloud.Migrated || z.Resource != of(1) {
		t.Errorf("afterwards it is %s on %s", z.State, z.Resource)
	}

	// Two people decide about the same zone: the second is told.
	seen := b.a.Since(b.last())
	b.ok(b.dev.DisconnectZone(ctx, s, e, zone))
	if err := seen.MoveZone(ctx, s, e, b.zones[1], cloud.MoveInput{Resource: s + "/" + b.zones[1] + "/" + b.clbs[1].ID}); err != nil {
		t.Errorf("another zone is not contested: %v", err)
	}
	b.watch(everything, false)
	if err := seen.ConnectZone(ctx, s, e, zone, cloud.AllowInput{Auto: true}); cloud.AsError(err) == nil || cloud.AsError(err).Key != cloud.Overtaken {
		t.Errorf("a contested zone: %v", err)
	}
	before := b.last()
	b.ok(b.a.ConnectZone(ctx, s, e, zone, cloud.AllowInput{Auto: true}))
	if got := b.last() - before; got != 1 {
		t.Errorf("one press made %d events", got)
	}
}

// TestFailZone: only administrators make a zone fail, what is known of it is
// told to everybody, and each switch is one event of the person.
func TestFailZone(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	zone := frankfurt + "b"
	service := b.service(cloud.ServiceInput{}) // with a CLB whose backup zone is the other one
	_, err := b.a.CreateEndpoint(ctx, frankfurt, b.request(b.a, "VPC1", service))
	b.ok(err)
	alone := b.clb()
	alone.ZoneType, alone.BackupZone = cloud.SingleZone, ""
	_, err = b.a.CreateBalancers(ctx, frankfurt, alone)
	b.ok(err)
	b.refused(b.b.FailZone(ctx, zone, true), cloud.Denied)
	b.refused(b.a.FailZone(ctx, "eu-central-1z", true), cloud.NotFound)
	before := b.last()
	b.ok(b.a.FailZone(ctx, zone, true))
	b.ok(b.a.FailZone(ctx, zone, true))
	if got := b.last(); got != before+1 {
		t.Errorf("%d events, want one", got-before)
	}
	events, err := b.a.Events(ctx, zone, 0, 10)
	b.ok(err)
	if len(events) != 1 || events[0].Kind != "zone" || events[0].Actor != b.a.Account().ID {
		t.Errorf("the trail has %+v", events)
	}
	failed, err := b.b.FailedZones(ctx, frankfurt)
	b.ok(err)
	if len(failed) != 1 || failed[0].ID != zone || failed[0].By != b.a.Account().ID {
		t.Errorf("others are told %+v", failed)
	}
	region, _ := cloud.FindRegion(frankfurt)
	_, err = b.b.ZoneUses(ctx, region)
	b.refused(err, cloud.Denied)
	uses, err := b.a.ZoneUses(ctx, region)
	b.ok(err)
	use, err := b.a.ZoneUse(ctx, zone)
	b.ok(err)
	if len(uses) != 2 || use != uses[1] || !use.Failed || use.Instances != 4 || use.Running != 4 || use.Interfaces != 1 || use.Primary != 2 || use.Alone != 1 ||
		uses[0] != (cloud.ZoneUse{Zone: cloud.Zone{ID: frankfurt + "a", Region: frankfurt}, Backup: 1}) {
		t.Errorf("in the zones: %+v", uses)
	}
}

// TestZoneTable is the documents' sentences about zone connections, over every
// pair of states (B.3): a zone is closed only while the endpoint is Connected
// and the zone Connected or Migrated, connected only while it is Disconnected or
// waits, and a Connected one can only be migrated.
func TestZoneTable(t *testing.T) {
	for _, connection := range cloud.ConnectionStates() {
		for _, zone := range cloud.ZoneStates() {
			in := func(states ...cloud.State) bool {
				return connection == cloud.Connected && slices.Contains(states, zone)
			}
			for act, want := range map[cloud.Action]bool{
				cloud.ActDisconnectZone: in(cloud.Connected, cloud.Migrated),
				cloud.ActMoveZone:       in(cloud.Connected, cloud.Migrated),
				cloud.ActConnectZone:    in(cloud.Disconnected, cloud.Wait),
				cloud.ActEndMove:        in(cloud.Migrating),
			} {
				if got := cloud.MayZone(connection, zone, act); got != want {
					t.Errorf("%s of a zone that is %s while the connection is %s: %v", act, zone, connection, got)
				}
			}
		}
	}
}
