package web_test

import (
	"net/http"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// TestSubAccountPage: ZIL-08: the account page shows the main account ID to
// copy; a sub-account sees its own apart and is told which one to give away.
func TestSubAccountPage(t *testing.T) {
	k := demo(t)
	main, sub := k.browser(), k.browser()
	a := main.as(0)
	s := sub.as(2)
	if s.Login != cloud.DemoSubLogin {
		t.Fatalf("the third demo account is %s", s.Login)
	}
	at := "/aliyun/cn-hangzhou/account"
	for lang, want := range map[string][]string{
		"zh": {"主帐号 ID", "子帐号 ID", "你所在组织的主帐号 ID", "操作的是主帐号“账号A”的资源"},
		"en": {"Main account ID", "Sub-account ID", "the ID of your organization's main account", "work on the resources of the main account “Account A”"},
	} {
		p := sub.in(lang, at)
		p.shows(t, "main", want...)
		p.shows(t, "#me-menu", a.ID)
		for _, b := range []*browser{main, sub} {
			q := b.in(lang, at)
			q.shows(t, "main dl", want[0])
			if copied := q.Find("main dl [data-copy]").First().AttrOr("data-copy", ""); copied != a.ID {
				t.Errorf("%s: what is copied is %q and not the main account ID", lang, copied)
			}
		}
		if p.Find(`main [data-copy="`+s.ID+`"]`).Length() > 0 {
			t.Errorf("%s: the sub-account's ID is offered to copy", lang)
		}
		main.in(lang, at).shows(t, "main", want[1], s.ID, s.Login)
	}
	// What one does the other sees, under its own name in the trail.
	p := sub.post("/aliyun/eu-central-1/vpcs/new", "name", "by-dev", "cidr", "10.99.0.0/16")
	if p.status != http.StatusSeeOther {
		t.Fatalf("a sub-account makes a VPC: %d %s", p.status, p.text("[role=alert]"))
	}
	main.get("/aliyun/eu-central-1/vpcs").shows(t, "main table", "by-dev")
	main.get("/aliyun/eu-central-1/events").shows(t, "main tbody tr", "dev-a", "by-dev")
	if p := sub.get(adminPath + "/accounts"); p.status != http.StatusForbidden {
		t.Errorf("a sub-account of an administrator administers: %d", p.status)
	}
	// ctyun knows one account ID for all of them.
	sub.in("zh", "/ctyun/cn-gz4/account")
	if p := sub.post("/switch", "account", s.ID, "back", "/ctyun/cn-gz4/account"); p.status != http.StatusSeeOther {
		t.Fatalf("entering the other console: %d", p.status)
	}
	sub.in("zh", "/ctyun/cn-gz4/account").shows(t, "main dl", a.DomainID)
}

// TestSubAccountsAreMade: an administrator makes a sub-account below a main
// account and closes it; closing the main account closes them all.
func TestSubAccountsAreMade(t *testing.T) {
	k := demo(t)
	admin := k.browser()
	admin.as(0)
	main, _ := admin.made("team")
	new := adminPath + "/accounts/new?main=" + main
	admin.in("zh", new).shows(t, "main", "在 team 下创建子帐号", main)
	if admin.get(new).Find("[name=admin]").Length() > 0 {
		t.Error("a sub-account may be made an administrator")
	}
	p := admin.sendForm(new, admin.get(new), "login", "account-a", "name", "")
	if p.status != http.StatusUnprocessableEntity {
		t.Errorf("bad input answers %d", p.status)
	}
	p.shows(t, "main", "Create a sub-account of team", main)
	p = admin.sendForm(new, p, "login", "team-1", "name", "Team one", "password", "secret-of-one", "repeat", "secret-of-one")
	if p.status != http.StatusSeeOther {
		t.Fatalf("making a sub-account answers %d: %s", p.status, p.text("[role=alert]"))
	}
	sub := p.location()
	admin.get(sub).shows(t, "main", "Sub-account", main)
	admin.get(adminPath+"/accounts/"+main).shows(t, "main", "team-1", "Create sub-account")
	list := admin.get(adminPath + "/accounts").Find("main tbody tr").Text()
	if at, of := strings.Index(list, "team-1"), strings.Index(list, "team"); at < 0 || of > at {
		t.Errorf("the list shows %q", list)
	}
	one := k.browser()
	if p := one.signIn("team-1", "secret-of-one"); p.location() != homePath {
		t.Fatalf("signing in answers %d: %s", p.status, p.text("[role=alert]"))
	}
	ask := adminPath + "/accounts/" + main + "/disable"
	admin.sendForm(ask, admin.get(ask))
	if p := one.get(homePath); p.status != http.StatusSeeOther {
		t.Errorf("the session of a closed account's sub-account goes on: %d", p.status)
	}
	if p := one.in("en", "/login"); p.status != http.StatusOK {
		t.Errorf("the login page answers %d", p.status)
	}
	p = one.signIn("team-1", "secret-of-one")
	if p.status != http.StatusUnprocessableEntity {
		t.Errorf("signing in to a closed account's sub-account answers %d", p.status)
	}
	p.shows(t, "[role=alert]", "The main account of this sub-account is disabled")
	for _, bad := range []string{"1000000000000000", sub[strings.LastIndex(sub, "/")+1:]} {
		if p := admin.get(adminPath + "/accounts/new?main=" + bad); p.status != http.StatusNotFound {
			t.Errorf("the form for sub-accounts of %s answers %d", bad, p.status)
		}
	}
}

// TestSubAccountOnAWhitelist: ZIL-06, ZIL-08: its ID is refused with the ID to
// enter instead, in both languages, and no list offers it.
func TestSubAccountOnAWhitelist(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	accounts, err := l.k.engine.DemoAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sub := accounts[2].ID
	at := "/aliyun/eu-central-1/endpoint-services/" + s.ID + "?tab=grants"
	for lang, want := range map[string]string{"zh": "子帐号的 ID", "en": "is a sub-account's ID"} {
		l.header = http.Header{"Accept-Language": {lang}}
		p := l.post(at, "account", sub)
		if p.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", lang, p.status)
		}
		p.shows(t, "main", want, accounts[0].ID)
		if p.Find(`main datalist option[value="`+sub+`"], main select option[value="`+sub+`"]`).Length() > 0 {
			t.Errorf("%s: the sub-account is offered", lang)
		}
	}
}
