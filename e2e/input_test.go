package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// mistake is a form filled in wrongly.
type mistake struct {
	name string
	fill func(p *page)     // opens the form and fills it in
	in   [2]string         // the field in which Enter is pressed; empty: main is pressed
	main [2]string         // the main button
	at   [2]string         // the first field that is wrong
	want [2]string         // what stands at it
	kept map[string]string // what was typed, by name of the control
	get  bool              // a step of a wizard: a GET that stays where it is
	all  bool              // everything in the form is kept
}

const console = "/aliyun/eu-central-1"

// mistakes has one for each form of the tutorial (X-04, ALI-01, ALI-02,
// ALI-04, CLB-05, LSN-02, EPS-01, EP-01, EP-05, EP-06; issue 2, judged 8).
var mistakes = []mistake{
	{
		name: "VPC with host bits",
		fill: func(p *page) {
			p.visit(console + "/vpcs/new")
			p.fill(p.word("名称", "Name"), "VPC3")
			p.fill(p.word("专有网络网段", "VPC CIDR block"), "10.10.1.0/16")
		},
		in: [2]string{"名称", "Name"}, at: [2]string{"专有网络网段", "VPC CIDR block"},
		want: [2]string{"10.10.1.0/16 不是网段的起点，它在 10.10.0.0/16 里", "10.10.1.0/16 is not where a network begins; it lies in 10.10.0.0/16"},
		kept: map[string]string{"name": "VPC3", "cidr": "10.10.1.0/16"},
	},
	{
		name: "vSwitch outside its VPC",
		fill: func(p *page) {
			p.visit(console + "/vswitches/new")
			p.choose(p.word("专有网络", "VPC"), "VPC1")
			p.choose(p.word("可用区", "Zone"), p.word("法兰克福 可用区 B", "Frankfurt Zone B"))
			p.fill(p.word("名称", "Name"), "vsw-new")
			p.fill(p.word("交换机网段", "vSwitch CIDR block"), "10.0.0.0/24")
		},
		in: [2]string{"名称", "Name"}, at: [2]string{"交换机网段", "vSwitch CIDR block"},
		want: [2]string{"10.0.0.0/24 不在专有网络 VPC1 的网段 10.10.0.0/16 之内", "10.0.0.0/24 is outside 10.10.0.0/16, the CIDR block of VPC1"},
		kept: map[string]string{"name": "vsw-new", "cidr": "10.0.0.0/24"},
	},
	{
		name: "rule with a port that is none",
		fill: func(p *page) {
			p.visit(console)
			g := p.group("sg-vpc1")
			g.press(p.word("添加规则", "Add rule"))
			p.choose(p.word("协议类型", "Protocol"), "TCP")
			p.fill(p.word("端口范围", "Port range"), "70000")
			p.fill(p.word("授权对象", "Authorization object"), "10.10.2.0/24")
		},
		in: [2]string{"授权对象", "Authorization object"}, at: [2]string{"端口范围", "Port range"},
		want: [2]string{"要 1 到 65535 之间的整数，不是“70000”", "Needs a whole number from 1 to 65535, not “70000”"},
		kept: map[string]string{"ports": "70000", "peer": "10.10.2.0/24", "protocol": "tcp"},
	},
	{
		name: "instance outside its vSwitch",
		fill: func(p *page) {
			p.visit(console + "/instances/new")
			p.fill(p.word("名称", "Name"), "ECS9")
			p.choose(p.word("交换机", "vSwitch"), "vsw-vpc1-b")
			p.fill(p.word("私网 IP", "Private IP"), "10.0.0.182")
		},
		in: [2]string{"私网 IP", "Private IP"}, at: [2]string{"私网 IP", "Private IP"},
		want: [2]string{"10.0.0.182 不在交换机 vsw-vpc1-b 的网段 10.10.2.0/24 里", "10.0.0.182 is not in 10.10.2.0/24, the CIDR block of vSwitch vsw-vpc1-b"},
		kept: map[string]string{"name": "ECS9", "ip": "10.0.0.182"},
	},
	{
		name: "CLB with a name that is none",
		fill: func(p *page) {
			p.visit(console + "/load-balancers/new")
			p.fill(p.word("实例名称", "Instance Name"), "web & mail")
			p.choose(p.word("专有网络和交换机", "VPCId"), "VPC2")
			p.choose(p.word("交换机", "vSwitch"), "vsw-vpc2-b")
		},
		in: [2]string{"实例名称", "Instance Name"}, at: [2]string{"实例名称", "Instance Name"},
		want: [2]string{"要 1 到 80 个字符", "Use 1 to 80 letters"},
		kept: map[string]string{"name": "web & mail"},
	},
	{
		name: "listener with a port that is none",
		fill: func(p *page) {
			p.visit(console)
			p.balancers().configure("clb-web")
			p.fill(p.word("监听端口", "Listening Port"), "eighty")
			p.fill(p.word("监听名称", "Listener name"), "web")
		},
		in: [2]string{"监听名称", "Listener name"}, at: [2]string{"监听端口", "Listening Port"},
		want: [2]string{"要 1 到 65535 之间的整数，不是“eighty”", "Needs a whole number from 1 to 65535, not “eighty”"},
		kept: map[string]string{"port": "eighty", "name": "web"}, get: true,
	},
	{
		name: "service without a resource",
		fill: func(p *page) {
			p.visit(console + "/endpoint-services/new")
			p.fill(p.word("描述", "Description"), "my service")
		},
		main: [2]string{"确定", "OK"}, at: [2]string{"可用区", "Zone"},
		want: [2]string{"要选一个", "Choose one"},
		kept: map[string]string{"description": "my service"},
	},
	{
		name: "endpoint with a name that starts with a digit",
		fill: func(p *page) {
			p.visit(console + "/endpoints/new")
			p.fill(p.word("节点名称", "Endpoint Name"), "1st")
			p.fill(p.word("描述", "Description"), "my endpoint")
		},
		in: [2]string{"节点名称", "Endpoint Name"}, at: [2]string{"节点名称", "Endpoint Name"},
		want: [2]string{"要以字母或中文开头", "Start with a letter"},
		kept: map[string]string{"name": "1st", "description": "my endpoint"},
	},
	{
		name: "endpoint without a group and a zone",
		fill: func(p *page) {
			p.visit(console + "/endpoints")
			service := p.services().open().name()
			p.visit(console + "/endpoints/new")
			p.fill(p.word("节点名称", "Endpoint Name"), "second")
			p.fill(p.word("服务名称", "Endpoint service name"), service)
			p.choose(p.word("专有网络", "VPC"), "VPC1")
			p.sees(p.word("已找到服务", "Service found"))
		},
		in: [2]string{"节点名称", "Endpoint Name"}, at: [2]string{"安全组", "Security Groups"},
		want: [2]string{"要选一个", "Choose one"},
		kept: map[string]string{"name": "second"},
	},
}

// TestWrongInput: what is wrong is said at the field, in the page's language;
// nothing typed is lost, the keyboard is at the first bad field, Enter is the
// main action and Back leads back (issue 2, judged 8; DESIGN idea 7).
func TestWrongInput(t *testing.T) {
	t.Parallel()
	zh, _ := built(t, reader{Lang: "zh"})
	en := open(t, reader{Lab: zh.Lab, Lang: "en", Account: accountA})
	for n, p := range []*page{zh, en} {
		for _, m := range mistakes {
			t.Run(m.name+" in "+p.Lang, func(t *testing.T) {
				was := p.t
				p.t = t
				defer func() { p.t = was }()
				m.check(p, n)
			})
		}
	}
	fixed(zh)
}

func (m mistake) check(p *page, n int) {
	p.t.Helper()
	m.fill(p)
	form := p.URL()
	var typed string
	if m.all {
		typed = p.typed().Encode()
	}
	res := p.navigation(func() error {
		if m.in[n] != "" {
			return p.field(m.in[n]).Press("Enter")
		}
		return p.called(p.Locator("body"), m.main[n]).First().Click()
	})
	if m.get && res.Request().Method() != http.MethodGet || !m.get && res.Request().Method() != http.MethodPost {
		p.t.Errorf("Enter sent %s %s", res.Request().Method(), res.URL())
	}
	if res.Status() != http.StatusUnprocessableEntity {
		p.t.Errorf("answers %d, want 422", res.Status())
	}
	if err := p.Locator("#errors").WaitFor(); err != nil {
		p.t.Fatalf("no summary of what is wrong: %v", err)
	}
	m.says(p, n)
	p.accessible()
	for name, value := range m.kept {
		if got := p.control(name); got != value {
			p.t.Errorf("%s is %q now, typed was %q", name, got, value)
		}
	}
	if m.all {
		if now := p.typed().Encode(); now != typed {
			p.t.Errorf("in the form is\n%s, typed was\n%s", now, typed)
		}
	}
	if _, err := p.GoBack(); err != nil {
		p.t.Fatal(err)
	}
	if path, _, _ := strings.Cut(form, "?"); !strings.HasPrefix(p.URL(), path) {
		p.t.Errorf("Back leads to %s, the form was at %s", p.URL(), form)
	}
	if ok, err := p.field(m.at[n]).IsVisible(); err != nil || !ok {
		p.t.Errorf("after Back the form is gone from %s (%v)", p.URL(), err)
	}
}

// navigation answers the first response to what makes the page go elsewhere.
func (p *page) navigation(act func() error) playwright.Response {
	p.t.Helper()
	got, err := p.ExpectEvent("response", act, playwright.PageExpectEventOptions{
		Predicate: func(r playwright.Response) bool { return r.Request().IsNavigationRequest() },
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return got.(playwright.Response)
}

// says checks that the keyboard is at the first bad field and that what is
// wrong is said there, also to a screen reader.
func (m mistake) says(p *page, n int) {
	p.t.Helper()
	// A page gives the keyboard away when it is first drawn.
	if _, err := p.WaitForFunction(`() => document.activeElement !== document.body`, nil); err != nil {
		p.t.Errorf("the keyboard is nowhere: %v", err)
	}
	out, err := p.Evaluate(`() => {
		const e = document.activeElement;
		const described = e.closest("[aria-describedby]");
		const ids = (described?.getAttribute("aria-describedby") ?? "").split(" ");
		const label = e.closest("[role=group],[role=radiogroup]")?.getAttribute("aria-labelledby");
		return {
			label: (label ? document.getElementById(label) : e.labels?.[0])?.textContent.trim() ?? e.outerHTML.slice(0, 200),
			invalid: e.getAttribute("aria-invalid") ?? "",
			said: ids.map(id => document.getElementById(id)?.textContent ?? "").join(" ").replace(/\s+/g, " "),
		};
	}`)
	if err != nil {
		p.t.Fatal(err)
	}
	got := map[string]string{}
	for k, v := range out.(map[string]any) {
		got[k] = fmt.Sprint(v)
	}
	if got["label"] != m.at[n] || got["invalid"] != "true" || !strings.Contains(got["said"], m.want[n]) {
		p.t.Errorf("the keyboard is at %q (invalid: %q), described by %q; want %q, described by %q",
			got["label"], got["invalid"], got["said"], m.at[n], m.want[n])
	}
}

// control is the value of a control by its name in the form.
func (p *page) control(name string) string {
	p.t.Helper()
	value, err := p.Locator("main form [name='" + name + "']:not([type=hidden])").First().InputValue()
	if err != nil {
		p.t.Errorf("no control %s on %s: %v", name, p.URL(), err)
	}
	return value
}

// fixed: the document's own wrong address, put right with one click.
func fixed(p *page) {
	p.t.Helper()
	m := mistakes[0]
	m.fill(p)
	p.press("创建")
	p.press("改成 10.10.0.0/16")
	p.until("put it right", func() bool { return p.control("cidr") == "10.10.0.0/16" })
	if got := p.control("name"); got != "VPC3" {
		p.t.Errorf("the name is %q after the fix, typed was VPC3", got)
	}
	p.press("创建")
	p.heading("VPC3", "VPC3")
}

// TestTypingGoesOn: what is typed while the choices that depend on another are
// still being fetched is not lost when they come (DESIGN idea 7).
func TestTypingGoesOn(t *testing.T) {
	t.Parallel()
	p := open(t, reader{Lang: "en", Account: accountA})
	p.visit(console + "/endpoints/new")
	come := make(chan struct{})
	if err := p.Route("**/endpoints/new?*", func(r playwright.Route) {
		go func() { // the handler runs where answers are read
			<-come
			_ = r.Continue()
		}()
	}); err != nil {
		t.Fatal(err)
	}
	p.choose("VPC", "VPC1")
	p.fill("Endpoint Name", "typed-meanwhile")
	p.fill("Description", "typed meanwhile, too")
	close(come)
	p.sees("sg-vpc1")
	for name, want := range map[string]string{"name": "typed-meanwhile", "description": "typed meanwhile, too"} {
		if got := p.control(name); got != want {
			t.Errorf("%s is %q after the choices came, typed was %q", name, got, want)
		}
	}
}
