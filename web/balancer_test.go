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
	"culvert.internal/views"
	"culvert.internal/views/aliyun"
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
			Engine: k.engine, Live: live, Editions: []*views.Edition{aliyun.Edition()},
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

// CLB-01 to CLB-14, X-07: every field under the label of the document, with
// the example's choices to choose from.
func TestPurchasePageLabels(t *testing.T) {
	l := tutorial(t)
	p := l.get(clbPath + "/new?vpc=" + l.vpc2.ID)
	if got := p.text("h1"); got != "Server Load Balancer" {
		t.Errorf("the page is called %q", got)
	}
	labels := p.Find(".field > label, .field > .label").Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) })
	want := []string{
		"Billing Method", "SLB region no", "Zone Type", "Backup Zone", "Instance Name", "Specification", "SLB instance",
		"Network Type", "VPCId", "IP Version", "Feature", "Flow out", "Quantity", "Resource Group",
	}
	at := 0
	for _, label := range labels {
		if at < len(want) && label == want[at] {
			at++
		}
	}
	if at != len(want) {
		t.Errorf("the document's order breaks off before %q: %q", want[at], labels)
	}
	for field, choice := range map[string]string{
		"billing": "Pay-As-You-Go", "zone": "Europe Central 1 Zone B", "zonetype": "Multi-zone", "backupzone": "Europe Central 1 Zone A",
		"spec": "Small I (slb.s1.small)", "address": "Intranet", "network": "VPC", "vpc": "VPC2", "ipversion": "IPv4",
		"feature": "Standard", "flow": "By Traffic", "resourcegroup": "Default Resource Group",
	} {
		if got := p.Find(`[name="` + field + `"]`).Closest(".field").Text(); !strings.Contains(got, choice) {
			t.Errorf("%s does not offer %q", field, choice)
		}
	}
	main := p.text("main")
	for _, said := range []string{"Buy Now", "Lab, not billed", "Germany (Frankfurt)"} {
		if !strings.Contains(main, said) {
			t.Errorf("the page does not say %q", said)
		}
	}
	if strings.ContainsAny(main, "$¥€") {
		t.Error("the page invents a price")
	}
	zh := l.get(clbPath + "/new?lang=zh")
	zh = l.get(zh.location())
	for _, said := range []string{
		"付费模式", "按量付费", "包年包月", "地域和可用区", "可用区类型", "单可用区", "多可用区", "备可用区", "实例名称", "实例规格",
		"实例类型", "公网", "私网", "网络类型", "专有网络和交换机", "IP版本", "功能特性", "标准版", "流量计费", "按使用流量计费",
		"购买数量", "资源组", "默认资源组", "立即购买",
	} {
		if !strings.Contains(zh.text("main"), said) {
			t.Errorf("the Chinese page does not say %q", said)
		}
	}
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

// CLB-15: what PrivateLink cannot use may be bought and is marked, with the
// reason; the purchase page says so before.
func TestUnusableByPrivateLink(t *testing.T) {
	l := tutorial(t)
	for _, c := range []struct{ field, value, why string }{
		{"billing", "subscription", "it is a subscription"},
		{"address", "internet", "it is Internet-facing"},
	} {
		page := l.get(clbPath + "/new?" + l.order(c.field, c.value).Encode())
		if box := page.text("aside"); !strings.Contains(box, "No") || !strings.Contains(box, c.why) {
			t.Errorf("%s: the box says %q", c.value, box)
		}
		b := l.buy(c.field, c.value, "name", c.value)
		row := l.get(clbPath + "?q=" + b.ID).Find("tbody tr").First().Text()
		if !strings.Contains(row, "No") || !strings.Contains(row, c.why) {
			t.Errorf("%s: the row says %q", c.value, row)
		}
	}
	if box := l.get(clbPath + "/new?" + l.order().Encode()).text("aside"); !strings.Contains(box, "Yes") {
		t.Errorf("the example's box says %q", box)
	}
}

// A dependent choice that became invalid is cleared with a message (DESIGN
// idea 7).
func TestPurchaseClearsDependentChoices(t *testing.T) {
	l := tutorial(t)
	name := ""
	all, err := l.caller.VSwitches(t.Context(), "eu-central-1", l.vpc2.ID)
	if err != nil {
		t.Fatal(err)
	}
	name = all[0].Name
	p := l.get(clbPath + "/new?" + l.order("vpc", l.vpc1.ID).Encode())
	if got := p.Find("#f-vswitch option[selected]").Length(); got != 0 {
		t.Errorf("%d vSwitches are chosen", got)
	}
	if said := p.text("#f-vswitch-err"); !strings.Contains(said, name) || !strings.Contains(said, "cleared") {
		t.Errorf("the page says %q", said)
	}
	p = l.get(clbPath + "/new?" + l.order("zone", "eu-central-1a").Encode())
	if said := p.text("#f-vswitch-err"); !strings.Contains(said, "Zone B") {
		t.Errorf("another primary zone: the page says %q", said)
	}
	if said := p.text("#f-backupzone-err"); !strings.Contains(said, "cleared") {
		t.Errorf("the backup zone is the primary one: the page says %q", said)
	}
}

// CLB-05 and the rest of the form's rules: 422, everything typed is kept.
func TestPurchaseRefused(t *testing.T) {
	l := tutorial(t)
	for _, c := range []struct{ field, value, said string }{
		{"name", "no spaces please", "letters, digits"},
		{"quantity", "21", "20"},
		{"backupzone", "eu-central-1b", "cannot be the primary zone"},
		{"vswitch", "", "hoose"},
		{"vpc", l.vpc1.ID, "is not in VPC1"},
	} {
		p := l.do(http.MethodPost, clbPath+"/new", l.order(c.field, c.value))
		if p.status != http.StatusUnprocessableEntity {
			t.Errorf("%s=%q answers %d", c.field, c.value, p.status)
		}
		if said := p.text("#errors"); !strings.Contains(said, c.said) {
			t.Errorf("%s=%q: the page says %q", c.field, c.value, said)
		}
		if got := p.Find(`[name="spec"] option[selected]`).AttrOr("value", ""); got != "slb.s1.small" {
			t.Errorf("%s=%q: the specification became %q", c.field, c.value, got)
		}
		if c.field == "name" {
			if got := p.Find("#f-name").AttrOr("value", ""); got != c.value {
				t.Errorf("the name became %q", got)
			}
		}
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
