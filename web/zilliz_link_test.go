package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
)

// ZIL-04, ZIL-06, ZIL-07: the dialog has the document's labels and notices, says
// at the field what is wrong with an account, and shows the verified ones.
func TestLinkDialog(t *testing.T) {
	l := zillizSide(demo(t))
	at := l.at("/private-links/new")
	l.get("/login?lang=zh")
	p := l.get(at + "?region=cn-hangzhou")
	dialog := p.Find("dialog#create[open][data-modal]")
	if got := dialog.Find("h2").First().Text(); got != "创建私网连接" {
		t.Errorf("the dialog is called %q", got)
	}
	for _, label := range []string{
		"云服务提供商", "云服务地域", "主帐号 ID", "添加", "终端节点实例ID", "创建",
		"请确保主账号 ID 验证通过，如下图所示。否则，在创建终端节点时，您将无法查看到 Zilliz Cloud 的终端节点服务。",
		"主账号 ID 验证通过后，请不要关闭 Zilliz Cloud 窗口。",
	} {
		if !strings.Contains(dialog.Text(), label) {
			t.Errorf("the dialog misses %s", label)
		}
	}
	l.get("/login?lang=en")
	for account, want := range map[string]string{
		"": "#f-account", "123": "16 digits", "1000000000000000": "Not verified",
	} {
		p := l.post(at, "do", "add", "provider", "aliyun", "region", "cn-hangzhou", "account", account, "endpoint", "ep-kept")
		said := p.text("#f-account-err")
		if p.status != 422 || want[0] != '#' && !strings.Contains(said, want) || p.Find("#f-account[aria-invalid=true]").Length() != 1 {
			t.Errorf("account %q answers %d: %s", account, p.status, said)
		}
		if p.Find("#f-account").AttrOr("value", "") != account || p.Find("#f-endpoint").AttrOr("value", "") != "ep-kept" {
			t.Errorf("account %q: what was typed is gone", account)
		}
	}
	b := l.b.Account().ID
	// Enter in the field of the account adds it.
	if p := l.post(at, "do", "enter", "provider", "aliyun", "region", "cn-hangzhou", "account", b, "endpoint", ""); p.status != 303 {
		t.Fatalf("adding answers %d %s", p.status, p.text("#errors"))
	}
	p = l.get(at + "?region=cn-hangzhou")
	if got := p.text(".verified"); !strings.Contains(got, b) || !strings.Contains(got, "Verified") {
		t.Errorf("the dialog says of the account: %q", got)
	}
	if p := l.post(at, "do", "add", "provider", "aliyun", "region", "cn-hangzhou", "account", b); p.status != 422 {
		t.Errorf("adding it twice answers %d", p.status)
	}
	if p := l.post(at, "remove", b, "provider", "aliyun", "region", "cn-hangzhou"); p.status != 303 {
		t.Errorf("removing it answers %d", p.status)
	}
	if p := l.get(at + "?region=cn-hangzhou"); p.Find(".verified").Length() != 0 {
		t.Error("it is still there")
	}
}

// TestLinkPlace: ZIL-05: 集群信息 of a cluster shows its 地域, and a link is made
// at the cluster's provider and region: others are told at their fields.
func TestLinkPlace(t *testing.T) {
	l := zillizSide(demo(t))
	for lang, want := range map[string][3]string{"zh": {"集群信息", "地域", "华东 1（杭州）"}, "en": {"Cluster information", "Region", "China (Hangzhou)"}} {
		l.get("/login?lang=" + lang)
		area := l.get(l.at("/clusters/" + l.hangzhou.ID)).Find("main section").FilterFunction(func(_ int, s *goquery.Selection) bool {
			return strings.TrimSpace(s.Find("h2").First().Text()) == want[0]
		})
		fact := area.Find("dl > div").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.TrimSpace(s.Find("dt").Text()) == want[1] })
		if got := fact.Find("dd").Text(); !strings.Contains(got, want[2]) || !strings.Contains(got, "cn-hangzhou") {
			t.Errorf("%s of the cluster says %s: %q", want[0], want[1], got)
		}
	}
	l.get("/login?lang=en")
	at, account := l.at("/private-links/new"), l.a.Account().ID
	for _, wrong := range []struct{ field, provider, region, says string }{
		{"provider", "aws", "cn-hangzhou", "is not one of the choices"},
		{"region", "aliyun", "cn-shenzhen", "has no cluster in China (Shenzhen)"},
	} {
		for _, do := range []string{"add", "create"} {
			p := l.post(at, "do", do, "provider", wrong.provider, "region", wrong.region, "account", account, "endpoint", "ep-kept")
			if p.status != 422 || !strings.Contains(p.problem(wrong.field), wrong.says) {
				t.Errorf("%s at %s in %s answers %d %q", do, wrong.provider, wrong.region, p.status, p.problem(wrong.field))
			}
		}
	}
	if p := l.post(at, "do", "add", "provider", "aliyun", "region", "cn-hangzhou", "account", account); p.status != 303 {
		t.Errorf("the cluster's own place answers %d %s", p.status, p.text("#errors"))
	}
}

// ZIL-09: closing the dialog loses nothing, and the list leads back to it; so
// does a window that was closed without a word.
func TestLinkDraft(t *testing.T) {
	l := zillizSide(demo(t))
	at := l.at("/private-links/new")
	l.post(at, "do", "add", "provider", "aliyun", "region", "cn-hangzhou", "account", l.b.Account().ID)
	if p := l.post(at, "do", "close", "provider", "aliyun", "region", "cn-hangzhou", "endpoint", "ep-half"); p.location() != l.at("/private-links") {
		t.Fatalf("closing leads to %d %s", p.status, p.location())
	}
	p := l.get(l.at("/private-links"))
	row := p.text("main tbody tr")
	if !strings.Contains(row, "Draft") || !strings.Contains(row, "ep-half") || !strings.Contains(row, "Continue") {
		t.Errorf("the list says %q", row)
	}
	href := p.Find("main tbody td.ops a").AttrOr("href", "")
	if got := l.get(href).Find("#f-endpoint").AttrOr("value", ""); got != "ep-half" {
		t.Errorf("the dialog has %q", got)
	}
	if p := l.post(l.at("/private-links/draft"), "provider", "aliyun", "region", "cn-hangzhou", "endpoint", "ep-whole"); p.status != http.StatusNoContent {
		t.Fatalf("keeping answers %d", p.status)
	}
	if got := l.get(href).Find("#f-endpoint").AttrOr("value", ""); got != "ep-whole" {
		t.Errorf("the dialog has %q", got)
	}
	// ZIL-03: opened from a cluster's page, it leads back there.
	cluster := l.get(l.at("/clusters/" + l.beijing.ID))
	from := cluster.Find(`main a[href*="/private-links/new"]`).AttrOr("href", "")
	if got := l.get(from).text("h1"); got != "docs-beijing" {
		t.Errorf("the dialog is over %q", got)
	}
	if p := l.post(at, "do", "close", "region", "cn-beijing", "cluster", l.beijing.ID); p.location() != l.at("/clusters/"+l.beijing.ID) {
		t.Errorf("closing leads to %s", p.location())
	}
}

// ZIL-09 to ZIL-11, X-12, X-13, X-15: wrong endpoint IDs are told at the field;
// the right one makes the link, whose page has prefix, name and both records.
func TestLinkCreated(t *testing.T) {
	l := zillizSide(demo(t))
	at := l.at("/private-links/new")
	l.ok(l.a.AddLinkAccount(t.Context(), cloud.LinkPlace{Project: l.project, Provider: cloud.Aliyun, Region: "cn-hangzhou"}, l.a.Account().ID))
	for _, id := range []string{"", "nonsense", "ep-bp100000000000000000"} {
		p := l.post(at, "do", "create", "provider", "aliyun", "region", "cn-hangzhou", "endpoint", id)
		if p.status != 422 || p.Find("#f-endpoint[aria-invalid=true]").Length() != 1 || p.Find("#f-endpoint").AttrOr("value", "") != id {
			t.Errorf("endpoint %q answers %d %s", id, p.status, p.text("#errors"))
		}
	}
	e := l.endpoint(l.a)
	if got := l.get(at + "?region=cn-hangzhou").text("#waiting"); !strings.Contains(got, e.ID) {
		t.Errorf("the dialog does not offer the endpoint that waits: %q", got)
	}
	p := l.post(at, "do", "enter", "provider", "aliyun", "region", "cn-hangzhou", "account", "", "endpoint", e.ID)
	if p.status != 303 {
		t.Fatalf("it answers %d %s", p.status, p.text("#errors"))
	}
	p = l.get(p.location())
	said := p.text("main")
	name := l.hangzhou.ID + "-privatelink.ali-cn-hangzhou.vectordb.zilliz.com.cn:19530"
	for _, want := range []string{e.ID, "Pending", "is being created", l.hangzhou.ID + "-privatelink", name, "ali-cn-hangzhou.vectordb.zilliz.com.cn", "CNAME"} {
		if !strings.Contains(said, want) {
			t.Errorf("the page misses %q", want)
		}
	}
	v, err := l.a.Endpoint(t.Context(), e.ID)
	l.ok(err)
	for id, at := range map[string]string{v.Zones[0].ID: "/private-links/" + lastLink(l), l.hangzhou.ID: "/clusters/" + l.hangzhou.ID} {
		l.ok(l.k.engine.Observe(t.Context(), []cloud.Observation{{ID: id, Account: v.Account, Bound: true, Problem: cloud.ZoneProblem}}))
		if said := l.get(l.at(at)).text("main .banner"); !strings.Contains(said, "the zone has failed") || strings.Contains(said, "has failed:") {
			t.Errorf("%s says of a failed zone: %q", at, said)
		}
	}
	if v.Decision != cloud.Allowed || !strings.Contains(said, v.Domain) {
		t.Errorf("the endpoint is %s; its domain is told: %t", v.Decision, strings.Contains(said, v.Domain))
	}
	if n := p.Find(`main a[href^="/aliyun/cn-hangzhou/private-zones/"]`).Length(); n != 2 {
		t.Errorf("%d links lead to PrivateZone", n)
	}
	if p := l.post(l.at("/private-links/" + lastLink(l) + "/delete")); p.status != 303 {
		t.Errorf("deleting answers %d", p.status)
	}
}

func lastLink(l *hosted) string {
	l.t.Helper()
	all, err := l.a.PrivateLinks(l.t.Context(), l.project)
	l.ok(err)
	return all[len(all)-1].ID
}

// ZIL-16: the settings icon closes and opens the public endpoint.
func TestPublicEndpoint(t *testing.T) {
	l := zillizSide(demo(t))
	at := l.at("/clusters/" + l.hangzhou.ID)
	if l.get(at).Find(`main a[href="`+at+`/public"] svg`).Length() != 1 {
		t.Fatal("there is no settings icon")
	}
	on := l.get(at+"/public").Find(`dialog input[name="on"]`).AttrOr("value", "")
	for range 2 {
		if p := l.post(at+"/public", "on", on); p.status != 303 {
			t.Fatalf("it answers %d", p.status)
		}
		k, err := l.a.Cluster(t.Context(), l.project, l.hangzhou.ID)
		l.ok(err)
		if k.Public != (on == "yes") {
			t.Errorf("after %s it is open: %t", on, k.Public)
		}
		on = map[string]string{"yes": "no", "no": "yes"}[on]
	}
}

// The top bar's search finds clusters, private links, projects and pages, also
// by the later documents' names.
func TestZillizSearch(t *testing.T) {
	l := zillizSide(demo(t))
	link := l.link()
	for typed, want := range map[string]string{
		"docs-beijing": "/clusters/" + l.beijing.ID, l.hangzhou.ID + "-privatelink.ali-cn-hangzhou": "/clusters/" + l.hangzhou.ID,
		link.Endpoint: "/private-links/" + link.ID, "docs": "/projects/" + l.project, "Private Endpoint": "/private-links", "Network > Private": "/private-links",
	} {
		p := l.get(zillizPath + "/search?all=1&q=" + strings.ReplaceAll(strings.ReplaceAll(typed, " ", "+"), ">", "%3E"))
		if p.status != 200 || p.Find(`main .hits a[href$="`+want+`"]`).Length() == 0 {
			t.Errorf("%q finds %q", typed, p.text("main"))
		}
	}
}
