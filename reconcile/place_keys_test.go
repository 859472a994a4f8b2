package reconcile

import (
	"net/netip"
	"path/filepath"
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/store"
)

// TestZoneTouchesItsOwn: the change of a zone dirties what stands in it or on
// it, and nothing of any other zone.
func TestZoneTouchesItsOwn(t *testing.T) {
	ctx := t.Context()
	kept, err := store.Open("sqlite:" + filepath.Join(t.TempDir(), "lab.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	engine, err := cloud.Open(kept, cloud.Options{Base: netip.MustParsePrefix("127.72.0.0/14"), Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.SeedDemo(ctx); err != nil {
		t.Fatal(err)
	}
	accounts, err := engine.DemoAccounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.As(accounts[0]).BuildLab(ctx, cloud.DemoRegion); err != nil {
		t.Fatal(err)
	}
	for zone, want := range map[string]map[kind]int{
		cloud.DemoRegion + "b": {places: 1, instances: 4, balancers: 1, endpoints: 1},
		cloud.DemoRegion + "a": {places: 1, balancers: 1, endpoints: 1}, // its backup zone, and who stands on it
		"cn-hangzhou-j":        {places: 1, balancers: 1},               // a backup zone of the operator's
		"cn-shenzhen-d":        {places: 1, instances: 1, balancers: 2, clusters: 1},
		"cn-sh4a":              {places: 1},
	} {
		got := map[kind]int{}
		if err := engine.View(ctx, func(tx *cloud.Tx) error {
			keys := map[key]bool{{places, zone}: true}
			if err := widen(tx, keys); err != nil {
				return err
			}
			for k := range keys {
				got[k.kind]++
				if k.kind == instances {
					if i, err := tx.Instances.Get(k.id); err != nil || i.Zone != zone {
						t.Errorf("%s: instance %s of %s, %v", zone, k.id, i.Zone, err)
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for k := places; k <= zones; k++ {
			if got[k] != want[k] {
				t.Errorf("%s: %d keys of kind %d, want %d", zone, got[k], k, want[k])
			}
		}
	}
}
