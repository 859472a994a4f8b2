package reconcile_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"culvert.internal/cloud"
)

// change is a step of the program: what it does, and which connections it
// concerns. Those end by a reset, and no others end.
type change struct {
	name    string
	do      func() error
	concern func(*carried) bool
}

func nobody(*carried) bool { return false }

// often is true three times of four.
func (l *liveLab) often() bool { return l.dice.IntN(4) > 0 }

// change chooses the next step.
func (l *liveLab) change() change {
	ctx := l.t.Context()
	n := l.dice.IntN(len(l.endpoints))
	e, s, elb := l.endpoints[n], l.services[serviceOf[n]], l.elb[serviceOf[n]]
	i := l.echo[l.dice.IntN(len(l.echo))]
	behind := l.elb[0]
	if i.ID == l.echo[2].ID {
		behind = l.elb[1]
	}
	them := l.b.Account()
	onService := func(c *carried) bool {
		return slices.ContainsFunc([]int{0, 1, 2}, func(k int) bool { return serviceOf[k] == serviceOf[n] && l.endpoints[k].ID == c.endpoint })
	}
	switch l.dice.IntN(16) {
	case 0, 1:
		w := fmt.Sprint(l.dice.IntN(101))
		return change{"weight " + w, func() error { return l.a.SetWeight(ctx, behind.ID, i.ID, w) }, nobody}
	case 2:
		return change{"server taken out", func() error { return l.a.RemoveBackend(ctx, behind.ID, i.ID) }, nobody}
	case 3, 4:
		return change{"server put in", func() error {
			return l.a.AddBackends(ctx, behind.ID, []cloud.BackendInput{{Instance: i.ID}})
		}, nobody}
	case 5:
		return change{"group shut", func() error { return l.rules(false) }, nobody}
	case 6, 7:
		return change{"group open", func() error { return l.rules(true) }, nobody}
	case 8:
		return change{"off the whitelist", func() error { return l.a.RemoveGrant(ctx, s.ID, them.ID) }, nobody}
	case 9:
		approval := map[bool]string{true: "yes", false: "no"}[l.often()]
		return change{"approval " + approval, func() error {
			_, err := l.a.UpdateService(ctx, s.ID, cloud.ServiceInput{Approval: approval})
			return err
		}, nobody}
	case 10, 11:
		return change{"allow", func() error { return l.a.Allow(ctx, s.ID, e.ID, cloud.AllowInput{Auto: true}) }, nobody}
	case 12:
		return change{"deny", func() error { return l.a.Deny(ctx, s.ID, e.ID) }, func(c *carried) bool { return c.endpoint == e.ID }}
	case 13:
		return change{"evict", func() error {
			if err := l.a.RemoveGrant(ctx, s.ID, them.ID); err != nil && cloud.AsError(err) == nil {
				return err // it is off already
			}
			return l.a.Evict(ctx, s.ID, them.ID)
		}, onService}
	case 14:
		on := l.often()
		concern := func(c *carried) bool { return !on && c.backend == i.ID }
		return change{fmt.Sprintf("instance %s runs: %v", i.ID, on), func() error { _, err := l.a.RunInstance(ctx, i.ID, on); return err }, concern}
	default:
		if l.often() {
			return change{"another endpoint in its place", func() error { return l.renew(n) }, func(c *carried) bool { return c.endpoint == e.ID }}
		}
		on := l.often()
		return change{fmt.Sprint("listener runs: ", on), func() error { return l.listener(elb, on) }, nobody}
	}
}

func (l *liveLab) listener(elb cloud.Balancer, on bool) error {
	v, err := l.a.Balancer(l.t.Context(), elb.ID)
	if err != nil {
		return err
	}
	_, err = l.a.RunListener(l.t.Context(), elb.ID, v.Listeners[0].ID, on)
	return err
}

// rules makes the servers' group let all in, or nobody.
func (l *liveLab) rules(open bool) error {
	ctx := l.t.Context()
	g, err := l.a.SecurityGroup(ctx, l.group.ID)
	if err != nil {
		return err
	}
	for _, r := range g.Rules {
		if r.Direction == cloud.Ingress {
			err = errors.Join(err, l.a.DeleteRule(ctx, g.ID, r.ID))
		}
	}
	if open && err == nil {
		l.letIn(l.a, l.group)
	}
	return err
}

// mend opens what is shut, so that the program goes on with a crowd.
func (l *liveLab) mend() {
	ctx := l.t.Context()
	refused := func(err error) {
		if err != nil && cloud.AsError(err) == nil {
			l.t.Fatal(err)
		}
	}
	l.ok(l.rules(true))
	for n, s := range l.services {
		refused(l.a.AddGrants(ctx, s.ID, []string{cloud.DomainPrefix + l.b.Account().DomainID}))
		_, err := l.a.UpdateService(ctx, s.ID, cloud.ServiceInput{Approval: "yes"})
		refused(err)
		l.ok(l.listener(l.elb[n], true))
	}
	for n, e := range l.endpoints {
		refused(l.a.Allow(ctx, l.services[serviceOf[n]].ID, e.ID, cloud.AllowInput{Auto: true}))
	}
	for n, i := range l.echo {
		_, err := l.a.RunInstance(ctx, i.ID, true)
		l.ok(err)
		l.ok(l.a.AddBackends(ctx, l.elb[n/2].ID, []cloud.BackendInput{{Instance: i.ID}}))
	}
	l.until("every endpoint answers", func() bool {
		return !slices.ContainsFunc(l.endpoints[:], func(e cloud.Endpoint) bool {
			v, err := l.b.Endpoint(ctx, e.ID)
			l.ok(err)
			return !l.echoes("tcp", l.from.IP, l.front.TwinOf(l.from.IP), l.client.ID, netip.AddrPortFrom(v.Zones[0].IP, 5000))
		})
	})
}

// judge waits for the ends of those that are concerned, and for a further
// round of everybody else.
func (l *liveLab) judge(step string, concerned []*carried) {
	for _, c := range concerned {
		select {
		case err := <-c.end:
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
				l.t.Fatalf("%s: a connection it concerns ended by %v, want a reset", step, err)
			}
		case <-time.After(10 * time.Second):
			l.t.Fatalf("%s: a connection it concerns goes on", step)
		}
		l.live = slices.DeleteFunc(l.live, func(o *carried) bool { return o == c })
	}
	before := make([]int64, len(l.live))
	for k, c := range l.live {
		before[k] = c.rounds.Load()
	}
	for k, c := range l.live {
		// The round under way may have begun before the change was made.
		l.until(step+": a connection it does not concern goes on", func() bool {
			select {
			case err := <-c.end:
				l.t.Fatalf("%s: a connection it does not concern, through %s to %s, ended: %v", step, c.endpoint, c.backend, err)
			default:
			}
			return c.rounds.Load() > before[k]+1
		})
	}
}

// TestLiveConnectionsInAProgram runs a random program of changes of backends,
// weights, groups, whitelists and approvals while 200 connections carry bytes
// that are compared. Only those that a change concerns end, and they end by a
// reset: those of an endpoint that is denied, evicted or deleted (after its
// time to drain), and those of a server that is stopped (ACC-03, ACC-04,
// TYD-07, LSN-04, ALI-06).
func TestLiveConnectionsInAProgram(t *testing.T) {
	const crowd, steps = 200, 50
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	l := startLive(t, "127.72.0.0/14", seed)
	l.mend()
	ended, refused := 0, 0
	for step := range steps {
		l.crowd(crowd)
		if len(l.live) < crowd/2 {
			l.mend()
			l.crowd(crowd)
		}
		do := l.change()
		var concerned []*carried
		for _, c := range l.live {
			if do.concern(c) {
				concerned = append(concerned, c)
			}
		}
		if err := do.do(); cloud.AsError(err) != nil {
			refused++
			concerned = nil
		} else {
			l.ok(err)
		}
		l.Guards(t.Context(), nil, "") // waits until the change is in force
		l.judge(fmt.Sprintf("step %d, %s", step, do.name), concerned)
		ended += len(concerned)
	}
	t.Logf("%d connections made, %d ended by changes, %d changes refused", l.made, ended, refused)
	if ended == 0 {
		t.Error("no change ended a connection")
	}
}
