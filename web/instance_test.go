package web_test

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
)

const instancePath = homePath + "/instances"

func (l *lab) instance(name string) cloud.InstanceView {
	l.k.t.Helper()
	all, err := l.caller.Instances(l.k.t.Context(), "eu-central-1", "")
	if err != nil {
		l.k.t.Fatal(err)
	}
	for _, i := range all {
		if i.Name == name {
			return i
		}
	}
	l.k.t.Fatalf("no instance %s", name)
	return cloud.InstanceView{}
}

// ALI-05: an instance created without a group uses the VPC's default group,
// which the system makes; the page says so before and after.
func TestInstanceWithoutGroups(t *testing.T) {
	l := tutorial(t)
	at := instancePath + "/new"
	p := l.get(at + "?vswitch=" + l.vswitch(l.vpc1))
	p.says(t, "Choose none and the VPC's default group is used", "ICMP, SSH 22 and RDP 3389 in", "sg-vpc1")
	p = l.follow(l.press(at, p, "name", "ECS9", "program", "web", "port", "8080", "text", "Hello"))
	p.says(t, "Instance ECS9 is created at 10.10.2.2", "sg-default", "port 8080")
	i := l.instance("ECS9")
	g, err := l.caller.SecurityGroup(t.Context(), i.Groups[0])
	if err != nil || !g.Default || g.VPC != l.vpc1.ID {
		t.Fatalf("its group is %+v, %v", g.SecurityGroup, err)
	}
	l.get(groupPath+"/"+g.ID).says(t, "default group", "Made by the system when an instance was created without a group", "Members of sg-default")
}

// ALI-03: address, groups and program as chosen. The groups offered are those
// of the vSwitch's VPC; others are taken out with a message.
func TestInstanceWithEverything(t *testing.T) {
	l := tutorial(t)
	at := instancePath + "/new"
	l.get(at).says(t, "Choose a vSwitch first")
	p := l.again(at, l.get(at), "", "", "vswitch", l.vswitch(l.vpc2), "name", "ECS8", "ip", "192.168.24.20")
	g := l.group("sg-default")
	if p.Find(`input[name="groups"][value="`+g.ID+`"]`).Length() != 1 || strings.Contains(p.main(), l.group("sg-vpc1").ID) {
		t.Fatalf("the groups offered are not VPC2's: %s", p.main())
	}
	moved := l.again(at, p, "", "", "groups", g.ID, "vswitch", l.vswitch(l.vpc1))
	moved.says(t, "“Security groups” no longer fits and was cleared")
	if v := fields(moved.Find("main form.form")); len(v["groups"]) != 0 || v.Get("name") != "ECS8" || v.Get("ip") != "192.168.24.20" {
		t.Errorf("after another vSwitch the form holds %v", v)
	}
	l.follow(l.press(at, p, "groups", g.ID, "program", "echo", "port", "")).says(t, "Echo, port 7", "192.168.24.20")
	if i := l.instance("ECS8"); !slices.Equal(i.Groups, []string{g.ID}) || i.Program != cloud.ProgramEcho || i.Port != 7 {
		t.Errorf("stored: %+v", i.Instance)
	}
}

// an address outside the vSwitch is refused with the reason; so is
// every other mistake, at its field.
func TestInstanceMistakes(t *testing.T) {
	l := tutorial(t)
	at := instancePath + "/new"
	fine := []string{"name", "fine", "vswitch", l.vswitch(l.vpc2), "ip", "", "groups", "", "program", "web", "port", "80", "text", ""}
	for _, c := range []struct{ field, value, says string }{
		{"name", "x", "2 to 128"},
		{"vswitch", "", "Choose"},
		{"vswitch", "vsw-gone", "no vSwitch vsw-gone"},
		{"ip", "192.168.20.200", "192.168.24.0/24"},
		{"ip", "10.0.0.2", "192.168.24.0/24"},
		{"ip", "192.168.24.11", "ECS2"},
		{"ip", "192.168.24.255", "reserved"},
		{"ip", "ECS3", "ECS3"},
		{"groups", l.group("sg-vpc1").ID, "not in this VPC"},
		{"program", "nginx", "nginx"},
		{"port", "0", "65535"},
		{"port", "http", "http"},
		{"text", strings.Repeat("x", 4097), "4096"},
	} {
		p := l.post(at, withoutEmptyGroups(changed(fine, c.field, c.value))...)
		if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem(c.field), c.says) {
			t.Errorf("%s=%q answers %d %q", c.field, c.value, p.status, p.problem(c.field))
		}
		if c.field != "groups" && c.field != "vswitch" && c.field != "program" && p.value(c.field) != c.value {
			t.Errorf("%s=%q came back as %q", c.field, c.value, p.value(c.field))
		}
	}
}

// withoutEmptyGroups leaves the group out that nobody ticked, as a browser
// does.
func withoutEmptyGroups(pairs []string) []string {
	i := slices.Index(pairs, "groups")
	if i >= 0 && pairs[i+1] == "" {
		return slices.Delete(slices.Clone(pairs), i, i+2)
	}
	return pairs
}

func TestInstanceEditGroupsRunDelete(t *testing.T) {
	l := tutorial(t)
	i := l.ecs["ECS2"]
	at := instancePath + "/" + i.ID
	p := l.get(at + "/edit")
	if p.value("name") != "ECS2" || p.value("program") != "web" || p.value("port") != "80" || p.value("text") == "" {
		t.Errorf("the form holds %v", fields(p.Find("main form.form")))
	}
	if p := l.press(at+"/edit", p, "port", "x"); p.status != http.StatusUnprocessableEntity || p.problem("port") == "" || p.value("port") != "x" {
		t.Errorf("a wrong port answers %d %q", p.status, p.problem("port"))
	}
	l.follow(l.press(at+"/edit", p, "name", "ECS2b", "program", "none")).says(t, "ECS2b", "python3 -m http.server --bind "+i.Twin.String())

	p = l.get(at + "/groups")
	if v := fields(p.Find("main form.form")); !slices.Equal(v["groups"], i.Groups) {
		t.Errorf("ticked: %v, carried: %v", v["groups"], i.Groups)
	}
	if p := l.post(at + "/groups"); p.status != http.StatusUnprocessableEntity || p.problem("groups") == "" {
		t.Errorf("no group answers %d %q", p.status, p.problem("groups"))
	}
	g, err := l.caller.CreateSecurityGroup(t.Context(), "eu-central-1", cloud.GroupInput{VPC: l.vpc2.ID, Name: "sg-new", Template: cloud.TemplateOpen})
	if err != nil {
		t.Fatal(err)
	}
	l.follow(l.post(at+"/groups", "groups", g.ID, "groups", i.Groups[0])).says(t, "sg-new", "sg-default")

	l.follow(l.post(at+"/run", "running", "no")).says(t, "ECS2b is stopped", "Stopped", "opens nothing")
	if p := l.get(at); p.Find("#cmd[disabled]").Length() != 1 {
		t.Error("the terminal of a stopped instance takes commands")
	}
	l.follow(l.post(at+"/run", "running", "yes")).says(t, "ECS2b is started", "Running")

	// A backend server is not deleted: the CLB is named, with a link.
	a := l.k.browser()
	a.as(0)
	if err := l.caller.BuildLab(t.Context(), "eu-central-1"); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*page{l.get(at + "/delete"), l.post(at + "/delete")} {
		p.says(t, "CLB instance clb-web", "backend server")
		if !strings.Contains(strings.Join(p.hrefs(".banner"), " "), "/load-balancers/lb-") {
			t.Errorf("the CLB is not linked: %v", p.hrefs(".banner"))
		}
	}
	if p := l.post(at + "/delete"); p.status != http.StatusConflict {
		t.Errorf("deleting answers %d", p.status)
	}
	ecs1 := instancePath + "/" + l.ecs["ECS1"].ID
	l.get(ecs1+"/delete").says(t, "10.10.2.1 becomes free in vSwitch vsw-vpc1-b")
	l.follow(l.post(ecs1+"/delete")).says(t, "Instance ECS1 is deleted")
	l.get(instancePath+"?q=192.168.24.12").says(t, "ECS3")
}

func TestInstanceBelongsToAccountAndRegion(t *testing.T) {
	l := tutorial(t)
	other := l.k.browser()
	other.as(1)
	for _, path := range []string{"", "/edit", "/groups", "/delete"} {
		if p := other.get(instancePath + "/" + l.ecs["ECS1"].ID + path); p.status != http.StatusNotFound {
			t.Errorf("account B gets %d from %q", p.status, path)
		}
	}
	for _, path := range []string{"", "/edit", "/groups", "/run", "/delete"} {
		if p := other.post(instancePath+"/"+l.ecs["ECS1"].ID+path, "cmd", "help", "running", "no", "name", "mine"); p.status != http.StatusNotFound {
			t.Errorf("account B gets %d posting to %q", p.status, path)
		}
	}
	if p := l.get("/aliyun/cn-hangzhou/instances/" + l.ecs["ECS1"].ID); p.status != http.StatusNotFound {
		t.Errorf("Hangzhou answers %d", p.status)
	}
	l.get("/aliyun/cn-hangzhou/instances").says(t, "No instance in this region yet")
	l.get("/aliyun/cn-hangzhou/instances/new").says(t, "There is no vSwitch yet", "Create vSwitch")
}

// type_ sends a command line by the terminal's own form, as a browser without
// JavaScript does.
func (l *lab) type_(at string, p *page, line string) *page {
	l.k.t.Helper()
	form := p.Find(".term form").First()
	if action := form.AttrOr("action", ""); action != at+"#terminal" {
		l.k.t.Fatalf("the terminal posts to %q", action)
	}
	return l.do(http.MethodPost, at, fields(form, "cmd", line))
}

// TST-01: from the terminal of ECS1 the endpoint's service answers once the
// connection is allowed, and the refusals before name the gate, say who must
// act, and lead to where it is done. The examples carry this account's own
// domain names.
func TestTerminal(t *testing.T) {
	l := running(t, "127.84.0.0/14")
	if err := l.caller.BuildLab(t.Context(), "eu-central-1"); err != nil {
		t.Fatal(err)
	}
	all, err := l.caller.Endpoints(t.Context(), "eu-central-1", "")
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	e := all[0]
	at := instancePath + "/" + l.ecs["ECS1"].ID
	var p *page
	l.k.until("every address on the page listens", func() bool {
		p = l.get(at)
		return !strings.Contains(p.main(), "Not listening")
	})
	for _, command := range []string{"curl http://" + e.Domain + "/", "dig " + e.Domain, "nc -vz " + e.Zones[0].IP.String() + " 80", "help"} {
		if p.Find(`#terminal button[name="cmd"][value="`+command+`"]`).Length() != 1 {
			t.Errorf("no example %q", command)
		}
	}
	p.says(t, "socks5h://", "bin/culvert exec ECS1 -- curl http://"+e.Domain, "--proxy-server=socks5://", "What loopback mode cannot do")

	l.k.until("the service answers in ECS1's terminal", func() bool {
		p = l.type_(at, l.get(at), "curl http://"+e.Domain+"/")
		return strings.Contains(p.text(".term pre"), "backend in VPC2")
	})
	p = l.type_(at, p, "dig +short "+e.Domain)
	if screen := p.text(".term pre"); !strings.Contains(screen, e.Zones[0].IP.String()) || !strings.Contains(screen, "backend in VPC2") {
		t.Errorf("the second command loses the first or finds nothing: %s", screen)
	}
	if got := p.Find("datalist option").Length(); got != 2 {
		t.Errorf("%d commands are remembered", got)
	}

	// A port nobody lets in: the group is named, with its page and the Why page.
	p = l.type_(at, p, "probe "+e.Zones[0].IP.String()+":8080")
	p.says(t, "ENI", "security group sg-vpc1")
	links := strings.Join(p.hrefs("#terminal .banner"), " ")
	if !strings.Contains(links, "/security-groups/"+l.ecs["ECS1"].Groups[0]) || !strings.Contains(links, "/why?") || !strings.Contains(links, "port=8080") {
		t.Errorf("the refusal leads to %s", links)
	}

	// ping only asks the rules; there is no port that the Why page could ask about.
	p = l.type_(at, p, "ping 192.168.24.11")
	if links := strings.Join(p.hrefs("#terminal .banner"), " "); strings.Contains(links, "/why?") || p.Find("#terminal .banner.is-bad").Length() != 1 {
		t.Errorf("a refused ping leads to %s", links)
	}

	// After Deny the connection is the gate, and this account may allow it.
	if err := l.caller.Deny(t.Context(), e.Service, e.ID); err != nil {
		t.Fatal(err)
	}
	l.k.until("the denial is seen", func() bool {
		p = l.type_(at, l.get(at), "nc -vz "+e.Zones[0].IP.String()+" 80")
		return p.Find("#terminal .banner.is-bad").Length() == 1
	})
	p.says(t, "denied the connection", "Refused: Connection")
	if links := strings.Join(p.hrefs("#terminal .banner"), " "); !strings.Contains(links, "/endpoint-services/"+e.Service+"?tab=connections") {
		t.Errorf("the refusal does not lead to the connections: %s", links)
	}
	// COM-02: another VPC's instance is out of reach without an endpoint.
	l.type_(at, l.get(at), "curl http://192.168.24.11/").says(t, "192.168.24.11", "other VPC")
}

// ALI-03: where the built-in program really is on this host is said, also when
// its port had to move; the VPC's page names the holder.
func TestMovedProgram(t *testing.T) {
	l := running(t, "127.80.0.0/14")
	i := l.ecs["ECS2"]
	held, err := net.Listen("tcp4", netip.AddrPortFrom(i.Twin, 8088).String())
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	at := instancePath + "/" + i.ID
	l.follow(l.press(at+"/edit", l.get(at+"/edit"), "port", "8088"))
	l.k.until("the page says where the program moved", func() bool {
		return strings.Contains(l.get(at).main(), "Its port is 8088; on this host it moved to 18088: the port is held by")
	})
	l.get(at).says(t, netip.AddrPortFrom(i.Twin, 18088).String())
	l.k.until("the VPC's page names the holder", func() bool {
		p := l.get(vpcPath + "/" + l.vpc2.ID)
		return strings.Contains(p.main(), "192.168.24.11:8088") && strings.Contains(p.text("section[aria-labelledby=moves]"), "web.test")
	})
}

// The terminal speaks both languages, cuts what a forged form carries along,
// and never shows it as HTML.
func TestTerminalTranscript(t *testing.T) {
	l := running(t, "127.88.0.0/14")
	at := instancePath + "/" + l.ecs["ECS1"].ID
	l.header.Set("Accept-Language", "zh")
	p := l.post(at, "cmd", "rm -rf /", "past", `[{"c":"echo <b>x</b>","o":"<script>1</script>","k":true}]`)
	if p.status != http.StatusOK || !strings.Contains(p.text(".term pre"), "终端里没有 rm 这个命令") {
		t.Errorf("an unknown command: %d %s", p.status, p.text(".term pre"))
	}
	if !strings.Contains(p.text(".term pre"), "<script>1</script>") || p.Find(".term pre script, .term pre b b").Length() != 0 {
		t.Error("what was carried along became HTML")
	}
	var past []string
	for range 30 {
		past = append(past, `{"c":"help"}`)
	}
	p = l.post(at, "cmd", "", "past", "["+strings.Join(past, ",")+"]")
	if n := strings.Count(p.text(".term pre"), "]$ help"); n != 8 {
		t.Errorf("%d commands are carried along, want 8", n)
	}
	for _, junk := range []string{"{", "null", `[1]`, `{"c":1}`} {
		if p := l.post(at, "cmd", "help", "past", junk); p.status != http.StatusOK || !strings.Contains(p.text(".term pre"), "curl") {
			t.Errorf("with past %q: %d", junk, p.status)
		}
	}
	checkPage(t, at, "zh", &page{Document: goquery.NewDocumentFromNode(p.Nodes[0]), status: p.status, header: p.header, body: p.body})
}

// COM-02, COM-03: what stops a connection on the provider's side is not told
// to another account; it is told whom to ask.
func TestTerminalAcrossAccounts(t *testing.T) {
	l := running(t, "127.92.0.0/14")
	ctx := t.Context()
	if err := l.caller.BuildLab(ctx, "eu-central-1"); err != nil {
		t.Fatal(err)
	}
	services, err := l.caller.Services(ctx, "eu-central-1")
	if err != nil || len(services) != 1 {
		t.Fatal(services, err)
	}
	other := l.k.browser()
	b := l.k.engine.As(other.as(1))
	if err := l.caller.AddGrant(ctx, services[0].ID, b.Account().ID); err != nil {
		t.Fatal(err)
	}
	mine, err := b.Instances(ctx, "eu-central-1", "")
	if err != nil || len(mine) == 0 {
		t.Fatal(mine, err)
	}
	e, err := b.CreateEndpoint(ctx, "eu-central-1", cloud.EndpointInput{
		Name: "from-b", How: cloud.ByName, ServiceName: services[0].Name, VPC: mine[0].VPC, Groups: mine[0].Groups,
		Zones: []cloud.ZoneInput{{Zone: mine[0].Zone, VSwitch: mine[0].VSwitch}},
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := b.Endpoint(ctx, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	at := instancePath + "/" + mine[0].ID
	try := func(want string) *page {
		t.Helper()
		var p *page
		l.k.until("the terminal says "+want, func() bool {
			p = other.post(at, "cmd", "curl http://"+v.Zones[0].IP.String()+":80/")
			return strings.Contains(p.text("#terminal"), want)
		})
		return p
	}
	p := try("This is for the service provider Account A to do")
	if links := strings.Join(p.hrefs("#terminal .banner"), " "); strings.Contains(links, "/endpoint-services/") {
		t.Errorf("account B is led to account A's page: %s", links)
	}
	if err := l.caller.Allow(ctx, services[0].ID, e.ID, cloud.AllowInput{Auto: true}); err != nil {
		t.Fatal(err)
	}
	try("backend in VPC2")
	for _, name := range []string{"ECS2", "ECS3"} {
		if _, err := l.caller.RunInstance(ctx, l.ecs[name].ID, false); err != nil {
			t.Fatal(err)
		}
	}
	p = try("on Account A")
	for _, secret := range []string{"clb-web", "ECS2", "ECS3", "192.168.24"} {
		if strings.Contains(p.text("#terminal .banner"), secret) {
			t.Errorf("account B is told %q: %s", secret, p.text("#terminal .banner"))
		}
	}
}
