package e2e

import (
	"strings"

	"github.com/playwright-community/playwright-go"
)

// zilliz is the console of Zilliz Cloud, opened by a reader who is at it
// (reader.Zilliz) or by one who signs in there beside another console:
//
//	p.zilliz().clusters().open("cluster-1").createLink().add(id)
type zilliz struct{ *page }

func (p *page) zilliz() zilliz {
	p.t.Helper()
	p.visit("/zilliz")
	if strings.Contains(p.URL(), "/login") {
		p.click(p.GetByRole("button", playwright.PageGetByRoleOptions{Name: p.word(p.Account.zh, p.Account.en)}))
	}
	p.heading("集群", "Clusters")
	return zilliz{p}
}

// project chooses a project in the dropdown above the navigation (ZIL-01).
func (z zilliz) project(name string) {
	z.t.Helper()
	z.click(z.Locator("summary").Filter(playwright.LocatorFilterOptions{HasText: z.currentProject()}))
	z.click(z.GetByRole("link", playwright.PageGetByRoleOptions{Name: name, Exact: playwright.Bool(true)}))
	z.heading("集群", "Clusters")
}

func (z zilliz) currentProject() string {
	z.t.Helper()
	name, err := z.GetByRole("navigation", playwright.PageGetByRoleOptions{Name: z.word("主导航", "Main navigation")}).Locator("summary b").InnerText()
	if err != nil {
		z.t.Fatalf("no project on %s: %v", z.URL(), err)
	}
	return name
}

// clusters is the page 集群.
type clusters struct{ *page }

func (z zilliz) clusters() clusters {
	z.t.Helper()
	z.nav("集群", "Clusters")
	z.heading("集群", "Clusters")
	return clusters{z.page}
}

// create makes a cluster in a region.
func (c clusters) create(name, region string) cluster {
	c.t.Helper()
	c.press(c.word("创建集群", "Create Cluster"))
	c.heading("创建集群", "Create Cluster")
	c.fill(c.word("集群名称", "Cluster name"), name)
	c.choose(c.word("云服务地域", "Cloud Region"), region)
	c.press(c.word("创建", "Create"))
	c.heading(name, name)
	return cluster{c.page}
}

// open is 集群详情 of a cluster.
func (c clusters) open(name string) cluster {
	c.t.Helper()
	c.pressIn(c.row(name), name)
	c.heading(name, name)
	return cluster{c.page}
}

// cluster is 集群详情.
type cluster struct{ *page }

// running waits until the cluster answers.
func (c cluster) running() {
	c.t.Helper()
	c.comes(c.GetByText(c.word("有应答", "It answers"), playwright.PageGetByTextOptions{Exact: playwright.Bool(true)}))
}

// id is the cluster's ID (ZIL-15).
func (c cluster) id() string {
	c.t.Helper()
	return instance{c.page}.fact("集群 ID", "Cluster ID")
}

// endpoint is the private name with its port, as 连接信息 has it.
func (c cluster) endpoint() string { return c.shown("私网端点", "Private Endpoint") }

// backend is where the cluster is on this host.
func (c cluster) backend() string { return c.shown("后端地址", "Backend address") }

// public is the address of the public endpoint, open or not.
func (c cluster) public() string { return c.shown("公共端点", "Public Endpoint") }

// shown is the first code in the row with this label.
func (c cluster) shown(zh, en string) string {
	c.t.Helper()
	row := c.Locator(".field").Filter(playwright.LocatorFilterOptions{Has: c.Page.GetByText(c.word(zh, en), playwright.PageGetByTextOptions{Exact: playwright.Bool(true)})})
	text, err := row.Locator("code").First().InnerText()
	if err != nil {
		c.t.Fatalf("no %s on %s: %v", en, c.URL(), err)
	}
	return strings.TrimSpace(text)
}

// setPublic opens or closes the public endpoint by its settings icon (ZIL-16).
func (c cluster) setPublic(on bool) {
	c.t.Helper()
	c.press(c.word("设置公共端点", "Public endpoint settings"))
	dialog := c.GetByRole("dialog", playwright.PageGetByRoleOptions{Name: c.word("公共端点", "Public Endpoint")})
	if on {
		c.pressIn(dialog.Locator("footer"), c.word("开启", "Open"))
		c.sees(c.word("公共端点已开启", "The public endpoint is open"))
		return
	}
	c.pressIn(dialog.Locator("footer"), c.word("关闭", "Close"))
	c.sees(c.word("公共端点已关闭", "The public endpoint is closed"))
}

// createLink opens the dialog from 连接信息 (ZIL-03).
func (c cluster) createLink() linkDialog {
	c.t.Helper()
	c.press(c.word("创建私网连接", "Create Private Link"))
	return c.linkDialog()
}

// privateLinks is the page 安全 > 私网连接 (ZIL-02).
type privateLinks struct{ *page }

func (z zilliz) privateLinks() privateLinks {
	z.t.Helper()
	z.nav("私网连接", "Private Link")
	z.heading("私网连接", "Private Link")
	return privateLinks{z.page}
}

// create opens the dialog 创建私网连接.
func (l privateLinks) create() linkDialog {
	l.t.Helper()
	l.press(l.word("创建私网连接", "Create Private Link"))
	return l.linkDialog()
}

// resume opens the dialog that was left unfinished (ZIL-09).
func (l privateLinks) resume() linkDialog {
	l.t.Helper()
	l.press(l.word("继续", "Continue"))
	return l.linkDialog()
}

// open opens the page of the link of an endpoint.
func (l privateLinks) open(endpoint string) privateLink {
	l.t.Helper()
	l.pressIn(l.row(endpoint), endpoint)
	l.heading(endpoint, endpoint)
	return privateLink{l.page}
}

// linkDialog is the dialog 创建私网连接 (ZIL-04).
type linkDialog struct {
	*page
	box playwright.Locator
}

func (p *page) linkDialog() linkDialog {
	p.t.Helper()
	box := p.GetByRole("dialog", playwright.PageGetByRoleOptions{Name: p.word("创建私网连接", "Create Private Link")})
	if err := box.WaitFor(); err != nil {
		p.t.Fatalf("the dialog did not open on %s: %v", p.URL(), err)
	}
	return linkDialog{p, box}
}

// region chooses 云服务地域.
func (d linkDialog) region(name string) {
	d.t.Helper()
	d.choose(d.word("云服务地域", "Cloud Region"), name)
	if d.NoJS {
		d.pressIn(d.box, d.word("更新", "Update"))
	}
}

// add enters a main account ID and presses 添加; it must pass (ZIL-06).
func (d linkDialog) add(account string) {
	d.t.Helper()
	d.tryAdd(account)
	d.seesIn(d.box.GetByRole("listitem").Filter(playwright.LocatorFilterOptions{HasText: account}), d.word("验证通过", "Verified"))
}

// tryAdd does the same whatever comes of it.
func (d linkDialog) tryAdd(account string) {
	d.t.Helper()
	d.fill(d.word("主帐号 ID", "Main account ID"), account)
	d.pressIn(d.box, d.word("添加", "Add"))
}

// enter types 终端节点实例ID.
func (d linkDialog) enter(endpoint string) {
	d.t.Helper()
	d.fill(d.word("终端节点实例ID", "Endpoint ID"), endpoint)
}

// entered is what stands there.
func (d linkDialog) entered() string {
	d.t.Helper()
	value, err := d.field(d.word("终端节点实例ID", "Endpoint ID")).InputValue()
	if err != nil {
		d.t.Fatal(err)
	}
	return value
}

// create presses 创建; the link's page follows (ZIL-09).
func (d linkDialog) create(endpoint string) privateLink {
	d.t.Helper()
	d.enter(endpoint)
	d.pressIn(d.box.Locator("footer"), d.word("创建", "Create"))
	d.heading(endpoint, endpoint)
	return privateLink{d.page}
}

// tryCreate presses 创建 whatever comes of it.
func (d linkDialog) tryCreate(endpoint string) {
	d.t.Helper()
	d.enter(endpoint)
	d.pressIn(d.box.Locator("footer"), d.word("创建", "Create"))
}

// cancel closes the dialog; nothing is lost.
func (d linkDialog) cancel() {
	d.t.Helper()
	d.pressIn(d.box.Locator("footer"), d.word("取消", "Cancel"))
}

// privateLink is one private link's page.
type privateLink struct{ *page }

// created waits until the page says so, by itself (ZIL-10).
func (l privateLink) created() {
	l.t.Helper()
	l.comes(l.GetByText(l.word("私网连接创建成功", "The private link is there")))
}

// delete takes the link away.
func (l privateLink) delete() {
	l.t.Helper()
	l.press(l.word("删除…", "Delete…"))
	l.press(l.word("删除", "Delete"))
	l.heading("私网连接", "Private Link")
}
