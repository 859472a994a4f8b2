package web_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

const vpcPath = homePath + "/vpcs"

// main is what the page itself says, without the frame around it.
func (p *page) main() string { return p.text("main") }

// says fails unless the page's own part holds every word.
func (p *page) says(t *testing.T, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(p.main(), w) {
			t.Errorf("the page does not say %q but: %s", w, p.main())
		}
	}
}

// value is what a field of the page's form holds.
func (p *page) value(name string) string {
	return fields(p.Find("main form.form").First()).Get(name)
}

// problem is the message at a field, in words.
func (p *page) problem(name string) string {
	return p.text("#f-" + strings.ReplaceAll(name, ".", "-") + "-err")
}

// press presses the main button of the page's form as a browser does.
func (b *browser) press(at string, p *page, change ...string) *page {
	b.k.t.Helper()
	form := p.Find("main form.form").First()
	v := fields(form, change...)
	return b.do(http.MethodPost, at, v)
}

// again presses another button of the form, or with no name its refresh, which
// fetches the form again.
func (b *browser) again(at string, p *page, name, value string, change ...string) *page {
	b.k.t.Helper()
	form := p.Find("main form.form").First()
	v := fields(form, change...)
	if name != "" {
		if form.Find(`button[name="`+name+`"][value="`+value+`"][formmethod="get"]`).Length() == 0 {
			b.k.t.Fatalf("there is no button %s=%s; the page says %q", name, value, p.text("main"))
		}
		v.Add(name, value)
	}
	return b.get(at + "?" + v.Encode())
}

// follow presses the button and follows the redirect of a success.
func (b *browser) follow(p *page) *page {
	b.k.t.Helper()
	if p.status != http.StatusSeeOther {
		b.k.t.Fatalf("want a redirect, got %d: %s", p.status, p.main())
	}
	return b.get(p.location())
}

// links are the hrefs inside a part of the page.
func (p *page) hrefs(selector string) []string {
	var out []string
	for _, n := range p.Find(selector + " a[href]").Nodes {
		for _, a := range n.Attr {
			if a.Key == "href" {
				out = append(out, a.Val)
			}
		}
	}
	return out
}

// a CIDR block with host bits is refused with the network that was
// meant, which one click puts in; what was typed stays. ALI-02, COM-09: the
// range may be another VPC's too, and X-01: the page then says so with both
// documents.
func TestVPCWithHostBits(t *testing.T) {
	l := tutorial(t)
	at := vpcPath + "/new"
	p := l.press(at, l.get(at), "name", "VPC9", "cidr", "10.10.1.0/16", "description", "typed")
	if p.status != http.StatusUnprocessableEntity {
		t.Fatalf("host bits answer %d", p.status)
	}
	if p.value("cidr") != "10.10.1.0/16" || p.value("name") != "VPC9" || p.value("description") != "typed" {
		t.Errorf("typed values are lost: %v", fields(p.Find("main form.form")))
	}
	fix := p.Find(`#f-cidr-err button[name="fix"]`)
	if fix.AttrOr("value", "") != "cidr=10.10.0.0/16" || fix.AttrOr("formmethod", "") != "get" {
		t.Fatalf("the suggestion is %s", outline(fix))
	}
	p = l.again(at, p, "fix", "cidr=10.10.0.0/16")
	if p.status != http.StatusOK || p.value("cidr") != "10.10.0.0/16" || p.value("name") != "VPC9" || p.problem("cidr") != "" {
		t.Fatalf("after one click: %d %q %q %q", p.status, p.value("cidr"), p.value("name"), p.problem("cidr"))
	}
	p = l.follow(l.press(at, p))
	p.says(t, "VPC VPC9 is created", "10.10.0.0/16", "The CIDR block overlaps VPC1", "The English tutorial asks", "the Chinese one says that they may")
}

// Every field of the form says what is wrong with it, and nothing is lost.
func TestVPCFormMistakes(t *testing.T) {
	l := tutorial(t)
	at := vpcPath + "/new"
	for _, c := range []struct{ field, value, says string }{
		{"name", "", "Needs a value"},
		{"name", "https://vpc", "http://"},
		{"name", strings.Repeat("n", 129), "1 to 128"},
		{"cidr", "", "Needs a value"},
		{"cidr", "10.10.0.0", "10.10.0.0"},
		{"cidr", "10.10.0.0/30", "/30"},
		{"cidr", "8.8.0.0/16", "8.8.0.0/16"},
		{"description", "d", "2 to 256"},
	} {
		p := l.press(at, l.get(at), "name", "VPC9", "cidr", "10.20.0.0/16", "description", "fine", c.field, c.value)
		if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem(c.field), c.says) {
			t.Errorf("%s=%q answers %d %q", c.field, c.value, p.status, p.problem(c.field))
		}
		if p.value(c.field) != c.value {
			t.Errorf("%s=%q came back as %q", c.field, c.value, p.value(c.field))
		}
		if p.Find("#f-"+c.field).AttrOr("aria-invalid", "") != "true" {
			t.Errorf("%s is not marked as wrong", c.field)
		}
		if bareKey.MatchString(p.problem(c.field)) || leftOver.MatchString(p.problem(c.field)) {
			t.Errorf("%s=%q says %q", c.field, c.value, p.problem(c.field))
		}
	}
}

// The page of a VPC shows what is in it and where that is on this host
// (ALI-01, ALI-02), and which ports moved, with the program that holds them.
func TestVPCPage(t *testing.T) {
	l := tutorial(t)
	s, err := l.caller.VSwitch(t.Context(), l.vswitch(l.vpc1))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.k.engine.RememberMove(t.Context(), cloud.Move{
		ID: "m", VPC: l.vpc1.ID, Network: "tcp", Address: netip.MustParseAddrPort("10.10.2.9:80"),
		Host: netip.MustParseAddrPort("127.17.2.9:10080"), Holder: "nginx (pid 4242)", Reason: "move.held",
	}); err != nil {
		t.Fatal(err)
	}
	p := l.get(vpcPath + "/" + l.vpc1.ID)
	p.says(t, "10.10.0.0/16", "vsw-vpc1-b", "10.10.2.0/24", s.Twin.String(), "ECS1", "10.10.2.1", "sg-vpc1",
		"10.10.2.9:80", "127.17.2.9:10080", "held by nginx (pid 4242)", "Not listening")
	for _, want := range []string{"/vswitches/" + s.ID, "/instances/" + l.ecs["ECS1"].ID, "/vswitches/new?vpc=" + l.vpc1.ID} {
		if !strings.Contains(strings.Join(p.hrefs("main"), " "), want) {
			t.Errorf("no link to %s", want)
		}
	}
	if !strings.Contains(l.get(vpcPath+"?q=192.168").main(), "VPC2") || strings.Contains(l.get(vpcPath+"?q=192.168").main(), "10.10.0.0/16") {
		t.Error("the search for 192.168 does not find VPC2 alone")
	}
	l.get(vpcPath+"?q=nothing").says(t, "Nothing matches")
}

// This host is a client in a VPC once it is attached, and not before.
func TestAttachThisHost(t *testing.T) {
	l := tutorial(t)
	at := vpcPath + "/" + l.vpc1.ID
	l.get(at).says(t, "Not attached", "refused at the first gate")
	p := l.follow(l.post(at+"/host", "attach", "yes"))
	p.says(t, "This host is attached to VPC1", "Detach this host")
	if v, err := l.caller.VPC(t.Context(), l.vpc1.ID); err != nil || !v.Host {
		t.Errorf("attached: %v %v", v.Host, err)
	}
	p = l.follow(l.post(at+"/host", "attach", "no"))
	p.says(t, "Not attached", "Attach this host")
}

func TestVPCEditAndDelete(t *testing.T) {
	l := tutorial(t)
	at := vpcPath + "/" + l.vpc1.ID
	p := l.get(at + "/edit")
	if p.value("name") != "VPC1" {
		t.Errorf("the form holds %q", p.value("name"))
	}
	if p = l.press(at+"/edit", p, "name", ""); p.status != http.StatusUnprocessableEntity || p.problem("name") == "" {
		t.Errorf("no name answers %d %q", p.status, p.problem("name"))
	}
	l.follow(l.press(at+"/edit", p, "name", "VPC1-new", "description", "renamed")).says(t, "VPC1-new", "renamed")

	// What is still in it stands in the way, with links, before and after.
	for _, p := range []*page{l.get(at + "/delete"), l.post(at + "/delete")} {
		p.says(t, "vSwitch vsw-vpc1-b", "security group sg-vpc1", "not empty")
		if p.Find(`main form button`).Length() > 0 {
			t.Error("there is a delete button although it cannot work")
		}
		if len(p.hrefs(".banner")) < 2 {
			t.Errorf("blockers are not linked: %v", p.hrefs(".banner"))
		}
	}
	if p := l.post(at + "/delete"); p.status != http.StatusConflict {
		t.Errorf("deleting answers %d", p.status)
	}
	made, err := l.caller.CreateVPC(t.Context(), "eu-central-1", cloud.VPCInput{Name: "empty", CIDR: "10.99.0.0/16"})
	if err != nil {
		t.Fatal(err)
	}
	if p := l.get(vpcPath + "/" + made.ID + "/delete"); p.Find("main form button").Length() != 1 {
		t.Error("an empty VPC has no delete button")
	}
	l.follow(l.post(vpcPath+"/"+made.ID+"/delete")).says(t, "VPC empty is deleted")
}

// COM-03, COM-04: another account's VPC is not there, nor is one under
// another region's address.
func TestVPCBelongsToAccountAndRegion(t *testing.T) {
	l := tutorial(t)
	other := l.k.browser()
	other.as(1)
	for _, path := range []string{"", "/edit", "/delete"} {
		if p := other.get(vpcPath + "/" + l.vpc1.ID + path); p.status != http.StatusNotFound {
			t.Errorf("account B gets %d from %q", p.status, path)
		}
		if p := l.get("/aliyun/cn-shenzhen/vpcs/" + l.vpc1.ID + path); p.status != http.StatusNotFound {
			t.Errorf("Hangzhou answers %d from %q", p.status, path)
		}
	}
	for _, path := range []string{"/host", "/edit", "/delete"} {
		if p := other.post(vpcPath+"/"+l.vpc1.ID+path, "attach", "yes", "name", "mine"); p.status != http.StatusNotFound {
			t.Errorf("account B gets %d posting to %q", p.status, path)
		}
	}
	l.get("/aliyun/cn-shenzhen/vpcs").says(t, "No VPC in this region yet", "Create VPC")
}
