package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
)

const (
	servicePath  = homePath + "/endpoint-services"
	endpointPath = homePath + "/endpoints"
)

// offer makes an endpoint service over a CLB that listens on TCP 80, as
// [001] steps 1 to 3 do.
func (l *lab) offer() cloud.ServiceView {
	t := l.k.t
	t.Helper()
	b := l.buy()
	l.wire(b, "80")
	s, err := l.caller.CreateService(t.Context(), "eu-central-1", cloud.ServiceInput{
		Resources: []cloud.ResourceInput{{Zone: "eu-central-1b", Balancer: b.ID}}, AutoAccept: "no", Affinity: "yes",
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := l.caller.Service(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// join makes an endpoint to a service in VPC1.
func (l *lab) join(s cloud.ServiceView, name string) cloud.EndpointView {
	t := l.k.t
	t.Helper()
	e, err := l.caller.CreateEndpoint(t.Context(), "eu-central-1", cloud.EndpointInput{
		Name: name, How: cloud.BySelect, Service: s.ID, VPC: l.vpc1.ID, Groups: l.ecs["ECS1"].Groups,
		Zones: []cloud.ZoneInput{{Zone: "eu-central-1b", VSwitch: l.vswitch(l.vpc1)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return l.endpoint(e.ID)
}

func (l *lab) endpoint(id string) cloud.EndpointView {
	t := l.k.t
	t.Helper()
	v, err := l.caller.Endpoint(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// observe says that the data plane holds the endpoint's ports, and whether it
// listens on them.
func (l *lab) observe(id string, open bool) {
	t := l.k.t
	t.Helper()
	for _, z := range l.endpoint(id).Zones {
		o := cloud.Observation{ID: z.ID, Account: z.Account, Peer: z.Provider, Parent: id, Bound: true, Open: open}
		if err := l.k.engine.Observe(t.Context(), []cloud.Observation{o}); err != nil {
			t.Fatal(err)
		}
	}
}

// in reads the page in a language.
func (b *browser) in(lang, path string) *page {
	b.k.t.Helper()
	old := b.header
	b.header = http.Header{"Accept-Language": {lang}}
	defer func() { b.header = old }()
	return b.get(path)
}

// says fails unless the part of the page holds each of the texts.
func (p *page) shows(t *testing.T, selector string, want ...string) {
	t.Helper()
	got := strings.Join(strings.Fields(p.Find(selector).Text()), " ")
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%s does not say %q: %s", selector, w, got)
		}
	}
}

// submit posts the page's form by its main button, as it is with some fields
// changed.
func (l *lab) submit(p *page, change ...string) *page {
	l.k.t.Helper()
	form := p.Find("main form.form, main dialog form").Last()
	return l.do(http.MethodPost, form.AttrOr("action", ""), fields(form, change...))
}

// refresh sends the page's form by GET with some fields changed and, unless
// it is empty, the button of that name and value.
func (l *lab) refresh(p *page, name, value string, change ...string) *page {
	l.k.t.Helper()
	form := p.Find("main form.form").First()
	v := fields(form, change...)
	if name != "" {
		b := form.Find(`button[name="` + name + `"][value="` + value + `"]`)
		if b.Length() == 0 || b.AttrOr("formmethod", "") != "get" {
			l.k.t.Fatalf("there is no button %s=%s that fetches the form again", name, value)
		}
		v.Add(name, value)
	}
	return l.get(form.AttrOr("action", "") + "?" + v.Encode())
}

func options(s *goquery.Selection) []string {
	return s.Find("option").Map(func(_ int, o *goquery.Selection) string { return o.AttrOr("value", "") })
}

// EPS-01 to EPS-04, EPS-06, X-07, A.16: the page, the button and the fields
// carry the documents' labels in both languages.
func TestServiceLabels(t *testing.T) {
	l := tutorial(t)
	for lang, want := range map[string][]string{
		"en": {"Endpoints Service", "Create Endpoint Service", "Select Service Resource", "Automatically Accept Endpoint Connections", "Whether to Enable Zone Affinity", "Description", "OK"},
		"zh": {"终端节点服务", "创建终端节点服务", "选择服务资源", "自动接受连接请求", "支持可用区亲和性", "描述", "确定"},
	} {
		p := l.in(lang, servicePath)
		if got := p.text("h1"); got != want[0] {
			t.Errorf("%s: the page is called %q, the document says %q", lang, got, want[0])
		}
		p.shows(t, ".actions", want[1])
		p = l.in(lang, servicePath+"/new")
		p.shows(t, "main", want[1:]...)
		if got := p.text(".foot button.btn-main"); got != want[6] {
			t.Errorf("%s: the button is called %q, want %q", lang, got, want[6])
		}
		if p.text(`[role=radiogroup] small`) == "" {
			t.Errorf("%s: Yes and No have no help texts", lang)
		}
	}
	p := l.get(servicePath + "/new")
	for name, want := range map[string]string{"autoaccept": "no", "affinity": "yes"} { // in plain sight
		if got := p.Find(`input[name="`+name+`"][checked]`).AttrOr("value", ""); got != want {
			t.Errorf("%s is %q at first, want %q", name, got, want)
		}
	}
}

// EPS-01, EPS-09, CLB-15: the zone decides which CLBs can be chosen, and only
// those that support PrivateLink; rows come and go by GETs that keep the rest.
func TestServiceResourceRows(t *testing.T) {
	l := tutorial(t)
	web := l.buy()
	alone := l.buy("name", "clb-b-only", "zonetype", "single")
	l.buy("name", "clb-sub", "billing", "subscription")
	l.buy("name", "clb-public", "address", "internet")
	p := l.get(servicePath + "/new")
	if n := p.Find(`select[name="balancer.1"] option`).Length(); n != 1 {
		t.Errorf("%d CLBs to choose from before a zone is chosen", n-1)
	}
	p = l.refresh(p, "", "", "zone.1", "eu-central-1b", "description", "kept")
	if got := options(p.Find(`select[name="balancer.1"]`)); !slices.Equal(got, []string{"", web.ID, alone.ID}) {
		t.Errorf("Zone B offers %v", got)
	}
	p.shows(t, ".zone .hint", "clb-sub (subscription)", "clb-public (Internet-facing)")
	p = l.refresh(p, "add", "1", "balancer.1", web.ID, "autoaccept", "yes")
	if p.Find(`select[name="zone.2"]`).Length() != 1 || p.Find(`select[name="balancer.1"] option[selected]`).AttrOr("value", "") != web.ID {
		t.Error("adding a row loses the first one")
	}
	p = l.refresh(p, "drop", "1", "zone.2", "eu-central-1a", "balancer.2", web.ID)
	if p.Find(`select[name="zone.2"]`).Length() != 0 || p.Find(`select[name="zone.1"] option[selected]`).AttrOr("value", "") != "eu-central-1a" {
		t.Error("removing the first row does not keep the second")
	}
	if p.text("textarea") != "kept" || p.Find(`input[name="autoaccept"][checked]`).AttrOr("value", "") != "yes" {
		t.Error("changing rows loses what else was chosen")
	}
	// A choice that no longer fits is emptied, with a message.
	p = l.refresh(l.get(servicePath+"/new"), "", "", "zone.1", "eu-central-1a", "balancer.1", alone.ID)
	if got := p.Find(`select[name="balancer.1"] option[selected]`).AttrOr("value", ""); got != "" {
		t.Errorf("%s is still chosen in a zone it is not in", got)
	}
	p.shows(t, ".banner", "clb-b-only is not in the zone")
}

// EPS-05, EPS-06, EPS-07: after OK the list shows ID and name, the ID leads to
// the detail page with its tabs, and the owner is on the whitelist.
func TestServiceCreate(t *testing.T) {
	l := tutorial(t)
	b := l.buy()
	p := l.get(servicePath + "/new?zone.1=eu-central-1b")
	p = l.submit(p, "balancer.1", b.ID, "description", "the web servers")
	if p.status != http.StatusSeeOther {
		t.Fatalf("OK answers %d: %s", p.status, p.text("#errors"))
	}
	made := p.location()
	id := made[strings.LastIndex(made, "/")+1:]
	p = l.get(servicePath)
	if got := p.Find(`tbody th a[href="` + made + `"]`).Text(); got != id {
		t.Errorf("the list links %q, want the ID %s", got, id)
	}
	p.shows(t, "tbody", "com.aliyuncs.privatelink.eu-central-1."+id, "clb-web", "Available")
	p = l.get(made)
	p.shows(t, ".tabs", "Basics", "Endpoint Connections", "Service Resources", "Whitelist", "Attempts", "Audit trail")
	p.shows(t, "main", "com.aliyuncs.privatelink.eu-central-1."+id, "the web servers", "has no listener")
	l.get(made+"?tab=grants").shows(t, "tbody", l.caller.Account().ID, "added automatically")
	l.in("zh", made+"?tab=connections").shows(t, "main", "终端节点连接", "还没有终端节点连接")
	if got := l.get(servicePath+"?q="+id[:9]).Find("tbody tr").Length() + l.get(servicePath+"?q=nothing").Find("tbody tr").Length(); got != 1 {
		t.Errorf("two searches find %d services, want 1", got)
	}
}

// EPS-04, EPS-09, CLB-15: wrong input and forged posts are refused at the
// field, and nothing typed is lost.
func TestServiceRefused(t *testing.T) {
	l := tutorial(t)
	web, public := l.buy(), l.buy("name", "clb-public", "address", "internet")
	sub := l.buy("name", "clb-sub", "billing", "subscription")
	good := []string{"zone.1", "eu-central-1b", "balancer.1", web.ID, "autoaccept", "no", "affinity", "yes", "description", "fine"}
	for field, wrong := range map[string][]string{
		"zone.1":      {"zone.1", ""},
		"balancer.1":  {"balancer.1", ""},
		"autoaccept":  {"autoaccept", ""},
		"affinity":    {"affinity", "perhaps"},
		"description": {"description", "https://example.com"},
	} {
		form := url.Values{}
		for i := 0; i < len(good); i += 2 {
			form.Set(good[i], good[i+1])
		}
		form.Set(wrong[0], wrong[1])
		p := l.do(http.MethodPost, servicePath+"/new", form)
		id := "f-" + strings.ReplaceAll(field, ".", "-")
		if p.status != http.StatusUnprocessableEntity || p.Find("#"+id+"-err").Length() != 1 {
			t.Errorf("%s: %d, %q", field, p.status, p.text("#errors"))
		}
		if field != "description" && p.text("textarea") != "fine" {
			t.Errorf("%s: the description is lost", field)
		}
	}
	for want, b := range map[string]cloud.BalancerView{"Internet-facing": public, "subscription": sub} {
		p := l.post(servicePath+"/new", "zone.1", "eu-central-1b", "balancer.1", b.ID, "autoaccept", "no", "affinity", "yes")
		if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text("#f-balancer-1-err"), want) {
			t.Errorf("a forged post of %s answers %d %q", b.Name, p.status, p.text("#f-balancer-1-err"))
		}
	}
	p := l.post(servicePath+"/new", "zone.1", "eu-central-1a", "balancer.1", l.buy("name", "clb-one", "zonetype", "single").ID, "autoaccept", "no", "affinity", "yes")
	if p.status != http.StatusUnprocessableEntity || p.Find("#f-zone-1-err").Length() != 1 {
		t.Errorf("a CLB outside the zone is answered %d", p.status)
	}
}

// EPS-05, EPS-07: the whitelist takes account IDs and says what is wrong with
// others; only accounts on it can choose the service (EP-03).
func TestServiceWhitelist(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	at := servicePath + "/" + s.ID + "?tab=grants"
	other := l.k.browser()
	b := other.as(1)
	if p := other.get(endpointPath + "/new?how=select"); strings.Contains(p.text("main"), s.ID) {
		t.Error("an account that is not on the whitelist can choose the service")
	}
	for value, want := range map[string]string{"": "Needs a value", "12ab": "16 digits", "1999999999999999": "no account", l.caller.Account().ID: "already"} {
		p := l.post(at, "account", value)
		if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text("#f-account-err"), want) {
			t.Errorf("%q: %d %q", value, p.status, p.text("#f-account-err"))
		}
		if got := p.Find("#f-account").AttrOr("value", ""); got != value {
			t.Errorf("%q is lost, the field holds %q", value, got)
		}
	}
	p := l.get(at)
	fill := p.Find(`main a[href*="account=` + b.ID + `"]`)
	if got := l.get(fill.AttrOr("href", "")).Find("#f-account").AttrOr("value", ""); got != b.ID {
		t.Errorf("the offered account is not filled in: %q", got)
	}
	if p := l.post(at, "account", " "+b.ID+" "); p.status != http.StatusSeeOther {
		t.Fatalf("adding B answers %d %s", p.status, p.text("#errors"))
	}
	if p := other.get(endpointPath + "/new?how=select"); !strings.Contains(p.text("main"), s.ID) {
		t.Error("an account on the whitelist cannot choose the service")
	}
	remove := servicePath + "/" + s.ID + "/grants/" + b.ID + "/remove"
	l.get(remove).shows(t, "main", b.ID, "existing endpoints stay")
	if p := l.post(remove); p.status != http.StatusSeeOther || l.get(at).Find("tbody tr").Length() != 1 {
		t.Errorf("removing B answers %d", p.status)
	}
}

// REQUIREMENTS B.3: a service with connected endpoints or resources cannot be
// deleted, and the page names them and leads there; resources likewise.
func TestServiceDelete(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	e := l.join(s, "web-from-vpc1")
	at := servicePath + "/" + s.ID
	if err := l.caller.Allow(t.Context(), s.ID, e.ID, cloud.AllowInput{Auto: true}); err != nil {
		t.Fatal(err)
	}
	l.observe(e.ID, true)
	l.get(at+"/delete").shows(t, "main", "web-from-vpc1", "First deny", "Go to Endpoint Connections")
	if p := l.post(at + "/delete"); p.status != http.StatusConflict {
		t.Errorf("deleting a connected service answers %d", p.status)
	}
	resource := at + "/resources/eu-central-1b/" + s.Resources[0].Balancer + "/remove"
	l.get(resource).shows(t, "main", "web-from-vpc1")
	if p := l.post(resource); p.status != http.StatusConflict {
		t.Errorf("removing a resource in use answers %d", p.status)
	}
	if err := l.caller.Deny(t.Context(), s.ID, e.ID); err != nil {
		t.Fatal(err)
	}
	l.observe(e.ID, false)
	l.get(at+"/delete").shows(t, "main", "clb-web", "Go to Service Resources")
	if p := l.post(resource); p.status != http.StatusSeeOther {
		t.Errorf("removing a free resource answers %d: %s", p.status, p.text("main"))
	}
	l.get(at+"/delete").shows(t, "main", "1 endpoint that is not connected")
	if p := l.post(at + "/delete"); p.status != http.StatusSeeOther || l.get(at).status != http.StatusNotFound {
		t.Errorf("deleting answers %d", p.status)
	}
	l.get(endpointPath+"/"+e.ID).shows(t, ".states", "Service deleted")
}

// A service can be changed, and resources added, with the same checks.
func TestServiceEdit(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	at := servicePath + "/" + s.ID
	p := l.get(at + "/edit")
	if got := p.Find(`input[name="autoaccept"][checked]`).AttrOr("value", ""); got != "no" {
		t.Errorf("the form shows %q", got)
	}
	if p := l.submit(p, "description", "x"); p.status != http.StatusUnprocessableEntity || p.text("textarea") != "x" {
		t.Errorf("a description of one letter answers %d", p.status)
	}
	if p := l.submit(p, "autoaccept", "yes", "description", "open to all on the list"); p.status != http.StatusSeeOther {
		t.Errorf("OK answers %d", p.status)
	}
	l.get(at).shows(t, "main", "Automatically Accept Endpoint ConnectionsYes", "open to all on the list")
	b := s.Resources[0].Balancer
	p = l.get(at + "/resources/new?zone=eu-central-1b")
	if p := l.submit(p, "balancer", b); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text("#f-balancer-err"), "already") {
		t.Errorf("the same resource twice answers %d %q", p.status, p.text("#f-balancer-err"))
	}
	p = l.get(at + "/resources/new?zone=eu-central-1a")
	if p := l.submit(p, "balancer", b); p.status != http.StatusSeeOther {
		t.Errorf("the backup zone answers %d %s", p.status, p.text("#errors"))
	}
	l.get(at+"?tab=resources").shows(t, "tbody", "Frankfurt Zone A", "Frankfurt Zone B", "TCP 80")
}

// COM-03: another account's service is not there.
func TestServiceOfAnotherAccount(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	other := l.k.browser()
	other.as(1)
	for _, path := range []string{"", "/edit", "/delete", "/resources/new", "?tab=connections"} {
		if p := other.get(servicePath + "/" + s.ID + path); p.status != http.StatusNotFound {
			t.Errorf("%s answers %d to another account", path, p.status)
		}
	}
	if p := other.post(servicePath+"/"+s.ID+"?tab=grants", "account", "1999999999999999"); p.status != http.StatusNotFound {
		t.Errorf("another account's whitelist answers %d", p.status)
	}
}
