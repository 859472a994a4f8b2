package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// TestCtyunRefusals: each way of ctyun's that must not pass is refused on the
// wire, to a client on this host and in the terminal, and the page that
// explains it names the gate, and the rule, and leads to what would open it
// (COM-02, COM-06, COM-07, COM-13, TYS-12, TYS-14, TYQ-01, TYQ-02; the probes of
// chapter C).
func TestCtyunRefusals(t *testing.T) {
	t.Parallel()
	p := tianyi(t, reader{Lab: newLab(t), Lang: "zh"})
	p.premises().attachHost("vpcep-client-180815")
	e := p.connect(offer{name: "web", approval: true, mappings: []mapping{{"TCP", "8080", "80"}}, backend: backend{balancer: "elb-web"}})
	ip, here, id := e.ip(), e.here("TCP", "80"), e.id()
	page := "curl http://" + ip + "/"

	// Not accepted.
	closed(t, here)
	w := refused(p.instance("client-a"), page, "连接还没有被接受", "连接许可")
	w.pressIn(w.fix(), "去接受 "+id+" 的连接")
	p.pressIn(p.GetByRole("dialog", playwright.PageGetByRoleOptions{Name: "接受连接"}), "接受")
	p.comes(p.row(id).GetByText("已接受", exactly()))

	// Without the rule for 198.19.128.0/20; the page offers the very rule.
	closed(t, here)
	w = refused(p.instance("client-a"), page, "安全组 sg-backend 没有一条入方向规则允许来自 198.19.128.0/20 的 TCP 8080", "后端入方向")
	w.pressIn(w.fix(), "添加这条规则…")
	p.press("添加规则")
	p.sees("规则已添加")
	seesServers(p.instance("client-a"), "http://"+ip+"/")
	opens(t, here)

	// Without the rule of the network ACL of the servers' subnet.
	p.dropACLRule("acl-52411", "198.19.128.0/20")
	closed(t, here)
	w = refused(p.instance("client-a"), page, "子网 subnet-52411 的网络 ACL acl-52411 没有一条入方向规则允许 198.19.128.0/20", "后端子网 ACL")
	w.pressIn(w.fix(), "添加这条规则…")
	p.press("添加规则")
	p.sees("规则已添加")
	seesServers(p.instance("client-a"), "http://"+ip+"/")
	opens(t, here)

	// A port that is not mapped; the servers' own port is none.
	refused(p.instance("client-a"), "curl http://"+ip+":8080/", "服务没有映射 TCP 终端端口 8080，能用的是 TCP 80", "端口映射")

	// Backwards there is no way, and none around the endpoint.
	refused(p.instance("web-1"), "curl http://192.168.0.11/", "没有终端节点，到不了别的虚拟私有云", "目标地址")
	refused(p.instance("client-a"), "curl http://192.168.0.21:8080/", "没有终端节点，到不了别的虚拟私有云", "目标地址")

	// Rejected later.
	service := p.vpcepServices().open("web")
	service.cut(id)
	closed(t, here)
	refused(p.instance("client-a"), page, "连接被账号A（也就是你）拒绝", "连接许可")

	// Another account's VPC has the same addresses, and no endpoint.
	b := tianyi(t, reader{Lab: p.Lab, Lang: "en", Account: accountB})
	refused(b.instance("client-b"), page, "Nothing in vpc-b has the address", "Target")
}

// dropACLRule deletes the rule of a network ACL that is about a range.
func (p *page) dropACLRule(name, peer string) {
	p.t.Helper()
	p.nav("网络 ACL", "Network ACLs")
	p.heading("网络 ACL", "Network ACLs")
	p.pressIn(p.row(name), name)
	p.heading(name, name)
	p.pressIn(p.row(peer), p.word("删除…", "Delete…"))
	p.press(p.word("删除", "Delete"))
	p.sees(p.word("规则已删除", "The rule is deleted"))
}

// closed fails the test if a client on this host gets an answer.
func closed(t *testing.T, at string) {
	t.Helper()
	if body, err := get(direct(), "http://"+at+"/"); err == nil {
		t.Errorf("%s answers:\n%s", at, body)
	}
}

// opens fails the test if it gets none.
func opens(t *testing.T, at string) {
	t.Helper()
	if _, err := get(direct(), "http://"+at+"/"); err != nil {
		t.Errorf("%s: %v", at, err)
	}
}

// direct is a client on this host that goes the way anew each time.
func direct() *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
}

// id is the endpoint's own.
func (e vpcep) id() string {
	e.t.Helper()
	return e.text(e.GetByRole("heading", playwright.PageGetByRoleOptions{Level: playwright.Int(1)}))
}
