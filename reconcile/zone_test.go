package reconcile_test

import (
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// TestZoneAffinity: with affinity a client is told its own zone's address
// only, without it both (EPS-03); the zone's own name answers for that zone
// (EP-08). The zones are two because the CLB is in two.
func TestZoneAffinity(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "culvert.db"), "127.120.0.0/14")
	ctx := t.Context()
	l.ok(l.a.BuildLab(ctx, frankfurt))
	l.until("connected", func() bool { return l.endpoint().Connection == cloud.Connected })
	tut := l.tutorial()
	l.ok(l.a.AddResource(ctx, tut.Service, cloud.ResourceInput{Zone: frankfurt + "a", Balancer: tut.Balancer}))
	fresh, err := l.a.DefaultVSwitch(ctx, tut.VPC1, frankfurt+"a")
	l.ok(err)
	l.ok(l.a.AddZone(ctx, tut.Endpoint, cloud.ZoneInput{Zone: frankfurt + "a", VSwitch: cloud.New, NewName: fresh.Name, NewCIDR: fresh.CIDR}))
	l.until("the new zone waits for the provider", func() bool {
		e := l.endpoint()
		return len(e.Zones) == 2 && e.Zones[1].State == cloud.Wait && e.Connection == cloud.Connected
	})
	l.ok(l.a.ConnectZone(ctx, tut.Service, tut.Endpoint, frankfurt+"a", cloud.AllowInput{Auto: true}))
	l.until("both zones are connected", func() bool {
		e := l.endpoint()
		return e.Connection == cloud.Connected && len(e.Zones) == 2 && e.Zones[1].State == cloud.Connected
	})
	e := l.endpoint()
	inB, inA := e.Zones[0].IP.String(), e.Zones[1].IP.String()
	ecs1 := l.instance(l.a, "ECS1")
	other, err := l.a.CreateInstance(ctx, frankfurt, cloud.InstanceInput{Name: "ECS-A", VSwitch: e.Zones[1].VSwitch, Groups: ecs1.Groups})
	l.ok(err)

	answers := func(instance, name string) string {
		out := l.Doors().Terminal(ctx, instance, "dig +short "+name)
		return strings.Join(strings.Fields(out.Text), " ")
	}
	l.until("each client is told its own zone", func() bool {
		return answers(ecs1.ID, e.Domain) == inB && answers(other.ID, e.Domain) == inA
	})
	if got := answers(ecs1.ID, e.Zones[1].Domain); got != inA {
		t.Errorf("the name of zone A answers %q, want %s", got, inA)
	}
	s, err := l.a.Service(ctx, tut.Service)
	l.ok(err)
	_, err = l.a.UpdateService(ctx, s.ID, cloud.ServiceInput{AutoAccept: "no", Affinity: "no"})
	l.ok(err)
	l.until("without affinity both are told", func() bool {
		got := answers(ecs1.ID, e.Domain)
		return strings.Contains(got, inA) && strings.Contains(got, inB)
	})
	for _, zone := range []string{inA, inB} {
		if _, err := l.get(ecs1.ID, zone, 80); err != nil {
			t.Errorf("zone address %s: %v", zone, err)
		}
	}
}

// TestHeldPort: a port that another program holds on every address moves, the
// endpoint works there, the page can name the move, and it is the same one
// after a restart.
func TestHeldPort(t *testing.T) {
	onLoopback(t)
	taken, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	db := filepath.Join(t.TempDir(), "culvert.db")
	l := start(t, db, "127.124.0.0/14")
	ctx := t.Context()
	l.ok(l.a.BuildLab(ctx, frankfurt))
	tut := l.tutorial()
	b, err := l.a.Balancer(ctx, tut.Balancer)
	l.ok(err)
	in := cloud.ListenerInput{Protocol: cloud.TCP, Port: strconv.Itoa(port), BackendPort: "80"}
	for _, m := range b.Backends {
		in.Servers = append(in.Servers, cloud.BackendInput{Instance: m.Instance})
	}
	_, err = l.a.SaveListener(ctx, b.ID, "", in)
	l.ok(err)
	e := l.endpoint()
	_, err = l.a.AddRule(ctx, e.Groups[0], cloud.RuleInput{Direction: cloud.Ingress, Protocol: cloud.TCP, Ports: strconv.Itoa(port), Peer: "10.10.2.1"})
	l.ok(err)
	ecs1 := l.instance(l.a, "ECS1")
	l.until("the endpoint answers on the held port", func() bool {
		_, err := l.get(ecs1.ID, e.Zones[0].IP.String(), uint16(port))
		return err == nil
	})
	at := netip.AddrPortFrom(e.Zones[0].IP, uint16(port))
	host, move := l.Port(e.VPC, "tcp", at)
	if int(host.Port()) == port || move.Address != at || !strings.Contains(move.Holder, "pid") {
		t.Errorf("moved to %v: %+v", host, move)
	}
	l.until("the move is stored", func() bool {
		moves, err := l.a.Moves(ctx, e.VPC)
		return err == nil && len(moves) > 0
	})
	l.stop()
	l = start(t, db, "127.124.0.0/14")
	if again, _ := l.Port(e.VPC, "tcp", at); again != host {
		t.Errorf("after the restart at %v, before at %v", again, host)
	}
	l.ok(l.a.DeleteEndpoint(ctx, e.ID))
	l.until("the move goes with the endpoint", func() bool {
		moves, err := l.a.Moves(ctx, e.VPC)
		return err == nil && len(moves) == 0
	})
}
