package cloud_test

import (
	"slices"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

func (b *bench) zone(name string) cloud.PrivateZone {
	b.Helper()
	z, err := b.a.CreatePrivateZone(b.Context(), cloud.PrivateZoneInput{Name: name, Proxy: "yes"})
	b.ok(err)
	return z
}

// TestPrivateZoneNames: PVZ-03. Names are kept as the DNS carries them, and
// each mistake has a sentence of its own.
func TestPrivateZoneNames(t *testing.T) {
	b := open(t, cloud.Limits{})
	for typed, want := range map[string]string{
		"corp.example": "corp.example", " Corp.Example. ": "corp.example", "例子。公司.cn": "xn--fsqu00a.xn--55qx5d.cn",
		"inxx-0123456789ab.ali-cn-hangzhou.vectordb.zilliz.com.cn": "inxx-0123456789ab.ali-cn-hangzhou.vectordb.zilliz.com.cn",
		"10.in-addr.arpa": "10.in-addr.arpa", strings.Repeat("a", 63) + ".cn": strings.Repeat("a", 63) + ".cn",
	} {
		z := b.zone(typed)
		if z.Name != want {
			t.Errorf("%q is kept as %q, want %q", typed, z.Name, want)
		}
	}
	if z := b.zone("例子.cn"); z.Shown != "例子.cn" {
		t.Errorf("shown as %q", z.Shown)
	}
	for typed, want := range map[string]string{
		"": "error.required", ".": "error.required", "corp": "error.privatezone.labels", "*.corp.example": "error.privatezone.star",
		"a.*.example": "error.dns.star", "10.0.0.1": "error.dns.address", "a..b": "error.dns.empty", ".a.b": "error.dns.empty", "-a.b": "error.dns.hyphen",
		"a-.b": "error.dns.hyphen", "a_b.cn": "error.dns.chars", "a b.cn": "error.dns.chars", "https://corp.example/x": "error.dns.url",
		"corp.example:53": "error.dns.url", strings.Repeat("a", 64) + ".cn": "error.dns.label", strings.Repeat("a.", 130) + "cn": "error.dns.long",
		"xn--zzzzzzz99999.cn": "error.dns.idn",
	} {
		_, err := b.a.CreatePrivateZone(t.Context(), cloud.PrivateZoneInput{Name: typed, Proxy: "yes"})
		b.refused(err, cloud.Invalid, "name", want)
	}
	_, err := b.a.CreatePrivateZone(t.Context(), cloud.PrivateZoneInput{Name: "a.b", Proxy: "", Remark: strings.Repeat("x", 51)})
	b.refused(err, cloud.Invalid, "proxy", "error.choose", "remark", "error.length")
}

// TestPrivateZoneScope: PVZ-05 to PVZ-07. A VPC has one zone of a name, zones
// above and below each other are told, a zone that is bound is not deleted, and
// neither is its VPC.
func TestPrivateZoneScope(t *testing.T) {
	b := open(t, cloud.Limits{ZoneVPCs: 2, PrivateZones: 4})
	ctx := t.Context()
	one, two := b.vpc(b.a, "VPC1"), b.vpc(b.a, "VPC2")
	far, err := b.a.CreateVPC(ctx, "cn-hangzhou", cloud.VPCInput{Name: "far", CIDR: "10.1.0.0/16"})
	b.ok(err)
	south, err := b.a.CreateVPC(ctx, guangzhou, cloud.VPCInput{Name: "south", CIDR: "10.1.0.0/16"})
	b.ok(err)
	z, same, inner := b.zone("corp.example"), b.zone("corp.example"), b.zone("db.corp.example")
	s, err := b.a.ScopeChange(ctx, z.ID, []string{one.ID, far.ID})
	b.ok(err)
	if len(s.Added) != 2 || len(s.Removed)+len(s.Kept)+len(s.Shadows) > 0 || !s.Changes() {
		t.Errorf("would change %+v", s)
	}
	_, err = b.a.SetScope(ctx, z.ID, []string{one.ID, far.ID, one.ID})
	b.ok(err)
	_, err = b.a.SetScope(ctx, same.ID, []string{one.ID})
	b.refused(err, cloud.Invalid, "vpcs", "error.privatezone.twice")
	_, err = b.a.SetScope(ctx, same.ID, []string{two.ID})
	b.ok(err)
	_, err = b.a.SetScope(ctx, z.ID, []string{one.ID, far.ID, two.ID})
	b.refused(err, cloud.Invalid, "vpcs", "error.privatezone.vpcs")
	theirs, err := b.b.CreateVPC(ctx, frankfurt, cloud.VPCInput{Name: "theirs", CIDR: "10.9.0.0/16"})
	b.ok(err)
	for _, id := range []string{south.ID, theirs.ID, "gone"} {
		_, err = b.a.SetScope(ctx, z.ID, []string{id})
		b.refused(err, cloud.NotFound)
	}
	s, err = b.a.ScopeChange(ctx, inner.ID, []string{one.ID})
	b.ok(err)
	if len(s.Shadows) != 1 || s.Shadows[0].Above || s.Shadows[0].Other.ID != z.ID {
		t.Errorf("below %s: %+v", z.Name, s.Shadows)
	}
	_, err = b.a.SetScope(ctx, inner.ID, []string{one.ID})
	b.ok(err)
	above, err := b.a.Shadows(ctx, z.ID)
	b.ok(err)
	if len(above) != 1 || !above[0].Above || above[0].VPC.ID != one.ID {
		t.Errorf("above %s: %+v", inner.Name, above)
	}
	if list, err := b.a.PrivateZonesOf(ctx, one.ID); err != nil || len(list) != 2 || list[0].ID != inner.ID {
		t.Errorf("in %s: %+v, %v", one.Name, list, err)
	}
	e := b.refused(b.a.DeletePrivateZone(ctx, z.ID), cloud.Conflict)
	if len(e.Blockers) != 2 {
		t.Errorf("in the way are %+v", e.Blockers)
	}
	e = b.refused(b.a.DeleteVPC(ctx, far.ID), cloud.Conflict)
	if len(e.Blockers) != 1 || e.Blockers[0].Kind != "privatezone" {
		t.Errorf("in the way of the VPC are %+v", e.Blockers)
	}
	_, err = b.a.CreatePrivateZone(ctx, cloud.PrivateZoneInput{Name: "four.example", Proxy: "no"})
	b.ok(err)
	_, err = b.a.CreatePrivateZone(ctx, cloud.PrivateZoneInput{Name: "five.example", Proxy: "no"})
	b.refused(err, cloud.Exceeded)
	_, err = b.b.PrivateZone(ctx, z.ID)
	b.refused(err, cloud.NotFound)
	_, err = b.a.SetScope(ctx, z.ID, nil)
	b.ok(err)
	b.ok(b.a.DeletePrivateZone(ctx, z.ID))
}

// TestFindPrivateZones: lists and the search find zones and records by what
// people type.
func TestFindPrivateZones(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	z, other := b.zone("例子.example"), b.zone("corp.example")
	_, err := b.a.SetScope(ctx, other.ID, []string{b.vpc(b.a, "VPC1").ID})
	b.ok(err)
	r, err := b.a.ChangeRecord(ctx, cloud.AddRecord, z.ID, "", cloud.RecordInput{Host: "db.east", Type: cloud.A, Value: "10.0.0.8"})
	b.ok(err)
	for _, c := range []struct {
		find cloud.Find
		want []string
	}{
		{cloud.Find{Words: "例子"}, []string{z.ID}},
		{cloud.Find{Words: "xn--"}, []string{z.ID}},
		{cloud.Find{Words: "EXAMPLE", Sort: "name"}, []string{other.ID, z.ID}},
		{cloud.Find{Filter: map[string]string{"bound": "yes"}}, []string{other.ID}},
		{cloud.Find{Filter: map[string]string{"bound": "no"}}, []string{z.ID}},
		{cloud.Find{Filter: map[string]string{"proxy": "no"}}, nil},
	} {
		found, err := b.a.FindPrivateZones(ctx, c.find)
		b.ok(err)
		var got []string
		for _, v := range found.Items {
			got = append(got, v.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v finds %v, want %v", c.find, got, c.want)
		}
	}
	for typed, want := range map[string]string{
		"例子": z.ID, z.ID: z.ID, "10.0.0.8": r.ID, "db.east": r.ID, "db.east.xn--fsqu00a.example": r.ID,
	} {
		hits, _, err := b.a.Search(ctx, []string{frankfurt}, typed, 10)
		b.ok(err)
		if !slices.ContainsFunc(hits, func(h cloud.Hit) bool { return h.ID == want }) {
			t.Errorf("%q finds %+v", typed, hits)
		}
		hits, _, err = b.a.Search(ctx, []string{guangzhou}, typed, 10)
		b.ok(err)
		if len(hits) > 0 {
			t.Errorf("the other cloud's console finds %+v", hits)
		}
	}
}
