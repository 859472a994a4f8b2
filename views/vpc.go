package views

import (
	"net/netip"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// VPCList is one page of the VPCs.
type VPCList struct {
	Items []cloud.VPC
	Query string
	Total int // without the search
	Pager ui.Pager
}

// VPCDetail is a VPC with what is in it and where it lives on this host.
type VPCDetail struct {
	VPC cloud.VPC
	// Resolver is where its DNS resolver listens, invalid while it does not.
	Resolver  netip.AddrPort
	VSwitches []cloud.VSwitchView
	Groups    []cloud.GroupView
	Instances []cloud.InstanceView
	Balancers []cloud.BalancerView
	Endpoints []cloud.EndpointView
	Moves     []cloud.Move
	// Overlaps are the account's other VPCs whose range overlaps this one's.
	Overlaps []cloud.VPC
	// Attached are the account's other VPCs that this host is attached to.
	Attached []cloud.VPC
}

func vpcNames(vpcs []cloud.VPC) []string {
	out := make([]string, len(vpcs))
	for i, v := range vpcs {
		out[i] = v.Name
	}
	return out
}

// dig is the command that asks the VPC's resolver from this host: for the
// first endpoint's domain, or for a NAME to fill in.
func (p VPCDetail) dig() string {
	name := "NAME"
	if len(p.Endpoints) > 0 {
		name = p.Endpoints[0].Domain
	}
	return digCommand(p.Resolver, name)
}

func digCommand(at netip.AddrPort, name string) string {
	return "dig @" + at.Addr().String() + " -p " + portText(at.Port()) + " " + name
}

// moveReason says why a port is not where it was published.
func (f *Frame) moveReason(m cloud.Move) string {
	switch {
	case m.Reason == "":
		return f.T("move.unknown")
	case m.Reason != "move.held":
		return f.T(m.Reason)
	case m.Holder == "":
		return f.T("move.held.unknown")
	}
	return f.T("move.held.by", "holder", m.Holder)
}
