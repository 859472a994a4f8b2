package ctyun

import (
	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// subnetOptions are the subnets of one VPC.
func subnetOptions(f *views.Frame, vpc string, subnets []cloud.VSwitchView) []ui.Option {
	var out []ui.Option
	for _, s := range subnets {
		if s.VPC == vpc {
			out = append(out, ui.Option{
				Value: s.ID, Label: ranged(s.Name, s.CIDR.String()), Note: f.ZoneShort(s.Zone) + " · " + f.T("clb.plain.free", "n", s.Free),
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
