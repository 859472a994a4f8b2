package dns

import (
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"
	"pgregory.net/rapid"
)

// A private address's name is that of its endpoint or of what else there is;
// no question about one leaves the lab, and others do.
func TestReverse(t *testing.T) {
	var asked atomic.Int32
	up := upstreamAt(t, func(w dns.ResponseWriter, req *dns.Msg) {
		asked.Add(1)
		m := new(dns.Msg).SetReply(req)
		rr, _ := dns.NewRR(req.Question[0].Name + " 60 IN PTR dns.example.")
		m.Answer = append(m.Answer, rr)
		_ = w.WriteMsg(m)
	})
	s := start(t, Options{Upstream: []string{up}, NameOf: func(vpc string, a netip.Addr) string {
		if vpc == "vpc-1" && a == addr("192.168.24.2") {
			return "web.internal"
		}
		return ""
	}})
	s.SetName("vpc-1", twoZones(false, true))
	s.SetName("vpc-1", Name{FQDN: "zone-b." + ep, Addrs: []Addr{{IP: addr("10.10.2.5"), Healthy: true}}})
	one, two, host := serve(t, s, "vpc-1", "127.0.0.1"), serve(t, s, "vpc-2", "127.0.0.1"), serve(t, s, "", "127.0.0.1")
	for _, c := range []struct {
		name, at, q string
		qtype       uint16
		rcode       int
		want, soa   string
	}{
		{"an endpoint", one, "5.2.10.10.in-addr.arpa", dns.TypePTR, dns.RcodeSuccess, ep + ".", ""},
		{"an endpoint, host view", host, "5.2.10.10.IN-ADDR.arpa", dns.TypePTR, dns.RcodeSuccess, ep + ".", ""},
		{"an endpoint of another VPC", two, "5.2.10.10.in-addr.arpa", dns.TypePTR, dns.RcodeNameError, "", "10.in-addr.arpa."},
		{"an instance", one, "2.24.168.192.in-addr.arpa", dns.TypePTR, dns.RcodeSuccess, "web.internal.", ""},
		{"ANY", one, "2.24.168.192.in-addr.arpa", dns.TypeANY, dns.RcodeSuccess, "web.internal.", ""},
		{"another type", one, "2.24.168.192.in-addr.arpa", dns.TypeA, dns.RcodeSuccess, "", "168.192.in-addr.arpa."},
		{"nobody", one, "9.24.168.192.in-addr.arpa", dns.TypePTR, dns.RcodeNameError, "", "168.192.in-addr.arpa."},
		{"between", one, "24.168.192.in-addr.arpa", dns.TypePTR, dns.RcodeSuccess, "", "168.192.in-addr.arpa."},
		{"below", one, "x.2.24.168.192.in-addr.arpa", dns.TypePTR, dns.RcodeNameError, "", "168.192.in-addr.arpa."},
		{"no address", one, "300.24.168.192.in-addr.arpa", dns.TypePTR, dns.RcodeNameError, "", "168.192.in-addr.arpa."},
		{"a sender", one, "7.128.19.198.in-addr.arpa", dns.TypePTR, dns.RcodeNameError, "", "19.198.in-addr.arpa."},
		{"172.31", one, "1.0.31.172.in-addr.arpa", dns.TypePTR, dns.RcodeNameError, "", "31.172.in-addr.arpa."},
		{"100.64", one, "1.0.64.100.in-addr.arpa", dns.TypePTR, dns.RcodeNameError, "", "64.100.in-addr.arpa."},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, network := range []string{"udp", "tcp"} {
				m := exchange(t, network, c.at, c.q, c.qtype, nil)
				got, soa := "", ""
				if len(m.Answer) == 1 {
					got = m.Answer[0].(*dns.PTR).Ptr
				}
				if len(m.Ns) == 1 {
					soa = m.Ns[0].(*dns.SOA).Hdr.Name
				}
				if m.Rcode != c.rcode || got != c.want || soa != c.soa || !m.Authoritative {
					t.Errorf("%s: %v", network, m)
				}
			}
		})
	}
	if m := exchange(t, "udp", one, "10.in-addr.arpa", dns.TypeSOA, nil); len(m.Answer) != 1 {
		t.Errorf("SOA of a zone: %v", m)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d questions about private addresses left the lab", n)
	}
	for _, q := range []string{"8.8.8.8.in-addr.arpa", "1.0.32.172.in-addr.arpa", "1.0.128.100.in-addr.arpa"} {
		if m := exchange(t, "udp", one, q, dns.TypePTR, nil); len(m.Answer) != 1 {
			t.Errorf("%s: %v", q, m)
		}
	}
	if n := asked.Load(); n != 3 {
		t.Errorf("%d of 3 public questions were asked upstream", n)
	}
}

// An address has the name that it is published under now, and the shortest.
func TestNameOfProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := NewView(root)
		addrs := rapid.SliceOfN(rapid.Map(rapid.IntRange(1, 4), func(i int) Addr {
			return Addr{IP: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})}
		}), 0, 4)
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			name := rapid.SampledFrom([]string{"a", "b", "zone-a.a", "zone-b.a"}).Draw(t, "name") + "." + root
			if rapid.Bool().Draw(t, "remove") {
				v.Remove(name)
			} else {
				v.Set(Name{FQDN: name, Addrs: addrs.Draw(t, "addresses")})
			}
		}
		holders := 0
		for i := range 5 {
			ip, want := netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), ""
			for name, n := range v.names {
				if slices.ContainsFunc(n.Addrs, func(a Addr) bool { return a.IP == ip }) {
					if holders++; want == "" || len(name) < len(want) || len(name) == len(want) && name < want {
						want = name
					}
				}
			}
			if got := v.nameOf(ip); got != want {
				t.Fatalf("%v is %q, not %q", ip, want, got)
			}
		}
		for _, names := range v.owners {
			holders -= len(names)
		}
		if holders != 0 {
			t.Fatalf("left behind: %v", v.owners)
		}
	})
}
