package views

import (
	"net/netip"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// VSwitchList is one page of the vSwitches.
type VSwitchList struct {
	Items []cloud.VSwitchView
	List  ui.List
}

// VSwitchNew is the form of a new vSwitch.
type VSwitchNew struct {
	Form  ui.Form
	VPCs  []cloud.VPC
	Zones []string
	// Base is the slice of 127.0.0.0/8 the prefix on this host is taken from.
	Base netip.Prefix
}

// proposed is the field that remembers the CIDR block the page filled in, so
// that another VPC's proposal may replace it but nothing a person typed.
const proposed = "proposed"

// Propose fills in the name and the CIDR block of a new vSwitch, as long as
// they are empty or still the last proposal.
func Propose(form ui.Form, in cloud.VSwitchInput) {
	for _, p := range []struct{ field, value string }{{"name", in.Name}, {"cidr", in.CIDR}} {
		last := form.Value(proposed + "." + p.field)
		if v := form.Value(p.field); v == "" || v == last {
			form.Set(p.field, p.value)
			form.Set(proposed+"."+p.field, p.value)
		}
	}
}

// chosen is the VPC that is selected in the form.
func (p VSwitchNew) chosen() (cloud.VPC, bool) {
	for _, v := range p.VPCs {
		if v.ID == p.Form.Value("vpc") {
			return v, true
		}
	}
	return cloud.VPC{}, false
}

func (p VSwitchNew) cidrHint(f *Frame) string {
	hint := f.T("vswitch.cidr.hint")
	if v, ok := p.chosen(); ok {
		hint = f.T("vswitch.cidr.in", "hint", hint, "of", f.T("vswitch.cidr.of", "cidr", v.CIDR))
	}
	return hint
}

func (f *Frame) zoneOptions(zones []string) []ui.Option {
	out := make([]ui.Option, len(zones))
	for i, z := range zones {
		out[i] = ui.Option{Value: z, Label: f.ZoneName(z)}
	}
	return out
}

// VSwitchDetail is a vSwitch with the addresses it has given out.
type VSwitchDetail struct {
	VSwitch cloud.VSwitchView
	Used    []UsedAddress
}

// UsedAddress is one address of a vSwitch, its twin on this host and what
// has it.
type UsedAddress struct {
	IP, Twin netip.Addr
	By       cloud.Ref
}
