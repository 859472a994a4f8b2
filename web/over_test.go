package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"culvert.internal/cloud"
)

// TestSessionOverOnEveryKindOfPage: whatever asks is told in its own way, and
// nothing that was typed is lost.
func TestSessionOverOnEveryKindOfPage(t *testing.T) {
	l := tutorial(t)
	at := homePath + "/vpcs/" + l.vpc1.ID + "/edit"
	edit := l.get(at)
	stream := l.stream(l.k.url + homePath + "/changes")
	stream.next()
	l.k.ahead(13 * time.Hour)

	if p := l.get(at + "?x=1"); p.location() != "/login?next="+url.QueryEscape(at+"?x=1") {
		t.Errorf("a page answers %d to %q", p.status, p.location())
	}
	// A part of a page is left as it is; the login page never lands inside it.
	l.header.Set("HX-Request", "true")
	p := l.get(homePath + "/vpcs")
	if p.status != http.StatusNoContent || p.body != "" {
		t.Errorf("a part of a page answers %d %q", p.status, p.body)
	}
	if got := p.header.Get("HX-Trigger"); got != `{"signin":{"at":"/login?next=`+url.QueryEscape(homePath+"/vpcs")+`"}}` {
		t.Errorf("it triggers %s", got)
	}
	l.header.Del("HX-Request")
	l.header.Set("Accept", "application/json")
	if p := l.get(homePath + "/vpcs"); p.status != http.StatusUnauthorized || !strings.Contains(p.body, `"login"`) {
		t.Errorf("a program is answered %d %s", p.status, p.body)
	}
	l.header.Del("Accept")
	// A new stream ends at once instead of asking again and again.
	again := l.stream(l.k.url + homePath + "/changes")
	if got := again.next(); got != "ended: ended" {
		t.Errorf("a new stream says %q", got)
	}
	// The open one notices with the next change.
	if _, err := l.caller.AttachHost(t.Context(), l.vpc1.ID, true); err != nil {
		t.Fatal(err)
	}
	if got := stream.next(); got != "ended: ended" {
		t.Errorf("the open stream says %q", got)
	}

	// The form goes to the login page and comes back filled in, not sent.
	p = l.sendForm(at, edit, "name", "typed", "description", "typed too")
	login, err := url.Parse(p.location())
	if err != nil || login.Path != "/login" {
		t.Fatalf("the form leads to %q", p.location())
	}
	next := login.Query().Get("next")
	accounts, err := l.k.engine.DemoAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p = l.post("/login/demo", "account", accounts[0].ID, "next", next)
	p = l.get(p.location())
	if got := fields(editForm(p)); got.Get("name") != "typed" || got.Get("description") != "typed too" {
		t.Fatalf("the form comes back with %d as %v", p.status, got)
	}
	if v, err := l.caller.VPC(t.Context(), l.vpc1.ID); err != nil || v.Name != "VPC1" {
		t.Errorf("it was sent already: %v %v", v, err)
	}
	// It still knows what it was opened with: a change from meanwhile is told.
	if _, err := l.caller.UpdateVPC(t.Context(), l.vpc1.ID, cloud.VPCInput{Name: "meanwhile"}); err != nil {
		t.Fatal(err)
	}
	if p = l.sendForm(at, p); p.status != http.StatusConflict {
		t.Errorf("the change from meanwhile is overwritten: %d", p.status)
	}
}

// TestNotAsSomebodyElse: a form that was opened as one account is never sent
// as another, whether in another window somebody has switched or signed in
// again as somebody else; it comes back filled in.
func TestNotAsSomebodyElse(t *testing.T) {
	k := demo(t)
	b := k.browser()
	b.as(0)
	at := homePath + "/vpcs/new"
	form := fields(editForm(b.get(at)), "name", "mine", "cidr", "10.77.0.0/16")
	other := b.as(1)
	b.header.Set("Referer", k.url+at)
	p := b.do(http.MethodPost, at, form)
	if p.status != http.StatusConflict || !strings.Contains(p.text("main"), "opened as Account A, and you are Account B now") {
		t.Fatalf("it answers %d: %s", p.status, p.text("main"))
	}
	mine, err := k.engine.As(other).VPCs(t.Context(), "eu-central-1")
	if err != nil || len(mine) != 1 {
		t.Fatalf("B has %d VPCs, %v", len(mine), err)
	}
	p = b.get(p.Find(".failure a.btn-main").AttrOr("href", ""))
	if got := fields(editForm(p)); got.Get("name") != "mine" || got.Get("cidr") != "10.77.0.0/16" {
		t.Fatalf("the form comes back as %v", got)
	}
	if p := b.sendForm(at, p); p.status != http.StatusSeeOther {
		t.Errorf("sent knowingly it answers %d: %s", p.status, p.text("main"))
	}
}

// A password that was typed when the session ended goes into no address.
func TestPasswordsStayOutOfAddresses(t *testing.T) {
	k := demo(t)
	b := k.browser()
	at := homePath + "/account/password"
	b.header.Set("Referer", k.url+at)
	p := b.post(at, "old", "secret-old", "password", "secret-new", "repeat", "secret-new")
	if p.status != http.StatusSeeOther || !strings.HasPrefix(p.location(), "/login?next=") || strings.Contains(p.location(), "secret") {
		t.Errorf("%d %s", p.status, p.location())
	}
}
