package e2e

import (
	"strings"

	"github.com/playwright-community/playwright-go"
)

// services is the page Endpoints Service / 终端节点服务.
type services struct{ *page }

func (p *page) services() services {
	p.t.Helper()
	p.nav("终端节点服务", "Endpoints Service")
	p.heading("终端节点服务", "Endpoints Service")
	return services{p}
}

// create is step 3 of the tutorial (EPS-01 to EPS-04).
func (s services) create(balancer, description string) service {
	s.t.Helper()
	s.press(s.word("创建终端节点服务", "Create Endpoint Service"))
	s.heading("创建终端节点服务", "Create Endpoint Service")
	s.choose(s.word("可用区", "Zone"), s.word("法兰克福 可用区 B", "Frankfurt Zone B"))
	s.update()
	s.choose(s.word("CLB 实例", "CLB instance"), balancer)
	s.radio(s.word("自动接受连接请求", "Automatically Accept Endpoint Connections"), s.word("否", "No"))
	s.radio(s.word("支持可用区亲和性", "Whether to Enable Zone Affinity"), s.word("是", "Yes"))
	s.fill(s.word("描述", "Description"), description)
	s.press(s.word("确定", "OK"))
	s.sees(s.word("已创建", "is created"))
	return service{s.page}
}

// open opens the service at this place of the list by its ID.
func (s services) open() service {
	s.t.Helper()
	s.click(s.GetByRole("row").GetByRole("link", playwright.LocatorGetByRoleOptions{Name: "epsrv-"}))
	return service{s.page}
}

// service is one endpoint service's page.
type service struct{ *page }

func (s service) tab(zh, en string) {
	s.t.Helper()
	tabs := s.GetByRole("navigation", playwright.PageGetByRoleOptions{Name: s.word("终端节点服务的各页", "Pages of the endpoint service")})
	s.click(tabs.GetByRole("link", playwright.LocatorGetByRoleOptions{Name: starts(s.word(zh, en))}))
}

// name is the service's name, which consumers type.
func (s service) name() string {
	s.t.Helper()
	text, err := s.GetByText("com.aliyuncs.privatelink.").First().InnerText()
	if err != nil {
		s.t.Fatalf("no service name on %s: %v", s.URL(), err)
	}
	return strings.TrimSpace(text)
}

// allow is step 5 for an endpoint: tab, Allow, dialog, OK (ACC-01, ACC-02).
func (s service) allow(endpoint string) {
	s.t.Helper()
	s.tab("终端节点连接", "Endpoint Connections")
	s.pressIn(s.row(endpoint), s.word("允许", "Allow"))
	s.confirm(endpoint)
}

// confirm is the dialog Allow Connection. The Chinese document ticks a choice
// first, the English one only says OK.
func (s service) confirm(endpoint string) {
	s.t.Helper()
	dialog := s.GetByRole("dialog", playwright.PageGetByRoleOptions{Name: s.word("允许连接", "Allow Connection")})
	if s.Lang == "zh" {
		s.check(dialog.GetByRole("radio", playwright.LocatorGetByRoleOptions{Name: "允许连接并自动分配服务资源"}))
	}
	s.pressIn(dialog, s.word("确定", "OK"))
	s.comes(s.row(endpoint).GetByText(s.word("已连接", "Connected"), playwright.LocatorGetByTextOptions{Exact: playwright.Bool(true)}))
}

// deny is the other answer (ACC-04).
func (s service) deny(endpoint string) {
	s.t.Helper()
	s.tab("终端节点连接", "Endpoint Connections")
	s.pressIn(s.row(endpoint), s.word("拒绝", "Deny"))
	dialog := s.GetByRole("dialog", playwright.PageGetByRoleOptions{Name: s.word("拒绝连接", "Deny Connection")})
	s.pressIn(dialog, s.word("确定", "OK"))
	s.comes(s.row(endpoint).GetByText(s.word("已断开", "Disconnected"), playwright.LocatorGetByTextOptions{Exact: playwright.Bool(true)}))
}
