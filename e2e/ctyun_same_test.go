package e2e

import (
	"net/netip"
	"regexp"
	"testing"
)

// TestCtyunSameZH and TestCtyunSameEN are 2.2.2 of ctyun's guide, two VPCs of
// one account, done as written: an enhanced load balancer is the backend, 8080
// its port and 80 the endpoint's (TY-01, TYS-01 to TYS-13, TYE-01 to TYE-13,
// TYD-02, COM-09: both VPCs are 192.168.0.0).

func TestCtyunSameZH(t *testing.T) { sameAccount(t, reader{Lang: "zh", NoJS: true}) }

func TestCtyunSameEN(t *testing.T) { sameAccount(t, reader{Lang: "en"}) }

func sameAccount(t *testing.T, r reader) {
	t.Parallel()
	r.Lab = newLab(t)
	p := tianyi(t, r)

	// 步骤一：创建终端节点服务
	p.product("广州 4", "Guangzhou 4")
	p.elbs().make("elb-guide", p.word("增强型", "Enhanced"), "vpc-52411.1111", "subnet-52411")
	elbListener(balancers{p})
	name := p.vpcepServices().create(offer{
		name: "beta", vpc: "vpc-52411.1111", approval: true,
		mappings: []mapping{{"TCP", "8080", "80"}}, backend: backend{balancer: "elb-guide"},
	})
	if !regexp.MustCompile(`^cn-gz4\.beta\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(name) {
		t.Errorf("the service is called %q (TYS-03)", name)
	}

	// 步骤二：创建终端节点
	wanted := purchase{service: name, domain: true, vpc: "vpcep-client-180815", subnet: "subnet-7ff8"}
	id := p.vpceps().create(wanted, "待接受", "Pending acceptance")
	p.vpcepServices().open("beta").accept(id)
	p.vpceps().made(wanted, "已接受", "Accepted")
	e := p.vpceps().open(id)
	ip, domain := e.ip(), e.domain()

	// The group of the servers lets 198.19.128.0/20 not in: refused, and the
	// page names the very rule that is missing (TYS-12, TYS-14).
	p.walked("同一账号下的两个 VPC", "Two VPCs of one account", "3/5")
	w := refused(p.instance("client-a"), "curl http://"+ip+"/", p.word("没有一条入方向规则允许来自 198.19.128.0/20", "No inbound rule of security group sg-backend accepts TCP 8080 from 198.19.128.0/20"), p.word("后端入方向", "Backend ingress"))
	w.pressIn(w.fix(), p.word("添加这条规则…", "Add this rule…"))
	p.press(p.word("添加规则", "Add rule"))
	p.sees(p.word("规则已添加", "The rule is added"))

	// 使用节点 IP 或内网域名访问终端节点服务 (TYE-11).
	for _, address := range []string{ip, domain} {
		seesServers(p.instance("client-a"), "http://"+address+"/")
	}
	p.walked("同一账号下的两个 VPC", "Two VPCs of one account", "5/5")
}

// elbListener is the wizard: TCP 8080 to 8080 of both web servers.
func elbListener(b balancers) {
	b.t.Helper()
	w := b.configure("elb-guide")
	w.fill(w.word("监听端口", "Listening Port"), "8080")
	w.next()
	w.addOf(3, "web-1", "web-2")
	w.fill(w.word("后端端口", "Backend port"), "8080")
	w.next()
	w.next()
	w.press(w.word("提交", "Submit"))
	w.sees(w.word("监听配置完成", "The listener is configured"))
}

// seesServers opens an address until both web servers answered, and checks
// that they saw a source in 198.19.128.0/20.
func seesServers(client instance, address string) {
	client.t.Helper()
	seen := map[string]bool{}
	for range 6 {
		said := client.run("curl " + address)
		page := regexp.MustCompile(`(web-[12]): a server in `).FindStringSubmatch(said)
		if page == nil {
			client.t.Fatalf("curl %s says:\n%s", address, said)
		}
		seen[page[1]] = true
		inSNAT(client.page, said)
		if len(seen) == 2 {
			return
		}
	}
	client.t.Errorf("six curls of %s showed only %v", address, seen)
}

// inSNAT checks that a server's page says a source in 198.19.128.0/20 and in no
// other network (TYS-12).
func inSNAT(p *page, said string) {
	p.t.Helper()
	snat := netip.MustParsePrefix("198.19.128.0/20")
	source := regexp.MustCompile(`([0-9.]+):[0-9]+`).FindStringSubmatch(said)
	if source == nil {
		p.t.Errorf("no source in:\n%s", said)
		return
	}
	if a, err := netip.ParseAddr(source[1]); err != nil || !snat.Contains(a) {
		p.t.Errorf("the server saw %s, want a source in %s:\n%s", source[1], snat, said)
	}
}
