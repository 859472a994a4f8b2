package views

import (
	"net/netip"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// VPCList is one page of the VPCs.
type VPCList struct {
	Items []cloud.VPC
	List  ui.List
}

// VPCDetail is a VPC with what is in it and where it lives on this host.
type VPCDetail struct {
	VPC cloud.VPC
	// From has where its DNS resolver listens, and an instance to go from.
	From
	VSwitches []cloud.VSwitchView
	Groups    []cloud.GroupView
	Instances []cloud.InstanceView
	Balancers []cloud.BalancerView
	// Endpoints are the first of EndpointCount.
	Endpoints     []cloud.EndpointView
	EndpointCount int
	Moves         []cloud.Move
	// Overlaps are the account's other VPCs whose range overlaps this one's.
	Overlaps []cloud.VPC
	IDCs     []cloud.IDCView // networks on premises that are attached to it
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

// name is one worth asking the VPC's resolver for: the first endpoint's
// domain, or a NAME to fill in.
func (p VPCDetail) name() string {
	if e, ok := firstEndpoint(p.Endpoints, func(e cloud.EndpointView) bool { return e.Domain != "" }); ok {
		return e.Domain
	}
	return "NAME"
}

// program is an instance's address with the ways to use what it runs.
func (f *Frame) program(p From, i cloud.InstanceView) ui.Use {
	t := target{id: i.ID, what: "instance.ip", host: i.IP.String()}
	if i.Program != cloud.ProgramNone && i.Running {
		t.network, t.port, t.raw = cloud.TCP, i.Port, i.Program == cloud.ProgramEcho
	}
	return f.use(p, t)
}

// eni is an endpoint's address in a zone with the ways to use it.
func (f *Frame) eni(p From, e cloud.EndpointView, z cloud.ZoneView) ui.Use {
	u := f.use(p, target{id: z.ID, what: "endpoint.eniip", shown: addrText(z.IP), host: addrText(z.IP), network: cloud.TCP, port: 80})
	if e.Connection != cloud.Connected {
		u.Missing = f.T("endpoint.use.closed")
	}
	return u
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
