package views

import (
	"slices"
	"strconv"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// ConnectionDialog is the dialog that allows or denies a connection, over the
// list it was opened from.
type ConnectionDialog struct {
	Form     ui.Form
	Detail   ServiceDetail
	Endpoint cloud.EndpointView
	Flows    int // live ones, through the endpoint
}

// Choices are the service resources that may be assigned in each zone of the
// endpoint; a zone without any is left out.
func (p ConnectionDialog) Choices() map[string][]ui.Option {
	out := map[string][]ui.Option{}
	for _, z := range p.Endpoint.Zones {
		for _, r := range p.Detail.Service.Resources {
			if r.Zone == z.Zone {
				out[z.Zone] = append(out[z.Zone], ui.Option{Value: r.ID, Label: r.Name, Note: r.IP})
			}
		}
	}
	return out
}

// back is the list the dialog was opened from.
func (p ConnectionDialog) back(f *Frame) string {
	return f.ServicePath(p.Detail.Service.ID, "connections")
}

// zones are the endpoint's zones in the order of its rows.
func (p ConnectionDialog) zones() []string {
	var out []string
	for _, z := range p.Endpoint.Zones {
		if !z.Deleting {
			out = append(out, z.Zone)
		}
	}
	return out
}

// auto says which resource each of the zones would get: the first one that is not
// assigned by hand only, if there is only one, else any of them.
func (p ConnectionDialog) auto(f *Frame, zones []string) string {
	var out []string
	for _, zone := range zones {
		var names []string
		for _, r := range p.Detail.Service.Resources {
			if r.Zone == zone && !r.Manual {
				names = append(names, r.Name)
			}
		}
		if len(names) == 0 {
			names = []string{f.T("service.resources.none")}
		}
		out = append(out, f.T("connection.allow.each", "zone", zone, "names", f.list(names)))
	}
	return f.list(out)
}

func (p ConnectionDialog) options(f *Frame, zones ...string) []ui.Option {
	return []ui.Option{
		{Value: "auto", Label: f.T("connection.allow.auto"), Note: p.auto(f, zones)},
		{Value: "manual", Label: f.T("connection.allow.manual"), Note: f.T("connection.allow.choose")},
	}
}

// lead says what allowing opens. The consumer's VPC is named only to its
// owner: it is no business of the provider's.
func (p ConnectionDialog) lead(f *Frame) string {
	open := f.list(servicePorts(p.Detail.Service.Resources))
	if open == "" {
		open = f.T("connection.allow.noports")
	}
	e := p.Endpoint
	if e.Account != f.Account.ID {
		return f.T("connection.allow.foreign", "endpoint", e.Name, "account", f.AccountName(e.Account), "ports", open)
	}
	return f.T("connection.allow.lead", "endpoint", e.Name, "account", f.AccountName(e.Account), "vpc", e.VPCName, "ports", open)
}

// stops draw what the dialog is about: endpoint, wall, CLB.
func (p ConnectionDialog) stops(f *Frame) []ui.Stop {
	e := p.Endpoint
	from := ui.Stop{Icon: "endpoint", Kind: ui.OK, Title: e.Name, Note: e.ID}
	if e.Account == f.Account.ID && len(e.Zones) > 0 {
		from.Note = addrText(e.Zones[0].IP)
	}
	wall := ui.Stop{Wall: true, Kind: connectionKind(e), Title: f.T("service.way.connection"), Note: f.T("connection.allow.now", "state", f.State("connection", e.Connection))}
	to := ui.Stop{Icon: "clb", Kind: ui.Off, Title: f.T("kind.balancer"), Note: f.T("service.resources.none")}
	if rs := p.Detail.Service.Resources; len(rs) > 0 {
		to = ui.Stop{Icon: "clb", Kind: ui.OK, Title: rs[0].Name, Note: rs[0].IP}
	}
	return []ui.Stop{from, wall, to}
}

// connectionKind is KindOf with the difference between waiting and denied.
func connectionKind(e cloud.EndpointView) ui.Kind {
	if e.Connection == cloud.Disconnected && e.Decision == cloud.Refused {
		return ui.Bad
	}
	return ui.KindOf(e.Connection)
}

// Decided says who decided about a connection, in the provider's eyes.
func (f *Frame) Decided(e cloud.EndpointView) string {
	switch {
	case e.Decision == cloud.Refused:
		return f.T("connection.by.deny", "who", f.Who(e.DecidedBy))
	case e.Decision == cloud.Allowed && e.DecidedBy == "":
		return f.T("connection.by.auto")
	case e.Decision == cloud.Allowed:
		return f.T("connection.by", "who", f.Who(e.DecidedBy))
	}
	return f.T("connection.undecided")
}

// MayDeny is the state table's answer, without what would change nothing.
func MayDeny(e cloud.EndpointView) bool {
	return e.Decision != cloud.Refused && cloud.May(e.Connection, cloud.ActDeny)
}

// live is what denying would cut now.
func (p ConnectionDialog) live(f *Frame) string {
	n := p.Flows
	if n == 0 {
		return f.T("connection.deny.none")
	}
	return f.T("connection.deny.live", "n", strconv.Itoa(n))
}

// zoneStates are an endpoint's zones with how each stands, when they differ.
func (f *Frame) zoneStates(e cloud.EndpointView) []string {
	var out []string
	for _, z := range e.Zones {
		out = append(out, f.ZoneShort(z.Zone))
	}
	same := !slices.ContainsFunc(e.Zones, func(z cloud.ZoneView) bool { return z.State != e.Zones[0].State })
	if same {
		return []string{f.list(out)}
	}
	for i, z := range e.Zones {
		out[i] = f.T("connection.zone", "zone", out[i], "state", f.State("zone", z.State))
	}
	return out
}
