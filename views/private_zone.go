package views

import (
	"net/url"
	"strconv"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// PrivateZoneList is 内网 DNS 解析（PrivateZone）: 管理配置模式 with one page of
// the zones, or the VPCs with the zones that are in force in them (PVZ-01).
type PrivateZoneList struct {
	Items []cloud.PrivateZoneView
	List  ui.List
	ByVPC bool
	VPCs  []VPCZones
	Words string // that the VPCs were searched for
}

// VPCZones is a VPC with the zones that are in force in it.
type VPCZones struct {
	VPC   cloud.VPC
	Zones []cloud.PrivateZone
}

const zonesPath = "/private-zones"

func zonePath(id string) string { return zonesPath + "/" + id }

func (p PrivateZoneList) modes(f *Frame) []ui.Tab {
	return []ui.Tab{
		{Label: f.T("pvz.mode.manage"), Href: f.Link(zonesPath), Current: !p.ByVPC},
		{Label: f.T("pvz.mode.overview"), Href: f.Link(zonesPath + "?mode=vpcs"), Current: p.ByVPC},
	}
}

func (p PrivateZoneList) tabs(f *Frame) []ui.Tab {
	return []ui.Tab{{Label: f.T("pvz.tab.zones"), Href: f.Link(zonesPath), Current: true, Count: strconv.Itoa(p.List.All)}}
}

// ZoneFilters are those of the list of private zones.
func (f *Frame) ZoneFilters() []ui.Filter {
	return []ui.Filter{
		f.YesNoFilter("bound", f.T("pvz.bound")),
		f.Filter("proxy", f.T("pvz.proxy"), func(v string) string { return f.T(map[string]string{"yes": "pvz.on", "no": "pvz.off"}[v]) }, "yes", "no"),
	}
}

// PrivateZoneForm is 添加内置权威域名, or the page that changes a zone.
type PrivateZoneForm struct {
	Form ui.Form
	Zone cloud.PrivateZoneView // zero for a new one
	// Target is the endpoint's domain that a name is being made for.
	Target string
}

func (p PrivateZoneForm) proxyOptions(f *Frame) []ui.Option {
	return []ui.Option{
		{Value: "yes", Label: f.T("pvz.proxy.yes"), Note: f.T("pvz.proxy.yes.note")},
		{Value: "no", Label: f.T("pvz.proxy.no"), Note: f.T("pvz.proxy.no.note")},
	}
}

// ZoneScope is 设置生效范围, and 风险提示 once VPCs were chosen (PVZ-05, PVZ-06).
type ZoneScope struct {
	Form   ui.Form
	Zone   cloud.PrivateZoneView
	Groups []RegionVPCs
	// Hidden are chosen VPCs that the filter leaves out.
	Hidden []string
	// Change is what is asked for; nil before.
	Change *cloud.ScopeChange
	Target string
}

// RegionVPCs are the VPCs of a region.
type RegionVPCs struct {
	Region string
	VPCs   []cloud.VPC
}

func (p ZoneScope) path(f *Frame) string { return f.Link(zonePath(p.Zone.ID) + "/scope") }

// back is the dialog's way back to what was ticked.
func (p ZoneScope) back(f *Frame) string {
	q := url.Values{"vpcs": p.Form.All("vpcs"), "chosen": {"yes"}}
	if p.Target != "" {
		q.Set("target", p.Target)
	}
	return p.path(f) + "?" + q.Encode()
}

func (p RegionVPCs) options() []ui.Option {
	var out []ui.Option
	for _, v := range p.VPCs {
		out = append(out, ui.Option{Value: v.ID, Label: v.Name, Note: v.CIDR.String() + " · " + v.ID})
	}
	return out
}

// PrivateZoneDetail is a zone with one page of its records (PVZ-07).
type PrivateZoneDetail struct {
	Zone    cloud.PrivateZoneView
	Records []cloud.Record
	List    ui.List
	Shadows []cloud.Shadow
	// Traps are those of Records that name a cluster and miss it.
	Traps []cloud.RecordAnswer
}

func (p PrivateZoneDetail) path() string { return zonePath(p.Zone.ID) }

// zoneName is a zone's name, with the DNS's form of it where that is another.
func (f *Frame) zoneASCII(z cloud.PrivateZone) string {
	if z.Shown == z.Name {
		return ""
	}
	return f.T("pvz.zone.ascii", "name", z.Name)
}

func (f *Frame) shadow(z cloud.PrivateZone, s cloud.Shadow) string {
	if s.Above {
		return f.T("pvz.shadow.above", "vpc", s.VPC.Name, "other", s.Other.Shown)
	}
	return f.T("pvz.shadow.below", "vpc", s.VPC.Name, "other", s.Other.Shown, "name", z.Shown)
}

// PrivateName chooses the zone in which an endpoint's domain gets a name.
type PrivateName struct {
	Target string
	Zones  []cloud.PrivateZone
}

func withTarget(path, target string) string {
	if target == "" {
		return path
	}
	return path + "?" + url.Values{"target": {target}}.Encode()
}

// NameAt is the form of a record that leads to an endpoint's domain.
func NameAt(zone, target string) string {
	return zonePath(zone) + "/records/new?" + url.Values{"type": {cloud.CNAME}, "value": {target}}.Encode()
}

// ToScope is the page where a zone's scope is set, on the way to a name for an
// endpoint's domain if target is one.
func ToScope(id, target string) string { return withTarget(zonePath(id)+"/scope", target) }
