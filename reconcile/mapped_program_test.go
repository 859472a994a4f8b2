package reconcile_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// mappedLab is what the random program changes: three services (behind a load
// balancer, an instance, a secondary NIC) of one account with an endpoint of
// another on each.
type mappedLab struct {
	*lab
	dice            *rand.Rand
	service, client cloud.VPC
	back, front     cloud.VSwitch
	group, shut     cloud.SecurityGroup
	echo            [2]cloud.Instance
	nic             cloud.NIC
	elb             cloud.Balancer
	from            cloud.Instance
	acl             cloud.NetworkACL
	services        [3]cloud.Service
	endpoints       [3]cloud.Endpoint
}

func startMapped(t *testing.T, base string, seed uint64) *mappedLab {
	l := &mappedLab{lab: start(t, filepath.Join(t.TempDir(), "lab.db"), base), dice: rand.New(rand.NewPCG(seed, 2))}
	ctx := t.Context()
	var clients cloud.SecurityGroup
	l.service, l.back, l.group = l.network(l.a, "service", "10.0.0.0/16", "10.0.0.0/24")
	l.client, l.front, clients = l.network(l.b, "client", "10.0.0.0/16", "10.0.0.0/24")
	var err error
	l.shut, err = l.a.CreateSecurityGroup(ctx, guangzhou, cloud.GroupInput{VPC: l.service.ID, Name: "shut", Template: cloud.TemplateEmpty})
	l.ok(err)
	for n := range l.echo {
		l.echo[n] = l.host(l.a, l.back, l.group, fmt.Sprint("echo-", n), cloud.ProgramEcho, "7007")
	}
	l.nic, err = l.a.AddNIC(ctx, l.echo[1].ID, cloud.NICInput{VSwitch: l.back.ID, Groups: []string{l.group.ID}})
	l.ok(err)
	l.elb = l.enhanced(l.a, l.service, l.back, "7007", l.echo[0])
	l.listens(l.a, l.elb, cloud.UDP, "7007", l.echo[0])
	l.from = l.host(l.b, l.front, clients, "client", cloud.ProgramNone, "")
	l.acl, err = l.a.CreateACL(ctx, guangzhou, cloud.ACLInput{Name: "acl"})
	l.ok(err)
	l.letIn(l.a, l.group)
	for n := range l.services {
		l.ok(l.renew(n))
	}
	return l
}

// renew makes a service and its endpoint in a place, and takes those away that
// are there, if the service can go; its endpoint then fails.
func (l *mappedLab) renew(n int) error {
	ctx := l.t.Context()
	if old := l.services[n]; old.ID != "" {
		if err := l.a.DeleteService(ctx, old.ID); err != nil {
			return err
		}
		l.state(l.b, l.endpoints[n], cloud.Failed)
		if l.passes(n, "tcp") || l.passes(n, "udp") {
			l.t.Error("an endpoint without a service answers")
		}
		if _, err := l.a.Tombstone(ctx, old.ID); err != nil {
			return err
		}
		if err := l.b.DeleteEndpoint(ctx, l.endpoints[n].ID); err != nil {
			return err
		}
	}
	in := cloud.ServiceInput{VPC: l.service.ID, Approval: "yes", BackendType: cloud.BackendInstance, Mappings: echoMappings()}
	switch n {
	case 0:
		in.BackendType, in.Balancer = cloud.BackendBalancer, l.elb.ID
	case 1:
		in.Instance, in.NIC = l.echo[0].ID, cloud.PrimaryNIC
	default:
		in.Instance, in.NIC = l.echo[1].ID, l.nic.ID
	}
	s, err := l.a.CreateService(ctx, guangzhou, in)
	if err != nil {
		return err
	}
	if err := l.a.AddGrants(ctx, s.ID, []string{cloud.DomainPrefix + l.b.Account().DomainID}); err != nil {
		return err
	}
	l.services[n] = s
	l.endpoints[n] = l.single(l.b, s, l.client, l.front)
	return nil
}

func (l *mappedLab) target(n int) netip.AddrPort {
	v, err := l.b.Endpoint(l.t.Context(), l.endpoints[n].ID)
	l.ok(err)
	return netip.AddrPortFrom(v.Zones[0].IP, 5000)
}

func (l *mappedLab) passes(n int, network string) bool {
	return l.echoes(network, l.from.IP, l.front.TwinOf(l.from.IP), l.client.ID, l.target(n))
}

func (l *mappedLab) judged(n int, network string) bool {
	to := l.target(n)
	return l.Explain(l.t.Context(), reach.Flow{Protocol: reach.Protocol(network), VPC: l.client.ID, Source: l.from.IP, Target: to.Addr(), Port: to.Port()}).Allowed
}

// often is true three times of four.
func (l *mappedLab) often() bool { return l.dice.IntN(4) > 0 }

// moves are the changes of the program; each opens more often than it shuts.
func (l *mappedLab) moves() []func() error {
	ctx := l.t.Context()
	any3 := func(do func(n int) error) func() error { return func() error { return do(l.dice.IntN(3)) } }
	decide := any3(func(n int) error {
		if l.often() {
			return l.a.Allow(ctx, l.services[n].ID, l.endpoints[n].ID, cloud.AllowInput{Auto: true})
		}
		return l.a.Deny(ctx, l.services[n].ID, l.endpoints[n].ID)
	})
	approval := any3(func(n int) error {
		_, err := l.a.UpdateService(ctx, l.services[n].ID, cloud.ServiceInput{Approval: map[bool]string{true: "yes", false: "no"}[l.often()]})
		return err
	})
	evict := any3(func(n int) error {
		them := l.b.Account()
		if l.often() {
			return l.a.AddGrants(ctx, l.services[n].ID, []string{cloud.DomainPrefix + them.DomainID})
		}
		return errors.Join(l.a.RemoveGrant(ctx, l.services[n].ID, them.ID), l.a.Evict(ctx, l.services[n].ID, them.ID))
	})
	rule := func() error {
		g, err := l.a.SecurityGroup(ctx, l.group.ID)
		if err != nil {
			return err
		}
		for _, r := range g.Rules {
			if r.Direction == cloud.Ingress {
				err = errors.Join(err, l.a.DeleteRule(ctx, g.ID, r.ID))
			}
		}
		in := cloud.RuleInput{Direction: cloud.Ingress, Protocol: cloud.AnyIP, Peer: l.engine.SNAT().String()}
		if !l.often() {
			in.Protocol, in.Peer = []string{cloud.TCP, cloud.UDP}[l.dice.IntN(2)], []string{in.Peer, "198.19.128.0/24"}[l.dice.IntN(2)]
		}
		_, more := l.a.AddRule(ctx, g.ID, in)
		return errors.Join(err, more)
	}
	acl := func() error {
		if l.often() {
			return l.a.DissociateACL(ctx, l.acl.ID, l.back.ID)
		}
		return l.a.AssociateACL(ctx, l.acl.ID, []string{l.back.ID})
	}
	aclRule := func() error {
		_, err := l.a.AddACLRule(ctx, l.acl.ID, cloud.ACLRuleInput{
			Direction: cloud.Ingress, Action: cloud.Allow, Protocol: []string{cloud.TCP, cloud.UDP}[l.dice.IntN(2)], Source: "198.19.0.0/16", Destination: "0.0.0.0/0",
		})
		return err
	}
	power := func() error {
		_, err := l.a.RunInstance(ctx, l.echo[l.dice.IntN(2)].ID, l.often())
		return err
	}
	listener := func() error {
		v, err := l.a.Balancer(ctx, l.elb.ID)
		if err != nil {
			return err
		}
		_, err = l.a.RunListener(ctx, l.elb.ID, v.Listeners[l.dice.IntN(2)].ID, l.often())
		return err
	}
	nic := func() error {
		_, err := l.a.SetNICGroups(ctx, l.nic.ID, []string{map[bool]string{true: l.group.ID, false: l.shut.ID}[l.often()]})
		return err
	}
	return []func() error{decide, decide, decide, decide, decide, approval, evict, rule, rule, acl, acl, aclRule, power, power, listener, nic, any3(l.renew)}
}

// TestMappedProgram runs a random program of changes over services with
// mappings. After each of them bytes come back through an endpoint exactly when
// the judge says so, by TCP and by UDP, and the endpoint's state follows from
// what was decided (TYS-07 to TYS-12, TYD-02, TYE-12, TYE-13, X-26, X-27,
// TYQ-01, TYQ-02).
func TestMappedProgram(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	l := startMapped(t, "127.60.0.0/14", seed)
	moves := l.moves()
	count := map[string]int{}
	for step := range 60 {
		switch err := moves[l.dice.IntN(len(moves))](); {
		case err == nil:
		case cloud.AsError(err) == nil:
			t.Fatal(err)
		default:
			count["refused"]++
		}
		n := l.dice.IntN(3)
		e, err := l.b.Endpoint(t.Context(), l.endpoints[n].ID)
		l.ok(err)
		want := map[cloud.Decision]cloud.State{cloud.Undecided: cloud.Pending, cloud.Allowed: cloud.Accepted, cloud.Refused: cloud.Rejected}[e.Decision]
		if want == cloud.Accepted && n == 0 {
			// With a listener that is stopped behind it one of its ports stays shut.
			l.until(fmt.Sprintf("step %d: its state follows", step), func() bool {
				v, err := l.b.Endpoint(t.Context(), e.ID)
				return err == nil && (v.State == cloud.Accepted || v.State == cloud.Creating)
			})
		} else {
			l.state(l.b, l.endpoints[n], want)
		}
		for _, network := range []string{"tcp", "udp"} {
			allowed := false
			l.until(fmt.Sprintf("step %d: wire and judge agree about %s of endpoint %d", step, network, n), func() bool {
				allowed = l.judged(n, network)
				return allowed == l.passes(n, network) && allowed == l.judged(n, network)
			})
			if allowed && e.Decision != cloud.Allowed {
				t.Errorf("step %d: %s passes an endpoint that is %q", step, network, e.Decision)
			}
			count[fmt.Sprint(network, allowed)]++
		}
	}
	t.Logf("%v", count)
}
