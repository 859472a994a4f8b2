package web_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
)

const guangzhou = "cn-gz4"

// south is ctyun's side of a lab: two accounts, the first with a client's
// network and a server's of the same range, the second with one of its own.
type south struct {
	*browser
	t              *testing.T
	a, b           *cloud.Caller
	client, server cloud.VPC
	subnet, behind cloud.VSwitch
	group          cloud.SecurityGroup // of the server: it lets nothing in
	web            cloud.Instance
}

func ctyunSide(k *console) *south {
	k.t.Helper()
	l := &south{browser: k.browser(), t: k.t}
	accounts, err := k.engine.DemoAccounts(k.t.Context())
	l.ok(err)
	l.a, l.b = k.engine.As(accounts[0]), k.engine.As(accounts[1])
	l.asIn(0, "ctyun")
	l.client, l.subnet = l.network(l.a, "vpcep-client", "192.168.0.0/16", "192.168.0.0/24")
	l.server, l.behind = l.network(l.a, "vpcep-server", "192.168.0.0/16", "192.168.24.0/24")
	l.group, err = l.a.CreateSecurityGroup(k.t.Context(), guangzhou, cloud.GroupInput{VPC: l.server.ID, Name: "sg-backend", Template: cloud.TemplateEmpty})
	l.ok(err)
	l.web, err = l.a.CreateInstance(k.t.Context(), guangzhou, cloud.InstanceInput{
		Name: "web-1", VSwitch: l.behind.ID, Groups: []string{l.group.ID}, Program: cloud.ProgramWeb, Port: "8080", Text: "web-1",
	})
	l.ok(err)
	return l
}

func (l *south) ok(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *south) network(c *cloud.Caller, name, cidr, subnet string) (cloud.VPC, cloud.VSwitch) {
	l.t.Helper()
	v, err := c.CreateVPC(l.t.Context(), guangzhou, cloud.VPCInput{Name: name, CIDR: cidr})
	l.ok(err)
	s, err := c.CreateVSwitch(l.t.Context(), guangzhou, cloud.VSwitchInput{VPC: v.ID, Zone: guangzhou + "a", Name: "subnet-7ff8", CIDR: subnet})
	l.ok(err)
	return v, s
}

// offer makes a service of web-1: clients use port 80, web-1 answers on 8080.
func (l *south) offer(approval string) cloud.Service {
	l.t.Helper()
	s, err := l.a.CreateService(l.t.Context(), guangzhou, cloud.ServiceInput{
		Name: "beta", VPC: l.server.ID, Approval: approval, BackendType: cloud.BackendInstance, Instance: l.web.ID,
		Mappings: []cloud.MappingInput{{Protocol: cloud.TCP, ServicePort: "8080", Port: "80"}},
	})
	l.ok(err)
	return s
}

// dns is the cloud's DNS service.
func (l *south) dns() cloud.ServiceView {
	l.t.Helper()
	all, err := l.a.CloudServices(l.t.Context(), guangzhou)
	l.ok(err)
	return all[0]
}

func (l *south) endpoint(c *cloud.Caller, how string, s cloud.Service, v cloud.VPC, subnet cloud.VSwitch) cloud.Endpoint {
	l.t.Helper()
	e, err := c.CreateEndpoint(l.t.Context(), guangzhou, cloud.EndpointInput{
		How: how, Service: s.ID, ServiceName: s.Name, VPC: v.ID, VSwitch: subnet.ID, PrivateDomain: true,
	})
	l.ok(err)
	return e
}

// in reads a page in a language.
func (l *south) in(lang, path string) *page {
	l.t.Helper()
	l.get("/login?lang=" + lang)
	return l.get(path)
}

// only is what a field of the form says that has nothing to choose from, empty
// when there is no such field or something can be chosen or typed.
func (p *page) only(label string) string {
	field := p.Find("main form .field").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.TrimSpace(s.Find(".label, label, legend").First().Text()) == label
	})
	if field.Length() != 1 || field.Find("input, select, textarea, button, a").Length() != 0 {
		return ""
	}
	return strings.TrimSpace(field.Find(".fixed").Text())
}

// fact is what the page of a thing says of it.
func (p *page) fact(label string) string {
	return strings.TrimSpace(p.Find("main dt").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.TrimSpace(s.Text()) == label
	}).Next().Text())
}
