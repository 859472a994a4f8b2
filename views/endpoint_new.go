package views

import (
	"slices"
	"strconv"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// EndpointNew is the page Create Endpoint (EP-01 to EP-07, EP-11).
type EndpointNew struct {
	Form     ui.Form
	Rows     int
	Services []cloud.ServiceView // that are open to the account (EP-03)
	Found    cloud.ServiceView   // the chosen one; zero while there is none
	VPCs     []cloud.VPC
	VPC      cloud.VPC // the chosen one; zero while there is none
	// Groups and VSwitches are those of the VPC.
	Groups    []cloud.GroupView
	VSwitches []cloud.VSwitchView
	Cleared   []string    // sentences about choices that were emptied
	Overlaps  []cloud.VPC // the service's VPCs whose range overlaps
	// Confirm says that all is well and the page is 规格确认 (TYE-08).
	Confirm bool
}

// StepCheck is the value of "step" that asks for 规格确认.
const StepCheck = "confirm"

func (p EndpointNew) hows(f *Frame) []ui.Option {
	return []ui.Option{
		{Value: cloud.ByName, Label: f.T("endpoint.how.name"), Note: f.T("endpoint.how.name.hint", "region", f.Region)},
		{Value: cloud.BySelect, Label: f.T("endpoint.how.select"), Note: f.T("endpoint.how.select.hint", "n", len(p.Services))},
	}
}

func (p EndpointNew) byName() bool { return p.Form.Value("how") != cloud.BySelect }

func (p EndpointNew) services(f *Frame) []ui.Option {
	out := make([]ui.Option, len(p.Services))
	for i, s := range p.Services {
		note := f.AccountName(s.Account)
		if s.Description != "" {
			note += " · " + s.Description
		}
		out[i] = ui.Option{Value: s.ID, Label: s.ID, Note: note}
	}
	return out
}

func (p EndpointNew) groups(f *Frame) []ui.Option {
	return append(f.eniGroups(p.Groups), ui.Option{Value: cloud.New, Label: f.T("endpoint.groups.new"), Note: f.T("endpoint.groups.new.note")})
}

func (p EndpointNew) newGroup() bool { return p.Form.Ticked("groups", cloud.New) }

// tcpPorts are the TCP ports that the found service listens on.
func (p EndpointNew) tcpPorts() []uint16 {
	var out []uint16
	for _, r := range p.Found.Resources {
		for _, port := range r.Ports {
			if n := port.Port; port.Protocol == cloud.TCP && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	return out
}

// TCPPorts are the ports of the suggested group as its form writes them; empty
// while they are not known.
func (p EndpointNew) TCPPorts() string {
	var out []string
	for _, n := range p.tcpPorts() {
		out = append(out, strconv.Itoa(int(n)))
	}
	return strings.Join(out, ", ")
}

// WebOnly says whether the service has no other ports than 001's suggested
// group lets in.
func (p EndpointNew) WebOnly() bool {
	other := func(n uint16) bool { return n != 80 && n != 443 }
	return len(p.tcpPorts()) > 0 && !slices.ContainsFunc(p.tcpPorts(), other)
}

// suggests says whether the group that is made takes ports, or others'.
func (p EndpointNew) suggests(t cloud.Template) bool {
	return p.Form.Value("newgroup.template") == string(t)
}

func (p EndpointNew) groupTemplates(f *Frame) []ui.Option {
	ports := p.TCPPorts()
	if ports == "" {
		ports = f.T("endpoint.newgroup.unknown")
	}
	return []ui.Option{
		{Value: string(cloud.TemplateService), Label: f.T("endpoint.newgroup.service"), Note: f.T("endpoint.newgroup.service.note", "ports", ports)},
		{Value: string(cloud.TemplateWeb), Label: f.T("endpoint.newgroup.web")},
		{Value: string(cloud.TemplateOpen), Label: f.T("endpoint.newgroup.open")},
		{Value: string(cloud.TemplateEmpty), Label: f.T("endpoint.newgroup.empty")},
	}
}

// alsoOptions are the documents' optional rules of the first template.
func (f *Frame) alsoOptions() []ui.Option {
	return []ui.Option{
		{Value: "http", Label: f.T("endpoint.newgroup.http")},
		{Value: "https", Label: f.T("endpoint.newgroup.https")},
	}
}

// zones are the service's: the endpoint, the service and its CLB share each
// zone (EPS-09).
func (p EndpointNew) zones(f *Frame) []ui.Option {
	out := make([]ui.Option, len(p.Found.Zones))
	for i, z := range p.Found.Zones {
		out[i] = ui.Option{Value: z, Label: f.ZoneName(z)}
	}
	return out
}

// vswitches are the VPC's in a zone, and the one that can be made here.
func (p EndpointNew) vswitches(f *Frame, zone string) []ui.Option {
	if zone == "" || p.VPC.ID == "" {
		return nil
	}
	var out []ui.Option
	for _, s := range p.VSwitches {
		if s.Zone == zone {
			out = append(out, ui.Option{Value: s.ID, Label: s.Name, Note: s.CIDR.String()})
		}
	}
	return append(out, ui.Option{Value: cloud.New, Label: f.T("endpoint.zone.new")})
}

// first says what has to be chosen before a row's vSwitch.
func (p EndpointNew) first(f *Frame, zone string) string {
	if zone == "" || p.VPC.ID == "" {
		return f.T("endpoint.zone.first")
	}
	return f.T("word.choose")
}

func (p EndpointNew) zoneFirst(f *Frame) string {
	if p.Found.ID == "" {
		return f.T("endpoint.zone.service")
	}
	return f.T("word.choose")
}

// openPorts are the ports of the found service.
func (p EndpointNew) openPorts(f *Frame) string {
	open := servicePorts(p.Found.Resources)
	if len(open) == 0 {
		return f.T("endpoint.found.noports")
	}
	return f.T("endpoint.found.ports", "ports", f.list(open))
}

// accepts says whether somebody has to allow the connection.
func (p EndpointNew) accepts(f *Frame) string {
	if p.Found.AutoAccept {
		return f.T("endpoint.found.auto")
	}
	return f.T("endpoint.found.manual", "owner", f.Who(p.Found.Account))
}

// note says what OK would make.
func (p EndpointNew) note(f *Frame) string {
	text, switches := f.T("endpoint.create.note", "n", p.Rows), 0
	for n := 1; n <= p.Rows; n++ {
		if p.Form.Value(row("vswitch", n)) == cloud.New {
			switches++
		}
	}
	if switches > 0 {
		text += f.T("endpoint.create.switch", "n", switches)
	}
	if p.newGroup() {
		text += f.T("endpoint.create.group")
	}
	return text
}

// result is what a row would make, in a line.
func (p EndpointNew) result(f *Frame, n int) (ui.Kind, string) {
	id := p.Form.Value(row("vswitch", n))
	if id == "" {
		return ui.Off, f.T("endpoint.result.novswitch")
	}
	if id == cloud.New {
		return ui.OK, f.T("endpoint.result.newswitch", "cidr", p.Form.Value("newvswitch."+strconv.Itoa(n)+".cidr"))
	}
	if i := slices.IndexFunc(p.VSwitches, func(s cloud.VSwitchView) bool { return s.ID == id }); i >= 0 {
		return ui.OK, p.VSwitches[i].Name + " " + p.VSwitches[i].CIDR.String()
	}
	return ui.Off, f.T("endpoint.result.novswitch")
}
