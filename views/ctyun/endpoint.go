package ctyun

import (
	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// ranged is how the documents show networks: name(cidr) (TYS-04, TYE-07).
func ranged(name, cidr string) string { return name + "(" + cidr + ")" }

func vpcs(all []cloud.VPC) []ui.Option {
	out := make([]ui.Option, len(all))
	for i, v := range all {
		out[i] = ui.Option{Value: v.ID, Label: ranged(v.Name, v.CIDR.String())}
	}
	return out
}

func subnets(all []cloud.VSwitchView) []ui.Option {
	out := make([]ui.Option, len(all))
	for i, s := range all {
		out[i] = ui.Option{Value: s.ID, Label: ranged(s.Name, s.CIDR.String())}
	}
	return out
}

// subnet is the chosen one, as it is shown.
func subnet(p views.EndpointNew) string {
	for _, s := range subnets(p.VSwitches) {
		if s.Value == p.Form.Value("vswitch") {
			return s.Label
		}
	}
	return p.Form.Value("vswitch")
}

func hows(f *views.Frame) []ui.Option {
	return []ui.Option{
		{Value: cloud.ByCloud, Label: f.T("vpcep.how.cloud"), Note: f.T("vpcep.how.cloud.note")},
		{Value: cloud.ByName, Label: f.T("vpcep.how.name"), Note: f.T("vpcep.how.name.note")},
	}
}

func how(f *views.Frame, p views.EndpointNew) string {
	if byName(p) {
		return f.T("vpcep.how.name")
	}
	return f.T("vpcep.how.cloud")
}

func byName(p views.EndpointNew) bool { return p.Form.Value("how") == cloud.ByName }

func services(p views.EndpointNew) []ui.Option {
	out := make([]ui.Option, len(p.Services))
	for i, s := range p.Services {
		out[i] = ui.Option{Value: s.ID, Label: s.Name}
	}
	return out
}

func private(f *views.Frame, p views.EndpointNew) string {
	if p.Form.Ticked("privatedomain", "true") {
		return f.T("vpcep.domain.make")
	}
	return f.T("vpcep.domain.none")
}

// after is the state that the endpoint will have (TYE-12).
func after(p views.EndpointNew) cloud.State {
	if p.Found.AutoAccept {
		return cloud.Accepted
	}
	return cloud.Pending
}

// fields are those of the form, which 规格确认 carries along.
func fields() []string {
	return []string{"how", "service", "servicename", "privatedomain", "vpc", "vswitch"}
}
