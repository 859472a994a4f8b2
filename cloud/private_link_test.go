package cloud_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
)

// linkAt is a place at Alibaba Cloud, where all clusters are.
func linkAt(project, region string) cloud.LinkPlace {
	return cloud.LinkPlace{Project: project, Provider: cloud.Aliyun, Region: region}
}

// TestLinkAccounts: ZIL-04, ZIL-06, ZIL-08, EP-03: only a verified main account
// sees the service.
func TestLinkAccounts(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	project, _ := b.fresh(b.a, "Books", hangzhou)
	mine := b.b.Account().ID
	for id, key := range map[string]string{
		"": "error.required", "12345": "error.link.account.format", "1234567890123456": "error.link.account.unknown",
		cloud.Zilliz: "error.link.account.format", "*": "error.link.account.format",
	} {
		b.refused(b.a.AddLinkAccount(ctx, linkAt(project, hangzhou), id), cloud.Invalid, "account", key)
	}
	// A sub-account's main account is named to those who work for it.
	for _, main := range []string{b.a.Account().ID, mine} {
		sub, _, err := b.a.MakeAccount(ctx, cloud.NewAccount{Login: "sub-" + main, Name: "Sub", Main: main})
		b.ok(err)
		e := b.refused(b.a.AddLinkAccount(ctx, linkAt(project, hangzhou), sub.ID), cloud.Invalid, "account", "error.link.account.sub")
		if named := e.Fields[0].Suggest == main; named != (main == b.a.Account().ID) || !named && e.Fields[0].Suggest != "" {
			t.Errorf("of a sub-account of %s it says %q", main, e.Fields[0].Suggest)
		}
	}
	b.refused(b.a.AddLinkAccount(ctx, linkAt(project, ""), mine), cloud.Invalid, "region", "error.choose")
	b.refused(b.a.AddLinkAccount(ctx, linkAt(project, frankfurt), mine), cloud.Invalid, "region", "error.choice")
	b.refused(b.a.AddLinkAccount(ctx, linkAt(project, "cn-beijing"), mine), cloud.Invalid, "region", "error.link.region")
	seen := func() int {
		list, err := b.b.AvailableServices(ctx, hangzhou)
		b.ok(err)
		return len(list)
	}
	if seen() != 0 {
		t.Error("the service is seen before the account is verified")
	}
	b.ok(b.a.AddLinkAccount(ctx, linkAt(project, hangzhou), " "+mine+" "))
	b.refused(b.a.AddLinkAccount(ctx, linkAt(project, hangzhou), mine), cloud.Invalid, "account", "error.link.account.twice")
	if seen() != 1 {
		t.Error("the service is not seen by the verified account")
	}
	b.refused(b.a.RemoveLinkAccount(ctx, linkAt(project, hangzhou), cloud.Zilliz), cloud.NotFound)
	b.ok(b.a.RemoveLinkAccount(ctx, linkAt(project, hangzhou), mine))
	if seen() != 0 {
		t.Error("the service is still seen")
	}
}

// TestLinkDraft: ZIL-09: what was entered is there when the dialog is opened
// again, and gone once the link is made.
func TestLinkDraft(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	project, _ := b.fresh(b.a, "Books", hangzhou, "cn-shenzhen")
	d, err := b.a.LinkDraft(ctx, project, "")
	b.ok(err)
	if d.Region != hangzhou || !slices.Equal(d.Regions, []string{hangzhou, "cn-shenzhen"}) || len(d.Accounts) > 0 || len(d.Zones) != 3 {
		t.Errorf("the first draft is %+v", d)
	}
	before := b.last()
	b.ok(b.a.KeepLinkDraft(ctx, project, "cn-shenzhen", " ep-half "))
	if b.last() != before {
		t.Error("typing is an event")
	}
	b.refused(b.a.KeepLinkDraft(ctx, project, frankfurt, "x"), cloud.Invalid, "region", "error.choice")
	b.refused(b.b.KeepLinkDraft(ctx, project, hangzhou, "x"), cloud.NotFound)
	b.ok(b.a.AddLinkAccount(ctx, linkAt(project, "cn-shenzhen"), b.b.Account().ID))
	d, err = b.a.LinkDraft(ctx, project, "")
	b.ok(err)
	if d.Region != "cn-shenzhen" || d.Endpoint != "ep-half" || len(d.Accounts) != 1 || d.Accounts[0].ID != b.b.Account().ID {
		t.Errorf("the draft is %+v", d)
	}
	e, err := b.endpoint(b.b, b.customer(b.b, "cn-shenzhen"), "cn-shenzhen", d.Service, "cn-shenzhen-d", "cn-shenzhen-f")
	b.ok(err)
	d, err = b.a.LinkDraft(ctx, project, "")
	b.ok(err)
	if len(d.Waiting) != 1 || d.Waiting[0].ID != e.ID {
		t.Errorf("waiting: %+v", d.Waiting)
	}
	_, err = b.a.CreatePrivateLink(ctx, linkAt(project, "cn-shenzhen"), e.ID)
	b.ok(err)
	b.ok(b.a.KeepLinkDraft(ctx, project, "cn-shenzhen", e.ID)) // sent before 创建 and late
	d, err = b.a.LinkDraft(ctx, project, "cn-shenzhen")
	b.ok(err)
	if d.Endpoint != "" || len(d.Waiting) > 0 || d.Accounts[0].Links != 1 {
		t.Errorf("after the link the draft is %+v", d)
	}
}

// TestPrivateLinks: ZIL-09 to ZIL-12, X-13, X-15: what is refused, what a link
// gives, and that its end disconnects the endpoint.
func TestPrivateLinks(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	project, made := b.fresh(b.a, "Books", hangzhou, "cn-beijing")
	other, _ := b.fresh(b.a, "Songs", hangzhou)
	d, err := b.a.LinkDraft(ctx, project, hangzhou)
	b.ok(err)
	another, err := b.a.LinkDraft(ctx, other, hangzhou)
	b.ok(err)
	b.refused(must(b.a.CreatePrivateLink(ctx, linkAt(project, hangzhou), "ep-x")), cloud.Invalid, "account", "error.link.account.none", "endpoint", "error.link.endpoint.format")
	b.ok(b.a.AddLinkAccount(ctx, linkAt(project, hangzhou), b.b.Account().ID))
	b.ok(b.a.AddLinkAccount(ctx, linkAt(other, hangzhou), b.b.Account().ID))
	b.ok(b.a.AddLinkAccount(ctx, linkAt(other, hangzhou), b.a.Account().ID))

	at := b.customer(b.b, hangzhou)
	_, err = b.endpoint(b.b, at, hangzhou, d.Service, "cn-hangzhou-g")
	b.refused(err, cloud.Invalid, "zone.1", "error.choice")
	e, err := b.endpoint(b.b, at, hangzhou, d.Service, "cn-hangzhou-h", "cn-hangzhou-j", "cn-hangzhou-k")
	b.ok(err)
	strange, err := b.endpoint(b.b, at, hangzhou, another.Service, "cn-hangzhou-h")
	b.ok(err)
	foreign, err := b.endpoint(b.a, b.customer(b.a, hangzhou), hangzhou, another.Service, "cn-hangzhou-h")
	b.ok(err)
	west := b.service(cloud.ServiceInput{})
	far, err := b.a.CreateEndpoint(ctx, frankfurt, b.request(b.a, "VPC1", west))
	b.ok(err)
	going, err := b.endpoint(b.b, at, hangzhou, d.Service, "cn-hangzhou-k")
	b.ok(err)
	b.ok(b.b.DeleteEndpoint(ctx, going.ID))
	for id, key := range map[string]string{
		"": "error.required", "vpc-bp1": "error.link.endpoint.format", "ep-bp1aaaaaaaaaaaaaaaaa": "error.link.endpoint.unknown",
		strange.ID: "error.link.endpoint.service", foreign.ID: "error.link.endpoint.account", far.ID: "error.link.endpoint.region",
		going.ID: "error.link.endpoint.deleting",
	} {
		b.refused(must(b.a.CreatePrivateLink(ctx, linkAt(project, hangzhou), id)), cloud.Invalid, "endpoint", key)
	}
	_, err = b.a.CreatePrivateLink(ctx, linkAt(other, hangzhou), strange.ID)
	b.ok(err)
	b.refused(must(b.a.CreatePrivateLink(ctx, linkAt(project, hangzhou), strange.ID)), cloud.Invalid, "endpoint", "error.link.endpoint.elsewhere")

	l, err := b.a.CreatePrivateLink(ctx, linkAt(project, hangzhou), " "+e.ID+" ")
	b.ok(err)
	b.refused(must(b.a.CreatePrivateLink(ctx, linkAt(project, hangzhou), e.ID)), cloud.Invalid, "endpoint", "error.link.endpoint.twice")
	v, err := b.a.PrivateLink(ctx, project, l.ID)
	b.ok(err)
	k := made[0]
	want := []cloud.RecordForm{
		{Zone: "ali-cn-hangzhou.vectordb.zilliz.com.cn", Host: k.ID + "-privatelink"},
		{Zone: "vectordb.zilliz.com.cn", Host: k.ID + "-privatelink.ali-cn-hangzhou"},
	}
	if v.State != cloud.Pending || len(v.Names) != 1 || v.Names[0].Prefix != k.ID+"-privatelink" || v.Names[0].Port != 19530 || !slices.Equal(v.Names[0].Records, want) {
		t.Errorf("the link is %+v", v)
	}
	for _, r := range v.Names[0].Records {
		if r.Host+"."+r.Zone != v.Names[0].Host {
			t.Errorf("%+v answers for another name than %s", r, v.Names[0].Host)
		}
	}
	ep, err := b.b.Endpoint(ctx, e.ID)
	b.ok(err)
	if ep.Decision != cloud.Allowed || ep.DecidedBy != cloud.Zilliz || ep.ProviderName != "Zilliz Cloud" {
		t.Errorf("the endpoint is %+v", ep.Endpoint)
	}
	// One zone's problem is not told with another one's holder of a port.
	b.ok(b.engine.Observe(ctx, []cloud.Observation{
		{ID: ep.Zones[0].ID, Problem: cloud.ZoneProblem}, {ID: ep.Zones[1].ID, Problem: "problem.port", Detail: "held by nginx"},
	}))
	v, err = b.a.PrivateLink(ctx, project, l.ID)
	b.ok(err)
	if v.Problem != cloud.ZoneProblem || v.Detail != "" {
		t.Errorf("its problem is %s with %q", v.Problem, v.Detail)
	}
	// What a link needs stays while the link is there.
	if e := b.refused(b.a.DeleteCluster(ctx, project, k.ID), cloud.Conflict); len(e.Blockers) != 1 || e.Blockers[0].ID != l.ID {
		t.Errorf("in the way: %+v", e.Blockers)
	}
	b.refused(b.a.RemoveLinkAccount(ctx, linkAt(project, hangzhou), b.b.Account().ID), cloud.Conflict)
	b.refused(b.b.DeletePrivateLink(ctx, project, l.ID), cloud.NotFound)
	b.refused(b.a.DeletePrivateLink(ctx, other, l.ID), cloud.NotFound)
	b.ok(b.a.DeletePrivateLink(ctx, project, l.ID))
	ep, err = b.b.Endpoint(ctx, e.ID)
	b.ok(err)
	if ep.Decision != cloud.Refused || ep.Zones[0].Resource != "" {
		t.Errorf("after the link the endpoint is %+v", ep.Endpoint)
	}
	// It may come back, and its service may go with the last cluster.
	l, err = b.a.CreatePrivateLink(ctx, linkAt(project, hangzhou), e.ID)
	b.ok(err)
	b.ok(b.a.DeletePrivateLink(ctx, project, l.ID))
	b.ok(b.a.DeleteCluster(ctx, project, k.ID))
	ep, err = b.b.Endpoint(ctx, e.ID)
	b.ok(err)
	if ep.Connection != cloud.ServiceDeleted {
		t.Errorf("without its service the endpoint is %s", ep.Connection)
	}
}

func must(_ cloud.PrivateLink, err error) error { return err }

// TestPrivateLinkStates: ZIL-10: whatever happens to an endpoint, the state of
// its private link follows from it, and the endpoint is open to nobody without
// a link.
func TestPrivateLinkStates(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	project, _ := b.fresh(b.a, "Books", hangzhou)
	b.ok(b.a.AddLinkAccount(ctx, linkAt(project, hangzhou), b.b.Account().ID))
	at := b.customer(b.b, hangzhou)
	d, err := b.a.LinkDraft(ctx, project, hangzhou)
	b.ok(err)
	zone := "cn-hangzhou-j"
	rapid.Check(t, func(r *rapid.T) {
		e, err := b.endpoint(b.b, at, hangzhou, d.Service, zone)
		if err != nil {
			r.Fatal(err)
		}
		link, there, leaving, open := "", true, false, false
		see := func(is bool) {
			v, err := b.b.Endpoint(ctx, e.ID)
			if err != nil {
				r.Fatal(err)
			}
			o := cloud.Observation{ID: v.Zones[0].ID, Account: v.Account, Peer: v.Provider, Parent: e.ID, Bound: true, Open: is}
			if err := b.engine.Observe(ctx, []cloud.Observation{o}); err != nil {
				r.Fatal(err)
			}
			open = is
		}
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			switch rapid.SampledFrom([]string{"register", "unregister", "open", "close", "delete", "gone"}).Draw(r, "step") {
			case "register":
				l, err := b.a.CreatePrivateLink(ctx, linkAt(project, hangzhou), e.ID)
				if ok := there && !leaving && link == ""; ok != (err == nil) {
					r.Fatalf("registering answers %v", err)
				}
				if err == nil {
					link = l.ID
				}
			case "unregister":
				err := b.a.DeletePrivateLink(ctx, project, link)
				if (err == nil) != (link != "") {
					r.Fatalf("deleting %q answers %v", link, err)
				}
				link = ""
			case "open":
				if there && !leaving && link != "" {
					see(true)
				}
			case "close":
				if there && !leaving {
					see(false)
				}
			case "delete":
				if there && !leaving {
					if err := b.b.DeleteEndpoint(ctx, e.ID); err != nil {
						r.Fatal(err)
					}
					leaving = true
				}
			case "gone":
				if there && leaving {
					v, err := b.b.Endpoint(ctx, e.ID)
					if err != nil {
						r.Fatal(err)
					}
					if err := b.engine.Gone(ctx, v.Zones[0].ID); err != nil {
						r.Fatal(err)
					}
					there, leaving = false, false
				}
			}
			b.compare(r, project, link, e.ID, there, leaving, open)
		}
		if link != "" {
			if err := b.a.DeletePrivateLink(ctx, project, link); err != nil {
				r.Fatal(err)
			}
		}
	})
}

// compare wants the link to be what has happened to its endpoint.
func (b *bench) compare(r *rapid.T, project, link, endpoint string, there, leaving, open bool) {
	want := cloud.Pending
	switch {
	case !there:
		want = cloud.LinkGone
	case leaving:
		want = cloud.Deleting
	case open:
		want = cloud.LinkCreated
	}
	list, err := b.a.PrivateLinks(b.Context(), project)
	if err != nil {
		r.Fatal(err)
	}
	if link == "" && len(list) > 0 || link != "" && (len(list) != 1 || list[0].State != want) {
		r.Fatalf("the links are %+v, want %q in state %s", list, link, want)
	}
	if !there {
		return
	}
	v, err := b.b.Endpoint(b.Context(), endpoint)
	if err != nil {
		r.Fatal(err)
	}
	if allowed := v.Decision == cloud.Allowed; !leaving && allowed != (link != "") {
		r.Fatalf("without a link it is allowed, or with one it is not: %v, %q", v.Decision, link)
	}
}
