package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// whole is the form of a new endpoint as [001] step 4 fills it in.
func (l *lab) whole(s cloud.ServiceView, change ...string) url.Values {
	v := url.Values{
		"name": {"web-from-vpc1"}, "how": {cloud.ByName}, "servicename": {s.Name}, "vpc": {l.vpc1.ID},
		"groups": {l.ecs["ECS1"].Groups[0]}, "zone.1": {"eu-central-1b"}, "vswitch.1": {l.vswitch(l.vpc1)}, "ip.1": {""},
		"description": {"VPC1 uses the web servers"},
	}
	for i := 0; i+1 < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

// EP-01 to EP-07, A.16, X-07: the page, the button and the fields carry the
// documents' labels in both languages.
func TestEndpointLabels(t *testing.T) {
	l := tutorial(t)
	for lang, want := range map[string][]string{
		"en": {"Endpoints", "Create Endpoint", "Endpoint Name", "Endpoints Service", "Add by Service Name", "Select Service", "VPC", "Security Groups", "Zone and vSwitch", "Description", "OK"},
		"zh": {"终端节点", "创建终端节点", "节点名称", "终端节点服务", "通过服务名称添加", "选择可用服务", "专有网络", "安全组", "可用区与交换机", "描述", "确定"},
	} {
		p := l.in(lang, endpointPath)
		if got := p.text("h1"); got != want[0] {
			t.Errorf("%s: the page is called %q, the document says %q", lang, got, want[0])
		}
		p.shows(t, ".actions", want[1])
		p = l.in(lang, endpointPath+"/new")
		p.shows(t, "main", want[1:]...)
		if got := p.text(".foot button.btn-main"); got != want[10] {
			t.Errorf("%s: the button is %q, want %q", lang, got, want[10])
		}
	}
	l.in("zh", endpointPath+"/new").shows(t, "main", "终端节点类型", "接口终端节点", "规则必须允许客户端访问终端节点网卡", "每个可用区额外收费") // EP-02, EP-05, EP-06
}

// EP-03: a service is found by its name, with a check before anything is
// submitted, or chosen from those whose whitelist holds the account.
func TestEndpointFindsService(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	p := l.get(endpointPath + "/new")
	p = l.refresh(p, "", "", "servicename", s.Name, "name", "kept")
	p.shows(t, ".banner.is-ok", "Service found", s.ID, "Zone B", "TCP 80", "does not accept automatically")
	if got := p.Find("#f-name").AttrOr("value", ""); got != "kept" {
		t.Errorf("the check loses the name: %q", got)
	}
	p = l.refresh(p, "", "", "servicename", "com.aliyuncs.privatelink.eu-central-1.epsrv-nonsense")
	p.shows(t, "#f-servicename-err", "was not found", "whitelist")
	p = l.refresh(p, "", "", "servicename", strings.ReplaceAll(s.Name, "eu-central-1", "cn-beijing"))
	p.shows(t, "#f-servicename-err", "another region") // COM-05
	p = l.refresh(p, "", "", "how", cloud.BySelect)
	if got := options(p.Find(`select[name=service]`)); !slices.Equal(got, []string{"", s.ID}) {
		t.Errorf("Select Service offers %v", got)
	}
	p = l.refresh(p, "", "", "service", s.ID)
	p.shows(t, ".banner.is-ok", "Service found")
}

// EP-04 to EP-06, EPS-09: the service decides the zones, the VPC the groups,
// VPC and zone the vSwitches; what no longer fits is emptied with a message.
func TestEndpointDependentChoices(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	p := l.get(endpointPath + "/new?how=name&servicename=" + s.Name + "&vpc=" + l.vpc1.ID)
	if got := options(p.Find(`select[name="zone.1"]`)); !slices.Equal(got, []string{"", "eu-central-1b"}) {
		t.Errorf("the zones are %v, the service is in Zone B only", got)
	}
	p = l.refresh(p, "", "", "zone.1", "eu-central-1b")
	own := l.vswitch(l.vpc1)
	if got := options(p.Find(`select[name="vswitch.1"]`)); !slices.Equal(got, []string{"", own, cloud.New}) {
		t.Errorf("the vSwitches are %v", got)
	}
	p = l.refresh(p, "", "", "vswitch.1", own, "groups", l.ecs["ECS1"].Groups[0], "vpc", l.vpc2.ID)
	p.shows(t, ".banner.is-wait", "cleared", "security group", "vSwitch "+own)
	if got := p.Find(`select[name="vswitch.1"] option[selected]`).AttrOr("value", ""); got != "" {
		t.Errorf("a vSwitch of the other VPC is still chosen: %s", got)
	}
	if n := p.Find(`input[name=groups][checked]`).Length(); n != 0 {
		t.Errorf("%d groups of the other VPC are still chosen", n)
	}
	p = l.refresh(p, "add", "1")
	if p.Find(`select[name="zone.2"]`).Length() != 1 {
		t.Error("no second row")
	}
	p = l.refresh(p, "drop", "2")
	if p.Find(`select[name="zone.2"]`).Length() != 0 {
		t.Error("the second row stays")
	}
}

// EP-01, EP-08, EP-09, EP-10: OK makes the endpoint; its page shows its ID to
// copy, two states apart and the three kinds of address.
func TestEndpointCreate(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	p := l.do(http.MethodPost, endpointPath+"/new", l.whole(s))
	if p.status != http.StatusSeeOther {
		t.Fatalf("OK answers %d: %s", p.status, p.text("#errors"))
	}
	at := p.location()
	id := at[strings.LastIndex(at, "/")+1:]
	l.observe(id, false)
	e := l.endpoint(id)
	p = l.get(at)
	p.shows(t, ".states", "Available", "Disconnected", "Waits for the service provider, Account A (that is you)", "Nobody has to do anything")
	allow := servicePath + "/" + s.ID + "/connections/" + id + "/allow"
	if p.Find(`.states a[href="`+allow+`"]`).Length() != 1 {
		t.Error("the waiting state does not lead to the one who must act")
	}
	for _, v := range []string{id, e.Domain, e.Zones[0].Domain, e.Zones[0].IP.String()} {
		if p.Find(`button[data-copy="`+v+`"]`).Length() == 0 {
			t.Errorf("%s cannot be copied", v)
		}
	}
	p.shows(t, "main", e.Zones[0].Twin.String(), "bin/culvert exec ECS1 -- curl http://"+e.Domain, "assigned when allowed", "VPC1 uses the web servers")
	l.in("zh", at).shows(t, "main", "终端节点域名", "默认服务域名", "终端节点可用区的域名", "终端节点实例 ID", "状态", "连接状态", "已断开", "可用")
	list := l.get(endpointPath)
	list.shows(t, "thead", "Status", "Connection status")
	list.shows(t, "tbody", "Available", "Disconnected", "web-from-vpc1", e.Zones[0].IP.String())
	for q, n := range map[string]int{e.Zones[0].IP.String(): 1, id: 1, "nowhere": 0} {
		if got := l.get(endpointPath + "?q=" + q).Find("tbody tr").Length(); got != n {
			t.Errorf("searching %q finds %d, want %d", q, got, n)
		}
	}
}

// EP-01, X-08, EP-07: names start with a letter or a Chinese character; wrong
// input is said at its field, and everything typed stays.
func TestEndpointRefused(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	for _, c := range []struct{ field, value, want string }{
		{"name", "", "Needs a value"},
		{"name", "1-web", "Start with a letter"},
		{"name", "x", "2"},
		{"servicename", "", "Needs a value"},
		{"servicename", "com.aliyuncs.privatelink.eu-central-1.epsrv-none", "was not found"},
		{"vpc", "", "Choose"},
		{"groups", "", "Choose"},
		{"zone.1", "", "Choose"},
		{"zone.1", "eu-central-1a", "no resource in Frankfurt Zone A"},
		{"vswitch.1", "", "Choose"},
		{"ip.1", "10.10.9.9", "vsw-vpc1-b"},
		{"ip.1", "abc", "abc"},
		{"description", "http://x", ""},
	} {
		p := l.do(http.MethodPost, endpointPath+"/new", l.whole(s, c.field, c.value))
		id := "#f-" + strings.ReplaceAll(c.field, ".", "-")
		if p.status != http.StatusUnprocessableEntity || p.Find(id+"-err").Length() != 1 || !strings.Contains(p.text(id+"-err"), c.want) {
			t.Errorf("%s=%q: %d %q", c.field, c.value, p.status, p.text("#errors"))
			continue
		}
		if c.field != "description" && p.text("textarea") != "VPC1 uses the web servers" {
			t.Errorf("%s=%q: the description is lost", c.field, c.value)
		}
		if c.field != "name" && p.Find("#f-name").AttrOr("value", "") != "web-from-vpc1" {
			t.Errorf("%s=%q: the name is lost", c.field, c.value)
		}
	}
	p := l.do(http.MethodPost, endpointPath+"/new", l.whole(s, "name", "1-web"))
	fix := p.Find(`#f-name-err button`)
	p = l.refresh(p, fix.AttrOr("name", ""), fix.AttrOr("value", ""))
	if got := p.Find("#f-name").AttrOr("value", ""); got != "web" {
		t.Errorf("the suggestion fills in %q", got)
	}
	if p := l.do(http.MethodPost, endpointPath+"/new", l.whole(s, "name", "网站入口")); p.status != http.StatusSeeOther {
		t.Errorf("a Chinese name answers %d: %s", p.status, p.text("#errors"))
	}
}

// EP-11, EP-06: a vSwitch and a security group are made inside the form, with
// defaults that are fine as they are, also when the part was never shown.
func TestEndpointMakesWhatItNeeds(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	if err := l.caller.AddResource(t.Context(), s.ID, cloud.ResourceInput{Zone: "eu-central-1a", Balancer: s.Resources[0].Balancer}); err != nil {
		t.Fatal(err)
	}
	p := l.get(endpointPath + "/new?" + l.whole(s, "groups", cloud.New, "zone.2", "eu-central-1a", "vswitch.2", cloud.New).Encode())
	if name, cidr := p.Find("#f-newvswitch-2-name").AttrOr("value", ""), p.Find("#f-newvswitch-2-cidr").AttrOr("value", ""); name != "vsw-eu-central-1a" || cidr != "10.10.0.0/24" {
		t.Errorf("the new vSwitch begins as %q %q", name, cidr)
	}
	if on := p.Find(`input[name="newgroup.also"][value=http][checked]`).Length(); on != 1 {
		t.Error("HTTP 80 is not ticked at first")
	}
	p.shows(t, ".foot", "1 endpoint and 2 ENIs", "1 vSwitch", "1 security group")
	bad := l.submit(p, "newvswitch.2.cidr", "10.10.2.0/24", "newgroup.name", "x")
	if bad.status != http.StatusUnprocessableEntity || bad.Find("#f-newvswitch-2-cidr-err button").Length() != 1 || bad.Find("#f-newgroup-name-err").Length() != 1 {
		t.Errorf("a taken block answers %d %q", bad.status, bad.text("#errors"))
	}
	raw := l.whole(s, "groups", cloud.New, "zone.2", "eu-central-1a", "vswitch.2", cloud.New)
	p = l.do(http.MethodPost, endpointPath+"/new", raw)
	if p.status != http.StatusSeeOther {
		t.Fatalf("OK answers %d: %s", p.status, p.text("#errors"))
	}
	at := p.location()
	e := l.endpoint(at[strings.LastIndex(at, "/")+1:])
	if len(e.Zones) != 2 || e.Zones[1].CIDR.String() != "10.10.0.0/24" || len(e.GroupNames) != 1 || e.GroupNames[0].Name != "sg-web-from-vpc1" {
		t.Errorf("made %v with %v", e.Zones, e.GroupNames)
	}
	l.get(at+"?tab=groups").shows(t, "tbody", "TCP 80", "TCP 22", "ICMP")
}

// X-01, COM-09: overlapping ranges get a line that cites both documents, only
// for a reader who owns both VPCs, and are never refused.
func TestEndpointOverlap(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	twin, err := l.caller.CreateVPC(t.Context(), "eu-central-1", cloud.VPCInput{Name: "VPC3", CIDR: "192.168.0.0/16"})
	if err != nil {
		t.Fatal(err)
	}
	at := endpointPath + "/new?how=name&servicename=" + s.Name + "&vpc="
	l.get(at+twin.ID).shows(t, "main", "VPC3 (192.168.0.0/16) overlaps the service's VPC2", "网段可以重叠且互不影响", "Make sure that the CIDR blocks do not overlap")
	if p := l.get(at + l.vpc1.ID); strings.Contains(p.text("main"), "overlaps") {
		t.Error("a line about overlap without any")
	}
	raw := l.whole(s, "vpc", twin.ID, "groups", cloud.New, "vswitch.1", cloud.New)
	if p := l.do(http.MethodPost, endpointPath+"/new", raw); p.status != http.StatusSeeOther {
		t.Errorf("overlap answers %d: %s", p.status, p.text("#errors"))
	}
}

// Zones come and go, groups change, name and description change, and deleting
// says what happens to live connections.
func TestEndpointChanges(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	if err := l.caller.AddResource(t.Context(), s.ID, cloud.ResourceInput{Zone: "eu-central-1a", Balancer: s.Resources[0].Balancer}); err != nil {
		t.Fatal(err)
	}
	e := l.join(s, "web-from-vpc1")
	l.observe(e.ID, false)
	at := endpointPath + "/" + e.ID
	p := l.get(at)
	p.shows(t, "#zonelist", "At least one zone stays")
	p = l.get(at + "/zones/new")
	if got := options(p.Find("select[name=zone]")); !slices.Equal(got, []string{"", "eu-central-1a"}) {
		t.Errorf("the zones left are %v", got)
	}
	if p := l.submit(p, "zone", "eu-central-1a"); p.status != http.StatusUnprocessableEntity || p.Find("#f-vswitch-err").Length() != 1 {
		t.Errorf("a zone without a vSwitch answers %d", p.status)
	}
	if p := l.submit(p, "zone", "eu-central-1a", "vswitch", cloud.New); p.status != http.StatusSeeOther {
		t.Fatalf("adding a zone answers %d: %s", p.status, p.text("#errors"))
	}
	l.observe(e.ID, false)
	e = l.endpoint(e.ID)
	remove := at + "/zones/" + e.Zones[1].ID + "/remove"
	l.get(remove).shows(t, "main", e.Zones[1].Domain, e.Zones[1].IP.String())
	if p := l.post(remove); p.status != http.StatusSeeOther {
		t.Errorf("removing a zone answers %d", p.status)
	}
	if p := l.post(at + "/groups"); p.status != http.StatusUnprocessableEntity {
		t.Errorf("no group at all answers %d", p.status)
	}
	if p := l.submit(l.get(at + "/groups")); p.status != http.StatusSeeOther {
		t.Errorf("the same groups answer %d", p.status)
	}
	p = l.get(at + "/edit")
	if p := l.submit(p, "name", "9"); p.status != http.StatusUnprocessableEntity || p.Find("#f-name").AttrOr("value", "") != "9" {
		t.Errorf("a wrong name answers %d", p.status)
	}
	if p := l.submit(p, "name", "renamed", "description", "other words"); p.status != http.StatusSeeOther {
		t.Errorf("renaming answers %d", p.status)
	}
	l.get(at).shows(t, "main", "renamed", "other words")
	l.get(at+"/delete").shows(t, "main", "New connections are refused at once", "No connection passes")
	if p := l.post(at + "/delete"); p.status != http.StatusSeeOther {
		t.Fatalf("deleting answers %d", p.status)
	}
	l.get(at).shows(t, ".states", "Deleting", "5 seconds")
	for _, z := range l.endpoint(e.ID).Zones {
		if err := l.k.engine.Gone(t.Context(), z.ID); err != nil {
			t.Fatal(err)
		}
	}
	if p := l.get(at); p.status != http.StatusNotFound {
		t.Errorf("a deleted endpoint answers %d", p.status)
	}
}

// joinFromB makes an endpoint of account B to a service of A's, and answers
// B's browser too.
func (l *lab) joinFromB(s cloud.ServiceView) (*browser, cloud.Account, cloud.VPC, cloud.Endpoint) {
	t := l.k.t
	t.Helper()
	k := l.k.browser()
	b := k.as(1)
	other := l.k.engine.As(b)
	if err := l.caller.AddGrant(t.Context(), s.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	vpcs, err := other.VPCs(t.Context(), "eu-central-1")
	if err != nil {
		t.Fatal(err)
	}
	switches, err := other.VSwitches(t.Context(), "eu-central-1", vpcs[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := other.SecurityGroups(t.Context(), "eu-central-1", vpcs[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	e, err := other.CreateEndpoint(t.Context(), "eu-central-1", cloud.EndpointInput{
		Name: "from-b", How: cloud.ByName, ServiceName: s.Name, VPC: vpcs[0].ID, Groups: []string{groups[0].ID},
		Zones: []cloud.ZoneInput{{Zone: "eu-central-1b", VSwitch: switches[0].ID}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return k, b, vpcs[0], e
}

// COM-03, COM-04: another account's endpoint is not there, nor one of another
// region; the consumer of another account's service is told whom to ask, and
// sees nothing of what is behind it.
func TestEndpointAcrossAccounts(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	k, b, vpc, e := l.joinFromB(s)
	p := k.get(endpointPath + "/" + e.ID)
	p.shows(t, ".states", "Waits for the service provider, Account A", "Ask them to allow "+e.ID)
	if said := p.text("main"); strings.Contains(said, "clb-web") || strings.Contains(said, "192.168.24") || p.Find(".states a").Length() != 0 {
		t.Errorf("the consumer sees the provider's side: %s", said)
	}
	for _, tab := range []string{"groups", "traffic", "attempts", "events"} {
		if p := k.get(endpointPath + "/" + e.ID + "?tab=" + tab); p.status != http.StatusOK || strings.Contains(p.text("main"), "192.168.24") {
			t.Errorf("tab %s answers %d", tab, p.status)
		}
	}
	// What the trail hides cannot be spelled out by searching it.
	for query, mine := range map[string]bool{"from-b": false, vpc.ID: false, e.ID: true} {
		rows := l.get(homePath + "/events?q=" + query).Find("tbody tr").Length()
		if (rows > 0) != mine {
			t.Errorf("the provider's trail has %d rows for %s", rows, query)
		}
		if theirs := k.get(homePath + "/events?q=" + query).Find("tbody tr").Length(); theirs == 0 {
			t.Errorf("the consumer's trail has nothing for %s", query)
		}
	}
	// The drawing shows each side its own things and the other's name.
	p = k.get(homePath + "/topology")
	p.shows(t, "svg[role=group]", "from-b", "VPC-B", "Waiting", "Account A")
	if said := p.text("main"); strings.Contains(said, "clb-web") || strings.Contains(said, "ECS2") || strings.Contains(said, "192.168.24") {
		t.Errorf("the consumer's drawing has the provider's side: %s", said)
	}
	p = l.get(homePath + "/topology")
	p.shows(t, "svg[role=group]", "from-b", "Account B", "Waiting", "clb-web", "ECS2", "ECS3")
	if said := p.text("main"); strings.Contains(said, vpc.Name) || strings.Contains(said, "10.10.2.2") {
		t.Errorf("the provider's drawing has the consumer's network: %s", said)
	}
	for query, want := range map[string]string{"?q=from-b": "from-b", "?show=wait": "from-b", "?show=bad": "Nothing matches", "?q=10.10.2.2": "Nothing matches"} {
		l.get(homePath+"/topology"+query).shows(t, "main", want)
	}
	mine := l.get(servicePath + "/" + s.ID + "?tab=connections")
	mine.shows(t, "tbody", "from-b", "Account B", b.ID, "Waiting for you")
	if said := mine.text("main"); strings.Contains(said, vpc.Name) {
		t.Errorf("the provider sees the consumer's VPC: %s", said)
	}
	for _, path := range []string{"", "/edit", "/delete", "/groups", "/zones/new"} {
		if p := l.get(endpointPath + "/" + e.ID + path); p.status != http.StatusNotFound {
			t.Errorf("%q answers %d to the provider", path, p.status)
		}
	}
	if p := k.get("/aliyun/cn-beijing/endpoints/" + e.ID); p.status != http.StatusNotFound {
		t.Errorf("an endpoint of another region answers %d", p.status)
	}
}
