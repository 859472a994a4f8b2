package e2e

import "github.com/playwright-community/playwright-go"

// balancers is the CLB console's Instances page.
type balancers struct{ *page }

func (p *page) balancers() balancers {
	p.t.Helper()
	p.nav("负载均衡 CLB", "CLB Instances")
	p.heading("实例", "Instances")
	return balancers{p}
}

// buy is step 1 of the tutorial: every field of the purchase page with the
// value of the example (CLB-01 to CLB-14).
func (b balancers) buy(name string) {
	b.t.Helper()
	b.press(b.word("创建传统型负载均衡", "Create CLB"))
	b.heading("负载均衡", "Server Load Balancer")
	b.radio(b.word("付费模式", "Billing Method"), b.word("按量付费", "Pay-As-You-Go"))
	b.choose(b.word("地域和可用区", "SLB region no"), b.word("欧洲中部 1 可用区 B", "Europe Central 1 Zone B"))
	b.radio(b.word("可用区类型", "Zone Type"), b.word("多可用区", "Multi-zone"))
	b.choose(b.word("备可用区", "Backup Zone"), b.word("欧洲中部 1 可用区 A", "Europe Central 1 Zone A"))
	b.fill(b.word("实例名称", "Instance Name"), name)
	b.choose(b.word("实例规格", "Specification"), b.word("简约型 I (slb.s1.small)", "Small I (slb.s1.small)"))
	b.radio(b.word("实例类型", "SLB instance"), b.word("私网", "Intranet"))
	b.radio(b.word("网络类型", "Network Type"), b.word("专有网络", "VPC"))
	b.choose(b.word("专有网络和交换机", "VPCId"), "VPC2")
	b.update()
	b.choose(b.word("交换机", "vSwitch"), "vsw-vpc2-b")
	b.radio(b.word("IP版本", "IP Version"), "IPv4")
	b.radio(b.word("功能特性", "Feature"), b.word("标准版", "Standard"))
	b.radio(b.word("流量计费", "Flow out"), b.word("按使用流量计费", "By Traffic"))
	b.fill(b.word("购买数量", "Quantity"), "1")
	b.choose(b.word("资源组", "Resource Group"), b.word("默认资源组", "Default Resource Group"))
	b.press(b.word("立即购买", "Buy Now"))
	b.heading("实例", "Instances")
	b.seesIn(b.row(name), b.word("支持", "Yes"))
}

// weigh sets a server's weight on the tab Default Server Group.
func (b balancers) weigh(name, server, weight string) {
	b.t.Helper()
	b.press(name)
	tabs := b.GetByRole("navigation", playwright.PageGetByRoleOptions{Name: b.word("这个实例的内容", "What this instance has")})
	b.click(tabs.GetByRole("link", playwright.LocatorGetByRoleOptions{Name: starts(b.word("默认服务器组", "Default Server Group"))}))
	b.fill(b.word(server+" 的权重", "Weight of "+server), weight)
	b.press(b.word("保存权重", "Save weights"))
	b.sees(b.word("权重已保存", "The weights are saved"))
}
