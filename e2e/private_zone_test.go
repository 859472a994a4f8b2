package e2e

import (
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// privateZones is the page 内网 DNS 解析（PrivateZone）.
type privateZones struct{ *page }

func (p *page) privateZones() privateZones {
	p.t.Helper()
	p.nav("内网 DNS 解析", "PrivateZone")
	p.heading("内网 DNS 解析（PrivateZone）", "PrivateZone")
	return privateZones{p}
}

// add is 添加域名 at the bottom of the page, 添加内置权威域名, 设置生效范围 and
// 风险提示 (PVZ-01 to PVZ-06).
func (z privateZones) add(name, vpc string) {
	z.t.Helper()
	z.press(z.word("管理配置模式", "Configuration"))
	bottom := z.GetByRole("link", playwright.PageGetByRoleOptions{Name: z.word("添加域名", "Add zone"), Exact: playwright.Bool(true)}).Last()
	z.click(bottom)
	z.heading("添加内置权威域名", "Add private zone")
	z.fill(z.word("内置权威域名（Zone）", "Zone"), name)
	z.radio(z.word("子域名递归解析代理", "Recursive proxy for subdomains"), z.word("开启", "On"))
	z.press(z.word("确定", "Confirm"))
	z.heading("设置 "+name+" 的生效范围", "Where "+name+" is in force")
	z.tick(vpc)
	z.press(z.word("确定", "Confirm"))
	risk := z.GetByRole("dialog")
	z.seesIn(risk, z.word("风险提示", "Risk"))
	z.seesIn(risk, vpc)
	z.accessible()
	z.pressIn(risk, z.word("继续执行操作", "Continue"))
	z.sees(z.word("现在在 1 个专有网络里生效", "is in force in 1 VPC now"))
}

// records opens 解析记录 of a zone under the tab 添加域名 (PVZ-07).
func (z privateZones) records(name string) privateZone {
	z.t.Helper()
	row := z.GetByRole("row").Filter(playwright.LocatorFilterOptions{
		Has: z.GetByRole("link", playwright.PageGetByRoleOptions{Name: name, Exact: playwright.Bool(true)}),
	})
	z.pressIn(row.First(), z.word("解析记录", "Records"))
	z.heading(name, name)
	return privateZone{z.page}
}

// privateZone is one zone's page.
type privateZone struct{ *page }

// alias adds a CNAME with 添加记录 and 解析变更确认 (PVZ-08, PVZ-09).
func (z privateZone) alias(host, name, target string) {
	z.t.Helper()
	z.press(z.word("添加记录", "Add record"))
	z.choose(z.word("记录类型", "Type"), "CNAME")
	if z.NoJS {
		z.press(z.word("换成这个类型的字段", "Show the fields of this type"))
	}
	z.fill(z.word("主机记录", "Host"), host)
	z.fill(z.word("记录值", "Value"), target)
	z.press(z.word("确定", "Confirm"))
	z.heading("解析变更确认", "Confirm DNS changes")
	z.sees(name)
	z.accessible()
	z.press(z.word("确定", "Confirm"))
	z.sees(z.word("记录 "+name+" 已添加", "Record "+name+" is added"))
}

// TestPrivateZoneZH and TestPrivateZoneEN: the part 创建并设置私域解析 of the
// guide, word by word: a zone, where it is in force, and a name in it that
// leads to an endpoint (PVZ-01 to PVZ-10).
func TestPrivateZoneZH(t *testing.T) { privateName(t, reader{Lang: "zh", NoJS: true}) }

func TestPrivateZoneEN(t *testing.T) { privateName(t, reader{Lang: "en"}) }

func privateName(t *testing.T, r reader) {
	t.Parallel()
	p, at := built(t, r)
	zone, host := "ali-eu-central-1.vectordb.example", "inxx-0123456789ab"
	name := host + "." + zone
	p.privateZones().add(zone, "VPC1")
	z := p.privateZones().records(zone)
	z.alias(host, name, at.domain)

	// In the bound VPC the name leads to the interface, and only there.
	said := p.instance("ECS1").run("dig +short " + name)
	if !strings.Contains(said, at.domain) || !strings.Contains(said, at.ip) {
		t.Errorf("in VPC1 %s is %q, want %s and %s", name, said, at.domain, at.ip)
	}
	seesBoth(p.instance("ECS1"), name)
	if said := p.instance("ECS2").run("dig +short " + name); strings.Contains(said, at.ip) {
		t.Errorf("in VPC2 %s is %q", name, said)
	}

	// Paused, it is no answer; the page says so before.
	z = p.privateZones().records(zone)
	p.pressIn(p.row(host), p.word("暂停", "Pause"))
	p.heading("解析变更确认", "Confirm DNS changes")
	p.press(p.word("确定", "Confirm"))
	z.sees(p.word("已暂停", "Paused"))
	if said := p.instance("ECS1").run("dig +short " + name); strings.Contains(said, at.ip) {
		t.Errorf("a paused name is %q", said)
	}
}
