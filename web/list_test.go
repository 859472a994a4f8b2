package web_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
)

// long is a name of 128 characters without a space.
func long(n int) string {
	return string([]rune(fmt.Sprintf("名字很长的网络%03d", n) + strings.Repeat("名字name", 40))[:128])
}

// twoHundred signs in to the demo lab with 200 more VPCs of long names.
func twoHundred(t *testing.T) *browser {
	t.Helper()
	k := demo(t)
	b := k.browser()
	a := b.as(0)
	if err := k.store.Write(t.Context(), func(tx *cloud.Tx) error {
		for i := range 200 {
			if err := tx.VPCs.Put(cloud.VPC{
				ID: benchID("vpc", i), Account: a.ID, Region: cloud.DemoRegion, Name: long(i), Host: i%4 == 0,
				CIDR: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(200 - i), 0, 0}), 16),
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (p *page) rows() int { return p.Find("tbody tr").Length() }

// at is the query of the first link with this text.
func (p *page) at(t *testing.T, selector string) url.Values {
	t.Helper()
	href, ok := p.Find(selector).First().Attr("href")
	if !ok {
		t.Fatalf("no link %s", selector)
	}
	u, err := url.Parse(href)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// Search, filter, order, page and number of rows are in the address together:
// changing one keeps the others and begins on the first page.
func TestListAddress(t *testing.T) {
	b := twoHundred(t)
	const list = homePath + "/vpcs"
	p := b.get(list)
	if p.rows() != 50 || !strings.Contains(p.text(".pages"), "1 to 50 of 202") {
		t.Errorf("the first page has %d rows: %s", p.rows(), p.text(".pages"))
	}
	const asked = list + "?q=name&host=yes&sort=-cidr&size=20&page=2"
	p = b.get(asked)
	if p.rows() != 20 || !strings.Contains(p.text(".pages"), "21 to 40 of 50") {
		t.Errorf("the second page of what was asked has %d rows: %s", p.rows(), p.text(".pages"))
	}
	if got := p.Find(`th[aria-sort="descending"]`).Text(); !strings.Contains(got, "CIDR") || !strings.Contains(got, "▼") {
		t.Errorf("sorted by %q", got)
	}
	if q := p.at(t, "thead th[aria-sort] a"); q.Encode() != "host=yes&q=name&size=20&sort=cidr" {
		t.Errorf("the head leads to %s", q.Encode())
	}
	if q := p.at(t, `.pages a[rel="next"]`); q.Encode() != "host=yes&page=3&q=name&size=20&sort=-cidr" {
		t.Errorf("next leads to %s", q.Encode())
	}
	if q := p.at(t, `.sizes a:not([aria-current])`); q.Has("page") || q.Get("q") != "name" || q.Get("sort") != "-cidr" {
		t.Errorf("another number of rows leads to %s", q.Encode())
	}
	form := url.Values{}
	p.Find("form.tools [name]").Each(func(_ int, s *goquery.Selection) {
		name, _ := s.Attr("name")
		value := s.AttrOr("value", "")
		if s.Is("select") {
			value = s.Find("option[selected]").AttrOr("value", "")
		}
		form.Set(name, value)
	})
	if form.Encode() != "host=yes&q=name&size=20&sort=-cidr" {
		t.Errorf("the search line sends %s", form.Encode())
	}
	if live := p.Find("#list").AttrOr("data-page", ""); live != asked {
		t.Errorf("the list fetches itself from %s", live)
	}
	// 128 characters: the whole is in the title.
	if name := p.Find("tbody th a").First(); len([]rune(name.AttrOr("title", ""))) != 128 {
		t.Errorf("a row's title is %q", name.AttrOr("title", ""))
	}
}

// What makes no sense in an address is left out quietly.
func TestListNonsense(t *testing.T) {
	b := twoHundred(t)
	for _, path := range []string{
		"?sort=colour", "?sort=-", "?page=abc", "?page=-3", "?size=7", "?size=100000", "?host=perhaps", "?sort=id%22%3B--&page=0",
	} {
		if p := b.get(homePath + "/vpcs" + path); p.status != http.StatusOK || p.rows() != 50 || p.Find("th[aria-sort]").Length() != 0 {
			t.Errorf("%s answers %d with %d rows", path, p.status, p.rows())
		}
	}
	if p := b.get(homePath + "/vpcs?page=999"); !strings.Contains(p.text(".pages"), "201 to 202 of 202") {
		t.Errorf("a page past the end shows %s", p.text(".pages"))
	}
}

// Three kinds of emptiness: nothing there, nothing found, nothing passes.
func TestListEmpty(t *testing.T) {
	b := twoHundred(t)
	b.get(homePath+"/vpcs?q=nothing-like-it").shows(t, "#list", "Nothing matches “nothing-like-it”", "202", "Clear the search")
	b.get(homePath+"/instances?running=no").shows(t, "#list", "Nothing passes the filter", "Clear the filter")
	b.get(homePath+"/instances?running=no&q=x").shows(t, "#list", "within the filter", "Clear the filter", "Clear the search")
	p := b.get("/aliyun/cn-shenzhen/vpcs")
	p.shows(t, "#list", "Create VPC")
	if p.Find("form.tools").Length() != 0 {
		t.Error("an empty list has a search line")
	}
}

// Every list answers whatever its address says, sorted by each of its heads
// both ways.
func TestEveryListSorts(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	e := l.join(s, "web-from-vpc1")
	groups, err := l.caller.SecurityGroups(t.Context(), cloud.DemoRegion, "")
	if err != nil {
		t.Fatal(err)
	}
	for path, heads := range map[string]int{
		"/endpoints": 4, "/endpoint-services": 4, "/endpoint-services/" + s.ID + "?tab=connections": 3, "/endpoint-services/" + s.ID + "?tab=resources": 2,
		"/endpoint-services/" + s.ID + "?tab=grants": 3, "/vpcs": 3, "/vswitches": 5, "/security-groups": 3, "/security-groups/" + groups[0].ID: 5,
		"/instances": 5, "/load-balancers": 3, "/load-balancers/" + s.Resources[0].Balancer: 2, "/load-balancers/" + s.Resources[0].Balancer + "/servers": 2,
		"/events": 1,
	} {
		p := l.get(homePath + path)
		links := p.Find("thead th a")
		if p.status != http.StatusOK || links.Length() != heads {
			t.Errorf("%s answers %d and sorts by %d heads, want %d", path, p.status, links.Length(), heads)
		}
		want := p.rows()
		links.Each(func(_ int, a *goquery.Selection) {
			up := l.get(a.AttrOr("href", ""))
			down := l.get(up.Find("thead th[aria-sort] a").AttrOr("href", homePath+"/nothing-here"))
			if up.Find(`th[aria-sort="ascending"]`).Length() != 1 || down.Find(`th[aria-sort="descending"]`).Length() != 1 || up.rows() != want || down.rows() != want {
				t.Errorf("%s sorted by %q: %d and %d of %d rows", path, strings.TrimSpace(a.Text()), up.rows(), down.rows(), want)
			}
		})
	}
	l.get(homePath+"/endpoints?connection=waiting&q=web").shows(t, "tbody", e.ID)
	l.get(homePath+"/endpoints?connection=connected").shows(t, "#list", "Nothing passes the filter")
}

// The search leads from a whole ID to the thing, says when it is too short or
// finds nothing, and drops options down.
func TestSearch(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	e := l.join(s, "web-from-vpc1")
	at := homePath + "/search"
	if p := l.get(at + "?q=" + e.ID); p.status != http.StatusSeeOther || p.location() != endpointPath+"/"+e.ID {
		t.Errorf("a whole ID answers %d %s", p.status, p.location())
	}
	if p := l.get("/aliyun/cn-beijing/search?q=" + e.ID); p.location() != endpointPath+"/"+e.ID {
		t.Errorf("from another region an ID leads to %s", p.location())
	}
	l.get(at+"?q=vpc1").shows(t, "main", "web-from-vpc1", "VPC1", "sg-vpc1", "vsw-vpc1-b")
	l.get(at+"?q=10.10.2.1").shows(t, "main", "ECS1", "vsw-vpc1-b", "Range that holds the address")
	l.get(at+"?q=x").shows(t, "main", "at least 2 characters")
	l.get(at).shows(t, "main", "What are you looking for?")
	l.get(at+"?q=nothing-like-it").shows(t, "main", "Nothing matches “nothing-like-it”")
	if p := l.get(at + "?q=" + strings.Repeat("x", 300)); p.status != http.StatusOK || !strings.Contains(p.text("main"), "too long") {
		t.Errorf("300 characters answer %d", p.status)
	}
	p := l.get(at + "/suggest?q=web-f")
	if o := p.Find(`[role="option"]`); o.Length() != 2 || o.First().AttrOr("data-href", "") != endpointPath+"/"+e.ID || p.Find("html head title").Length() != 0 {
		t.Errorf("the options are %s", p.body)
	}
	other := l.k.browser()
	other.as(1)
	if p := other.get(at + "?q=" + e.ID); p.status != http.StatusOK || strings.Contains(p.text("main ul"), e.ID) {
		t.Errorf("another account's ID answers %d", p.status)
	}
}
