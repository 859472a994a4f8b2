package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
)

const anyone = "iam:domain::1564ec50ef2a47c791ea5536353ed4b9" // the document's

// TYD-04: the dialog 添加白名单记录 is as figure 2-11 has it; rows are added and
// removed by GETs with everything kept, and the counter counts down.
func TestWhitelistDialog(t *testing.T) {
	l := ctyunDemo(t)
	s := l.provide("web", "yes")
	tab := provided + "/" + s.ID + "?tab=grants"
	at := provided + "/" + s.ID + "/grants/new"
	if a := l.get(tab).Find(`a[href="` + at + `"]`); strings.TrimSpace(a.Text()) != "添加白名单记录" {
		t.Fatalf("权限管理 offers %q", a.Text())
	}
	p := l.get(at)
	dialog := p.Find("dialog[open]")
	if dialog.Length() != 1 || p.text("dialog h2") != "添加白名单记录" {
		t.Fatalf("the dialog is %q", p.text("dialog h2"))
	}
	p.shows(t, "dialog", "终端节点服务名称", s.Name, "继续添加", "您本次还可以添加49个授权账号")
	if got := p.text("dialog thead tr"); got != "授权账号ID操作" && got != "授权账号ID 操作" {
		t.Errorf("the table's head is %q", got)
	}
	if got := dialog.Find("tbody input").AttrOr("placeholder", ""); got != "iam:domain::domain_id" {
		t.Errorf("the placeholder is %q", got)
	}
	if got := p.text("dialog footer .btn-danger, dialog footer .btn-main"); got != "确定" {
		t.Errorf("the button is %q", got)
	}
	if got := p.Find(`dialog footer a`); strings.TrimSpace(got.Text()) != "取消" || got.AttrOr("href", "") != tab {
		t.Errorf("取消 leads to %q", got.AttrOr("href", ""))
	}
	if p.Find(`dialog button[name="drop"]`).Length() != 1 || !strings.Contains(p.text(`dialog button[name="drop"]`), "删除") {
		t.Error("the row has no 删除")
	}
	// Enter is 确定, not 删除.
	if b := p.Find("dialog form button[type=submit]").First(); b.AttrOr("name", "") != "" {
		t.Errorf("the first button is %q", b.Text())
	}

	more := func(name, value string, pairs ...string) *page {
		v := fields(p.Find("dialog form"), pairs...)
		v.Set(name, value)
		return l.get(at + "?" + v.Encode())
	}
	p = more("add", "1", "account.1", anyone)
	p.shows(t, "dialog", "您本次还可以添加48个授权账号")
	p = more("add", "1", "account.2", "typed")
	p = more("drop", "1")
	p.shows(t, "dialog", "您本次还可以添加48个授权账号")
	if got := p.Find(`[name="account.1"]`).AttrOr("value", ""); got != "typed" {
		t.Errorf("the first row is %q after another went", got)
	}
	many := url.Values{}
	for n := 1; n <= 50; n++ {
		many.Set("account."+strconv.Itoa(n), "iam:domain::a"+strconv.Itoa(n))
	}
	p = l.get(at + "?" + many.Encode())
	p.shows(t, "dialog", "您本次还可以添加0个授权账号")
	if p.Find(`button[name="add"]`).Length() != 0 {
		t.Error("a fifty-first account is offered")
	}
	en := l.k.browser()
	en.asIn(0, "ctyun")
	en.in("en", at).shows(t, "dialog", "Add Whitelist Record", "Endpoint Service Name", "Authorized Account ID", "You can add 49 more authorized accounts")
}

// TYD-05 to TYD-07, X-25: what is not iam:domain::domain_id or * is told at its
// row with everything kept; both ways to say everybody are one.
func TestWhitelistEntries(t *testing.T) {
	l := ctyunDemo(t)
	s := l.provide("web", "yes")
	at := provided + "/" + s.ID + "/grants/new"
	own := "iam:domain::" + l.own.DomainID
	for _, wrong := range []string{"iam:domain:x", "iam:domain::", "1564ec50ef2a47c791ea5536353ed4b9", "iam:domain::a b", "**", own} {
		p := l.post(at, "account.1", anyone, "account.2", wrong)
		if p.status != http.StatusUnprocessableEntity || p.problem("account.2") == "" || p.problem("account.1") != "" {
			t.Errorf("%q: %d, %q at the first, %q at the second", wrong, p.status, p.problem("account.1"), p.problem("account.2"))
		}
		if a, b := p.Find(`[name="account.1"]`).AttrOr("value", ""), p.Find(`[name="account.2"]`).AttrOr("value", ""); a != anyone || b != wrong {
			t.Errorf("%q: the rows became %q and %q", wrong, a, b)
		}
		if p.Find("dialog[open]").Length() != 1 {
			t.Errorf("%q: the dialog is gone", wrong)
		}
	}
	if p := l.post(at, "account.1", ""); p.problem("account.1") == "" {
		t.Error("an empty dialog is not refused")
	}
	p := l.post(at, "account.1", anyone, "account.2", "", "account.3", "iam:domain::*")
	if want := provided + "/" + s.ID + "?tab=grants"; p.location() != want {
		t.Fatalf("%d %s: %s", p.status, p.location(), p.text("#errors"))
	}
	tab := l.get(p.location())
	tab.shows(t, "main", "对所有账号开放", own, "本账号，默认在白名单里", anyone, "这里没有这个账号", "所有账号")
	rows := tab.Find("table tbody tr")
	if first := rows.First(); !strings.Contains(first.Text(), own) || first.Find("a").Length() != 0 {
		t.Errorf("the first row is %q, want the own account without a way to remove it", first.Text())
	}
	if p := l.post(provided+"/"+s.ID+"/grants/"+l.own.ID+"/remove", "x", "y"); p.status != http.StatusConflict {
		t.Errorf("removing the own account answers %d", p.status)
	}
	remove := rows.FilterFunction(func(_ int, r *goquery.Selection) bool { return strings.Contains(r.Text(), "所有账号") }).Find("a").AttrOr("href", "")
	q := l.get(remove)
	q.shows(t, "main", "把 * 从白名单移除")
	if p := l.press(remove, q); p.status != http.StatusSeeOther {
		t.Fatalf("removing * answers %d", p.status)
	}
	if strings.Contains(l.get(provided+"/"+s.ID+"?tab=grants").body, "对所有账号开放") {
		t.Error("it is still open to everyone")
	}
}

// TYD-03, TYD-08, EP-03: removing an account keeps its connections, says so,
// and offers to cut them with one click.
func TestWhitelistRemoval(t *testing.T) {
	l := ctyunDemo(t)
	s := l.provide("web", "yes")
	b, e := l.use(s)
	if err := l.caller.Allow(t.Context(), s.ID, e.ID, cloud.AllowInput{Auto: true}); err != nil {
		t.Fatal(err)
	}
	l.observed(b, e.ID, true)
	other := b.Account()
	at := provided + "/" + s.ID + "/grants/" + other.ID + "/remove"
	q := l.get(at)
	q.shows(t, "main", "把 iam:domain::"+other.DomainID+" 从白名单移除", "已经建立的连接继续运行")
	tab := l.follow(l.press(at, q))
	tab.shows(t, "main", "已经建立的连接不受影响", "账号B 已不在白名单里，它的 1 个终端节点还连着")
	if v, err := b.Endpoint(t.Context(), e.ID); err != nil || v.State != cloud.Accepted {
		t.Fatalf("the endpoint is %s, %v", v.State, err)
	}
	cut := tab.Find(`form[action$="/grants/` + other.ID + `/evict"]`)
	if got := strings.TrimSpace(cut.Find("button").Text()); got != "切断连接" {
		t.Fatalf("the button is %q", got)
	}
	done := l.follow(l.do(http.MethodPost, cut.AttrOr("action", ""), fields(cut)))
	done.shows(t, "main", "iam:domain::"+other.DomainID+" 的连接已切断")
	if strings.Contains(done.body, "已不在白名单里") {
		t.Error("it is still offered")
	}
	if v, err := b.Endpoint(t.Context(), e.ID); err != nil || v.Decision != cloud.Refused {
		t.Errorf("the decision is %s, %v", v.Decision, err)
	}
}
