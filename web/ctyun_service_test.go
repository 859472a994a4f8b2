package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
)

const provided = ctyunPath + "/endpoint-services"

// labels are the labels and legends of the page's form, in their order.
func labels(p *page) string {
	var out []string
	p.Find("main form.form").Find("label, .label, legend").Each(func(_ int, s *goquery.Selection) {
		s = s.Clone()
		s.Find("small").Remove()
		if !s.HasClass("choice") {
			out = append(out, strings.TrimSpace(s.Text()))
		}
	})
	return strings.Join(out, " ")
}

// TYS-01, TYS-04 to TYS-10, TYS-13: the form has the document's fields in the
// document's order, in both languages.
func TestCtyunServiceForm(t *testing.T) {
	l := ctyunDemo(t)
	p := l.get(provided + "/new?vpc=" + l.vpc.ID)
	want := "基本信息 区域 名称 虚拟私有云 服务类型 连接审批 端口映射 协议 服务端口 终端端口 后端资源 后端资源类型 选择负载均衡 安全组要放行 198.19.128.0/20 " +
		"高级设置 PROXY 协议" // not in the document
	if got := labels(p); got != want {
		t.Errorf("the form asks for\n%s, want\n%s", got, want)
	}
	p.shows(t, "main", "广州 4", "接口", "vpc-52411.1111(192.168.0.0/17)", "cn-gz4.名称.服务ID", "cn-gz4.服务ID", "增强型负载均衡", "您本次还可以添加49条端口映射", "最多用于 5 个终端节点服务")
	if got := p.text(".foot .btn-main"); got != "立即创建" {
		t.Errorf("the button is %q", got)
	}
	if got := p.Find(`input[name="approval"][checked]`).AttrOr("value", ""); got != "yes" {
		t.Errorf("连接审批 is %q at first, the sample says 开启", got)
	}
	en := l.in("en", provided+"/new?lang=en&backendtype=instance&vpc="+l.vpc.ID)
	for range 2 {
		if en.status == http.StatusSeeOther {
			en = l.get(en.location())
		}
	}
	en.shows(t, "main", "Region", "Name", "VPC", "Service Type", "Interface", "Connection Approval", "Port Mapping", "Protocol", "Service Port", "Endpoint Port", "Backend Resource Type", "Cloud Server", "Primary NIC")
}

// TYS-05: a service of one's own is of the type 接口 and of no other, on the
// form, in the list and on its page, whatever is sent.
func TestCtyunServiceType(t *testing.T) {
	l := ctyunDemo(t)
	sent := l.filled("name", "typed", "type", "gateway", "servicetype", "gateway")
	p := l.do(http.MethodPost, provided+"/new", sent)
	if p.status != http.StatusSeeOther {
		t.Fatalf("the form answers %d: %s", p.status, p.text("#errors"))
	}
	made, err := l.caller.FindServices(t.Context(), guangzhou, cloud.Find{Words: "typed"})
	if err != nil || len(made.Items) != 1 {
		t.Fatalf("the services are %+v: %v", made.Items, err)
	}
	for lang, w := range map[string][2]string{"zh": {"服务类型", "接口"}, "en": {"Service Type", "Interface"}} {
		l.get("/login?lang=" + lang)
		if got := l.get(provided + "/new").only(w[0]); got != w[1] {
			t.Errorf("%s of the form is %q, want %q and nothing else", w[0], got, w[1])
		}
		if got := l.get(provided + "/" + made.Items[0].ID).fact(w[0]); got != w[1] {
			t.Errorf("the service's %s is %q, want %q", w[0], got, w[1])
		}
		if got := strings.TrimSpace(l.get(provided).Find(`main tbody td[data-label="` + w[0] + `"]`).Text()); got != w[1] {
			t.Errorf("the list says %q of %s, want %q", got, w[0], w[1])
		}
	}
}

// TYS-07, DESIGN idea 7: rows are added and removed, and choices fetched, by
// GETs of the same form with everything kept.
func TestCtyunMappingRows(t *testing.T) {
	l := ctyunDemo(t)
	at := provided + "/new"
	p := l.get(at + "?" + l.filled("name", "typed_1", "approval", "no").Encode())
	p = l.again(at, p, "add", "1")
	p.shows(t, "main", "您本次还可以添加48条端口映射")
	p = l.again(at, p, "add", "1", "protocol.2", "udp", "serviceport.2", "53", "port.2", "5353")
	p = l.again(at, p, "drop", "1", "serviceport.3", "99999", "port.3", "x")
	for name, want := range map[string]string{"name": "typed_1", "serviceport.1": "53", "port.1": "5353", "serviceport.2": "99999", "port.2": "x"} {
		if got := p.Find(`[name="`+name+`"]`).AttrOr("value", ""); got != want {
			t.Errorf("%s is %q after a row went, want %q", name, got, want)
		}
	}
	if got := p.Find(`select[name="protocol.1"] option[selected]`).AttrOr("value", ""); got != "udp" {
		t.Errorf("the first row's protocol is %q", got)
	}
	if p.Find(`[name="port.3"]`).Length() != 0 {
		t.Error("there are three rows after one was removed")
	}
	if got := p.Find(`input[name="approval"][checked]`).AttrOr("value", ""); got != "no" {
		t.Error("连接审批 was lost")
	}
	if got := p.Find(`select[name="balancer"] option[selected]`).AttrOr("value", ""); got != l.elb.ID {
		t.Error("the load balancer was lost")
	}

	full := l.filled()
	for n := 2; n <= 50; n++ {
		full.Set(fmt.Sprintf("protocol.%d", n), "tcp")
		full.Set(fmt.Sprintf("serviceport.%d", n), "8080")
		full.Set(fmt.Sprintf("port.%d", n), strconv.Itoa(1000+n))
	}
	p = l.get(at + "?" + full.Encode())
	p.shows(t, "main", "您本次还可以添加0条端口映射")
	if p.Find(`button[name="add"]`).Length() != 0 {
		t.Error("a fifty-first row is offered")
	}
	if p = l.do(http.MethodPost, at, full); p.status != http.StatusSeeOther {
		t.Errorf("fifty mappings: %d %s", p.status, p.text("main"))
	}
}

// TYS-02, TYS-07, TYS-09, TYS-10, X-21: each violation is told at its field,
// and everything typed is still there.
func TestCtyunServiceRefused(t *testing.T) {
	l := ctyunDemo(t)
	classic, err := l.caller.CreateBalancers(t.Context(), "cn-gz4", cloud.BalancerInput{
		Name: "old", VPC: l.vpc.ID, VSwitch: l.elb.VSwitch, Feature: cloud.Classic,
	})
	if err != nil {
		t.Fatal(err)
	}
	many := l.filled()
	for n := 2; n <= 51; n++ {
		many.Set(fmt.Sprintf("protocol.%d", n), "udp")
		many.Set(fmt.Sprintf("serviceport.%d", n), "8080")
		many.Set(fmt.Sprintf("port.%d", n), strconv.Itoa(1000+n))
	}
	twice := l.filled("protocol.2", "tcp", "serviceport.2", "9090", "port.2", "80")
	for name, c := range map[string]struct {
		form  url.Values
		field string
		says  string
	}{
		"17 characters":      {l.filled("name", "a1234567890123456"), "name", "最长 16 个字符"},
		"a dot":              {l.filled("name", "a.b"), "name", "下划线和中划线"},
		"no VPC":             {l.filled("vpc", ""), "vpc", ""},
		"no approval":        {l.filled("approval", ""), "approval", ""},
		"port 0":             {l.filled("port.1", "0"), "port.1", ""},
		"port 65536":         {l.filled("port.1", "65536"), "port.1", "65535"},
		"service port 0":     {l.filled("serviceport.1", "0"), "serviceport.1", ""},
		"service port 65536": {l.filled("serviceport.1", "65536"), "serviceport.1", "65535"},
		"no port":            {l.filled("port.1", ""), "port.1", ""},
		"a word":             {l.filled("port.1", "http"), "port.1", ""},
		"a protocol":         {l.filled("protocol.1", "icmp"), "protocol.1", ""},
		"a duplicate":        {twice, "port.2", "与第 1 条重复"},
		"the 51st":           {many, "port.51", "一次最多添加 50 条"},
		"no load balancer":   {l.filled("balancer", ""), "balancer", ""},
		"a classic one":      {l.filled("balancer", classic[0].ID), "balancer", "old 不是增强型负载均衡"},
		"no cloud server":    {l.filled("backendtype", "instance"), "instance", ""},
		"one of another VPC": {l.filled("backendtype", "instance", "instance", l.hosts["client-a"].ID), "instance", "不在所选的虚拟私有云里"},
		"no such NIC":        {l.filled("backendtype", "instance", "instance", l.hosts["web-1"].ID, "nic", "nothing"), "nic", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := l.do(http.MethodPost, provided+"/new", c.form)
			if p.status != http.StatusUnprocessableEntity {
				t.Fatalf("answers %d", p.status)
			}
			if got := p.problem(c.field); got == "" || !strings.Contains(got, c.says) {
				t.Errorf("at %s it says %q, not %q; the page: %s", c.field, got, c.says, p.text("#errors"))
			}
			for _, field := range []string{"name", "serviceport.1", "port.1"} {
				if got := p.Find(`input[name="`+field+`"]`).AttrOr("value", ""); got != c.form.Get(field) {
					t.Errorf("%s was %q and is now %q", field, c.form.Get(field), got)
				}
			}
		})
	}
	p := l.do(http.MethodPost, provided+"/new", many)
	if got := p.Find(`[name^="port."]`).Length(); got != 51 {
		t.Errorf("%d rows after the refusal, want all 51", got)
	}
	if all, err := l.caller.Services(t.Context(), "cn-gz4"); err != nil || len(all) > 0 {
		t.Errorf("something was made: %d, %v", len(all), err)
	}
	p = l.get(provided + "/new?vpc=" + l.vpc.ID)
	old := p.Find(`select[name="balancer"] option[value="` + classic[0].ID + `"]`)
	if _, off := old.Attr("disabled"); !off || !strings.Contains(old.Text(), "经典型") {
		t.Errorf("the classic load balancer is offered as %q", old.Text())
	}
}

// TYS-03, TYS-11, TYS-13: after 立即创建 the list shows the service by its
// generated name; five services may stand on one backend.
func TestCtyunServicesOnOneBackend(t *testing.T) {
	l := ctyunDemo(t)
	for n := range 5 {
		p := l.do(http.MethodPost, provided+"/new", l.filled("name", "web-"+strconv.Itoa(n)))
		if p.location() != provided {
			t.Fatalf("service %d: %d %s %s", n, p.status, p.location(), p.text("#errors"))
		}
	}
	list := l.get(provided)
	list.shows(t, "table", "web-0", "接口", "创建中", "vpc-52411.1111(192.168.0.0/17)", "elb-web")
	all, err := l.caller.Services(t.Context(), "cn-gz4")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if want := "cn-gz4." + s.Given + "." + s.ID; s.Name != want || !strings.Contains(list.text("table"), want) {
			t.Errorf("the list does not show %s", want)
		}
	}
	p := l.get(provided + "/new?vpc=" + l.vpc.ID)
	if got := p.Find(`option[value="` + l.elb.ID + `"]`).Text(); !strings.Contains(got, "5/5") {
		t.Errorf("the used up load balancer is offered as %q", got)
	}
	p = l.do(http.MethodPost, provided+"/new", l.filled("name", "sixth"))
	if got := p.problem("balancer"); !strings.Contains(got, "最多用于 5 个终端节点服务") {
		t.Errorf("the sixth service: %d %q", p.status, got)
	}
	if got := p.Find(`input[name="name"]`).AttrOr("value", ""); got != "sixth" {
		t.Errorf("the name became %q", got)
	}
}

// TYS-10: a service on a cloud server's secondary NIC.
func TestCtyunServiceOnSecondaryNIC(t *testing.T) {
	l := ctyunDemo(t)
	web := l.hosts["web-1"]
	nic, err := l.caller.AddNIC(t.Context(), web.ID, cloud.NICInput{VSwitch: web.VSwitch})
	if err != nil {
		t.Fatal(err)
	}
	form := l.filled("name", "", "backendtype", "instance", "instance", web.ID, "nic", nic.ID)
	p := l.get(provided + "/new?" + form.Encode())
	p.shows(t, `[role="radiogroup"]:has([name="nic"])`, "主网卡", web.IP.String(), "副网卡", nic.IP.String())
	// Another cloud server has other NICs: the choice is the primary one again.
	q := l.get(provided + "/new?" + l.filled("backendtype", "instance", "instance", l.hosts["web-2"].ID, "nic", nic.ID).Encode())
	if got := q.Find(`[name="nic"][checked]`).AttrOr("value", ""); got != cloud.PrimaryNIC {
		t.Errorf("the NIC of another cloud server is %q", got)
	}
	if p = l.press(provided+"/new", p); p.location() != provided {
		t.Fatalf("%d %s", p.status, p.text("#errors"))
	}
	all, err := l.caller.Services(t.Context(), "cn-gz4")
	if err != nil || len(all) != 1 {
		t.Fatal(len(all), err)
	}
	if want := "cn-gz4." + all[0].ID; all[0].Name != want {
		t.Errorf("without a name it is called %s, want %s", all[0].Name, want)
	}
	l.get(provided+"/"+all[0].ID).shows(t, "dl.block", "web-1", "副网卡", nic.IP.String())
}

// TYS-12, TYS-14, TYQ-01, TYQ-02: the form says what the judge's gates say at
// the chosen backend, before the service is there; one click adds the rule that
// a group lacks and keeps what was typed.
func TestCtyunSourceRule(t *testing.T) {
	l := ctyunOf(running(t, "127.76.0.0/14").k)
	at := provided + "/new"
	p := l.get(at + "?" + l.filled("name", "kept").Encode())
	p.shows(t, "main .field-wide", "2 处会拦截流量", "web-1", "192.168.0.21", "web-2", "192.168.0.22", "TCP 80 → 8080", "没有一条入方向规则允许来自 198.19.128.0/20 的 TCP 8080")
	add := p.Find(`button[name="open"]`)
	if add.Length() != 1 || add.AttrOr("formaction", "") != at+"/open" {
		t.Fatalf("%d buttons add the rule", add.Length())
	}
	v := fields(p.Find("main form.form").First())
	v.Set("open", add.AttrOr("value", ""))
	p = l.follow(l.do(http.MethodPost, at+"/open", v))
	p.shows(t, "main .field-wide", "都放行 198.19.128.0/20")
	if got := p.Find(`input[name="name"]`).AttrOr("value", ""); got != "kept" {
		t.Errorf("the name became %q", got)
	}
	p = l.get(at + "?" + l.filled("serviceport.1", "8081").Encode())
	p.shows(t, "main .field-wide", "1 处会拦截流量", "没有监听 TCP 8081")
	p = l.get(at + "?" + l.filled("backendtype", "instance", "instance", l.hosts["echo-1"].ID).Encode())
	p.shows(t, "main .field-wide", "都放行 198.19.128.0/20")
	if p.Find(`button[name="open"]`).Length() != 0 {
		t.Error("a rule that is there is offered")
	}
	// Of a cloud server's NICs each has its own groups.
	web := l.hosts["web-1"]
	g, err := l.caller.CreateSecurityGroup(t.Context(), "cn-gz4", cloud.GroupInput{VPC: web.VPC, Name: "sg-nic", Template: cloud.TemplateEmpty})
	if err != nil {
		t.Fatal(err)
	}
	nic, err := l.caller.AddNIC(t.Context(), web.ID, cloud.NICInput{VSwitch: web.VSwitch, Groups: []string{g.ID}})
	if err != nil {
		t.Fatal(err)
	}
	p = l.get(at + "?" + l.filled("backendtype", "instance", "instance", web.ID, "nic", nic.ID).Encode())
	p.shows(t, "main .field-wide", "1 处会拦截流量", nic.IP.String(), "给 sg-nic 添加规则")
	p = l.get(at + "?" + l.filled("port.1", "").Encode())
	p.shows(t, "main .field-wide", "填好一条端口映射后")

	// What is another account's is not checked, chosen or refused.
	accounts, err := l.k.engine.DemoAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := l.k.engine.As(accounts[1]).Instances(t.Context(), "cn-gz4", "")
	if err != nil || len(theirs) == 0 {
		t.Fatal(len(theirs), err)
	}
	foreign := l.filled("backendtype", "instance", "instance", theirs[0].ID)
	for _, p := range []*page{l.get(at + "?" + foreign.Encode()), l.do(http.MethodPost, at, foreign)} {
		if text := p.text("main .field-wide"); !strings.Contains(text, "后，这里检查") || p.Find("main .field-wide table").Length() != 0 {
			t.Errorf("%d: another account's instance is checked: %s", p.status, text)
		}
	}
}
