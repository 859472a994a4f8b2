package e2e

import "github.com/playwright-community/playwright-go"

// group is one security group's page.
type group struct{ *page }

func (p *page) group(name string) group {
	p.t.Helper()
	p.nav("安全组", "Security Groups")
	p.heading("安全组", "Security Groups")
	p.pressIn(p.row(name), name)
	p.heading(name, name)
	return group{p}
}

// drop deletes the inbound rule for these ports.
func (g group) drop(ports string) {
	g.t.Helper()
	rule := g.GetByRole("row").Filter(playwright.LocatorFilterOptions{
		Has: g.GetByRole("cell", playwright.PageGetByRoleOptions{Name: ports, Exact: playwright.Bool(true)}),
	})
	g.pressIn(rule, g.word("删除…", "Delete…"))
	g.press(g.word("删除", "Delete"))
	g.sees(g.word("规则已删除", "The rule is deleted"))
}

// add adds an inbound rule.
func (g group) add(protocol, ports, peer string) {
	g.t.Helper()
	g.press(g.word("添加规则", "Add rule"))
	g.choose(g.word("协议类型", "Protocol"), protocol)
	g.fill(g.word("端口范围", "Port range"), ports)
	g.fill(g.word("授权对象", "Authorization object"), peer)
	g.press(g.word("添加规则", "Add rule"))
	g.sees(g.word("规则已添加", "The rule is added"))
}
