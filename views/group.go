package views

import (
	"slices"
	"strconv"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// GroupList is one page of the security groups.
type GroupList struct {
	Items []cloud.GroupView
	List  ui.List
}

// GroupNew is the form of a new security group.
type GroupNew struct {
	Form ui.Form
	VPCs []cloud.VPC
}

// GroupDetail is a security group with one direction of its rules.
type GroupDetail struct {
	Group     cloud.GroupView
	Direction string
	// Rules are those of the page that is shown, List how it stands.
	Rules []cloud.SecurityRule
	List  ui.List
	// Names are the names of the VPC's groups by ID, for rules that name one.
	Names map[string]string
}

// rules are those of the shown direction, in the order they are judged.
func (p GroupDetail) rules(direction string) []cloud.SecurityRule {
	return slices.DeleteFunc(slices.Clone(p.Group.Rules), func(r cloud.SecurityRule) bool { return r.Direction != direction })
}

func (p GroupDetail) tabs(f *Frame) []ui.Tab {
	at := "/security-groups/" + p.Group.ID
	tab := func(direction, path string) ui.Tab {
		return ui.Tab{
			Label: f.T("rule." + direction), Href: f.Link(path), Current: p.Direction == direction,
			Count: strconv.Itoa(len(p.rules(direction))),
		}
	}
	return []ui.Tab{
		tab(cloud.Ingress, at),
		tab(cloud.Egress, at+"?direction="+cloud.Egress),
		{
			Label: f.T("group.users.title"), Href: f.Link(at + "?direction=" + UsersTab),
			Current: p.Direction == UsersTab, Count: strconv.Itoa(p.Group.Carried),
		},
	}
}

// UsersTab is the third tab of a group: who carries it.
const UsersTab = "users"

// peerLabel says what the authorization object of a direction is.
func peerLabel(direction string) string {
	if direction == cloud.Egress {
		return "rule.peer.out"
	}
	return "rule.peer.in"
}

// rulePorts is a rule's port range as the form takes it.
func (f *Frame) rulePorts(r cloud.SecurityRule) string {
	switch {
	case r.PortFrom == 0 && r.PortTo == 0:
		return f.T("rule.ports.all")
	case r.PortFrom == r.PortTo:
		return portText(r.PortFrom)
	}
	return portText(r.PortFrom) + "/" + portText(r.PortTo)
}

func rulePeer(r cloud.SecurityRule) string {
	if r.PeerGroup != "" {
		return r.PeerGroup
	}
	return r.Peer.String()
}

// peerNote says in words whom a rule's authorization object means.
func (f *Frame) peerNote(r cloud.SecurityRule, names map[string]string) string {
	switch {
	case r.PeerGroup != "":
		return f.T("rule.peer.members", "name", names[r.PeerGroup])
	case r.Peer.Bits() == 0:
		return f.T("rule.peer.any")
	}
	return ""
}

// RuleLine is a rule in one line, for questions about it.
func (f *Frame) RuleLine(r cloud.SecurityRule) string {
	line := f.T("rule."+r.Direction) + " · " + f.T("rule."+r.Policy) + " · " + f.T("rule.protocol."+r.Protocol)
	if r.Protocol == cloud.TCP || r.Protocol == cloud.UDP {
		line += " " + f.rulePorts(r)
	}
	return line + " · " + rulePeer(r)
}

// RuleNew is the form of a new rule.
type RuleNew struct {
	Form  ui.Form
	Group cloud.GroupView
	VPC   cloud.VPC
	// Others are the VPC's other groups, which a rule may name.
	Others []cloud.GroupView
}

// direction is the form's direction; anything unknown is ingress.
func (p RuleNew) direction() string {
	if p.Form.Value("direction") == cloud.Egress {
		return cloud.Egress
	}
	return cloud.Ingress
}

// Preset fills the protocol and the ports of a rule.
type Preset struct{ ID, Label, Protocol, Ports string }

// Presets are the documents' suggestions (ALI-04) and what labs often need.
func Presets() []Preset {
	return []Preset{
		{"http", "HTTP 80", cloud.TCP, "80"},
		{"https", "HTTPS 443", cloud.TCP, "443"},
		{"ssh", "SSH 22", cloud.TCP, "22"},
		{"rdp", "RDP 3389", cloud.TCP, "3389"},
		{"icmp", "ICMP", cloud.ICMP, ""},
		{"all", "", cloud.AnyIP, ""},
	}
}

func (p Preset) label(f *Frame) string {
	if p.Label == "" {
		return f.T("rule.preset." + p.ID)
	}
	return p.Label
}

func (f *Frame) ruleOptions(prefix string, values ...string) []ui.Option {
	out := make([]ui.Option, len(values))
	for i, v := range values {
		out[i] = ui.Option{Value: v, Label: f.T(prefix + v)}
	}
	return out
}

func (f *Frame) templateOptions() []ui.Option {
	var out []ui.Option
	for _, t := range []cloud.Template{cloud.TemplateWeb, cloud.TemplateOpen, cloud.TemplateEmpty} {
		key := "group.template." + string(t)
		out = append(out, ui.Option{Value: string(t), Label: f.T(key), Note: f.T(key + ".n")})
	}
	return out
}
