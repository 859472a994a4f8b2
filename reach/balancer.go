package reach

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

func (k *walk) balancer(b Balancer) bool {
	k.v.Balancer = b.ID
	fix := Ref{"balancer", b.ID, b.Name}
	port, protocol := strconv.Itoa(int(k.port)), k.f.Protocol.upper()
	zone, works := k.side(b)
	if k.v.Zone = zone; !works {
		key := "reach.listener.zone"
		if len(b.Zones) > 1 {
			key = "reach.listener.zones"
		}
		return k.stop(GateListener, fix, key, "balancer", b.Name, "zone", b.Zones[0], "backup", b.Zones[len(b.Zones)-1])
	}
	for _, l := range k.listeners[b.ID] {
		if l.Protocol != k.f.Protocol || l.Port != k.port {
			continue
		}
		k.v.Listener = l.ID
		if !l.Running {
			return k.stop(GateListener, fix, "reach.listener.stopped", "balancer", b.Name, "port", port, "protocol", protocol)
		}
		if k.full(GateListener, b.ID, fix) {
			return false
		}
		key := "reach.listener.ok"
		if len(b.Zones) > 1 && zone != b.Zones[0] {
			key = "reach.listener.backup"
		}
		return (!k.explain || k.pass(GateListener, fix, key, "balancer", b.Name, "port", port, "protocol", protocol, "backendport", strconv.Itoa(int(l.BackendPort)), "zone", zone)) &&
			k.backends(b, l)
	}
	var published []string
	for _, l := range k.listeners[b.ID] {
		published = append(published, strings.ToUpper(string(l.Protocol))+" "+strconv.Itoa(int(l.Port)))
	}
	slices.Sort(published)
	if len(published) == 0 {
		return k.stop(GateListener, fix, "reach.listener.empty", "balancer", b.Name, "port", port, "protocol", protocol)
	}
	return k.stop(GateListener, fix, "reach.listener.none", "balancer", b.Name, "port", port, "protocol", protocol, "ports", strings.Join(published, ", "))
}

// backends keeps the members that a probe has not given up and that have a
// weight, then asks their groups.
func (k *walk) backends(b Balancer, l Listener) bool {
	fix := Ref{"balancer", b.ID, b.Name}
	healthy := make([]Backend, 0, len(k.members[b.ID]))
	var sick []string
	weighted := 0
	for _, m := range k.members[b.ID] {
		h, ok := k.hosts[m.Instance]
		if !ok || m.Weight <= 0 {
			continue
		}
		weighted++
		if why := k.sick(h); why != "" {
			sick = append(sick, h.Name+" ("+why+")")
			continue
		}
		if st := k.health[b.ID][l.ID+" "+m.ID]; st.Known && !st.Healthy {
			sick = append(sick, h.Name+" ("+st.Why+")")
			continue
		}
		weight := m.Weight
		if l.Even {
			weight = 1
		}
		healthy = append(healthy, Backend{ID: m.ID, Instance: h.ID, Name: h.Name, VPC: h.VPC, Addr: netip.AddrPortFrom(h.Addr, l.BackendPort), Weight: weight})
	}
	if len(healthy) > 1 {
		slices.SortFunc(healthy, func(a, b Backend) int { return strings.Compare(a.ID, b.ID) })
	}
	slices.Sort(sick)
	switch {
	case len(k.members[b.ID]) == 0:
		return k.stop(GateBackend, fix, "reach.backend.empty", "balancer", b.Name)
	case weighted == 0:
		return k.stop(GateBackend, fix, "reach.backend.weight", "balancer", b.Name)
	case len(healthy) == 0:
		return k.stop(GateBackend, fix, "reach.backend.unhealthy", "balancer", b.Name, "backends", strings.Join(sick, "; "))
	}
	if k.explain {
		k.pass(GateBackend, fix, "reach.backend.ok", "balancer", b.Name, "healthy", strconv.Itoa(len(healthy)), "total", strconv.Itoa(weighted), "backends", names(healthy))
	}
	return k.ingress(b, healthy)
}

func names(list []Backend) string {
	out := make([]string, len(list))
	for i, b := range list {
		out[i] = b.Name
	}
	return strings.Join(out, ", ")
}

func (k *walk) ingress(b Balancer, healthy []Backend) bool {
	var refused decision
	k.v.Backends = healthy[:0] // what is kept stands before what is looked at
	for _, m := range healthy {
		nic := k.hosts[k.addresses[at{m.VPC, m.Addr.Addr()}].id]
		d := k.senderRules(nic.Groups, b, m.Addr.Port())
		if !d.accept {
			refused = d
			continue
		}
		k.v.Backends = append(k.v.Backends, m)
	}
	if len(k.v.Backends) == 0 {
		k.v.Backends = nil
		return k.stop(GateIngress, Ref{"group", refused.group.ID, refused.group.Name}, "reach.ingress."+refused.how(), refused.words(k.f)...)
	}
	k.v.Sender = b.Sender
	key := "reach.ingress.sender"
	if !b.Implicit {
		key = "reach.ingress.snat"
	}
	return (!k.explain || k.pass(GateIngress, Ref{}, key, "sender", b.Sender.String(), "backends", names(k.v.Backends))) &&
		k.aclBackends(manyPeers(b.Sender, b.Pool))
}
