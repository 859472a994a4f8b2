package reconcile_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"culvert.internal/cloud"
)

// TestAllowIsFast: over many cycles of Deny and Allow the first byte comes soon
// after Allow, and a connection through another endpoint of the same service
// is not touched (ACC-03, ACC-04, COM-13). The aim is 50 ms; the test allows
// three times that, and tries again when something else had the machine,
// because it also runs beside other tests and under the race detector. It logs
// what it measured.
func TestAllowIsFast(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.116.0.0/14")
	ctx := t.Context()
	l.ok(l.a.BuildLab(ctx, frankfurt))
	l.until("connected", func() bool { return l.endpoint().Connection == cloud.Connected })
	other, tut := l.endpoint(), l.tutorial()
	ecs1 := l.instance(l.a, "ECS1")

	second, err := l.a.CreateEndpoint(ctx, frankfurt, cloud.EndpointInput{
		Name: "second", How: cloud.BySelect, Service: tut.Service, VPC: ecs1.VPC, Groups: ecs1.Groups,
		Zones: []cloud.ZoneInput{{Zone: frankfurt + "b", VSwitch: ecs1.VSwitch}},
	})
	l.ok(err)
	e, err := l.a.Endpoint(ctx, second.ID)
	l.ok(err)
	eni := e.Zones[0].IP.String()

	bystander, err := l.Doors().Dial(ctx, ecs1.ID, "tcp", other.Zones[0].IP.String(), 80)
	l.ok(err)
	defer bystander.Close()
	l.until("the bystander is carried", func() bool { return len(l.Connections(other.Zones[0].ID)) == 1 })

	var took []time.Duration
	cycle := func() {
		began := time.Now()
		l.ok(l.a.Allow(ctx, tut.Service, e.ID, cloud.AllowInput{Auto: true}))
		l.until("the first byte", func() bool { _, err := l.get(ecs1.ID, eni, 80); return err == nil })
		took = append(took, time.Since(began))
		l.ok(l.a.Deny(ctx, tut.Service, e.ID))
		l.until("the port is closed again", func() bool { _, err := l.get(ecs1.ID, eni, 80); return err != nil })
	}
	fast := false
	for round := 0; round < 4 && !fast; round++ {
		took = nil
		for range 50 {
			cycle()
		}
		slices.Sort(took)
		t.Logf("Allow to first byte: median %v, p95 %v, longest %v", took[25], took[47], took[49])
		fast = took[47] <= 150*time.Millisecond
	}
	if !fast {
		t.Error("p95 from Allow to the first byte is more than 150 ms each time")
	}
	if live := l.Connections(other.Zones[0].ID); len(live) != 1 {
		t.Errorf("the other endpoint's connection did not survive: %+v", live)
	}
}
