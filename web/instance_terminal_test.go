package web_test

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
)

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
	all, err := l.caller.FindEndpoints(t.Context(), "eu-central-1", cloud.Find{})
	if err != nil || len(all.Items) != 1 {
		t.Fatal(all, err)
	}
	e := all.Items[0]
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
