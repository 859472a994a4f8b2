package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestCtyunOther is 2.2.3 of ctyun's guide, two VPCs of two accounts, in two
// browsers at once: what one does comes to the other's open page without a
// reload (TY-05, TYD-02 to TYD-08, TYE-05, TYE-12, TYE-13, COM-03, COM-05).
// Then the account is taken off the whitelist: a running stream goes on, and
// one click cuts it.
func TestCtyunOther(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	a := tianyi(t, reader{Lab: lab, Lang: "zh"})                    // the provider
	b := tianyi(t, reader{Lab: lab, Lang: "en", Account: accountB}) // the consumer
	name := a.vpcepServices().create(offer{
		name: "shop", vpc: "vpc-52411.1111", approval: true,
		mappings: []mapping{{"TCP", "7", "2007"}}, backend: backend{server: "echo-1", nic: "主网卡"},
	})

	// 步骤一：添加白名单. Until then the service is not found, and never in
	// another region.
	id := b.credentials()
	b.product("广州 4", "Guangzhou 4").unknown(name)
	s := a.vpcepServices().open("shop")
	s.grant("iam:domain::" + id)
	b.product("上海 4", "Shanghai 4").unknown(name)

	// 步骤二：创建终端节点; both pages follow from here on.
	s.tab("连接管理", "Connection Management")
	a.stays()
	endpoint := b.product("广州 4", "Guangzhou 4").create(purchase{service: name, domain: true, vpc: "vpc-b", subnet: "subnet-b"}, "待接受", "Pending acceptance")
	b.stays()
	a.comes(a.row(endpoint).GetByText("待接受", exactly()))
	a.comes(a.GetByRole("link", playwright.PageGetByRoleOptions{Name: "1 项待处理"}))
	a.stayed()
	s.reject(endpoint)
	b.comes(b.row(endpoint).GetByText("Rejected", exactly()))
	s.accept(endpoint)
	b.comes(b.row(endpoint).GetByText("Accepted", exactly()))

	// A later 拒绝 is seen as well, and can be taken back.
	s.cut(endpoint)
	b.comes(b.row(endpoint).GetByText("Rejected", exactly()))
	s.accept(endpoint)
	b.comes(b.row(endpoint).GetByText("Accepted", exactly()))
	b.stayed()

	// It carries traffic, also of this host once it is attached.
	b.premises().attachHost("vpc-b")
	running := netcat(t, b.vpceps().open(endpoint).here("TCP", "2007"))
	running.echoes()

	// Off the whitelist: not found any more, but what runs goes on, until it is
	// cut.
	s.tab("权限管理", "Permission Management")
	a.pressIn(a.row(id), "移除…")
	a.press("移除")
	a.sees("账号B 已不在白名单里，它的 1 个终端节点还连着")
	b.vpceps().unknown(name)
	running.echoes()
	b.vpceps()
	b.stays()
	s.tab("权限管理", "Permission Management")
	a.press("切断连接")
	a.sees("的连接已切断")
	running.ends()
	b.comes(b.row(endpoint).GetByText("Rejected", exactly()))
	b.stayed()
	for _, reader := range []*page{a, b} { // all but 接受连接
		reader.walked("不同账号下的两个 VPC", "Two VPCs of two accounts", "4/5")
	}
}

// credentials is 我的凭证 with the 账号ID (TY-05).
func (p *page) credentials() string {
	p.t.Helper()
	p.press(p.word(p.Account.zh+" 的菜单", "Menu of "+p.Account.en))
	p.click(p.Locator("#me-menu").GetByRole("link", playwright.LocatorGetByRoleOptions{Name: starts(p.word("我的凭证", "My Credentials"))}))
	p.heading("我的凭证", "My Credentials")
	id := instance{p}.fact("账号ID", "Account ID")
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(id) {
		p.t.Errorf("账号ID is %q, want 32 hexadecimal digits", id)
	}
	return id
}

// unknown verifies a name that is not found (TYE-05, TYD-08).
func (e vpceps) unknown(name string) {
	e.t.Helper()
	e.press(e.word("创建终端节点", "Create VPC Endpoint"))
	e.radio(e.word("服务类别", "Service Category"), e.word("按名称查找服务", "Find a service by name"))
	e.update()
	e.verify(name)
	e.sees(e.word("未找到服务", "Service not found"))
	if n, err := e.GetByText(e.word("已找到服务", "Service found.")).Count(); err != nil || n > 0 {
		e.t.Errorf("%s is found on %s (%v)", name, e.URL(), err)
	}
	if got := e.control("servicename"); got != name {
		e.t.Errorf("after 验证 the name is %q, typed was %q", got, name)
	}
}

// grant is 添加白名单记录, figure 2-11 (TYD-04, TYD-05, TYD-07).
func (s vpcepService) grant(entry string) {
	s.t.Helper()
	s.tab("权限管理", "Permission Management")
	s.seesIn(s.row(s.word("本账号，默认在白名单里", "your own account, always on the whitelist")), "iam:domain::")
	s.press(s.word("添加白名单记录", "Add Whitelist Record"))
	dialog := s.GetByRole("dialog", playwright.PageGetByRoleOptions{Name: s.word("添加白名单记录", "Add Whitelist Record")})
	s.seesIn(dialog, s.word("您本次还可以添加49个授权账号", "You can add 49 more authorized accounts this time"))
	s.fill(s.word("第 1 个授权账号ID", "Authorized account ID 1"), entry)
	s.pressIn(dialog, s.word("确定", "OK"))
	s.sees(s.word("白名单记录已添加", "The whitelist records are added"))
	s.seesIn(s.row(strings.TrimPrefix(entry, "iam:domain::")), s.word("账号B", "Account B"))
}

// stays marks the page, and stayed fails the test if it was loaded again since.
func (p *page) stays() {
	p.t.Helper()
	if _, err := p.Evaluate(`() => { window.stays = true; }`); err != nil {
		p.t.Fatal(err)
	}
}

func (p *page) stayed() {
	p.t.Helper()
	if there, err := p.Evaluate(`() => window.stays === true`); err != nil || there != true {
		p.t.Errorf("%s was loaded again (%v)", p.URL(), err)
	}
}
