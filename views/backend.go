package views

import (
	"cmp"
	"net/netip"
	"slices"

	"culvert.internal/reach"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// ServerPanel is the panel My Servers: tick servers of the CLB's VPC, then
// give them weights (LSN-03, LSN-04, X-02). It stands inside a form, whose
// fields it adds: "pick" and "weight.INSTANCE".
type ServerPanel struct {
	Form       ui.Form
	Balancer   cloud.Balancer
	VPCName    string
	Candidates []cloud.Instance
	In         []string // instances that are in the group already
	Weights    bool     // the second half is open
	// Next goes on, Previous back to the ticks, Cancel leaves.
	Next, Previous, Cancel ui.Button
}

func (p ServerPanel) in(id string) bool { return slices.Contains(p.In, id) }

// picked are the ticked servers, in the order of the list.
func (p ServerPanel) picked() []cloud.Instance {
	var out []cloud.Instance
	for _, i := range p.Candidates {
		if p.Form.Ticked("pick", i.ID) && !p.in(i.ID) {
			out = append(out, i)
		}
	}
	return out
}

// weights are the fields of the weights, to carry them back to the ticks.
func (p ServerPanel) weights() []string {
	var out []string
	for _, i := range p.picked() {
		out = append(out, "weight."+i.ID)
	}
	return out
}

// close is Cancel as the panel's corner shows it.
func (p ServerPanel) close(f *Frame) ui.Button {
	b := p.Cancel
	b.Label, b.Icon, b.Bare, b.Plain = f.T("do.close"), "cross", true, true
	return b
}

// first is the first candidate that can be ticked, -1 without one.
func (p ServerPanel) first() int {
	return slices.IndexFunc(p.Candidates, func(i cloud.Instance) bool { return !p.in(i.ID) })
}

// BackendRemove is the page that asks before a server leaves the group.
type BackendRemove struct {
	Form     ui.Form
	Balancer cloud.BalancerView
	Backend  cloud.BackendView
}

func (p BackendRemove) effects(f *Frame) []string {
	out := []string{f.T("server.remove.new")}
	if len(p.Balancer.Backends) == 1 {
		out = append(out, f.T("server.remove.last"))
	}
	return out
}

// backendAt is where a listener sends to on one backend.
func backendAt(l cloud.Listener, b cloud.BackendView) netip.AddrPort {
	return netip.AddrPortFrom(b.IP, l.BackendPort)
}

// checkedAt is where a listener's probe goes on one backend.
func checkedAt(l cloud.Listener, b cloud.BackendView) netip.AddrPort {
	return netip.AddrPortFrom(b.IP, cmp.Or(l.Health.Port, l.BackendPort))
}

// healthReason says why a backend is as it is, empty when nothing needs
// saying.
func healthReason(f *Frame, l cloud.Listener, b cloud.BackendView, h reach.Health) string {
	switch {
	case h.Known && h.Healthy:
		return ""
	case !l.Running:
		return f.T("clb.host.off")
	case !b.Running:
		return f.T("health.why.stopped")
	case f.ZoneFailed(b.Zone):
		return f.T("health.why.zone")
	case h.Known:
		return healthWhy(f, h.Why, checkedAt(l, b))
	case b.Weight == 0:
		return f.T("server.unchecked.idle")
	}
	return f.T("server.unchecked")
}

func liveNote(f *Frame, p BalancerDetail) string {
	if len(p.Connections) <= shownConnections {
		return ""
	}
	return f.T("clb.connections.first", "n", len(p.Connections), "shown", shownConnections)
}

// probeNote says once on a page where probes come from.
func probeNote(f *Frame, n int) string {
	if n > 0 {
		return ""
	}
	return f.T("server.health.note")
}
