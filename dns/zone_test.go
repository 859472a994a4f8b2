package dns

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lab is a view with an endpoint and private zones.
func zoned(t *testing.T, zones ...Zone) *View {
	t.Helper()
	v := NewView(root)
	v.Set(twoZones(false, true))
	for _, z := range zones {
		ready, err := newZone(z)
		if err != nil {
			t.Fatal(err)
		}
		v.zones[ready.apex] = ready
	}
	return v
}

func said(r Result) []string {
	var out []string
	for _, rec := range r.Records {
		l := line(rec.rr())
		out = append(out, l.Name+" "+l.Type+" "+l.Value)
	}
	return out
}

// PVZ-04, PVZ-08, PVZ-10: a zone answers what it holds, and an alias leads to
// the endpoint's address.
func TestZoneAnswers(t *testing.T) {
	v := zoned(t, Zone{Name: "Corp.example", Serial: 7, Records: []ZoneRecord{
		{Host: "@", Type: TypeA, TTL: 60, Value: "10.0.0.1"},
		{Host: "db", Type: TypeCNAME, TTL: 60, Value: ep},
		{Host: "*.w", Type: TypeTXT, TTL: 60, Value: "any text"},
	}}, Zone{Name: "open.example", Proxy: true, Records: []ZoneRecord{{Host: "a.b", Type: TypeAAAA, TTL: 9, Value: "2001:db8::1"}}})
	for _, c := range []struct {
		name  string
		typ   uint16
		rcode int
		soa   string
		up    string
		want  []string
	}{
		{"corp.EXAMPLE", TypeA, NoError, "", "", []string{"corp.example. A 10.0.0.1"}},
		{"db.corp.example", TypeA, NoError, "", "", []string{
			"db.corp.example. CNAME " + ep + ".", ep + ". A 10.10.1.5", ep + ". A 10.10.2.5",
		}},
		{"db.corp.example", TypeCNAME, NoError, "", "", []string{"db.corp.example. CNAME " + ep + "."}},
		{"db.corp.example", TypeAAAA, NoError, root + ".", "", []string{"db.corp.example. CNAME " + ep + "."}},
		{"x.y.w.corp.example", TypeTXT, NoError, "", "", []string{`x.y.w.corp.example. TXT "any text"`}},
		{"w.corp.example", TypeTXT, NoError, "corp.example.", "", nil},
		{"no.corp.example", TypeA, NotExist, "corp.example.", "", nil},
		{"corp.example", TypeSOA, NoError, "", "", []string{"corp.example. SOA ns.culvert.invalid. hostmaster.corp.example. 7 3600 600 86400 5"}},
		{"corp.example", TypeNS, NoError, "", "", []string{"corp.example. NS ns.culvert.invalid."}},
		{"a.b.open.example", TypeAAAA, NoError, "", "", []string{"a.b.open.example. AAAA 2001:db8::1"}},
		{"a.b.open.example", TypeA, NoError, "open.example.", "", nil},
		{"b.open.example", TypeA, NoError, "", "b.open.example.", nil},
		{"open.example", TypeA, NoError, "", "open.example.", nil},
		{"no.open.example", TypeA, NoError, "", "no.open.example.", nil},
	} {
		t.Run(c.name+" "+TypeName(c.typ), func(t *testing.T) {
			r := v.Answer(Question{Name: c.name, Type: c.typ})
			soa, up := "", ""
			if r.SOA {
				soa = r.Zone
			}
			if r.Recurse {
				up = r.Next
			}
			if r.Rcode != c.rcode || soa != c.soa || up != c.up {
				t.Errorf("rcode %d, SOA %q, upstream %q", r.Rcode, soa, up)
			}
			if diff := cmp.Diff(c.want, said(r)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What cannot be served is told and harms nothing else; a zone is in force in
// its VPC and only there, with the next query (PVZ-10).
func TestSetZone(t *testing.T) {
	s := start(t, Options{Upstream: []string{}})
	err := s.SetZone("vpc-1", Zone{Name: "corp.example", Records: []ZoneRecord{
		{Host: "a", Type: TypeA, Value: "10.0.0.1"},
		{Host: "b", Type: TypeA, Value: "10.0.0.300"},
		{Host: "c", Type: TypeA, Value: "10.0.0.1\nd.corp.example. A 10.0.0.2"},
		{Host: "d", Type: 43, Value: "x"},
		{Host: "e..f", Type: TypeA, Value: "10.0.0.1"},
	}})
	if !errors.Is(err, ErrRecord) {
		t.Errorf("%v", err)
	}
	if got, err := s.Lookup(t.Context(), "vpc-1", "a.corp.example", ""); err != nil || len(got) != 1 {
		t.Errorf("%v %v", got, err)
	}
	for _, vpc := range []string{"", "vpc-2"} {
		if _, err := s.Lookup(t.Context(), vpc, "a.corp.example", ""); !errors.Is(err, ErrUpstream) {
			t.Errorf("in %q: %v", vpc, err)
		}
	}
	s.RemoveZone("vpc-1", "CORP.example.")
	if _, err := s.Lookup(t.Context(), "vpc-1", "a.corp.example", ""); !errors.Is(err, ErrUpstream) || len(s.views) != 1 {
		t.Errorf("removed: %v, %d views", err, len(s.views))
	}
	if err := s.SetZone("", Zone{Name: "corp.example"}); !errors.Is(err, ErrView) {
		t.Error(err)
	}
	for _, name := range []string{"", ".", "a..b"} {
		if err := s.SetZone("vpc-1", Zone{Name: name}); !errors.Is(err, ErrRecord) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
