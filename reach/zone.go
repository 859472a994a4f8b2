package reach

import "net/netip"

// FailZone makes an availability zone fail, or work again. What stands in a
// failed zone sends and takes nothing, whatever else is known of it.
func (w *World) FailZone(id string, failed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !failed {
		delete(w.failed, id)
		return
	}
	w.failed[id] = true
}

// Failed says whether an availability zone has failed.
func (w *World) Failed(zone string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.failed[zone]
}

// side is the zone that a CLB works in now: the primary one, or the backup one
// while the primary is down (CLB-04). It is none when both are, and ok is then
// false; a CLB of which no zone is known works.
func (w *World) side(b Balancer) (zone string, ok bool) {
	for _, z := range b.Zones {
		if !w.failed[z] {
			return z, true
		}
	}
	return "", len(b.Zones) == 0
}

// Side is the zone that a CLB works in now, and whether it works at all.
func (w *World) Side(balancer string) (zone string, ok bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.side(w.balancers[balancer])
}

// down says whether all interfaces of an endpoint are in failed zones.
func (w *World) down(e Endpoint) bool {
	some := false
	for _, i := range w.interfaces {
		if i.Endpoint == e.ID {
			if !w.failed[i.stands()] {
				return false
			}
			some = true
		}
	}
	return some
}

// sick says why a member of a CLB takes no traffic whatever its probes found,
// or "".
func (w *World) sick(h Host) string {
	switch {
	case !h.Running:
		return "stopped"
	case w.failed[h.Zone]:
		return "zone failed"
	}
	return ""
}

// Live is a flow that goes on, as far as zones are concerned: what it came in
// by and where it goes to.
type Live struct {
	VPC      string // of its client
	Client   netip.Addr
	ENI      string // ID of the endpoint interface, empty for none
	Balancer string
	Backend  string // instance ID, empty for none
}

// Lost says whether a flow cannot go on because of a failed zone: its client,
// its interface or its backend stands there, or its CLB works nowhere. What a
// CLB's primary side carried and touches the failed zone nowhere else goes on
// in the backup zone: both sides know its connections.
func (w *World) Lost(f Live) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if len(w.failed) == 0 {
		return false
	}
	client := w.addresses[at{f.VPC, f.Client}]
	_, works := w.side(w.balancers[f.Balancer])
	return w.failed[w.hosts[client.id].Zone] || w.failed[w.interfaces[f.ENI].stands()] || w.failed[w.hosts[f.Backend].Zone] || !works
}
