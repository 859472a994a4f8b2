package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
)

// ACC-01, ACC-02, ACC-03, X-05: the row's Allow opens the dialog with the
// automatic choice preselected, so that OK alone connects.
func TestAllow(t *testing.T) {
	for lang, want := range map[string]struct{ tab, allow, title, auto, ok, before, after string }{
		"en": {"Endpoint Connections", "Allow", "Allow Connection", "assign service resources automatically", "OK", "Disconnected", "Connected"},
		"zh": {"终端节点连接", "允许", "允许连接", "允许连接并自动分配服务资源", "确定", "已断开", "已连接"},
	} {
		t.Run(lang, func(t *testing.T) {
			l := tutorial(t)
			l.header = http.Header{"Accept-Language": {lang}}
			s := l.offer()
			e := l.join(s, "web-from-vpc1")
			l.observe(e.ID, false)
			p := l.get(servicePath + "/" + s.ID + "?tab=connections")
			p.shows(t, ".tabs [aria-current]", want.tab)
			p.shows(t, "tbody", e.ID, l.caller.Account().ID, want.before)
			allow := p.Find("td.ops a").First()
			if allow.Text() != want.allow {
				t.Fatalf("the first action is %q, want %q", allow.Text(), want.allow)
			}
			p = l.get(allow.AttrOr("href", ""))
			dialog := p.Find("dialog[open]")
			if got := p.text("dialog[open] h2"); got != want.title {
				t.Errorf("the dialog is called %q", got)
			}
			if on := dialog.Find("input[name=alloc][checked]"); on.AttrOr("value", "") != "auto" || !strings.Contains(on.Parent().Text(), want.auto) {
				t.Errorf("the choice that is on says %q", on.Parent().Text())
			}
			if got := p.text("dialog[open] footer button"); got != want.ok {
				t.Errorf("the button is %q", got)
			}
			if p := l.submit(p); p.status != http.StatusSeeOther {
				t.Fatalf("OK answers %d: %s", p.status, p.text("#errors"))
			}
			l.observe(e.ID, true)
			l.get(servicePath+"/"+s.ID+"?tab=connections").shows(t, "tbody", want.after)
			l.get(endpointPath+"/"+e.ID).shows(t, ".states", want.after)
		})
	}
}

// ACC-02: the second choice assigns a resource to each zone by hand.
func TestAllowManually(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	second := l.buy("name", "clb-second")
	l.wire(second, "80")
	if err := l.caller.AddResource(t.Context(), s.ID, cloud.ResourceInput{Zone: "eu-central-1b", Balancer: second.ID}); err != nil {
		t.Fatal(err)
	}
	e := l.join(s, "web-from-vpc1")
	l.observe(e.ID, false)
	at := servicePath + "/" + s.ID + "/connections/" + e.ID + "/allow"
	p := l.get(at)
	if n := p.Find(`select[name="resource.eu-central-1b"] option`).Length(); n != 2 {
		t.Errorf("%d resources to choose from, want 2", n)
	}
	bad := l.submit(p, "alloc", "manual", "resource.eu-central-1b", "nonsense")
	if bad.status != http.StatusUnprocessableEntity || bad.Find("#f-resource-eu-central-1b-err").Length() != 1 {
		t.Errorf("a resource that does not exist answers %d", bad.status)
	}
	if got := bad.Find("input[name=alloc][checked]").AttrOr("value", ""); got != "manual" {
		t.Errorf("the choice is lost: %q", got)
	}
	if p := l.submit(p, "alloc", "manual", "resource.eu-central-1b", s.ID+"/eu-central-1b/"+second.ID); p.status != http.StatusSeeOther {
		t.Fatalf("OK answers %d: %s", p.status, p.text("#errors"))
	}
	if got := l.endpoint(e.ID).Zones[0].BalancerName; got != "clb-second" {
		t.Errorf("the zone got %s", got)
	}
}

// ACC-04: Deny says that live connections are cut; the row then offers Allow
// and says who decided.
func TestDeny(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	e := l.join(s, "web-from-vpc1")
	if err := l.caller.Allow(t.Context(), s.ID, e.ID, cloud.AllowInput{Auto: true}); err != nil {
		t.Fatal(err)
	}
	l.observe(e.ID, true)
	p := l.get(servicePath + "/" + s.ID + "?tab=connections")
	if got := p.Find("td.ops a").Map(func(_ int, a *goquery.Selection) string { return a.Text() }); len(got) != 2 || got[0] != "Deny" || got[1] != "Change bandwidth" {
		t.Fatalf("a connected row offers %v", got)
	}
	p = l.get(p.Find("td.ops a").AttrOr("href", ""))
	p.shows(t, "dialog", "Deny Connection", "cut at once", "refused at once")
	if p := l.submit(p); p.status != http.StatusSeeOther {
		t.Fatalf("OK answers %d", p.status)
	}
	l.observe(e.ID, false)
	p = l.get(servicePath + "/" + s.ID + "?tab=connections")
	p.shows(t, "tbody", "Disconnected", "Denied by Account A", "Allow")
	l.get(endpointPath+"/"+e.ID).shows(t, ".states", "Disconnected", "Denied by Account A")
}

// ACC-05: a service that accepts by itself leaves nothing to allow.
func TestAutoAccept(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	if _, err := l.caller.UpdateService(t.Context(), s.ID, cloud.ServiceInput{AutoAccept: "yes", Affinity: "yes"}); err != nil {
		t.Fatal(err)
	}
	e := l.join(s, "web-from-vpc1")
	l.observe(e.ID, true)
	p := l.get(servicePath + "/" + s.ID + "?tab=connections")
	p.shows(t, "tbody", "Connected", "Accepted automatically")
	if strings.Contains(p.text("td.ops"), "Allow") {
		t.Error("there is still something to allow")
	}
}

// A zone without a service resource cannot be allowed; the dialog says so and
// names the service.
func TestAllowWithoutResource(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	e := l.join(s, "web-from-vpc1")
	l.observe(e.ID, false)
	if err := l.caller.RemoveResource(t.Context(), s.ID, s.Resources[0].ID); err != nil {
		t.Fatal(err)
	}
	p := l.post(servicePath+"/"+s.ID+"/connections/"+e.ID+"/allow", "alloc", "auto")
	if p.status != http.StatusConflict || !strings.Contains(p.text("dialog #errors"), "no service resource") {
		t.Errorf("%d %q", p.status, p.text("#errors"))
	}
}

// COM-03: only the provider decides.
func TestConnectionOfAnotherAccount(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	e := l.join(s, "web-from-vpc1")
	other := l.k.browser()
	other.as(1)
	for _, path := range []string{"allow", "deny"} {
		at := servicePath + "/" + s.ID + "/connections/" + e.ID + "/" + path
		if g, p := other.get(at), other.post(at); g.status != http.StatusNotFound || p.status != http.StatusNotFound {
			t.Errorf("%s answers %d and %d to another account", path, g.status, p.status)
		}
	}
	if p := l.get(servicePath + "/" + s.ID + "/connections/ep-nonsense/allow"); p.status != http.StatusNotFound {
		t.Errorf("an unknown endpoint answers %d", p.status)
	}
}
