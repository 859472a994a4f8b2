package e2e

import (
	"regexp"
	"strings"

	"github.com/playwright-community/playwright-go"
)

// vpceps is the page 终端节点 of ctyun.
type vpceps struct{ *page }

func (p *page) vpceps() vpceps {
	p.t.Helper()
	p.nav("终端节点", "Endpoints")
	p.heading("终端节点", "VPC Endpoints")
	return vpceps{p}
}

// purchase is what one chooses in 创建终端节点: a cloud service by its name in the
// list, or any other by the name that its provider tells.
type purchase struct {
	cloud, service string
	domain         bool // 创建内网域名
	vpc, subnet    string
}

// fillPurchase opens the form and fills it in; a service by name is verified.
func (e vpceps) fillPurchase(o purchase) {
	e.t.Helper()
	e.press(e.word("创建终端节点", "Create VPC Endpoint"))
	e.heading("创建终端节点", "Create VPC Endpoint")
	how := e.word("服务类别", "Service Category")
	if o.cloud != "" {
		e.radio(how, e.word("云服务", "Cloud service"))
		e.choose(e.word("选择服务", "Select Service"), o.cloud)
	} else {
		e.radio(how, e.word("按名称查找服务", "Find a service by name"))
		e.update()
		e.verify(o.service)
		e.sees(e.word("已找到服务", "Service found."))
	}
	if o.domain {
		e.tick(e.word("创建内网域名", "Create a Private Domain Name"))
	}
	e.choose(e.word("虚拟私有云", "VPC"), o.vpc)
	e.update()
	e.choose(e.word("子网", "Subnet"), o.subnet)
}

// verify is 服务名称 with its button 验证 (TYE-05).
func (e vpceps) verify(name string) {
	e.t.Helper()
	e.fill(e.word("服务名称", "Service Name"), name)
	e.press(e.word("验证", "Verify"))
}

// create is 创建终端节点, 规格确认 and 提交, and answers the ID of what stands
// in the list then, in this state (TYE-01 to TYE-09, TYE-12).
func (e vpceps) create(o purchase, zh, en string) string {
	e.t.Helper()
	e.fillPurchase(o)
	e.press(e.word("立即创建", "Create Now"))
	e.heading("规格确认", "Confirm Details")
	e.press(e.word("提交", "Submit"))
	e.heading("终端节点", "VPC Endpoints")
	e.sees(e.word("任务提交成功", "Request submitted."))
	return e.made(o, zh, en)
}

// made is the ID of the endpoint for a purchase, once it is in this state.
func (e vpceps) made(o purchase, zh, en string) string {
	e.t.Helper()
	e.comes(e.row(o.service+o.cloud).GetByText(e.word(zh, en), exactly()))
	id, err := e.row(o.service + o.cloud).GetByRole("rowheader").GetByRole("link").InnerText()
	if err != nil {
		e.t.Fatal(err)
	}
	return strings.TrimSpace(id)
}

// open opens an endpoint by its ID.
func (e vpceps) open(id string) vpcep {
	e.t.Helper()
	e.pressIn(e.row(id), id)
	e.heading(id, id)
	return vpcep{e.page}
}

// vpcep is one endpoint's page.
type vpcep struct{ *page }

// fact is 节点 IP or 内网域名 (TYE-10).
func (e vpcep) fact(zh, en string) string {
	e.t.Helper()
	sheet := e.GetByRole("region", playwright.PageGetByRoleOptions{Name: e.word("访问方式", "How to access it")})
	row := sheet.Locator("div").Filter(playwright.LocatorFilterOptions{
		Has: e.GetByText(e.word(zh, en), playwright.PageGetByTextOptions{Exact: playwright.Bool(true)}),
	}).Last()
	text, err := row.Locator("code").First().InnerText()
	if err != nil {
		e.t.Fatalf("no %q on %s: %v", e.word(zh, en), e.URL(), err)
	}
	return strings.TrimSpace(text)
}

func (e vpcep) ip() string     { e.t.Helper(); return e.fact("节点 IP", "Node IP") }
func (e vpcep) domain() string { e.t.Helper(); return e.fact("内网域名", "Private Domain Name") }

// here is where a port of the endpoint is on this host.
func (e vpcep) here(protocol, port string) string {
	e.t.Helper()
	sheet := e.GetByRole("region", playwright.PageGetByRoleOptions{Name: e.word("端口在这台主机上的位置", "Where its ports are on this host")})
	row := sheet.GetByRole("row").Filter(playwright.LocatorFilterOptions{
		HasText: regexp.MustCompile(`:` + port + `\s+` + protocol),
	})
	var at string
	e.until("hold "+protocol+" "+port, func() bool {
		text, err := row.GetByRole("cell").First().Locator("code").InnerText(playwright.LocatorInnerTextOptions{Timeout: playwright.Float(500)})
		at = strings.TrimSpace(text)
		return err == nil
	})
	return at
}
