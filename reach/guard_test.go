package reach_test

import (
	"testing"

	"culvert.internal/reach"
)

// TYQ-01, TYQ-02: every gate of every backend is asked, also behind one that
// stops, and for each port of the service; the flow itself is judged alike.
func TestGuards(t *testing.T) {
	w := ctyunLab()
	w.PutService(reach.Service{ID: "epsrv-1", Name: "web", Sender: ctyunSender, Pool: block("198.19.128.0/24"), Mappings: map[reach.Port]uint16{
		{Protocol: reach.TCP, Number: 8000}: 80, {Protocol: reach.UDP, Number: 53}: 53,
	}})
	w.PutGroup(reach.Group{ID: "sg-shut", Name: "shut", Rules: []reach.Rule{out}})
	w.PutHost(reach.Host{ID: "i-3", Name: "ECS3", VPC: "vpc-2", Zone: "b", Addr: ecs3, Groups: []string{"sg-shut"}, Running: true})
	w.PutACL(reach.ACL{ID: "acl-1", Name: "closed"})
	put(w, "other", "acl-1") // of ECS3
	said := func(behind string) map[string][2]reach.Outcome {
		out := map[string][2]reach.Outcome{}
		for _, g := range w.Guards("epsrv-1", behind) {
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
	for _, g := range w.Guards("epsrv-1", "i-3") {
		if g.Groups.Fix.ID != "sg-shut" || g.Groups.Reason.Args["peer"] != ctyunSender.String() || g.ACL.Fix.ID != "acl-1" {
			t.Errorf("what is to be mended: %+v", g)
		}
	}
	if got := w.Guards("unknown", "lb-1"); len(got) != 0 {
		t.Errorf("an unknown service has guards: %v", got)
	}
}
