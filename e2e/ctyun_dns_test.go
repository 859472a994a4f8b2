package e2e

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestCtyunDNS is 2.1 of ctyun's guide: an endpoint for the cloud's DNS, and a
// BIND server of a data center that forwards to its 节点 IP with the very
// configuration that the page shows (TY-02, TY-03, TYE-03, TYE-04, TYE-06 to
// TYE-12, TYN-01 to TYN-04, X-20). This host is the data center.
func TestCtyunDNS(t *testing.T) {
	t.Parallel()
	p := tianyi(t, reader{Lang: "en", Keys: true, Lab: newLab(t, "--upstream", startUpstream(t))})

	// 步骤一：创建连接 DNS 的终端节点
	id := p.product("广州 4", "Guangzhou 4").create(purchase{
		cloud: "cn.ctyun.cn-gzt.dns", domain: true, vpc: "vpcep-client-180815", subnet: "subnet-7ff8",
	}, "已接受", "Accepted")
	e := p.vpceps().open(id)
	at := addresses{ip: e.ip(), domain: e.domain()}
	at.zone = at.domain

	// 步骤二：访问 DNS 服务. This host is no client before it is attached.
	p.fill("Gateway IP", "172.16.0.1")
	p.press("Fill in")
	for title, want := range map[string]string{
		"/etc/named.conf (BIND)": "forwarders { " + at.ip + "; };", "/etc/resolv.conf": "nameserver " + at.ip,
		"Linux": "ip route add " + at.ip + "/32 via 172.16.0.1", "Windows": "route -p add " + at.ip + " mask 255.255.255.255 172.16.0.1",
		"macOS": "route -n add -host " + at.ip + " 172.16.0.1",
	} {
		if got := p.text(p.block(title)); !strings.Contains(got, want) {
			t.Errorf("%s says %q, want %q", title, got, want)
		}
	}
	server := e.here("UDP", "53")
	if tcp := e.here("TCP", "53"); tcp != server {
		t.Errorf("port 53 is at %s for UDP and at %s for TCP", server, tcp)
	}
	host, port, _ := strings.Cut(server, ":")
	if said, err := ask(t, host, port, at.domain); err == nil && strings.Contains(said, at.ip) {
		t.Errorf("a host that is not attached is answered %q", said)
	}
	p.premises().attachHost("vpcep-client-180815")

	p.vpceps().open(id)
	resolvesLike(t, server, at)
	options := p.text(p.block("BIND on this host"))
	options = strings.TrimSuffix(strings.TrimPrefix(options, "options {"), "};")
	resolvesLike(t, startBIND(t, options), at)

	// A data center behind a VPN is a client too, by the commands of its page.
	p.premises().make("dc-1", "VPN", "10.8.0.0/24", "vpcep-client-180815")
	client := p.GetByRole("region", playwright.PageGetByRoleOptions{Name: "Be a client in it"})
	line, err := client.Locator("code").Filter(playwright.LocatorFilterOptions{HasText: regexp.MustCompile("^dig ")}).InnerText()
	if err != nil {
		t.Fatal(err)
	}
	if got := command(t, "dig", append(strings.Fields(line)[1:], "+short")...); strings.TrimSpace(got) != at.ip {
		t.Errorf("%s answers %q, want %s", line, got, at.ip)
	}
}

// block is the code below the heading that says this.
func (p *page) block(heading string) playwright.Locator {
	title := p.GetByRole("heading", playwright.PageGetByRoleOptions{Name: heading, Exact: playwright.Bool(true)})
	return title.First().Locator("xpath=following::pre[1]/code")
}

// text is what a part of the page says.
func (p *page) text(part playwright.Locator) string {
	p.t.Helper()
	text, err := part.InnerText()
	if err != nil {
		p.t.Fatalf("%s: %v", p.URL(), err)
	}
	return text
}

// premises is ctyun's page of networks on premises (TYN-03).
type premises struct{ *page }

func (p *page) premises() premises {
	p.t.Helper()
	p.nav("本地网络 IDC", "On-Premises Networks")
	p.heading("本地网络（IDC）", "On-premises networks")
	return premises{p}
}

// attachHost makes this host a client of a VPC.
func (s premises) attachHost(vpc string) {
	s.t.Helper()
	s.press(s.word("本机", "This host"))
	s.heading("本机", "This host")
	s.pressIn(s.row(vpc), s.word("接入", "Attach"))
	s.seesIn(s.row(vpc), s.word("断开", "Detach"))
}

// make makes a network on premises that is attached to a VPC.
func (s premises) make(name, link, cidr, vpc string) {
	s.t.Helper()
	s.press(s.word("创建本地网络", "Create on-premises network"))
	s.fill(s.word("名称", "Name"), name)
	s.radio(s.word("接入方式", "Connected by"), link)
	s.fill(s.word("本地网段", "On-premises range"), cidr)
	s.choose(s.word("接入的虚拟私有云", "Attached VPC"), vpc)
	s.press(s.word("创建", "Create"))
	s.heading(name, name)
}

// ask is dig for a server that may refuse or say nothing.
func ask(t *testing.T, host, port, name string) (string, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "dig", "@"+host, "-p", port, "+time=1", "+tries=1", "+short", name).Output()
	return string(out), err
}
