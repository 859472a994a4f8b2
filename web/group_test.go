package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

const groupPath = homePath + "/security-groups"

func (l *lab) group(name string) cloud.GroupView {
	l.k.t.Helper()
	all, err := l.caller.SecurityGroups(l.k.t.Context(), "eu-central-1", "")
	if err != nil {
		l.k.t.Fatal(err)
	}
	for _, g := range all {
		if g.Name == name {
			return g
		}
	}
	l.k.t.Fatalf("no group %s", name)
	return cloud.GroupView{}
}

// inbound are the accepted ports of a group, 0 for ICMP.
func inbound(g cloud.GroupView) []int {
	var out []int
	for _, r := range g.Rules {
		if r.Direction == cloud.Ingress {
			out = append(out, int(r.PortFrom))
		}
	}
	slices.Sort(out)
	return out
}

// ALI-04: the template is the documents' suggestion, ICMP, 22 and 3389, with
// 80 and 443 ticked; unticking one leaves it out.
func TestGroupTemplate(t *testing.T) {
	l := tutorial(t)
	at := groupPath + "/new"
	p := l.get(at + "?vpc=" + l.vpc1.ID)
	form := fields(p.Find("main form.form"))
	if form.Get("template") != "web" || !slices.Equal(form["options"], []string{"http", "https"}) || form.Get("vpc") != l.vpc1.ID {
		t.Fatalf("the form begins with %v", form)
	}
	p.says(t, "ICMP, SSH 22 and RDP 3389", "HTTP 80", "HTTPS 443")
	l.follow(l.press(at, p, "name", "sg-all")).says(t, "Security group sg-all is created", "3389", "443")
	if got := inbound(l.group("sg-all")); !slices.Equal(got, []int{0, 22, 80, 443, 3389}) {
		t.Errorf("both ticked: %v", got)
	}
	l.follow(l.press(at, p, "name", "sg-http", "options", "http"))
	if got := inbound(l.group("sg-http")); !slices.Equal(got, []int{0, 22, 80, 3389}) {
		t.Errorf("HTTP alone: %v", got)
	}
	// A refused form keeps an unticked box unticked.
	form.Del("options")
	p = l.do(http.MethodPost, at, form)
	if p.status != http.StatusUnprocessableEntity || len(fields(p.Find("main form.form"))["options"]) != 0 || p.problem("name") == "" {
		t.Errorf("without a name: %d %v", p.status, fields(p.Find("main form.form")))
	}
	for _, c := range []struct{ field, value string }{{"vpc", ""}, {"vpc", "vpc-gone"}, {"template", "x"}, {"name", "x"}, {"description", "x"}} {
		if p := l.press(at, l.get(at), "name", "fine", "vpc", l.vpc1.ID, c.field, c.value); p.status != http.StatusUnprocessableEntity || p.problem(c.field) == "" {
			t.Errorf("%s=%q answers %d %s", c.field, c.value, p.status, p.main())
		}
	}
}

// ALI-06: rules of both directions are listed in the order they are judged;
// one is added with all of its fields and deleted again.
func TestRules(t *testing.T) {
	l := tutorial(t)
	g := l.group("sg-vpc1")
	at := groupPath + "/" + g.ID
	l.get(at).says(t, "Inbound", "ICMP", "3389", "0.0.0.0/0", "every address")
	l.get(at+"?direction=egress").says(t, "Destination", "All")
	l.get(at+"?direction=users").says(t, "ECS1", "reach the endpoint ENI")

	p := l.get(at + "/rules/new?direction=egress")
	if p.value("direction") != "egress" || p.value("policy") != "accept" || p.value("priority") != "1" {
		t.Fatalf("the form begins with %v", fields(p.Find("main form.form")))
	}
	p.says(t, "The destination:")
	p = l.again(at+"/rules/new", p, "preset", "https", "priority", "7", "description", "kept")
	p = l.again(at+"/rules/new", p, "fix", "peer=10.10.0.0/16")
	if p.value("protocol") != "tcp" || p.value("ports") != "443" || p.value("peer") != "10.10.0.0/16" || p.value("priority") != "7" || p.value("description") != "kept" {
		t.Fatalf("after the presets: %v", fields(p.Find("main form.form")))
	}
	p = l.follow(l.press(at+"/rules/new", p, "policy", "drop"))
	p.says(t, "The rule is added", "Deny", "443", "10.10.0.0/16", "kept")
	if cur := p.text(".tabs [aria-current]"); !strings.HasPrefix(cur, "Outbound") {
		t.Errorf("after adding an outbound rule the tab is %q", cur)
	}
	added := l.group("sg-vpc1").Rules
	i := slices.IndexFunc(added, func(r cloud.SecurityRule) bool { return r.Policy == cloud.Drop })
	if i < 0 || added[i].Direction != cloud.Egress || added[i].Priority != 7 || added[i].PortTo != 443 {
		t.Fatalf("stored: %+v", added)
	}
	ask := l.get(at + "/rules/" + added[i].ID + "/delete")
	ask.says(t, "Delete this rule?", "Outbound · Deny · TCP 443 · 10.10.0.0/16", "1 user of the group")
	l.follow(l.post(at+"/rules/"+added[i].ID+"/delete")).says(t, "The rule is deleted")
	if p := l.get(at + "/rules/" + added[i].ID + "/delete"); p.status != http.StatusNotFound {
		t.Errorf("the deleted rule answers %d", p.status)
	}
}

// Every field of a rule says what is wrong and what to do.
func TestRuleMistakes(t *testing.T) {
	l := tutorial(t)
	at := groupPath + "/" + l.group("sg-vpc1").ID + "/rules/new"
	other := l.group("sg-default")
	fine := []string{"direction", "ingress", "policy", "accept", "priority", "1", "protocol", "tcp", "ports", "80", "peer", "10.10.0.0/16", "description", ""}
	for _, c := range []struct{ field, value, says string }{
		{"direction", "", "Choose"},
		{"policy", "maybe", "maybe"},
		{"priority", "0", "1 to 100"},
		{"priority", "first", "first"},
		{"protocol", "", "Choose"},
		{"protocol", "gre", "gre"},
		{"ports", "eighty", "eighty"},
		{"ports", "70000", "65535"},
		{"ports", "443/80", "backwards"},
		{"peer", "", "Needs a value"},
		{"peer", "somewhere", "no address, CIDR block or group ID"},
		{"peer", "10.10.1.0/16", "10.10.0.0/16"},
		{"peer", "sg-unknown", "no security group of this VPC"},
		{"peer", other.ID, "no security group of this VPC"},
		{"description", "x", "2 to 256"},
	} {
		p := l.post(at, changed(fine, c.field, c.value)...)
		if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem(c.field), c.says) {
			t.Errorf("%s=%q answers %d %q", c.field, c.value, p.status, p.problem(c.field))
		}
		if p.status == http.StatusUnprocessableEntity && c.field != "peer" && p.value("peer") != "10.10.0.0/16" {
			t.Errorf("%s=%q loses the peer", c.field, c.value)
		}
	}
	p := l.post(at, changed(changed(fine, "protocol", "icmp"), "ports", "80")...)
	if !strings.Contains(p.problem("ports"), "ICMP and All have no ports") {
		t.Errorf("ICMP with a port says %q", p.problem("ports"))
	}
	p = l.post(at, changed(fine, "ports", "443/80")...)
	if p = l.again(at, p, "fix", "ports=80/443"); p.value("ports") != "80/443" {
		t.Errorf("the suggestion puts %q", p.value("ports"))
	}
}

func TestGroupEditAndDelete(t *testing.T) {
	l := tutorial(t)
	g := l.group("sg-vpc1")
	at := groupPath + "/" + g.ID
	l.follow(l.press(at+"/edit", l.get(at+"/edit"), "name", "sg-renamed", "description", "for the tutorial")).says(t, "sg-renamed", "for the tutorial")
	for _, p := range []*page{l.get(at + "/delete"), l.post(at + "/delete")} {
		p.says(t, "instance ECS1", "in use")
		if !strings.Contains(strings.Join(p.hrefs(".banner"), " "), "/instances/"+l.ecs["ECS1"].ID) {
			t.Errorf("ECS1 is not linked: %v", p.hrefs(".banner"))
		}
	}
	if p := l.post(at + "/delete"); p.status != http.StatusConflict {
		t.Errorf("deleting answers %d", p.status)
	}
	// A rule of another group that names it stands in the way too.
	named, err := l.caller.CreateSecurityGroup(t.Context(), "eu-central-1", cloud.GroupInput{VPC: l.vpc1.ID, Name: "named", Template: cloud.TemplateEmpty})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.caller.AddRule(t.Context(), g.ID, cloud.RuleInput{Direction: "ingress", Protocol: "all", Peer: named.ID}); err != nil {
		t.Fatal(err)
	}
	l.get(at).says(t, "Members of named")
	p := l.post(groupPath + "/" + named.ID + "/delete")
	if p.status != http.StatusConflict || !strings.Contains(strings.Join(p.hrefs(".banner"), " "), "/security-groups/"+g.ID) {
		t.Errorf("a named group answers %d %v", p.status, p.hrefs(".banner"))
	}
	spare, err := l.caller.CreateSecurityGroup(t.Context(), "eu-central-1", cloud.GroupInput{VPC: l.vpc1.ID, Name: "spare", Template: cloud.TemplateWeb})
	if err != nil {
		t.Fatal(err)
	}
	l.get(groupPath+"/"+spare.ID+"/delete").says(t, "Its 4 rules are deleted")
	l.follow(l.post(groupPath+"/"+spare.ID+"/delete")).says(t, "Security group spare is deleted")
}
