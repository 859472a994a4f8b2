package reach

import (
	"net/netip"
	"strings"
)

// Judge decides a flow; it stops at the first gate that refuses.
func (w *World) Judge(f Flow) Verdict { return w.walk(f, false) }

// Explain decides a flow like Judge and writes every gate down, also those
// behind the one that stopped it, as not reached. It speaks to the owner of
// the client: of another account's CLB and backends it says which gate stopped
// the flow and no more.
func (w *World) Explain(f Flow) Verdict {
	v := w.walk(f, true)
	if w.foreign(f, v) {
		v.hide()
	}
	return v
}

// foreign says whether the service of a judged flow belongs to another account
// than the network its client stands in.
func (w *World) foreign(f Flow, v Verdict) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	e, ok := w.endpoints[v.Endpoint]
	return ok && e.Provider != w.account(f)
}

// Hidden is the reason that a consumer is given for what happened at a gate of
// the provider's.
func Hidden(o Outcome) Reason { return Reason{Key: "reach.provider." + string(o)} }

// Provider says whether a gate is about the provider's things.
func (g Gate) Provider() bool {
	switch g {
	case GateListener, GateBackend, GateIngress, GateACL:
		return true
	}
	return false
}

func (v *Verdict) hide() {
	for i, s := range v.Steps {
		switch {
		case s.Gate.Provider() && s.Outcome != Skip:
			v.Steps[i].Reason, v.Steps[i].Fix = Hidden(s.Outcome), Ref{}
		case s.Gate == GateMapping && s.Outcome == Pass:
			delete(s.Reason.Args, "serviceport")
			v.Steps[i].Reason.Key = "reach.mapping.open"
		case s.Gate == GateZone && s.Outcome == Pass:
			delete(s.Reason.Args, "balancer")
			v.Steps[i].Reason.Key = "reach.zone.connected"
		}
	}
	if v.Gate.Provider() {
		v.Reason, v.Fix = Hidden(Stop), Ref{}
	}
	v.Balancer, v.Listener, v.Zone, v.Backends = "", "", "", nil
}

// walk is one flow on its way through the gates.
type walk struct {
	*World
	f       Flow
	port    uint16 // what is behind a service is asked at; mapped, or f.Port
	explain bool
	v       Verdict
	client  Host // zero for this host and for strangers
}

func (w *World) walk(f Flow, explain bool) Verdict {
	w.mu.RLock()
	defer w.mu.RUnlock()
	k := walk{World: w, f: f, port: f.Port, explain: explain}
	if k.f.Entry == "" {
		k.f.Entry = f.VPC
	}
	k.v.Allowed = k.source() && k.egress() && k.aclOut() && k.name() && k.route()
	if explain && !k.v.Allowed {
		k.skip()
	}
	return k.v
}

// pass and stop note what a gate said; they answer whether the flow goes on.
// What takes time to put into words is asked for only when somebody wants an
// explanation.
func (k *walk) pass(g Gate, fix Ref, key string, kv ...string) bool {
	if k.explain {
		k.v.Steps = append(k.v.Steps, Step{g, Pass, reason(key, kv), fix})
	}
	return true
}

func (k *walk) stop(g Gate, fix Ref, key string, kv ...string) bool {
	return k.refuse(g, fix, reason(key, kv))
}

func (k *walk) refuse(g Gate, fix Ref, why Reason) bool {
	k.v.Gate, k.v.Reason, k.v.Fix = g, why, fix
	if k.explain {
		k.v.Steps = append(k.v.Steps, Step{g, Stop, k.v.Reason, fix})
	}
	return false
}

func reason(key string, kv []string) Reason {
	r := Reason{Key: key, Args: make(map[string]string, len(kv)/2)}
	for i := 0; i+1 < len(kv); i += 2 {
		r.Args[kv[i]] = kv[i+1]
	}
	return r
}

// skip lists the gates that the flow did not get to. Those that only other
// kinds of path have are left out, and so are those of network ACLs, which most
// subnets do not have.
func (k *walk) skip() {
	stopped := false
	for _, g := range Gates() {
		if g == k.v.Gate {
			stopped = true
			continue
		}
		onlyEndpoint := g == GateENI || g == GateConnection || g == GateZone || g == GateService || g == GateMapping
		known := k.v.Balancer != "" || k.v.ENI != "" || k.v.Gate == GateIngress || k.v.Gate == GateACLIn
		switch {
		case !stopped, g == GateSourceList, g == GateACLOut, g == GateACLIn, g == GateACL, k.misses(g), k.without(g), g == GateName && k.f.Name == "":
		case onlyEndpoint && known && k.v.ENI == "":
		default:
			k.v.Steps = append(k.v.Steps, Step{Gate: g, Outcome: Skip})
		}
	}
}

func (k *walk) source() bool {
	entry := k.vpcs[k.f.Entry]
	vpc := Ref{"vpc", k.f.Entry, entry.Name}
	if i, ok := k.idcs[k.f.VPC]; ok {
		return k.idc(i)
	}
	switch {
	case k.f.Source.IsLoopback():
		if !entry.Host {
			return k.stop(GateSource, vpc, "reach.source.host", "vpc", entry.Name)
		}
		return k.pass(GateSource, vpc, "reach.source.attached", "vpc", entry.Name)
	case k.f.VPC == "" || k.f.Entry != k.f.VPC:
		return k.stop(GateSource, vpc, "reach.source.foreign", "address", k.f.Source.String(), "from", k.vpcs[k.f.VPC].Name, "vpc", entry.Name)
	}
	h := k.addresses[at{k.f.VPC, k.f.Source}]
	k.client = k.hosts[h.id]
	if k.client.ID == "" {
		return k.stop(GateSource, vpc, "reach.source.unknown", "address", k.f.Source.String(), "vpc", entry.Name)
	}
	self := k.client.ref()
	if !k.client.Running {
		return k.stop(GateSource, self, "reach.source.stopped", "client", k.client.Name)
	}
	if k.failed[k.client.Zone] {
		return k.stop(GateSource, self, "reach.source.zone", "client", k.client.Name, "zone", k.client.Zone)
	}
	return !k.explain || k.pass(GateSource, self, "reach.source.ok", "client", k.client.Name, "address", k.f.Source.String(), "vpc", entry.Name)
}

func (k *walk) egress() bool {
	if _, ok := k.idcs[k.f.VPC]; ok {
		return k.pass(GateEgress, Ref{}, "reach.egress.idc")
	}
	if k.client.ID == "" {
		return k.pass(GateEgress, Ref{}, "reach.egress.host")
	}
	d := k.rules(k.client.Groups, false, k.f.Target, k.f.Port)
	fix := Ref{"group", d.group.ID, d.group.Name}
	if !d.accept {
		return k.stop(GateEgress, fix, "reach.egress."+d.how(), d.words(k.f)...)
	}
	return !k.explain || k.pass(GateEgress, fix, "reach.egress.ok", d.words(k.f)...)
}

func (k *walk) name() bool {
	if k.f.Name == "" {
		return true
	}
	vpc := Ref{"vpc", k.f.Entry, k.vpcs[k.f.Entry].Name}
	if !k.f.Target.IsValid() {
		return k.unresolved(vpc)
	}
	return k.pass(GateName, vpc, "reach.name.ok", "name", k.f.Name, "address", k.f.Target.String())
}

// unresolved says why a name has no address: a name of an endpoint is published
// while its zone is connected, and in the endpoint's VPC only.
func (k *walk) unresolved(vpc Ref) bool {
	name := strings.ToLower(strings.TrimSuffix(k.f.Name, "."))
	e, ours := k.endpoints[k.domains[name]]
	args := []string{"name", k.f.Name, "vpc", vpc.Name, "endpoint", e.Name, "service", e.Service, "provider", e.Provider, "by", e.DecidedBy}
	fix := Ref{"connection", e.Service + "/" + e.ID, e.Name}
	if !ours || e.VPC != k.f.Entry {
		return k.stop(GateName, vpc, "reach.name.unknown", args...)
	}
	k.v.Endpoint, k.v.Service = e.ID, e.Service
	switch {
	case k.orphan(e):
		return k.stop(GateName, Ref{"endpoint", e.ID, e.Name}, "reach.service.gone", args...)
	case e.Denied:
		return k.stop(GateName, fix, "reach.name.denied", args...)
	case !e.Allowed:
		return k.stop(GateName, fix, "reach.name.waiting", args...)
	}
	key, zone := "reach.name.unpublished", e.Out[name]
	switch {
	case k.down(e):
		key = "reach.name.lost"
	case k.failed[zone]:
		key, args = "reach.name.zone", append(args, "zone", zone)
	}
	return k.stop(GateName, Ref{"endpoint", e.ID, e.Name}, key, args...)
}

// route finds what has the target's address and goes on with its gates.
func (k *walk) route() bool {
	h := k.addresses[at{k.f.Entry, k.f.Target}]
	switch h.kind {
	case "interface":
		i := k.interfaces[h.id]
		e := k.endpoints[i.Endpoint]
		k.v.ENI, k.v.Endpoint, k.v.Service = i.ID, i.Endpoint, e.Service
		k.found(Ref{"endpoint", e.ID, e.Name}, "reach.route.eni", "endpoint", e.Name, "zone", i.Zone)
		return k.aclIn() && k.endpoint(i, e)
	case "balancer":
		b := k.balancers[h.id]
		k.found(Ref{"balancer", b.ID, b.Name}, "reach.route.balancer", "balancer", b.Name)
		return k.aclIn() && k.balancer(b)
	case "instance":
		to := k.hosts[h.id]
		k.found(to.ref(), "reach.route.instance", "instance", k.owner(to))
		return k.aclIn() && k.instance(to)
	}
	vpc, target := Ref{"vpc", k.f.Entry, k.vpcs[k.f.Entry].Name}, k.target()
	if k.f.Target.IsValid() && !k.f.Target.IsPrivate() {
		return k.stop(GateRoute, vpc, "reach.route.internet", "address", target, "vpc", vpc.Name)
	}
	return k.stop(GateRoute, vpc, "reach.route.none", "address", target, "vpc", vpc.Name)
}

// found notes what has the target's address.
func (k *walk) found(what Ref, key string, kv ...string) {
	if k.explain {
		k.pass(GateRoute, what, key, append(kv, "address", k.target())...)
	}
}

func (k *walk) target() string {
	if !k.f.Target.IsValid() {
		return "none"
	}
	return k.f.Target.String()
}

func (k *walk) instance(to Host) bool {
	k.v.Backends = []Backend{{ID: to.ID, Instance: to.instance(), Name: k.owner(to), VPC: to.VPC, Addr: netip.AddrPortFrom(to.Addr, k.f.Port), Weight: 1}}
	if to.instance() == k.client.instance() {
		// What an instance sends to itself never leaves it.
		return k.pass(GateIngress, to.ref(), "reach.ingress.self", "client", to.Name)
	}
	if !to.Running {
		k.v.Backends = nil
		return k.stop(GateIngress, to.ref(), "reach.ingress.stopped", "instance", to.Name)
	}
	if k.failed[to.Zone] {
		k.v.Backends = nil
		return k.stop(GateIngress, to.ref(), "reach.ingress.zone", "instance", to.Name, "zone", to.Zone)
	}
	d := k.rules(to.Groups, true, k.f.Source, k.f.Port)
	fix := Ref{"group", d.group.ID, d.group.Name}
	if !d.accept {
		k.v.Backends = nil
		return k.stop(GateIngress, fix, "reach.ingress."+d.how(), d.words(k.f)...)
	}
	return !k.explain || k.pass(GateIngress, fix, "reach.ingress.ok", d.words(k.f)...)
}
