package web_test

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// elsewhere is a lab in which nothing runs and every port had to move, as
// without the right to low ones.
type elsewhere struct{ still }

func (elsewhere) Port(_, _ string, at netip.AddrPort) (netip.AddrPort, cloud.Move) {
	return netip.AddrPortFrom(netip.MustParseAddr("127.84.0.5"), at.Port()+10000), cloud.Move{Reason: "move.permission"}
}

// bound writes that an endpoint's address and ports were seen.
func (l *south) bound(e cloud.Endpoint, o cloud.Observation) cloud.EndpointView {
	l.t.Helper()
	v, err := l.a.Endpoint(l.t.Context(), e.ID)
	l.ok(err)
	o.ID, o.Parent, o.Account, o.Peer = v.Zones[0].ID, e.ID, e.Account, e.Provider
	l.ok(l.k.engine.Observe(l.t.Context(), []cloud.Observation{o}))
	v, err = l.a.Endpoint(l.t.Context(), e.ID)
	l.ok(err)
	return v
}

// TYE-10 to TYE-13: the page has the ID, the node IP, the private domain name
// and the names of what the endpoint is in, and says why it is in its state.
func TestCtyunEndpointPage(t *testing.T) {
	l := ctyunSide(demo(t))
	s := l.offer("yes")
	made := l.endpoint(l.a, cloud.ByName, s, l.client, l.subnet)
	at := ctyunEndpoints + "/" + made.ID
	l.in("zh", at).shows(t, ".states", "创建中", "终端节点正在与终端节点服务进行连接")
	e := l.bound(made, cloud.Observation{Bound: true})
	p := l.get(at)
	p.shows(t, ".states", "待接受", "正等待终端节点服务的审批", "连接管理")
	if p.Find(`.states a[href="`+ctyunPath+"/endpoint-services/"+s.ID+`?tab=connections"]`).Length() != 1 {
		t.Error("the one who must act is not led there")
	}
	for _, v := range []string{e.ID, e.Zones[0].IP.String(), e.Domain} {
		if p.Find(`main [data-copy="`+v+`"]`).Length() == 0 {
			t.Errorf("%s cannot be copied", v)
		}
	}
	// TY-04: an endpoint is of its service's type.
	p.shows(t, "main", "节点 IP", "内网域名", s.Name, "vpcep-client(192.168.0.0/16)", "subnet-7ff8(192.168.0.0/24)", "接口终端节点", "按需计费", "192.168.0.1:80")
	if p.Find("#dns").Length() != 0 {
		t.Error("the endpoint is no DNS, and its page has the configuration of DNS clients")
	}
	l.ok(l.a.Deny(t.Context(), s.ID, e.ID))
	l.bound(made, cloud.Observation{Bound: true})
	l.get(at).shows(t, ".states", "已拒绝", "终端节点服务拒绝了终端节点的连接", "账号A")
	l.bound(made, cloud.Observation{Bound: true, Problem: "problem.port", Detail: "192.168.0.1:80: held by nginx"})
	l.get(at).shows(t, ".states", "失败", "终端节点与终端节点服务的连接失败", "held by nginx")

	other, err := l.a.CreateEndpoint(t.Context(), guangzhou, cloud.EndpointInput{How: cloud.ByName, ServiceName: s.Name, VPC: l.client.ID, VSwitch: l.subnet.ID})
	l.ok(err)
	l.get(ctyunEndpoints+"/"+other.ID).shows(t, "main", "未创建") // TYE-06
}

// TYN-02, X-20: the page of an endpoint on the DNS service has what clients are
// set up with, with the real address, and what to do here when 53 had to move.
func TestCtyunDNSClients(t *testing.T) {
	l := ctyunSide(tutorialWith(t, elsewhere{}).k)
	made := l.endpoint(l.a, cloud.ByCloud, l.dns().Service, l.client, l.subnet)
	e := l.bound(made, cloud.Observation{Bound: true, Open: true})
	at, ip := ctyunEndpoints+"/"+made.ID, e.Zones[0].IP.String()
	p := l.in("zh", at)
	p.shows(t, ".states", "已接受", "已成功连接至终端节点服务")
	copied := func(p *page) string {
		var all []string
		for _, b := range p.Find("pre.code [data-copy]").EachIter() {
			all = append(all, b.AttrOr("data-copy", ""))
		}
		return strings.Join(all, "\n---\n")
	}
	for _, want := range []string{
		"options {\n    forward only;\n    forwarders { " + ip + "; };\n};", "nameserver " + ip,
		"forwarders { 127.84.0.5 port 10053; };", "dig @127.84.0.5 -p 10053", "DNS=127.84.0.5:10053", "cap_net_bind_service",
	} {
		if !strings.Contains(copied(p), want) {
			t.Errorf("%q cannot be copied from the page:\n%s", want, copied(p))
		}
	}
	if strings.Contains(copied(p), "nameserver 127") {
		t.Error("resolv.conf has no port, and the page offers one")
	}
	p.shows(t, "main", "/etc/named.conf", "/etc/resolv.conf", "127.84.0.5:10053", "还没有接入本地数据中心", "还没有接入 vpcep-client")
	p = l.get(at + "?gateway=172.16.0.1")
	for _, want := range []string{
		"ip route add " + ip + "/32 via 172.16.0.1", "route -p add " + ip + " mask 255.255.255.255 172.16.0.1", "route -n add -host " + ip + " 172.16.0.1",
	} {
		if !strings.Contains(copied(p), want) {
			t.Errorf("%q cannot be copied from the page", want)
		}
	}
	p = l.get(at + "?gateway=" + url.QueryEscape("172.16.0"))
	p.shows(t, "#gateway-err", "172.16.0")
	if p.Find("#gateway").AttrOr("value", "") != "172.16.0" {
		t.Error("what was typed is lost")
	}
	// A network on premises in the VPC brings its gateway.
	_, err := l.a.CreateIDC(t.Context(), guangzhou, cloud.IDCInput{Name: "dc-1", Link: cloud.LinkVPN, CIDR: "10.99.0.0/24", Gateway: "10.99.0.254", VPC: l.client.ID})
	l.ok(err)
	p = l.get(at)
	if !strings.Contains(copied(p), "via 10.99.0.254") || p.Find("#gateway").AttrOr("value", "") != "10.99.0.254" {
		t.Errorf("the gateway of dc-1 is not used: %s", copied(p))
	}
}

// TYQ-01, TYQ-02, TY-06, TY-07, X-17, X-19: help explains, and its button finds
// out what would stop a service's traffic, and links to what mends it.
func TestCtyunHelp(t *testing.T) {
	k := running(t, "127.72.0.0/14").k
	l := ctyunSide(k)
	s := l.offer("no")
	p := l.in("zh", ctyunPath+"/help")
	p.shows(t, "main", "对等连接", "路由配置", "待接受", "可连接", "已删除", "配额", "购买终端节点", "立即购买", "终端节点和后端所在的子网", "198.19.128.0/20")
	p.shows(t, "#check ~ *, section:has(#check)", s.Name, "检查")
	if k.browser().get("/aliyun/eu-central-1/help").status == 200 {
		t.Error("the other console has this page too")
	}
	at := ctyunPath + "/help?service=" + s.ID
	check := func(want string) *page {
		t.Helper()
		var p *page
		k.until("the check says "+want, func() bool {
			p = l.get(at)
			return strings.Contains(p.text("section:has(#check) .banner"), want)
		})
		return p
	}
	p = check("1 处会拦截流量")
	p.shows(t, "section:has(#check) tbody", "web-1", "192.168.24.", "TCP 80 → 8080", "sg-backend", "198.19.128.0/20", "没有绑定")
	add := p.Find(`section:has(#check) tbody a.btn-main`).AttrOr("href", "")
	form := l.get(add)
	if p = l.do("POST", strings.SplitN(add, "?", 2)[0], fields(form.Find("main form"))); p.status != 303 {
		t.Fatalf("adding the rule it proposes answers %d: %s", p.status, p.text("#errors"))
	}
	check("没有问题")
	acl, err := l.a.CreateACL(t.Context(), guangzhou, cloud.ACLInput{Name: "acl-backend"})
	l.ok(err)
	l.ok(l.a.AssociateACL(t.Context(), acl.ID, []string{l.behind.ID}))
	p = check("1 处会拦截流量")
	if p.Find(`section:has(#check) tbody a[href="`+ctyunPath+"/network-acls/"+acl.ID+`"]`).Length() != 1 {
		t.Errorf("the check does not lead to the ACL: %s", p.text("tbody"))
	}
	if got := l.get(ctyunPath + "/help?service=nonsense").text("section:has(#check) .banner"); !strings.Contains(got, "nonsense") {
		t.Errorf("an unknown service is answered by %q", got)
	}
}
