package web_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
	"culvert.internal/handlers"
	"culvert.internal/reconcile"
	"culvert.internal/views"
	"culvert.internal/views/aliyun"
	"culvert.internal/views/ctyun"
	"culvert.internal/web"
)

const clbPath = homePath + "/load-balancers"

// lab is the demo lab's account A with what the tests need to name.
type lab struct {
	*browser
	caller     *cloud.Caller
	vpc1, vpc2 cloud.VPC
	ecs        map[string]cloud.InstanceView // by name
}

func tutorial(t *testing.T) *lab {
	t.Helper()
	return account(demo(t))
}

// tutorialWith is tutorial with something else running than nothing.
func tutorialWith(t *testing.T, live handlers.Live) *lab {
	t.Helper()
	k := demo(t)
	server, err := web.New(web.Options{
		Base: handlers.Base{
			Engine: k.engine, Live: live, Doors: still{}, ZoneFiles: reconcile.ZoneFiles{}, Editions: []*views.Edition{aliyun.Edition(), ctyun.Edition()},
			Log: slog.New(slog.NewTextHandler(k.log, nil)), Now: k.now,
		},
		Keys: [2][]byte{bytes.Repeat([]byte("a"), 64), bytes.Repeat([]byte("b"), 32)},
	})
	if err != nil {
		t.Fatal(err)
	}
	k.url = serve(t, server)
	return account(k)
}

func account(k *console) *lab {
	t := k.t
	t.Helper()
	b := k.browser()
	l := &lab{browser: b, caller: k.engine.As(b.as(0)), ecs: map[string]cloud.InstanceView{}}
	vpcs, err := l.caller.VPCs(t.Context(), "eu-central-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vpcs {
		switch v.Name {
		case "VPC1":
			l.vpc1 = v
		case "VPC2":
			l.vpc2 = v
		}
	}
	all, err := l.caller.Instances(t.Context(), "eu-central-1", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		l.ecs[i.Name] = i
	}
	return l
}

// fields are a form's values as a browser would send them with its first
// button; change replaces some of them.
func fields(form *goquery.Selection, change ...string) url.Values {
	v := url.Values{}
	form.Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
		name, kind := s.AttrOr("name", ""), s.AttrOr("type", "text")
		_, off := s.Attr("disabled")
		_, on := s.Attr("checked")
		switch {
		case name == "" || off:
		case goquery.NodeName(s) == "select":
			o := s.Find("option[selected]:not([disabled])")
			if o.Length() == 0 {
				o = s.Find("option:not([disabled])").First()
			}
			v.Add(name, o.AttrOr("value", ""))
		case kind == "radio" || kind == "checkbox":
			if on {
				v.Add(name, s.AttrOr("value", ""))
			}
		default:
			v.Add(name, s.AttrOr("value", s.Text()))
		}
	})
	for i := 0; i+1 < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

// send sends the wizard's form on by the button that has this name and value,
// as a browser without JavaScript does.
func (l *lab) send(p *page, name, value string, change ...string) *page {
	l.k.t.Helper()
	form := p.Find("main form.form").First()
	v := fields(form, change...)
	if name != "" {
		if form.Find(`button[name="`+name+`"][value="`+value+`"]`).Length() == 0 {
			l.k.t.Fatalf("there is no button %s=%s; the page says %q", name, value, p.text("main"))
		}
		v.Add(name, value)
	}
	return l.get(form.AttrOr("action", "") + "?" + v.Encode())
}

func (l *lab) vswitch(vpc cloud.VPC) string {
	l.k.t.Helper()
	all, err := l.caller.VSwitches(l.k.t.Context(), "eu-central-1", vpc.ID)
	if err != nil || len(all) == 0 {
		l.k.t.Fatalf("vSwitches of %s: %v %v", vpc.Name, all, err)
	}
	return all[0].ID
}

// buy buys the CLB of [001] step 1 with some choices changed and answers it.
func (l *lab) buy(change ...string) cloud.BalancerView {
	t := l.k.t
	t.Helper()
	p := l.do(http.MethodPost, clbPath+"/new", l.order(change...))
	if p.status != http.StatusSeeOther || p.location() != clbPath {
		t.Fatalf("Buy Now answers %d to %q: %s", p.status, p.location(), p.text("main"))
	}
	l.get(clbPath) // takes the notice
	all, err := l.caller.Balancers(t.Context(), "eu-central-1")
	if err != nil || len(all) == 0 {
		t.Fatalf("nothing was bought: %v", err)
	}
	return all[len(all)-1]
}

// order is what the purchase page sends for the example of [001] step 1.
func (l *lab) order(change ...string) url.Values {
	v := url.Values{}
	for _, pair := range [][2]string{
		{"billing", "payasyougo"},
		{"zone", "eu-central-1b"},
		{"zonetype", "multi"},
		{"backupzone", "eu-central-1a"},
		{"name", "clb-web"},
		{"spec", "slb.s1.small"},
		{"address", "intranet"},
		{"network", "vpc"},
		{"vpc", l.vpc2.ID},
		{"vswitch", l.vswitch(l.vpc2)},
		{"ipversion", "ipv4"},
		{"feature", "standard"},
		{"flow", "traffic"},
		{"quantity", "1"},
		{"resourcegroup", "default"},
	} {
		v.Set(pair[0], pair[1])
	}
	for i := 0; i+1 < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

// CLB-16: buying makes an instance with a private address of the vSwitch; the
// Instances page has Configure Listener in its column Actions.
func TestBuy(t *testing.T) {
	l := tutorial(t)
	b := l.buy()
	if !strings.HasPrefix(b.IP.String(), "192.168.24.") {
		t.Errorf("its address is %s", b.IP)
	}
	p := l.get(clbPath)
	if got := p.text("h1"); got != "Instances" {
		t.Errorf("the page is called %q", got)
	}
	row := p.Find("tbody tr").First()
	for _, said := range []string{"clb-web", b.ID, b.IP.String(), "VPC2", "No listener", "Yes", "Configure Listener"} {
		if !strings.Contains(row.Text(), said) {
			t.Errorf("the row does not say %q: %s", said, row.Text())
		}
	}
	if href := row.Find("td.ops a").First().AttrOr("href", ""); href != clbPath+"/"+b.ID+"/listeners/new" {
		t.Errorf("Configure Listener leads to %q", href)
	}
}

// CLB-13: Quantity N makes N instances.
func TestBuySeveral(t *testing.T) {
	l := tutorial(t)
	l.buy("quantity", "3")
	p := l.get(clbPath)
	if n := p.Find("tbody tr").Length(); n != 3 {
		t.Errorf("%d instances", n)
	}
	if !strings.Contains(p.text("main"), "clb-web-3") {
		t.Error("the instances have no numbers")
	}
}

// COM-04: a CLB is found in its own region only.
func TestBalancerBelongsToItsRegion(t *testing.T) {
	l := tutorial(t)
	b := l.buy()
	if p := l.get("/aliyun/cn-beijing/load-balancers/" + b.ID); p.status != http.StatusNotFound {
		t.Errorf("another region answers %d", p.status)
	}
	other := l.k.browser()
	other.as(1)
	if p := other.get(clbPath + "/" + b.ID); p.status != http.StatusNotFound {
		t.Errorf("another account is answered %d", p.status)
	}
}

// The set of every noun: rename, delete with what stands in the way.
func TestBalancerRenameAndDelete(t *testing.T) {
	l := tutorial(t)
	b := l.buy()
	at := clbPath + "/" + b.ID
	p := l.get(at + "/rename")
	if p.Find("dialog[open][data-modal] #f-name").AttrOr("value", "") != "clb-web" {
		t.Error("the dialog Rename does not hold the name")
	}
	if p := l.post(at+"/rename", "name", "no spaces"); p.status != http.StatusUnprocessableEntity {
		t.Errorf("a bad name answers %d", p.status)
	}
	if p := l.post(at+"/rename", "name", "clb/2"); p.status != http.StatusSeeOther {
		t.Errorf("a good name answers %d", p.status)
	}
	if got := l.get(at).text("h1"); got != "clb/2" {
		t.Errorf("it is called %q", got)
	}

	s, err := l.caller.CreateService(t.Context(), "eu-central-1", cloud.ServiceInput{
		Resources: []cloud.ResourceInput{{Zone: "eu-central-1b", Balancer: b.ID}}, AutoAccept: "no", Affinity: "yes",
	})
	if err != nil {
		t.Fatal(err)
	}
	p = l.get(at + "/delete")
	if !strings.Contains(p.text("main"), s.ID) || p.Find("main .btn-danger").Length() != 0 {
		t.Errorf("the service %s does not stand in the way: %s", s.ID, p.text("main"))
	}
	if p := l.post(at + "/delete"); p.status != http.StatusConflict || !slices.Contains(hrefs(p), homePath+"/endpoint-services/"+s.ID) {
		t.Errorf("deleting answers %d, links %q", p.status, hrefs(p))
	}
	if err := l.caller.RemoveResource(t.Context(), s.ID, s.ID+"/eu-central-1b/"+b.ID); err != nil {
		t.Fatal(err)
	}
	if p := l.post(at + "/delete"); p.status != http.StatusSeeOther || p.location() != clbPath {
		t.Errorf("deleting answers %d to %q", p.status, p.location())
	}
	if p := l.get(at); p.status != http.StatusNotFound {
		t.Errorf("after that it answers %d", p.status)
	}
}

func hrefs(p *page) []string {
	return p.Find("main a[href]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("href", "") })
}
