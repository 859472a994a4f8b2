package reach_test

import (
	"strings"
	"testing"

	"culvert.internal/reach"
)

// TYQ-01, TYQ-02: every gate of every backend is asked, also behind one that
// stops, and for each port of the service; the flow itself is judged alike.
func TestGuards(t *testing.T) {
	w := ctyunLab()
	// It is not in the world: a service that is only a plan is guarded too.
	s := reach.Service{Sender: ctyunSender, Pool: block("198.19.128.0/24"), Mappings: map[reach.Port]uint16{
		{Protocol: reach.TCP, Number: 8000}: 80, {Protocol: reach.UDP, Number: 53}: 53,
	}}
	w.PutGroup(reach.Group{ID: "sg-shut", Name: "shut", Rules: []reach.Rule{out}})
	w.PutHost(reach.Host{ID: "i-3", Name: "ECS3", VPC: "vpc-2", Zone: "b", Addr: ecs3, Groups: []string{"sg-shut"}, Running: true})
	w.PutACL(reach.ACL{ID: "acl-1", Name: "closed"})
	put(w, "other", "acl-1") // of ECS3
	said := func(behind string) map[string][2]reach.Outcome {
		out := map[string][2]reach.Outcome{}
		for _, g := range w.Guards(s, behind) {
			if g.Listener.Outcome == reach.Stop {
				out[g.Port.String()] = [2]reach.Outcome{g.Listener.Outcome}
				continue
			}
			out[g.Port.String()+" "+g.Backend.Name+" "+g.Backend.Addr.String()] = [2]reach.Outcome{g.Groups.Outcome, g.ACL.Outcome}
		}
		return out
	}
	for behind, want := range map[string]map[string][2]reach.Outcome{
		"lb-1": {
			"TCP 8000 ECS2 192.168.24.11:8080": {reach.Pass, ""},
			"TCP 8000 ECS3 192.168.25.12:8080": {reach.Stop, reach.Stop},
			"UDP 53":                           {reach.Stop}, // nothing listens there
		},
		"i-3": {
			"TCP 8000 ECS3 192.168.25.12:80": {reach.Stop, reach.Stop},
			"UDP 53 ECS3 192.168.25.12:53":   {reach.Stop, reach.Stop},
		},
	} {
		got := said(behind)
		if len(got) != len(want) {
			t.Errorf("%s: %v, want %v", behind, got, want)
		}
		for name, outcomes := range want {
			if got[name] != outcomes {
				t.Errorf("%s, %s: %v, want %v (of %v)", behind, name, got[name], outcomes, got)
			}
		}
	}
	for _, g := range w.Guards(s, "i-3") {
		if g.Groups.Fix.ID != "sg-shut" || g.Groups.Reason.Args["peer"] != ctyunSender.String() || g.ACL.Fix.ID != "acl-1" {
			t.Errorf("what is to be mended: %+v", g)
		}
	}
	if got := append(w.Guards(s, "unknown"), w.Guards(reach.Service{}, "lb-1")...); len(got) != 0 {
		t.Errorf("nothing behind a service, or no ports of one, has guards: %v", got)
	}
}

// TYS-12, TYS-14, TYQ-01: nothing is let in by itself; the rule has to be about
// the port behind the service and to hold the whole range, and a drop rule
// before it counts as soon as it is about a part of the range. Of an instance's
// NICs each has its own groups.
func TestGuardRules(t *testing.T) {
	w := ctyunLab()
	s := reach.Service{Sender: ctyunSender, Pool: ctyunSender, Mappings: map[reach.Port]uint16{
		{Protocol: reach.TCP, Number: 80}: 8080, {Protocol: reach.UDP, Number: 53}: 53,
	}}
	rule := func(accept bool, priority int, protocol, peer string, ports ...uint16) reach.Rule {
		r := reach.Rule{Ingress: true, Accept: accept, Priority: priority, Protocol: protocol, Peer: block(peer)}
		if len(ports) > 0 {
			r.From, r.To = ports[0], ports[len(ports)-1]
		}
		return r
	}
	w.PutGroup(reach.Group{ID: "sg-nic", Name: "nic"})
	w.PutHost(reach.Host{ID: "i-3", Name: "ECS3", VPC: "vpc-2", Zone: "b", Addr: ecs3, Groups: []string{"sg-main"}, Running: true})
	w.PutHost(reach.Host{ID: "eni-3", Instance: "i-3", Name: "ECS3 nic", VPC: "vpc-2", Zone: "b", Addr: ecs3.Next(), Groups: []string{"sg-nic"}, Running: true})
	shut := func(behind string) (out []string) {
		for _, g := range w.Guards(s, behind) {
			if g.Groups.Outcome == reach.Stop {
				out = append(out, g.Port.String()+" "+strings.TrimPrefix(g.Groups.Reason.Key, "reach.ingress."))
			}
		}
		return out
	}
	var rules []reach.Rule
	for _, step := range []struct {
		name string
		add  reach.Rule
		want string
	}{
		{"only a rule for what goes out", out, "UDP 53 none, TCP 80 none"},
		{"the members of a group", reach.Rule{Ingress: true, Accept: true, Priority: 1, Protocol: "all", PeerGroup: "sg-2"}, "UDP 53 none, TCP 80 none"},
		{"the endpoint's port is not the backend's", rule(true, 10, "tcp", "198.19.128.0/20", 80), "UDP 53 none, TCP 80 none"},
		{"a range of ports", rule(true, 10, "tcp", "198.19.128.0/20", 8000, 9000), "UDP 53 none"},
		{"half of the range", rule(true, 10, "udp", "198.19.128.0/21", 53), "UDP 53 none"},
		{"a wider range, any protocol", rule(true, 20, "all", "198.18.0.0/15"), ""},
		{"a later drop rule", rule(false, 30, "all", "198.19.128.0/20"), ""},
		{"a drop rule of another range", rule(false, 1, "all", "198.19.0.0/20"), ""},
		{"an earlier drop rule for a part of the range", rule(false, 5, "tcp", "198.19.130.0/24", 8080), "TCP 80 drop"},
		{"an earlier drop rule for a wider range", rule(false, 4, "udp", "198.0.0.0/8"), "UDP 53 drop, TCP 80 drop"},
	} {
		rules = append(rules, step.add)
		w.PutGroup(reach.Group{ID: "sg-main", Name: "main", Rules: rules})
		if got := strings.Join(shut("i-3"), ", "); got != step.want {
			t.Errorf("%s: shut are %q, want %q", step.name, got, step.want)
		}
		if got := strings.Join(shut("eni-3"), ", "); got != "UDP 53 none, TCP 80 none" {
			t.Errorf("%s: the other NIC is shut at %q", step.name, got)
		}
	}
	// What this installation does not send from may be dropped.
	s.Pool = block("198.19.128.0/24")
	w.PutGroup(reach.Group{ID: "sg-main", Name: "main", Rules: []reach.Rule{rule(false, 1, "all", "198.19.130.0/24"), rule(true, 2, "all", "198.19.128.0/20")}})
	if got := shut("i-3"); len(got) != 0 {
		t.Errorf("a drop rule for senders that are not used shuts %v", got)
	}
}
