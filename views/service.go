package views

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views/ui"
)

// ServiceList is the page Endpoints Service (EPS-06).
type ServiceList struct {
	Items []cloud.ServiceView
	// Gone are shown in place of Items when they are asked for.
	Gone []cloud.Tombstone
	List ui.List
	Over *Over
}

// ServiceDetail is one endpoint service with its tabs (EPS-07).
type ServiceDetail struct {
	Service cloud.ServiceView
	Tab     string // connections, resources, grants, mappings, charts, attempts; else the basics
	Health  map[string][]reach.Health
	Flows   int // live ones, through its endpoints
	// List is how the tab's list stands, which is one of these.
	List        ui.List
	Connections []cloud.EndpointView
	Resources   []cloud.ResourceView
	Grants      []cloud.Grant
	// Attempts and Charts are filled for their tabs, Accounts for the
	// whitelist's.
	Attempts Attempts
	Charts   Charts
	Accounts []cloud.Account
	Form     ui.Form // of the whitelist
	// Live counts the live flows of Connections, by endpoint.
	Live map[string]int
	// Check is what the gates of the backends say (TYS-12), for the basics;
	// Uninvited are connected though the whitelist does not hold their account
	// any more. Both of services that map ports.
	Check     Check
	Uninvited []cloud.EndpointView
	// Over is a dialog that is open over the page; nil: none.
	Over *Over
}

// Over is a dialog that is sent open over the page it belongs to: it has an
// address of its own, so that it works without JavaScript.
type Over struct {
	Title  string // of the page at that address
	Dialog templ.Component
}

// ServiceEdit is the page that changes a service.
type ServiceEdit struct {
	Form    ui.Form
	Service cloud.ServiceView
}

// ServiceDelete asks before a service is deleted.
type ServiceDelete struct {
	Form    ui.Form
	Service cloud.ServiceView
	Holders []cloud.Ref // endpoints that are not disconnected
	Idle    int         // those that are
}

// ResourceRemove asks before a service resource is removed.
type ResourceRemove struct {
	Form     ui.Form
	Service  cloud.ServiceView
	Resource cloud.ResourceView
	Holders  []cloud.EndpointView // endpoints that keep it
}

// GrantRemove asks before an account is taken off the whitelist. Entry is how
// the whitelist writes it.
type GrantRemove struct {
	Form    ui.Form
	Service cloud.ServiceView
	Grant   cloud.Grant
	Entry   string
}

// GrantAdd is the dialog 添加白名单记录 (TYD-04).
type GrantAdd struct {
	Form   ui.Form
	Detail ServiceDetail
	Rows   int
}

// Left is how many accounts can still be added at once.
func (p GrantAdd) Left() int { return max(0, cloud.GrantsAtOnce-p.Rows) }

// Entry is how ctyun's whitelist writes a grantee (TYD-05): by the account's
// domain ID, "*" for everybody.
func (p ServiceDetail) Entry(grantee string) string { return GrantEntry(p.Accounts, grantee) }

// GrantEntry is ServiceDetail.Entry among known accounts; one that is not known
// is granted by its domain ID.
func GrantEntry(accounts []cloud.Account, grantee string) string {
	if grantee == cloud.Everybody {
		return grantee
	}
	for _, a := range accounts {
		if a.ID == grantee {
			grantee = a.DomainID
		}
	}
	return cloud.DomainPrefix + grantee
}

// Who is an account's name; the reader's own says so.
func (f *Frame) Who(id string) string {
	name := f.AccountName(id)
	if name == "" {
		name = id
	}
	if id == f.Account.ID {
		return f.T("word.you", "name", name)
	}
	return name
}

// zoneNames are zones by their short names.
func (f *Frame) zoneNames(zones []string) string {
	out := make([]string, len(zones))
	for i, z := range zones {
		out[i] = f.ZoneShort(z)
	}
	return f.list(out)
}

func (f *Frame) yesNo(b bool) string {
	if b {
		return f.T("word.yes")
	}
	return f.T("word.no")
}

// ServicePath is the address of a service's page, with a tab unless empty.
func (f *Frame) ServicePath(id, tab string) string {
	if tab == "" {
		return f.Link("/endpoint-services/" + id)
	}
	return f.Link("/endpoint-services/" + id + "?tab=" + tab)
}

func (f *Frame) serviceTabs(p ServiceDetail) []ui.Tab {
	s := p.Service
	tab := func(id, count string) ui.Tab {
		name := id
		if id == "" {
			name = "basics"
		}
		return ui.Tab{Label: f.T("service.tab." + name), Href: f.ServicePath(s.ID, id), Count: count, Current: p.tab() == id}
	}
	return []ui.Tab{
		tab("", ""), tab("connections", strconv.Itoa(s.Connections)), tab("resources", strconv.Itoa(len(s.Resources))),
		tab("grants", strconv.Itoa(len(s.Grants))),
		{Label: f.T("chart.tab"), Href: f.ServicePath(s.ID, "charts"), Current: p.tab() == "charts"},
		tab("attempts", ""),
		{Label: f.T("service.tab.events"), Href: f.Link("/events?resource=" + s.ID)},
	}
}

// ServiceCalled is what a service is called in a sentence: by its name where
// that is its own, else by its ID.
func ServiceCalled(s cloud.Service) string {
	switch {
	case s.Given != "":
		return s.Given
	case len(s.Mappings) > 0:
		return s.Name
	}
	return s.ID
}

// ServiceKnownAs is what the edition's reader knows another's service by: in
// ctyun its name, which is what an endpoint is made with, else its ID.
func (f *Frame) ServiceKnownAs(id, name string) string {
	if f.ctyun() {
		return cmp.Or(name, id)
	}
	return id
}

// Name is what the browser calls a page: its own name, unless a dialog is open.
func (o *Over) Name(own string) string {
	if o != nil {
		return o.Title
	}
	return own
}

// tab is the page shown, empty for the basics.
func (p ServiceDetail) tab() string {
	if slices.Contains([]string{"connections", "resources", "grants", "charts", "attempts"}, p.Tab) {
		return p.Tab
	}
	return ""
}

// ports names what a CLB listens on: "TCP 80, UDP 53".
func ports(listeners []cloud.Listener) []string {
	out := make([]string, 0, len(listeners))
	for _, l := range listeners {
		out = append(out, upper(l.Protocol)+" "+portText(l.Port))
	}
	return out
}

// servicePorts are the ports of all CLBs behind a service, each once.
func servicePorts(resources []cloud.ResourceView) []string {
	var out []string
	for _, r := range resources {
		for _, p := range ports(r.Ports) {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// backendHealth says how many backends of a CLB every probe finds normal.
// A listener whose probes have not decided makes known false.
func backendHealth(backends []cloud.BackendView, health []reach.Health) (healthy, total int, known bool) {
	total, known = len(backends), len(health) > 0
	for _, b := range backends {
		fine := len(health) > 0
		for _, h := range health {
			if h.Backend == b.ID {
				fine = fine && h.Healthy
				known = known && h.Known
			}
		}
		if fine {
			healthy++
		}
	}
	return healthy, total, known
}

// healthState is a CLB's backends in one word and its kind.
func (f *Frame) healthState(r cloud.ResourceView, health []reach.Health) (ui.Kind, string) {
	ok, all, known := backendHealth(r.Backends, health)
	switch {
	case all == 0:
		return ui.Off, f.T("service.backends.none")
	case len(r.Ports) == 0:
		return ui.Off, f.T("service.listener.none")
	case !known:
		return ui.Run, f.T("service.backends.unknown", "all", all)
	case ok == 0:
		return ui.Bad, f.T("service.backends.healthy", "ok", ok, "all", all)
	case ok < all:
		return ui.Wait, f.T("service.backends.healthy", "ok", ok, "all", all)
	}
	return ui.OK, f.T("service.backends.healthy", "ok", ok, "all", all)
}

// Stops is the service's side of the way: who comes in, the wall, what is
// behind it.
func (p ServiceDetail) Stops(f *Frame) []ui.Stop {
	s := p.Service
	connected := s.Connected
	wall := ui.Stop{Wall: true, Kind: ui.Off, Title: f.T("service.way.connection"), Note: f.T("service.way.connected", "n", connected)}
	switch {
	case connected > 0:
		wall.Kind = ui.OK
	case s.Waiting > 0:
		wall.Kind = ui.Wait
	}
	if s.Waiting > 0 {
		wall.State = f.T("service.waiting", "n", s.Waiting)
	}
	consumers := ui.Stop{Icon: "endpoint", Kind: ui.Off, Title: f.T("service.way.consumers"), Note: f.T("service.way.endpoints", "n", s.Connections), Href: f.ServicePath(s.ID, "connections")}
	if s.Connections > 0 {
		consumers.Kind = ui.OK
	}
	out := []ui.Stop{consumers, wall, {Icon: "service", Kind: ui.OK, Title: f.T("service.one"), Note: ServiceCalled(s.Service)}}
	return append(out, f.behind(s.Resources, p.Health, true)...)
}

// behind are the last two stops of a way: the CLBs and their backends. closed
// ways show them as not reached.
func (f *Frame) behind(resources []cloud.ResourceView, health map[string][]reach.Health, open bool) []ui.Stop {
	clb := ui.Stop{Icon: "clb", Kind: ui.Off, Title: f.T("kind.balancer"), Note: f.T("service.resources.none")}
	backends := ui.Stop{Icon: "instance", Kind: ui.Off, Title: f.T("service.backends"), Note: f.T("service.backends.none")}
	if len(resources) == 0 {
		return []ui.Stop{clb, backends}
	}
	r := resources[0]
	if r.Instance != "" {
		to := ui.Stop{Icon: "instance", Kind: ui.Off, Title: r.Name, Note: r.IP, Href: f.Link("/instances/" + r.Instance)}
		if open {
			to.Kind = ui.OK
		}
		return []ui.Stop{to}
	}
	clb.Title, clb.Href = r.Name, f.Link("/load-balancers/"+r.Balancer)
	clb.Note = r.IP
	if ps := ports(r.Ports); len(ps) > 0 {
		clb.Note += " · " + f.list(ps)
	}
	kind, word := f.healthState(r, health[r.Balancer])
	backends.Note = word
	if names := backendNames(r.Backends); names != "" {
		backends.Title = names
	}
	if open {
		clb.Kind, backends.Kind = ui.OK, kind
		if len(r.Ports) == 0 {
			clb.Kind, clb.Note = ui.Wait, f.T("service.listener.none")
		}
	}
	return []ui.Stop{clb, backends}
}

func backendNames(backends []cloud.BackendView) string {
	names := make([]string, 0, len(backends))
	for _, b := range backends {
		names = append(names, b.Name)
	}
	if len(names) > 3 {
		names = append(names[:3], "…")
	}
	return strings.Join(names, ", ")
}
