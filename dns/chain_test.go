package dns

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

// PVZ-10: the most specific of the zones and the labs' own domains has the say
// about a name, and a private zone before a domain of the same name.
func TestMostSpecificZone(t *testing.T) {
	a := func(zone, ip string) Zone {
		return Zone{Name: zone, Records: []ZoneRecord{{Host: "@", Type: TypeA, Value: ip}, {Host: "x", Type: TypeA, Value: ip}}}
	}
	const alone = "dns.lab.example" // published outside the labs' domains
	for _, c := range []struct {
		what  string
		zones []Zone
		name  string
		want  string // address, "nxdomain", "nodata", "upstream"
		from  string
	}{
		{"two private zones", []Zone{a("example", "1.0.0.0"), a("a.example", "2.0.0.0")}, "x.a.example", "2.0.0.0", "a.example."},
		{"the longer one hides the other's names", []Zone{
			{Name: "example", Records: []ZoneRecord{{Host: "y.a", Type: TypeA, Value: "1.0.0.0"}}}, a("a.example", "2.0.0.0"),
		}, "y.a.example", "nxdomain", "a.example."},
		{"above the labs' domain", []Zone{a("aliyuncs.com", "1.0.0.0")}, ep, "10.10.1.5", ep + "."},
		{"above the labs' domain, unknown name", []Zone{a("aliyuncs.com", "1.0.0.0")}, "no." + root, "nxdomain", root + "."},
		{"above the labs' domain, its own name", []Zone{a("aliyuncs.com", "1.0.0.0")}, "x.aliyuncs.com", "1.0.0.0", "aliyuncs.com."},
		{"equal to the labs' domain", []Zone{a(root, "1.0.0.0")}, "x." + root, "1.0.0.0", root + "."},
		{"equal to the labs' domain, an endpoint", []Zone{a(root, "1.0.0.0")}, ep, "nxdomain", root + "."},
		{"equal to the labs' domain, an endpoint, proxy", []Zone{{Name: root, Proxy: true}}, ep, "10.10.1.5", ep + "."},
		{"equal to the labs' domain, unknown, proxy", []Zone{{Name: root, Proxy: true}}, "no." + root, "nxdomain", root + "."},
		{"an endpoint's own name", []Zone{a(ep, "1.0.0.0")}, ep, "1.0.0.0", ep + "."},
		{"an endpoint's own name, proxy", []Zone{{Name: ep, Proxy: true}}, ep, "10.10.1.5", ep + "."},
		{"between domain and endpoint", []Zone{a("eu-central-1."+root, "1.0.0.0")}, ep, "nxdomain", "eu-central-1." + root + "."},
		{"below an endpoint", []Zone{a("z."+ep, "1.0.0.0")}, "x.z." + ep, "1.0.0.0", "z." + ep + "."},
		{"beside", []Zone{a("z."+ep, "1.0.0.0")}, ep, "10.10.1.5", ep + "."},
		{"above a name on its own", []Zone{a("lab.example", "1.0.0.0")}, alone, "10.0.0.7", alone + "."},
		{"equal to a name on its own", []Zone{a(alone, "1.0.0.0")}, alone, "1.0.0.0", alone + "."},
		{"a top-level domain", []Zone{a("com", "1.0.0.0")}, "www.example.com", "nxdomain", "com."},
		{"looks alike", []Zone{a("a.example", "1.0.0.0")}, "xa.example", "upstream", ""},
		{"a dot in a label parts nothing", []Zone{a("a.example", "1.0.0.0")}, `x\.a.example`, "upstream", ""},
		{"empty zone", []Zone{{Name: "a.example"}}, "a.example", "nodata", "a.example."},
		{"less specific zones are no recursion", []Zone{a("example", "1.0.0.0"), {Name: "a.example", Proxy: true}}, "x.a.example", "upstream", ""},
		{"proxy, other type", []Zone{{Name: "a.example", Proxy: true, Records: []ZoneRecord{{Host: "x", Type: TypeTXT, Value: "t"}}}}, "x.a.example", "nodata", "a.example."},
		{"proxy, name in between", []Zone{{Name: "a.example", Proxy: true, Records: []ZoneRecord{{Host: "y.x", Type: TypeA, Value: "1.0.0.0"}}}}, "x.a.example", "upstream", ""},
		{"no proxy, name in between", []Zone{{Name: "a.example", Records: []ZoneRecord{{Host: "y.x", Type: TypeA, Value: "1.0.0.0"}}}}, "x.a.example", "nodata", "a.example."},
	} {
		t.Run(c.what, func(t *testing.T) {
			v := zoned(t, c.zones...)
			v.Set(Name{FQDN: alone, Addrs: []Addr{{IP: addr("10.0.0.7"), Healthy: true}}})
			r := v.Answer(Question{Name: c.name, Type: TypeA})
			got := "upstream"
			switch {
			case r.Recurse:
			case r.Rcode == NotExist:
				got = "nxdomain"
			case len(r.Records) == 0:
				got = "nodata"
			default:
				got = r.Records[0].IP.String()
			}
			if got != c.want || r.Source != c.from || r.SOA != (len(r.Records) == 0 && !r.Recurse) {
				t.Errorf("%s from %q, SOA %v", got, r.Source, r.SOA)
			}
		})
	}
}

// PVZ-08: a PTR record of the lab's owner comes before the labs' own reverse
// names, however long the zone's name is.
func TestPrivateReverse(t *testing.T) {
	const at = "5.1.10.10.in-addr.arpa"
	ptr := func(zone, host string, proxy bool) Zone {
		return Zone{Name: zone, Proxy: proxy, Records: []ZoneRecord{{Host: host, Type: TypePTR, Value: "mine.example"}}}
	}
	for _, c := range []struct {
		zone Zone
		want string
	}{
		{ptr("10.in-addr.arpa", "5.1.10", false), "mine.example."},
		{ptr("1.10.10.in-addr.arpa", "5", false), "mine.example."},
		{ptr("in-addr.arpa", "5.1.10.10", false), "mine.example."},
		{ptr("arpa", "5.1.10.10.in-addr", false), "mine.example."},
		{ptr("1.10.10.in-addr.arpa", "6", false), "nxdomain"},
		{ptr("1.10.10.in-addr.arpa", "6", true), ep + "."},
		{ptr("2.10.10.in-addr.arpa", "5", false), ep + "."},
	} {
		r := zoned(t, c.zone).Answer(Question{Name: at, Type: TypePTR})
		got := "nxdomain"
		if len(r.Records) > 0 {
			got = r.Records[0].Target
		}
		if got != c.want || r.Recurse {
			t.Errorf("%s %s: %s", c.zone.Name, c.zone.Records[0].Host, got)
		}
	}
}

// An alias may lead through as many names as BIND follows; one more, or one
// that was passed, is a failure with nothing.
func TestAliasesEnd(t *testing.T) {
	z := Zone{Name: "corp.example", Records: []ZoneRecord{
		{Host: "self", Type: TypeCNAME, Value: "self.corp.example"},
		{Host: "*.w", Type: TypeCNAME, Value: "x.w.corp.example"},
		{Host: "n0", Type: TypeA, Value: "10.0.0.1"},
	}}
	for i := range maxLinks + 1 {
		z.Records = append(z.Records, ZoneRecord{Host: fmt.Sprintf("n%d", i+1), Type: TypeCNAME, Value: fmt.Sprintf("n%d.corp.example", i)})
	}
	v := zoned(t, z)
	for name, want := range map[string]int{
		"self": -1, "x.w": -1, "y.w": -1, fmt.Sprintf("n%d", maxLinks): maxLinks + 1, fmt.Sprintf("n%d", maxLinks+1): -1,
	} {
		r := v.Answer(Question{Name: name + ".corp.example", Type: TypeA})
		if failed := r.Rcode == Failure; failed != (want < 0) || failed && len(r.Records)+len(r.Next) > 0 || !failed && len(r.Records) != want {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// PVZ-08: several addresses take turns at the front; with weights there is one,
// as often as its weight says, and one without is never it.
func TestTurnsAndWeights(t *testing.T) {
	v := zoned(t, Zone{Name: "corp.example", Records: []ZoneRecord{
		{Host: "turn", Type: TypeA, Value: "10.0.0.1"},
		{Host: "turn", Type: TypeA, Value: "10.0.0.2"},
		{Host: "turn", Type: TypeA, Value: "10.0.0.3"},
		{Host: "luck", Type: TypeA, Value: "10.0.0.1", Weight: 10},
		{Host: "luck", Type: TypeA, Value: "10.0.0.2", Weight: 30},
		{Host: "luck", Type: TypeA, Value: "10.0.0.3"},
		{Host: "alias", Type: TypeCNAME, Value: "turn.corp.example", Weight: 1},
		{Host: "alias", Type: TypeCNAME, Value: "luck.corp.example", Weight: 1},
	}})
	first, luck, alias := map[string]int{}, map[string]int{}, map[string]int{}
	for i := range uint32(1200) {
		q := Question{Name: "turn.corp.example", Type: TypeA, Turn: i, Luck: uint64(i) * 7919}
		got := ips(v.Answer(q))
		if first[got[0]]++; len(got) != 3 {
			t.Fatal(got)
		}
		q.Name = "luck.corp.example"
		if got = ips(v.Answer(q)); len(got) != 1 {
			t.Fatal(got)
		}
		luck[got[0]]++
		q.Name, q.Type = "alias.corp.example", TypeCNAME
		alias[v.Answer(q).Records[0].Target]++
	}
	if diff := cmp.Diff(map[string]int{"10.0.0.1": 400, "10.0.0.2": 400, "10.0.0.3": 400}, first); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"10.0.0.1": 300, "10.0.0.2": 900}, luck); diff != "" {
		t.Error(diff)
	}
	if len(alias) != 2 || alias["turn.corp.example."] != 600 {
		t.Error(alias)
	}

	// And through the server, whose luck is its own.
	s := start(t, Options{})
	set(t, s, Zone{Name: "corp.example", Records: []ZoneRecord{
		{Host: "luck", Type: TypeA, Value: "10.0.0.1", Weight: 20}, {Host: "luck", Type: TypeA, Value: "10.0.0.2", Weight: 80},
	}})
	n := 0
	for range 2000 {
		if got, err := s.Lookup(t.Context(), "vpc-1", "luck.corp.example", ""); err != nil || len(got) != 1 {
			t.Fatal(got, err)
		} else if got[0] == addr("10.0.0.1") {
			n++
		}
	}
	if math.Abs(float64(n)-400) > 120 { // more than six standard deviations
		t.Errorf("%d of 2000 for a fifth", n)
	}
}

// PVZ-08: every type arrives over UDP and TCP as it was set, under the name as
// the client spelled it, and a change is in force with the next query.
func TestZoneOnTheWire(t *testing.T) {
	s := start(t, Options{Upstream: []string{upstreamAt(t, answerA("192.0.2.7"))}})
	long := strings.Repeat("long ", 700)
	z := Zone{Name: "corp.example", Records: []ZoneRecord{
		{Host: "h", Type: TypeA, TTL: 60, Value: "10.0.0.1"},
		{Host: "h", Type: TypeAAAA, TTL: 60, Value: "2001:db8::1"},
		{Host: "h", Type: TypeTXT, TTL: 60, Value: "v=spf1 -all"},
		{Host: "h", Type: TypeMX, TTL: 60, Value: "10 mail.corp.example"},
		{Host: "h", Type: TypePTR, TTL: 60, Value: "other.example"},
		{Host: "_s._tcp.h", Type: TypeSRV, TTL: 60, Value: "1 2 443 h.corp.example"},
		{Host: "alias", Type: TypeCNAME, TTL: 60, Value: "h.corp.example"},
		{Host: "out", Type: TypeCNAME, TTL: 60, Value: "Public.test"},
		{Host: "long", Type: TypeTXT, TTL: 60, Value: long},
		{Host: "1.0.0.10", Type: TypePTR, TTL: 60, Value: "h.corp.example"},
	}}
	set(t, s, z)
	at := serve(t, s, "vpc-1", "127.0.0.1")
	for _, network := range []string{"udp", "tcp"} {
		for _, c := range []struct {
			name  string
			qtype uint16
			want  string
		}{
			{"H.corp.Example.", TypeA, "H.corp.Example. A 10.0.0.1"},
			{"h.corp.example.", TypeAAAA, "h.corp.example. AAAA 2001:db8::1"},
			{"h.corp.example.", TypeTXT, `h.corp.example. TXT "v=spf1 -all"`},
			{"h.corp.example.", TypeMX, "h.corp.example. MX 10 mail.corp.example."},
			{"h.corp.example.", TypePTR, "h.corp.example. PTR other.example."},
			{"_S._tcp.h.corp.example.", TypeSRV, "_S._tcp.h.corp.example. SRV 1 2 443 h.corp.example."},
			{"Alias.Corp.Example.", TypeA, "Alias.Corp.Example. CNAME h.corp.example.; h.corp.example. A 10.0.0.1"},
			{"alias.corp.example.", TypeCNAME, "alias.corp.example. CNAME h.corp.example."},
			{"out.corp.example.", TypeA, "out.corp.example. CNAME Public.test.; public.test. A 192.0.2.7"},
			{"corp.example.", TypeNS, "corp.example. NS ns.culvert.invalid."},
			{"www.open.test.", TypeA, "www.open.test. A 192.0.2.7"},
		} {
			m := exchange(t, network, at, c.name, c.qtype, nil)
			var got []string
			for _, l := range lines(m.Answer) {
				got = append(got, l.Name+" "+l.Type+" "+l.Value)
			}
			if strings.Join(got, "; ") != c.want || m.Question[0].Name != c.name || m.Rcode != dns.RcodeSuccess {
				t.Errorf("%s %s %s: %s\n%v", network, c.name, TypeName(c.qtype), strings.Join(got, "; "), m)
			}
		}
		if m := exchange(t, network, at, "h.corp.example.", TypeANY, nil); len(m.Answer) != 5 {
			t.Errorf("%s ANY: %v", network, m)
		}
		m := exchange(t, network, at, "long.corp.example", TypeTXT, func(m *dns.Msg) { m.SetEdns0(1232, false) })
		if m.Truncated != (network == "udp") || (len(m.Answer) == 1) != (network == "tcp") {
			t.Errorf("%s, a long answer: tc %v, %d records", network, m.Truncated, len(m.Answer))
		}
		m = exchange(t, network, at, "no.corp.example", TypeA, func(m *dns.Msg) { m.RecursionDesired = false })
		if m.Rcode != dns.RcodeNameError || len(m.Ns) != 1 || m.Ns[0].Header().Name != "corp.example." || m.Ns[0].Header().Ttl != DefaultTTL {
			t.Errorf("%s NXDOMAIN: %v", network, m)
		}
		m = exchange(t, network, at, "out.corp.example", TypeA, func(m *dns.Msg) { m.RecursionDesired = false })
		if m.Rcode != dns.RcodeSuccess || len(m.Answer) != 1 {
			t.Errorf("%s, alias out, no recursion: %v", network, m)
		}
	}
	for i := range 20 {
		z.Serial++
		z.Records[0].Value = netip.AddrFrom4([4]byte{10, 0, 1, byte(i)}).String()
		set(t, s, z)
		if got := values(exchange(t, "udp", at, "alias.corp.example", TypeA, nil)); got[len(got)-1] != z.Records[0].Value {
			t.Fatalf("after a change to %s: %v", z.Records[0].Value, got)
		}
	}
	s.RemoveZone("vpc-1", z.Name)
	if got := values(exchange(t, "udp", at, "h.corp.example", TypeA, nil)); fmt.Sprint(got) != "[192.0.2.7]" {
		t.Errorf("unbound: %v", got)
	}
}
