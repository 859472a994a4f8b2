package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// saas is a customer in Hangzhou and the endpoint service of a cluster of
// Zilliz Cloud there.
type saas struct {
	*lab
	vpc     cloud.VPC
	service string
	project string
	cluster cloud.ClusterView
}

const hangzhouPath = "/aliyun/cn-hangzhou"

func zilliz(t *testing.T) *saas {
	t.Helper()
	l := tutorial(t)
	ctx := t.Context()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	p, err := l.caller.CreateProject(ctx, "Guide")
	ok(err)
	_, err = l.caller.CreateCluster(ctx, p.ID, cloud.ClusterInput{Name: "books", Provider: cloud.Aliyun, Region: "cn-hangzhou"})
	ok(err)
	all, err := l.caller.Clusters(ctx, p.ID)
	ok(err)
	v, err := l.caller.CreateVPC(ctx, "cn-hangzhou", cloud.VPCInput{Name: "VPC-app", CIDR: "10.20.0.0/16"})
	ok(err)
	return &saas{lab: l, vpc: v, service: all[0].Service, project: p.ID, cluster: all[0]}
}

// verify lets the account see the service, as Zilliz Cloud's dialog does.
func (s *saas) verify() {
	s.k.t.Helper()
	if err := s.caller.AddLinkAccount(s.k.t.Context(), cloud.LinkPlace{Project: s.project, Provider: cloud.Aliyun, Region: "cn-hangzhou"}, s.caller.Account().ID); err != nil {
		s.k.t.Fatal(err)
	}
}

// form is the page's fields as 002 fills them in, in two zones.
func (s *saas) form(change ...string) url.Values {
	v := url.Values{
		"name": {"zilliz"}, "how": {cloud.BySelect}, "service": {s.service}, "vpc": {s.vpc.ID}, "groups": {cloud.New},
		"zone.1": {"cn-hangzhou-h"}, "vswitch.1": {cloud.New}, "zone.2": {"cn-hangzhou-j"}, "vswitch.2": {cloud.New},
	}
	for i := 0; i+1 < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

// TestZillizEndpoint: EP-02, EP-03, EP-11, ZIL-06, ZIL-12 to ZIL-14: the form as
// 002 fills it in, in Hangzhou: the service is offered to a verified account
// only, in zones H, J and K, and what it suggests is fine as it stands.
func TestZillizEndpoint(t *testing.T) {
	s := zilliz(t)
	at := hangzhouPath + "/endpoints/new"
	if got := options(s.get(at + "?how=select").Find("select[name=service]")); slices.Contains(got, s.service) {
		t.Fatalf("before the account is verified the service is offered: %q", got)
	}
	s.verify()
	for lang, want := range map[string][]string{
		"zh": {"终端节点类型", "接口终端节点", "选择可用服务", "建议选 2 个以上可用区与交换机", "每个可用区额外收费", "保持默认即可", "授权对象 0.0.0.0/0", "端口范围", "TCP 19530", "网络"},
		"en": {"Endpoint Type", "Interface Endpoint", "Select Service", "two or more zones", "charges extra for each zone", "the default is fine", "authorization object 0.0.0.0/0", "Port range", "TCP 19530", "Network"},
	} {
		p := s.in(lang, at+"?"+s.form().Encode())
		p.shows(t, "main", want...)
		if got := options(p.Find("select[name=service]")); !slices.Contains(got, s.service) {
			t.Errorf("%s: the verified account is offered %q", lang, got)
		}
		zones := options(p.Find(`select[name="zone.1"]`))
		if slices.Sort(zones); strings.Join(zones[1:], " ") != "cn-hangzhou-h cn-hangzhou-j cn-hangzhou-k" {
			t.Errorf("%s: the zones are %q", lang, zones)
		}
		if on := p.Find(`input[name="newgroup.template"][value=service][checked]`).Length(); on != 1 {
			t.Errorf("%s: the suggested group is not chosen", lang)
		}
		if ports := p.Find("#f-newgroup-ports").AttrOr("value", ""); ports != "19530" {
			t.Errorf("%s: the ports begin as %q", lang, ports)
		}
	}
	// Others are not offered it.
	other := s.k.browser()
	other.as(1)
	if got := options(other.get(at + "?how=select").Find("select[name=service]")); slices.Contains(got, s.service) {
		t.Errorf("another account is offered the service")
	}
	// Nothing of the new parts was ever shown: the defaults hold.
	p := s.do(http.MethodPost, at, s.form())
	if p.status != http.StatusSeeOther {
		t.Fatalf("OK answers %d: %s", p.status, p.text("#errors"))
	}
	made := p.location()
	e := s.endpoint(made[strings.LastIndex(made, "/")+1:])
	if len(e.Zones) != 2 || e.Zones[0].CIDR == e.Zones[1].CIDR || e.Connection != cloud.Disconnected {
		t.Errorf("made %+v", e)
	}
	s.get(made+"?tab=groups").shows(t, "tbody", "TCP 19530", "ICMP")
	g, err := s.caller.SecurityGroup(t.Context(), e.Groups[0])
	if err != nil {
		t.Fatal(err)
	}
	if g.VPC != s.vpc.ID {
		t.Errorf("the group is in %s", g.VPC)
	}
	in := 0
	for _, r := range g.Rules {
		if r.Direction == cloud.Ingress {
			in++
			if r.Peer.String() != "0.0.0.0/0" || r.Policy != cloud.Accept {
				t.Errorf("a rule is %+v", r)
			}
		}
	}
	if in != 2 {
		t.Errorf("the group has %d rules in", in)
	}
}

// TestSuggestedGroupAsks: ZIL-13: what is no port is said at the field, in both
// languages, and a service whose ports are not known asks for them.
func TestSuggestedGroupAsks(t *testing.T) {
	s := zilliz(t)
	s.verify()
	at := hangzhouPath + "/endpoints/new"
	for ports, want := range map[string][2]string{
		" , ":     {"请填服务的端口", "Enter the service's port"},
		"0":       {"", ""},
		"70000":   {"", ""},
		"milvus":  {"", ""},
		"1,2,x,4": {"", ""},
		strings.TrimSuffix(strings.Repeat("19530,", 51), ","): {"最多 50 个端口", "At most 50 ports"},
	} {
		for n, lang := range []string{"zh", "en"} {
			s.header = http.Header{"Accept-Language": {lang}}
			p := s.do(http.MethodPost, at, s.form("newgroup.template", "service", "newgroup.ports", ports, "newgroup.of", s.service))
			if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text("#f-newgroup-ports-err"), want[n]) || p.text("#f-newgroup-ports-err") == "" {
				t.Errorf("%s: %q answers %d: %q", lang, ports, p.status, p.text("#errors"))
			}
			if got := p.Find("#f-newgroup-ports").AttrOr("value", ""); got != ports {
				t.Errorf("%q is kept as %q", ports, got)
			}
		}
	}
	s.header = http.Header{"Accept-Language": {"en"}}
	p := s.do(http.MethodPost, at, s.form("newgroup.template", "service", "newgroup.ports", "19530，19531 9091 19530", "newgroup.of", s.service))
	if p.status != http.StatusSeeOther {
		t.Fatalf("several ports answer %d: %s", p.status, p.text("#errors"))
	}
	s.get(p.location()+"?tab=groups").shows(t, "tbody", "TCP 19530", "TCP 19531", "TCP 9091", "ICMP")
	// No service yet: nothing is known of its ports.
	p = s.get(at + "?" + url.Values{"vpc": {s.vpc.ID}, "groups": {cloud.New}, "how": {"select"}}.Encode())
	p.shows(t, "main", "ports unknown, enter them")
	// The service is chosen afterwards: its ports are suggested.
	p = s.refresh(p, "", "", "service", s.service)
	if ports := p.Find("#f-newgroup-ports").AttrOr("value", ""); ports != "19530" {
		t.Errorf("with the service the ports are %q: %s", ports, p.text("main .inset"))
	}
}
