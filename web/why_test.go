package web_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
	"culvert.internal/handlers"
	"culvert.internal/reach"
	"culvert.internal/views"
	"culvert.internal/views/aliyun"
	"culvert.internal/views/ctyun"
	"culvert.internal/web"
)

// judged is a lab whose judge knows a world.
type judged struct {
	still
	world *reach.World
	asked []reach.Flow
}

func (j *judged) Explain(_ context.Context, f reach.Flow) reach.Verdict {
	j.asked = append(j.asked, f)
	return j.world.Explain(f)
}

// world is what the judge knows of a lab with one endpoint: ECS1 may leave,
// the endpoint's group lets TCP 80 in, and nobody has decided yet.
func (l *lab) world(s cloud.ServiceView, e cloud.EndpointView) *reach.World {
	t := l.k.t
	t.Helper()
	w := reach.NewWorld()
	client := l.ecs["ECS1"]
	w.PutVPC(reach.VPC{ID: l.vpc1.ID, Name: "VPC1", Account: l.vpc1.Account})
	w.PutVPC(reach.VPC{ID: l.vpc2.ID, Name: "VPC2", Account: l.vpc2.Account})
	for _, v := range []cloud.VPC{l.vpc1, l.vpc2} {
		groups, err := l.caller.SecurityGroups(t.Context(), "eu-central-1", v.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range groups {
			known := reach.Group{ID: g.ID, Name: g.Name}
			for _, r := range g.Rules {
				known.Rules = append(known.Rules, reach.Rule{
					ID: r.ID, Ingress: r.Direction == cloud.Ingress, Accept: r.Policy == cloud.Accept, Priority: r.Priority,
					Protocol: r.Protocol, From: r.PortFrom, To: r.PortTo, Peer: r.Peer, PeerGroup: r.PeerGroup,
				})
			}
			w.PutGroup(known)
		}
	}
	w.PutHost(reach.Host{ID: client.ID, Name: "ECS1", VPC: l.vpc1.ID, Addr: client.IP, Groups: client.Groups, Running: true})
	w.PutService(reach.Service{ID: s.ID, Name: s.Name})
	w.PutEndpoint(reach.Endpoint{ID: e.ID, Name: e.Name, Service: s.ID, VPC: e.VPC, Provider: e.Provider, Groups: e.Groups, Domains: []string{e.Domain}})
	z := e.Zones[0]
	w.PutInterface(reach.Interface{ID: z.ID, Endpoint: e.ID, Zone: z.Zone, VPC: e.VPC, Addr: z.IP, Balancer: s.Resources[0].Balancer})
	w.PutBalancer(reach.Balancer{ID: s.Resources[0].Balancer, Name: "clb-web", VPC: l.vpc2.ID, Addr: netip.MustParseAddr(s.Resources[0].IP), Implicit: true, Sender: netip.MustParsePrefix("100.64.0.0/10")},
		[]reach.Listener{{ID: "l-1", Balancer: s.Resources[0].Balancer, Protocol: reach.TCP, Port: 80, BackendPort: 80, Running: true}}, nil)
	return w
}

// judging serves the lab with a judge.
func (l *lab) judging(live handlers.Live) {
	server, err := web.New(web.Options{
		Base: handlers.Base{
			Engine: l.k.engine, Live: live, Doors: still{}, Editions: []*views.Edition{aliyun.Edition(), ctyun.Edition()},
			Log: slog.New(slog.NewTextHandler(l.k.log, nil)), Now: l.k.now,
		},
		Keys: [2][]byte{bytes.Repeat([]byte("a"), 64), bytes.Repeat([]byte("b"), 32)},
	})
	if err != nil {
		l.k.t.Fatal(err)
	}
	l.k.url = serve(l.k.t, server)
	l.as(0)
}

const whyPath = homePath + "/why"

// The page draws the judge's gates in order, names the one that stopped the
// flow with its reason in the reader's language, and leads to the fix.
func TestWhy(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	e := l.join(s, "web-from-vpc1")
	live := &judged{world: l.world(s, e)}
	l.judging(live)
	ip := e.Zones[0].IP.String()
	p := l.get(whyPath + "?from=" + l.ecs["ECS1"].ID + "&target=" + ip + "&port=80&protocol=tcp")
	p.shows(t, ".verdict", "It does not pass: stopped at gate 5, Connection", "The connection is not allowed yet", "Account A (that is you)")
	if n := p.Find(".gates li").Length(); n != 10 {
		t.Errorf("%d gates, want 10", n)
	}
	if got := p.Find(".gates .is-ok").Length(); got != 4 {
		t.Errorf("%d gates pass before it, want 4", got)
	}
	allow := servicePath + "/" + s.ID + "/connections/" + e.ID + "/allow"
	if p.Find(`a.btn-main[href="`+allow+`"]`).Length() != 1 {
		t.Error("no way to allow the connection")
	}
	l.in("zh", whyPath+"?from="+l.ecs["ECS1"].ID+"&target="+ip).shows(t, ".verdict", "不通。停在第 5 道门：连接许可", "等服务提供方账号A（也就是你）允许")
	// Without a rule the fix is the rule itself, filled in.
	p = l.get(whyPath + "?from=" + l.ecs["ECS1"].ID + "&target=" + ip + "&port=8080")
	p.shows(t, ".hop.is-bad", "No inbound rule of security group sg-vpc1 accepts TCP 8080", "other port", "refused it")
	add := p.Find("#fix").ParentsFiltered("section").Find("a.btn-main").AttrOr("href", "")
	form := l.get(add)
	if got := form.Find("main form.form").First(); fields(got).Get("ports") != "8080" || fields(got).Get("peer") != "10.10.2.1/32" {
		t.Errorf("the rule is not filled in: %v", fields(got))
	}
	w := live.world
	w.PutEndpoint(reach.Endpoint{ID: e.ID, Name: e.Name, Service: s.ID, VPC: e.VPC, Provider: e.Provider, DecidedBy: e.Provider, Groups: e.Groups, Allowed: true})
	p = l.get(whyPath + "?from=" + l.ecs["ECS1"].ID + "&target=" + ip + "&port=80")
	p.shows(t, ".verdict", "Backend", "default server group of CLB clb-web is empty")
	if got := p.Find("#fix").ParentsFiltered("section").Find("a.btn-main").AttrOr("href", ""); got != clbPath+"/"+s.Resources[0].Balancer {
		t.Errorf("the fix leads to %q", got)
	}
}

// Attempts and the terminal link with VPC and source; an address that is
// pasted is taken apart; what is wrong is said at its field, typed text stays.
func TestWhyQuestion(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	e := l.join(s, "web-from-vpc1")
	live := &judged{world: l.world(s, e)}
	l.judging(live)
	p := l.get(whyPath + "?vpc=" + l.vpc1.ID + "&source=10.10.2.1&target=" + url.QueryEscape("http://10.10.2.77:8443/x?y") + "&protocol=tcp")
	want := reach.Flow{Protocol: reach.TCP, VPC: l.vpc1.ID, Source: netip.MustParseAddr("10.10.2.1"), Target: netip.MustParseAddr("10.10.2.77"), Port: 8443}
	if got := live.asked[len(live.asked)-1]; got != want {
		t.Errorf("asked %+v, want %+v", got, want)
	}
	if got := p.Find("select[name=from] option[selected]").AttrOr("value", ""); got != l.ecs["ECS1"].ID {
		t.Errorf("the source is %q, want ECS1", got)
	}
	p.shows(t, ".verdict", "Nothing in VPC1 has the address 10.10.2.77")
	p = l.get(whyPath + "?from=vpc:" + l.vpc1.ID + "&source=10.10.2.99&target=" + e.Domain)
	if got := live.asked[len(live.asked)-1]; got.Name != e.Domain || got.Source.String() != "10.10.2.99" {
		t.Errorf("asked %+v", got)
	}
	p.shows(t, ".verdict", "No instance of VPC1 has the address 10.10.2.99")
	for _, c := range []struct{ field, query string }{
		{"target", "from=" + l.ecs["ECS1"].ID + "&target=not%20a%20name"},
		{"target", "from=" + l.ecs["ECS1"].ID + "&target=::1"},
		{"port", "from=" + l.ecs["ECS1"].ID + "&target=10.10.2.2&port=99999"},
		{"protocol", "from=" + l.ecs["ECS1"].ID + "&target=10.10.2.2&protocol=icmp"},
		{"source", "from=vpc:" + l.vpc1.ID + "&source=&target=10.10.2.2"},
		{"from", "from=i-nonsense&target=10.10.2.2"},
		{"from", "from=vpc:vpc-nonsense&source=10.10.2.1&target=10.10.2.2"},
	} {
		p := l.get(whyPath + "?" + c.query)
		if p.status != http.StatusUnprocessableEntity || p.Find("#f-"+c.field+"-err").Length() != 1 {
			t.Errorf("%s: %d %q", c.query, p.status, p.text(".ask-errors"))
		}
	}
	if p := l.get(whyPath); p.status != http.StatusOK || p.Find(`a[href*="target=`+e.Domain+`"]`).Length() == 0 {
		t.Errorf("the page without a question answers %d and offers no endpoint", p.status)
	}
}

// What stopped a flow on another account's side is told without its details,
// with words to send to that account.
func TestWhyForeignSide(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	e := l.join(s, "web-from-vpc1")
	live := &judged{world: l.world(s, e)}
	other := l.k.browser()
	b := other.as(1)
	if err := l.k.store.Write(t.Context(), func(tx *cloud.Tx) error { // the service moves to another account
		v, err := tx.Endpoints.Get(e.ID)
		if err != nil {
			return err
		}
		v.Provider = b.ID
		return tx.Endpoints.Put(v)
	}); err != nil {
		t.Fatal(err)
	}
	w := live.world
	w.PutEndpoint(reach.Endpoint{ID: e.ID, Name: e.Name, Service: s.ID, VPC: e.VPC, Provider: b.ID, DecidedBy: b.ID, Groups: e.Groups, Allowed: true})
	l.judging(live)
	p := l.get(whyPath + "?from=" + l.ecs["ECS1"].ID + "&target=" + e.Zones[0].IP.String())
	p.shows(t, "main", "Backend", "on Account B's side", "Account B has to change this", "Send them this")
	if said := p.text(".hops") + p.text(".verdict"); strings.Contains(said, "clb-web") {
		t.Errorf("the provider's CLB is named: %s", said)
	}
}

// attempt stores attempts as the data plane's recorder does.
func (l *lab) attempt(list ...cloud.Attempt) {
	l.k.t.Helper()
	if err := l.k.engine.Record(l.k.t.Context(), list, nil); err != nil {
		l.k.t.Fatal(err)
	}
}

// Attempts are shown with gate and reason and lead to the page above; the
// filters narrow them down; each account sees its own side only (COM-03).
func TestAttempts(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	e := l.join(s, "web-from-vpc1")
	other := l.k.browser()
	b := other.as(1)
	a := l.caller.Account().ID
	ok := cloud.Attempt{
		Time: time.Now(), VPC: l.vpc1.ID, Protocol: "tcp", Source: netip.MustParseAddrPort("10.10.2.1:40118"), Client: "ECS1",
		Target: netip.AddrPortFrom(e.Zones[0].IP, 80), Interface: e.Zones[0].ID, Endpoint: e.ID, Service: s.ID, Consumer: a, Provider: a,
		Allowed: true, Backend: "ECS3 192.168.24.12:80", Took: 3400 * time.Microsecond, In: 120, Out: 1200, End: "closed",
	}
	no := ok
	no.Allowed, no.Backend, no.Gate, no.Reason = false, "", "connection", "reach.connection.waiting"
	no.Args = map[string]string{"endpoint": e.Name, "service": s.ID, "provider": a}
	theirs, err := l.k.engine.As(b).CreateVPC(t.Context(), cloud.DemoRegion, cloud.VPCInput{Name: "VPC-B", CIDR: "10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	abroad := no
	abroad.Consumer, abroad.Client, abroad.VPC, abroad.Endpoint = b.ID, "ECS-B1", theirs.ID, "ep-of-b"
	l.attempt(ok, no, abroad)
	at := homePath + "/attempts"
	p := l.get(at)
	if n := p.Find("tbody tr").Length(); n != 3 {
		t.Fatalf("%d attempts, want 3", n)
	}
	p.shows(t, "tbody", "To ECS3 192.168.24.12:80", "took 3.4 ms", "1.2 KB", "Connection", "does not accept requests automatically")
	if row := p.Find("tbody tr").First().Text(); strings.Contains(row, "ECS-B1") || strings.Contains(row, "10.10.2.1") {
		t.Errorf("the provider sees the consumer's client: %s", row)
	}
	if said := other.get(at).text("tbody"); !strings.Contains(said, "ECS-B1") || strings.Contains(said, "ECS1") {
		t.Errorf("B sees %s", said)
	}
	for q, n := range map[string]int{"?refused=1": 2, "?endpoint=" + e.ID: 2, "?endpoint=" + e.ID + "&refused=1": 1, "?service=" + s.ID: 3, "?service=epsrv-none": 0} {
		if got := l.get(at + q).Find("tbody tr").Length(); got != n {
			t.Errorf("%s shows %d, want %d", q, got, n)
		}
	}
	why := p.Find("tbody tr").Eq(1).Find("td.ops a").AttrOr("href", "")
	if q, err := url.Parse(why); err != nil || q.Query().Get("source") != "10.10.2.1" || q.Query().Get("port") != "80" || q.Query().Get("target") != e.Zones[0].IP.String() {
		t.Errorf("the question is %q", why)
	}
	l.get(endpointPath+"/"+e.ID).shows(t, "#tries", "1 let through, 1 refused")
	// A ping has no ports, and is no question that the page could be asked.
	ping := cloud.Attempt{
		Time: time.Now(), VPC: l.vpc1.ID, Protocol: "icmp", Source: netip.MustParseAddrPort("10.10.2.1:0"), Client: "ECS1",
		Target: netip.MustParseAddrPort("10.10.2.2:0"), Consumer: a, Gate: "route", Reason: "reach.route.none",
		Args: map[string]string{"vpc": "VPC1", "address": "10.10.2.2"},
	}
	l.attempt(ping)
	for _, path := range []string{at, homePath} {
		row := l.get(path).Find("tbody tr:contains('ICMP')")
		if row.Length() != 1 || strings.Contains(row.Text(), "10.10.2.2:0") || strings.Contains(row.Text(), "10.10.2.1:0") || row.Find("td.ops a").Length() != 0 {
			t.Errorf("on %s a ping is %q", path, row.Text())
		}
	}
	l.get(servicePath+"/"+s.ID+"?tab=attempts").shows(t, "tbody", "of Account B")

	// What a flood left out of the log is told where it would be, and counted.
	many := ok
	many.More = 3725
	l.attempt(many)
	l.get(at).shows(t, "tbody tr", "3725 more alike right after it")
	l.get(at).shows(t, "main", "3727 let through, 3 refused")
	l.in("zh", at).shows(t, "tbody tr", "随后还有 3725 次一样的")
}

// The audit trail says who did what to which thing, newest first, in pages by
// sequence, and nothing of another account's (COM-03).
func TestEvents(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	e := l.join(s, "web-from-vpc1")
	if err := l.caller.Allow(t.Context(), s.ID, e.ID, cloud.AllowInput{Auto: true}); err != nil {
		t.Fatal(err)
	}
	l.observe(e.ID, true)
	at := homePath + "/events"
	p := l.get(at + "?resource=" + e.ID)
	what := p.Find("tbody tr").Map(func(_ int, row *goquery.Selection) string { return strings.TrimSpace(row.Find("td").Eq(3).Text()) })
	if !slices.Equal(what, []string{"allowed the endpoint's connection", "created the endpoint"}) {
		t.Errorf("the endpoint's trail is %q", what)
	}
	p.shows(t, "tbody", "Account A", "Decision", "allowed")
	l.in("zh", at+"?resource="+e.ID).shows(t, "tbody", "允许了终端节点的连接", "创建了终端节点")
	if said := l.get(at).text("tbody"); !strings.Contains(said, "its ports listen") || strings.Contains(l.get(at+"?who=people").text("tbody"), "its ports listen") {
		t.Errorf("what the system observed is not told apart: %s", said)
	}
	for range 60 {
		if _, err := l.caller.UpdateEndpoint(t.Context(), e.ID, "x-"+strings.Repeat("y", len(l.endpoint(e.ID).Name)%9+1), ""); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	pages := 0
	for path := at; path != ""; pages++ {
		p := l.get(path)
		p.Find("tbody tr").Each(func(_ int, row *goquery.Selection) {
			n := strings.TrimSpace(row.Find("td").First().Text())
			if seen[n] {
				t.Errorf("event %s is on two pages", n)
			}
			seen[n] = true
		})
		path = p.Find("nav.pages a[rel=next]").AttrOr("href", "")
	}
	if !seen["1"] || pages < 2 {
		t.Errorf("%d pages do not reach the first event", pages)
	}
	other := l.k.browser()
	other.as(1)
	if said := other.get(at).text("tbody"); strings.Contains(said, e.ID) || strings.Contains(said, s.ID) {
		t.Errorf("another account reads %s", said)
	}
}
