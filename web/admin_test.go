package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"culvert.internal/cloud"
)

const adminPath = homePath + "/admin"

// made makes an account over the administrator's form and answers it with the
// password that was shown once.
func (b *browser) made(login string, change ...string) (id, password string) {
	t := b.k.t
	t.Helper()
	p := b.get(adminPath + "/accounts/new")
	p = b.sendForm(adminPath+"/accounts/new", p, append([]string{"login", login, "name", "新账号", "nameen", "New account"}, change...)...)
	if p.status != http.StatusSeeOther {
		t.Fatalf("making %s answers %d: %s", login, p.status, p.text("[role=alert]"))
	}
	at := p.location()
	id = at[strings.LastIndex(at, "/")+1:]
	password = b.get(at).Find("main .banner [data-copy]").AttrOr("data-copy", "")
	if b.get(at).Find("main .banner [data-copy]").Length() != 0 {
		t.Error("the password is shown a second time")
	}
	return id, password
}

func (b *browser) signIn(login, password string) *page {
	b.k.t.Helper()
	return b.post("/login", "login", login, "password", password)
}

func TestAccountsOfAnInstallation(t *testing.T) {
	k := demo(t)
	admin := k.browser()
	admin.as(0)
	id, password := admin.made("Carol")
	if len(password) < 16 {
		t.Fatalf("the password that was made up is %q", password)
	}
	carol, second := k.browser(), k.browser()
	for _, b := range []*browser{carol, second} {
		if p := b.signIn("carol", password); p.location() != homePath {
			t.Fatalf("carol's first sign-in answers %d: %s", p.status, p.text("[role=alert]"))
		}
	}
	list := admin.get(adminPath + "/accounts?q=carol")
	row := list.text("main tbody tr")
	for _, want := range []string{"carol", "New account", id, "Enabled"} {
		if !strings.Contains(row, want) || list.Find("main tbody tr").Length() != 1 {
			t.Errorf("the list of accounts shows %q", row)
		}
	}
	if strings.Contains(row, "Never") {
		t.Error("the last sign-in is not shown")
	}

	// Others do not get in, and the engine refuses them too.
	for _, path := range []string{"/accounts", "/settings", "/accounts/new", "/accounts/" + id, "/accounts/" + id + "/disable"} {
		if p := carol.get(adminPath + path); p.status != http.StatusForbidden || !strings.Contains(p.text("main"), "for administrators") {
			t.Errorf("%s answers carol %d: %s", path, p.status, p.text("main"))
		}
	}
	for _, path := range []string{"/accounts/new", "/settings", "/accounts/" + id + "/admin", "/accounts/" + id + "/reset"} {
		if p := carol.post(adminPath+path, "admin", "yes", "login", "x2", "name", "x"); p.status != http.StatusForbidden {
			t.Errorf("%s posted by carol answers %d", path, p.status)
		}
	}
	if carol.get(homePath).Find(`#me-menu a[href*="/admin"]`).Length() != 0 {
		t.Error("carol's menu offers the administration")
	}

	// Her own new password ends her other session, and not this one.
	at := homePath + "/account/password"
	p := carol.sendForm(at, carol.get(at), "old", "wrong", "password", "new and long", "repeat", "new and long")
	if p.status != http.StatusUnprocessableEntity || p.Find("#f-old-err").Length() != 1 {
		t.Errorf("a wrong old password answers %d", p.status)
	}
	if p = carol.sendForm(at, carol.get(at), "old", password, "password", "new and long", "repeat", "new and long"); p.location() != homePath+"/account" {
		t.Fatalf("a new password answers %d: %s", p.status, p.text("[role=alert]"))
	}
	if p := carol.get(homePath); p.status != http.StatusOK {
		t.Errorf("the session that changed the password answers %d", p.status)
	}
	if p := second.get(homePath); !strings.HasPrefix(p.location(), "/login") {
		t.Errorf("the other session answers %d", p.status)
	}

	// A reset ends every session; the old password is gone.
	ask := adminPath + "/accounts/" + id + "/reset"
	p = admin.sendForm(ask, admin.get(ask))
	fresh := admin.get(p.location()).Find("main .banner [data-copy]").AttrOr("data-copy", "")
	if p := carol.get(homePath); !strings.HasPrefix(p.location(), "/login") {
		t.Errorf("after a reset her session answers %d", p.status)
	}
	if p := carol.signIn("carol", "new and long"); p.status != http.StatusUnprocessableEntity {
		t.Errorf("the old password answers %d", p.status)
	}
	if p := carol.signIn("carol", fresh); p.location() != homePath {
		t.Errorf("the new password answers %d", p.status)
	}
	if p := admin.sendForm(adminPath+"/accounts/new", admin.get(adminPath+"/accounts/new"), "login", "CAROL", "name", "x"); p.status != http.StatusUnprocessableEntity || p.Find("#f-login-err").Length() != 1 {
		t.Errorf("a login that is taken answers %d", p.status)
	}
	// None of it has put a password into the log.
	if raw := events(t, k); strings.Contains(raw, "$2a$") || strings.Contains(raw, password) || strings.Contains(raw, fresh) || strings.Contains(raw, "secret.") {
		t.Error("the log holds a password or a secret")
	}
	said := admin.get(adminPath + "/accounts/" + id).text("main")
	for _, want := range []string{"created the account", "set a new password"} {
		if !strings.Contains(said, want) {
			t.Errorf("the account's page lacks %q: %s", want, said)
		}
	}
}

func events(t *testing.T, k *console) string {
	t.Helper()
	list, err := k.engine.EventsSince(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range list {
		b.WriteString(e.Resource + string(e.Before) + string(e.After))
	}
	return b.String()
}

func TestDisabledAccount(t *testing.T) {
	k := demo(t)
	admin := k.browser()
	admin.as(0)
	id, password := admin.made("dave")
	dave := k.browser()
	dave.signIn("dave", password)
	a, err := k.engine.Account(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	vpc, err := k.engine.As(a).CreateVPC(t.Context(), "eu-central-1", cloud.VPCInput{Name: "kept", CIDR: "10.1.0.0/16"})
	if err != nil {
		t.Fatal(err)
	}
	stream := dave.stream(k.url + homePath + "/changes")
	if got := stream.next(); !strings.HasPrefix(got, "sync") {
		t.Fatalf("the stream begins with %q", got)
	}
	ask := adminPath + "/accounts/" + id + "/disable"
	p := admin.get(ask)
	if !strings.Contains(p.text("main"), "Its resources and connections go on") {
		t.Errorf("the page asks: %s", p.text("main"))
	}
	if p = admin.sendForm(ask, p); p.status != http.StatusSeeOther {
		t.Fatalf("disabling answers %d", p.status)
	}
	if got := stream.next(); got != "ended: ended" {
		t.Errorf("the open stream says %q", got)
	}
	if p := dave.get(homePath); !strings.HasPrefix(p.location(), "/login") {
		t.Errorf("the open session answers %d", p.status)
	}
	if p := dave.signIn("dave", password); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text("[role=alert]"), "is disabled") {
		t.Errorf("signing in answers %d: %s", p.status, p.text("[role=alert]"))
	}
	if _, err := k.engine.As(a).VPC(t.Context(), vpc.ID); err != nil {
		t.Errorf("what it had is gone: %v", err)
	}
	// Enabled again, it signs in; the session from before stays ended.
	ask = adminPath + "/accounts/" + id + "/enable"
	admin.sendForm(ask, admin.get(ask))
	if p := dave.get(homePath); !strings.HasPrefix(p.location(), "/login") {
		t.Errorf("the session from before answers %d", p.status)
	}
	if p := dave.signIn("dave", password); p.location() != homePath {
		t.Errorf("enabled, signing in answers %d", p.status)
	}
	// A disabled demo account is not offered any more.
	accounts, err := k.engine.DemoAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ask = adminPath + "/accounts/" + accounts[1].ID + "/disable"
	admin.sendForm(ask, admin.get(ask))
	if n := k.browser().get("/login").Find("button[name=account]").Length(); n != 2 {
		t.Errorf("the login page offers %d demo accounts", n)
	}
	if p := k.browser().post("/login/demo", "account", accounts[1].ID); p.status != http.StatusForbidden {
		t.Errorf("the disabled demo account is entered: %d", p.status)
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	k := demo(t)
	admin := k.browser()
	me := admin.as(0)
	at := adminPath + "/accounts/" + me.ID
	if admin.get(at).Find(`a[href$="/disable"]`).Length() != 0 {
		t.Error("the page offers to disable oneself")
	}
	if p := admin.post(at + "/disable"); p.status != http.StatusConflict || !strings.Contains(p.text("main"), "cannot disable yourself") {
		t.Errorf("disabling oneself answers %d: %s", p.status, p.text("main"))
	}
	if p := admin.post(at+"/admin", "admin", "no"); p.status != http.StatusConflict || !strings.Contains(p.text("main"), "must remain") {
		t.Errorf("the last administrator gives up with %d", p.status)
	}
	id, _ := admin.made("erin", "admin", "true")
	if p := admin.post(at+"/admin", "admin", "no"); p.location() != homePath+"/account" {
		t.Errorf("with a second one it answers %d", p.status)
	}
	if p := admin.get(adminPath + "/accounts"); p.status != http.StatusForbidden {
		t.Errorf("no longer an administrator, the list answers %d", p.status)
	}
	if a, err := k.engine.Account(t.Context(), id); err != nil || !a.Admin {
		t.Errorf("erin is no administrator: %v", err)
	}
}

func TestSettings(t *testing.T) {
	l := tutorial(t)
	at := adminPath + "/settings"
	p := l.get(at)
	if got := fields(editForm(p)); got.Get("limit.services") != "200" || got.Get("domain") != "privatelink.aliyuncs.com" || got.Get("session.hours") != "12" {
		t.Fatalf("the defaults are %v", got)
	}
	for _, fact := range []string{"127.16.0.0/12", "Demo (--demo)", "Goroutines", "go1."} {
		if !strings.Contains(p.text("main .block"), fact) {
			t.Errorf("the facts lack %q", fact)
		}
	}
	bad := l.sendForm(at, p, "limit.services", "0", "domain", "not a name", "attempts.keep", "many")
	if bad.status != http.StatusUnprocessableEntity || bad.Find("p.error").Length() != 3 {
		t.Errorf("bad settings answer %d: %s", bad.status, bad.text("[role=alert]"))
	}
	if got := fields(editForm(bad)); got.Get("domain") != "not a name" {
		t.Errorf("what was typed became %q", got.Get("domain"))
	}
	old := l.join(l.offer(), "before")
	if p = l.sendForm(at, p, "limit.services", "1", "domain", "Lab.Example", "session.hours", "1", "attempts.keep", "100"); p.location() != at {
		t.Fatalf("the settings answer %d: %s", p.status, p.text("[role=alert]"))
	}
	// In force at once: the quota, the names of endpoints made later, the
	// session's end.
	_, err := l.caller.CreateService(t.Context(), "eu-central-1", cloud.ServiceInput{
		AutoAccept: "no", Affinity: "no", Resources: []cloud.ResourceInput{{Zone: "eu-central-1b", Balancer: "x"}},
	})
	if e := cloud.AsError(err); e == nil || e.Kind != cloud.Exceeded {
		t.Errorf("a second service answers %v", err)
	}
	services, err := l.caller.Services(t.Context(), "eu-central-1")
	if err != nil {
		t.Fatal(err)
	}
	if e := l.join(services[0], "after"); !strings.HasSuffix(e.Domain, ".lab.example") || !strings.HasSuffix(l.endpoint(old.ID).Domain, ".privatelink.aliyuncs.com") {
		t.Errorf("the names are %s and %s", e.Domain, l.endpoint(old.ID).Domain)
	}
	l.get(homePath)
	l.k.ahead(2 * time.Hour)
	if p := l.get(homePath); !strings.HasPrefix(p.location(), "/login") {
		t.Errorf("two hours later the session answers %d", p.status)
	}
	l.as(0)
	if p := l.get(homePath + "/events"); !strings.Contains(p.text("main"), "changed the setting") || !strings.Contains(p.text("main"), "Root of endpoint domain names") {
		t.Errorf("the audit trail says %s", p.text("main"))
	}
	if p := l.get(at); !strings.Contains(p.text("main"), "Last changed by Account A") || !strings.Contains(p.text("main"), "The most in use is 1 (Account A)") {
		t.Errorf("the settings say %s", p.text("main"))
	}
	if p := l.get(homePath + "/account"); !strings.Contains(p.text("main"), "Endpoint services per account and region11") {
		t.Errorf("the account's quotas are %s", p.text("main"))
	}
	// They outlive the process, and two administrators do not overwrite each
	// other: untouched settings stay as the other one left them.
	again, err := cloud.Open(l.k.store, cloud.Options{Demo: true})
	if err != nil || again.Domain() != "lab.example" || again.Limits().Services != 1 {
		t.Errorf("after a restart: %v, %v", again.Installation(), err)
	}
	other := l.k.browser()
	other.as(0)
	mine, theirs := l.get(at), other.get(at)
	other.sendForm(at, theirs, "limit.zone", "7", "limit.listeners", "8")
	if p = l.sendForm(at, mine, "limit.zone", "9"); p.status != http.StatusConflict {
		t.Fatalf("the second administrator is answered %d", p.status)
	}
	told(t, p, "limit.zone", "7")
	if got := fields(editForm(p)); got.Get("limit.listeners") != "8" || got.Get("limit.zone") != "9" {
		t.Errorf("the form comes back as %v", got)
	}
	// What the program was started with is shown and cannot be changed.
	fixed, err := cloud.Open(l.k.store, cloud.Options{Demo: true, Domain: "fixed.example"})
	if err != nil || fixed.Domain() != "fixed.example" || !fixed.Fixed("domain") {
		t.Fatalf("given at the start: %v", err)
	}
	if err := fixed.As(l.caller.Account()).SetInstallation(t.Context(), url2map(fields(editForm(mine), "domain", "other.example"))); err != nil || fixed.Domain() != "fixed.example" {
		t.Errorf("it became %s, %v", fixed.Domain(), err)
	}
}

func url2map(v url.Values) map[string]string {
	out := map[string]string{}
	for k := range v {
		out[k] = v.Get(k)
	}
	return out
}
