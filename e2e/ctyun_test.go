package e2e

import (
	"testing"

	"github.com/playwright-community/playwright-go"
)

// south is the region that ctyun's side of the demo lab is in.
const south = "/ctyun/cn-gz4"

// tianyi opens ctyun's console for a reader.
func tianyi(t *testing.T, r reader) *page {
	t.Helper()
	r.Ctyun = true
	if r.Account == (account{}) {
		r.Account = accountA
	}
	return open(t, r)
}

// product is how every walkthrough begins: the region, then 服务列表 > 网络 >
// VPC 终端节点 (TY-01, COM-04).
func (p *page) product(zh, en string) vpceps {
	p.t.Helper()
	p.region(p.word(zh, en))
	p.press(p.word("服务列表", "Service List"))
	p.pressIn(p.Locator("#service-menu"), p.word("VPC 终端节点", "VPC Endpoint"))
	p.heading("终端节点", "VPC Endpoints")
	return vpceps{p}
}

// exactly finds a whole text.
func exactly() playwright.LocatorGetByTextOptions {
	return playwright.LocatorGetByTextOptions{Exact: playwright.Bool(true)}
}

// elbs is ctyun's page of load balancers.
func (p *page) elbs() balancers {
	p.t.Helper()
	p.nav("弹性负载均衡", "Elastic Load Balance")
	p.heading("弹性负载均衡", "Elastic Load Balance")
	return balancers{p}
}

// make makes a load balancer of ctyun, of this type.
func (b balancers) make(name, typ, vpc, subnet string) {
	b.t.Helper()
	b.press(b.word("创建弹性负载均衡", "Create load balancer"))
	b.heading("创建弹性负载均衡", "Create load balancer")
	b.fill(b.word("名称", "Name"), name)
	b.radio(b.word("类型", "Type"), typ)
	b.choose(b.word("虚拟私有云", "VPC"), vpc)
	b.update()
	b.choose(b.word("子网", "Subnet"), subnet)
	b.press(b.word("立即创建", "Create Now"))
	b.heading("弹性负载均衡", "Elastic Load Balance")
	b.sees(name)
}
