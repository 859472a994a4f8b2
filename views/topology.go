package views

import (
	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views/ui"
)

// Topology is everything an account can see of a region, as one drawing: its
// networks, the wall between them, and each connection as an arch through it.
type Topology struct {
	Query string
	Show  string // "": all; "bad": what does not pass; "wait": what waits to be allowed
	// Links are the connections, of either side, as far as they are drawn;
	// Total counts all that match.
	Links []TopologyLink
	Total int
	// Clients are the account's instances by VPC.
	Clients map[string][]cloud.InstanceView
	// Sites are the networks on premises that are attached to a VPC, and this
	// host, by VPC.
	Sites map[string][]TopologySite
	// Services are those behind the links, and the account's own that nobody
	// uses yet. Another account's service has its ID and its account only.
	Services []TopologyService
	// Empty says that there is nothing at all, whatever is searched.
	Empty bool
}

// TopologySite is a network on premises beside its VPC; this host has no ID.
type TopologySite struct{ ID, Name, Range string }

// clients are who may connect from a VPC as the drawing has them: networks on
// premises first, at most the first few of them.
func (p Topology) clients(f *Frame, vpc string) []node {
	var out []node
	for _, s := range p.Sites[vpc][:min(len(p.Sites[vpc]), rowClients-1)] {
		n := node{icon: "idc", name: s.Name, note: s.Range, href: f.Link("/idcs/" + s.ID)}
		if s.ID == "" {
			n.name, n.href = f.T("idc.host"), f.Link("/vpcs/"+vpc)
		}
		out = append(out, n)
	}
	for _, c := range p.Clients[vpc] {
		n := node{icon: "instance", name: c.Name, note: addrText(c.IP), href: f.Link("/instances/" + c.ID)}
		if f.ZoneFailed(c.Zone) {
			n.kind, n.note = ui.Bad, f.T("problem.zone")
		}
		out = append(out, n)
	}
	return out
}

// TopologyLink is one endpoint and its way to a service.
type TopologyLink struct {
	HomeLink
	// Mine says that the endpoint is the reader's own.
	Mine bool
}

// TopologyService is a service with the health of what is behind it.
type TopologyService struct {
	cloud.ServiceView
	Health map[string][]reach.Health // by CLB
	// VPC is the name of the network its first CLB is in.
	VPC string
}

// The filters of the drawing.
const (
	ShowBad  = "bad"
	ShowWait = "wait"
)

// Matches says whether the drawing's filter lets a link through.
func (p Topology) Matches(f *Frame, l TopologyLink) bool {
	switch k := l.kind(f); p.Show {
	case ShowBad:
		return k == ui.Bad || k == ui.Off
	case ShowWait:
		return k == ui.Wait
	}
	return true
}

func (p Topology) shows(f *Frame) []ui.Option {
	return []ui.Option{
		{Value: "", Label: f.T("topology.show.all")},
		{Value: ShowBad, Label: f.T("topology.show.bad")},
		{Value: ShowWait, Label: f.T("topology.show.wait")},
	}
}

// filtered says whether something narrows the drawing down.
func (p Topology) filtered() bool { return p.Query != "" || p.Show != "" }

// href is where an endpoint is looked after by this reader: on its own page,
// or among the connections of the reader's service.
func (l TopologyLink) href(f *Frame) string {
	if l.Mine {
		return f.Link("/endpoints/" + l.Endpoint.ID)
	}
	return f.ServicePath(l.Endpoint.Service, "connections")
}

// eni is how the way in is called: its address, and how many more there are;
// of another account's endpoint only the zones are known.
func (l TopologyLink) eni(f *Frame) string {
	z := l.Endpoint.Zones
	switch {
	case !l.Mine:
		return f.zonesOf(l.Endpoint)
	case len(z) == 0:
		return "–"
	case len(z) == 1:
		return addrText(z[0].IP)
	}
	return f.T("topology.more", "first", addrText(z[0].IP), "n", len(z)-1)
}

// backends says what is behind a service in words, for the table.
func (s TopologyService) backends(f *Frame) string {
	if s.State == "" {
		return f.T("endpoint.way.theirs", "who", f.AccountName(s.Account))
	}
	var out []string
	for _, r := range s.Resources {
		for _, b := range r.Backends {
			out = append(out, b.Name)
		}
	}
	if len(out) == 0 {
		return f.T("topology.nothing")
	}
	return f.list(out)
}

// health is how one backend of a CLB stands.
func (s TopologyService) health(f *Frame, balancer string, b cloud.BackendView) (ui.Kind, string) {
	healthy, _, known := backendHealth([]cloud.BackendView{b}, s.Health[balancer])
	switch {
	case !known:
		return ui.Off, f.T("topology.unknown")
	case healthy == 0:
		return ui.Bad, f.T("topology.sick")
	}
	return ui.OK, f.T("topology.healthy")
}

func (p Topology) service(id string) TopologyService {
	for _, s := range p.Services {
		if s.ID == id {
			return s
		}
	}
	return TopologyService{}
}
