package dns

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
	"pgregory.net/rapid"
)

// drawView publishes what views may hold, in every combination that the answers
// of one name can have.
func drawView(t *rapid.T, s *Server) (names []string) {
	zones := rapid.SampledFrom([]string{"zone-a", "zone-b", "zone-c"})
	for i := range rapid.IntRange(0, 4).Draw(t, "names") {
		n := Name{
			FQDN:     fmt.Sprintf("ep-%d.epsrv.%s", i, root),
			Affinity: rapid.Bool().Draw(t, "affinity"), TTL: uint32(rapid.IntRange(0, 9).Draw(t, "ttl")),
		}
		for k := range rapid.IntRange(0, 40).Draw(t, "addresses") {
			n.Addrs = append(n.Addrs, Addr{
				IP: netip.AddrFrom4([4]byte{10, 0, byte(i), byte(k)}), Zone: zones.Draw(t, "zone"), Healthy: rapid.Bool().Draw(t, "healthy"),
			})
		}
		s.SetName("vpc-1", n)
		names = append(names, n.FQDN, "below."+n.FQDN, fmt.Sprintf("%d.%d.0.10.in-addr.arpa", i, i))
	}
	for _, apex := range []string{"corp.example", "sub.corp.example", root} {
		if rapid.Bool().Draw(t, "zone "+apex) {
			_ = s.SetZone("vpc-1", drawZone(t, apex, names))
		}
		names = append(names, apex, "x."+apex, "www."+apex, "a.b."+apex, "b."+apex)
	}
	return append(names, root, "epsrv."+root, "example.org", ".", "10.in-addr.arpa", "9.9.9.10.in-addr.arpa")
}

func drawZone(t *rapid.T, apex string, targets []string) Zone {
	z := Zone{Name: apex, Proxy: rapid.Bool().Draw(t, "proxy"), Serial: 7}
	hosts := rapid.SampledFrom([]string{"@", "www", "*", "a.b", "*.b"})
	kinds := rapid.SampledFrom([]uint16{TypeA, TypeA, TypeA, TypeAAAA, TypeCNAME, TypeCNAME, TypeTXT, TypeMX, TypeSRV})
	for i := range rapid.IntRange(0, 12).Draw(t, "records") {
		r := ZoneRecord{Host: hosts.Draw(t, "host"), Type: kinds.Draw(t, "type"), TTL: 60}
		target := "www.corp.example"
		if len(targets) > 0 {
			target = rapid.SampledFrom(append(targets, target, "example.org")).Draw(t, "target")
		}
		r.Value = map[uint16]string{
			TypeA: fmt.Sprintf("10.9.0.%d", i), TypeAAAA: fmt.Sprintf("fd00::%d", i), TypeCNAME: target,
			TypeTXT: strings.Repeat("text ", i*10), TypeMX: "10 " + target, TypeSRV: "0 5 443 " + target,
		}[r.Type]
		if rapid.IntRange(0, 3).Draw(t, "weighs") == 0 {
			r.Weight = rapid.IntRange(1, 9).Draw(t, "weight")
		}
		z.Records = append(z.Records, r)
	}
	return z
}

// drawQuery is a query that is plain, or nearly.
func drawQuery(t *rapid.T, names []string) []byte {
	name := []byte(dns.Fqdn(rapid.SampledFrom(names).Draw(t, "name")))
	if rapid.Bool().Draw(t, "random case") {
		for i, c := range name {
			if 'a' <= c && c <= 'z' && rapid.Bool().Draw(t, "upper") {
				name[i] -= 0x20
			}
		}
	}
	m := new(dns.Msg).SetQuestion(string(name), rapid.SampledFrom([]uint16{
		TypeA, TypeA, TypeAAAA, TypeCNAME, TypeTXT, TypeMX, TypeSRV, TypePTR, TypeSOA, TypeNS, TypeANY, dns.TypeHTTPS, dns.TypeAXFR, dns.TypeOPT,
	}).Draw(t, "type"))
	m.Id = rapid.Uint16().Draw(t, "id")
	flag := func(name string) bool { return rapid.IntRange(0, 3).Draw(t, name) == 0 }
	m.RecursionDesired, m.CheckingDisabled, m.AuthenticatedData = !flag("no rd"), flag("cd"), flag("ad")
	m.Authoritative, m.Truncated, m.Zero = flag("aa"), flag("tc"), flag("z")
	if flag("class") {
		m.Question[0].Qclass = rapid.SampledFrom([]uint16{dns.ClassANY, dns.ClassCHAOS}).Draw(t, "class")
	}
	if rapid.Bool().Draw(t, "edns") {
		m.SetEdns0(rapid.SampledFrom([]uint16{0, 100, 512, 600, 1232, 4096, 65535}).Draw(t, "size"), rapid.Bool().Draw(t, "do"))
		if flag("option") {
			m.IsEdns0().Option = append(m.IsEdns0().Option, &dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: "0123456789abcdef"})
		}
		if flag("version") {
			m.IsEdns0().SetVersion(1)
		}
	}
	packet, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return packet
}
