package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// Every page that can be reached by links, in both languages and without
// JavaScript, is whole: it answers 200, has no words missing and nothing that
// the policy forbids, and can be used with a keyboard and a screen reader
// (COM-12; DESIGN "Pages").
func TestEveryPage(t *testing.T) {
	k := demo(t)
	b := k.browser()
	b.as(1)
	theirs := crawl{b: b, home: homePath}
	b = k.browser()
	a := b.as(0)
	if err := k.engine.As(a).BuildLab(t.Context(), "eu-central-1"); err != nil {
		t.Fatal(err)
	}
	zoned(t, k.engine.As(a))
	ours := crawl{b: b, home: homePath}
	for _, lang := range []string{"en", "zh"} {
		t.Run(lang+" of account A", func(t *testing.T) { ours.run(t, lang) })
		t.Run(lang+" of account B", func(t *testing.T) { theirs.run(t, lang) })
	}
}

// crawl looks at every page that a browser reaches from the overview.
type crawl struct {
	b    *browser
	home string
	// never are words that no page may say, outside what users named.
	never []string
}

// addresses bounds one crawl.
const addresses = 500

func (c crawl) run(t *testing.T, lang string) {
	c.b.get("/login?lang=" + lang)
	seen := map[string]int{}
	for queue := []string{c.home, "/login?more=1"}; len(queue) > 0 && len(seen) < addresses; queue = queue[1:] {
		path := queue[0]
		p := c.b.get(path)
		for range 3 {
			if p.status != http.StatusSeeOther {
				break
			}
			p = c.b.get(p.location())
		}
		if p.status != http.StatusOK {
			t.Errorf("%s answers %d %s", path, p.status, p.text("main"))
			continue
		}
		if strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
			checkPage(t, path, lang, p)
			c.checkNever(t, path, p)
			queue = append(queue, links(p, seen)...)
		}
	}
	t.Logf("%d addresses", len(seen))
}

// queries is how many variants of one path (tabs, filters, pages) are looked
// at.
const queries = 8

func links(p *page, seen map[string]int) []string {
	var out []string
	p.Find("a[href]").Each(func(_ int, a *goquery.Selection) {
		href, _, _ := strings.Cut(a.AttrOr("href", ""), "#")
		u, err := url.Parse(href)
		if err != nil || href == "" || u.IsAbs() || !strings.HasPrefix(href, "/") || u.Query().Has("lang") {
			return
		}
		if seen[href] > 0 || seen["?"+u.Path] >= queries {
			return
		}
		seen[href]++
		seen["?"+u.Path]++
		out = append(out, href)
	})
	return out
}

func checkPage(t *testing.T, path, lang string, p *page) {
	t.Helper()
	bad := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s: "+format, append([]any{path}, args...)...)
	}
	if n := p.Find("h1").Length(); n != 1 {
		bad("%d headings h1", n)
	}
	if n := p.Find("main").Length(); n != 1 {
		bad("%d main elements", n)
	}
	if p.text("title") == "" {
		bad("no title")
	}
	p.Find("[style], style, script:not([src]), [hx-on], [hx-vals^=js]").Each(func(_ int, s *goquery.Selection) {
		bad("inline style or script in %s", outline(s))
	})
	if p.Find("[autofocus]").Length() > 1 {
		bad("more than one field wants the keyboard")
	}
	if p.Find("nav.side > a[aria-current]").Length() > 1 {
		bad("more than one current place in the navigation")
	}
	checkReferences(bad, p)
	checkNames(bad, p)
	checkTables(bad, p)
	checkForms(bad, p)
	checkWords(bad, lang, strings.Contains(path, "/events") || strings.Contains(path, "/admin/accounts/"), p)
}

type complain func(format string, args ...any)

func checkReferences(bad complain, p *page) {
	ids := map[string]bool{}
	p.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if ids[id] {
			bad("two elements have the id %q", id)
		}
		ids[id] = true
	})
	for _, attr := range []string{"for", "aria-labelledby", "aria-describedby", "popovertarget", "commandfor", "list"} {
		p.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
			for _, id := range strings.Fields(s.AttrOr(attr, "")) {
				if !ids[id] {
					bad("%s=%q of %s points at nothing", attr, id, outline(s))
				}
			}
		})
	}
	p.Find(`a[href^="#"]`).Each(func(_ int, s *goquery.Selection) {
		if id := strings.TrimPrefix(s.AttrOr("href", ""), "#"); !ids[id] {
			bad("the link %s leads to nothing on the page", outline(s))
		}
	})
}

func checkNames(bad complain, p *page) {
	p.Find("button, a[href]").Each(func(_ int, s *goquery.Selection) {
		if strings.TrimSpace(s.Text()) == "" && s.AttrOr("aria-label", "") == "" && s.AttrOr("aria-hidden", "") == "" {
			bad("%s has no name", outline(s))
		}
	})
	p.Find("input:not([type=hidden]):not([type=submit]), select, textarea").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		named := s.AttrOr("aria-label", "") != "" || s.AttrOr("aria-labelledby", "") != "" || s.ParentsFiltered("label").Length() > 0
		if !named && (id == "" || p.Find(`label[for="`+id+`"]`).Length() == 0) {
			bad("the field %s has no label", outline(s))
		}
	})
	p.Find("img:not([alt])").Each(func(_ int, s *goquery.Selection) { bad("%s has no alt", outline(s)) })
	p.Find("svg:not([aria-hidden]):not([role=img]):not([role=group][aria-label])").Each(func(_ int, s *goquery.Selection) {
		if s.ParentsFiltered("svg").Length() == 0 {
			bad("a drawing is neither hidden nor named: %s", outline(s))
		}
	})
}

// A phone shows a row's cells one below the other: each needs its label and
// exactly one child to stand beside it.
func checkTables(bad complain, p *page) {
	p.Find("table").Each(func(_ int, table *goquery.Selection) {
		if strings.TrimSpace(table.Find("caption").Text()) == "" {
			bad("a table has no caption")
		}
		table.Find("tbody > tr > *").Each(func(_ int, cell *goquery.Selection) {
			if cell.HasClass("ops") || cell.Find("input[type=checkbox], input[type=radio]").Length() > 0 {
				return
			}
			if cell.AttrOr("data-label", "") == "" {
				bad("a cell has no data-label: %s", outline(cell))
			}
			if n := cell.Children().Length(); n != 1 {
				bad("a cell has %d children instead of one: %s", n, outline(cell))
			}
		})
	})
}

func checkForms(bad complain, p *page) {
	p.Find("form").Each(func(_ int, form *goquery.Selection) {
		if m := strings.ToLower(form.AttrOr("method", "get")); m != "get" && m != "post" {
			bad("a form is sent by %s", m)
		}
		if action := form.AttrOr("action", "/"); !strings.HasPrefix(action, "/") && !strings.HasPrefix(action, "?") {
			bad("a form is sent to %q", action)
		}
		if form.Find("[required]").Length() > 0 {
			if _, ok := form.Attr("novalidate"); !ok {
				bad("the browser judges a form before the server can")
			}
		}
		if form.Find("button, input[type=submit]").Length() == 0 {
			bad("a form has no button: %s", outline(form))
		}
	})
	p.Find("button[type=submit]").Each(func(_ int, s *goquery.Selection) {
		if s.ParentsFiltered("form").Length() == 0 && s.AttrOr("form", "") == "" {
			bad("the button %s stands in no form", outline(s))
		}
	})
}

var (
	bareKey = regexp.MustCompile(`^(app|bar|menu|role|kind|do|copy|word|pages|find|form|confirm|ref|ago|error|state|gate|reach|move|` +
		`home|tutorial|account|login|region|zone|cloud|vpc|vswitch|group|instance|clb|listener|project|cluster|plink|zilliz|server|service|connection|endpoint|why|attempt|event|network|terminal|browser)(\.[a-z0-9_-]+)+$`)
	leftOver = regexp.MustCompile(`\{[a-z0-9_@:|]+\}`)
	han      = regexp.MustCompile(`\p{Han}`)
)

// checkWords looks for keys without words, placeholders without values, and
// Chinese on an English page outside of what is marked as Chinese or quoted.
// The audit trail shows what was stored as it was stored, also in names.
func checkWords(bad complain, lang string, stored bool, p *page) {
	look := func(where, s string) {
		s = strings.TrimSpace(s)
		if bareKey.MatchString(s) {
			bad("%s shows the key %q", where, s)
		}
		if leftOver.MatchString(s) {
			bad("%s shows a placeholder: %q", where, s)
		}
	}
	var walk func(n *html.Node, chinese bool)
	walk = func(n *html.Node, chinese bool) {
		where := n.Data
		if n.Type == html.TextNode {
			look("<"+n.Parent.Data+">", n.Data)
			said := n.Data
			if stored {
				said = strings.ReplaceAll(said, "账号", "")
			}
			if lang == "en" && !chinese && han.MatchString(said) {
				bad("Chinese on the English page in <%s>: %q", n.Parent.Data, strings.TrimSpace(n.Data))
			}
			return
		}
		for _, a := range n.Attr {
			switch a.Key {
			case "aria-label", "placeholder", "title", "alt", "data-label", "data-done":
				look(a.Key+" of <"+where+">", a.Val)
			case "lang":
				chinese = strings.HasPrefix(a.Val, "zh")
			case "class":
				chinese = chinese || a.Val == "brand"
			}
		}
		if n.Data == "q" || n.Data == "pre" || n.Data == "script" || n.Data == "textarea" {
			chinese = true
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, chinese)
		}
	}
	walk(p.Find("html").Nodes[0], false)
}

// outline is the start of an element's own source, to find it by.
func outline(s *goquery.Selection) string {
	src, err := goquery.OuterHtml(s)
	if err != nil {
		return err.Error()
	}
	src = strings.Join(strings.Fields(src), " ")
	return src[:min(len(src), 160)]
}
