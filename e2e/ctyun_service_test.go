package e2e

import (
	"strconv"
	"strings"

	"github.com/playwright-community/playwright-go"
)

// mapping is a row of 端口映射.
type mapping struct{ protocol, service, endpoint string }

// backend is what stands behind a service: a load balancer, or a cloud server
// with one of its NICs (empty: as the form has it).
type backend struct{ balancer, server, nic string }

// offer is what one types into 创建终端节点服务.
type offer struct {
	name, vpc string
	approval  bool
	mappings  []mapping
	backend   backend
}

// vpcepServices is the page 终端节点服务 of ctyun.
type vpcepServices struct{ *page }

func (p *page) vpcepServices() vpcepServices {
	p.t.Helper()
	p.nav("终端节点服务", "Endpoint Services")
	p.heading("终端节点服务", "Endpoint Services")
	return vpcepServices{p}
}

// create is 步骤一：创建终端节点服务, and answers the name that clients type
// (TYS-01 to TYS-13).
func (s vpcepServices) create(o offer) string {
	s.t.Helper()
	s.fillOffer(o)
	s.press(s.word("立即创建", "Create Now"))
	s.heading("终端节点服务", "Endpoint Services")
	s.comes(s.row(o.name).GetByText(s.word("可连接", "Available"), exactly()))
	return s.generated(o.name)
}

// generated is the name that the list shows beside the given one (TYS-03).
func (s vpcepServices) generated(given string) string {
	s.t.Helper()
	name, err := s.row(given).GetByText("cn-gz4." + given + ".").First().InnerText()
	if err != nil {
		s.t.Fatalf("no generated name beside %s: %v", given, err)
	}
	return strings.TrimSpace(name)
}

// fillOffer opens the form and fills it in, without sending it.
func (s vpcepServices) fillOffer(o offer) {
	s.t.Helper()
	s.press(s.word("创建终端节点服务", "Create Endpoint Service"))
	s.heading("创建终端节点服务", "Create Endpoint Service")
	s.fill(s.word("名称", "Name"), o.name)
	s.choose(s.word("虚拟私有云", "VPC"), o.vpc)
	s.update()
	s.radio(s.word("连接审批", "Connection Approval"), map[bool]string{true: s.word("开启", "Enabled"), false: s.word("关闭", "Disabled")}[o.approval])
	for n, m := range o.mappings {
		if n > 0 {
			s.press(s.word("添加端口映射", "Add port mapping"))
		}
		s.mapping(n+1, m)
	}
	s.radio(s.word("后端资源类型", "Backend Resource Type"), s.word(o.backend.kind()))
	s.update()
	if o.backend.server == "" {
		s.choose(s.word("选择负载均衡", "Load Balancer"), o.backend.balancer)
		return
	}
	s.choose(s.word("云主机", "Cloud Server"), o.backend.server)
	s.update()
	if o.backend.nic != "" {
		s.radio(s.word("网卡", "NICs"), o.backend.nic)
	}
}

func (b backend) kind() (zh, en string) {
	if b.server != "" {
		return "云主机", "Cloud server"
	}
	return "增强型负载均衡", "Enhanced load balancer"
}

// mapping fills in one row of 端口映射.
func (s vpcepServices) mapping(n int, m mapping) {
	s.t.Helper()
	name := s.word("第 ", "Port mapping ") + strconv.Itoa(n) + s.word(" 条端口映射", "")
	row := s.GetByRole("group", playwright.PageGetByRoleOptions{Name: name, Exact: playwright.Bool(true)})
	at := func(label string) playwright.Locator {
		return row.GetByLabel(label, playwright.LocatorGetByLabelOptions{Exact: playwright.Bool(true)})
	}
	s.chooseIn(at(s.word("协议", "Protocol")), "protocol", m.protocol)
	s.fillIn(at(s.word("服务端口", "Service Port")), "service port", m.service)
	s.fillIn(at(s.word("终端端口", "Endpoint Port")), "endpoint port", m.endpoint)
}

// open opens a service by the name that was given to it.
func (s vpcepServices) open(name string) vpcepService {
	s.t.Helper()
	s.pressIn(s.row(name), name)
	s.heading(name, name)
	return vpcepService{s.page}
}

// vpcepService is one service's page.
type vpcepService struct{ *page }

func (s vpcepService) tab(zh, en string) {
	s.t.Helper()
	tabs := s.GetByRole("navigation", playwright.PageGetByRoleOptions{Name: s.word("终端节点服务的各页", "Pages of the endpoint service")})
	s.click(tabs.GetByRole("link", playwright.LocatorGetByRoleOptions{Name: starts(s.word(zh, en))}))
}

// accept is 连接管理's first button, 接受 (TYD-02).
func (s vpcepService) accept(endpoint string) {
	s.t.Helper()
	s.tab("连接管理", "Connection Management")
	s.pressIn(s.row(endpoint), s.word("接受", "Accept"))
	s.comes(s.row(endpoint).GetByText(s.word("已接受", "Accepted"), exactly()))
}

// reject is the second one, 拒绝, of an endpoint that waits: nothing is asked.
func (s vpcepService) reject(endpoint string) {
	s.t.Helper()
	s.tab("连接管理", "Connection Management")
	s.pressIn(s.row(endpoint), s.word("拒绝", "Reject"))
	s.comes(s.row(endpoint).GetByText(s.word("已拒绝", "Rejected"), exactly()))
}

// cut is 拒绝 of an endpoint that was accepted: a question comes first.
func (s vpcepService) cut(endpoint string) {
	s.t.Helper()
	s.tab("连接管理", "Connection Management")
	s.pressIn(s.row(endpoint), s.word("拒绝", "Reject"))
	dialog := s.GetByRole("dialog", playwright.PageGetByRoleOptions{Name: s.word("拒绝连接", "Reject connection")})
	s.pressIn(dialog, s.word("确定", "OK"))
	s.comes(s.row(endpoint).GetByText(s.word("已拒绝", "Rejected"), exactly()))
}
