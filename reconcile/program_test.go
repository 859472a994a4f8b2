package reconcile_test

import (
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"culvert.internal/cloud"
)

// TestWireAgreesWithJudge runs a random program of changes. After each of them
// a page comes back through the endpoint exactly when the judge says that the
// flow may pass: what is explained and what is carried never differ
// (COM-02, COM-07, COM-13, ALI-06, ACC-04, LSN-01).
func TestWireAgreesWithJudge(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.128.0.0/14")
	ctx := t.Context()
	l.ok(l.a.BuildLab(ctx, frankfurt))
	l.until("connected", func() bool { return l.endpoint().Connection == cloud.Connected })
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	tut, e := l.tutorial(), l.endpoint()
	ecs1, ecs2, ecs3 := l.instance(l.a, "ECS1"), l.instance(l.a, "ECS2"), l.instance(l.a, "ECS3")
	eni := e.Zones[0].IP.String()
	rule := func(group, direction, policy string) func() error {
		return func() error {
			g, err := l.a.SecurityGroup(ctx, group)
			if err != nil {
				return err
			}
			for _, r := range g.Rules {
				if r.Direction == direction && r.Priority == 2 {
					return l.a.DeleteRule(ctx, group, r.ID)
				}
			}
			if dice.IntN(4) > 0 {
				return nil
			}
			_, err = l.a.AddRule(ctx, group, cloud.RuleInput{
				Direction: direction, Policy: policy, Priority: "2", Protocol: cloud.TCP, Ports: strconv.Itoa(80), Peer: "0.0.0.0/0",
			})
			return err
		}
	}
	weight := func(i cloud.InstanceView) func() error {
		return func() error { return l.a.SetWeight(ctx, tut.Balancer, i.ID, strconv.Itoa(min(dice.IntN(5), 1)*100)) }
	}
	power := func(i cloud.InstanceView) func() error {
		return func() error { _, err := l.a.RunInstance(ctx, i.ID, dice.IntN(5) > 0); return err }
	}
	listener := func() error {
		_, err := l.a.RunListener(ctx, tut.Balancer, tut.Listener, dice.IntN(5) > 0)
		return err
	}
	allow := func() error { return l.a.Allow(ctx, tut.Service, tut.Endpoint, cloud.AllowInput{Auto: true}) }
	moves := []func() error{
		allow, allow, allow,
		func() error { return l.a.Deny(ctx, tut.Service, tut.Endpoint) },
		rule(e.Groups[0], cloud.Ingress, cloud.Drop), rule(e.Groups[0], cloud.Egress, cloud.Drop), rule(ecs2.Groups[0], cloud.Ingress, cloud.Drop),
		weight(ecs2), weight(ecs3), power(ecs2), power(ecs3), listener,
	}
	passed, refused := 0, 0
	for n := range 120 {
		if err := moves[dice.IntN(len(moves))](); err != nil {
			// A denial that is still being carried out refuses the next one.
			if cloud.AsError(err) == nil {
				t.Fatal(err)
			}
		}
		allowed := false
		l.until("step "+strconv.Itoa(n)+": wire and judge agree", func() bool {
			allowed = l.explain(ecs1, eni, 80).Allowed
			_, err := l.get(ecs1.ID, eni, 80)
			return allowed == (err == nil) && allowed == l.explain(ecs1, eni, 80).Allowed
		})
		if allowed {
			passed++
		} else {
			refused++
		}
	}
	t.Logf("%d steps passed, %d refused", passed, refused)
}
