package views

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// From is where addresses of a VPC can be used from: an instance that runs in
// it, and what this host knows of the two.
type From struct {
	VPC, VPCName string
	Client       cloud.InstanceView // its ID is empty when there is none
	Unique       bool               // no other instance has the client's name
	SOCKS        netip.AddrPort     // of the client, invalid while it does not listen
	Resolver     netip.AddrPort     // of the VPC, the same
}

// target is an address that is to be used.
type target struct {
	id      string // of its menu on the page
	what    string // the key of what it is
	shown   string // the address as it is shown; empty: host and port
	host    string // a name or an IP address
	network string // cloud.TCP or cloud.UDP; empty when nothing is behind it
	port    uint16
	raw     bool // TCP, but no HTTP
	dns     bool // it answers DNS
}

// use is the address with all that can really be done with it from here.
func (f *Frame) use(p From, t target) ui.Use {
	u := ui.Use{ID: ui.ID("use." + t.id), Address: t.shown, What: f.T(t.what)}
	if u.Address == "" {
		u.Address = t.hostPort()
	}
	switch {
	case t.network == "":
		u.Missing = f.T("use.nothing")
	case p.Client.ID == "":
		u.Missing = f.T("use.noclient", "vpc", p.VPCName)
		u.Make, u.MakeLabel = f.Link("/instances/new?vpc="+p.VPC), f.T("use.noclient.do")
	default:
		f.useAs(&u, p, t)
	}
	if _, err := netip.ParseAddr(t.host); err != nil && p.Resolver.IsValid() {
		u.Ways = append(u.Ways, ui.Way{Label: f.T("use.dig", "vpc", p.VPCName), Line: digCommand(p.Resolver, shell(t.host)) + " +short"})
	}
	return u
}

// useAs adds what the client can do with the address.
func (f *Frame) useAs(u *ui.Use, p From, t target) {
	client := p.Client.Name
	switch {
	case t.dns:
		u.RunLine = "dig @" + t.host + " " + dnsTry
	case t.raw:
		u.RunLine = "nc " + t.host + " " + portText(t.port)
	case t.network == cloud.UDP:
		u.RunLine = "nc -u " + t.host + " " + portText(t.port)
		u.Missing = f.T("use.udp", "client", client)
	default:
		u.RunLine = "curl " + t.url()
		u.Ways = append(u.Ways, ui.Way{Label: f.T("use.exec", "client", client), Line: f.exec(p.handle(), "curl "+shell(t.url()))})
		if p.SOCKS.IsValid() {
			u.Ways = append(u.Ways, ui.Way{Label: f.T("use.socks", "client", client), Line: "curl -x socks5h://" + p.SOCKS.String() + " " + shell(t.url())})
		}
		u.Open, u.OpenLabel = f.Link("/instances/"+p.Client.ID)+"?"+url.Values{"url": {t.url()}}.Encode(), f.T("use.open", "client", client)
	}
	u.Run, u.RunLabel = f.Link("/instances/"+p.Client.ID+"#terminal"), f.T("use.terminal", "client", client)
}

// dnsTry is a name that is always worth asking for.
const dnsTry = "example.com"

// resolver is the address of a VPC's resolver, to be asked for name.
func (f *Frame) resolver(p From, name string) ui.Use {
	return ui.Use{
		ID: ui.ID("use.dns." + p.VPC), Address: p.Resolver.String(), What: f.T("vpc.dns"),
		Ways: []ui.Way{{Label: f.T("vpc.dns.try"), Line: digCommand(p.Resolver, shell(name))}},
	}
}

func (t target) hostPort() string {
	if t.port == 0 {
		return t.host
	}
	return t.host + ":" + portText(t.port)
}

func (t target) url() string {
	switch t.port {
	case 80:
		return "http://" + t.host + "/"
	case 443:
		return "https://" + t.host + "/"
	}
	return "http://" + t.hostPort() + "/"
}

// handle is how `culvert exec` finds the client: by its name as a shell reads
// it, or by its ID when the name is not enough or would mean something else
// on a command line.
func (p From) handle() string {
	if name := p.Client.Name; p.Unique && name != "" && !strings.HasPrefix(name, "-") && !strings.Contains(name, "/") {
		return shell(name)
	}
	return p.Client.ID
}

var plainArgument = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shell quotes a word for a POSIX shell, if it needs to be.
func shell(word string) string {
	if plainArgument.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
