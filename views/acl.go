package views

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// ACLList is one page of the network ACLs.
type ACLList struct {
	Items []cloud.ACLView
	List  ui.List
}

// The tabs of a network ACL: its two directions and the subnets it serves.
const SubnetsTab = "subnets"

// ACLDetail is a network ACL with one of its tabs.
type ACLDetail struct {
	ACL cloud.ACLView
	Tab string // cloud.Ingress, cloud.Egress or SubnetsTab
	// Rules and Subnets are those of the page that is shown, List how it
	// stands; Order is every rule of the direction as it is judged.
	Rules   []cloud.ACLRule
	Order   []cloud.ACLRule
	Subnets []cloud.VSwitchView
	List    ui.List
}

func aclPath(id string) string { return "/network-acls/" + id }

func (p ACLDetail) path() string { return aclPath(p.ACL.ID) }

func (p ACLDetail) tabs(f *Frame) []ui.Tab {
	tab := func(id, label, path string, n int) ui.Tab {
		return ui.Tab{Label: label, Href: f.Link(path), Current: p.Tab == id, Count: strconv.Itoa(n)}
	}
	return []ui.Tab{
		tab(cloud.Ingress, f.T("acl.rule.ingress"), p.path(), p.ACL.In),
		tab(cloud.Egress, f.T("acl.rule.egress"), p.path()+"?tab="+cloud.Egress, p.ACL.Out),
		tab(SubnetsTab, f.T("acl.subnets"), p.path()+"?tab="+SubnetsTab, p.ACL.Subnets),
	}
}

// ends says that the shown rules are the last ones in the order they are
// judged: the default stands below them.
func (p ACLDetail) ends() bool {
	return len(p.Rules) > 0 && len(p.Order) > 0 && p.List.Find.Sort == "" && p.Rules[len(p.Rules)-1].ID == p.Order[len(p.Order)-1].ID
}

// neighbours are the rules that are judged right before and after one.
func (p ACLDetail) neighbours(r cloud.ACLRule) (before, after string) {
	at := slices.IndexFunc(p.Order, func(o cloud.ACLRule) bool { return o.ID == r.ID })
	if at > 0 {
		before = p.Order[at-1].ID
	}
	if at >= 0 && at+1 < len(p.Order) {
		after = p.Order[at+1].ID
	}
	return before, after
}

// aclSide is a rule's block, and its ports in words.
func (f *Frame) aclSide(r cloud.ACLRule, source bool) (block netip.Prefix, ports string) {
	block, from, to := r.Destination, r.DestinationFrom, r.DestinationTo
	if source {
		block, from, to = r.Source, r.SourceFrom, r.SourceTo
	}
	switch {
	case r.Protocol != cloud.TCP && r.Protocol != cloud.UDP:
		return block, ""
	case from == 0:
		return block, f.T("acl.rule.ports.all")
	}
	return block, f.T("acl.rule.ports.of", "ports", cloud.Ports(from, to))
}

// ACLRuleLine is a rule in one line.
func (f *Frame) ACLRuleLine(r cloud.ACLRule) string {
	side := func(source bool) string {
		block, ports := f.aclSide(r, source)
		return strings.TrimSpace(block.String() + " " + ports)
	}
	return f.T("acl.rule."+r.Action) + " · " + f.T("rule.protocol."+r.Protocol) + " · " + side(true) + " → " + side(false)
}

// ACLRuleForm is the form of a rule: a new one, or Rule.
type ACLRuleForm struct {
	Form  ui.Form
	ACL   cloud.ACLView
	Rule  cloud.ACLRule   // zero for a new one
	Order []cloud.ACLRule // the rules of the chosen direction
	// Senders is the range in which balancers and endpoint services send.
	Senders netip.Prefix
	// Cleared says that the chosen position is gone.
	Cleared bool
}

// ACLRuleInto fills a form that has not been sent with a rule.
func ACLRuleInto(form ui.Form, r cloud.ACLRule) {
	form.Default("direction", r.Direction)
	form.Default("action", r.Action)
	form.Default("protocol", r.Protocol)
	form.Default("source", r.Source.String())
	form.Default("sourceports", cloud.Ports(r.SourceFrom, r.SourceTo))
	form.Default("destination", r.Destination.String())
	form.Default("destinationports", cloud.Ports(r.DestinationFrom, r.DestinationTo))
	form.Default("description", r.Description)
}

func (p ACLRuleForm) fresh() bool { return p.Rule.ID == "" }

func (p ACLRuleForm) title(f *Frame) string {
	if p.fresh() {
		return f.T("acl.rule.add.title", "name", p.ACL.Name)
	}
	return f.T("acl.rule.edit.title", "name", p.ACL.Name, "n", p.Rule.Order)
}

// back is the tab the rule is on.
func (p ACLRuleForm) back() string {
	return aclPath(p.ACL.ID) + "?tab=" + p.Form.Value("direction")
}

// places are where a new rule can stand.
func (p ACLRuleForm) places(f *Frame) []ui.Option {
	out := []ui.Option{{Value: "", Label: f.T("acl.rule.place.end")}}
	for _, r := range p.Order {
		out = append(out, ui.Option{Value: r.ID, Label: f.T("acl.rule.place.before", "n", r.Order, "rule", f.ACLRuleLine(r))})
	}
	return out
}

// ACLAssociate is the dialog that gives subnets the ACL.
type ACLAssociate struct {
	Form    ui.Form
	Detail  ACLDetail
	Subnets []cloud.VSwitchView // all of the region
}

func (p ACLAssociate) options(f *Frame) []ui.Option {
	var out []ui.Option
	for _, s := range p.Subnets {
		if s.ACL == p.Detail.ACL.ID {
			continue
		}
		o := ui.Option{Value: s.ID, Label: s.Name, Note: s.VPCName + " · " + s.CIDR.String()}
		if s.ACL != "" {
			o.Off, o.Note = true, o.Note+" · "+f.T("acl.subnet.has", "acl", s.ACLName)
		}
		out = append(out, o)
	}
	return out
}

// SubnetACL is the page that chooses a subnet's network ACL.
type SubnetACL struct {
	Form   ui.Form
	Subnet cloud.VSwitchView
	ACLs   []cloud.NetworkACL
}

func (p SubnetACL) options(f *Frame) []ui.Option {
	out := []ui.Option{{Value: "", Label: f.T("acl.subnet.set.none")}}
	for _, a := range p.ACLs {
		out = append(out, ui.Option{Value: a.ID, Label: a.Name})
	}
	return out
}

// hasACLs says whether subnets of this page's region can have a network ACL.
func (f *Frame) hasACLs() bool {
	r, ok := cloud.FindRegion(f.Region)
	return ok && r.HasACLs()
}

// aclRule is the form of the ACL's rule that would let a flow through, filled
// in; empty when a missing rule is not what stopped it.
func (p Why) aclRule(f *Frame) (href, line string) {
	v := p.Verdict
	if v.Reason.Key != "reach.acl.default" || v.Fix.Kind != "acl" {
		return "", ""
	}
	return f.missingACLRule(v.Fix.ID, v.Reason.Args)
}

// missingACLRule is the form of a rule that an ACL lacks, filled in from what
// the judge said.
func (f *Frame) missingACLRule(acl string, args map[string]string) (href, line string) {
	to := args["target"]
	if all, ok := args["range"]; ok {
		to = all
	}
	q := url.Values{
		"direction": {args["direction"]}, "action": {cloud.Allow}, "protocol": {strings.ToLower(args["protocol"])},
		"source": {args["source"]}, "destination": {to}, "destinationports": {args["port"]},
	}
	return f.Link(aclPath(acl)+"/rules/new") + "?" + q.Encode(), args["protocol"] + " " + args["source"] + " → " + to + " " + args["port"]
}
