package web_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
)

const ctyunPath = "/ctyun/cn-gz4"

// asIn signs in with one click to another console than the first.
func (b *browser) asIn(n int, edition string) cloud.Account {
	b.k.t.Helper()
	accounts, err := b.k.engine.DemoAccounts(b.k.t.Context())
	if err != nil {
		b.k.t.Fatal(err)
	}
	if p := b.post("/login/demo", "account", accounts[n].ID, "next", "/"+edition); p.location() != "/"+edition {
		b.k.t.Fatalf("sign in to %s: %d %s", edition, p.status, p.location())
	}
	return accounts[n]
}

// theirWords are what the other cloud calls things.
var theirWords = []string{
	"交换机", "专有网络", "地域", "传统型", "私网连接", "阿里云", "ECS", "CLB", "ENI", "vSwitch", "PrivateLink", "Alibaba",
}

// Every page of the ctyun console that links lead to is whole and speaks its
// own cloud's words, in both languages (COM-12, TY-01).
func TestEveryPageOfCtyun(t *testing.T) {
	k := demo(t)
	for n, name := range []string{"A", "B"} {
		b := k.browser()
		b.asIn(n, "ctyun")
		c := crawl{b: b, home: ctyunPath, never: theirWords}
		for _, lang := range []string{"zh", "en"} {
			t.Run(lang+" of account "+name, func(t *testing.T) { c.run(t, lang) })
		}
	}
}

// checkNever looks for the words that must not be there, except in the menu of
// clouds and on pages before and beside the console (signing in, settings of
// the installation, what happened in every cloud).
func (c crawl) checkNever(t *testing.T, path string, p *page) {
	t.Helper()
	if !strings.HasPrefix(path, c.home) || strings.Contains(path, "/admin/") || strings.Contains(path, "/events") {
		return
	}
	p.Find("#cloud-menu, script, code").Remove()
	said := p.text("html")
	p.Find("[placeholder], [aria-label], [title]").Each(func(_ int, s *goquery.Selection) {
		for _, attr := range []string{"placeholder", "aria-label", "title"} {
			said += " " + s.AttrOr(attr, "")
		}
	})
	for _, word := range c.never {
		if before, after, found := strings.Cut(said, word); found {
			t.Errorf("%s says %q: %q", path, word, before[max(0, len(before)-40):]+word+after[:min(40, len(after))])
		}
	}
}

// TY-01: "service list > network > VPC endpoint" leads to the endpoints, and
// the menu of clouds to both consoles.
func TestServiceList(t *testing.T) {
	b := demo(t).browser()
	b.asIn(0, "ctyun")
	b.get("/login?lang=zh")
	p := b.get(ctyunPath)
	button := p.Find(`.bar [popovertarget="service-menu"]`)
	if got := strings.TrimSpace(button.Text()); got != "服务列表" {
		t.Fatalf("the bar offers %q", got)
	}
	var found bool
	p.Find("#service-menu > div").Each(func(_ int, group *goquery.Selection) {
		link := group.Find(`a[href="` + ctyunPath + `/endpoints"]`)
		if link.Length() == 1 {
			found = true
			if title, label := group.Find("h2").Text(), strings.TrimSpace(link.Text()); title != "网络" || label != "VPC 终端节点" {
				t.Errorf("the endpoints are under %q > %q", title, label)
			}
		}
	})
	if !found {
		t.Error("the service list does not lead to the endpoints")
	}
	if p.Find(`nav.side a[href="`+ctyunPath+`/endpoints"]`).Length() != 1 || p.Find(`nav.side a[href="`+ctyunPath+`/endpoint-services"]`).Length() != 1 {
		t.Error("the navigation misses endpoints or services")
	}
	if n := p.Find(`#cloud-menu a`).Length(); n != 3 {
		t.Errorf("the menu of clouds has %d entries", n)
	}
	var regions []string
	p.Find("#region-menu a").Each(func(_ int, a *goquery.Selection) { regions = append(regions, a.Text()) })
	if got := strings.Join(regions, ", "); got != "广州 4, 上海 4, 内蒙 3" {
		t.Errorf("the regions are %s", got)
	}
}

// TY-05, TYD-05: the page 我的凭证 has the account ID and the form in which a
// whitelist names it, both to copy.
func TestCredentials(t *testing.T) {
	b := demo(t).browser()
	a := b.asIn(1, "ctyun")
	b.get("/login?lang=zh")
	if link := b.get(ctyunPath).Find(`#me-menu a[href="` + ctyunPath + `/account"]`); !strings.Contains(link.Text(), "我的凭证") {
		t.Errorf("the account menu says %q", link.Text())
	}
	p := b.get(ctyunPath + "/account")
	if got := p.text("h1"); got != "我的凭证" {
		t.Errorf("the page is called %q", got)
	}
	for _, want := range []string{a.DomainID, "iam:domain::" + a.DomainID} {
		if p.Find(`[data-copy="`+want+`"]`).Length() != 1 {
			t.Errorf("%s cannot be copied", want)
		}
	}
	if strings.Contains(p.text("main .block"), a.ID) {
		t.Error("the page shows the other cloud's account ID")
	}
}

// ctyun's load balancer is made by a short form: a subnet that is not in the
// chosen VPC is cleared with a word, what is missing is told at its field, and
// nothing typed is lost (TYS-09).
func TestLoadBalancerForm(t *testing.T) {
	k := demo(t)
	b := k.browser()
	a := b.asIn(0, "ctyun")
	b.get("/login?lang=en")
	form := ctyunPath + "/load-balancers/new"
	p := b.get(form)
	for _, name := range []string{"spec", "billing", "zone", "address", "quantity"} {
		if p.Find(`main [name="`+name+`"]`).Length() != 0 {
			t.Errorf("the form asks for %s", name)
		}
	}
	caller := k.engine.As(a)
	subnets, err := caller.VSwitches(t.Context(), "cn-gz4", "")
	if err != nil {
		t.Fatal(err)
	}
	at, other := subnets[0], subnets[1]
	p = b.get(form + "?name=elb-2&feature=classic&vpc=" + at.VPC + "&vswitch=" + other.ID)
	if !strings.Contains(p.text("main"), "The VPC was changed and the subnet is not in it") || !strings.Contains(p.text("aside"), "classic") {
		t.Errorf("the form says %q", p.text("main"))
	}
	p = b.post(form, "name", "elb 2", "feature", "classic")
	if p.status != 422 || p.Find(`[name="name"]`).AttrOr("value", "") != "elb 2" || p.Find(`[name="feature"][value="classic"][checked]`).Length() != 1 {
		t.Errorf("a refused form answers %d with %q", p.status, p.Find(`[name="name"]`).AttrOr("value", ""))
	}
	if p = b.post(form, "name", "elb-2", "feature", "classic", "vpc", at.VPC, "vswitch", at.ID); p.status != 303 {
		t.Fatalf("a good form answers %d: %s", p.status, p.text("main"))
	}
	made, err := caller.Balancers(t.Context(), "cn-gz4")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range made {
		if m.Name == "elb-2" {
			p = b.get(ctyunPath + "/load-balancers/" + m.ID)
		}
	}
	if got := p.Find("main .block").Text(); !strings.Contains(got, "Classic") || strings.Contains(got, "slb.") {
		t.Errorf("its page says %q", got)
	}
}
