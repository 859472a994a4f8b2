package views

import (
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views/ui"
)

// Why is the page that explains one flow.
type Why struct {
	// Trap is what keeps a cluster's name from resolving, if that is the reason.
	Trap      cloud.NameTrap
	Form      ui.Form
	Instances []cloud.InstanceView
	VPCs      []cloud.VPC
	IDCs      []cloud.IDCView
	Address   string // of this page, to be copied

	// Asked says that there is an answer.
	Asked    bool
	Flow     reach.Flow
	Verdict  reach.Verdict
	VPC      cloud.VPC          // the client's
	Client   cloud.InstanceView // zero when the source is no instance
	Endpoint cloud.EndpointView // zero when the way leads over none
	Group    *cloud.GroupView   // whose rules stopped it, if it is the reader's

	// Endpoints and Refused are where to start when nothing was asked yet.
	Endpoints []cloud.EndpointView
	Refused   []cloud.Attempt
}

// Reason is what the judge or the data plane said, with accounts by name.
func (f *Frame) Reason(key string, args map[string]string) string {
	args = maps.Clone(args)
	for _, name := range []string{"provider", "by"} {
		if id := args[name]; id != "" {
			args[name] = f.Who(id)
		}
	}
	if key == "reach.backend.unhealthy" {
		args["backends"] = probeCode.ReplaceAllStringFunc(args["backends"], f.probeWord)
	}
	return f.T2(key, args)
}

// probeCode is what a probe met, behind the name of its backend:
// "ECS2 (refused); ECS3 (status 503)".
var probeCode = regexp.MustCompile(` \(([a-z-]*)( [0-9]+)?\)`)

// probeWord says a probe's code in the reader's words; one that the catalogue
// does not know is left as the system worded it.
func (f *Frame) probeWord(code string) string {
	m := probeCode.FindStringSubmatch(code)
	key := "reach.error." + m[1]
	word := f.T(key, "status", strings.TrimSpace(m[2]))
	switch {
	case m[1] == "":
		return ""
	case word == key:
		return code
	}
	return " (" + word + ")"
}

// from are the sources to choose from: instances, then any address of a VPC,
// then this host where it is attached.
func (p Why) from(f *Frame) []ui.Option {
	var out []ui.Option
	for _, i := range p.Instances {
		out = append(out, ui.Option{Value: i.ID, Label: i.Name + " · " + i.IP.String() + " (" + i.VPCName + ")"})
	}
	for _, v := range p.VPCs {
		out = append(out, ui.Option{Value: "vpc:" + v.ID, Label: f.T("why.from.vpc", "vpc", v.Name)})
	}
	for _, i := range p.IDCs {
		value := IDCSource(i.ID, i.VPC)
		if i.VPC != "" {
			out = append(out, ui.Option{Value: value, Label: f.T("why.from.idc", "idc", i.Name, "vpc", i.VPCName)})
		}
		if asked := p.Form.Value("from"); asked != value && strings.HasPrefix(asked, IDCSource(i.ID, "")) {
			out = append(out, ui.Option{Value: asked, Label: i.Name})
		}
	}
	for _, v := range p.VPCs {
		if v.Host {
			out = append(out, ui.Option{Value: "host:" + v.ID, Label: f.T("why.from.host", "vpc", v.Name)})
		}
	}
	return out
}

// IDCSource is the choice of a client on premises that enters a VPC.
func IDCSource(idc, vpc string) string { return "idc:" + idc + "/" + vpc }

// other says that the source is an address to be typed.
func (p Why) other() bool { return strings.HasPrefix(p.Form.Value("from"), "vpc:") }

// theirs says that the provider's side is another account's.
func (p Why) theirs(f *Frame) bool {
	return p.Endpoint.ID != "" && p.Endpoint.Provider != f.Account.ID
}

// whyStep is one gate as the page draws it.
type whyStep struct {
	reach.Step
	N    int
	Kind ui.Kind
	Word string // "passes"
	Text string
	Side string // a line above it, when a side begins with it
}

// steps are the gates with their words.
func (p Why) steps(f *Frame) []whyStep {
	out := make([]whyStep, len(p.Verdict.Steps))
	last := ""
	for i, s := range p.Verdict.Steps {
		w := whyStep{Step: s, N: i + 1}
		switch s.Outcome {
		case reach.Pass:
			w.Kind, w.Word, w.Text = ui.OK, f.T("why.pass"), p.text(f, s)
		case reach.Stop:
			w.Kind, w.Word, w.Text = ui.Bad, f.T("why.stop"), p.text(f, s)
		default:
			w.Kind, w.Word, w.Text = ui.Off, f.T("why.skip"), f.T("why.skip.text")
		}
		if side := p.side(f, s.Gate); side != last {
			w.Side, last = side, side
		}
		out[i] = w
	}
	return out
}

// side names the part of the way that a gate stands in.
func (p Why) side(f *Frame, g reach.Gate) string {
	switch {
	case consumerGate(g):
		return f.T("why.consumer", "vpc", p.VPC.Name+" "+p.VPC.CIDR.String())
	case p.Endpoint.ID == "":
		return f.T("why.inside")
	case g == reach.GateConnection || g == reach.GateZone:
		return f.T("why.between")
	}
	return f.T("why.provider", "account", f.Who(p.Endpoint.Provider))
}

func (p Why) text(f *Frame, s reach.Step) string {
	if p.theirs(f) && !consumerGate(s.Gate) {
		return f.reasonAbroad(s, p.Endpoint.Provider)
	}
	return f.Reason(s.Reason.Key, s.Reason.Args)
}

// stop is the gate that stopped the flow.
func (p Why) stop(f *Frame) whyStep {
	for _, s := range p.steps(f) {
		if s.Outcome == reach.Stop {
			return s
		}
	}
	return whyStep{}
}

// passes says where an allowed flow goes.
func (p Why) passes(f *Frame) string {
	if p.theirs(f) {
		return f.T("why.yes.there")
	}
	names := make([]string, len(p.Verdict.Backends))
	for i, b := range p.Verdict.Backends {
		names[i] = b.Name + " " + b.Addr.String()
	}
	return f.T("why.yes.to", "backends", f.list(names))
}

// fix is where the reader can change the outcome, and in which words; empty
// when it is not theirs to change.
func (p Why) fix(f *Frame) (href, word string) {
	fix := p.Verdict.Fix
	abroad := p.theirs(f) && !consumerGate(p.Verdict.Gate)
	switch {
	case fix.Kind == "" || abroad || fix.Kind == "connection" && p.theirs(f):
		return "", ""
	case fix.Kind == "connection":
		service, endpoint, _ := strings.Cut(fix.ID, "/")
		if p.Verdict.Gate == reach.GateZone {
			return f.ServicePath(service, "resources"), f.T("why.fix.goto", "kind", "service", "name", service)
		}
		return f.Link("/endpoint-services/" + service + "/connections/" + endpoint + "/allow"), f.T("why.fix.allow", "name", fix.Name)
	}
	return f.Ref(RefOf(fix)), f.T("why.fix.goto", "kind", fix.Kind, "name", fix.Name)
}

// rule is the form of the rule that would let the flow through, filled in;
// empty when a missing rule is not what stopped it.
func (p Why) rule(f *Frame) (href, line string) {
	v := p.Verdict
	if p.Group == nil || !strings.HasSuffix(v.Reason.Key, ".none") {
		return "", ""
	}
	direction := cloud.Ingress
	if v.Gate == reach.GateEgress {
		direction = cloud.Egress
	}
	return f.missingRule(p.Group.ID, direction, v.Reason.Args)
}

// missingRule is the form of a rule that a group lacks, filled in from what the
// judge said.
func (f *Frame) missingRule(group, direction string, said map[string]string) (href, line string) {
	peer := said["peer"]
	if a, err := netip.ParseAddr(peer); err == nil {
		peer = netip.PrefixFrom(a, 32).String()
	} else if _, err := netip.ParsePrefix(peer); err != nil {
		peer = "0.0.0.0/0" // a name that did not resolve
	}
	q := url.Values{
		"direction": {direction}, "policy": {cloud.Accept}, "protocol": {strings.ToLower(said["protocol"])},
		"ports": {said["port"]}, "peer": {peer},
	}
	return f.Link("/security-groups/"+group+"/rules/new") + "?" + q.Encode(), said["protocol"] + " " + said["port"] + "  " + peer
}

// rules are those of the group that stopped the flow, in its direction.
func (p Why) rules() []cloud.SecurityRule {
	direction := cloud.Ingress
	if p.Verdict.Gate == reach.GateEgress {
		direction = cloud.Egress
	}
	return slices.DeleteFunc(slices.Clone(p.Group.Rules), func(r cloud.SecurityRule) bool { return r.Direction != direction })
}

// miss says why a rule did not decide: another protocol, port or peer.
func (p Why) miss(f *Frame, r cloud.SecurityRule) (ui.Kind, string) {
	args := p.Verdict.Reason.Args
	port, _ := strconv.ParseUint(args["port"], 10, 16)
	switch {
	case r.Protocol != cloud.AnyIP && !strings.EqualFold(r.Protocol, args["protocol"]):
		return ui.Off, f.T("why.miss.protocol")
	case r.PortFrom != 0 && (uint16(port) < r.PortFrom || uint16(port) > r.PortTo):
		return ui.Off, f.T("why.miss.port")
	case r.Policy == cloud.Drop && strings.HasSuffix(p.Verdict.Reason.Key, ".drop"):
		return ui.Bad, f.T("why.miss.drop")
	}
	return ui.Off, f.T("why.miss.peer")
}

// message is what to send to the one who can change it.
func (p Why) message(f *Frame) string {
	from := p.Client.Name
	if from == "" {
		from = p.Flow.Source.String()
	}
	return f.T("why.ask.text", "from", from, "to", p.Form.Value("target"), "protocol", upper(string(p.Flow.Protocol)), "port", portText(p.Flow.Port),
		"gate", f.T("gate."+string(p.Verdict.Gate)), "reason", p.stop(f).Text,
		"refs", f.T("why.ask.refs", "endpoint", p.Endpoint.ID, "service", p.Endpoint.Service))
}

// ask is the question about one endpoint from one instance.
func (f *Frame) ask(e cloud.EndpointView, instances []cloud.InstanceView) string {
	q := url.Values{"target": {host(e)}}
	if len(e.Mappings) > 0 {
		first := e.Mappings[0]
		q.Set("protocol", first.Protocol)
		q.Set("port", portText(first.Port))
	}
	for _, i := range instances {
		if i.VPC == e.VPC {
			q.Set("from", i.ID)
			break
		}
	}
	if !q.Has("from") {
		q.Set("from", "vpc:"+e.VPC)
	}
	return f.Link("/why") + "?" + q.Encode()
}

func gateMark(k ui.Kind) string {
	switch k {
	case ui.OK:
		return "check"
	case ui.Bad:
		return "cross"
	}
	return ""
}
