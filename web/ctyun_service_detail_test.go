package web_test

import (
	"net/http"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// TYD-01, TYD-09: the page of a service has the document's facts and tabs; the
// mappings are there to read.
func TestCtyunServicePage(t *testing.T) {
	l := ctyunDemo(t)
	s := l.provide("web", "yes")
	p := l.get(provided + "/" + s.ID)
	p.shows(t, "nav.tabs", "基本信息", "连接管理", "权限管理", "端口映射")
	p.shows(t, "dl.block", "名称", "web", "状态", "创建中", "终端节点服务正在创建。", "服务类型", "接口", "虚拟私有云", "vpc-52411.1111(192.168.0.0/17)", "elb-web", "连接审批", "开启", "创建时间")
	if p.Find(`dl.block [data-copy="`+s.Name+`"]`).Length() != 1 {
		t.Error("the service name cannot be copied")
	}
	m := l.get(provided + "/" + s.ID + "?tab=mappings")
	m.shows(t, "table", "协议", "服务端口", "终端端口", "TCP", "8080", "80", "UDP", "53")
	if m.Find("main form, main table a, main table button").Length() != 0 {
		t.Error("the mappings can be changed")
	}
	for _, path := range []string{"/resources/new", "/edit?x=1"} {
		want := map[string]int{"/resources/new": http.StatusNotFound}[path]
		if got := l.get(provided + "/" + s.ID + path).status; want != 0 && got != want {
			t.Errorf("%s answers %d", path, got)
		}
	}
}

// TYS-12, TYQ-01, TYQ-02: the page of a service says which gates behind it stop
// its traffic; one click adds the rule that a group lacks, and what else stops
// it is led to.
func TestCtyunServiceCheck(t *testing.T) {
	l := ctyunOf(running(t, "127.96.0.0/14").k)
	s, in := l.provide("web", "yes"), "section:has(#sources)"
	at := provided + "/" + s.ID
	p := l.get(at)
	p.shows(t, in, "安全组要放行 198.19.128.0/20", "3 处会拦截流量", "TCP 80 → 8080", "没有一条入方向规则允许来自 198.19.128.0/20 的 TCP 8080", "没有监听 UDP 53")
	add := p.Find(in + ` form[action$="/open"]`)
	if add.Length() != 1 {
		t.Fatalf("%d buttons add the rule", add.Length())
	}
	group := add.Find("button").AttrOr("value", "")
	p = l.follow(l.do(http.MethodPost, add.AttrOr("action", ""), fields(add, "open", group)))
	p.shows(t, in, "1 处会拦截流量", "没有监听 UDP 53")
	if text := p.text(in); strings.Contains(text, "sg-backend") || p.Find(in+` a[href$="/load-balancers/`+l.elb.ID+`"]`).Length() == 0 {
		t.Errorf("after the rule was added: %s", text)
	}
	// A rule against the range is not mended by one more for it.
	if _, err := l.caller.AddRule(t.Context(), group, cloud.RuleInput{
		Direction: cloud.Ingress, Policy: cloud.Drop, Protocol: cloud.TCP, Ports: "8080", Peer: "198.19.130.0/24", Priority: "1",
	}); err != nil {
		t.Fatal(err)
	}
	p = l.get(at)
	p.shows(t, in, "3 处会拦截流量", "拒绝了来自 198.19.128.0/20 的 TCP 8080")
	if p.Find(in+` form[action$="/open"]`).Length() != 0 || p.Find(in+` a[href$="/security-groups/`+group+`"]`).Length() == 0 {
		t.Errorf("a drop rule is answered by: %s", p.text(in))
	}
}

// TYS-06: 连接审批 may be turned off and on later; who has not touched it leaves it
// as somebody else has set it.
func TestCtyunApproval(t *testing.T) {
	l := ctyunDemo(t)
	s := l.provide("web", "yes")
	at := provided + "/" + s.ID + "/edit"
	form := l.get(at)
	if got := form.Find(`[name="approval"][checked]`).AttrOr("value", ""); got != "yes" {
		t.Fatalf("连接审批 is %q", got)
	}
	stale := form
	if p := l.follow(l.press(at, form, "approval", "no")); !strings.Contains(p.text("dl.block"), "关闭") {
		t.Errorf("it was not turned off: %s", p.text("dl.block"))
	}
	if p := l.follow(l.press(at, stale)); !strings.Contains(p.text("dl.block"), "关闭") {
		t.Errorf("a form that showed 开启 and changed nothing turned it on again: %s", p.text("dl.block"))
	}
}

// TYD-02, X-27: 接受 and 拒绝 act at once on what is pending, ask before live
// traffic is cut, and say why they do nothing without approval.
func TestCtyunConnections(t *testing.T) {
	l := ctyunDemo(t)
	s := l.provide("web", "yes")
	b, e := l.use(s)
	tab := provided + "/" + s.ID + "?tab=connections"
	p := l.get(tab)
	p.shows(t, "table", e.ID, b.Account().DomainID, "账号B", "待接受")
	accept := p.Find(`form[action$="/` + e.ID + `/allow"]`)
	reject := p.Find(`form[action$="/` + e.ID + `/deny"]`)
	if accept.Find("button").Text() == "" || strings.TrimSpace(accept.Find("button").Text()) != "接受" || strings.TrimSpace(reject.Find("button").Text()) != "拒绝" {
		t.Fatalf("the row offers %q and %q", accept.Text(), reject.Text())
	}
	state := func(want cloud.State) {
		t.Helper()
		if v, err := b.Endpoint(t.Context(), e.ID); err != nil || v.State != want {
			t.Errorf("the endpoint is %s, want %s; %v", v.State, want, err)
		}
	}
	l.follow(l.do(http.MethodPost, reject.AttrOr("action", ""), fields(reject)))
	state(cloud.Rejected)
	p = l.get(tab)
	p.shows(t, "table", "已拒绝")
	accept = p.Find(`form[action$="/` + e.ID + `/allow"]`)
	l.follow(l.do(http.MethodPost, accept.AttrOr("action", ""), fields(accept)))
	l.observed(b, e.ID, true)
	state(cloud.Accepted)

	p = l.get(tab)
	p.shows(t, "table", "已接受")
	ask := p.Find(`a[href$="/`+e.ID+`/deny"]`).AttrOr("href", "")
	if ask == "" {
		t.Fatal("an accepted endpoint cannot be rejected")
	}
	dialog := l.get(ask)
	dialog.shows(t, "dialog[open]", "拒绝连接", e.ID, "账号B", "确定")
	form := dialog.Find("dialog form")
	l.follow(l.do(http.MethodPost, ask, fields(form)))
	l.observed(b, e.ID, false)
	state(cloud.Rejected)

	if _, err := l.caller.UpdateService(t.Context(), s.ID, cloud.ServiceInput{Approval: "no"}); err != nil {
		t.Fatal(err)
	}
	p = l.get(tab)
	if p.Find("td.ops button:not([disabled])").Length() != 0 || p.Find("td.ops button[disabled]").Length() != 2 {
		t.Error("the buttons are not off without approval")
	}
	p.shows(t, "main", "未开启连接审批", "不能接受或拒绝")
	if q := l.post(provided+"/"+s.ID+"/connections/"+e.ID+"/allow", "alloc", "auto"); q.status != http.StatusConflict || !strings.Contains(q.text("dialog"), "没有开启连接审批") {
		t.Errorf("accepting without approval: %d %s", q.status, q.text("dialog"))
	}
}

// TYD-10, X-18, X-23, X-26: 删除 asks in a dialog over the list; connected
// endpoints are named; what was deleted stays behind the filter 已删除.
func TestCtyunServiceDeletion(t *testing.T) {
	l := ctyunDemo(t)
	s := l.provide("web", "no")
	b, e := l.use(s)
	l.observed(b, e.ID, true)
	port := l.port(b, e.ID).ID
	at := provided + "/" + s.ID + "/delete"
	if a := l.get(provided).Find(`td.ops a[href="` + at + `"]`); strings.TrimSpace(a.Text()) != "删除" {
		t.Fatalf("the row offers %q", a.Text())
	}
	p := l.get(at)
	p.shows(t, "dialog[open]", "删除终端节点服务 web", s.Name, e.ID, "先拒绝这些连接")
	if p.Find("dialog footer button").Length() != 0 || p.Find("table tbody tr").Length() != 1 {
		t.Error("a service with connected endpoints has a button, or the list is not behind the dialog")
	}
	if q := l.post(at, "x", "y"); q.status != http.StatusConflict || !strings.Contains(q.text("dialog"), e.ID) {
		t.Errorf("deleting it all the same: %d %s", q.status, q.text("main"))
	}
	if err := b.DeleteEndpoint(t.Context(), e.ID); err != nil {
		t.Fatal(err)
	}
	if err := l.k.engine.Gone(t.Context(), port); err != nil {
		t.Fatal(err)
	}
	p = l.get(at)
	if got := p.text("dialog footer .btn-danger"); got != "确定" {
		t.Fatalf("the button is %q", got)
	}
	list := l.follow(l.do(http.MethodPost, at, fields(p.Find("dialog form"))))
	list.shows(t, "table", "web", "删除中")
	if list.Find(`td.ops a`).Length() != 0 {
		t.Error("a service that is being deleted can be deleted")
	}
	if err := l.k.engine.ServiceGone(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	if got := l.get(provided).Find("tbody tr").Length(); got != 0 {
		t.Errorf("%d services are left", got)
	}
	gone := l.get(provided + "?status=deleted")
	gone.shows(t, "table", s.Name, "已删除")
	if got := gone.Find(`select[name="status"] option[selected]`).Text(); got != "已删除" {
		t.Errorf("the filter says %q", got)
	}
	l.get(provided+"?status=deleted&q=nothing").shows(t, "main", "nothing")
}

// TYD-11: the list is narrowed down by each documented state and searched by
// name and backend, and says what the states mean.
func TestCtyunServiceList(t *testing.T) {
	l := ctyunDemo(t)
	first, second := l.provide("first", "yes"), l.provide("second", "yes")
	o := cloud.Observation{ID: second.ID, Account: second.Account, Bound: true}
	if err := l.k.engine.Observe(t.Context(), []cloud.Observation{o}); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"status=creating": first.ID, "status=available": second.ID, "status=failed": "", "q=first": first.ID, "q=" + second.ID: second.ID,
	} {
		p := l.get(provided + "?" + query)
		rows := p.Find("tbody tr")
		if want == "" && rows.Length() != 0 || want != "" && (rows.Length() != 1 || !strings.Contains(rows.Text(), want)) {
			t.Errorf("%s finds %d: %s", query, rows.Length(), rows.Text())
		}
	}
	for _, query := range []string{"q=elb-web", "q=192.168.0", "sort=-name"} {
		if got := l.get(provided + "?" + query).Find("tbody tr").Length(); got != 2 {
			t.Errorf("%s finds %d", query, got)
		}
	}
	p := l.get(provided)
	p.shows(t, "details", "创建中", "可连接", "失败", "删除中", "已删除", "终端节点服务正在创建。")
	if p.Find(`[role="tooltip"]`).Length() != 2 || p.Find("[data-live]").AttrOr("data-live", "") == "" {
		t.Error("states have no meanings, or the rows are not live")
	}
}

// COM-12: every page of a service is whole in both languages and speaks its own
// cloud's words.
func TestEveryPageOfCtyunService(t *testing.T) {
	l := ctyunDemo(t)
	s := l.provide("web", "yes")
	_, e := l.use(s)
	for _, lang := range []string{"zh", "en"} {
		c := crawl{b: l.browser, home: provided + "/" + s.ID, never: theirWords}
		l.get("/login?lang=" + lang)
		for _, path := range []string{
			"", "?tab=connections", "?tab=grants", "?tab=mappings", "?tab=charts", "?tab=attempts", "/grants/new", "/edit", "/delete",
			"/connections/" + e.ID + "/deny", "/connections/" + e.ID + "/allow",
		} {
			p := l.get(c.home + path)
			if p.status != http.StatusOK {
				t.Errorf("%s answers %d", path, p.status)
			}
			checkPage(t, path, lang, p)
			c.checkNever(t, c.home+path, p)
		}
		c.home = provided
		for _, path := range []string{"", "/new", "/new?backendtype=instance&vpc=" + l.vpc.ID, "?status=deleted"} {
			p := l.get(provided + path)
			checkPage(t, path, lang, p)
			c.checkNever(t, provided+path, p)
		}
	}
}
