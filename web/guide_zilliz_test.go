package web_test

import (
	"net/netip"
	"strings"
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// TestZillizGuidePage, ZIL-08: the guide stands beside the overview
// of the regions that clusters can be in, with numbers and links of its own, in
// both languages.
func TestZillizGuidePage(t *testing.T) {
	s := zilliz(t)
	for lang, want := range map[string][]string{
		"zh": {"私网访问 Zilliz Cloud 集群", "1. 在 Zilliz Cloud 验证主帐号 ID", "8. 从客户端访问集群", "勘误", s.caller.Account().ID},
		"en": {"Reach a Zilliz Cloud cluster privately", "1. Have Zilliz Cloud verify the main account ID", "8. Reach the cluster from a client", "Erratum", s.caller.Account().ID},
	} {
		s.in(lang, hangzhouPath).shows(t, "aside[aria-labelledby=zguide-t]", want...)
	}
	if s.get(homePath).Find("#zguide-t").Length() > 0 {
		t.Error("the guide stands in a region without clusters")
	}
	s.verify()
	p := s.get(hangzhouPath)
	now := p.Find("aside[aria-labelledby=zguide-t] [aria-current=step]")
	if !strings.Contains(now.Text(), "2. Create an endpoint") || !strings.Contains(now.Find("a").AttrOr("href", ""), "service="+s.service) {
		t.Errorf("the next step is %q", now.Text())
	}
	href := now.Find("a").AttrOr("href", "")
	if got := s.get(href).Find("select[name=service] option[selected]").AttrOr("value", ""); got != s.service {
		t.Errorf("%s chooses the service %q", href, got)
	}
}

// TestWhyTellsTheRecordTrap: X-13: a name that does not resolve because its
// record misses the cluster is told on the page that explains, with both forms.
func TestWhyTellsTheRecordTrap(t *testing.T) {
	s := zilliz(t)
	ctx := t.Context()
	k := s.cluster
	zone := k.ID + ".ali-cn-hangzhou.vectordb.zilliz.com.cn"
	z, err := s.caller.CreatePrivateZone(ctx, cloud.PrivateZoneInput{Name: zone, Proxy: "yes"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.caller.SetScope(ctx, z.ID, []string{s.vpc.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.caller.ChangeRecord(ctx, cloud.AddRecord, z.ID, "", cloud.RecordInput{Host: k.ID, Type: cloud.CNAME, Value: "ep.example.com"}); err != nil {
		t.Fatal(err)
	}
	w := reach.NewWorld()
	w.PutVPC(reach.VPC{ID: s.vpc.ID, Name: s.vpc.Name, Account: s.vpc.Account})
	w.PutGroup(reach.Group{ID: "sg-out", Name: "out", Rules: []reach.Rule{{ID: "r", Accept: true, Priority: 1, Protocol: "all", Peer: netip.MustParsePrefix("0.0.0.0/0")}}})
	w.PutHost(reach.Host{ID: "i-app", Name: "app", VPC: s.vpc.ID, Addr: netip.MustParseAddr("10.20.0.9"), Groups: []string{"sg-out"}, Running: true})
	s.judging(&judged{world: w})
	at := hangzhouPath + "/why?from=vpc:" + s.vpc.ID + "&source=10.20.0.9&port=19530&target=" + k.PrivateHost
	for lang, want := range map[string][]string{
		"zh": {"这条记录回答的是 " + k.ID + "." + zone, "私网名字是 " + k.PrivateHost, "能用的两种写法"},
		"en": {"This record answers for " + k.ID + "." + zone, "is " + k.PrivateHost, "Either of these works"},
	} {
		p := s.in(lang, at)
		p.shows(t, "main .banner", want...)
		if n := p.Find("main .banner li").Length(); n != 2 {
			t.Errorf("%s: %d forms are offered", lang, n)
		}
	}
}

// TestConfirmTellsTheRecordTrap: X-13, PVZ-09: 解析变更确认 says what the
// document's own record answers for, offers the two that work, and accepts it.
func TestConfirmTellsTheRecordTrap(t *testing.T) {
	s := zilliz(t)
	k := s.cluster
	z, err := s.caller.CreatePrivateZone(t.Context(), cloud.PrivateZoneInput{Name: k.ID + ".ali-cn-hangzhou.vectordb.zilliz.com.cn", Proxy: "yes"})
	if err != nil {
		t.Fatal(err)
	}
	at := hangzhouPath + "/private-zones/" + z.ID + "/records/new?go=1&type=CNAME&value=ep.example.com&host="
	for lang, want := range map[string]string{"zh": "这条记录回答的是 ", "en": "This record answers for "} {
		p := s.in(lang, at+k.ID)
		p.shows(t, "main .banner", want+k.ID+"."+z.Name, k.PrivateHost)
		if s.in(lang, at+"www2").status != 200 || s.in(lang, at+"www2").Find("main .banner li").Length() != 2 {
			t.Errorf("%s: another host of that zone misses the cluster too", lang)
		}
		if p.Find("main form.form button[type=submit], main .form button").Length() == 0 {
			t.Errorf("%s: the record cannot be made", lang)
		}
	}
}
