package e2e

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestEveryPage: every page that the navigation leads to, in both languages,
// on a desk and on a phone: it opens, nothing sticks out at the side, scripts
// and policy are silent, and axe-core finds nothing (COM-12, DESIGN "Pages").
// A page is opened once in each language and asked on the desk and, in the
// other theme, on the phone; the themes change places from page to page. So
// each page is seen in every pair of language, width and theme, and all eight
// of them are seen.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	p, at := built(t, reader{Lang: "zh"})
	p.instance("ECS1").run("curl http://" + at.domain + "/")
	p.instance("ECS1").run("curl http://" + at.ip + ":8080/")
	name := p.services().open().name()
	p.endpoints().create(wish{
		name: "waits", service: name, vpc: "VPC1", group: "sg-vpc1", vswitch: "vsw-vpc1-b", description: "waits for its provider",
	})
	p.privateZones().add("corp.example", "VPC1")
	p.privateZones().records("corp.example").alias("db", "db.corp.example", at.domain)
	pages := append(reachable(p, console), "/login?more=1", console+"/nothing-here", console+"/why?protocol=tcp&port=80&target="+at.ip)
	seeEvery(t, reader{Lab: p.Lab, Account: accountA}, pages)
}

// TestEveryCtyunPage: the same of the pages that only ctyun's console has, or
// has in its own way (TY-01 to TY-07); the others are the same as aliyun's.
func TestEveryCtyunPage(t *testing.T) {
	t.Parallel()
	r := reader{Lab: newLab(t), Account: accountA, Ctyun: true}
	p := open(t, r)
	p.premises().make("dc-1", "VPN", "10.8.0.0/24", "vpcep-client-180815")
	ip := p.connect(offer{name: "web", approval: true, mappings: []mapping{{"TCP", "8080", "80"}, {"UDP", "8080", "80"}}, backend: backend{balancer: "elb-web"}}).ip()
	p.instance("client-a").run("curl http://" + ip + "/")
	dns := purchase{cloud: "cn.ctyun.cn-gzt.dns", domain: true, vpc: "vpcep-client-180815", subnet: "subnet-7ff8"}
	p.vpceps().create(dns, "已接受", "Accepted")
	name := p.vpcepServices().generated("web")
	// Pages that forms lead to: 已找到服务, 规格确认, the filled in form of a
	// service, what was deleted, the check of the backends.
	pages := []string{south + "/endpoint-services?status=deleted", "/login?next=/ctyun"}
	at := func() { pages = append(pages, strings.TrimPrefix(p.URL(), p.Lab.url)) }
	goodForm(p, "web-1")
	at()
	p.visit(south + "/help")
	p.press("检查")
	at()
	p.vpceps().fillPurchase(purchase{service: name, vpc: "vpcep-client-180815", subnet: "subnet-7ff8"})
	at()
	p.press("立即创建")
	p.heading("规格确认", "Confirm Details")
	at()
	for _, address := range reachable(p, south) {
		if ctyunsOwn.MatchString(strings.TrimPrefix(address, south)) {
			pages = append(pages, address)
		}
	}
	seeEvery(t, r, pages)
}

// ctyunsOwn are the addresses, below the region's, of the pages that are
// ctyun's own.
var ctyunsOwn = regexp.MustCompile(`^($|#|/(help|account|endpoints|endpoint-services|network-acls|idcs|load-balancers/new|instances/[^/?]+($|/nics)|vswitches/[^/?]+/acl))`)

// seeEvery sees all these pages in both languages.
func seeEvery(t *testing.T, r reader, pages []string) {
	t.Logf("%d pages", len(pages))
	for _, lang := range []string{"zh", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			r.Lang, r.NoTrace = lang, true
			p := open(t, r)
			dark := lang == "zh"
			for _, address := range pages {
				dark = !dark
				p.seen(dark, 1440)
				p.look(address)
				p.accessible()
				p.seen(!dark, 390)
				p.fits(address)
				p.accessible()
			}
		})
	}
}

// seen makes the reader prefer dark or light and the window this wide; nothing
// fades from one to the other.
func (p *page) seen(dark bool, width int) {
	p.t.Helper()
	media := playwright.PageEmulateMediaOptions{ColorScheme: playwright.ColorSchemeLight, ReducedMotion: playwright.ReducedMotionReduce}
	if dark {
		media.ColorScheme = playwright.ColorSchemeDark
	}
	if err := p.EmulateMedia(media); err != nil {
		p.t.Fatal(err)
	}
	if err := p.SetViewportSize(width, 900); err != nil {
		p.t.Fatal(err)
	}
}

// look opens a page and judges it as a whole.
func (p *page) look(address string) {
	p.t.Helper()
	res, err := p.Goto(address)
	if err != nil {
		p.t.Fatalf("open %s: %v", address, err)
	}
	if missing := strings.HasSuffix(address, "/nothing-here"); !missing && res.Status() != 200 || missing && res.Status() != 404 {
		p.t.Errorf("%s answers %d", address, res.Status())
	}
	p.fits(address)
}

// fits fails the test if the page is wider than its window.
func (p *page) fits(address string) {
	p.t.Helper()
	out, err := p.Evaluate(`() => {
		const wide = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= wide) return "";
		const out = [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > wide + 1 && e.checkVisibility());
		return document.documentElement.scrollWidth + " > " + wide + ": " + out.slice(-3).map(e => e.outerHTML.slice(0, 160)).join("\n");
	}`)
	if err != nil {
		p.t.Fatal(err)
	}
	if out != "" {
		p.t.Errorf("%s sticks out at the side: %v", address, out)
	}
}

// thing is an ID or a zone in an address: one page of a kind stands for all of
// them.
var thing = regexp.MustCompile(`/(vpc|vsw|sg|i|lb|ep|eni|epsrv|l|lsn|sgr|proj|in05|pl)-[a-z0-9-]+|/2[0-9]{17}|/[0-9a-f]{32}|/[0-9]{16}|/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|/(zones|resources)/[a-z]+-[a-z0-9-]+`)

// reachable are the addresses of the pages that links lead to from a region's
// overview, one of each kind; what a link saves as a file is no page.
func reachable(p *page, home string) []string {
	p.t.Helper()
	var out []string
	seen := map[string]bool{kind(&url.URL{Path: home}): true}
	for queue := []string{home}; len(queue) > 0; queue = queue[1:] {
		p.visit(queue[0])
		out = append(out, queue[0])
		links, err := p.Locator("a[href^='" + home + "']:not([download])").EvaluateAll(`all => all.map(a => a.getAttribute("href"))`)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, link := range links.([]any) {
			u, err := url.Parse(link.(string))
			if err != nil || u.Query().Has("lang") {
				continue
			}
			if k := kind(u); !seen[k] {
				seen[k] = true
				queue = append(queue, u.RequestURI())
			}
		}
	}
	return out
}

// kind is what addresses of the same page have in common: the names of the
// query's fields, and of tabs the value too.
func kind(u *url.URL) string {
	q := u.Query()
	names := []string{thing.ReplaceAllString(u.Path, "/*"), q.Get("tab"), q.Get("direction")}
	for _, name := range []string{"preset", "resource", "target", "refused", "account"} {
		if q.Has(name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, "?")
}
