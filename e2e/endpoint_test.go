package e2e

import (
	"strings"

	"github.com/playwright-community/playwright-go"
)

// endpoints is the page Endpoints / 终端节点.
type endpoints struct{ *page }

func (p *page) endpoints() endpoints {
	p.t.Helper()
	p.nav("终端节点", "Endpoints")
	p.heading("终端节点", "Endpoints")
	return endpoints{p}
}

// wish is what one types into Create Endpoint.
type wish struct{ name, service, vpc, group, vswitch, description string }

// create is step 4 of the tutorial, by the service's name (EP-01 to EP-07).
func (e endpoints) create(w wish) endpoint {
	e.t.Helper()
	e.press(e.word("创建终端节点", "Create Endpoint"))
	e.heading("创建终端节点", "Create Endpoint")
	e.fill(e.word("节点名称", "Endpoint Name"), w.name)
	e.radio(e.word("怎么找", "How to find it"), e.word("通过服务名称添加", "Add by Service Name"))
	e.update()
	e.fill(e.word("服务名称", "Endpoint service name"), w.service)
	e.choose(e.word("专有网络", "VPC"), w.vpc)
	e.update()
	e.tick(w.group)
	e.choose(e.word("可用区", "Zone"), e.word("法兰克福 可用区 B", "Frankfurt Zone B"))
	e.update()
	e.choose(e.word("交换机", "vSwitch"), w.vswitch)
	e.fill(e.word("描述", "Description"), w.description)
	e.press(e.word("确定", "OK"))
	e.heading(w.name, w.name)
	return endpoint{e.page}
}

// open opens an endpoint by its name.
func (e endpoints) open(name string) endpoint {
	e.t.Helper()
	e.pressIn(e.row(name), name)
	e.heading(name, name)
	return endpoint{e.page}
}

// endpoint is one endpoint's page.
type endpoint struct{ *page }

// state waits until one of the two states is this (EP-09).
func (e endpoint) state(zh, en, stateZH, stateEN string) {
	e.t.Helper()
	states := e.GetByRole("region", playwright.PageGetByRoleOptions{Name: e.word("状态", "Status"), Exact: playwright.Bool(true)})
	one := states.Locator("div").Filter(playwright.LocatorFilterOptions{
		Has: e.GetByRole("heading", playwright.PageGetByRoleOptions{Name: e.word(zh, en), Exact: playwright.Bool(true)}),
	}).Last()
	e.comes(one.GetByText(e.word(stateZH, stateEN), playwright.LocatorGetByTextOptions{Exact: playwright.Bool(true)}))
}

// addresses are the three kinds of address (EP-08).
type addresses struct{ domain, zone, ip string }

func (e endpoint) addresses() addresses {
	e.t.Helper()
	sheet := e.GetByRole("region", playwright.PageGetByRoleOptions{Name: e.word("三种地址", "Three kinds of address")})
	one := func(zh, en string) string {
		e.t.Helper()
		row := sheet.Locator("div").Filter(playwright.LocatorFilterOptions{
			Has: e.GetByText(e.word(zh, en), playwright.PageGetByTextOptions{Exact: playwright.Bool(true)}),
		}).Last()
		text, err := row.Locator("code").First().InnerText()
		if err != nil {
			e.t.Fatalf("no %q on %s: %v", e.word(zh, en), e.URL(), err)
		}
		return strings.TrimSpace(text)
	}
	return addresses{
		domain: one("终端节点域名", "Domain name of the endpoint"),
		zone:   one("终端节点可用区的域名", "Domain name of the zone"),
		ip:     one("终端节点网卡的 IP 地址", "IP address of the endpoint ENI"),
	}
}
