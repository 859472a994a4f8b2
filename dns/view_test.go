package dns

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const (
	root = "privatelink.aliyuncs.com"
	ep   = "ep-1.epsrv-1.eu-central-1.privatelink.aliyuncs.com"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func twoZones(affinity, healthyB bool) Name {
	return Name{FQDN: ep, Affinity: affinity, Addrs: []Addr{
		{IP: addr("10.10.1.5"), Zone: "zone-a", Healthy: true},
		{IP: addr("10.10.2.5"), Zone: "zone-b", Healthy: healthyB},
	}}
}

func ips(r Result) []string {
	var out []string
	for _, rec := range r.Records {
		out = append(out, rec.IP.String())
	}
	return out
}

// EPS-03: zone affinity on and off answers differently from two zones.
func TestAffinity(t *testing.T) {
	for _, c := range []struct {
		name     string
		affinity bool
		healthyB bool
		zone     string
		want     []string
	}{
		{"on, own zone a", true, true, "zone-a", []string{"10.10.1.5"}},
		{"on, own zone b", true, true, "zone-b", []string{"10.10.2.5"}},
		{"on, own zone is down", true, false, "zone-b", []string{"10.10.1.5", "10.10.2.5"}},
		{"on, zone without an interface", true, true, "zone-c", []string{"10.10.1.5", "10.10.2.5"}},
		{"on, zone unknown", true, true, "", []string{"10.10.1.5", "10.10.2.5"}},
		{"off", false, true, "zone-b", []string{"10.10.1.5", "10.10.2.5"}},
		{"off, healthy first", false, false, "zone-b", []string{"10.10.1.5", "10.10.2.5"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := NewView(root)
			v.Set(twoZones(c.affinity, c.healthyB))
			got := v.Answer(Question{Name: ep, Type: TypeA, Zone: c.zone})
			if diff := cmp.Diff(c.want, ips(got)); diff != "" {
				t.Error(diff)
			}
			if !got.Authoritative || got.Recurse || got.Rcode != NoError {
				t.Errorf("not an authoritative answer: %+v", got)
			}
		})
	}
}

// EPS-03: whatever the addresses are, affinity narrows to the client's own
// healthy zone or to nothing; without that every address is answered once, no
// healthy one behind a sick one.
func TestAffinityProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zones := rapid.SampledFrom([]string{"a", "b", "c"})
		n := Name{FQDN: ep, Affinity: rapid.Bool().Draw(t, "affinity")}
		for i := range rapid.IntRange(0, 6).Draw(t, "n") {
			n.Addrs = append(n.Addrs, Addr{
				IP:   netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}),
				Zone: zones.Draw(t, "zone"), Healthy: rapid.Bool().Draw(t, "healthy"),
			})
		}
		client := rapid.SampledFrom([]string{"", "a", "b", "c", "d"}).Draw(t, "client")
		got := n.choose(client, rapid.Uint32().Draw(t, "turn"))

		own := slices.ContainsFunc(n.Addrs, func(a Addr) bool { return client != "" && a.Zone == client && a.Healthy })
		if n.Affinity && own {
			for _, a := range got {
				if a.Zone != client || !a.Healthy {
					t.Fatalf("%v is not in the healthy own zone %s", a, client)
				}
			}
			return
		}
		if len(got) != len(n.Addrs) {
			t.Fatalf("%d of %d addresses", len(got), len(n.Addrs))
		}
		seen, sick := map[netip.Addr]bool{}, false
		for _, a := range got {
			if seen[a.IP] || sick && a.Healthy {
				t.Fatalf("twice, or a healthy one behind a sick one: %v", got)
			}
			seen[a.IP], sick = true, !a.Healthy
		}
	})
}

func TestTurnSpreadsOverZones(t *testing.T) {
	n := twoZones(false, true)
	if a, b := n.choose("", 0)[0], n.choose("", 1)[0]; a == b {
		t.Errorf("two clients in a row both get %v first", a)
	}
}

// EP-08: the names exist under any spelling; what is not published below the
// root does not exist; the rest is the upstream's.
func TestAnswerKinds(t *testing.T) {
	v := NewView(root)
	v.Set(twoZones(false, true))
	for _, c := range []struct {
		name  string
		q     Question
		rcode int
		n     int
		soa   bool
		up    bool
	}{
		{"upper case", Question{Name: "EP-1.EPSRV-1.eu-central-1.PrivateLink.aliyuncs.com.", Type: TypeA}, NoError, 2, false, false},
		{"AAAA of a name", Question{Name: ep, Type: 28}, NoError, 0, true, false},
		{"unknown name", Question{Name: "ep-9." + root, Type: TypeA}, NotExist, 0, true, false},
		{"between name and root", Question{Name: "epsrv-1.eu-central-1." + root, Type: TypeA}, NoError, 0, true, false},
		{"below a name", Question{Name: "x." + ep, Type: TypeA}, NotExist, 0, true, false},
		{"root", Question{Name: root, Type: TypeA}, NoError, 0, true, false},
		{"root's SOA", Question{Name: root, Type: TypeSOA}, NoError, 1, false, false},
		{"elsewhere", Question{Name: "example.com", Type: TypeA}, NoError, 0, false, true},
		{"looks like the root", Question{Name: "xprivatelink.aliyuncs.com", Type: TypeA}, NoError, 0, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := v.Answer(c.q)
			if r.Rcode != c.rcode || len(r.Records) != c.n || r.SOA != c.soa || r.Recurse != c.up {
				t.Errorf("%+v", r)
			}
		})
	}
	v.Remove(ep)
	if r := v.Answer(Question{Name: "epsrv-1.eu-central-1." + root, Type: TypeA}); r.Rcode != NotExist {
		t.Errorf("a name above a removed one still exists: %+v", r)
	}
	if len(v.inner) != 0 || len(v.names) != 0 {
		t.Errorf("left behind: %v %v", v.inner, v.names)
	}
}
