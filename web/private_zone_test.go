package web_test

import (
	"net/http"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

const zonesPath = homePath + "/private-zones"

// zone is a private zone of account A that was made by the pages.
func (l *lab) zone(name string) (at string) {
	l.k.t.Helper()
	p := l.press(zonesPath+"/new", l.get(zonesPath+"/new"), "name", name)
	if p.status != http.StatusSeeOther {
		l.k.t.Fatalf("adding %s answers %d: %s", name, p.status, p.main())
	}
	return strings.TrimSuffix(p.location(), "/scope")
}

// scoped binds a zone to VPCs by the dialog.
func (l *lab) scoped(at string, vpcs ...string) *page {
	l.k.t.Helper()
	pairs := []string{}
	for _, v := range vpcs {
		pairs = append(pairs, "vpcs", v)
	}
	return l.follow(l.post(at+"/scope", pairs...))
}

// TestAddZoneBelowTheList: PVZ-02: at the bottom of the page, below the list
// whether it is empty or not, 添加域名 opens the form 添加内置权威域名.
func TestAddZoneBelowTheList(t *testing.T) {
	l := tutorial(t)
	for _, zones := range []int{0, 1} {
		if zones > 0 {
			l.zone("corp.example")
		}
		for lang, want := range map[string][2]string{"zh": {"添加域名", "添加内置权威域名"}, "en": {"Add zone", "Add private zone"}} {
			p := l.in(lang, zonesPath)
			add := p.Find("main .sheet ~ * a").Last()
			if got := strings.TrimSpace(add.Text()); got != want[0] || p.Find("main a, main button").Last().Text() != add.Text() {
				t.Errorf("%s, %d zones: below the list stands %q, want %q", lang, zones, got, want[0])
			}
			if got := l.in(lang, add.AttrOr("href", "/")).text("h1"); got != want[1] {
				t.Errorf("%s: it opens %q, want %q", lang, got, want[1])
			}
		}
	}
}

// TestPrivateZonePages: PVZ-01, PVZ-03 to PVZ-07. From an empty list to a zone that is
// in force, by plain links and forms in both languages; nothing is done before
// 继续执行操作, and a zone in force cannot be deleted.
func TestPrivateZonePages(t *testing.T) {
	l := tutorial(t)
	p := l.in("zh", zonesPath)
	p.says(t, "内网 DNS 解析（PrivateZone）", "管理配置模式", "添加域名", "还没有内网域名")
	l.in("zh", zonesPath+"/new").says(t, "添加内置权威域名", "内置权威域名（Zone）", "子域名递归解析代理", "开启（推荐）")
	if v := l.get(zonesPath + "/new").value("proxy"); v != "yes" {
		t.Errorf("the proxy begins as %q", v)
	}
	l.get("/login?lang=en")
	for _, bad := range []struct{ field, value, en, zh string }{
		{"name", "", "Needs a value", "要填写"},
		{"name", "corp", "at least two", "至少要两段"},
		{"name", "-a.example", "hyphen", "短横线"},
		{"name", "https://a.example/", "web address", "网页地址"},
		{"proxy", "maybe", "maybe", "maybe"},
		{"remark", strings.Repeat("x", 51), "1 to 50", "50"},
	} {
		fine := []string{"name", "corp.example", "proxy", "yes", "remark", ""}
		for _, lang := range []string{"zh", "en"} {
			l.get("/login?lang=" + lang)
			p := l.post(zonesPath+"/new", changed(fine, bad.field, bad.value)...)
			want := map[string]string{"zh": bad.zh, "en": bad.en}[lang]
			if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem(bad.field), want) {
				t.Errorf("%s=%q answers %d %q, want %q", bad.field, bad.value, p.status, p.problem(bad.field), want)
			}
		}
	}
	at := l.zone("corp.example")
	p = l.get(at + "/scope")
	p.says(t, "Zone corp.example is added", "Germany (Frankfurt)", "VPC1")
	if p = l.get(at + "/scope?chosen=yes&go=confirm"); p.Find("dialog").Length() > 0 {
		t.Error("a dialog asks about nothing")
	}
	vpc := l.vpc1.ID
	p = l.get(at + "/scope?chosen=yes&go=confirm&vpcs=" + vpc)
	if text := p.Find("dialog[open]").Text(); !strings.Contains(text, "Risk") || !strings.Contains(text, "VPC1") || !strings.Contains(text, "Continue") {
		t.Fatalf("the dialog says %q", text)
	}
	l.get(at).says(t, "This zone is in force nowhere")
	l.scoped(at, vpc).says(t, "corp.example is in force in 1 VPC now", "VPC1")
	// The search line keeps what is ticked but not shown.
	p = l.get(at + "/scope?q=VPC2")
	if p.Find(`input[type=hidden][name=vpcs][value="`+vpc+`"]`).Length() == 0 || !strings.Contains(p.main(), "1 more ticked") {
		t.Error("a filtered page forgets what was ticked")
	}
	inner := l.zone("db.corp.example")
	l.get(inner+"/scope?go=confirm&vpcs="+vpc).says(t, "Other private zones lie above or below it", "is longer than corp.example")
	twin := l.zone("corp.example")
	if p := l.get(twin + "/scope?go=confirm&vpcs=" + vpc); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem("vpcs"), "VPC1 is bound to another zone") {
		t.Errorf("the same name twice answers %d %q", p.status, p.problem("vpcs"))
	}
	l.get(at+"/delete").says(t, "still in force in these VPCs", "VPC1")
	if p := l.post(at + "/delete"); p.status != http.StatusConflict {
		t.Errorf("deleting what is in force answers %d", p.status)
	}
	l.follow(l.press(at+"/edit", l.get(at+"/edit"), "proxy", "no", "remark", "mine")).says(t, "Zone corp.example is saved", "Off", "mine")
	l.get(at+"/scope?chosen=yes&go=confirm").says(t, "will resolve as in public again")
	l.scoped(at).says(t, "no longer in force anywhere")
	l.follow(l.press(at+"/delete", l.get(at+"/delete"))).says(t, "Zone corp.example is deleted")
	l.get(zonesPath+"?mode=vpcs").says(t, "VPC1", "VPC2", "names resolve as in public")
	l.get(homePath+"/events").says(t, "added the private zone", "changed where the private zone is in force", "deleted the private zone")
	// Nobody else, and no other console, has them.
	other := l.k.browser()
	other.as(1)
	if p := other.get(inner); p.status != http.StatusNotFound {
		t.Errorf("account B sees account A's zone: %d", p.status)
	}
	other.asIn(1, "ctyun")
	if p := other.get(ctyunPath + "/private-zones"); p.status != http.StatusNotFound {
		t.Errorf("ctyun's console answers %d", p.status)
	}
}

// TestRecordPages: PVZ-08, PVZ-09. The fields follow the type, a CNAME can take
// an endpoint's domain, nothing changes before 解析变更确认 is confirmed.
func TestRecordPages(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	e := l.join(s, "endpoint-1")
	l.get(homePath+"/endpoints/"+e.ID).says(t, "Add a private name")
	l.get(zonesPath+"/name?target="+e.Domain).says(t, e.Domain, "Or add a new zone")
	p := l.follow(l.press(zonesPath+"/new?target="+e.Domain, l.get(zonesPath+"/new?target="+e.Domain), "name", "corp.example"))
	at := strings.TrimSuffix(l.get(zonesPath).Find(`td.ops a[href$="/scope"]`).AttrOr("href", ""), "/scope")
	if p.Find(`input[name=target][value="`+e.Domain+`"]`).Length() == 0 {
		t.Error("the way to a name forgets its endpoint")
	}
	to := l.post(at+"/scope", "vpcs", l.vpc1.ID, "target", e.Domain)
	p = l.follow(to)
	if p.value("value") != e.Domain || p.value("type") != cloud.CNAME {
		t.Errorf("the record's form holds %q %q", p.value("type"), p.value("value"))
	}
	form := at + "/records/new"
	for typ, shown := range map[string]string{"A": "weight", "MX": "priority"} {
		if p := l.get(form + "?type=" + typ); p.Find(`input[type=text][name=`+shown+`]`).Length() != 1 {
			t.Errorf("%s has no %s", typ, shown)
		}
	}
	p = l.get(form + "?type=CNAME&host=db")
	p.says(t, "endpoint-1", e.Domain)
	if p = l.get(form + "?type=CNAME&host=db&pick=" + e.Domain); p.value("value") != e.Domain || p.value("host") != "db" {
		t.Errorf("picking an endpoint fills in %q and keeps %q", p.value("value"), p.value("host"))
	}
	for _, bad := range []struct{ query, field, en, zh string }{
		{"type=A&host=&value=10.0.0.1", "host", "Enter a host", "填主机记录"},
		{"type=A&host=www&value=fd00::1", "value", "Make the type AAAA", "改成 AAAA"},
		{"type=CNAME&host=@&value=x.example", "host", "cannot be a CNAME", "不能是 CNAME"},
		{"type=MX&host=@&value=x.example&priority=0", "priority", "1 to 99", "1 到 99"},
		{"type=A&host=w&value=10.0.0.1&ttl=1", "ttl", "5 to 86400", "5 到 86400"},
		{"type=SRV&host=_a._tcp&value=1+2", "value", "four parts", "四项"},
	} {
		for _, lang := range []string{"zh", "en"} {
			l.get("/login?lang=" + lang)
			p := l.get(form + "?go=confirm&" + bad.query)
			want := map[string]string{"zh": bad.zh, "en": bad.en}[lang]
			if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem(bad.field), want) {
				t.Errorf("%s answers %d %q, want %q", bad.query, p.status, p.problem(bad.field), want)
			}
		}
	}
	p = l.get(form + "?go=confirm&type=CNAME&host=db&ttl=30&value=" + e.Domain)
	p.says(t, "Confirm DNS changes", "A record is added", "db.corp.example", e.Domain, "VPC1", "Nothing is changed until you confirm")
	l.get(at).says(t, "No record yet")
	l.follow(l.press(form, p)).says(t, "Record db.corp.example is added", e.Domain, "Enabled")
	edit := l.get(at).Find(`td.ops a[href$="/edit"]`).AttrOr("href", "")
	p = l.get(edit + "?go=confirm&type=A&host=db&ttl=30&value=10.0.0.8&weight=5")
	p.says(t, "A record is changed", "CNAME", "10.0.0.8")
	l.follow(l.press(edit, p)).says(t, "Record db.corp.example is changed", "10.0.0.8")
	record := strings.TrimSuffix(edit, "/edit")
	for _, act := range []struct{ do, asks, says string }{
		{"pause", "A record is paused", "is paused"}, {"enable", "A record is enabled", "is enabled"}, {"delete", "A record is deleted", "is deleted"},
	} {
		p := l.get(record + "/" + act.do)
		p.says(t, "Confirm DNS changes", act.asks)
		l.follow(l.press(record+"/"+act.do, p)).says(t, "Record db.corp.example "+act.says)
	}
	if p := l.get(edit); p.status != http.StatusNotFound {
		t.Errorf("a deleted record answers %d", p.status)
	}
	l.get(homePath+"/events").says(t, "paused a DNS record", "enabled a DNS record", "deleted a DNS record")
}

// TestRecordImport: a zone file is previewed with what it would change and what
// is wrong with it, imported, and comes out again.
func TestRecordImport(t *testing.T) {
	l := tutorial(t)
	at := l.zone("corp.example")
	file := "$TTL 300\n@ IN SOA ns.corp.example. me.corp.example. 1 2 3 4 5\nwww IN A 10.0.0.1\nwww IN A 10.0.0.2\n@ IN MX 10 mail\n@ IN TXT \"v=1; x\"\n"
	if p := l.post(at+"/import", "file", "", "how", "merge", "go", "preview"); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem("file"), "no record") {
		t.Errorf("an empty file answers %d %q", p.status, p.problem("file"))
	}
	p := l.post(at+"/import", "file", file+"bad IN A 10.0.0\nns IN NS ns.x.\nfar.example. IN A 10.0.0.1\n", "how", "merge", "go", "import")
	if p.status != http.StatusUnprocessableEntity {
		t.Fatalf("a wrong file answers %d", p.status)
	}
	p.says(t, "Line 7", "Line 9", "is not in corp.example")
	l.get(at).says(t, "No record yet")
	p = l.post(at+"/import", "file", file, "how", "merge", "go", "preview")
	p.says(t, "What will change", "Added", "www.corp.example", "mail.corp.example", "SOA or NS")
	l.follow(l.post(at+"/import", "file", file, "how", "merge", "go", "import")).says(t, "Imported: 4 added, 0 changed, 0 removed")
	out := l.get(at + "/export")
	if body := out.body; !strings.Contains(body, "$ORIGIN corp.example.") || !strings.Contains(body, "www\t300\tIN\tA\t10.0.0.2") || !strings.Contains(out.header.Get("Content-Disposition"), "corp.example.zone") {
		t.Errorf("exported %q", body)
	}
	p = l.post(at+"/import", "file", out.body, "how", "replace", "go", "preview")
	p.says(t, "Nothing to do")
	p = l.post(at+"/import", "file", "www 60 IN A 10.0.0.1\n", "how", "replace", "go", "preview")
	p.says(t, "Changed", "Removed", "10.0.0.2")
}

// zoned gives an account a private zone in force, with a record on and one
// paused, so that every page of them is there.
func zoned(t *testing.T, c *cloud.Caller) {
	t.Helper()
	ctx := t.Context()
	z, err := c.CreatePrivateZone(ctx, cloud.PrivateZoneInput{Name: "corp.example", Proxy: "yes"})
	for i, in := range []cloud.RecordInput{
		{Host: "@", Type: cloud.MX, Value: "mail.corp.example"}, {Host: "www", Type: cloud.A, Value: "10.0.0.8", Weight: "9", Remark: "web"},
	} {
		if err != nil {
			t.Fatal(err)
		}
		var r cloud.Record
		if r, err = c.ChangeRecord(ctx, cloud.AddRecord, z.ID, "", in); err == nil && i == 0 {
			_, err = c.ChangeRecord(ctx, cloud.PauseRecord, z.ID, r.ID, cloud.RecordInput{})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.VPCs(ctx, "eu-central-1")
	if err == nil {
		_, err = c.SetScope(ctx, z.ID, []string{list[0].ID})
	}
	if err != nil {
		t.Fatal(err)
	}
}
