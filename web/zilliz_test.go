package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
)

const zillizPath = "/zilliz/global"

// hosted is Zilliz Cloud's side of a lab: account A is signed in, with a
// project that has a cluster in Hangzhou and one in Beijing.
type hosted struct {
	*browser
	t                 *testing.T
	a, b              *cloud.Caller
	project           string // ID
	hangzhou, beijing cloud.Cluster
}

func zillizSide(k *console) *hosted {
	k.t.Helper()
	l := &hosted{browser: k.browser(), t: k.t}
	accounts, err := k.engine.DemoAccounts(k.t.Context())
	l.ok(err)
	l.a, l.b = k.engine.As(accounts[0]).In(cloud.Zilliz), k.engine.As(accounts[1]).In(cloud.Zilliz)
	l.asIn(0, "zilliz")
	p, err := l.a.CreateProject(k.t.Context(), "docs")
	l.ok(err)
	l.project = p.ID
	l.hangzhou = l.cluster("docs-hangzhou", "cn-hangzhou")
	l.beijing = l.cluster("docs-beijing", "cn-beijing")
	return l
}

func (l *hosted) ok(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *hosted) cluster(name, region string) cloud.Cluster {
	l.t.Helper()
	c, err := l.a.CreateCluster(l.t.Context(), l.project, cloud.ClusterInput{Name: name, Provider: cloud.Aliyun, Region: region})
	l.ok(err)
	return c
}

// at is the address of a page of the project.
func (l *hosted) at(path string) string { return zillizPath + "/projects/" + l.project + path }

// endpoint makes an endpoint of the project's service at Alibaba Cloud.
func (l *hosted) endpoint(c *cloud.Caller) cloud.Endpoint {
	l.t.Helper()
	ctx := l.t.Context()
	d, err := l.a.LinkDraft(ctx, l.project, "cn-hangzhou")
	l.ok(err)
	v, err := c.CreateVPC(ctx, "cn-hangzhou", cloud.VPCInput{Name: "VPC-HZ", CIDR: "10.30.0.0/16"})
	l.ok(err)
	s, err := c.CreateVSwitch(ctx, "cn-hangzhou", cloud.VSwitchInput{VPC: v.ID, Zone: "cn-hangzhou-h", Name: "vsw-h", CIDR: "10.30.1.0/24"})
	l.ok(err)
	g, err := c.CreateSecurityGroup(ctx, "cn-hangzhou", cloud.GroupInput{VPC: v.ID, Name: "sg-zilliz", Template: cloud.TemplateEmpty})
	l.ok(err)
	e, err := c.CreateEndpoint(ctx, "cn-hangzhou", cloud.EndpointInput{
		How: cloud.BySelect, Service: d.Service, VPC: v.ID, Groups: []string{g.ID}, Name: "to-zilliz",
		Zones: []cloud.ZoneInput{{Zone: "cn-hangzhou-h", VSwitch: s.ID}},
	})
	l.ok(err)
	return e
}

// link makes a private link of account A's own endpoint.
func (l *hosted) link() cloud.PrivateLink {
	l.t.Helper()
	l.ok(l.a.AddLinkAccount(l.t.Context(), cloud.LinkPlace{Project: l.project, Provider: cloud.Aliyun, Region: "cn-hangzhou"}, l.a.Account().ID))
	e := l.endpoint(l.a)
	p, err := l.a.CreatePrivateLink(l.t.Context(), cloud.LinkPlace{Project: l.project, Provider: cloud.Aliyun, Region: "cn-hangzhou"}, e.ID)
	l.ok(err)
	return p
}

// ZIL-01, COM-12: every page of the console that links lead to is whole, in
// both languages and for both accounts.
func TestEveryPageOfZilliz(t *testing.T) {
	k := demo(t)
	l := zillizSide(k)
	l.link()
	l.ok(l.a.AddLinkAccount(t.Context(), cloud.LinkPlace{Project: l.project, Provider: cloud.Aliyun, Region: "cn-beijing"}, l.b.Account().ID))
	other := k.browser()
	other.asIn(1, "zilliz")
	for name, b := range map[string]*browser{"A": l.browser, "B": other} {
		c := crawl{b: b, home: zillizPath}
		for _, lang := range []string{"zh", "en"} {
			t.Run(lang+" of account "+name, func(t *testing.T) { c.run(t, lang) })
		}
	}
}

// One console has no page of another one's nouns.
func TestZillizHasItsOwnPages(t *testing.T) {
	k := demo(t)
	l := zillizSide(k)
	l.as(0)
	for _, path := range []string{"/endpoints", "/endpoints/new", "/endpoint-services", "/vpcs", "/instances", "/load-balancers", "/topology", "/why", "/help", "/network-acls"} {
		if p := l.get(zillizPath + path); p.status != http.StatusNotFound {
			t.Errorf("%s answers %d", zillizPath+path, p.status)
		}
	}
	for _, path := range []string{"/projects", "/projects/" + l.project, "/projects/" + l.project + "/clusters", "/clusters/" + l.hangzhou.ID, "/private-links/x"} {
		if p := l.get(homePath + path); p.status != http.StatusNotFound {
			t.Errorf("%s answers %d", homePath+path, p.status)
		}
	}
	if p := l.get("/zilliz/cn-hangzhou/projects"); p.status != http.StatusNotFound {
		t.Errorf("a region of another cloud answers %d", p.status)
	}
	if p := l.get(zillizPath + "/build"); p.status != http.StatusNotFound {
		t.Errorf("the other console's action answers %d", p.status)
	}
}

// Both consoles stay signed in, each as its own account, and the login page
// says which one it leads to.
func TestZillizSignsInBesideTheOthers(t *testing.T) {
	b := demo(t).browser()
	b.as(0)
	if p := b.get(zillizPath); p.status != http.StatusSeeOther || !strings.HasPrefix(p.location(), "/login?next=") {
		t.Fatalf("without a sign-in of its own it answers %d %s", p.status, p.location())
	}
	if p := b.get("/login?next=/zilliz"); !strings.Contains(p.text(".accounts"), "Zilliz Cloud") {
		t.Errorf("the login page says %q", p.text(".accounts"))
	}
	b.asIn(1, "zilliz")
	first, other := b.get(homePath), b.get(zillizPath+"/projects")
	if first.status != 200 || other.status != 200 {
		t.Fatalf("the consoles answer %d and %d", first.status, other.status)
	}
	if a, z := first.Find("#changes").AttrOr("data-account", ""), other.Find("#changes").AttrOr("data-account", ""); a == z {
		t.Errorf("both consoles are %s's", a)
	}
	if n := other.Find("#cloud-menu a").Length(); n != 3 {
		t.Errorf("the menu of clouds has %d entries", n)
	}
	if other.Find("#region-menu, [popovertarget=region-menu]").Length() != 0 {
		t.Error("there is a region menu")
	}
}

// ZIL-01: the dropdown above the navigation leads to every project, opens
// without scripts, and pages outside of projects keep the one looked at last.
func TestProjectMenu(t *testing.T) {
	l := zillizSide(demo(t))
	p := l.get(l.at("/clusters"))
	menu := p.Find("nav.side details.project-menu")
	if got := strings.TrimSpace(menu.Find("summary b").Text()); got != "docs" {
		t.Errorf("the menu says %q", got)
	}
	var names []string
	menu.Find("a").Each(func(_ int, a *goquery.Selection) { names = append(names, strings.TrimSpace(a.Text())) })
	if got := strings.Join(names, ", "); !strings.HasSuffix(got, "docs, Create Project") {
		t.Errorf("the menu lists %s", got)
	}
	for _, path := range []string{"/account", "/events", "/search?q=docs&all=1"} {
		if got := strings.TrimSpace(l.get(zillizPath + path).Find(".project-menu summary b").Text()); got != "docs" {
			t.Errorf("%s is in project %q", path, got)
		}
	}
	if got := l.get(zillizPath).location(); got != l.at("/clusters") {
		t.Errorf("the console begins at %s", got)
	}
	var menuNames []string
	p.Find("nav.side > h2, nav.side > a").Each(func(_ int, s *goquery.Selection) { menuNames = append(menuNames, strings.TrimSpace(s.Text())) })
	if got := strings.Join(menuNames, " | "); !strings.HasPrefix(got, "Clusters | Security | Private Link | ") {
		t.Errorf("the navigation is %s", got)
	}
}

// Projects are made, renamed and deleted; bad input is told at the field with
// what was typed, and what is in the way is named with links.
func TestProjects(t *testing.T) {
	l := zillizSide(demo(t))
	at := zillizPath + "/projects/new"
	for _, name := range []string{"", "docs"} {
		p := l.post(at, "name", name)
		if p.status != 422 || p.Find("#f-name").AttrOr("aria-invalid", "") != "true" || p.Find("#f-name").AttrOr("value", "") != name {
			t.Errorf("the name %q answers %d", name, p.status)
		}
	}
	p := l.post(at, "name", "tests")
	if p.status != 303 || !strings.HasSuffix(p.location(), "/clusters") {
		t.Fatalf("it answers %d %s", p.status, p.text("main"))
	}
	one := strings.TrimSuffix(p.location(), "/clusters")
	if p := l.post(one+"/rename", "name", "trials"); p.status != 303 {
		t.Fatalf("renaming answers %d", p.status)
	}
	if got := l.get(zillizPath + "/projects").text("main table"); !strings.Contains(got, "trials") {
		t.Errorf("the list says %q", got)
	}
	if p := l.post(one + "/delete"); p.status != 303 {
		t.Errorf("deleting answers %d", p.status)
	}
	p = l.post(l.at("/delete"))
	if p.status != 409 || p.Find(`main a[href="`+zillizPath+`/clusters/`+l.hangzhou.ID+`"]`).Length() != 1 {
		t.Errorf("deleting a project that is used answers %d %s", p.status, p.text("main"))
	}
	if got := l.get(zillizPath + "/clusters/" + l.hangzhou.ID).location(); got != l.at("/clusters/"+l.hangzhou.ID) {
		t.Errorf("the blocker's link leads to %s", got)
	}
}

// Nothing of a project is shown to another account, or below another project.
func TestProjectsOfOthers(t *testing.T) {
	k := demo(t)
	l := zillizSide(k)
	link := l.link()
	stranger := k.browser()
	stranger.asIn(1, "zilliz")
	pages := []string{
		"", "/clusters", "/clusters/new", "/clusters/" + l.hangzhou.ID, "/clusters/" + l.hangzhou.ID + "/public", "/private-links", "/private-links/new",
		"/private-links/" + link.ID, "/private-links/" + link.ID + "/delete", "/rename", "/delete",
	}
	for _, path := range pages {
		if p := stranger.get(l.at(path)); p.status != http.StatusNotFound {
			t.Errorf("%s answers another account with %d", path, p.status)
		}
	}
	for _, path := range []string{"/clusters/new", "/clusters/" + l.hangzhou.ID + "/delete", "/clusters/" + l.hangzhou.ID + "/builtin", "/private-links/new", "/delete"} {
		if p := stranger.post(l.at(path), "name", "x", "do", "add", "provider", "aliyun", "region", "cn-hangzhou"); p.status != http.StatusNotFound {
			t.Errorf("%s, sent by another account, answers %d", path, p.status)
		}
	}
	p, err := l.a.CreateProject(t.Context(), "another")
	l.ok(err)
	for _, path := range []string{"/clusters/" + l.hangzhou.ID, "/private-links/" + link.ID} {
		if p := stranger.get(zillizPath + path); p.status != http.StatusNotFound {
			t.Errorf("%s answers another account with %d", path, p.status)
		}
		if got := l.get(zillizPath + "/projects/" + p.ID + path); got.status != http.StatusNotFound {
			t.Errorf("%s answers %d below another project", path, got.status)
		}
	}
}
