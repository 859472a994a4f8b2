package e2e

import (
	"strings"
	"testing"
)

// built answers the page of account A in a lab of its own (the reader's, if it
// has one) where the tutorial is done up to step 5, with the endpoint's addresses.
func built(t *testing.T, r reader) (*page, addresses) {
	t.Helper()
	if r.Account = accountA; r.Lab == nil {
		r.Lab = newLab(t)
	}
	p := open(t, r)
	p.home().build()
	e := p.endpoints().open(demoEndpoint)
	e.state("连接状态", "Connection status", "已连接", "Connected")
	return p, e.addresses()
}

// demoEndpoint is the endpoint that "build the finished lab for me" makes.
const demoEndpoint = "web-from-vpc1"

// TestRefusals: each way that must not pass is refused in the terminal, and
// the page that explains it names the gate and leads to what would open it
// (COM-02, COM-06, COM-07, COM-13, ALI-06, ACC-04; the probes of chapter C).
func TestRefusals(t *testing.T) {
	t.Parallel()
	p, at := built(t, reader{Lang: "zh"})

	// After Deny.
	p.services().open().deny(demoEndpoint)
	w := refused(p.instance("ECS1"), "curl http://"+at.ip+"/", "连接被账号A", "连接许可")
	p.pressIn(w.fix(), "去允许 "+demoEndpoint+" 的连接")
	service{p}.confirm(demoEndpoint)
	seesBoth(p.instance("ECS1"), at.domain)

	// Without the group's rule; the page offers the very rule that is missing.
	p.group("sg-vpc1").drop("80")
	w = refused(p.instance("ECS1"), "curl http://"+at.domain+"/", "没有一条入方向规则允许", "网卡安全组")
	p.pressIn(w.fix(), "添加这条规则…")
	p.press("添加规则")
	p.sees("规则已添加")
	seesBoth(p.instance("ECS1"), at.ip)

	// A port that is not published: past the group, no listener is there.
	p.group("sg-vpc1").add("TCP", "8080", "0.0.0.0/0")
	w = refused(p.instance("ECS1"), "curl http://"+at.ip+":8080/", "没有监听 TCP 8080", "端口监听")
	p.pressIn(w.fix(), "去负载均衡 clb-web")
	p.heading("clb-web", "clb-web")

	// Backwards, from the service's side to the client, there is no way; nor
	// around the endpoint, straight to a backend.
	w = refused(p.instance("ECS2"), "curl http://10.10.2.1/", "没有终端节点，到不了别的专有网络", "目标地址")
	p.pressIn(w.fix(), "去专有网络 VPC2")
	p.heading("VPC2", "VPC2")
	w = refused(p.instance("ECS1"), "curl http://192.168.24.11/", "没有终端节点，到不了别的专有网络", "目标地址")
	p.pressIn(w.fix(), "去专有网络 VPC1")
	p.heading("VPC1", "VPC1")

	// Another account has the same addresses in a VPC of its own: the
	// endpoint is not there, neither by address nor by name.
	b := open(t, reader{Lab: p.Lab, Lang: "en", Account: accountB})
	refused(b.instance("ECS-B1"), "curl http://"+at.ip+"/", "Nothing in VPC-B has the address", "Target")
	w = refused(b.instance("ECS-B1"), "curl http://"+at.domain+"/", "does not resolve in VPC-B", "Name")
	b.pressIn(w.fix(), "Go to VPC VPC-B")
	b.heading("VPC-B", "VPC-B")
}

// refused runs a command that must be refused for this reason and opens the
// page that explains it, which must stop at this gate.
func refused(i instance, command, reason, gate string) why {
	i.t.Helper()
	said := i.run(command)
	if strings.Contains(said, "backend in VPC2") || !strings.Contains(said, reason) {
		i.t.Errorf("%s is not refused because of %q but says:\n%s", command, reason, said)
	}
	i.sees(i.word("被拒绝："+gate, "Refused: "+gate))
	w := i.why()
	w.stopped(gate)
	return w
}
