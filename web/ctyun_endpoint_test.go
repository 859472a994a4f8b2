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

const ctyunEndpoints = ctyunPath + "/endpoints"

// whole is the form as the document's 2.2.2.3 fills it in.
func (l *south) whole(s cloud.Service, change ...string) url.Values {
	v := url.Values{"how": {cloud.ByName}, "servicename": {s.Name}, "vpc": {l.client.ID}, "vswitch": {l.subnet.ID}, "privatedomain": {"true"}}
	for i := 0; i+1 < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

func (l *south) confirm(v url.Values) *page {
	l.t.Helper()
	v.Set("step", "confirm")
	return l.get(ctyunEndpoints + "/new?" + v.Encode())
}

// TYE-01 to TYE-07: the form has the document's fields, in both languages.
func TestCtyunEndpointForm(t *testing.T) {
	l := ctyunSide(demo(t))
	for lang, want := range map[string][]string{
		"zh": {"区域", "广州 4", "不同区域的资源之间内网不互通", "计费方式", "按需计费", "服务类别", "云服务", "按名称查找服务", "选择服务", "内网域名", "创建内网域名", "虚拟私有云", "子网"},
		"en": {"Region", "Guangzhou 4", "Billing Mode", "Pay-per-use", "Service Category", "Cloud service", "Find a service by name", "Select Service", "Create a Private Domain Name", "VPC", "Subnet"},
	} {
		p := l.in(lang, ctyunEndpoints+"/new")
		p.shows(t, "main form", want...)
		if p.Find(`.foot button[name=step][value=confirm]`).Length() != 1 {
			t.Errorf("%s: no button leads to the confirmation", lang)
		}
	}
	p := l.in("zh", ctyunEndpoints+"/new?vpc="+l.client.ID)
	if got := p.text(".foot .btn-main"); got != "立即创建" {
		t.Errorf("the button is %q", got)
	}
	p.shows(t, `select[name=vpc]`, "vpcep-client(192.168.0.0/16)", "vpcep-server(192.168.0.0/16)") // TYE-07
	p.shows(t, `select[name=vswitch]`, "subnet-7ff8(192.168.0.0/24)")
	p.shows(t, `select[name=service]`, "cn.ctyun.cn-gzt.dns") // TYE-04
	if p.Find("select[name=service] option").Length() != 2 || p.Find("[name=servicename]").Length() != 0 {
		t.Error("a cloud service is not chosen from the operator's")
	}
	p = l.get(ctyunEndpoints + "/new?how=name")
	if p.Find("input[name=servicename]").Length() != 1 || p.Find("select[name=service]").Length() != 0 {
		t.Error("a private service is not found by its name")
	}
	p.shows(t, "main form", "服务名称", "验证")
	// A subnet that is not in the VPC is emptied, and the page says so.
	p = l.get(ctyunEndpoints + "/new?vpc=" + l.server.ID + "&vswitch=" + l.subnet.ID)
	p.shows(t, "main", "不在这个虚拟私有云里")
	for _, path := range []string{"/edit", "/groups", "/zones/new"} {
		e := l.endpoint(l.a, cloud.ByCloud, l.dns().Service, l.client, l.subnet)
		if p := l.get(ctyunEndpoints + "/" + e.ID + path); p.status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, p.status)
		}
	}
}

// TYE-02: 按需计费 is all there is, on the form, on 规格确认 and of the endpoint,
// whatever is sent; the form says what it means.
func TestCtyunBilling(t *testing.T) {
	l := ctyunSide(demo(t))
	s := l.offer("no")
	sent := l.whole(s, "billing", cloud.Subscription)
	words := map[string][3]string{
		"zh": {"计费方式", "按需计费", "后付费模式：按实际使用服务的时长计费，可以随时连接或断开"},
		"en": {"Billing Mode", "Pay-per-use", "postpaid: by the time in use, and you can connect and disconnect at any time"},
	}
	for lang, w := range words {
		p := l.in(lang, ctyunEndpoints+"/new")
		if got := p.only(w[0]); got != w[1] {
			t.Errorf("%s of the form is %q, want %q and nothing else", w[0], got, w[1])
		}
		p.shows(t, "main form", w[2])
		row := l.confirm(sent).Find("main tr").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), w[0]) })
		if got := row.Find("td").Text(); !strings.Contains(got, w[1]) {
			t.Errorf("the confirmation says %q of %s", got, w[0])
		}
	}
	l.do(http.MethodPost, ctyunEndpoints+"/new", sent)
	made, err := l.a.FindEndpoints(t.Context(), guangzhou, cloud.Find{})
	l.ok(err)
	if len(made.Items) != 1 {
		t.Fatalf("%d endpoints were made", len(made.Items))
	}
	for lang, w := range words {
		if got := l.in(lang, ctyunEndpoints+"/"+made.Items[0].ID).fact(w[0]); got != w[1] {
			t.Errorf("the endpoint's %s is %q, want %q", w[0], got, w[1])
		}
	}
}

// TYE-05: 验证 says 已找到服务 or 未找到服务, the latter in the same words for a
// service that is unknown, elsewhere or closed to the account.
func TestCtyunVerify(t *testing.T) {
	l := ctyunSide(demo(t))
	s := l.offer("yes")
	at := ctyunEndpoints + "/new?how=name&verify=1&servicename="
	p := l.in("zh", at+s.Name)
	if got := p.text(".banner.is-ok h2"); got != "已找到服务" {
		t.Errorf("验证 says %q", got)
	}
	p.shows(t, ".banner.is-ok", "TCP 80", "连接审批")
	if got := p.Find("[name=servicename]").AttrOr("value", ""); got != s.Name {
		t.Errorf("the name is now %q", got)
	}
	if got := l.in("en", at+s.Name).text(".banner.is-ok h2"); got != "Service found." {
		t.Errorf("Verify says %q", got)
	}
	l.get("/login?lang=zh")
	told := map[string]bool{}
	say := func(b *browser, path string) {
		p := b.get(path)
		if p.Find(".banner.is-ok").Length() > 0 {
			t.Errorf("%s is found", path)
		}
		told[p.text("#f-servicename-err")] = true
	}
	say(l.browser, at+"cn-gz4.nonsense")
	say(l.browser, at+"cn.ctyun.cn-gzt.dns") // a cloud service is none of these
	say(l.browser, strings.Replace(at, guangzhou, "cn-sh4", 1)+s.Name)
	other := l.k.browser()
	other.asIn(1, "ctyun")
	other.get("/login?lang=zh")
	say(other, at+s.Name)
	if len(told) != 1 {
		t.Errorf("what is not found is told apart: %v", told)
	}
	for text := range told {
		if !strings.HasPrefix(text, "未找到服务") || !strings.Contains(text, "区域") || !strings.Contains(text, "服务名称") {
			t.Errorf("验证 says %q", text)
		}
	}
	if got := l.get(at).text("#f-servicename-err"); got == "" {
		t.Error("nothing was typed, and 验证 says nothing")
	}
	// On the whitelist, it is found at once (TYD-05).
	l.ok(l.a.AddGrants(t.Context(), s.ID, []string{cloud.DomainPrefix + l.b.Account().DomainID}))
	if got := other.get(at + s.Name).text(".banner.is-ok h2"); got != "已找到服务" {
		t.Errorf("on the whitelist, 验证 says %q", got)
	}
}

// TYE-08, TYE-09: 立即创建 leads to 规格确认 with everything listed, 上一步 back
// with the values kept, 提交 to the list with 任务提交成功; sent twice it makes one.
func TestCtyunConfirm(t *testing.T) {
	l := ctyunSide(demo(t))
	s := l.offer("yes")
	l.get("/login?lang=zh")
	p := l.confirm(l.whole(s))
	if p.status != http.StatusOK || p.text("h1") != "规格确认" {
		t.Fatalf("立即创建 answers %d %q: %s", p.status, p.text("h1"), p.text("#errors"))
	}
	p.shows(t, "main form", "广州 4", "按需计费", "按名称查找服务", s.Name, "接口终端节点", "创建内网域名", "vpcep-client(192.168.0.0/16)", "subnet-7ff8(192.168.0.0/24)", "待接受", "TCP 80")
	var buttons []string
	for _, b := range p.Find(".foot .btn").EachIter() {
		buttons = append(buttons, strings.TrimSpace(b.Text()))
	}
	if !slices.Equal(buttons, []string{"提交", "上一步", "取消"}) {
		t.Errorf("the buttons are %v", buttons)
	}
	have := func() int {
		found, err := l.a.FindEndpoints(t.Context(), guangzhou, cloud.Find{})
		l.ok(err)
		return found.Total
	}
	if have() != 0 {
		t.Error("the confirmation has made an endpoint")
	}
	sent := fields(p.Find("main form"))
	back := l.get(ctyunEndpoints + "/new?" + sent.Encode())
	if back.text("h1") != "创建终端节点" || back.Find(`[name=servicename]`).AttrOr("value", "") != s.Name ||
		back.Find(`[name=privatedomain][checked]`).Length() != 1 || back.Find(`[name=vswitch] option[selected]`).AttrOr("value", "") != l.subnet.ID {
		t.Errorf("上一步 loses something: %s", back.text("main form"))
	}
	for range 2 {
		if p = l.do(http.MethodPost, ctyunEndpoints+"/new", sent); p.status != http.StatusSeeOther || p.location() != ctyunEndpoints {
			t.Fatalf("提交 answers %d %s: %s", p.status, p.location(), p.text("#errors"))
		}
	}
	if n := have(); n != 1 {
		t.Errorf("sent twice it made %d endpoints", n)
	}
	l.get(ctyunEndpoints).shows(t, "main", "任务提交成功")
}

// TYE-01, TYE-08: what is wrong is told on the form at its field, and nothing
// that was typed is lost; so it is when the last button finds something wrong.
func TestCtyunRefused(t *testing.T) {
	l := ctyunSide(demo(t))
	s := l.offer("no")
	l.get("/login?lang=zh")
	for _, c := range []struct {
		field string
		form  url.Values
	}{
		{"servicename", l.whole(s, "servicename", "cn-gz4.nonsense")},
		{"servicename", l.whole(s, "servicename", "")},
		{"service", l.whole(s, "how", "cloud")},
		{"vpc", l.whole(s, "vpc", "")},
		{"vswitch", l.whole(s, "vswitch", "")},
		{"vswitch", l.whole(s, "vpc", l.server.ID)},
	} {
		for _, p := range []*page{l.confirm(c.form), l.do(http.MethodPost, ctyunEndpoints+"/new", c.form)} {
			if p.status != http.StatusUnprocessableEntity || p.text("h1") != "创建终端节点" || p.text("#f-"+c.field+"-err") == "" {
				t.Errorf("%s: %d %q %q", c.field, p.status, p.text("h1"), p.text("#errors"))
			}
			if p.Find(`#errors a[href="#f-`+c.field+`"]`).Length() != 1 {
				t.Errorf("%s is not named at the top: %s", c.field, p.text("#errors"))
			}
			if p.Find("[name=privatedomain][checked]").Length() != 1 {
				t.Errorf("%s: the tick is lost", c.field)
			}
		}
	}
}

// TYE-13 to TYE-15: the list shows the state with its documented meaning, is
// searched by one of two conditions, and deletes in a dialog with 确定.
func TestCtyunEndpointList(t *testing.T) {
	l := ctyunSide(demo(t))
	s := l.offer("yes")
	mine := l.endpoint(l.a, cloud.ByName, s, l.client, l.subnet)
	dns := l.endpoint(l.a, cloud.ByCloud, l.dns().Service, l.client, l.subnet)
	p := l.in("zh", ctyunEndpoints)
	p.shows(t, "thead", "ID", "终端节点服务名称", "虚拟私有云", "类型", "状态", "创建时间", "操作")
	p.shows(t, "tbody", s.Name, "cn.ctyun.cn-gzt.dns", "接口终端节点", "vpcep-client", "创建中", "终端节点正在与终端节点服务进行连接", "删除")
	if p.Find(`tbody th a[href="`+ctyunEndpoints+"/"+mine.ID+`"]`).Length() != 1 {
		t.Error("the ID does not lead to the endpoint's page")
	}
	if got := options(p.Find(`form.tools select[name=by]`)); !slices.Equal(got, []string{"", cloud.ByServiceName, cloud.ByID}) {
		t.Errorf("the conditions are %v", got)
	}
	l.get("/login?lang=en")
	for query, want := range map[string][]string{
		"by=servicename&q=beta":                {mine.ID},
		"by=servicename&q=cn.ctyun":            {dns.ID},
		"by=servicename&q=" + mine.ID:          nil,
		"by=id&q=" + mine.ID[:8]:               {mine.ID},
		"by=id&q=cn.ctyun":                     nil,
		"status=creating":                      {dns.ID, mine.ID},
		"status=accepted":                      nil,
		"by=servicename&q=beta&status=pending": nil,
	} {
		p := l.get(ctyunEndpoints + "?" + query)
		var got []string
		for _, code := range p.Find("tbody th code").EachIter() {
			got = append(got, code.Text())
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s finds %v, want %v", query, got, want)
		}
	}
	at := ctyunEndpoints + "/" + mine.ID + "/delete"
	p = l.in("zh", at)
	if p.text("dialog h2") != "删除终端节点" || p.text("dialog footer .btn-danger") != "确定" || p.Find("table tbody tr").Length() != 2 {
		t.Errorf("deleting asks %q", p.text("dialog"))
	}
	if p = l.do(http.MethodPost, at, fields(p.Find("dialog form"))); p.status != http.StatusSeeOther || p.location() != ctyunEndpoints {
		t.Errorf("确定 answers %d %s", p.status, p.location())
	}
	l.get(ctyunEndpoints+"?status=deleting").shows(t, "tbody", mine.ID, "正在删除终端节点")
}

// the words of the document's chapter 3 find the page too, and the
// cloud's service leads to its form.
func TestCtyunSearch(t *testing.T) {
	l := ctyunSide(demo(t))
	l.get("/login?lang=zh")
	for _, path := range []string{"/search?q=", "/search/suggest?q="} {
		p := l.get(ctyunPath + path + url.QueryEscape("购买终端节点"))
		if !strings.Contains(p.body, ctyunEndpoints+`/new"`) {
			t.Errorf("%s does not lead to 创建终端节点: %s", path, p.text("body"))
		}
	}
	s := l.dns()
	p := l.get(ctyunPath + "/search?all=1&q=cn.ctyun.cn-gzt.dns")
	href, _ := p.Find(`main .hits a`).Attr("href")
	p = l.get(href)
	if got := p.Find("select[name=service] option[selected]").AttrOr("value", ""); got != s.ID {
		t.Errorf("the service's hit leads to %s, where %q is chosen", href, got)
	}
}
