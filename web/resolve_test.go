package web_test

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"testing"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

const resolvePath = homePath + "/resolve"

// PVZ-10: the page says what a name resolves to in a VPC, who answered, every
// step, and what stands in the way; a name or a place that is none is told at
// its field.
func TestResolve(t *testing.T) {
	l := running(t, "127.64.0.0/14")
	if err := l.caller.BuildLab(t.Context(), "eu-central-1"); err != nil {
		t.Fatal(err)
	}
	all, err := l.caller.FindEndpoints(t.Context(), "eu-central-1", cloud.Find{})
	if err != nil || len(all.Items) != 1 {
		t.Fatal(all, err)
	}
	e, client := all.Items[0], l.ecs["ECS1"]
	z, err := l.caller.CreatePrivateZone(t.Context(), cloud.PrivateZoneInput{Name: "corp.example", Proxy: "yes"})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(from, name, qtype string) *page {
		return l.get(resolvePath + "?" + url.Values{"from": {from}, "name": {name}, "type": {qtype}}.Encode())
	}
	var p *page
	l.k.until("the endpoint's name resolves", func() bool {
		p = ask(client.ID, "http://"+e.Domain+":80/page", "A")
		return p.Find(".verdict.is-ok").Length() == 1
	})
	p.shows(t, ".verdict", e.Domain+" resolves to "+e.Zones[0].IP.String(), "Answered by: endpoint domain name "+e.Domain)
	p.says(t, "No private zone that is in force in VPC1 holds "+e.Domain, "dig "+e.Domain+" A")
	if typed(p) != e.Domain {
		t.Errorf("the form shows %q", typed(p))
	}

	p = ask(client.ID, e.Domain, "MX")
	p.shows(t, ".verdict", "exists, but has no MX record")
	p = ask("vpc:"+l.vpc1.ID, "no."+e.Domain, "A")
	p.shows(t, ".verdict", "NXDOMAIN")
	p.says(t, "No connected endpoint publishes this name")
	p = ask(client.ID, e.Zones[0].IP.String(), "A")
	p.shows(t, ".verdict", "resolves to "+e.Domain, "reverse domain")

	// A zone that would hold the name is in force nowhere, and there is no upstream.
	p = ask(client.ID, "WWW.Corp.example", "A")
	p.shows(t, ".verdict", "cannot be resolved (SERVFAIL)", "there is none")
	p.says(t, "Your private zone corp.example would hold www.corp.example, but VPC1 is not in its scope")
	if p.Find(`main a[href$="/private-zones/`+z.ID+`"]`).Length() != 1 {
		t.Error("no way to the zone")
	}
	p = ask(client.ID, "数据.corp.example", "A")
	p.says(t, "xn--vxup8b.corp.example", "would hold")
	add := cloud.RecordInput{Host: "www", Type: cloud.CNAME, Value: e.Domain, TTL: "60"}
	if _, err := l.caller.ChangeRecord(t.Context(), cloud.AddRecord, z.ID, "", add); err != nil {
		t.Fatal(err)
	}
	if _, err := l.caller.SetScope(t.Context(), z.ID, []string{l.vpc1.ID}); err != nil {
		t.Fatal(err)
	}
	p = ask(client.ID, "www.corp.example", "A")
	p.shows(t, ".verdict", "www.corp.example resolves to "+e.Zones[0].IP.String(), "endpoint domain name "+e.Domain)
	p.says(t, "private zone corp.example", "It is a CNAME")
	p = ask("vpc:"+l.vpc2.ID, "www.corp.example", "A")
	p.says(t, "SERVFAIL", "VPC2 is not in its scope")

	for _, c := range []struct{ field, from, name, qtype string }{
		{"name", client.ID, "a..b", "A"},
		{"from", "vpc:vpc-nobody", "a.b", "A"},
		{"from", "i-nobody", "a.b", "A"},
		{"type", client.ID, "a.b", "AXFR"},
	} {
		p := ask(c.from, c.name, c.qtype)
		if p.status != http.StatusUnprocessableEntity || p.problem(c.field) == "" || typed(p) != c.name {
			t.Errorf("%v: %d, %q at the field, %q kept", c, p.status, p.problem(c.field), typed(p))
		}
	}
	l.in("zh", resolvePath+"?from="+client.ID+"&name="+e.Domain).shows(t, ".verdict", "解析到")
	for _, at := range []string{instancePath + "/" + client.ID, homePath + "/vpcs/" + l.vpc1.ID} {
		if l.get(at).Find(`main a[href^="`+resolvePath+`?from="]`).Length() != 1 {
			t.Errorf("no way there from %s", at)
		}
	}
}

// typed is the name in the form.
func typed(p *page) string { return p.Find("main input[name=name]").AttrOr("value", "") }

// resolving is a lab whose names say one thing.
type resolving struct {
	still
	said reach.Resolution
}

func (r *resolving) Resolve(context.Context, string, netip.Addr, string, string) reach.Resolution {
	return r.said
}

// PVZ-04, PVZ-10: a step in a zone leads to the zone, and the page says when
// its proxy, an alias or a wildcard made the answer.
func TestResolveInZones(t *testing.T) {
	l := tutorial(t)
	z, err := l.caller.CreatePrivateZone(t.Context(), cloud.PrivateZoneInput{Name: "corp.example", Proxy: "no"})
	if err == nil {
		_, err = l.caller.SetScope(t.Context(), z.ID, []string{l.vpc1.ID})
	}
	if err != nil {
		t.Fatal(err)
	}
	live := &resolving{}
	l.judging(live)
	at := resolvePath + "?from=vpc:" + l.vpc1.ID + "&type=A&name=x"
	cname := reach.ResolveLine{Name: "a.corp.example.", Type: "CNAME", Value: "b.corp.example.", TTL: 60}
	alias := reach.ResolveStep{Name: "a.corp.example.", By: "zone", Source: "corp.example.", Outcome: "alias", Answer: []reach.ResolveLine{cname}}
	for _, c := range []struct {
		rcode  string
		answer []reach.ResolveLine
		steps  []reach.ResolveStep
		want   []string
	}{
		{"NXDOMAIN", nil, []reach.ResolveStep{{Name: "no.corp.example.", By: "zone", Source: "corp.example.", Outcome: "nxdomain"}}, []string{
			"does not exist here (NXDOMAIN)", "Answered by: private zone corp.example", "corp.example has its recursive proxy off",
		}},
		{"SERVFAIL", nil, []reach.ResolveStep{alias, {Name: "a.corp.example.", Outcome: "loop"}}, []string{
			"cannot be resolved (SERVFAIL)", "The aliases lead back to a.corp.example", "nobody",
		}},
		{"NOERROR", []reach.ResolveLine{cname, {Name: "b.corp.example.", Type: "A", Value: "10.0.0.7", TTL: 60}}, []reach.ResolveStep{
			alias, {Name: "b.corp.example.", By: "zone", Source: "corp.example.", Outcome: "answer", Wildcard: "*.corp.example."},
		}, []string{"resolves to 10.0.0.7", "It is a CNAME", "the wildcard *.corp.example stands in"}},
		{"NOERROR", nil, []reach.ResolveStep{
			{Name: "no.corp.example.", By: "zone", Source: "corp.example.", Outcome: "proxied"},
			{Name: "no.corp.example.", By: "upstream", Source: "192.0.2.53:53", Outcome: "nodata"},
		}, []string{"has no A record", "upstream server 192.0.2.53:53", "left to recursion"}},
	} {
		live.said = reach.Resolution{Name: "x.corp.example.", Type: "A", Rcode: c.rcode, Steps: c.steps, Answer: c.answer}
		p := l.get(at)
		p.says(t, c.want...)
		if p.Find(`.hop a[href$="/private-zones/`+z.ID+`"]`).Length() == 0 {
			t.Errorf("%s: no way to the zone", c.rcode)
		}
	}
}
