package cloud_test

import (
	"slices"
	"testing"

	"culvert.internal/cloud"
)

// A zone that is added to a live connection waits for the provider and is among
// what waits, until the provider has connected or closed it (B.3).
func TestZoneWaits(t *testing.T) {
	b := openZones(t)
	ctx := t.Context()
	everything := func(cloud.ZoneView) bool { return true }
	waits := func() (zones []string) {
		t.Helper()
		n, err := b.a.PendingCount(ctx, frankfurt)
		b.ok(err)
		list, err := b.a.Pending(ctx, frankfurt)
		b.ok(err)
		if len(list) != n || n > 1 {
			t.Fatalf("%d wait, and these are named: %+v", n, list)
		}
		for _, w := range list {
			if !w.Mine || w.Endpoint != b.endpoint.ID {
				t.Errorf("%+v", w)
			}
			zones = append([]string{"connection"}, w.Zones...)
		}
		return zones
	}
	expect := func(when string, want ...string) {
		t.Helper()
		if got := waits(); !slices.Equal(got, want) {
			t.Errorf("%s: %q waits, want %q", when, got, want)
		}
	}
	expect("asked for", "connection")
	b.ok(b.a.Allow(ctx, b.service.ID, b.endpoint.ID, cloud.AllowInput{Auto: true}))
	b.watch(everything, false)
	expect("allowed")
	z := b.view().Zones[1]
	b.ok(b.a.RemoveZone(ctx, b.endpoint.ID, z.ID))
	expect("a zone leaves")
	b.ok(b.engine.Gone(ctx, z.ID))
	b.ok(b.a.AddZone(ctx, b.endpoint.ID, b.zoneInput(z.Zone)))
	expect("the zone is back", "connection", z.Zone)
	b.watch(everything, false)
	b.ok(b.a.ConnectZone(ctx, b.service.ID, b.endpoint.ID, z.Zone, cloud.AllowInput{Auto: true}))
	expect("connected")
	b.watch(everything, false)
	b.ok(b.a.DisconnectZone(ctx, b.service.ID, b.endpoint.ID, z.Zone))
	expect("closed")
}
