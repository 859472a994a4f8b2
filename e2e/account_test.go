package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestTwoAccounts: A opens a service to B, B makes an endpoint and sees who
// must act, A allows from its To do, B is connected; and B sees nothing else
// of A (COM-03, COM-13, EP-03, EPS-05).
func TestTwoAccounts(t *testing.T) {
	t.Parallel()
	a, _ := built(t, reader{Lang: "zh", NoJS: true}) // the provider, without scripts
	b := open(t, reader{Lab: a.Lab, Lang: "en", Account: accountB})

	s := a.services().open()
	id, name := a.URL(), s.name()
	s.tab("服务白名单", "Whitelist")
	a.press("填入 账号B")
	a.press("添加")
	a.sees("已加入服务白名单")

	e := b.endpoints().create(wish{
		name: "to-a", service: name, vpc: "VPC-B", group: "sg-b", vswitch: "vsw-b", description: "from account B",
	})
	e.state("状态（终端节点）", "Status (endpoint)", "可用", "Available")
	e.state("连接状态", "Connection status", "已断开", "Disconnected")
	b.sees("Waits for the service provider, Account A")
	at := e.addresses()
	refused(b.instance("ECS-B1"), "curl http://"+at.ip+"/", "The connection is not allowed yet", "Connection")

	a.home()
	todo := a.GetByRole("listitem").Filter(playwright.LocatorFilterOptions{HasText: "账号B 请求连接"})
	a.click(a.called(todo, "去允许…"))
	service{a}.allow("to-a")

	b.endpoints().open("to-a").state("连接状态", "Connection status", "已连接", "Connected")
	seesBoth(b.instance("ECS-B1"), at.domain)

	theirs := []string{id}
	for _, list := range []string{"/endpoints", "/load-balancers", "/instances", "/vpcs", "/vswitches", "/security-groups"} {
		a.visit(console + list)
		href, err := a.GetByRole("rowheader").GetByRole("link").First().GetAttribute("href")
		if err != nil {
			t.Fatal(err)
		}
		theirs = append(theirs, href, href+"/delete")
	}
	for _, address := range theirs {
		res, err := b.Goto(address)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := b.GetByRole("main").InnerText(); err != nil || res.Status() != http.StatusNotFound || strings.Contains(text, "VPC2") {
			t.Errorf("B gets %d for %s of A (%v):\n%s", res.Status(), address, err, text)
		}
	}
}
