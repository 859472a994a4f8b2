package web_test

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

const aclPath = ctyunPath + "/network-acls"

// aclLab is account A in ctyun with two subnets and an ACL.
type aclLab struct {
	*browser
	caller   *cloud.Caller
	one, two cloud.VSwitch
	at       string // the ACL's page
	id       string
}

func acls(t *testing.T) *aclLab {
	t.Helper()
	k := demo(t)
	b := k.browser()
	l := &aclLab{browser: b, caller: k.engine.As(b.asIn(0, "ctyun"))}
	ctx, region := t.Context(), "cn-gz4"
	v, err := l.caller.CreateVPC(ctx, region, cloud.VPCInput{Name: "vpc-acl", CIDR: "10.40.0.0/16"})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct {
		name, cidr string
		made       *cloud.VSwitch
	}{{"subnet-one", "10.40.1.0/24", &l.one}, {"subnet-two", "10.40.2.0/24", &l.two}} {
		if *s.made, err = l.caller.CreateVSwitch(ctx, region, cloud.VSwitchInput{VPC: v.ID, Zone: "cn-gz4a", Name: s.name, CIDR: s.cidr}); err != nil {
			t.Fatal(err)
		}
	}
	made := l.follow(l.press(aclPath+"/new", l.get(aclPath+"/new"), "name", "acl-web"))
	made.says(t, "Network ACL acl-web is created", "nothing gets into the associated subnets")
	l.at = strings.TrimSuffix(made.Find(`main .actions a[href$="/delete"]`).AttrOr("href", ""), "/delete")
	l.id = strings.TrimPrefix(l.at, aclPath+"/")
	return l
}

// rules are the rules of a direction as they are judged, in short.
func (l *aclLab) rules(direction string) []string {
	l.k.t.Helper()
	list, err := l.caller.ACLRules(l.k.t.Context(), l.id, direction)
	if err != nil {
		l.k.t.Fatal(err)
	}
	var out []string
	for _, r := range list {
		out = append(out, r.Action+" "+r.Protocol+" "+r.Source.String()+" "+cloud.Ports(r.DestinationFrom, r.DestinationTo))
	}
	return out
}

func (l *aclLab) add(change ...string) *page {
	l.k.t.Helper()
	return l.follow(l.press(l.at+"/rules/new", l.get(l.at+"/rules/new"), change...))
}

// TYQ-02: rules are added at the end and before others, moved, changed and
// deleted, all of it by plain forms; the list shows the order they are judged
// in and how it ends.
func TestACLRules(t *testing.T) {
	l := acls(t)
	p := l.get(l.at + "/rules/new?direction=ingress")
	if p.value("direction") != "ingress" || p.value("action") != "allow" || p.value("source") != "0.0.0.0/0" {
		t.Fatalf("the form begins with %v", fields(p.Find("main form.form")))
	}
	p.says(t, "198.19.128.0/20")
	p = l.again(l.at+"/rules/new", p, "preset", "https", "description", "kept")
	if p.value("protocol") != "tcp" || p.value("destinationports") != "443" || p.value("description") != "kept" {
		t.Fatalf("after the preset: %v", fields(p.Find("main form.form")))
	}
	p = l.again(l.at+"/rules/new", p, "fix", "source=198.19.128.0/20")
	l.follow(l.press(l.at+"/rules/new", p)).says(t, "The rule is added as number 1", "Allow", "198.19.128.0/20", "ports 443", "kept", "What no rule above matches is denied")

	p = l.get(l.at)
	insert := p.Find(`td.ops a:contains("Insert")`).AttrOr("href", "")
	p = l.get(insert)
	p.says(t, "Before rule 1: Allow · TCP · 198.19.128.0/20")
	l.follow(l.press(l.at+"/rules/new", p, "action", "deny", "protocol", "all", "source", "10.9.0.0/16")).says(t, "The rule is added as number 1")
	l.add("protocol", "udp", "destinationports", "53-54", "source", "10.40.2.0/24")
	if got := strings.Join(l.rules("ingress"), ", "); got != "deny all 10.9.0.0/16 , allow tcp 198.19.128.0/20 443, allow udp 10.40.2.0/24 53-54" {
		t.Fatalf("the rules are %s", got)
	}

	// The first rule can only go down, the last one only up.
	p = l.get(l.at)
	if n := p.Find(`td.ops button`).Length(); n != 4 {
		t.Errorf("three rules have %d buttons to move them", n)
	}
	form := fields(p.Find("tbody tr").Eq(2).Find("td.ops form"))
	action := p.Find("tbody tr").Eq(2).Find("td.ops form").AttrOr("action", "")
	button := p.Find("tbody tr").Eq(2).Find("td.ops button")
	if button.AttrOr("aria-label", "") != "Move rule 3 up" {
		t.Errorf("the button says %q", button.AttrOr("aria-label", ""))
	}
	form.Set(button.AttrOr("name", ""), button.AttrOr("value", ""))
	l.follow(l.do(http.MethodPost, action, form)).says(t, "The rule is number 2 now")
	if got := l.rules("ingress"); got[1] != "allow udp 10.40.2.0/24 53-54" {
		t.Errorf("after moving: %v", got)
	}
	if p := l.post(action, "before", "gone"); p.status != http.StatusNotFound {
		t.Errorf("before a rule that is gone: %d", p.status)
	}

	p = l.get(l.at)
	edit := p.Find("tbody tr").Eq(1).Find(`a[href$="/edit"]`).AttrOr("href", "")
	p = l.get(edit)
	p.says(t, "Edit rule 2 of acl-web", "Inbound")
	if p.value("destinationports") != "53-54" || p.value("source") != "10.40.2.0/24" {
		t.Errorf("the form shows %v", fields(p.Find("main form.form")))
	}
	l.follow(l.press(edit, p, "action", "deny", "destinationports", "53")).says(t, "Rule 2 is saved", "ports 53")
	if got := l.rules("ingress"); got[1] != "deny udp 10.40.2.0/24 53" {
		t.Errorf("after editing: %v", got)
	}
	l.get(l.at+"?q=198.19").says(t, "198.19.128.0/20")
	if n := l.get(l.at + "?action=deny").Find("tbody tr:has(td.ops)").Length(); n != 2 {
		t.Errorf("%d rules deny", n)
	}
	l.get(l.at+"?sort=-source").says(t, "10.9.0.0/16")
	l.get(l.at+"?tab=egress").says(t, "nothing gets out of the associated subnets")

	del := strings.TrimSuffix(edit, "/edit") + "/delete"
	l.get(del).says(t, "Delete this rule?", "Deny · UDP · 10.40.2.0/24 all ports → 0.0.0.0/0 ports 53")
	l.follow(l.post(del)).says(t, "The rule is deleted")
	if p := l.get(del); p.status != http.StatusNotFound || len(l.rules("ingress")) != 2 {
		t.Errorf("the deleted rule answers %d: %v", p.status, l.rules("ingress"))
	}
}

// Every field says what is wrong with it and what to do, and nothing is lost.
func TestACLMistakes(t *testing.T) {
	l := acls(t)
	for _, c := range []struct{ field, value, says string }{
		{"name", "", "Needs a value"},
		{"name", "two words", "letters, digits"},
		{"name", strings.Repeat("x", 65), "1 to 64"},
		{"description", "x", "2 to 256"},
	} {
		for _, at := range []string{aclPath + "/new", l.at + "/edit"} {
			p := l.post(at, changed([]string{"name", "fine", "description", ""}, c.field, c.value)...)
			if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem(c.field), c.says) || p.value(c.field) != c.value {
				t.Errorf("%s: %s=%q answers %d %q", at, c.field, c.value, p.status, p.problem(c.field))
			}
		}
	}
	l.add("protocol", "tcp")
	rule := l.get(l.at).Find(`td.ops a[href$="/edit"]`).AttrOr("href", "")
	fine := []string{
		"direction", "ingress", "before", "", "action", "allow", "protocol", "tcp", "source", "10.1.0.0/16", "sourceports", "",
		"destination", "0.0.0.0/0", "destinationports", "80", "description", "",
	}
	for _, c := range []struct{ field, value, says string }{
		{"direction", "", "Choose"},
		{"direction", "sideways", "sideways"},
		{"before", "00000000-0000-8000-8004-000000000000", "no network ACL rule"},
		{"action", "", "Choose"},
		{"action", "drop", "drop"},
		{"protocol", "gre", "gre"},
		{"source", "", "Needs a value"},
		{"source", "somewhere", "not a CIDR block"},
		{"source", "10.1.1.0/16", "10.1.0.0/16"},
		{"source", "fd00::/8", "not a CIDR block"},
		{"sourceports", "0", "1 to 65535"},
		{"destination", "10.0.0.0/33", "not a CIDR block"},
		{"destinationports", "90-80", "backwards"},
		{"destinationports", "80,443", "80,443"},
		{"description", "http://x.example", "http://"},
	} {
		pages := []string{l.at + "/rules/new", rule}
		if c.field == "direction" || c.field == "before" {
			pages = pages[:1]
		}
		for _, at := range pages {
			p := l.post(at, changed(fine, c.field, c.value)...)
			if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem(c.field), c.says) {
				t.Errorf("%s: %s=%q answers %d %q", at, c.field, c.value, p.status, p.problem(c.field))
			}
			if c.field != "source" && p.value("source") != "10.1.0.0/16" {
				t.Errorf("%s: %s=%q loses the source", at, c.field, c.value)
			}
		}
	}
	// The other direction has no such place: it is cleared and said.
	p := l.get(l.at + "/rules/new?direction=egress&before=" + strings.TrimPrefix(strings.TrimSuffix(rule, "/edit"), l.at+"/rules/"))
	p.says(t, "The chosen position is no longer there")
	if p.value("before") != "" {
		t.Errorf("the place is %q", p.value("before"))
	}
}

// A subnet is given an ACL from either side, and an ACL that serves subnets
// names them when it is to be deleted.
func TestACLAssociate(t *testing.T) {
	l := acls(t)
	add := l.at + "/subnets/add"
	p := l.get(add)
	if p.Find("dialog[open]").Length() != 1 || p.Find(`dialog input[name=subnets]`).Length() < 2 {
		t.Fatalf("the dialog offers %d subnets", p.Find(`dialog input[name=subnets]`).Length())
	}
	if p := l.post(add); p.status != http.StatusUnprocessableEntity || p.problem("subnets") == "" {
		t.Errorf("without a choice: %d %q", p.status, p.problem("subnets"))
	}
	if p := l.post(add, "subnets", "gone"); p.status != http.StatusUnprocessableEntity || p.problem("subnets") == "" {
		t.Errorf("a subnet that is not there: %d %q", p.status, p.problem("subnets"))
	}
	l.follow(l.post(add, "subnets", l.one.ID)).says(t, "1 subnet is associated", "subnet-one", "vpc-acl", "10.40.1.0/24")

	other, err := l.caller.CreateACL(t.Context(), "cn-gz4", cloud.ACLInput{Name: "acl-other"})
	if err != nil {
		t.Fatal(err)
	}
	at := aclPath + "/" + other.ID + "/subnets/add"
	if p := l.get(at); p.Find(`dialog input[value="`+l.one.ID+`"][disabled]`).Length() != 1 {
		t.Error("a subnet that has an ACL is offered")
	}
	if p := l.post(at, "subnets", l.one.ID); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem("subnets"), "has acl-web already") {
		t.Errorf("taking another's subnet: %d %q", p.status, p.problem("subnets"))
	}
	for _, p := range []*page{l.get(l.at + "/delete"), l.post(l.at + "/delete")} {
		p.says(t, "subnet-one", "still serves subnets")
		if !slices.Contains(p.hrefs(".banner"), ctyunPath+"/vswitches/"+l.one.ID) {
			t.Errorf("the subnet is not linked: %v", p.hrefs(".banner"))
		}
	}

	// The subnet's side.
	subnet := ctyunPath + "/vswitches/" + l.one.ID
	l.get(subnet).says(t, "acl-web", "Change")
	p = l.get(subnet + "/acl")
	if p.value("acl") != l.id {
		t.Errorf("the form shows %q", p.value("acl"))
	}
	if p := l.post(subnet+"/acl", "acl", "gone"); p.status != http.StatusUnprocessableEntity || p.problem("acl") == "" {
		t.Errorf("an ACL that is not there: %d %q", p.status, p.problem("acl"))
	}
	l.follow(l.press(subnet+"/acl", p, "acl", other.ID)).says(t, "The network ACL of subnet subnet-one is changed", "acl-other")
	remove := aclPath + "/" + other.ID + "/subnets/" + l.one.ID + "/remove"
	l.get(remove).says(t, "Disassociate subnet subnet-one from acl-other?", "new connections in and out pass")
	l.follow(l.post(remove)).says(t, "Subnet subnet-one has no network ACL any more", "No subnet is associated yet")
	if p := l.get(remove); p.status != http.StatusNotFound {
		t.Errorf("a subnet without the ACL: %d", p.status)
	}
	l.get(l.at+"/delete").says(t, "Its 0 rules are deleted with it")
	l.follow(l.post(l.at+"/delete")).says(t, "Network ACL acl-web is deleted", "acl-other")
	l.get(ctyunPath+"/events").says(t, "created the network ACL", "changed the subnet's network ACL", "deleted the network ACL")
	l.get(ctyunPath+"/search?q=acl-oth").says(t, "acl-other")
}

// The other cloud has no network ACLs, the other account does not have these.
func TestACLElsewhere(t *testing.T) {
	l := acls(t)
	l.as(0)
	for _, path := range []string{"", "/new", "/" + l.id, "/" + l.id + "/rules/new"} {
		if p := l.get(homePath + "/network-acls" + path); p.status != http.StatusNotFound {
			t.Errorf("aliyun answers %s with %d", path, p.status)
		}
		if p := l.get(ctyunPath[:len(ctyunPath)-3] + "sh4/network-acls" + path); strings.Contains(path, l.id) && p.status != http.StatusNotFound {
			t.Errorf("another region answers %s with %d", path, p.status)
		}
	}
	b := l.k.browser()
	b.asIn(1, "ctyun")
	for _, path := range []string{l.at, l.at + "/edit", l.at + "/rules/new", l.at + "/subnets/add"} {
		if p := b.get(path); p.status != http.StatusNotFound {
			t.Errorf("account B: %s answers %d", path, p.status)
		}
	}
	if p := b.post(l.at+"/rules/new", "direction", "ingress"); p.status != http.StatusNotFound {
		t.Errorf("account B adds a rule: %d", p.status)
	}
}

// A flow that an ACL denies by default leads to the form of the rule that
// would let it through, filled in.
func TestACLWhy(t *testing.T) {
	l := acls(t)
	v := reach.NewWorld()
	v.PutVPC(reach.VPC{ID: l.one.VPC, Name: "vpc-acl", Account: l.caller.Account().ID})
	v.PutSubnet(reach.Subnet{ID: l.one.ID, Name: "subnet-one", VPC: l.one.VPC, CIDR: l.one.CIDR, ACL: l.id})
	v.PutACL(reach.ACL{ID: l.id, Name: "acl-web"})
	v.PutGroup(reach.Group{ID: "g", Name: "g", Rules: []reach.Rule{{Accept: true, Priority: 1, Protocol: "all", Peer: netip.MustParsePrefix("0.0.0.0/0")}}})
	v.PutHost(reach.Host{ID: "i", Name: "ECS1", VPC: l.one.VPC, Addr: netip.MustParseAddr("10.40.1.5"), Groups: []string{"g"}, Running: true})
	(&lab{browser: l.browser}).judging(&judged{world: v})
	l.asIn(0, "ctyun")
	p := l.get(ctyunPath + "/why?from=vpc:" + l.one.VPC + "&source=10.40.1.5&target=10.40.2.9&port=80&protocol=tcp")
	p.says(t, "Network ACL acl-web of subnet subnet-one has no outbound rule for TCP 80 from 10.40.1.5 to 10.40.2.9")
	var to string
	for _, href := range p.hrefs("main") {
		if strings.Contains(href, l.id+"/rules/new") {
			to = href
		}
	}
	p = l.get(to)
	if p.value("direction") != "egress" || p.value("source") != "10.40.1.5" || p.value("destination") != "10.40.2.9" || p.value("destinationports") != "80" {
		t.Errorf("%s fills in %v", to, fields(p.Find("main form.form")))
	}
}

// The pages of an ACL with rules and subnets are whole in both languages and
// speak ctyun's words (COM-12).
func TestEveryPageOfACLs(t *testing.T) {
	l := acls(t)
	l.add("protocol", "tcp", "destinationports", "80")
	l.add("protocol", "all", "action", "deny")
	l.follow(l.post(l.at+"/subnets/add", "subnets", l.one.ID))
	// An example of a name on another page is ECS1.
	never := slices.DeleteFunc(slices.Clone(theirWords), func(word string) bool { return word == "ECS" })
	for _, lang := range []string{"zh", "en"} {
		crawl{b: l.browser, home: ctyunPath, never: never}.run(t, lang)
	}
}
