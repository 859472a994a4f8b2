package e2e

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The two documents of the Frankfurt tutorial, followed step by step with
// nothing but the words they use, from the sign-in to both backends' pages
// (COM-01, COM-12, COM-13, CLB-01 to CLB-16, LSN-01 to LSN-09, EPS-01 to
// EPS-07, EP-01 to EP-09, ACC-01 to ACC-03, TST-01; ).

func TestTutorialZH(t *testing.T) { follow(t, reader{Lang: "zh", NoJS: true}) }

func TestTutorialEN(t *testing.T) { follow(t, reader{Lang: "en"}) }

// TestTutorialInNamespaces: the same where every network is a namespace, and a
// program that knows no proxy is ECS1. No page names an address of this host for
// something that is not on it; the first range of the base is Culvert's own.
func TestTutorialInNamespaces(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("namespaces need root")
	}
	p, at := follow(t, reader{Lang: "en"}, "--underlay", "netns")
	for _, address := range []string{at.domain, at.zone, at.ip} {
		isBackend(t, command(t, shared.bin, "exec", "--data", p.Lab.data, "ECS1", "--", "curl", "-sS", "--max-time", "10", "http://"+address+"/"))
	}
	p.instance("ECS1")
	p.sees("What namespaces cannot do")
	pages := []func(){
		func() {}, func() { p.endpoints().open("endpoint-1") }, func() { p.balancers() },
		func() { p.press("clb-web") }, func() { p.visit("/aliyun/eu-central-1/vpcs") }, func() { p.press("VPC1") },
		func() { p.visit("/aliyun/eu-central-1/instances") }, func() { p.visit("/aliyun/eu-central-1/topology") },
	}
	for _, open := range pages {
		open()
		said, err := p.Locator("main").InnerText()
		if err != nil {
			t.Fatal(err)
		}
		for _, address := range onThisHost.FindAllStringSubmatch(said, -1) {
			if n, _ := strconv.Atoi(address[1]); n%16 != 0 {
				t.Errorf("%s names %s", p.URL(), address[0])
			}
		}
	}
}

var onThisHost = regexp.MustCompile(`\b127\.(\d+)\.\d+\.\d+`)

func follow(t *testing.T, r reader, flags ...string) (*page, addresses) {
	t.Parallel()
	r.Lab, r.Account = newLab(t, flags...), accountA
	p := open(t, r)

	// Step 1: Create an internal-facing CLB instance that supports PrivateLink
	clbs := p.balancers()
	clbs.buy("clb-web")

	// Step 2: Configure the CLB instance
	configure(clbs.configure("clb-web"))

	// Step 3: Create an endpoint service
	p.services()
	p.region(p.word("德国（法兰克福）", "Germany (Frankfurt)"))
	name := p.services().create("clb-web", "frankfurt tutorial").name()
	seesOwnAccount(service{p}) // EPS-05

	// Step 4: Create an endpoint
	p.endpoints()
	p.region(p.word("德国（法兰克福）", "Germany (Frankfurt)"))
	e := p.endpoints().create(wish{
		name: "endpoint-1", service: name, vpc: "VPC1", group: "sg-vpc1", vswitch: "vsw-vpc1-b", description: "frankfurt tutorial",
	})
	e.state("状态（终端节点）", "Status (endpoint)", "可用", "Available")
	e.state("连接状态", "Connection status", "已断开", "Disconnected")
	at := e.addresses()
	refusedBeforeAllow(p.instance("ECS1"), at)

	// Step 5: Accept connection requests from endpoints
	p.services()
	p.region(p.word("德国（法兰克福）", "Germany (Frankfurt)"))
	p.services().open().allow("endpoint-1")
	p.endpoints().open("endpoint-1").state("连接状态", "Connection status", "已连接", "Connected")

	// Step 6: Access services by using the endpoint
	ecs1 := p.instance("ECS1")
	for _, address := range []string{at.domain, at.zone, at.ip} {
		seesBoth(ecs1, address)
	}
	p.home().done("6 步完成 6 步", "6 of 6 steps done")
	p.sees(p.word("全部完成", "All done"))
	return p, at
}

// configure is step 2: the wizard's four steps, and what comes of them.
func configure(w listener) {
	w.t.Helper()
	w.step("协议&监听", "Protocol and Listener")
	w.radio(w.word("选择负载均衡协议", "Select Listener Protocol"), "TCP")
	w.fill(w.word("监听端口", "Listening Port"), "80")
	w.next()
	w.step("后端服务器", "Backend Servers")
	w.addServers("ECS2", "ECS3")
	w.fill(w.word("后端端口", "Backend port"), "80")
	w.next()
	w.step("健康检查", "Health Check")
	w.next()
	w.step("配置审核", "Confirm")
	for _, name := range []string{"ECS2", "ECS3"} {
		w.seesIn(w.row(name), "100")
	}
	w.press(w.word("提交", "Submit"))
	w.sees(w.word("监听配置完成", "The listener is configured"))
	for _, name := range []string{"ECS2", "ECS3"} {
		w.comes(w.row(name).GetByText(w.word("正常", "Normal"))) // LSN-08
	}
	w.press(w.word("确定", "OK"))
	w.heading("实例", "Instances")
	w.comes(w.row("clb-web").GetByText(w.word("正常 2/2", "Normal 2/2")))
}

func seesOwnAccount(s service) {
	s.t.Helper()
	s.tab("服务白名单", "Whitelist")
	s.seesIn(s.row(s.word("账号A", "Account A")), s.word("创建时自动加入", "added automatically"))
}

// refusedBeforeAllow: no packet passes while the connection is not accepted,
// and the page names that as the reason (COM-02, COM-13).
func refusedBeforeAllow(ecs1 instance, at addresses) {
	ecs1.t.Helper()
	for _, address := range []string{at.ip, at.domain} {
		said := ecs1.run("curl http://" + address + "/")
		if strings.Contains(said, "ECS2:") || strings.Contains(said, "ECS3:") {
			ecs1.t.Errorf("before Allow, %s answers:\n%s", address, said)
		}
		want := ecs1.word("连接还没有被允许", "The connection is not allowed yet")
		if address == at.domain {
			want = ecs1.word("域名要到允许后才解析", "its names resolve once it is allowed")
		}
		if !strings.Contains(said, want) {
			ecs1.t.Errorf("curl %s does not say %q but:\n%s", address, want, said)
		}
		ecs1.sees(ecs1.word("去允许连接", "Allow the connection"))
	}
}

// seesBoth opens the address until both backends' pages were seen (LSN-09):
// with equal weights that takes two or three times.
func seesBoth(ecs1 instance, address string) {
	ecs1.t.Helper()
	var seen [2]bool
	for range 6 {
		said := ecs1.run("curl http://" + address + "/")
		for n, page := range []string{"ECS2: the first backend in VPC2", "ECS3: the second backend in VPC2"} {
			seen[n] = seen[n] || strings.Contains(said, page)
		}
		if seen == [2]bool{true, true} {
			return
		}
	}
	ecs1.t.Errorf("six curls of %s showed ECS2 %v, ECS3 %v", address, seen[0], seen[1])
}
