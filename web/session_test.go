package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"culvert.internal/cloud"
)

func TestFirstVisitMakesTheFirstAccount(t *testing.T) {
	b := start(t).browser()
	if p := b.get("/"); p.location() != homePath {
		t.Fatalf("/ leads to %q", p.location())
	}
	if p := b.get(homePath); p.location() != "/login?next="+url.QueryEscape(homePath) {
		t.Fatalf("the overview leads a stranger to %q", p.location())
	}
	if p := b.get("/login"); p.location() != "/welcome" {
		t.Fatalf("the login page of an empty installation leads to %q", p.location())
	}
	p := b.post("/welcome", "name", "Ada", "login", "a", "password", "short", "repeat", "other")
	if p.status != http.StatusUnprocessableEntity {
		t.Fatalf("a bad first account answers %d", p.status)
	}
	if got := p.Find("#f-name").AttrOr("value", ""); got != "Ada" {
		t.Errorf("what was typed is lost: name is %q", got)
	}
	if p.Find("#f-login[autofocus][aria-invalid]").Length() != 1 {
		t.Error("the first bad field does not take the keyboard")
	}
	if by := p.Find("#f-password").AttrOr("aria-describedby", ""); by != "f-password-err f-password-hint" || p.Find("#f-password-err").Length() != 1 {
		t.Errorf("the password field is described by %q", by)
	}
	if got := p.Find(`[role=alert] a[href="#f-login"]`).Text(); got != "Login name" {
		t.Errorf("the summary links to the bad field as %q", got)
	}
	if _, typed := p.Find("#f-password").Attr("value"); typed {
		t.Error("a password is sent back to the browser")
	}
	p = b.post("/welcome", "name", "Ada", "login", "ada", "password", "long enough", "repeat", "long enough")
	if p.status != http.StatusSeeOther || p.location() != homePath {
		t.Fatalf("the first account answers %d, leads to %q: %s", p.status, p.location(), p.body)
	}
	if p := b.get(homePath); p.status != http.StatusOK || !strings.Contains(p.text(".head"), "Ada") {
		t.Fatalf("the overview answers %d, headed %q", p.status, p.text(".head"))
	}
	if p := b.get("/welcome"); p.location() != "/login" {
		t.Errorf("a second first account is offered: %d", p.status)
	}
	if p := b.post("/welcome", "name", "Eve", "login", "eve", "password", "long enough", "repeat", "long enough"); p.status != http.StatusForbidden {
		t.Errorf("a second first account answers %d", p.status)
	}
}

func TestSignIn(t *testing.T) {
	k := demo(t)
	b := k.browser()
	p := b.post("/login", "login", "account-a", "password", "wrong", "next", homePath+"/account")
	if p.status != http.StatusUnprocessableEntity || p.Find("#f-login").AttrOr("value", "") != "account-a" {
		t.Fatalf("a wrong password answers %d", p.status)
	}
	if p.Find(`input[name=next]`).AttrOr("value", "") != homePath+"/account" {
		t.Error("the way back is lost after a wrong password")
	}
	p = b.post("/login", "login", " Account-A ", "password", cloud.DemoPassword, "next", homePath+"/account")
	if p.status != http.StatusSeeOther || p.location() != homePath+"/account" {
		t.Fatalf("signing in answers %d, leads to %q", p.status, p.location())
	}
	cookie := p.header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the session cookie lacks %s: %s", want, cookie)
		}
	}
	if p := b.get(homePath + "/account"); p.status != http.StatusOK {
		t.Fatalf("the account page answers %d", p.status)
	}
	if p := b.post("/logout"); p.location() != "/login" {
		t.Fatalf("signing out leads to %q", p.location())
	}
	if p := b.get(homePath); p.status != http.StatusSeeOther {
		t.Errorf("signed out, the overview answers %d", p.status)
	}
}

func TestCookieIsSecureOverTLS(t *testing.T) {
	k := demo(t)
	srv := httptest.NewTLSServer(k.server)
	t.Cleanup(srv.Close)
	b := k.browser()
	b.c.Transport = srv.Client().Transport
	k.url = srv.URL
	p := b.post("/login", "login", "account-a", "password", cloud.DemoPassword)
	if cookie := p.header.Get("Set-Cookie"); !strings.Contains(cookie, "Secure") {
		t.Errorf("over TLS the session cookie is %q", cookie)
	}
}

func TestSignInIsThrottled(t *testing.T) {
	b := demo(t).browser()
	for range 5 {
		b.post("/login", "login", "account-a", "password", "wrong")
	}
	p := b.post("/login", "login", "account-a", "password", cloud.DemoPassword)
	if p.status != http.StatusTooManyRequests || !strings.Contains(p.text("[role=alert]"), "try again in") {
		t.Fatalf("the sixth try answers %d: %q", p.status, p.text("[role=alert]"))
	}
}

func TestNextStaysHere(t *testing.T) {
	k := demo(t)
	accounts, err := k.engine.DemoAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, next := range []string{"https://evil.example/", "//evil.example/", "/\\evil.example", "/aliyun/\\evil", "/aliyun/x\r\nX: y", "javascript:alert(1)", "/other"} {
		p := k.browser().post("/login/demo", "account", accounts[0].ID, "next", next)
		if p.location() != homePath {
			t.Errorf("next=%q leads to %q", next, p.location())
		}
	}
	for _, back := range []string{"https://evil.example/", "//evil.example/"} {
		if p := k.browser().post("/preferences", "theme", "dark", "back", back); p.location() != "/" {
			t.Errorf("back=%q leads to %q", back, p.location())
		}
	}
}

func TestSessionEndsAndComesBack(t *testing.T) {
	k := demo(t)
	b := k.browser()
	b.as(0)
	k.ahead(7 * time.Hour)
	if p := b.get(homePath); p.status != http.StatusOK || p.header.Get("Set-Cookie") == "" {
		t.Fatalf("a session in use is not prolonged: %d", p.status)
	}
	k.ahead(11 * time.Hour)
	if p := b.get(homePath); p.status != http.StatusOK {
		t.Fatalf("a prolonged session has ended: %d", p.status)
	}
	k.ahead(13 * time.Hour)
	p := b.get(homePath + "/account?x=1")
	if want := "/login?next=" + url.QueryEscape(homePath+"/account?x=1"); p.location() != want {
		t.Fatalf("an ended session leads to %q, want %q", p.location(), want)
	}
	login := b.get(p.location())
	account := login.Find("button[name=account]").First().AttrOr("value", "")
	next := login.Find(`form[action="/login/demo"] input[name=next]`).AttrOr("value", "")
	if p := b.post("/login/demo", "account", account, "next", next); p.location() != homePath+"/account?x=1" {
		t.Errorf("signing in again leads to %q", p.location())
	}
}

// COM-03: two accounts on one installation, switched without a password once
// this browser knows them.
func TestSwitchAccount(t *testing.T) {
	k := demo(t)
	b := k.browser()
	b.as(0)
	p := b.get(homePath)
	other := p.Find("#me-menu button[name=account]")
	if other.Length() != 2 || !strings.Contains(other.Text(), "Account B") {
		t.Fatalf("the account menu offers %q", other.Text())
	}
	p = b.post("/switch", "account", other.AttrOr("value", ""), "back", homePath)
	if p.location() != homePath {
		t.Fatalf("switching leads to %q", p.location())
	}
	if p := b.get(homePath); !strings.Contains(p.text(".head"), "Account B") {
		t.Errorf("after switching the page is headed %q", p.text(".head"))
	}
	// An account that this browser never signed in to needs its password.
	if _, err := k.engine.SignInDemo(t.Context(), "1000000000000000"); err == nil {
		t.Fatal("an unknown account can be entered")
	}
	if p := b.post("/switch", "account", "1000000000000000", "back", homePath); !strings.HasPrefix(p.location(), "/login") {
		t.Errorf("switching to a stranger leads to %q", p.location())
	}
}

func TestDemoDoorIsOnlyForDemoAccounts(t *testing.T) {
	k := start(t)
	a, err := k.engine.CreateFirstAccount(t.Context(), cloud.AccountInput{Name: "Ada", Login: "ada", Password: "long enough", Repeat: "long enough"})
	if err != nil {
		t.Fatal(err)
	}
	b := k.browser()
	if p := b.post("/login/demo", "account", a.ID); p.status != http.StatusForbidden {
		t.Errorf("an ordinary account is entered without a password: %d", p.status)
	}
	if p := b.get("/login"); p.Find("button[name=account]").Length() != 0 {
		t.Error("the login page offers an ordinary account")
	}
}

func TestForgedSession(t *testing.T) {
	b := demo(t).browser()
	b.header.Set("Cookie", "culvert=MTc5NTMzNzMzMHxhYmM")
	if p := b.get(homePath); p.status != http.StatusSeeOther {
		t.Errorf("a forged cookie answers %d", p.status)
	}
}

// TestNothingTypedIsLost: when the session ends while a form is filled in, the
// way back from the login page shows it as it was; a button's page comes back
// as a page.
func TestNothingTypedIsLost(t *testing.T) {
	k := demo(t)
	post := func(path, referer, body string) string {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Host = "127.0.0.1"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Referer", referer)
		w := httptest.NewRecorder()
		k.server.ServeHTTP(w, r)
		next, err := url.Parse(w.Header().Get("Location"))
		if err != nil || next.Path != "/login" {
			t.Fatalf("%s leads to %q", path, w.Header().Get("Location"))
		}
		return next.Query().Get("next")
	}
	form := homePath + "/vpcs/new"
	if got := post(form, "http://127.0.0.1"+form, "name=VPC9&cidr=10.9.0.0%2F16"); got != form+"?cidr=10.9.0.0%2F16&name=VPC9" {
		t.Errorf("a form comes back as %q", got)
	}
	page := homePath + "/instances/i-1"
	if got := post(page+"/stop", "http://127.0.0.1"+page+"?x=1", ""); got != page+"?x=1" {
		t.Errorf("a button's page comes back as %q", got)
	}
	if got := post(page+"/stop", "http://evil.example/x", ""); got != "/" {
		t.Errorf("from another site the way back is %q", got)
	}
}
