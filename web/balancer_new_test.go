package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

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
