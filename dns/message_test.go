package dns

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"
)

func TestTruncation(t *testing.T) {
	s := start(t, Options{})
	at := serve(t, s, "vpc-1", "127.0.0.1")
	n := Name{FQDN: "many." + root}
	for i := range 100 {
		n.Addrs = append(n.Addrs, Addr{IP: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), Healthy: true})
	}
	s.SetName("vpc-1", n)
	if m := exchange(t, "udp", at, n.FQDN, dns.TypeA, nil); !m.Truncated || len(m.Answer) > 40 || m.IsEdns0() != nil {
		t.Errorf("without EDNS0: tc %v, %d answers", m.Truncated, len(m.Answer))
	}
	m := exchange(t, "udp", at, n.FQDN, dns.TypeA, func(m *dns.Msg) { m.SetEdns0(4096, false) })
	if m.Truncated || len(m.Answer) != 100 || m.IsEdns0() == nil {
		t.Errorf("with EDNS0: tc %v, %d answers", m.Truncated, len(m.Answer))
	}
	if m := exchange(t, "tcp", at, n.FQDN, dns.TypeA, nil); m.Truncated || len(m.Answer) != 100 {
		t.Errorf("tcp: tc %v, %d answers", m.Truncated, len(m.Answer))
	}
}

func TestRefusals(t *testing.T) {
	s := start(t, Options{})
	at := serve(t, s, "vpc-1", "127.0.0.1")
	s.SetName("vpc-1", twoZones(false, true))
	for _, c := range []struct {
		name string
		edit func(*dns.Msg)
		want int
	}{
		{"another opcode", func(m *dns.Msg) { m.Opcode = dns.OpcodeStatus }, dns.RcodeNotImplemented},
		{"two questions", func(m *dns.Msg) { m.Question = append(m.Question, m.Question[0]) }, dns.RcodeFormatError},
		{"no question", func(m *dns.Msg) { m.Question = nil }, dns.RcodeFormatError},
		{"zone transfer", func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeAXFR }, dns.RcodeRefused},
		{"another class", func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS }, dns.RcodeRefused},
		{"EDNS 1", func(m *dns.Msg) { m.SetEdns0(4096, false); m.IsEdns0().SetVersion(1) }, dns.RcodeBadVers},
		{"NOTIFY", func(m *dns.Msg) { m.SetNotify(ep + ".") }, dns.RcodeNotImplemented},
		{"UPDATE", func(m *dns.Msg) { m.SetUpdate(root + ".") }, dns.RcodeNotImplemented},
		{"two OPT records", func(m *dns.Msg) { m.SetEdns0(1232, false); m.Extra = append(m.Extra, m.Extra[0]) }, dns.RcodeFormatError},
		{"no recursion, not ours", func(m *dns.Msg) { m.Question[0].Name = "example.com."; m.RecursionDesired = false }, dns.RcodeRefused},
		{"no upstream", func(m *dns.Msg) { m.Question[0].Name = "example.com." }, dns.RcodeServerFailure},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := new(dns.Msg).SetQuestion(ep+".", dns.TypeA)
			c.edit(m)
			reply, _, err := new(dns.Client).ExchangeContext(t.Context(), m, at)
			if err != nil || reply.Rcode != c.want {
				t.Errorf("%v %v", reply, err)
			}
		})
	}
	conn, err := net.Dial("udp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Write([]byte{0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 0x0c}); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 512)
	n, err := conn.Read(buf)
	var m dns.Msg
	if err != nil || m.Unpack(buf[:n]) != nil || m.Rcode != dns.RcodeFormatError || m.Id != 0xabcd || !m.Response {
		t.Errorf("malformed packet: %v %v", m.MsgHdr, err)
	}
}

func FuzzPacket(f *testing.F) {
	q, _ := new(dns.Msg).SetQuestion(ep+".", dns.TypeA).Pack()
	e, _ := new(dns.Msg).SetQuestion("example.com.", dns.TypeAAAA).SetEdns0(1, true).Pack()
	p, _ := new(dns.Msg).SetQuestion("5.2.10.10.in-addr.arpa.", dns.TypePTR).SetEdns0(4096, true).Pack()
	for _, seed := range [][]byte{nil, q, e, p, q[:11], q[:20], append(append([]byte{}, q...), 0xc0, 0x0c)} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	s := New(Options{Roots: []string{root}, Upstream: []string{}})
	s.SetName("vpc-1", twoZones(true, true))
	f.Fuzz(func(t *testing.T, packet []byte, udp bool) {
		twin(t, s, addr("127.0.0.1"), packet, udp)
		reply, later := s.handle("vpc-1", addr("127.0.0.1"), packet, udp)
		for _, out := range [][]byte{reply, answerNow(t, later)} {
			if out == nil {
				continue
			}
			var m dns.Msg
			if err := m.Unpack(out); err != nil {
				t.Fatalf("an answer nobody can read: %v", err)
			}
			if !m.Response || udp && len(out) > maxUDP {
				t.Fatalf("%d bytes, response %v", len(out), m.Response)
			}
		}
	})
}

func answerNow(t *testing.T, later func(context.Context) []byte) []byte {
	if later == nil {
		return nil
	}
	return later(t.Context())
}
