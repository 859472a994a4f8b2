package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestZillizGuideZH and TestZillizGuideEN walk the guide of Zilliz Cloud's
// private link as it is written, across its two consoles, in two browsers at
// once: the customer's at Alibaba Cloud and one at Zilliz Cloud (ZIL-01 to
// ZIL-16, EP-02, EP-03, EP-11, PVZ-01 to PVZ-10, X-12, X-13).
func TestZillizGuideZH(t *testing.T) {
	t.Parallel()
	zillizGuide(t, "zh", false)
}

// TestZillizGuideEN is the guide in English; the record of the document is
// tried first.
func TestZillizGuideEN(t *testing.T) {
	t.Parallel()
	zillizGuide(t, "en", true)
}

func zillizGuide(t *testing.T, lang string, trap bool) {
	lab := newLab(t)
	customer := open(t, reader{Lab: lab, Lang: lang, Account: accountA})
	saas := open(t, reader{Lab: lab, Lang: lang, Account: accountA, Zilliz: true}).zilliz()

	c := saas.clusters().open("cluster-1")
	id, at := c.id(), c.endpoint()
	zone := "ali-cn-hangzhou.vectordb.zilliz.com.cn"
	if want := id + "-privatelink." + zone + ":19530"; at != want {
		t.Fatalf("the cluster is to be found at %q, want %q", at, want)
	}
	host, port, _ := strings.Cut(at, ":")

	// 获取阿里云主帐号 ID, 设置私网连接参数. Before, there is no service to choose.
	main := customer.mainAccountID()
	customer.region(customer.word("华东 1（杭州）", "China (Hangzhou)"))
	customer.sellsNothing()
	d := c.createLink()
	d.add(main)
	d.cancel() // which loses nothing

	// 创建终端节点实例, in two zones, with a group and vSwitches made on the way.
	ep, domain := customer.zillizEndpoint("zilliz", port)
	e := endpoint{customer}
	e.state("状态（终端节点）", "Status (endpoint)", "可用", "Available")
	e.state("连接状态", "Connection status", "已断开", "Disconnected")
	customer.stays()

	// 创建私网连接: the other browser follows.
	d = saas.privateLinks().resume()
	link := d.create(ep)
	e.state("连接状态", "Connection status", "已连接", "Connected")
	customer.stayed()
	link.created()
	link.sees(id + "-privatelink")

	// 创建并设置私域解析, and what the record of the document does.
	curl, dig := "curl http://"+at+"/", "dig "+host
	answers := func(where instance) bool { return strings.Contains(where.run(curl), id+"\n") }
	if answers(customer.instance("app-hz")) {
		t.Error("the name leads to the cluster before there is a record")
	}
	if trap {
		literal := id + "." + id + "." + zone
		customer.privateZones().add(id+"."+zone, "VPC-HZ")
		customer.privateZones().records(id+"."+zone).alias(id, literal, domain)
		customer.sees(host)
		ecs := customer.instance("app-hz")
		if said := ecs.run("dig " + literal); !strings.Contains(said, domain) {
			t.Errorf("the record of the document does not resolve as it says:\n%s", said)
		}
		if answers(ecs) {
			t.Error("the record of the document gives the cluster its name")
		}
	}
	customer.privateZones().add(zone, "VPC-HZ")
	customer.privateZones().records(zone).alias(id+"-privatelink", host, domain)
	ecs := customer.instance("app-hz")
	if !answers(ecs) {
		t.Errorf("%s does not answer:\n%s", curl, ecs.run(curl))
	}
	if said := ecs.run(dig); !strings.Contains(said, domain) || !strings.Contains(said, "10.30.") {
		t.Errorf("%s:\n%s", dig, said)
	}

	// And from no other VPC.
	customer.region(customer.word("德国（法兰克福）", "Germany (Frankfurt)"))
	ecs = customer.instance("ECS1")
	if answers(ecs) || strings.Contains(ecs.run(dig), "10.30.") {
		t.Error("another VPC knows the cluster")
	}

	// Deleted at Zilliz Cloud, the endpoint is where it was before.
	saas.privateLinks().open(ep).delete()
	customer.region(customer.word("华东 1（杭州）", "China (Hangzhou)"))
	customer.endpoints().open("zilliz").state("连接状态", "Connection status", "已断开", "Disconnected")
}

// mainAccountID is 主帐号 ID as the account's page shows it (ZIL-08).
func (p *page) mainAccountID() string {
	p.t.Helper()
	p.press(p.word(p.Account.zh+" 的菜单", "Menu of "+p.Account.en))
	p.click(p.Locator("#me-menu").GetByRole("link", playwright.LocatorGetByRoleOptions{Name: starts(p.word("账号信息", "Account"))}))
	id := instance{p}.fact("主帐号 ID", "Main account ID")
	if !regexp.MustCompile(`^\d{16}$`).MatchString(id) {
		p.t.Errorf("主帐号 ID is %q, want 16 digits", id)
	}
	return id
}

// sellsNothing: before the account is verified, nothing is to be chosen under
// 选择可用服务 (EP-03, ZIL-06).
func (p *page) sellsNothing() {
	p.t.Helper()
	p.endpoints().press(p.word("创建终端节点", "Create Endpoint"))
	p.radio(p.word("怎么找", "How to find it"), p.word("选择可用服务", "Select Service"))
	p.update()
	if n, err := p.field(p.word("可用服务", "Service")).Locator("option[value^=epsrv]").Count(); err != nil || n != 0 {
		p.t.Errorf("%d services can be chosen before the account is verified (%v)", n, err)
	}
}

// zillizEndpoint is 创建终端节点实例: its ID and its 默认服务域名.
func (p *page) zillizEndpoint(name, port string) (id, domain string) {
	p.t.Helper()
	e := p.endpoints()
	e.press(e.word("创建终端节点", "Create Endpoint"))
	e.heading("创建终端节点", "Create Endpoint")
	e.fill(e.word("节点名称", "Endpoint Name"), name)
	e.sees(e.word("接口终端节点", "Interface"))
	e.radio(e.word("怎么找", "How to find it"), e.word("选择可用服务", "Select Service"))
	e.update()
	service := e.field(e.word("可用服务", "Service"))
	if _, err := service.SelectOption(playwright.SelectOptionValues{Indexes: &[]int{1}}); err != nil {
		e.t.Fatalf("choose the service on %s: %v", e.URL(), err)
	}
	e.update()
	e.sees(e.word("提供方Zilliz Cloud", "Provider Zilliz Cloud"))
	e.choose(e.word("专有网络", "VPC"), "VPC-HZ")
	e.update()
	e.tick(e.word("新建安全组", "Create a new security group"))
	e.update()
	e.fill(e.word("安全组名称", "Security group name"), "sg-zilliz")
	e.radio(e.word("入方向规则", "Inbound rules"), e.word("这个服务的端口，加 ICMP", "The ports of this service, and ICMP"))
	e.update()
	if got := e.control("newgroup.ports"); got != port {
		e.t.Errorf("the group is suggested for port %q", got)
	}
	e.press(e.word("添加可用区", "Add zone"))
	for n, letter := range []string{"J", "K"} {
		row := e.Locator(".zone").Nth(n)
		zone := row.GetByLabel(e.word("可用区", "Zone"), playwright.LocatorGetByLabelOptions{Exact: playwright.Bool(true)})
		e.chooseIn(zone, "zone", e.word("杭州 可用区 "+letter, "Hangzhou Zone "+letter))
		e.update()
		e.chooseIn(row.GetByLabel(e.word("交换机", "vSwitch"), playwright.LocatorGetByLabelOptions{Exact: playwright.Bool(true)}), "vSwitch", e.word("创建默认交换机…", "Create default vSwitch…"))
		e.update()
	}
	e.press(e.word("确定", "OK"))
	e.heading(name, name)
	return instance{p}.fact("终端节点实例 ID", "Endpoint ID"), endpoint{p}.addresses().domain
}
