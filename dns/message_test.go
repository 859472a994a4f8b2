package dns

import (
	"net"
	"net/netip"
	"strings"
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

// FuzzPacket: whatever arrives, the server does not fall, and whoever asks gets
// one answer that fits.
func FuzzPacket(f *testing.F) {
	q, _ := new(dns.Msg).SetQuestion(ep+".", dns.TypeA).Pack()
	e, _ := new(dns.Msg).SetQuestion("example.com.", dns.TypeAAAA).SetEdns0(1, true).Pack()
	p, _ := new(dns.Msg).SetQuestion("5.2.10.10.in-addr.arpa.", dns.TypePTR).SetEdns0(4096, true).Pack()
	seeds := [][]byte{nil, q, e, p, q[:11], q[:20], append(append([]byte{}, q...), 0xc0, 0x0c)}
	for _, host := range []string{"", "alias.", "Loop.", "x.*.w.", "q.w.", "long.", "out.", "n.n.", "srv.", `a\.b.`} {
		for _, qtype := range []uint16{TypeA, TypeTXT, TypeANY, TypeSOA} {
			m, _ := new(dns.Msg).SetQuestion(host+"corp.example.", qtype).SetEdns0(1232, false).Pack()
			seeds = append(seeds, m)
		}
	}
	for _, seed := range seeds {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	s := New(Options{Roots: []string{root}, Upstream: []string{}})
	s.SetName("vpc-1", twoZones(true, true))
	if err := s.SetZone("vpc-1", Zone{Name: "corp.example", Records: []ZoneRecord{
		{Host: "alias", Type: TypeCNAME, Value: ep},
		{Host: "loop", Type: TypeCNAME, Value: "Loop.corp.example"},
		{Host: "*.w", Type: TypeMX, Value: "1 alias.corp.example"},
		{Host: "long", Type: TypeTXT, Value: strings.Repeat("long", 2000)},
		{Host: "out", Type: TypeCNAME, Value: "out.test"},
		{Host: "m.n", Type: TypeA, Value: "10.0.0.1", Weight: 1},
		{Host: "m.n", Type: TypeA, Value: "10.0.0.2", Weight: 1},
		{Host: "srv", Type: TypeSRV, Value: "1 2 3 srv.corp.example"},
		{Host: `a\.b`, Type: TypeAAAA, Value: "2001:db8::1"},
	}}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, packet []byte, udp bool) {
		twin(t, s, addr("127.0.0.1"), packet, udp)
		reply, later := s.handle("vpc-1", addr("127.0.0.1"), packet, udp)
		question := len(packet) >= 12 && packet[2]&0x80 == 0
		if (reply != nil) != question {
			t.Fatalf("%d bytes, a question: %v; answered: %v", len(packet), question, reply != nil)
		}
		outs := [][]byte{reply}
		if later != nil {
			outs = append(outs, later(t.Context()))
		}
		most := dns.MaxMsgSize
		var req dns.Msg
		if err := req.Unpack(packet); err == nil && udp {
			most = udpSize(&req)
		} else if udp {
			most = minUDP
		}
		for _, out := range outs {
			if !question {
				break
			}
			var m dns.Msg
			if err := m.Unpack(out); err != nil {
				t.Fatalf("an answer nobody can read: %v", err)
			}
			if !m.Response || len(out) > most || m.Id != uint16(packet[0])<<8|uint16(packet[1]) {
				t.Fatalf("%d bytes of %d, response %v, number %x", len(out), most, m.Response, m.Id)
			}
		}
	})
}
