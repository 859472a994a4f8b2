package views

import (
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views/ui"
)

// EndpointList is the page Endpoints.
type EndpointList struct {
	Items []cloud.EndpointView
	List  ui.List
	// Over is a dialog that is open over the page; nil: none.
	Over *Over
}

// EndpointForm is a page that changes one endpoint, or asks before it does.
type EndpointForm struct {
	Form     ui.Form
	Endpoint cloud.EndpointView
	Groups   []cloud.GroupView // of its VPC
	Flows    int               // live connections that the change ends
}

// EndpointDetail is one endpoint with its tabs.
type EndpointDetail struct {
	Endpoint cloud.EndpointView
	Tab      string // groups, charts, attempts, events, live; else the overview
	Mine     bool   // the reader is the provider too
	// Service is the endpoint's service as far as the reader may know it;
	// zero when it is gone or no longer open to them.
	Service cloud.ServiceView
	From
	Ports  []PortPlace
	Health map[string][]reach.Health
	Live   []reach.Connection
	Count  cloud.Counter
	// DNS is filled for an endpoint of the cloud's DNS.
	DNS *DNSAccess
	// Attempts, Charts, Groups (of its VPC) and Events are filled for their
	// tabs.
	Attempts Attempts
	Charts   Charts
	Groups   []cloud.GroupView
	Events   []cloud.Event
}

// PortPlace is where one port of an endpoint is on this host; Host is invalid
// while it is not held, Move has a reason when it is not the published port.
type PortPlace struct {
	Protocol string
	At, Host netip.AddrPort
	Move     cloud.Move
}

// Page is the tab shown, empty for the overview.
func (p EndpointDetail) Page() string {
	if p.Tab == "groups" && len(p.Endpoint.Groups) == 0 {
		return "" // one of ctyun has none
	}
	if slices.Contains([]string{"groups", "charts", "live", "attempts", "events"}, p.Tab) {
		return p.Tab
	}
	if p.Tab == "traffic" { // as it was once called
		return "charts"
	}
	return ""
}

// EndpointTabs are the tabs of an endpoint's page; those of ctyun have no
// groups.
func (f *Frame) EndpointTabs(p EndpointDetail) []ui.Tab {
	at := f.Link("/endpoints/" + p.Endpoint.ID)
	tab := func(id, name, count string) ui.Tab {
		href := at
		if id != "" {
			href += "?tab=" + id
		}
		return ui.Tab{Label: f.T("endpoint.tab." + name), Href: href, Count: count, Current: p.Page() == id}
	}
	out := []ui.Tab{tab("", "overview", "")}
	if !f.ctyun() {
		out = append(out, tab("groups", "groups", strconv.Itoa(len(p.Endpoint.Groups))))
	}
	return append(out,
		ui.Tab{Label: f.T("chart.tab"), Href: at + "?tab=charts", Current: p.Page() == "charts" || p.Page() == "live"},
		tab("attempts", "attempts", ""), tab("events", "events", ""),
	)
}

// zonesOf are an endpoint's zones by their short names.
func (f *Frame) zonesOf(e cloud.EndpointView) string {
	out := make([]string, 0, len(e.Zones))
	for _, z := range e.Zones {
		out = append(out, f.ZoneShort(z.Zone))
	}
	return f.list(out)
}

// allowPath is the dialog that allows an endpoint's connection, for a reader
// who is its provider.
func (f *Frame) allowPath(e cloud.EndpointView) string {
	return f.Link("/endpoint-services/" + e.Service + "/connections/" + e.ID + "/allow")
}

// Problems are what was seen wrong with the endpoint's ports, in words.
func (p EndpointDetail) Problems(f *Frame) []string {
	var out []string
	for _, z := range p.Endpoint.Zones {
		switch {
		case z.Observed.Problem == cloud.ZoneProblem:
			out = append(out, f.T("zone.failed.title", "zone", z.Place))
		case z.Observed.Problem != "":
			out = append(out, f.Problem(z.Observed.Problem, z.Observed.Detail))
		}
	}
	return out
}

// lost says whether every zone of an endpoint has failed.
func lost(e cloud.EndpointView) bool {
	return len(e.Zones) > 0 && !slices.ContainsFunc(e.Zones, func(z cloud.ZoneView) bool { return z.Observed.Problem != cloud.ZoneProblem })
}

// Problem is what was seen wrong with a thing, and the system's text if it has
// one.
func (f *Frame) Problem(key, detail string) string {
	if detail == "" {
		return f.T(key)
	}
	return f.T("pair", "a", f.T(key), "b", detail)
}

// Stops draw the way from a client to the backends as it stands now.
func (p EndpointDetail) Stops(f *Frame) []ui.Stop {
	e := p.Endpoint
	client := ui.Stop{Icon: "instance", Kind: ui.Off, Title: f.T("endpoint.way.client"), Note: f.T("endpoint.way.noclient", "vpc", e.VPCName)}
	if p.Client.ID != "" {
		client = ui.Stop{Icon: "instance", Kind: ui.OK, Title: p.Client.Name, Note: addrText(p.Client.IP), Href: f.Link("/instances/" + p.Client.ID)}
	}
	eni := ui.Stop{Icon: "eni", Kind: ui.KindOf(e.State), Title: f.T("endpoint.way.eni"), Note: f.zonesOf(e)}
	if len(e.Zones) == 1 {
		eni.Note = addrText(e.Zones[0].IP)
	}
	if lost(e) {
		eni.Kind, eni.State = ui.Bad, f.T("problem.zone")
	}
	wall := ui.Stop{Wall: true, Kind: connectionKind(e), Title: f.T("endpoint.way.connection"), Note: f.T("endpoint.way.between"), State: f.State("connection", e.Connection)}
	switch {
	case f.ctyun():
		wall.Kind, wall.State = ui.KindOf(e.State), f.State("endpoint", e.State)
	case e.WaitsForProvider() && e.Connection == cloud.Disconnected:
		wall.State = f.State("zone", cloud.Wait)
	}
	open := e.Connection == cloud.Connected
	service := ui.Stop{Icon: "service", Kind: ui.Off, Title: f.T("endpoint.way.service"), Note: e.Service}
	if f.ctyun() && !e.NoService {
		service.Note = e.ServiceName
	}
	if open {
		service.Kind = ui.OK
	}
	out := []ui.Stop{client, eni, wall, service}
	if p.Mine && p.Service.ID != "" {
		out[3].Href = f.ServicePath(e.Service, "")
		return append(out, f.behind(p.assigned(), p.Health, open)...)
	}
	behind := ui.Stop{Icon: "clb", Kind: service.Kind, Title: f.T("endpoint.way.backends"), Note: f.T("endpoint.way.theirs", "who", f.AccountName(e.Provider))}
	return append(out, behind)
}

// assigned are the service resources, those that the endpoint's zones use
// first.
func (p EndpointDetail) assigned() []cloud.ResourceView {
	out := slices.Clone(p.Service.Resources)
	uses := func(r cloud.ResourceView) int {
		if slices.ContainsFunc(p.Endpoint.Zones, func(z cloud.ZoneView) bool { return z.Resource == r.ID }) {
			return 0
		}
		return 1
	}
	sort.SliceStable(out, func(i, j int) bool { return uses(out[i]) < uses(out[j]) })
	return out
}

// port is a port that the service is known to listen on, TCP before UDP; 80
// stands for it while none is known.
func (p EndpointDetail) port() (network string, port uint16) {
	for _, want := range []string{cloud.TCP, cloud.UDP} {
		for _, m := range p.Endpoint.Mappings {
			if m.Protocol == want {
				return want, m.Port
			}
		}
		for _, r := range p.Service.Resources {
			for _, l := range r.Ports {
				if l.Protocol == want {
					return want, l.Port
				}
			}
		}
	}
	return cloud.TCP, 80
}

// UseAt is one of the endpoint's addresses with the ways to use it.
func (f *Frame) UseAt(p EndpointDetail, id, what, host string) ui.Use {
	network, port := p.port()
	u := f.use(p.From, target{id: id, what: what, shown: host, host: host, network: network, port: port, dns: p.DNS != nil})
	if p.Endpoint.Connection != cloud.Connected {
		u.Missing = f.T("endpoint.use.closed")
	}
	return u
}

// MappedPorts lists the ports that clients use: "TCP 80, UDP 53".
func (f *Frame) MappedPorts(mappings []cloud.Mapping) string {
	if len(mappings) == 0 {
		return f.T("vpcep.ports.none")
	}
	var out []string
	for _, m := range mappings {
		if word := strings.ToUpper(m.Protocol) + " " + portText(m.Port); !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return f.list(out)
}

// place says in words where a port is on this host.
func (f *Frame) place(p PortPlace) string {
	switch {
	case !p.Host.IsValid():
		return f.T("endpoint.ports.unbound")
	case p.Move.Reason == "":
		return f.T("endpoint.ports.same")
	}
	return f.moveReason(p.Move)
}

// backend names where a live connection goes; another account's backends are
// its own business.
func (p EndpointDetail) backend(f *Frame, c reach.Connection) string {
	if !p.Mine {
		return f.T("endpoint.way.theirs", "who", f.AccountName(p.Endpoint.Provider))
	}
	return c.Backend.Name + " " + c.Backend.Addr.String()
}

// groupRules are what a group lets in, in a line: "TCP 22, TCP 80, ICMP".
func (f *Frame) groupRules(g cloud.GroupView) string {
	var out []string
	for _, r := range g.Rules {
		if r.Direction != cloud.Ingress || r.Policy != cloud.Accept {
			continue
		}
		word := strings.ToUpper(r.Protocol)
		switch {
		case r.Protocol == cloud.AnyIP:
			word = f.T("endpoint.groups.all")
		case r.PortFrom > 0 && r.PortFrom == r.PortTo:
			word += " " + portText(r.PortFrom)
		case r.PortFrom > 0:
			word += " " + portText(r.PortFrom) + "-" + portText(r.PortTo)
		}
		if !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	if len(out) == 0 {
		return f.T("endpoint.groups.nothing")
	}
	return f.T("endpoint.groups.lets", "rules", f.list(out))
}

// zoneKind is KindOf with the difference between waiting and denied.
func zoneKind(e cloud.EndpointView, z cloud.ZoneView) ui.Kind {
	if z.State == cloud.Disconnected && e.Decision == cloud.Refused {
		return ui.Bad
	}
	return ui.KindOf(z.State)
}

// lets says what one of the endpoint's groups lets in.
func (p EndpointDetail) lets(f *Frame, id string) string {
	for _, g := range p.Groups {
		if g.ID == id {
			return f.groupRules(g)
		}
	}
	return ""
}

func (f *Frame) eniGroups(groups []cloud.GroupView) []ui.Option {
	out := make([]ui.Option, len(groups))
	for i, g := range groups {
		out[i] = ui.Option{Value: g.ID, Label: g.Name + " · " + g.ID, Note: f.groupRules(g)}
	}
	return out
}

// unassigned says that a zone has nothing to send its traffic to.
func (p EndpointDetail) unassigned() bool {
	return slices.ContainsFunc(p.Endpoint.Zones, func(z cloud.ZoneView) bool { return z.Resource == "" && !z.Deleting })
}

// Cut says what happens to the live connections.
func (p EndpointForm) Cut(f *Frame) string {
	if p.Flows == 0 {
		return f.T("endpoint.live.none")
	}
	return f.T("endpoint.live.cut", "n", p.Flows)
}

// AskFrom is the question why the client can or cannot reach the endpoint.
func (f *Frame) AskFrom(p EndpointDetail) string {
	var instances []cloud.InstanceView
	if p.Client.ID != "" {
		instances = append(instances, p.Client)
	}
	href := f.ask(p.Endpoint, instances)
	for _, at := range p.Ports {
		if at.Protocol == cloud.TCP {
			return href + "&port=" + portText(at.At.Port())
		}
	}
	return href
}

// AllowedBy says who allowed the connection, and when.
func (f *Frame) AllowedBy(e cloud.EndpointView) string {
	if e.DecidedBy == "" {
		return f.T("endpoint.allowed.auto", "time", f.Clock(e.DecidedAt))
	}
	return f.T("endpoint.allowed", "who", f.Who(e.DecidedBy), "time", f.Clock(e.DecidedAt))
}
