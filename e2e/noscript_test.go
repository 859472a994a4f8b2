package e2e

import "testing"

// TestWithoutScripts: what the tutorial does not do also works without
// scripts: deny and allow again, rules of a security group, a refusal to
// delete what is in use, and deleting (COM-12). The whitelist is in
// TestTwoAccounts.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	p, at := built(t, reader{Lang: "zh", NoJS: true})
	p.services().open().deny(demoEndpoint)
	refused(p.instance("ECS1"), "curl http://"+at.ip+"/", "连接被账号A", "连接许可")
	p.services().open().allow(demoEndpoint)

	p.group("sg-vpc1").drop("80")
	refused(p.instance("ECS1"), "curl http://"+at.ip+"/", "没有一条入方向规则允许", "网卡安全组")
	p.group("sg-vpc1").add("TCP", "80", "0.0.0.0/0")
	seesBoth(p.instance("ECS1"), at.domain)

	// The service is in use: its page says by what, and offers nothing.
	p.services().open()
	p.press("删除…")
	p.sees(demoEndpoint)
	if n, err := p.called(p.Locator("main"), "删除").Count(); err != nil || n != 0 {
		t.Errorf("%d buttons delete a service that is in use, %v", n, err)
	}
	p.endpoints().open(demoEndpoint)
	p.press("删除…")
	p.press("删除")
	p.comes(p.GetByText("还没有终端节点"))
}
