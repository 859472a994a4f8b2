package cloud_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
)

// TestTheRecordTrap: X-13: the document's own record answers for another name;
// the two forms that are offered answer for the cluster's.
func TestTheRecordTrap(t *testing.T) {
	b := open(t, cloud.Limits{})
	b.fresh(b.a, "Trap", hangzhou)
	all, err := b.a.ClusterNames(t.Context())
	b.ok(err)
	k := all[len(all)-1]
	id, place := k.Cluster, "ali-cn-hangzhou.vectordb.zilliz.com.cn"
	if len(k.Records) != 2 {
		t.Fatalf("the forms are %v", k.Records)
	}
	for _, r := range k.Records {
		a := cloud.AnswersFor(r.Zone, r.Host, all)
		if a.Name != k.Host || len(a.Right) != 1 || a.Right[0].Cluster != id || len(a.Missed) != 0 {
			t.Errorf("%v answers %+v", r, a)
		}
	}
	for _, c := range []struct {
		zone, host, name string
		right, missed    bool
	}{
		{id + "." + place, id, id + "." + id + "." + place, false, true}, // the document's
		{strings.ToUpper(id) + "." + place + ".", strings.ToUpper(id), id + "." + id + "." + place, false, true},
		{place, id, id + "." + place, false, true},
		{id + "." + place, "@", id + "." + place, false, true},
		{k.Host, "@", k.Host, true, false},
		{k.Host, "www", "www." + k.Host, false, true},
		{place, "*", "*." + place, true, false},
		{cloud.ClusterDomain, "*", "*." + cloud.ClusterDomain, true, false},
		{id + "." + place, "*", "*." + id + "." + place, false, true},
		{place, "milvus", "milvus." + place, false, false},
		{"corp.example", "www", "www.corp.example", false, false},
	} {
		one := []cloud.ClusterName{k}
		a := cloud.AnswersFor(c.zone, c.host, one)
		if a.Name != c.name || (len(a.Right) == 1) != c.right || (len(a.Missed) == 1) != c.missed {
			t.Errorf("zone %s, host %s: %+v", c.zone, c.host, a)
		}
	}
}

// TestARecordNeverHelpsAndMisses: whatever is written, a record is right for a
// cluster or misses it, and is right only for the cluster's very name.
func TestARecordNeverHelpsAndMisses(t *testing.T) {
	k := cloud.ClusterName{Cluster: "in05-a", Prefix: "in05-a-privatelink", Host: "in05-a-privatelink.x.y"}
	rapid.Check(t, func(r *rapid.T) {
		label := rapid.SampledFrom([]string{"in05-a", "in05-a-privatelink", "x", "y", "*", "IN05-A", "w"})
		join := func(min, max int, what string) string {
			return strings.Join(rapid.SliceOfN(label, min, max).Draw(r, what), ".")
		}
		zone, host := join(1, 4, "zone"), rapid.SampledFrom([]string{"@", join(1, 3, "host")}).Draw(r, "at")
		a := cloud.AnswersFor(zone, host, []cloud.ClusterName{k})
		if len(a.Right)+len(a.Missed) > 1 {
			r.Fatalf("%s in %s: %+v", host, zone, a)
		}
		if len(a.Right) == 1 && a.Name != k.Host && !strings.HasPrefix(a.Name, "*.") {
			r.Fatalf("%s answers for the cluster", a.Name)
		}
	})
}

// TestZillizGuide, ZIL-06 to ZIL-10, PVZ-05, PVZ-08: the guide's
// steps are ticked by what is there, one after the other, and a record that
// misses the cluster is told.
func TestZillizGuide(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	project, clusters := b.fresh(b.b, "Guide", hangzhou)
	at := b.customer(b.b, hangzhou)
	read := func(want string) cloud.ZillizGuide {
		t.Helper()
		g, err := b.b.ZillizGuide(ctx, hangzhou)
		b.ok(err)
		if n := g.Next(); n >= len(g.Steps) || g.Steps[n].ID != want {
			t.Fatalf("the next step is %d of %+v, want %s", n, g.Steps, want)
		}
		return g
	}
	read(cloud.ZillizAccount)
	b.ok(b.b.AddLinkAccount(ctx, linkAt(project, hangzhou), b.b.Account().ID))
	g := read(cloud.ZillizEndpoint)
	e, err := b.endpoint(b.b, at, hangzhou, g.Service.ID, "cn-hangzhou-h", "cn-hangzhou-j")
	b.ok(err)
	v, err := b.b.Endpoint(ctx, e.ID)
	b.ok(err)
	read(cloud.ZillizAvailable)
	seen := func(open bool) {
		for _, z := range v.Zones {
			b.ok(b.engine.Observe(ctx, []cloud.Observation{{ID: z.ID, Account: z.Account, Peer: z.Provider, Parent: e.ID, Bound: true, Open: open}}))
		}
	}
	seen(false)
	read(cloud.ZillizRegister)
	_, err = b.b.CreatePrivateLink(ctx, linkAt(project, hangzhou), e.ID)
	b.ok(err)
	read(cloud.ZillizConnected)
	seen(true)
	g = read(cloud.ZillizZone)
	if g.Cluster.Cluster != clusters[0].ID || g.Domain == "" {
		t.Errorf("the guide is about %+v", g)
	}
	// The document's own zone and record: accepted, and told.
	literal, err := b.b.CreatePrivateZone(ctx, cloud.PrivateZoneInput{Name: clusters[0].ID + "." + g.Cluster.Records[0].Zone, Proxy: "yes"})
	b.ok(err)
	_, err = b.b.SetScope(ctx, literal.ID, []string{at.vpc})
	b.ok(err)
	_, err = b.b.ChangeRecord(ctx, cloud.AddRecord, literal.ID, "", cloud.RecordInput{Host: clusters[0].ID, Type: cloud.CNAME, Value: g.Domain})
	b.ok(err)
	g = read(cloud.ZillizZone)
	if len(g.Missed) != 1 || g.Missed[0].Answer.Name != clusters[0].ID+"."+clusters[0].ID+"."+g.Cluster.Records[0].Zone {
		t.Errorf("the missed records are %+v", g.Missed)
	}
	trap, err := b.b.NameTrap(ctx, at.vpc, g.Cluster.Host)
	b.ok(err)
	if trap.Cluster != clusters[0].ID || len(trap.Missed) != 1 || len(trap.Asked.Right) != 1 {
		t.Errorf("the trap is %+v", trap)
	}
	good, err := b.b.CreatePrivateZone(ctx, cloud.PrivateZoneInput{Name: g.Cluster.Records[0].Zone, Proxy: "yes"})
	b.ok(err)
	_, err = b.b.SetScope(ctx, good.ID, []string{at.vpc})
	b.ok(err)
	read(cloud.ZillizRecord)
	_, err = b.b.ChangeRecord(ctx, cloud.AddRecord, good.ID, "", cloud.RecordInput{Host: g.Cluster.Records[0].Host, Type: cloud.CNAME, Value: g.Domain})
	b.ok(err)
	g = read(cloud.ZillizReach)
	if !g.Ready() || len(g.Missed) != 0 || g.Zone.ID != good.ID {
		t.Errorf("the guide is %+v", g)
	}
	if g.Reached(cloud.Ref{Kind: "instance", ID: "i-1"}); g.Next() != len(g.Steps) {
		t.Error("the judge's word does not count")
	}
}
