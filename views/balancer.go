package views

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views/text"
	"culvert.internal/views/ui"
)

// BalancerList is the Instances page of the CLB console (CLB-16).
type BalancerList struct {
	Items []BalancerRow
	List  ui.List
}

// BalancerRow is a CLB with what its probes found.
type BalancerRow struct {
	cloud.BalancerView
	Health []reach.Health
}

// balancerAddress is the private address, empty for a CLB without one.
func balancerAddress(b cloud.Balancer) string {
	if !b.IP.IsValid() {
		return ""
	}
	return b.IP.String()
}

// balancerState derives how a CLB stands from what was asked for and what was
// observed: the state's word under "state.balancer.".
func balancerState(b cloud.BalancerView) (ui.Kind, string) {
	running := slices.ContainsFunc(b.Listeners, func(l cloud.Listener) bool { return l.Running })
	switch {
	case !b.IP.IsValid():
		return ui.Off, "outside"
	case len(b.Listeners) == 0:
		return ui.Wait, "nolistener"
	case len(b.Backends) == 0:
		return ui.Wait, "nobackend"
	case !running:
		return ui.Off, "stopped"
	case b.Observed.Problem != "":
		return ui.Bad, "problem"
	case !b.Observed.Open:
		return ui.Run, "starting"
	}
	return ui.OK, "running"
}

// balancerSort tells a balancer's kind: in aliyun by its address, in ctyun by
// its feature.
func balancerSort(f *Frame, b cloud.Balancer) string {
	if b.Feature == cloud.Standard {
		return f.T("clb." + b.Address)
	}
	return f.T("clb.feature." + b.Feature)
}

// LinkReason is why PrivateLink cannot use a CLB, empty when it can (CLB-15).
func LinkReason(f *Frame, b cloud.Balancer) string {
	ok, why := b.PrivateLink()
	if ok {
		return ""
	}
	return f.T("clb.link.why." + strings.TrimPrefix(why, "error.resource."))
}

// zoneCLB is a zone as the CLB purchase page names it.
func (f *Frame) zoneCLB(id string) string { return f.named("zone.clb.", id) }

// balancerZones tells the zones a CLB is in, the primary one first, in the
// names that name gives them.
func balancerZones(f *Frame, b cloud.Balancer, name func(string) string) string {
	zone := func(z string) string {
		if f.ZoneFailed(z) {
			return f.T("zone.failed.mark", "zone", name(z))
		}
		return name(z)
	}
	if b.BackupZone == "" {
		return zone(b.Zone)
	}
	return f.T("clb.primary", "zone", zone(b.Zone)) + f.T("clb.zones.and") + f.T("clb.backup", "zone", zone(b.BackupZone))
}

// onBackup says whether a CLB works in its backup zone now (CLB-04).
func (f *Frame) onBackup(b cloud.Balancer) bool {
	return b.BackupZone != "" && f.ZoneFailed(b.Zone) && !f.ZoneFailed(b.BackupZone)
}

// listenerName is how a listener is called: "TCP 80", and its name if it has
// one.
func listenerName(l cloud.Listener) string {
	if l.Name == "" {
		return listenerPort(l)
	}
	return listenerPort(l) + " " + l.Name
}

// ListenerName is listenerName for handlers.
func ListenerName(l cloud.Listener) string { return listenerName(l) }

// healthTally is what the probes found about the backends of a listener (LSN-08).
// Backends with weight 0 count only once they were probed.
type healthTally struct{ normal, abnormal, unknown int }

func (t healthTally) all() int { return t.normal + t.abnormal + t.unknown }

func tallyOf(listener string, backends []cloud.BackendView, health []reach.Health) healthTally {
	var t healthTally
	for _, b := range backends {
		h, known := healthOf(listener, b.ID, health)
		switch {
		case known && h.Healthy:
			t.normal++
		case known:
			t.abnormal++
		case b.Weight > 0:
			t.unknown++
		}
	}
	return t
}

// healthOf answers what a probe has decided about one backend of a listener.
func healthOf(listener, backend string, health []reach.Health) (reach.Health, bool) {
	for _, h := range health {
		if h.Listener == listener && h.Backend == backend {
			return h, h.Known
		}
	}
	return reach.Health{}, false
}

// kind is the tally in one state, the worst of it; words says it.
func (t healthTally) kind() ui.Kind {
	switch {
	case t.abnormal > 0:
		return ui.Bad
	case t.unknown > 0:
		return ui.Run
	case t.normal > 0:
		return ui.OK
	}
	return ui.Off
}

func (t healthTally) words(f *Frame) string {
	switch {
	case t.all() == 0:
		return f.T("health.none")
	case t.abnormal > 0:
		return f.T("health.abnormal.n", "n", t.abnormal, "all", t.all())
	case t.unknown > 0:
		return f.T("health.unknown.n", "n", t.unknown, "all", t.all())
	}
	return f.T("health.normal.n", "n", t.normal, "all", t.all())
}

// healthWhy says why a backend is abnormal and what to do about it. A probe
// words it as a code, "status 503", or a key of the catalogue.
func healthWhy(f *Frame, why string, at netip.AddrPort) string {
	if status, ok := strings.CutPrefix(why, "status "); ok {
		return f.T("health.why.status", "address", at, "status", status)
	}
	for _, key := range []string{"health.why." + why, why} {
		if text.Has(key) {
			return f.T(key, "address", at)
		}
	}
	return why
}

// HealthWhy says why a probe of an address found nobody.
func (f *Frame) HealthWhy(why string, at netip.AddrPort) string { return healthWhy(f, why, at) }

// HostPort is where a published port is on this host.
type HostPort struct {
	At   netip.AddrPort // invalid while it is not open
	Move cloud.Move     // why it is not the published one, if so
}

func (p HostPort) moved() bool { return p.Move.Reason != "" }

// BalancerDetail is a CLB's own page with one of its tabs open.
type BalancerDetail struct {
	BalancerRow
	Tab         string // TabListeners, TabServers, TabHealth or TabCharts
	Ports       map[string]HostPort
	Connections []reach.Connection
	Counter     cloud.Counter
	// From is where it can be used from.
	From From
	// Charts is filled for TabCharts.
	Charts Charts
	// List is how the tab's list stands: the Shown listeners or the Members of
	// the server group.
	List    ui.List
	Shown   []cloud.Listener
	Members []cloud.BackendView
	// Clients are the instances of its VPC, from which it can be reached.
	Clients []cloud.Instance
	// Form holds the weights of TabServers, or what a dialog asks.
	Form ui.Form
	// Dialog is open over the page, if any.
	Dialog templ.Component
}

// The tabs of a CLB's page: what stands behind its address.
const (
	TabListeners = ""
	TabServers   = "servers"
	TabHealth    = "health"
	TabCharts    = "charts"
)

func (f *Frame) balancer(id string, more ...string) string {
	return f.Link("/load-balancers/" + strings.Join(append([]string{id}, more...), "/"))
}

// shownConnections is how many live connections a page lists.
const shownConnections = 50

func (p BalancerDetail) connections() []reach.Connection {
	return p.Connections[:min(len(p.Connections), shownConnections)]
}

// share is the part of the requests a weight gives, in percent.
func (p BalancerDetail) share(b cloud.BackendView) string {
	total := 0
	for _, o := range p.Backends {
		total += o.Weight
	}
	if total == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f%%", float64(b.Weight)*100/float64(total))
}

// useAt is the CLB's address with the ways to use it at one of its listeners.
func (p BalancerDetail) useAt(f *Frame, l cloud.Listener) ui.Use {
	return f.use(p.From, target{id: l.ID, what: "clb.address", host: p.IP.String(), network: l.Protocol, port: l.Port})
}

// serviceOn is the form that makes an endpoint service on a balancer, with it
// chosen.
func (f *Frame) serviceOn(b cloud.Balancer) string {
	chosen := url.Values{"balancer.1": {b.ID}, "zone.1": {b.Zone}}
	if f.ctyun() {
		chosen = url.Values{"vpc": {b.VPC}, "balancer": {b.ID}}
	}
	return f.Link("/endpoint-services/new?" + chosen.Encode())
}

// balancerPath is the CLB's drawing: who uses it, its address, its listeners,
// its servers.
func balancerPath(f *Frame, p BalancerDetail) []ui.Stop {
	from := ui.Stop{Icon: "instance", Kind: ui.OK, Title: f.T("clb.path.clients", "vpc", p.VPCName)}
	if n := len(p.Services); n > 0 {
		from.Icon, from.Title, from.Note = "service", f.T("clb.path.services"), f.T("clb.path.services.n", "n", n)
		if n == 1 {
			from.Note, from.Href = f.ServiceKnownAs(p.Services[0].ID, p.Services[0].Name), f.Ref(p.Services[0])
		}
	}
	kind, word := balancerState(p.BalancerView)
	clb := ui.Stop{Icon: "clb", Kind: kind, Title: p.Name, Note: balancerAddress(p.Balancer)}
	listeners := ui.Stop{Icon: "list", Kind: kind, Title: f.T("clb.path.listener"), Note: f.T("state.balancer." + word)}
	var worst healthTally
	for i, l := range p.Listeners {
		if i == 0 {
			listeners.Note = listenerName(l)
		}
		t := tallyOf(l.ID, p.Backends, p.Health)
		worst = healthTally{worst.normal + t.normal, worst.abnormal + t.abnormal, worst.unknown + t.unknown}
	}
	if len(p.Listeners) > 1 {
		listeners.Note = f.T("clb.path.listener.n", "n", len(p.Listeners))
	}
	names := make([]string, 0, len(p.Backends))
	for _, b := range p.Backends {
		names = append(names, b.Name)
	}
	if len(names) > 3 {
		names = append(names[:3], "…")
	}
	health := worst.kind()
	if health == ui.Bad && worst.normal > 0 {
		health = ui.Wait // it still forwards, but somebody should look
	}
	servers := ui.Stop{
		Icon: "instance", Kind: health, Title: cmp.Or(strings.Join(names, ", "), f.T("clb.path.backends")),
		Note: worst.words(f),
	}
	return []ui.Stop{from, clb, listeners, servers}
}
