package views

import (
	"net/netip"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// IDCList is one page of the networks on premises. This host is always the
// first of them: Host are the VPCs that it is attached to.
type IDCList struct {
	Items []cloud.IDCView
	List  ui.List
	Host  []cloud.VPC
}

// IDCNew is the form of a network on premises, new or (with IDC) there.
type IDCNew struct {
	Form ui.Form
	VPCs []cloud.VPC
	IDC  cloud.IDCView
	Base netip.Prefix // the slice of 127.0.0.0/8 the range on this host is taken from
}

// IDCHost is this host as a network on premises.
type IDCHost struct{ VPCs []cloud.VPC }

// IDCDetail is a network on premises with what a client in it can do.
type IDCDetail struct {
	IDC      cloud.IDCView
	Form     ui.Form        // of the VPC to attach it to
	Route    ui.Form        // of the address to make routes to
	VPCs     []cloud.VPC    // it could be attached to
	Resolver netip.AddrPort // of its VPC, invalid while it does not listen
	Targets  []IDCTarget    // worth trying in its VPC
	To       netip.Addr     // the address that routes are made to
}

// IDCTarget is an address of the VPC and where it is on this host.
type IDCTarget struct {
	Kind, Name string
	IP         netip.Addr
	Host       netip.AddrPort
	Domain     string // of an endpoint
	Raw        bool   // no web page answers there
}

func (p IDCDetail) client() string { return p.IDC.TwinOf(p.IDC.Client()).String() }

func (p IDCDetail) curl(f *Frame, t IDCTarget) string {
	if f.Real() {
		return f.exec(p.IDC.ID, "curl http://"+t.Host.String()+"/")
	}
	return "curl --interface " + p.client() + " http://" + t.Host.String() + "/"
}

func (p IDCDetail) nc(f *Frame, t IDCTarget) string {
	if f.Real() {
		return f.exec(p.IDC.ID, "nc "+t.Host.Addr().String()+" "+portText(t.Host.Port()))
	}
	return "nc -s " + p.client() + " " + t.Host.Addr().String() + " " + portText(t.Host.Port())
}

// name is one worth asking the VPC's resolver for.
func (p IDCDetail) name() string {
	for _, t := range p.Targets {
		if t.Domain != "" {
			return t.Domain
		}
	}
	return "NAME"
}

func (p IDCDetail) dig(f *Frame) string {
	if f.Real() {
		return f.exec(p.IDC.ID, "dig "+p.name())
	}
	return "dig -b " + p.client() + " @" + p.Resolver.Addr().String() + " -p " + portText(p.Resolver.Port()) + " " + p.name()
}

// First is the address that commands try when nobody has chosen one.
func (p IDCDetail) First() (IDCTarget, bool) {
	for _, t := range p.Targets {
		if !t.Raw {
			return t, true
		}
	}
	if len(p.Targets) > 0 {
		return p.Targets[0], true
	}
	return IDCTarget{}, false
}

func (f *Frame) linkOptions() []ui.Option {
	var out []ui.Option
	for _, l := range []string{cloud.LinkVPN, cloud.LinkDirect} {
		out = append(out, ui.Option{Value: l, Label: f.T("idc.link." + l), Note: f.T("idc.link." + l + ".note")})
	}
	return out
}

// LinkFilter is a filter by how a network on premises is joined.
func (f *Frame) LinkFilter() ui.Filter {
	return f.Filter("link", f.T("idc.link"), func(v string) string { return f.T("idc.link." + v) }, cloud.LinkVPN, cloud.LinkDirect)
}
