package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// longName is a name of 128 characters without a space.
func longName(n int) string {
	return string([]rune(fmt.Sprintf("名字很长的网络%03d", n) + strings.Repeat("名字name", 40))[:128])
}

// manyVPCs makes VPCs with long names by the page's own form.
func (p *page) manyVPCs(n int) {
	p.t.Helper()
	for i := range n {
		form := url.Values{"name": {longName(i)}, "cidr": {fmt.Sprintf("10.%d.0.0/16", i)}}
		res, err := p.Context().Request().Post(p.Lab.url+console+"/vpcs/new", playwright.APIRequestContextPostOptions{
			Data: form.Encode(), Headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, MaxRedirects: playwright.Int(0),
		})
		if err != nil {
			p.t.Fatal(err)
		}
		if res.Status() != 303 {
			p.t.Fatalf("VPC %d: %d", i, res.Status())
		}
	}
}

// TestList: a list of 200 rows with long names is sorted, searched, filtered
// and turned over, keeps it all in its address and over Back, and nothing
// sticks out on a desk or a phone, with and without scripts.
func TestList(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	open(t, reader{Lab: l, Account: accountA}).manyVPCs(200)
	for name, r := range map[string]reader{
		"zh desk":  {Lang: "zh"},
		"en phone": {Lang: "en", Width: 390, NoJS: true},
	} {
		r.Lab, r.Account = l, accountA
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, r)
			p.look(console + "/vpcs")
			p.sees(p.word("共 202 个", "of 202"))
			sort := p.Locator("thead th a")
			if r.Width > 0 {
				sort = p.Locator(".sorts a")
			}
			p.follow(sort.Nth(1), "sort=cidr")
			p.look(console + "/vpcs?sort=-cidr")
			p.seesIn(p.Locator("tbody tr").First(), "192.168.0.0/16")
			p.follow(p.Locator(".pages a[rel=next]"), "page=2")
			here := p.URL()
			p.follow(p.Locator("tbody th a").First(), "/vpcs/vpc-")
			if _, err := p.GoBack(); err != nil {
				t.Fatal(err)
			}
			if p.URL() != here {
				t.Errorf("Back leads to %s, not to %s", p.URL(), here)
			}
			box := p.Locator("form.tools input[name=q]")
			if err := box.Fill("名字很长的网络07"); err != nil {
				t.Fatal(err)
			}
			if err := box.Press("Enter"); err != nil {
				t.Fatal(err)
			}
			p.until("find ten", func() bool {
				n, err := p.Locator("tbody tr").Count()
				return err == nil && n == 10 && strings.Contains(p.URL(), "sort=-cidr") && !strings.Contains(p.URL(), "page=")
			})
			p.look(console + "/vpcs?q=nothing-like-it")
			p.sees(p.word("去掉搜索", "Clear the search"))
		})
	}
}

// follow opens a link by the keyboard.
func (p *page) follow(link playwright.Locator, want string) {
	p.t.Helper()
	if err := link.Focus(); err != nil {
		p.t.Fatal(err)
	}
	if err := link.Press("Enter"); err != nil {
		p.t.Fatal(err)
	}
	p.until("open "+want, func() bool { return strings.Contains(p.URL(), want) })
}

// TestSearch: "/" goes to the search, hits drop down while one types, arrows
// and Enter choose one, Esc closes; without scripts Enter shows the page.
func TestSearch(t *testing.T) {
	t.Parallel()
	p, _ := built(t, reader{Lang: "en"})
	p.visit(console + "/vpcs")
	if err := p.Locator("body").Press("/"); err != nil {
		t.Fatal(err)
	}
	box := p.Locator("#search")
	if err := box.PressSequentially("ecs"); err != nil {
		t.Fatal(err)
	}
	option := p.GetByRole("option").First()
	if err := option.WaitFor(); err != nil {
		t.Fatal(err)
	}
	p.accessible()
	press := func(keys ...string) {
		for _, k := range keys {
			if err := box.Press(k); err != nil {
				t.Fatal(err)
			}
		}
	}
	press("ArrowDown")
	if got, _ := box.GetAttribute("aria-activedescendant"); got != "search-hit-0" {
		t.Errorf("the first arrow marks %q", got)
	}
	press("Escape")
	if seen, _ := option.IsVisible(); seen {
		t.Error("Esc leaves the list open")
	}
	press("ArrowDown", "ArrowDown", "Enter")
	p.until("open the instance", func() bool { return strings.Contains(p.URL(), "/instances/i-") })

	plain := open(t, reader{Lab: p.Lab, Account: accountA, NoJS: true})
	plain.visit(console + "/vpcs")
	field := plain.Locator("#search")
	if err := field.Fill("ECS1"); err != nil {
		t.Fatal(err)
	}
	if err := field.Press("Enter"); err != nil {
		t.Fatal(err)
	}
	plain.heading("搜索", "Search")
	plain.seesIn(plain.Locator(".hits"), "ECS1")
}
