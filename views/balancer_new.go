package views

import (
	"net/url"
	"slices"
	"strconv"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// BalancerNew is the purchase page (CLB-01 to CLB-15).
type BalancerNew struct {
	Form      ui.Form
	Zones     []string // of the region
	VPCs      []cloud.VPC
	VSwitches []cloud.VSwitchView // of the region
}

// options makes choices of values whose labels are under "clb.VALUE" and
// whose notes, if any, are under "clb.VALUE.note".
func (p BalancerNew) options(f *Frame, values ...string) []ui.Option {
	out := make([]ui.Option, 0, len(values))
	for _, v := range values {
		o := ui.Option{Value: v, Label: f.T("clb." + v)}
		if note := "clb." + v + ".note"; f.T(note) != note {
			o.Note = f.T(note)
		}
		out = append(out, o)
	}
	return out
}

// versions offers IPv6 only to say that it is not to be had.
func (p BalancerNew) versions(f *Frame) []ui.Option {
	out := p.options(f, cloud.IPv4, cloud.IPv6)
	out[1].Off = true
	return out
}

func specs(f *Frame) []ui.Option {
	var out []ui.Option
	for _, s := range cloud.Specs() {
		out = append(out, ui.Option{
			Value: s.ID, Label: f.T("clb.spec." + s.ID),
			Note: f.T("clb.buy.spec.note", "connections", grouped(s.Connections), "persecond", grouped(s.PerSecond)),
		})
	}
	return out
}

// grouped writes a number with its thousands apart.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func (p BalancerNew) zones(f *Frame, without string) []ui.Option {
	var out []ui.Option
	for _, z := range p.Zones {
		if z != without {
			out = append(out, ui.Option{Value: z, Label: f.zoneCLB(z)})
		}
	}
	return out
}

func (p BalancerNew) vpcs() []ui.Option {
	out := make([]ui.Option, 0, len(p.VPCs))
	for _, v := range p.VPCs {
		out = append(out, ui.Option{Value: v.ID, Label: v.Name, Note: v.CIDR.String()})
	}
	return out
}

// vswitches are those of the chosen VPC; one outside the primary zone cannot
// be chosen and says so.
func (p BalancerNew) vswitches(f *Frame) []ui.Option {
	var out []ui.Option
	for _, s := range p.VSwitches {
		if s.VPC != p.Form.Value("vpc") {
			continue
		}
		o := ui.Option{Value: s.ID, Label: s.Name + " · " + s.CIDR.String(), Note: f.T("clb.buy.vswitch.free", "n", s.Free)}
		if s.Zone != p.Form.Value("zone") {
			o.Off, o.Note = true, f.T("clb.buy.vswitch.zone", "zone", f.ZoneShort(s.Zone))
		}
		out = append(out, o)
	}
	return out
}

// lacking says that the chosen VPC has no vSwitch in the primary zone.
func (p BalancerNew) lacking(f *Frame) bool {
	return p.Form.Value("vpc") != "" && !slices.ContainsFunc(p.vswitches(f), func(o ui.Option) bool { return !o.Off })
}

func (p BalancerNew) vpcName() string {
	for _, v := range p.VPCs {
		if v.ID == p.Form.Value("vpc") {
			return v.Name
		}
	}
	return ""
}

// classic says that no VPC is asked for.
func (p BalancerNew) classic() bool { return p.Form.Value("network") == cloud.Classic }

// chosen is the CLB as it would be, as far as PrivateLink asks.
func (p BalancerNew) chosen() cloud.Balancer {
	return cloud.Balancer{
		Billing: p.Form.Value("billing"), Address: p.Form.Value("address"),
		Network: p.Form.Value("network"), IPVersion: p.Form.Value("ipversion"),
		Zone: p.Form.Value("zone"), BackupZone: p.backup(),
	}
}

func (p BalancerNew) backup() string {
	if p.Form.Value("zonetype") != cloud.MultiZone {
		return ""
	}
	return p.Form.Value("backupzone")
}

// vswitch is the chosen one.
func (p BalancerNew) vswitch() (cloud.VSwitchView, bool) {
	for _, s := range p.VSwitches {
		if s.ID == p.Form.Value("vswitch") {
			return s, true
		}
	}
	return cloud.VSwitchView{}, false
}

// fixed is the same page with what PrivateLink needs (CLB-15).
func (p BalancerNew) fixed() string {
	q := url.Values{}
	for name, all := range p.Form.Values {
		q[name] = all
	}
	q.Set("billing", cloud.PayAsYouGo)
	q.Set("address", cloud.Intranet)
	q.Set("network", cloud.NetworkVPC)
	return p.Form.Page + "?" + q.Encode()
}
