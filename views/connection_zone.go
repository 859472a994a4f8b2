package views

import (
	"slices"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// ZoneDialog asks before something is done to one zone of a connection; What is
// also the last part of its address.
type ZoneDialog struct {
	ConnectionDialog
	Zone cloud.ZoneView
	What string
	Old  int // of Flows, those that go to the resource it was moved from
}

// What may be done to a zone.
const (
	ZoneConnect    = "connect"
	ZoneDisconnect = "disconnect"
	ZoneMove       = "move"
	ZoneEnd        = "end"
)

// ZoneDoings are what may be done to a zone, in the order of its buttons.
var ZoneDoings = []struct {
	What string
	Act  cloud.Action
}{
	{ZoneConnect, cloud.ActConnectZone}, {ZoneMove, cloud.ActMoveZone}, {ZoneEnd, cloud.ActEndMove}, {ZoneDisconnect, cloud.ActDisconnectZone},
}

func (p ZoneDialog) do(f *Frame) ui.Button {
	b := ui.Button{Label: f.T("connection.zone." + p.What), Main: true}
	if p.What == ZoneDisconnect || p.What == ZoneEnd {
		b.Main, b.Danger = false, true
	}
	return b
}

// others are the resources of the zone that it may be moved to.
func (p ZoneDialog) others(f *Frame) []ui.Option {
	return f.OtherResources(p.Detail.Service.Resources, p.Zone.Zone, p.Zone.Resource)
}

// OtherResources are the resources of a zone but one, with what each publishes.
func (f *Frame) OtherResources(all []cloud.ResourceView, zone, but string) []ui.Option {
	var out []ui.Option
	for _, r := range all {
		if r.Zone == zone && r.ID != but {
			out = append(out, ui.Option{Value: r.ID, Label: r.Name, Note: f.list(ports(r.Ports))})
		}
	}
	return out
}

// resource is the zone's one, of the provider's.
func (p ZoneDialog) resource() cloud.ResourceView {
	k := slices.IndexFunc(p.Detail.Service.Resources, func(r cloud.ResourceView) bool { return r.ID == p.Zone.Resource })
	if k < 0 {
		return cloud.ResourceView{}
	}
	return p.Detail.Service.Resources[k]
}

// unpublished names the ports of the present resource that another one does not
// publish.
func unpublished(f *Frame, from cloud.ResourceView, all []cloud.ResourceView, to string) string {
	var out []string
	for _, r := range all {
		if r.ID != to {
			continue
		}
		have := ports(r.Ports)
		for _, p := range ports(from.Ports) {
			if !slices.Contains(have, p) {
				out = append(out, p)
			}
		}
	}
	return f.list(out)
}

func (f *Frame) moveModes() []ui.Option {
	return []ui.Option{
		{Value: cloud.MoveGraceful, Label: f.T("connection.move.graceful"), Note: f.T("connection.move.graceful.note")},
		{Value: cloud.MoveForced, Label: f.T("connection.move.force"), Note: f.T("connection.move.force.note")},
	}
}

// zoneMay says whether anything may be done to a zone now.
func zoneMay(e cloud.EndpointView, z cloud.ZoneView) bool {
	for _, d := range ZoneDoings {
		if cloud.MayZone(e.Connection, z.State, d.Act) {
			return true
		}
	}
	return false
}

// zoneWaits says whether some zone of an allowed connection waits for its
// provider.
func zoneWaits(e cloud.EndpointView) bool {
	return slices.ContainsFunc(e.Zones, func(z cloud.ZoneView) bool {
		return cloud.MayZone(e.Connection, z.State, cloud.ActConnectZone) && !z.Refused
	})
}

// ResourceReplace moves the zones of endpoints from one resource to another.
type ResourceReplace struct {
	Form     ui.Form
	Service  cloud.ServiceView
	Resource cloud.ResourceView
	Holders  []cloud.EndpointView // a hundred at most
}

func (p ResourceReplace) which(f *Frame) []ui.Option {
	some := ui.Option{Value: "some", Label: f.T("service.resources.replace.some")}
	if p.Resource.Used > len(p.Holders) {
		some.Note = f.T("service.resources.replace.first", "n", len(p.Holders))
	}
	return []ui.Option{{Value: "all", Label: f.T("service.resources.replace.all", "n", p.Resource.Used)}, some}
}

// endpoints are those that may be moved now.
func (p ResourceReplace) endpoints(f *Frame) []ui.Option {
	var out []ui.Option
	for _, e := range p.Holders {
		if _, ok := e.Movable(p.Resource.ID); ok {
			out = append(out, ui.Option{Value: e.ID, Label: e.Name, Note: f.AccountName(e.Account) + " " + e.ID})
		}
	}
	return out
}
