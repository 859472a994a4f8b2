package views

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// InstanceList is one page of the instances.
type InstanceList struct {
	Items []cloud.InstanceView
	List  ui.List
}

// InstanceNew is the form of a new instance.
type InstanceNew struct {
	Form      ui.Form
	VSwitches []cloud.VSwitchView
	// Groups are those of the chosen vSwitch's VPC.
	Groups []cloud.GroupView
	// Cleared says that chosen groups were of another VPC and were taken out.
	Cleared bool
}

// chosen says whether a vSwitch is chosen: groups depend on it.
func (p InstanceNew) chosen() bool {
	for _, s := range p.VSwitches {
		if s.ID == p.Form.Value("vswitch") {
			return true
		}
	}
	return false
}

func (f *Frame) vswitchOptions(list []cloud.VSwitchView) []ui.Option {
	out := make([]ui.Option, len(list))
	for i, s := range list {
		out[i] = ui.Option{Value: s.ID, Label: s.Name, Note: s.VPCName + " · " + s.CIDR.String() + " · " + f.ZoneShort(s.Zone)}
	}
	return out
}

func (f *Frame) groupOptions(list []cloud.GroupView) []ui.Option {
	out := make([]ui.Option, len(list))
	for i, g := range list {
		out[i] = ui.Option{Value: g.ID, Label: g.Name, Note: f.T("group.rules.n", "n", len(g.Rules)) + " · " + g.ID}
	}
	return out
}

func (f *Frame) programOptions() []ui.Option {
	var out []ui.Option
	for _, p := range []string{cloud.ProgramWeb, cloud.ProgramEcho, cloud.ProgramNone} {
		out = append(out, ui.Option{Value: p, Label: f.T("program." + p), Note: f.T("program." + p + ".note")})
	}
	return out
}

// programText says what an instance runs.
func (f *Frame) programText(i cloud.Instance) string {
	if i.Program == cloud.ProgramNone {
		return f.T("program.none")
	}
	return f.T("program.on", "program", f.T("program."+i.Program), "port", portText(i.Port))
}

// InstanceEdit changes the name and the program of an instance, or its
// groups.
type InstanceEdit struct {
	Form     ui.Form
	Instance cloud.InstanceView
	Groups   []cloud.GroupView // for the page of groups
}

// InstanceDetail is an instance and being on it.
type InstanceDetail struct {
	Instance cloud.InstanceView
	VSwitch  cloud.VSwitchView
	NICs     []cloud.NICView // the secondary ones
	Resolver netip.AddrPort  // of its VPC, invalid while it does not listen
	SOCKS    netip.AddrPort  // invalid while it does not listen
	Server   netip.AddrPort  // of the built-in program, invalid while it does not listen
	Move     cloud.Move      // why Server is not at its own port, zero when it is
	// Unique says that no other instance here has its name, so that
	// `culvert exec` finds it by name.
	Unique    bool
	Endpoints []cloud.EndpointView // in its VPC
	Others    []cloud.InstanceView // of the account in the region
	Attempts  []cloud.Attempt      // its own, newest first
	Terminal  Terminal
	Browser   Browser
}

// moved says whether the built-in program is not at its own port.
func (p InstanceDetail) moved() bool {
	return p.Server.IsValid() && p.Server.Port() != p.Instance.Port
}

// settled says whether everything that should listen does; until then the
// page looks again by itself.
func (p InstanceDetail) settled() bool {
	program := p.Server.IsValid() || p.Instance.Program == cloud.ProgramNone || !p.Instance.Running
	return program && p.SOCKS.IsValid() && p.Resolver.IsValid()
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// handle is how `culvert exec` finds the instance.
func (p InstanceDetail) handle() string {
	if p.Unique && plainWord.MatchString(p.Instance.Name) {
		return p.Instance.Name
	}
	return p.Instance.ID
}

// visit is an address worth opening from this instance: the first endpoint of
// its VPC, else a web page in the same VPC, else a domain to fill in.
func (p InstanceDetail) visit() string {
	if e, ok := p.webEndpoint(); ok {
		return webAt(host(e), webPort(e))
	}
	for _, i := range p.Others {
		if i.VPC == p.Instance.VPC && i.Program == cloud.ProgramWeb && i.ID != p.Instance.ID {
			return "http://" + at(i) + "/"
		}
	}
	return nowhere
}

// nowhere stands in commands until there is something to open.
const nowhere = "http://ENDPOINT/"

// at is where an instance's program is, inside its VPC.
func at(i cloud.InstanceView) string {
	if i.Program == cloud.ProgramWeb && i.Port == 80 {
		return i.IP.String()
	}
	return netip.AddrPortFrom(i.IP, i.Port).String()
}

func (p InstanceDetail) curl() string {
	return "curl -x socks5h://" + p.SOCKS.String() + " " + p.visit()
}

func (p InstanceDetail) exec(f *Frame) string { return f.exec(p.handle(), "curl "+p.visit()) }

func (p InstanceDetail) chromium() string {
	return "chromium --user-data-dir=/tmp/" + p.Instance.ID + " --proxy-server=socks5://" + p.SOCKS.String() + " " + p.visit()
}

// own is how to start a program of one's own on the instance.
func (p InstanceDetail) own(f *Frame) string {
	if f.Real() {
		return f.exec(p.handle(), "python3 -m http.server 8080")
	}
	return "python3 -m http.server --bind " + p.Instance.Twin.String() + " 8080"
}

// lives is where the instance is for programs on this host, or its own address
// where that is a real one.
func (p InstanceDetail) lives(f *Frame) netip.Addr {
	if f.Real() {
		return p.Instance.IP
	}
	return p.Instance.Twin
}

// WhyFrom asks "why can't I connect?" with the instance as the client.
func (f *Frame) WhyFrom(i cloud.InstanceView) string {
	q := url.Values{"vpc": {i.VPC}, "source": {i.IP.String()}}
	return f.Link("/why") + "?" + q.Encode()
}

func joinWords(words ...string) string { return strings.Join(words, " ") }
