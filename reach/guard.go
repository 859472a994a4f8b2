package reach

import (
	"net/netip"
	"sort"
	"strconv"
	"strings"
)

// Guard is what the gates of one backend say to the traffic of a service, for
// one of its ports (TYQ-01, TYQ-02).
type Guard struct {
	Port    Port // of the endpoints
	Backend Backend
	// Groups is what the groups of the backend's NIC say, ACL what the network
	// ACL of its subnet says; a subnet without one has no say, and the outcome
	// is empty.
	Groups, ACL Step
	// Listener is filled, and nothing else but Port, when the balancer does not
	// listen where the port leads.
	Listener Step
}

// Guards runs the gates of everything behind a service for each of its ports,
// also of one that is only a plan: behind is a balancer, or a host that the
// service names itself; nothing guards what is neither. Every gate is asked,
// also after one that stops, and so is every backend, whatever its weight and
// health.
func (w *World) Guards(s Service, behind string) []Guard {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []Guard
	for _, p := range s.ports() {
		k := walk{World: w, f: Flow{Protocol: p.Protocol}}
		if h, ok := w.hosts[behind]; ok {
			out = append(out, k.guard(p, h, Balancer{Sender: s.Sender, Pool: s.Pool}, s.Mappings[p]))
		} else if b, ok := w.balancers[behind]; ok {
			out = append(out, k.guards(p, b, s.Mappings[p])...)
		}
	}
	return out
}

// guards are those of a balancer's backends for what it listens on at a
// port.
func (k *walk) guards(p Port, b Balancer, port uint16) []Guard {
	var out []Guard
	for _, l := range k.listeners[b.ID] {
		if l.Protocol != p.Protocol || l.Port != port {
			continue
		}
		for _, m := range k.members[b.ID] {
			if h, ok := k.hosts[m.Instance]; ok {
				out = append(out, k.guard(p, h, b, l.BackendPort))
			}
		}
		sort.Slice(out, func(i, j int) bool { return out[i].Backend.Name < out[j].Backend.Name })
		return out
	}
	missing := reason("reach.listener.missing", []string{
		"balancer", b.Name, "protocol", strings.ToUpper(string(p.Protocol)), "port", strconv.Itoa(int(port)),
	})
	return []Guard{{Port: p, Listener: Step{GateListener, Stop, missing, Ref{"balancer", b.ID, b.Name}}}}
}

// guard asks the gates of one backend; what a balancer would need no rule for
// needs none here.
func (k *walk) guard(p Port, h Host, b Balancer, port uint16) Guard {
	at := netip.AddrPortFrom(h.Addr, port)
	g := Guard{Port: p, Backend: Backend{ID: h.ID, Instance: h.instance(), Name: h.Name, VPC: h.VPC, Addr: at}}
	d := k.senderRules(h.Groups, b, port)
	g.Groups = Step{GateIngress, Pass, reason("reach.ingress.ok", d.words(k.f)), Ref{"group", d.group.ID, d.group.Name}}
	if !d.accept {
		g.Groups.Outcome, g.Groups.Reason = Stop, reason("reach.ingress."+d.how(), d.words(k.f))
	}
	s, _ := k.subnet(h.VPC, h.Addr)
	r := k.verdict(crossing{s, true, manyPeers(b.Sender, b.Pool), at})
	if r.key != "" {
		g.ACL = Step{GateACL, Pass, reason(r.key, append(r.words(k.f), "backend", h.Name)), r.fix()}
	}
	if !r.allow {
		g.ACL.Outcome = Stop
	}
	return g
}
