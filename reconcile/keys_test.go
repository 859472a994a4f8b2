package reconcile

import (
	"context"
	"log/slog"
	"net/netip"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/dataplane"
	"culvert.internal/reach"
	"culvert.internal/store"
	"culvert.internal/underlay"
)

// asked is a store that counts the questions for endpoints, what is behind
// services, and subnets.
type asked struct {
	cloud.Store
	endpoints, resources, vswitches atomic.Int32
}

type counted[T any] struct {
	cloud.Table[T]
	n *atomic.Int32
}

func (c counted[T]) Get(id string) (T, error) {
	c.n.Add(1)
	return c.Table.Get(id)
}

func (c counted[T]) List(w cloud.Where) ([]T, error) {
	c.n.Add(1)
	return c.Table.List(w)
}

func (a *asked) Read(ctx context.Context, fn func(*cloud.Tx) error) error {
	return a.Store.Read(ctx, func(tx *cloud.Tx) error {
		seen := *tx
		seen.Endpoints, seen.Resources = counted[cloud.Endpoint]{tx.Endpoints, &a.endpoints}, counted[cloud.Resource]{tx.Resources, &a.resources}
		seen.VSwitches = counted[cloud.VSwitch]{tx.VSwitches, &a.vswitches}
		return fn(&seen)
	})
}

// TestSweepReadsOnce: a sweep asks for each table once, however much is in it.
func TestSweepReadsOnce(t *testing.T) {
	engine, kept := demo(t)
	l := over(t, engine)
	for range 2 {
		kept.endpoints.Store(0)
		kept.resources.Store(0)
		must(t, l.sweep(t.Context()))
		if e, r := kept.endpoints.Load(), kept.resources.Load(); e != 1 || r != 1 {
			t.Errorf("a sweep asked %d times for endpoints and %d times for resources", e, r)
		}
	}
	accounts, err := engine.DemoAccounts(t.Context())
	must(t, err)
	tutorial, err := engine.As(accounts[0]).Tutorial(t.Context(), cloud.DemoRegion)
	must(t, err)
	kept.vswitches.Store(0)
	must(t, l.apply(t.Context(), map[key]bool{{endpoints, tutorial.Endpoint}: true}))
	if n := kept.vswitches.Load(); n != 0 {
		t.Errorf("an endpoint with zones of its own asked %d times for subnets", n)
	}
}

// over is a lab that does nothing by itself; what is open in the end is closed.
func over(t *testing.T, engine *cloud.Engine) *Lab {
	t.Helper()
	lo, err := underlay.NewLoopback()
	if err != nil {
		t.Skip(err)
	}
	l, err := New(engine, lo, Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ended, end := context.WithCancel(context.Background())
		end()
		if err := l.Run(ended); err != nil {
			t.Error(err)
		}
	})
	return l
}

// TestSpecOfABalancer: the data plane is told what a CLB's specification says
// (CLB-06). Nothing here carries five thousand connections, so until then one is
// as many as it may.
func TestSpecOfABalancer(t *testing.T) {
	for _, s := range cloud.Specs() {
		if got := balancerLimit(cloud.Balancer{Name: "CLB", Spec: s.ID}); got != (dataplane.Limit{Name: "CLB", Flows: s.Connections, PerSecond: s.PerSecond}) {
			t.Errorf("%s: %+v", s.ID, got)
		}
	}
	ctx := t.Context()
	engine, _ := demo(t)
	l := over(t, engine)
	accounts, err := engine.DemoAccounts(ctx)
	must(t, err)
	c := engine.As(accounts[0])
	tutorial, err := c.Tutorial(ctx, cloud.DemoRegion)
	must(t, err)
	b, err := c.Balancer(ctx, tutorial.Balancer)
	must(t, err)
	must(t, l.sweep(ctx))
	conn, err := l.doors.Dial(ctx, tutorial.Servers[0], "tcp", b.IP.String(), 80)
	must(t, err)
	defer conn.Close()
	full := func() bool {
		_, room := l.plane.Room(reach.GateListener, b.ID)
		return !room
	}
	l.plane.SetLimit(b.ID, dataplane.Limit{Flows: 1})
	for end := time.Now().Add(10 * time.Second); !full(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the connection is not carried")
		}
	}
	_, err = c.SetSpec(ctx, b.ID, cloud.Specs()[1].ID)
	must(t, err)
	must(t, l.catchUp(ctx))
	if full() {
		t.Error("the new specification is not in force")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestGroupsOfSomeColumns: rows that are kept by two columns are asked for by any
// of them.
func TestGroupsOfSomeColumns(t *testing.T) {
	engine, _ := demo(t)
	if err := engine.View(t.Context(), func(tx *cloud.Tx) error {
		all, err := tx.Resources.List(nil)
		if err != nil {
			return err
		}
		one := all[0]
		for _, w := range []cloud.Where{{"service": one.Service}, {"zone": one.Zone}, {"service": one.Service, "balancer": one.Balancer}, {"service": one.Service, "zone": one.Zone}} {
			want, err := tx.Resources.List(w)
			if err != nil {
				return err
			}
			got, err := readWhole(tx).Resources.List(w)
			if err != nil || len(got) == 0 || !reflect.DeepEqual(got, want) {
				t.Errorf("%v: %v, %v, want %v", w, got, err, want)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// demo is the engine of a built lab.
func demo(t *testing.T) (*cloud.Engine, *asked) {
	t.Helper()
	ctx := t.Context()
	disk, err := store.Open("sqlite:" + filepath.Join(t.TempDir(), "lab.db"))
	must(t, err)
	kept := &asked{Store: disk}
	t.Cleanup(func() { _ = kept.Close() })
	engine, err := cloud.Open(kept, cloud.Options{Base: netip.MustParsePrefix("127.72.0.0/14"), Demo: true})
	must(t, err)
	must(t, engine.SeedDemo(ctx))
	accounts, err := engine.DemoAccounts(ctx)
	must(t, err)
	must(t, engine.As(accounts[0]).BuildLab(ctx, cloud.DemoRegion))
	return engine, kept
}

// TestZoneTouchesItsOwn: the change of a zone dirties what stands in it or on
// it, and nothing of any other zone.
func TestZoneTouchesItsOwn(t *testing.T) {
	ctx := t.Context()
	engine, _ := demo(t)
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

// TestProgramsBeforeProbers: whatever a CLB probes is started before the CLB,
// so that no start begins with a backend that refuses.
func TestProgramsBeforeProbers(t *testing.T) {
	engine, _ := demo(t)
	must(t, engine.View(t.Context(), func(tx *cloud.Tx) error {
		keys := map[key]bool{}
		if err := allKeys(tx, keys); err != nil {
			return err
		}
		order, err := inOrder(tx, keys)
		probed, programs := false, 0
		for _, k := range order {
			probed = probed || k.kind == balancers
			if k.kind == instances || k.kind == clusters {
				programs++
				if probed {
					t.Errorf("%+v is started after a CLB", k)
				}
			}
		}
		if !probed || programs == 0 {
			t.Errorf("the demo has nothing to probe: %+v", order)
		}
		return err
	}))
}
