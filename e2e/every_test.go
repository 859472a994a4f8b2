package e2e

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestEveryPage: every page that the navigation leads to, in both languages,
// light and dark, on a desk and on a phone: it opens, nothing sticks out at the
// side, scripts and policy are silent, and axe-core finds nothing serious
// (COM-12, DESIGN "Pages"). Four readers cover every pair of these; two of
// them, who differ in all three, ask axe-core, which takes most of the time.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	p, at := built(t, reader{Lang: "zh"})
	p.instance("ECS1").run("curl http://" + at.domain + "/")
	p.instance("ECS1").run("curl http://" + at.ip + ":8080/")
	name := p.services().open().name()
	p.endpoints().create(wish{
		name: "waits", service: name, vpc: "VPC1", group: "sg-vpc1", vswitch: "vsw-vpc1-b", description: "waits for its provider",
	})
	pages := append(reachable(p), "/login?more=1", console+"/nothing-here", console+"/why?protocol=tcp&port=80&target="+at.ip)
	t.Logf("%d pages", len(pages))
	for name, r := range map[string]reader{
		"zh light desk":  {Lang: "zh"},
		"zh dark phone":  {Lang: "zh", Dark: true, Width: 390},
		"en dark desk":   {Lang: "en", Dark: true},
		"en light phone": {Lang: "en", Width: 390},
	} {
		r.Lab, r.Account, r.NoTrace = p.Lab, accountA, true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, r)
			for _, address := range pages {
				p.look(address)
				if (r.Lang == "zh") == (r.Width == 0) && r.Dark == (r.Lang == "en") {
					p.accessible()
				}
			}
		})
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

// thing is an ID in an address: one page of a kind stands for all of them.
var thing = regexp.MustCompile(`/(vpc|vsw|sg|i|lb|ep|eni|epsrv|l|lsn|sgr)-[a-z0-9-]+|/[0-9]{16}`)

// reachable are the addresses of the pages that links lead to from the
// overview, one of each kind.
func reachable(p *page) []string {
	p.t.Helper()
	var out []string
	seen := map[string]bool{kind(&url.URL{Path: console}): true}
	for queue := []string{console}; len(queue) > 0; queue = queue[1:] {
		p.visit(queue[0])
		out = append(out, queue[0])
		links, err := p.Locator("a[href^='" + console + "']").EvaluateAll(`all => all.map(a => a.getAttribute("href"))`)
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
