package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
)

// editForm is the page's form that changes something.
func editForm(p *page) *goquery.Selection {
	if dialog := p.Find("dialog form[method=post], form:has(dialog[open])"); dialog.Length() > 0 {
		return dialog.First()
	}
	return p.Find("main form.form[method=post]").First()
}

// sendForm sends a page's form with some fields changed.
func (b *browser) sendForm(path string, p *page, change ...string) *page {
	b.k.t.Helper()
	form := editForm(p)
	if form.Length() == 0 {
		b.k.t.Fatalf("%s has no form: %d %s", path, p.status, p.text("main"))
	}
	if form.Find("input[name=since]").Length() == 0 {
		b.k.t.Errorf("the form of %s does not say what its page shows", path)
	}
	b.header.Set("Referer", b.k.url+path)
	defer b.header.Del("Referer")
	return b.do(http.MethodPost, form.AttrOr("action", path), fields(form, change...))
}

// TestEveryEditFormTellsTheSecond: two windows have a form open; the second to
// send it is told at the field who was quicker, when, and to what; everything
// typed is there, and sending it again is a decision.
func TestEveryEditFormTellsTheSecond(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	b := s.Resources[0].Balancer
	e := l.join(s, "web")
	ecs2 := l.ecs["ECS2"]
	second, err := l.caller.CreateSecurityGroup(t.Context(), "eu-central-1", cloud.GroupInput{VPC: l.vpc1.ID, Name: "sg-two", Template: cloud.TemplateOpen})
	if err != nil {
		t.Fatal(err)
	}
	third, err := l.caller.CreateSecurityGroup(t.Context(), "eu-central-1", cloud.GroupInput{VPC: l.vpc1.ID, Name: "sg-three", Template: cloud.TemplateOpen})
	if err != nil {
		t.Fatal(err)
	}
	other := l.k.browser()
	other.as(0)
	for name, c := range map[string]struct {
		path, field, mine, theirs, told string
	}{
		"endpoint":        {endpointPath + "/" + e.ID + "/edit", "name", "mine", "theirs", "theirs"},
		"endpoint groups": {endpointPath + "/" + e.ID + "/groups", "groups", second.ID, third.ID, "sg-three"},
		"VPC":             {homePath + "/vpcs/" + l.vpc1.ID + "/edit", "description", "my text", "their text", "their text"},
		"vSwitch":         {homePath + "/vswitches/" + l.vswitch(l.vpc1) + "/edit", "name", "mine", "theirs", "theirs"},
		"security group":  {groupPath + "/" + second.ID + "/edit", "name", "mine", "theirs", "theirs"},
		"instance":        {homePath + "/instances/" + ecs2.ID + "/edit", "program", "echo", "none", "Nothing"},
		"instance groups": {homePath + "/instances/" + l.ecs["ECS1"].ID + "/groups", "groups", second.ID, third.ID, "sg-three"},
		"CLB":             {clbPath + "/" + b + "/rename", "name", "mine", "theirs", "theirs"},
		"weights":         {clbPath + "/" + b + "/servers", "weight." + ecs2.ID, "7", "9", "9"},
		"service":         {servicePath + "/" + s.ID + "/edit", "description", "my text", "their text", "their text"},
	} {
		t.Run(name, func(t *testing.T) {
			mine, theirs := l.get(c.path), other.get(c.path)
			if p := other.sendForm(c.path, theirs, c.field, c.theirs); p.status != http.StatusSeeOther {
				t.Fatalf("the first answers %d: %s", p.status, p.text("main"))
			}
			p := l.sendForm(c.path, mine, c.field, c.mine)
			if p.status != http.StatusConflict {
				t.Fatalf("the second answers %d to %q", p.status, p.location())
			}
			told(t, p, c.field, c.told)
			if got := fields(editForm(p))[c.field]; len(got) != 1 || got[0] != c.mine {
				t.Errorf("what was typed became %q", got)
			}
			if p := l.sendForm(c.path, p); p.status != http.StatusSeeOther {
				t.Errorf("sending it again answers %d: %s", p.status, p.text("[role=alert]"))
			}
			if p := l.get(c.path); fields(editForm(p)).Get(c.field) != c.mine {
				t.Errorf("after sending it again there is %q", fields(editForm(p)).Get(c.field))
			}
		})
	}
}

func told(t *testing.T, p *page, field, value string) {
	t.Helper()
	summary := p.text("main [role=alert], dialog [role=alert]")
	for _, want := range []string{"Somebody was quicker", "Somebody with your account", "“" + value + "”", "send it once more"} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary lacks %q: %q", want, summary)
		}
	}
	id := "f-" + strings.ReplaceAll(field, ".", "-")
	if p.Find("#"+id+"-err").Length() != 1 || p.Find(`[autofocus]`).Length() != 1 {
		t.Errorf("%s is not marked, or has not the keyboard", id)
	}
	if p.Find(`[role=alert] a[href="#`+id+`"]`).Length() != 1 {
		t.Errorf("the summary does not lead to %s", id)
	}
}

// TestOthersChangesStay: what only the other one changed is no conflict, stays
// as it is, and is told in the notice.
func TestOthersChangesStay(t *testing.T) {
	l := tutorial(t)
	at := homePath + "/vpcs/" + l.vpc1.ID
	other := l.k.browser()
	other.as(0)
	mine, theirs := l.get(at+"/edit"), other.get(at+"/edit")
	other.sendForm(at+"/edit", theirs, "name", "renamed")
	if p := l.sendForm(at+"/edit", mine, "description", "described"); p.location() != at {
		t.Fatalf("another field answers %d: %s", p.status, p.text("[role=alert]"))
	}
	if notice := l.get(at).text("main .banner"); !strings.Contains(notice, "Name: Somebody with your account set this to “renamed”") {
		t.Errorf("the notice says %q", notice)
	}
	v, err := l.caller.VPC(t.Context(), l.vpc1.ID)
	if err != nil || v.Name != "renamed" || v.Description != "described" {
		t.Errorf("there is %q, %q, %v", v.Name, v.Description, err)
	}
	// A clash elsewhere brings the untouched field up to date, and says so.
	mine, theirs = l.get(at+"/edit"), other.get(at+"/edit")
	other.sendForm(at+"/edit", theirs, "name", "again", "description", "theirs")
	p := l.sendForm(at+"/edit", mine, "description", "mine")
	if got := fields(editForm(p)); p.status != http.StatusConflict || got.Get("name") != "again" || got.Get("description") != "mine" {
		t.Errorf("the form comes back with %d as %v", p.status, got)
	}
	// "Use that value" puts theirs in the field.
	fix := p.Find(`button[name=fix]`)
	if fix.AttrOr("value", "") != "description=theirs" {
		t.Fatalf("the button sends %q", fix.AttrOr("value", ""))
	}
	q := fields(editForm(p))
	q.Set("fix", fix.AttrOr("value", ""))
	p = l.get(fix.AttrOr("formaction", "") + "?" + q.Encode())
	if got := fields(editForm(p)); got.Get("description") != "theirs" || got.Get("since") != q.Get("since") {
		t.Errorf("the button makes it %v", got)
	}
	if p = l.sendForm(at+"/edit", p); p.status != http.StatusSeeOther {
		t.Errorf("and sending that answers %d", p.status)
	}
}

// TestTheServerGroupIsNotOverwritten: the wizard sends the whole server group;
// a server that somebody else has added, removed or weighed meanwhile is told.
func TestTheServerGroupIsNotOverwritten(t *testing.T) {
	l := tutorial(t)
	b := l.buy()
	made := l.wire(b, "80")
	at := clbPath + "/" + b.ID + "/listeners/" + made.ID + "/edit"
	added, err := l.caller.CreateInstance(t.Context(), "eu-central-1", cloud.InstanceInput{Name: "ECS4", VSwitch: l.vswitch(l.vpc2)})
	if err != nil {
		t.Fatal(err)
	}
	p := l.send(l.send(l.send(l.get(at), "go", "2"), "go", "3"), "go", "4")
	form := fields(wizardForm(p))
	add := []cloud.BackendInput{{Instance: added.ID, Weight: "5"}, {Instance: l.ecs["ECS2"].ID, Weight: "50"}}
	if err := l.caller.AddBackends(t.Context(), b.ID, add); err != nil {
		t.Fatal(err)
	}
	if err := l.caller.RemoveBackend(t.Context(), b.ID, l.ecs["ECS3"].ID); err != nil {
		t.Fatal(err)
	}
	form.Set("idle", "20")
	p = l.do(http.MethodPost, at, form)
	if p.status != http.StatusConflict || step(p) != "Backend Servers" {
		t.Fatalf("the wizard answers %d at %q", p.status, step(p))
	}
	summary := p.text("[role=alert]")
	for _, want := range []string{"added a backend server", "ECS4", "removed a backend server", "ECS3", "“50”"} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary lacks %q: %q", want, summary)
		}
	}
	checkReferences(func(format string, args ...any) { t.Errorf(format, args...) }, p)
	group := func() string {
		v, err := l.caller.Balancer(t.Context(), b.ID)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, m := range v.Backends {
			names = append(names, m.Name)
		}
		return strings.Join(names, " ")
	}
	if got := group(); got != "ECS2 ECS4" {
		t.Fatalf("the refused wizard has changed the group to %s", got)
	}
	p = l.send(l.send(p, "go", "3"), "go", "4")
	if p = l.do(http.MethodPost, at, fields(wizardForm(p))); p.status != http.StatusSeeOther {
		t.Fatalf("sending it again answers %d: %s", p.status, p.text("[role=alert]"))
	}
	if got := group(); got != "ECS2 ECS3" {
		t.Errorf("sent knowingly, the group is %s", got)
	}
}

// wizardForm is the wizard's form, a GET form whose last button posts.
func wizardForm(p *page) *goquery.Selection { return p.Find("main form.form").First() }

// TestDecisionsAndDeletionsAreTold: a button that decides what somebody else
// has decided otherwise, a deletion of what was changed meanwhile, and a form
// whose thing is gone.
func TestDecisionsAndDeletionsAreTold(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	e := l.join(s, "web")
	l.observe(e.ID, false)
	deny := servicePath + "/" + s.ID + "/connections/" + e.ID + "/deny"
	p := l.get(deny)
	if err := l.caller.Allow(t.Context(), s.ID, e.ID, cloud.AllowInput{Auto: true}); err != nil {
		t.Fatal(err)
	}
	if p = l.sendForm(deny, p); p.status != http.StatusConflict || !strings.Contains(p.text("[role=alert]"), "allowed the endpoint's connection") {
		t.Errorf("denying what was allowed meanwhile answers %d: %s", p.status, p.text("[role=alert]"))
	}
	page := l.get(homePath + "/vpcs/" + l.vpc1.ID)
	button := page.Find(`form[action$="/host"]`)
	if _, err := l.caller.AttachHost(t.Context(), l.vpc1.ID, true); err != nil {
		t.Fatal(err)
	}
	if p := l.do(http.MethodPost, button.AttrOr("action", ""), fields(button, "attach", "yes")); p.status != http.StatusSeeOther {
		t.Errorf("pressing for what is there already answers %d", p.status)
	}
	if _, err := l.caller.AttachHost(t.Context(), l.vpc1.ID, false); err != nil {
		t.Fatal(err)
	}

	made, err := l.caller.CreateSecurityGroup(t.Context(), "eu-central-1", cloud.GroupInput{VPC: l.vpc1.ID, Name: "sg-gone", Template: cloud.TemplateEmpty})
	if err != nil {
		t.Fatal(err)
	}
	at := groupPath + "/" + made.ID
	edit, remove := l.get(at+"/edit"), l.get(at+"/delete")
	if _, err := l.caller.AddRule(t.Context(), made.ID, cloud.RuleInput{Direction: "ingress", Protocol: "tcp", Ports: "80", Peer: "0.0.0.0/0"}); err != nil {
		t.Fatal(err)
	}
	p = l.sendForm(at+"/delete", remove)
	if p.status != http.StatusConflict || !strings.Contains(p.text("[role=alert]"), "added a security group rule") {
		t.Fatalf("deleting a group with a new rule answers %d: %s", p.status, p.text("[role=alert]"))
	}
	if p = l.sendForm(at+"/delete", p); p.status != http.StatusSeeOther {
		t.Fatalf("deleting it knowingly answers %d", p.status)
	}
	p = l.sendForm(at+"/edit", edit, "name", "sg-typed")
	if p.status != http.StatusNotFound || !strings.Contains(p.text("main"), "deleted it at") || !strings.Contains(p.text("main"), "sg-typed") {
		t.Errorf("a form whose thing is gone answers %d: %s", p.status, p.text("main"))
	}
}

// TestDoubleSubmitIsNoConflict: the same form sent twice, as a nervous finger
// or a reload does.
func TestDoubleSubmitIsNoConflict(t *testing.T) {
	l := tutorial(t)
	at := homePath + "/vpcs/" + l.vpc1.ID + "/edit"
	form := fields(editForm(l.get(at)), "name", "once", "description", "two words")
	other := l.k.browser()
	other.as(0)
	other.sendForm(at, other.get(at), "name", "once") // and somebody else had the same idea
	for range 2 {
		if p := l.do(http.MethodPost, at, form); p.status != http.StatusSeeOther {
			t.Fatalf("answers %d: %s", p.status, p.text("[role=alert]"))
		}
	}
	// Nonsense in the hidden field is as if it were not there.
	for _, since := range []string{"-1", "x", "99999999999999999999", "9999999"} {
		form.Set("since", since)
		form.Set("name", "n"+url.QueryEscape(since)[:1])
		if p := l.do(http.MethodPost, at, form); p.status != http.StatusSeeOther {
			t.Errorf("since=%s answers %d", since, p.status)
		}
	}
}
