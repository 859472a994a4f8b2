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

// ctyunSender is the range that backends see in ctyun's regions.
var ctyunSender = netip.MustParsePrefix("198.19.128.0/20")

func block(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// ctyunLab is the lab with subnets, and a balancer whose senders need a rule.
func ctyunLab() *reach.World {
	w := lab()
	w.PutGroup(reach.Group{ID: "sg-2", Name: "sg-vpc2", Rules: []reach.Rule{out, {Ingress: true, Accept: true, Priority: 1, Protocol: "all", Peer: any4}}})
	w.PutGroup(reach.Group{ID: "sg-1", Name: "sg-vpc1", Rules: []reach.Rule{out, {Ingress: true, Accept: true, Priority: 1, Protocol: "all", Peer: any4}}})
	w.PutBalancer(reach.Balancer{ID: "lb-1", Name: "elb-web", VPC: "vpc-2", Addr: clb, Sender: ctyunSender, Pool: block("198.19.128.0/24")},
		[]reach.Listener{{ID: "lsn-1", Balancer: "lb-1", Protocol: reach.TCP, Port: 80, BackendPort: 8080, Running: true}},
		[]reach.Member{{ID: "m-2", Balancer: "lb-1", Instance: "i-2", Weight: 1}, {ID: "m-3", Balancer: "lb-1", Instance: "i-3", Weight: 1}})
	w.PutHost(reach.Host{ID: "i-3", Name: "ECS3", VPC: "vpc-2", Zone: "b", Addr: ecs3, Groups: []string{"sg-2"}, Running: true})
	w.PutHost(reach.Host{ID: "i-4", Name: "ECS4", VPC: "vpc-1", Zone: "b", Addr: ecs4, Groups: []string{"sg-1"}, Running: true})
	put(w, "client", "")
	put(w, "eni", "")
	put(w, "backend", "")
	put(w, "other", "")
	return w
}

var (
	ecs3 = netip.MustParseAddr("192.168.25.12")
	ecs4 = netip.MustParseAddr("10.10.2.40")
)

// put gives one of the lab's subnets an ACL.
func put(w *reach.World, name, acl string) {
	in := map[string]reach.Subnet{
		"client":  {VPC: "vpc-1", CIDR: block("10.10.2.0/27")},
		"eni":     {VPC: "vpc-1", CIDR: block("10.10.2.32/27")},
		"backend": {VPC: "vpc-2", CIDR: block("192.168.24.0/24")},
		"other":   {VPC: "vpc-2", CIDR: block("192.168.25.0/24")},
	}[name]
	in.ID, in.Name, in.ACL = "subnet-"+name, name, acl
	w.PutSubnet(in)
}

func allow(ingress bool, order int, source, destination string) reach.ACLRule {
	return reach.ACLRule{ID: fmt.Sprint(order), Ingress: ingress, Allow: true, Order: order, Protocol: "tcp", Source: block(source), Destination: block(destination)}
}

func deny(r reach.ACLRule) reach.ACLRule {
	r.Allow = false
	return r
}

func ports(r reach.ACLRule, sourceFrom, sourceTo, from, to uint16) reach.ACLRule {
	r.SourceFrom, r.SourceTo, r.DestinationFrom, r.DestinationTo = sourceFrom, sourceTo, from, to
	return r
}

// TestACLGates: which gate stops a flow for which ACL, and why (TYQ-02, B.9).
func TestACLGates(t *testing.T) {
	acl := func(w *reach.World, subnet string, rules ...reach.ACLRule) {
		w.PutACL(reach.ACL{ID: "acl-1", Name: "acl-web", Rules: rules})
		put(w, subnet, "acl-1")
	}
	const all = "0.0.0.0/0"
	for _, c := range []struct {
		what string
		do   func(*reach.World, *reach.Flow)
		gate reach.Gate
		key  string
	}{
		{"no ACL", func(*reach.World, *reach.Flow) {}, "", ""},
		{"the client's without rules", func(w *reach.World, _ *reach.Flow) { acl(w, "client") }, reach.GateACLOut, "reach.acl.default"},
		{"the client's lets it out: stateful, nothing inbound is needed", func(w *reach.World, _ *reach.Flow) { acl(w, "client", allow(false, 1, all, all)) }, "", ""},
		{"the client's has an inbound rule only", func(w *reach.World, _ *reach.Flow) { acl(w, "client", allow(true, 1, all, all)) }, reach.GateACLOut, "reach.acl.default"},
		{"the client's for another port", func(w *reach.World, _ *reach.Flow) { acl(w, "client", ports(allow(false, 1, all, all), 0, 0, 81, 90)) }, reach.GateACLOut, "reach.acl.default"},
		{"the client's for its port", func(w *reach.World, _ *reach.Flow) { acl(w, "client", ports(allow(false, 1, all, all), 0, 0, 79, 80)) }, "", ""},
		{"the client's for another target", func(w *reach.World, _ *reach.Flow) { acl(w, "client", allow(false, 1, all, "10.10.3.0/24")) }, reach.GateACLOut, "reach.acl.default"},
		{"the client's for another client", func(w *reach.World, _ *reach.Flow) { acl(w, "client", allow(false, 1, "10.10.2.8/29", all)) }, reach.GateACLOut, "reach.acl.default"},
		{"a deny in front", func(w *reach.World, _ *reach.Flow) {
			acl(w, "client", allow(false, 2, all, all), deny(allow(false, 1, "10.10.2.1/32", all)))
		}, reach.GateACLOut, "reach.acl.deny"},
		{"a deny behind", func(w *reach.World, _ *reach.Flow) {
			acl(w, "client", deny(allow(false, 2, all, all)), allow(false, 1, "10.10.2.1/32", all))
		}, "", ""},
		{"the endpoint's without rules", func(w *reach.World, _ *reach.Flow) { acl(w, "eni") }, reach.GateACLIn, "reach.acl.default"},
		{"the endpoint's lets the client in", func(w *reach.World, _ *reach.Flow) { acl(w, "eni", allow(true, 1, "10.10.2.0/27", all)) }, "", ""},
		{"the endpoint's for UDP", func(w *reach.World, _ *reach.Flow) {
			r := allow(true, 1, all, all)
			r.Protocol = "udp"
			acl(w, "eni", r)
		}, reach.GateACLIn, "reach.acl.default"},
		{"the endpoint's for every protocol", func(w *reach.World, _ *reach.Flow) {
			r := allow(true, 1, all, all)
			r.Protocol = "all"
			acl(w, "eni", r)
		}, "", ""},
		{"client and endpoint in one subnet", func(w *reach.World, _ *reach.Flow) {
			w.DropSubnet("subnet-eni")
			w.PutACL(reach.ACL{ID: "acl-1", Name: "acl-web"})
			w.PutSubnet(reach.Subnet{ID: "subnet-client", VPC: "vpc-1", CIDR: block("10.10.2.0/24"), ACL: "acl-1"})
		}, "", ""},
		{"some source ports allowed", func(w *reach.World, _ *reach.Flow) {
			acl(w, "client", ports(allow(false, 1, all, all), 40000, 50000, 0, 0))
		}, reach.GateACLOut, "reach.acl.default"},
		{"every client port allowed", func(w *reach.World, _ *reach.Flow) {
			acl(w, "client", ports(allow(false, 1, all, all), 1024, 65535, 0, 0))
		}, "", ""},
		{"some client ports denied", func(w *reach.World, _ *reach.Flow) {
			acl(w, "client", deny(ports(allow(false, 1, all, all), 60999, 61000, 0, 0)), allow(false, 2, all, all))
		}, reach.GateACLOut, "reach.acl.deny"},
		{"other source ports denied", func(w *reach.World, _ *reach.Flow) {
			acl(w, "client", deny(ports(allow(false, 1, all, all), 1, 1024, 0, 0)), allow(false, 2, all, all))
		}, "", ""},
		{"this host is in no subnet", func(w *reach.World, f *reach.Flow) {
			acl(w, "eni")
			w.PutVPC(reach.VPC{ID: "vpc-1", Name: "VPC1", Account: "A", Host: true})
			f.Source = netip.MustParseAddr("127.0.0.1")
		}, "", ""},
		{"a name that does not resolve", func(w *reach.World, f *reach.Flow) {
			acl(w, "client")
			f.Name, f.Target = "no.lab", netip.Addr{}
		}, reach.GateName, "reach.name.unknown"},
		{"to an instance of another subnet", func(w *reach.World, f *reach.Flow) {
			acl(w, "eni")
			f.Target = ecs4
		}, reach.GateACLIn, "reach.acl.default"},
		{"to itself", func(w *reach.World, f *reach.Flow) {
			acl(w, "client")
			f.Target = ecs1
		}, "", ""},
		{"to another NIC of its own", func(w *reach.World, f *reach.Flow) {
			w.PutHost(reach.Host{ID: "nic-1", Instance: "i-1", Name: "ECS1 nic", VPC: "vpc-1", Addr: ecs4.Next(), Groups: []string{"sg-1"}, Running: true})
			acl(w, "eni")
			acl(w, "client")
			f.Target = ecs4.Next()
		}, "", ""},
		{"from premises whose addresses a subnet has too", func(w *reach.World, f *reach.Flow) {
			w.PutIDC(reach.IDC{ID: "idc-1", Name: "IDC", Account: "A", VPC: "vpc-1"})
			acl(w, "client")
			f.VPC, f.Entry = "idc-1", "vpc-1"
		}, "", ""},
		{"the ACL is gone", func(w *reach.World, _ *reach.Flow) {
			acl(w, "client")
			w.DropACL("acl-1")
		}, "", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			w, f := ctyunLab(), flow()
			c.do(w, &f)
			v := w.Explain(f)
			if v.Allowed != (c.gate == "") || v.Gate != c.gate || v.Reason.Key != c.key {
				t.Fatalf("allowed %v, gate %q, reason %q %v", v.Allowed, v.Gate, v.Reason.Key, v.Reason.Args)
			}
			if strings.HasPrefix(c.key, "reach.acl.") && (v.Fix != reach.Ref{Kind: "acl", ID: "acl-1", Name: "acl-web"} || v.Reason.Args["acl"] != "acl-web") {
				t.Errorf("the ACL is not named: %+v %v", v.Fix, v.Reason.Args)
			}
			if f.Target == ecs4 && slices.ContainsFunc(v.Steps, func(s reach.Step) bool { return s.Gate == reach.GateListener || s.Gate == reach.GateConnection }) {
				t.Errorf("a direct flow has gates of an endpoint: %+v", v.Steps)
			}
		})
	}
}

// TestACLOfBackends: the backend's subnet must let the whole range of the
// senders in; a rule that denies counts for the part that is used. Backends
// that may not be reached are left out, and the flow stops with the last.
func TestACLOfBackends(t *testing.T) {
	rule := func(source string) reach.ACLRule { return allow(true, 1, source, "0.0.0.0/0") }
	for _, c := range []struct {
		what  string
		rules []reach.ACLRule
		lets  bool
	}{
		{"no rule", nil, false},
		{"the range", []reach.ACLRule{rule("198.19.128.0/20")}, true},
		{"more than the range", []reach.ACLRule{rule("198.19.0.0/16")}, true},
		{"a part of it", []reach.ACLRule{rule("198.19.128.0/24")}, false},
		{"the client", []reach.ACLRule{rule("10.10.2.1/32")}, false},
		{"the service's port and not the backend's", []reach.ACLRule{ports(rule("0.0.0.0/0"), 0, 0, 80, 80)}, false},
		{"the backend's port", []reach.ACLRule{ports(rule("0.0.0.0/0"), 0, 0, 8080, 8080)}, true},
		{"a deny of what is used", []reach.ACLRule{deny(rule("198.19.128.7/32")), allow(true, 2, "0.0.0.0/0", "0.0.0.0/0")}, false},
		{"a deny of what is not used", []reach.ACLRule{deny(rule("198.19.140.0/24")), allow(true, 2, "0.0.0.0/0", "0.0.0.0/0")}, true},
	} {
		w := ctyunLab()
		w.PutACL(reach.ACL{ID: "acl-1", Name: "acl-web", Rules: c.rules})
		put(w, "backend", "acl-1")
		v := w.Judge(flow())
		if want := map[bool]int{true: 2, false: 1}[c.lets]; !v.Allowed || len(v.Backends) != want {
			t.Errorf("%s on one of two subnets: %v %q, %d backends, want %d", c.what, v.Allowed, v.Reason.Key, len(v.Backends), want)
		}
		put(w, "other", "acl-1")
		if v = w.Judge(flow()); v.Allowed != c.lets || !c.lets && (v.Gate != reach.GateACL || len(v.Backends) > 0) {
			t.Errorf("%s on both: %v at %q, %+v", c.what, v.Allowed, v.Gate, v.Backends)
		}
	}
}

// TestACLAbroad: which ACL another account's backends have is theirs to know;
// that of the endpoint's own subnet is told.
func TestACLAbroad(t *testing.T) {
	w := ctyunLab()
	e := endpoint(true, false)
	e.Provider = "B"
	w.PutEndpoint(e)
	w.PutACL(reach.ACL{ID: "acl-1", Name: "acl-secret"})
	put(w, "backend", "acl-1")
	put(w, "other", "acl-1")
	v := w.Explain(flow())
	if v.Gate != reach.GateACL || v.Reason.Key != "reach.provider.stop" || v.Fix != (reach.Ref{}) || strings.Contains(fmt.Sprint(v), "acl-secret") {
		t.Fatalf("told: %+v", v)
	}
	put(w, "eni", "acl-1")
	if v := w.Explain(flow()); v.Gate != reach.GateACLIn || v.Fix.ID != "acl-1" || v.Reason.Args["subnet"] != "eni" {
		t.Fatalf("the endpoint's own: %+v", v)
	}
}

// TestACLIsItsFirstRule compares the judge with a plain reading of the rules:
// the first one that is about the packet decides, and at the end it is denied.
func TestACLIsItsFirstRule(t *testing.T) {
	sources := []string{"0.0.0.0/0", "10.10.2.0/24", "10.10.2.1/32", "10.10.9.0/24"}
	rapid.Check(t, func(r *rapid.T) {
		var rules []reach.ACLRule
		n := rapid.IntRange(0, 5).Draw(r, "rules")
		orders := rapid.Permutation([]int{1, 2, 3, 4, 5}).Draw(r, "orders")
		for i := range n {
			a := allow(rapid.Bool().Draw(r, "ingress"), orders[i], rapid.SampledFrom(sources).Draw(r, "source"), rapid.SampledFrom(sources).Draw(r, "destination"))
			a.Allow = rapid.Bool().Draw(r, "allow")
			a.Protocol = rapid.SampledFrom([]string{"all", "tcp", "udp", "icmp"}).Draw(r, "protocol")
			if rapid.Bool().Draw(r, "with ports") {
				a.DestinationFrom = uint16(rapid.IntRange(78, 82).Draw(r, "from"))
				a.DestinationTo = a.DestinationFrom + uint16(rapid.IntRange(0, 3).Draw(r, "more"))
			}
			rules = append(rules, a)
		}
		want := func(ingress bool) bool {
			for order := 1; order <= 5; order++ {
				for _, a := range rules {
					if a.Order == order && a.Ingress == ingress && (a.Protocol == "all" || a.Protocol == "tcp") && a.Source.Contains(ecs1) && a.Destination.Contains(eni) &&
						(a.DestinationFrom == 0 || a.DestinationFrom <= 80 && 80 <= a.DestinationTo) {
						return a.Allow
					}
				}
			}
			return false
		}
		w := ctyunLab()
		w.PutACL(reach.ACL{ID: "acl-1", Name: "a", Rules: rules})
		for _, c := range []struct {
			subnet string
			gate   reach.Gate
		}{{"client", reach.GateACLOut}, {"eni", reach.GateACLIn}} {
			put(w, c.subnet, "acl-1")
			v := w.Judge(flow())
			if lets := want(c.gate == reach.GateACLIn); v.Allowed != lets || !lets && v.Gate != c.gate {
				r.Fatalf("%s: allowed %v at %q, want %v by %v", c.subnet, v.Allowed, v.Gate, lets, rules)
			}
			e := w.Explain(flow())
			if e.Allowed != v.Allowed || e.Gate != v.Gate {
				r.Fatalf("explained otherwise: %+v", e)
			}
			at := slices.IndexFunc(e.Steps, func(s reach.Step) bool { return s.Gate == c.gate })
			if at < 0 || e.Steps[at].Outcome == reach.Skip {
				r.Fatalf("the gate is not among the steps: %+v", e.Steps)
			}
			put(w, c.subnet, "")
		}
	})
}
