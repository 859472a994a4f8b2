package ctyun

import (
	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// named is how this cloud's forms show a network: name(cidr) (TYS-04).
func named(name, cidr string) string { return name + "(" + cidr + ")" }

func vpcOptions(vpcs []cloud.VPC) []ui.Option {
	out := make([]ui.Option, 0, len(vpcs))
	for _, v := range vpcs {
		out = append(out, ui.Option{Value: v.ID, Label: named(v.Name, v.CIDR.String())})
	}
	return out
}

// subnetOptions are the subnets of one VPC.
func subnetOptions(f *views.Frame, vpc string, subnets []cloud.VSwitchView) []ui.Option {
	var out []ui.Option
	for _, s := range subnets {
		if s.VPC == vpc {
			out = append(out, ui.Option{
				Value: s.ID, Label: named(s.Name, s.CIDR.String()), Note: f.ZoneShort(s.Zone) + " · " + f.T("clb.plain.free", "n", s.Free),
			})
		}
	}
	return out
}

func featureOptions(f *views.Frame) []ui.Option {
	var out []ui.Option
	for _, v := range []string{cloud.Enhanced, cloud.Classic} {
		out = append(out, ui.Option{Value: v, Label: f.T("clb.feature." + v), Note: f.T("clb.feature." + v + ".note")})
	}
	return out
}

// backendWhy is why the load balancer as it is chosen cannot be a backend
// resource, empty when it can.
func backendWhy(f *views.Frame, p views.BalancerNew) string {
	return views.LinkReason(f, cloud.Balancer{
		Address: cloud.Intranet, Billing: cloud.PayAsYouGo, Network: cloud.NetworkVPC, IPVersion: cloud.IPv4, Feature: p.Form.Value("feature"),
	})
}

func createButton(f *views.Frame) ui.Button { return ui.Button{Label: f.T("clb.plain.do"), Main: true} }
