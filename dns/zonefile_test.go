package dns

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
	"pgregory.net/rapid"
)

// PVZ-08: a zone file of another name server is read, and everything that is
// not is told with its line.
func TestParseZone(t *testing.T) {
	const file = `; made elsewhere
$TTL 1h
@	IN SOA ns1 hostmaster ( 2024010101 ; serial
	7200 3600
	1209600 300 )
	IN NS ns1
www	300 IN A 10.0.0.1
	IN A 10.0.0.2 ; weight 30
mail	IN MX 10 mx.example.net.
txt	IN TXT "one" "two; not a comment" (
	"three" )
$ORIGIN sub.corp.example.
Deep.er IN CNAME www.corp.example.
@ 0 IN SRV 1 2 443 deep.er
*	AAAA 2001:db8::1
$INCLUDE other.zone
$GENERATE 1-3 host$ A 10.0.1.$
bad	IN A 10.0.0.300
alias	IN DNAME example.net.
far.example.net. IN A 10.0.0.3
ch	CH TXT "x"
last IN PTR Corp.example.
`
	got, wrong := ParseZone("corp.example", file)
	want := []ZoneRecord{
		{Host: "www", Type: TypeA, TTL: 300, Value: "10.0.0.1"},
		{Host: "www", Type: TypeA, TTL: 3600, Value: "10.0.0.2", Weight: 30},
		{Host: "mail", Type: TypeMX, TTL: 3600, Value: "10 mx.example.net."},
		{Host: "txt", Type: TypeTXT, TTL: 3600, Value: `"one" "two; not a comment" "three"`},
		{Host: "deep.er.sub", Type: TypeCNAME, TTL: 3600, Value: "www.corp.example."},
		{Host: "sub", Type: TypeSRV, TTL: 0, Value: "1 2 443 deep.er.sub.corp.example."},
		{Host: "*.sub", Type: TypeAAAA, TTL: 3600, Value: "2001:db8::1"},
		{Host: "last.sub", Type: TypePTR, TTL: 3600, Value: "Corp.example."},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var said []string
	for _, w := range wrong {
		said = append(said, string(w.Reason)+" "+strconv.Itoa(w.Line))
		if w.Text == "" {
			t.Errorf("line %d: no words", w.Line)
		}
	}
	if diff := cmp.Diff([]string{
		"skipped 3", "skipped 6", "directive 16", "directive 17", "syntax 18", "type 19", "outside 20", "class 21",
	}, said); diff != "" {
		t.Error(diff)
	}
}

func TestParseZoneBroken(t *testing.T) {
	for _, file := range []string{
		"", "\n\n;\n", " A 10.0.0.1", "www", "www A", "www A (", "www A )", `www TXT "open`, "$TTL", "$TTL x", "$ORIGIN", "$ORIGIN a..b",
		"$", "www A 10.0.0.1 www A 10.0.0.2", "www 1h1 A 10.0.0.1", "\\", "www A 10.0.0.1\\", "\x00 A 10.0.0.1", "www A 10.0.0.1 (\n)",
		strings.Repeat("a", 64) + " A 10.0.0.1", strings.Repeat("(", 1000),
	} {
		got, wrong := ParseZone("corp.example", file)
		for _, w := range wrong {
			if w.Line < 1 || w.Line > strings.Count(file, "\n")+1 {
				t.Errorf("%q: line %d", file, w.Line)
			}
		}
		if strings.Trim(file, "\n;") != "" && len(got)+len(wrong) == 0 {
			t.Errorf("%q: nothing is said", file)
		}
	}
	if _, wrong := ParseZone("a..b", "www A 10.0.0.1"); len(wrong) != 1 {
		t.Errorf("no zone: %v", wrong)
	}
}

var drawLabel = rapid.StringMatching(`[a-z0-9_]([a-z0-9-]{0,8}[a-z0-9])?`)

func drawName(t *rapid.T, label string) string {
	return strings.Join(rapid.SliceOfN(drawLabel, 1, 4).Draw(t, label), ".") + "."
}

func drawRecord(t *rapid.T) ZoneRecord {
	r := ZoneRecord{
		Host: rapid.OneOf(
			rapid.Just("@"), drawLabel, rapid.StringMatching(`\*(\.[a-z]{1,3}){0,2}`), rapid.StringMatching(`[a-z]{1,3}(\.[a-z]{1,3}){1,3}`),
		).Draw(t, "host"),
		Type:   rapid.SampledFrom([]uint16{TypeA, TypeAAAA, TypeCNAME, TypeTXT, TypeMX, TypePTR, TypeSRV}).Draw(t, "type"),
		TTL:    rapid.Uint32Range(0, 1<<31-1).Draw(t, "ttl"),
		Weight: rapid.SampledFrom([]int{0, 0, 1, 100}).Draw(t, "weight"),
	}
	number := func() string { return strconv.Itoa(int(rapid.Uint16().Draw(t, "number"))) }
	switch r.Type {
	case TypeA:
		r.Value = rapid.StringMatching(`10\.[1-9][0-9]\.[1-9]\.[1-9]`).Draw(t, "ip")
	case TypeAAAA:
		r.Value = "2001:db8::" + rapid.StringMatching(`[1-9a-f]{1,4}`).Draw(t, "ip")
	case TypeTXT:
		r.Value = quote(string(rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "text")))
	case TypeMX:
		r.Value = number() + " " + drawName(t, "name")
	case TypeSRV:
		r.Value = number() + " " + number() + " " + number() + " " + drawName(t, "name")
	default:
		r.Value = drawName(t, "name")
	}
	return r
}

// PVZ-08: what is written is read again as it was, and another reader of zone
// files finds the same number of records.
func TestZoneFileRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := Zone{Name: "corp.example", Serial: rapid.Uint32().Draw(t, "serial"), Records: rapid.SliceOfN(rapid.Custom(drawRecord), 0, 12).Draw(t, "records")}
		file := FormatZone(z)
		got, wrong := ParseZone(z.Name, file)
		if len(wrong) != 2 || !wrong[0].Skipped() || !wrong[1].Skipped() {
			t.Fatalf("%v\n%s", wrong, file)
		}
		want := append([]ZoneRecord(nil), z.Records...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n%s", diff, file)
		}
		n := 0
		zp := dns.NewZoneParser(strings.NewReader(file), "", "")
		for _, ok := zp.Next(); ok; _, ok = zp.Next() {
			n++
		}
		if zp.Err() != nil || n != len(z.Records)+2 {
			t.Fatalf("%d records, %v\n%s", n, zp.Err(), file)
		}
	})
}

// FuzzZoneFile: no file is too odd, and what is read of it can be served.
func FuzzZoneFile(f *testing.F) {
	for _, seed := range []string{"www A 10.0.0.1\n", "$TTL 1\n@ TXT ( \"a\"\n b )", "$ORIGIN x\n* CNAME @", "\\032 1 IN MX 1 \\.", "a TXT \"\\300\"", "$0000 MX 0 00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		got, wrong := ParseZone("corp.example", file)
		for _, w := range wrong {
			if w.Line < 1 || w.Line > strings.Count(file, "\n")+1 {
				t.Fatalf("line %d", w.Line)
			}
		}
		if _, err := newZone(Zone{Name: "corp.example", Records: got}); err != nil {
			t.Fatal(err)
		}
		again, _ := ParseZone("corp.example", FormatZone(Zone{Name: "corp.example", Records: got}))
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
