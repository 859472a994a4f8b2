package reach_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"culvert.internal/reach"
)

var (
	ecs1   = netip.MustParseAddr("10.10.2.1")
	eni    = netip.MustParseAddr("10.10.2.38")
	clb    = netip.MustParseAddr("192.168.24.5")
	ecs2   = netip.MustParseAddr("192.168.24.11")
	sender = netip.MustParsePrefix("100.64.0.0/10")
	pool   = netip.MustParsePrefix("100.64.0.0/24")
	any4   = netip.MustParsePrefix("0.0.0.0/0")
)

func in(port uint16, peer string) reach.Rule {
	return reach.Rule{Ingress: true, Accept: true, Priority: 1, Protocol: "tcp", From: port, To: port, Peer: netip.MustParsePrefix(peer)}
}

var out = reach.Rule{Accept: true, Priority: 1, Protocol: "all", Peer: any4}

// lab is the tutorial's lab, everything allowed.
func lab() *reach.World {
	w := reach.NewWorld()
	w.PutVPC(reach.VPC{ID: "vpc-1", Name: "VPC1", Account: "A"})
	w.PutVPC(reach.VPC{ID: "vpc-2", Name: "VPC2"})
	w.PutGroup(reach.Group{ID: "sg-1", Name: "sg-vpc1", Rules: []reach.Rule{out, in(80, "10.10.0.0/16")}})
	w.PutGroup(reach.Group{ID: "sg-2", Name: "sg-vpc2", Rules: []reach.Rule{out}})
	w.PutHost(reach.Host{ID: "i-1", Name: "ECS1", VPC: "vpc-1", Zone: "b", Addr: ecs1, Groups: []string{"sg-1"}, Running: true})
	w.PutHost(reach.Host{ID: "i-2", Name: "ECS2", VPC: "vpc-2", Zone: "b", Addr: ecs2, Groups: []string{"sg-2"}, Running: true})
	w.PutService(reach.Service{ID: "epsrv-1", Name: "com.x"})
	w.PutEndpoint(endpoint(true, false))
	w.PutInterface(reach.Interface{ID: "eni-1", Endpoint: "ep-1", Zone: "b", VPC: "vpc-1", Addr: eni, Balancer: "lb-1"})
	balancer(w, true, 100)
	return w
}

func endpoint(allowed, denied bool) reach.Endpoint {
	return reach.Endpoint{
		ID: "ep-1", Name: "web", Service: "epsrv-1", VPC: "vpc-1", Domains: []string{"ep-1.lab"},
		Groups: []string{"sg-1"}, Allowed: allowed, Denied: denied, Provider: "A", DecidedBy: "A",
	}
}

// apart puts client and backend in zone a, which leaves only the interface in
// b, and the CLB in other zones.
func apart(w *reach.World, zones ...string) {
	w.PutHost(reach.Host{ID: "i-1", Name: "ECS1", VPC: "vpc-1", Zone: "a", Addr: ecs1, Groups: []string{"sg-1"}, Running: true})
	w.PutHost(reach.Host{ID: "i-2", Name: "ECS2", VPC: "vpc-2", Zone: "a", Addr: ecs2, Groups: []string{"sg-2"}, Running: true})
	balancer(w, true, 100, zones...)
}

func balancer(w *reach.World, running bool, weight int, zones ...string) {
	w.PutBalancer(reach.Balancer{ID: "lb-1", Name: "clb-web", VPC: "vpc-2", Addr: clb, Sender: sender, Pool: pool, Implicit: true, Zones: zones},
		[]reach.Listener{{ID: "lsn-1", Balancer: "lb-1", Protocol: reach.TCP, Port: 80, BackendPort: 8080, Running: running}},
		[]reach.Member{{ID: "m-2", Balancer: "lb-1", Instance: "i-2", Weight: weight}})
}

func flow() reach.Flow {
	return reach.Flow{Protocol: reach.TCP, VPC: "vpc-1", Source: ecs1, Target: eni, Port: 80}
}

// TestGates breaks one thing after the other: each is refused at its gate with
// its reason (COM-02, COM-06, COM-07, COM-13, ALI-06, ACC-04, CLB-04, LSN-01).
func TestGates(t *testing.T) {
	for _, c := range []struct {
		what string
		do   func(*reach.World, *reach.Flow)
		gate reach.Gate
		key  string
	}{
		{"as it is", func(*reach.World, *reach.Flow) {}, "", ""},
		{"the client stopped", func(w *reach.World, _ *reach.Flow) {
			w.PutHost(reach.Host{ID: "i-1", Name: "ECS1", VPC: "vpc-1", Addr: ecs1, Groups: []string{"sg-1"}})
		}, reach.GateSource, "reach.source.stopped"},
		{"nobody at the source", func(_ *reach.World, f *reach.Flow) { f.Source = ecs1.Next() }, reach.GateSource, "reach.source.unknown"},
		{"from this host", func(_ *reach.World, f *reach.Flow) {
			f.VPC, f.Entry, f.Source = "", "vpc-1", netip.MustParseAddr("127.0.0.1")
		}, reach.GateSource, "reach.source.host"},
		{"from another VPC", func(_ *reach.World, f *reach.Flow) { f.VPC, f.Entry, f.Source = "vpc-2", "vpc-1", ecs2 }, reach.GateSource, "reach.source.foreign"},
		{"no egress rule", func(w *reach.World, _ *reach.Flow) {
			w.PutGroup(reach.Group{ID: "sg-1", Name: "sg-vpc1", Rules: []reach.Rule{in(80, "0.0.0.0/0")}})
		}, reach.GateEgress, "reach.egress.none"},
		{"an egress drop", func(w *reach.World, _ *reach.Flow) {
			drop := out
			drop.Accept = false
			w.PutGroup(reach.Group{ID: "sg-1", Name: "sg-vpc1", Rules: []reach.Rule{out, drop, in(80, "0.0.0.0/0")}})
		}, reach.GateEgress, "reach.egress.drop"},
		{"a name nobody has", func(_ *reach.World, f *reach.Flow) { f.Name, f.Target = "no.lab", netip.Addr{} }, reach.GateName, "reach.name.unknown"},
		{"a name that waits", func(w *reach.World, f *reach.Flow) {
			w.PutEndpoint(endpoint(false, false))
			f.Name, f.Target = "EP-1.lab.", netip.Addr{}
		}, reach.GateName, "reach.name.waiting"},
		{"no such address", func(_ *reach.World, f *reach.Flow) { f.Target = ecs2 }, reach.GateRoute, "reach.route.none"},
		{"the Internet", func(_ *reach.World, f *reach.Flow) { f.Target = netip.MustParseAddr("8.8.8.8") }, reach.GateRoute, "reach.route.internet"},
		{"the interface's group", func(_ *reach.World, f *reach.Flow) { f.Port = 81 }, reach.GateENI, "reach.eni.none"},
		{"nobody has decided", func(w *reach.World, _ *reach.Flow) { w.PutEndpoint(endpoint(false, false)) }, reach.GateConnection, "reach.connection.waiting"},
		{"denied", func(w *reach.World, _ *reach.Flow) { w.PutEndpoint(endpoint(false, true)) }, reach.GateConnection, "reach.connection.denied"},
		{"no resource in the zone", func(w *reach.World, _ *reach.Flow) {
			w.PutInterface(reach.Interface{ID: "eni-1", Endpoint: "ep-1", Zone: "b", VPC: "vpc-1", Addr: eni})
		}, reach.GateZone, "reach.zone.unassigned"},
		{"the service is gone", func(w *reach.World, _ *reach.Flow) { w.DropService("epsrv-1") }, reach.GateService, "reach.service.gone"},
		{"the service is gone before anybody decided", func(w *reach.World, _ *reach.Flow) {
			w.PutEndpoint(endpoint(false, false))
			w.DropService("epsrv-1")
		}, reach.GateService, "reach.service.gone"},
		{"a name of an endpoint whose service is gone", func(w *reach.World, f *reach.Flow) {
			w.PutEndpoint(endpoint(false, true))
			w.DropService("epsrv-1")
			f.Name, f.Target = "ep-1.lab", netip.Addr{}
		}, reach.GateName, "reach.service.gone"},
		{"not published", func(w *reach.World, f *reach.Flow) {
			f.Port = 443
			w.PutGroup(reach.Group{ID: "sg-1", Name: "sg-vpc1", Rules: []reach.Rule{out, in(443, "10.10.2.1/32")}})
		}, reach.GateListener, "reach.listener.none"},
		{"UDP on a TCP port", func(w *reach.World, f *reach.Flow) {
			f.Protocol = reach.UDP
			r := in(80, "0.0.0.0/0")
			r.Protocol = "all"
			w.PutGroup(reach.Group{ID: "sg-1", Name: "sg-vpc1", Rules: []reach.Rule{out, r}})
		}, reach.GateListener, "reach.listener.none"},
		{"the listener stopped", func(w *reach.World, _ *reach.Flow) { balancer(w, false, 100) }, reach.GateListener, "reach.listener.stopped"},
		{"weight 0", func(w *reach.World, _ *reach.Flow) { balancer(w, true, 0) }, reach.GateBackend, "reach.backend.weight"},
		{"unhealthy", func(w *reach.World, _ *reach.Flow) {
			w.SetHealth(reach.Health{Balancer: "lb-1", Listener: "lsn-1", Backend: "m-2", Known: true, Why: "refused"})
		}, reach.GateBackend, "reach.backend.unhealthy"},
		{"a drop rule that names the senders", func(w *reach.World, _ *reach.Flow) {
			w.PutGroup(reach.Group{ID: "sg-2", Name: "sg-vpc2", Rules: []reach.Rule{{Ingress: true, Priority: 1, Protocol: "all", Peer: sender}}})
		}, reach.GateIngress, "reach.ingress.drop"},
		{"the client's zone failed", func(w *reach.World, _ *reach.Flow) { w.FailZone("b", true) }, reach.GateSource, "reach.source.zone"},
		{"the interface's zone failed", func(w *reach.World, _ *reach.Flow) { apart(w); w.FailZone("b", true) }, reach.GateZone, "reach.zone.failed"},
		{"a name without the failed zone's address", func(w *reach.World, f *reach.Flow) {
			apart(w)
			w.FailZone("b", true)
			e := endpoint(true, false)
			e.Domains, e.Out = []string{"ep-1.lab", "ep-1-b.lab"}, map[string]string{"ep-1-b.lab": "b"}
			w.PutEndpoint(e)
			w.PutInterface(reach.Interface{ID: "eni-2", Endpoint: "ep-1", Zone: "a", VPC: "vpc-1", Addr: eni.Next(), Balancer: "lb-1"})
			f.Name, f.Target = "ep-1-b.lab", netip.Addr{}
		}, reach.GateName, "reach.name.zone"},
		{"a name without any address", func(w *reach.World, f *reach.Flow) {
			apart(w)
			w.FailZone("b", true)
			f.Name, f.Target = "ep-1.lab", netip.Addr{}
		}, reach.GateName, "reach.name.lost"},
		{"the only zone of the CLB failed", func(w *reach.World, _ *reach.Flow) { apart(w, "c"); w.FailZone("c", true) }, reach.GateListener, "reach.listener.zone"},
		{"both zones of the CLB failed", func(w *reach.World, _ *reach.Flow) {
			apart(w, "c", "d")
			w.FailZone("c", true)
			w.FailZone("d", true)
		}, reach.GateListener, "reach.listener.zones"},
		{"the primary zone of the CLB failed", func(w *reach.World, _ *reach.Flow) { apart(w, "c", "b"); w.FailZone("c", true) }, "", ""},
		{"the backend's zone failed", func(w *reach.World, _ *reach.Flow) {
			apart(w)
			w.PutHost(reach.Host{ID: "i-2", Name: "ECS2", VPC: "vpc-2", Zone: "e", Addr: ecs2, Groups: []string{"sg-2"}, Running: true})
			w.FailZone("e", true)
		}, reach.GateBackend, "reach.backend.unhealthy"},
		{"a zone that works again", func(w *reach.World, _ *reach.Flow) { w.FailZone("b", true); w.FailZone("b", false) }, "", ""},
		{"the backend stopped", func(w *reach.World, _ *reach.Flow) {
			w.PutHost(reach.Host{ID: "i-2", Name: "ECS2", VPC: "vpc-2", Addr: ecs2, Groups: []string{"sg-2"}})
		}, reach.GateBackend, "reach.backend.unhealthy"},
		{"a drop rule for a sender that is not used", func(w *reach.World, _ *reach.Flow) {
			w.PutGroup(reach.Group{ID: "sg-2", Name: "sg-vpc2", Rules: []reach.Rule{{Ingress: true, Priority: 1, Protocol: "all", Peer: netip.MustParsePrefix("100.127.1.1/32")}}})
		}, "", ""},
		{"an egress rule for the group of the interface", func(w *reach.World, _ *reach.Flow) {
			w.PutGroup(reach.Group{ID: "sg-1", Name: "sg-vpc1", Rules: []reach.Rule{
				{Accept: true, Priority: 1, Protocol: "tcp", PeerGroup: "sg-1"}, in(80, "10.10.0.0/16"),
			}})
		}, "", ""},
		{"a drop rule for everybody else", func(w *reach.World, _ *reach.Flow) {
			w.PutGroup(reach.Group{ID: "sg-2", Name: "sg-vpc2", Rules: []reach.Rule{{Ingress: true, Priority: 1, Protocol: "all", Peer: any4}}})
		}, "", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			w, f := lab(), flow()
			c.do(w, &f)
			v := w.Judge(f)
			if v.Allowed != (c.gate == "") || v.Gate != c.gate || v.Reason.Key != c.key {
				t.Fatalf("allowed %v, gate %q, reason %q %v", v.Allowed, v.Gate, v.Reason.Key, v.Reason.Args)
			}
			if v.Allowed && (len(v.Backends) != 1 || v.Backends[0].Addr != netip.AddrPortFrom(ecs2, 8080) || v.Sender != sender) {
				t.Fatalf("allowed to %+v from %v", v.Backends, v.Sender)
			}
		})
	}
}

// TestSenderNeedsARule: without Implicit (ctyun) the backend's group must let
// the sender's range in.
func TestSenderNeedsARule(t *testing.T) {
	w := lab()
	w.PutBalancer(reach.Balancer{ID: "lb-1", Name: "elb", VPC: "vpc-2", Addr: clb, Sender: netip.MustParsePrefix("198.19.128.0/20")},
		[]reach.Listener{{ID: "lsn-1", Balancer: "lb-1", Protocol: reach.TCP, Port: 80, BackendPort: 80, Running: true}},
		[]reach.Member{{ID: "m-2", Balancer: "lb-1", Instance: "i-2", Weight: 1}})
	if v := w.Judge(flow()); v.Gate != reach.GateIngress || v.Reason.Key != "reach.ingress.none" {
		t.Fatalf("without the rule: %+v", v)
	}
	w.PutGroup(reach.Group{ID: "sg-2", Name: "sg-vpc2", Rules: []reach.Rule{in(80, "198.19.128.0/20")}})
	if v := w.Judge(flow()); !v.Allowed {
		t.Fatalf("with the rule: %+v", v)
	}
}

// What is explained also says where there is no room for one more flow; a flow
// itself is counted when it comes (CLB-06).
func TestExplainAsksForRoom(t *testing.T) {
	w, full := lab(), reach.GateConnection
	w.SetRoom(func(g reach.Gate, id string) (reach.Reason, bool) {
		if want := map[reach.Gate]string{reach.GateConnection: "ep-1", reach.GateListener: "lb-1"}[g]; id != want {
			t.Errorf("%s asks for %q", g, id)
		}
		return reach.Reason{Key: "full"}, g != full
	})
	for _, full = range []reach.Gate{reach.GateConnection, reach.GateListener} {
		v := w.Explain(flow())
		last := v.Steps[slices.IndexFunc(v.Steps, func(s reach.Step) bool { return s.Outcome == reach.Stop })]
		if v.Allowed || v.Gate != full || v.Reason.Key != "full" || last.Gate != full || !w.Judge(flow()).Allowed {
			t.Errorf("%s: %+v", full, v)
		}
	}
}

// TestExplainIsJudge: the explanation is the decision with its steps, for any
// lab and flow: gates in order, at most one stop, and the last one told.
func TestExplainIsJudge(t *testing.T) {
	order := map[reach.Gate]int{}
	for i, g := range reach.Gates() {
		order[g] = i
	}
	rapid.Check(t, func(r *rapid.T) {
		w := lab()
		if rapid.Bool().Draw(r, "undecided") {
			w.PutEndpoint(endpoint(rapid.Bool().Draw(r, "allowed"), rapid.Bool().Draw(r, "denied")))
		}
		zones := []string{"a", "b", "c"}
		for _, z := range zones {
			w.FailZone(z, rapid.IntRange(0, 3).Draw(r, "fate of "+z) == 0)
		}
		apart(w)
		balancer(w, rapid.Bool().Draw(r, "running"), rapid.IntRange(0, 2).Draw(r, "weight"), rapid.SliceOfNDistinct(rapid.SampledFrom(zones), 0, 2, rapid.ID).Draw(r, "zones of the CLB")...)
		var rules []reach.Rule
		for i := range rapid.IntRange(0, 4).Draw(r, "rules") {
			rules = append(rules, reach.Rule{
				ID: fmt.Sprint(i), Ingress: rapid.Bool().Draw(r, "ingress"), Accept: rapid.Bool().Draw(r, "accept"),
				Priority: rapid.IntRange(1, 3).Draw(r, "priority"), Protocol: rapid.SampledFrom([]string{"all", "tcp", "udp"}).Draw(r, "protocol"),
				From: 0, To: 0, Peer: rapid.SampledFrom([]netip.Prefix{any4, sender, netip.MustParsePrefix("10.10.0.0/16")}).Draw(r, "peer"),
			})
		}
		w.PutGroup(reach.Group{ID: "sg-1", Name: "sg-vpc1", Rules: rules})
		f := flow()
		f.Port = uint16(rapid.SampledFrom([]int{80, 81}).Draw(r, "port"))
		f.Target = rapid.SampledFrom([]netip.Addr{eni, clb, ecs2, ecs1}).Draw(r, "target")
		f.Protocol = rapid.SampledFrom([]reach.Protocol{reach.TCP, reach.UDP}).Draw(r, "flow protocol")

		j, e := w.Judge(f), w.Explain(f)
		if j.Allowed != e.Allowed || j.Gate != e.Gate || j.Reason.Key != e.Reason.Key || len(j.Steps) != 0 {
			r.Fatalf("judge %+v, explain %+v", j, e)
		}
		if !slices.IsSortedFunc(e.Steps, func(a, b reach.Step) int { return order[a.Gate] - order[b.Gate] }) {
			r.Fatalf("gates out of order: %+v", e.Steps)
		}
		stops := 0
		for i, s := range e.Steps {
			if s.Outcome == reach.Stop {
				stops++
			}
			if stops > 0 && s.Outcome == reach.Pass || stops == 0 && s.Outcome == reach.Skip {
				r.Fatalf("step %d after %d stops is %s", i, stops, s.Outcome)
			}
		}
		if stops != 0 == e.Allowed || stops > 1 {
			r.Fatalf("%d stops, allowed %v", stops, e.Allowed)
		}
		if e.Allowed && len(j.Backends) == 0 {
			r.Fatal("allowed to nowhere")
		}
	})
}

// TestOtherAccount: the owner of the client is told at which gate another
// account's service stopped the flow, and nothing of that account's things
// (COM-03).
func TestOtherAccount(t *testing.T) {
	w := lab()
	w.PutVPC(reach.VPC{ID: "vpc-1", Name: "VPC1", Account: "B"})
	w.SetHealth(reach.Health{Balancer: "lb-1", Listener: "lsn-1", Backend: "m-2", Known: true, Why: "refused"})
	if v := w.Judge(flow()); v.Reason.Key != "reach.backend.unhealthy" || v.Balancer != "lb-1" {
		t.Errorf("the judge itself forgets: %+v", v)
	}
	v := w.Explain(flow())
	if v.Gate != reach.GateBackend || v.Reason.Key != "reach.provider.stop" || len(v.Reason.Args) != 0 || v.Balancer != "" {
		t.Errorf("%+v", v)
	}
	if told := fmt.Sprintf("%+v", v); strings.Contains(told, "clb-web") || strings.Contains(told, "ECS2") {
		t.Errorf("tells the consumer too much: %s", told)
	}
	w.SetHealth(reach.Health{Balancer: "lb-1", Listener: "lsn-1", Backend: "m-2", Known: true, Healthy: true})
	if v := w.Explain(flow()); !v.Allowed || len(v.Backends) != 0 || strings.Contains(fmt.Sprintf("%+v", v), "clb-web") {
		t.Errorf("allowed: %+v", v)
	}
}

// TestDropWins: among rules of one priority a drop wins, whatever their order
// and whichever group holds it (REQUIREMENTS B.9).
func TestDropWins(t *testing.T) {
	w := lab()
	drop := in(80, "10.10.2.0/24")
	drop.Accept = false
	for _, rules := range [][]reach.Rule{{out, in(80, "0.0.0.0/0"), drop}, {out, drop, in(80, "0.0.0.0/0")}} {
		w.PutGroup(reach.Group{ID: "sg-1", Name: "sg-vpc1", Rules: rules})
		if v := w.Judge(flow()); v.Gate != reach.GateENI || v.Reason.Key != "reach.eni.drop" {
			t.Errorf("%+v", v)
		}
	}
	first := in(80, "10.10.2.1/32")
	drop.Priority = 2
	w.PutGroup(reach.Group{ID: "sg-1", Name: "sg-vpc1", Rules: []reach.Rule{out, drop, first}})
	if v := w.Judge(flow()); !v.Allowed {
		t.Errorf("a later drop won: %+v", v)
	}
}

// TestAddressesMove: an address that one thing gave up and another took is the
// other's, in whatever order the two facts arrive.
func TestAddressesMove(t *testing.T) {
	w := lab()
	other := netip.MustParseAddr("10.10.2.39")
	w.PutHost(reach.Host{ID: "i-9", Name: "ECS9", VPC: "vpc-1", Addr: eni, Groups: []string{"sg-1"}, Running: true})
	w.PutInterface(reach.Interface{ID: "eni-1", Endpoint: "ep-1", Zone: "b", VPC: "vpc-1", Addr: other, Balancer: "lb-1"})
	f := flow()
	if v := w.Judge(f); !v.Allowed || v.Backends[0].Name != "ECS9" {
		t.Errorf("the address is not ECS9's: %+v", v)
	}
	f.Target = other
	if v := w.Judge(f); !v.Allowed || v.ENI != "eni-1" {
		t.Errorf("the interface did not move: %+v", v)
	}
}

// TestChangeIsOneStep: whoever judges while facts are put again sees the old
// ones or the new ones, never a gap.
func TestChangeIsOneStep(t *testing.T) {
	w := lab()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 2000 {
			w.PutHost(reach.Host{ID: "i-1", Name: "ECS1", VPC: "vpc-1", Zone: "b", Addr: ecs1, Groups: []string{"sg-1"}, Running: true})
			w.PutInterface(reach.Interface{ID: "eni-1", Endpoint: "ep-1", Zone: "b", VPC: "vpc-1", Addr: eni, Balancer: "lb-1"})
			w.PutEndpoint(endpoint(true, false))
			balancer(w, true, 100)
		}
	}()
	for {
		select {
		case <-done:
			return
		default:
			if v := w.Judge(flow()); !v.Allowed {
				t.Fatalf("refused in between: %s", v.Reason.Key)
			}
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	w, f := lab(), flow()
	b.ReportAllocs()
	for b.Loop() {
		if !w.Judge(f).Allowed {
			b.Fatal("refused")
		}
	}
}
