package dns

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// portable makes serve hide from the server what its UDP socket is.
var portable bool

// plainSocket is a packet connection and nothing else.
type plainSocket struct{ net.PacketConn }

// The way that works everywhere does the same as that of many packets in one
// call.
func TestPortable(t *testing.T) {
	portable = true
	defer func() { portable = false }()
	for name, test := range map[string]func(*testing.T){
		"views": TestViews, "truncation": TestTruncation, "refusals": TestRefusals, "reverse": TestReverse,
		"upstream": TestUpstream, "silent upstream": TestSilentUpstreamDelaysNothing, "manners": TestManners,
		"sizes": TestSizes, "changes": TestChangeIsInForceAtOnce, "burst": TestBurst,
	} {
		t.Run(name, test)
	}
}

// Many queries at once, from several clients and of every kind, each get their
// own answer.
func TestBurst(t *testing.T) {
	up := upstreamAt(t, answerA("192.0.2.7"))
	s := start(t, Options{Upstream: []string{up}})
	at := serve(t, s, "vpc-1", "127.0.0.1")
	s.SetName("vpc-1", twoZones(false, true))
	long := Name{FQDN: "long." + root}
	for i := range 100 {
		long.Addrs = append(long.Addrs, Addr{IP: addr(fmt.Sprintf("10.0.0.%d", i)), Healthy: true})
	}
	s.SetName("vpc-1", long)
	kinds := []struct {
		name   string
		qtype  uint16
		answer int
	}{
		{ep, TypeA, 2},
		{ep, TypeAAAA, 0},
		{"missing." + root, TypeA, 0},
		{long.FQDN, TypeA, 100},
		{"example.com", TypeA, 1},
	}
	const each = 40
	var conns []net.Conn
	for range 4 {
		conns = append(conns, dialUDP(t, at))
	}
	for i := range each {
		for _, conn := range conns {
			k := kinds[i%len(kinds)]
			m := new(dns.Msg).SetQuestion(k.name+".", k.qtype).SetEdns0(maxUDP, false)
			m.Id = uint16(i)
			out, err := m.Pack()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write(out); err != nil {
				t.Fatal(err)
			}
		}
	}
	buf := make([]byte, maxUDP)
	for c, conn := range conns {
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		seen := map[uint16]bool{}
		for range each {
			n, err := conn.Read(buf)
			if err != nil {
				t.Fatalf("client %d after %d answers: %v", c, len(seen), err)
			}
			var m dns.Msg
			if err := m.Unpack(buf[:n]); err != nil || seen[m.Id] || m.Id >= each {
				t.Fatalf("client %d: %v %v", c, &m, err)
			}
			seen[m.Id] = true
			if k := kinds[int(m.Id)%len(kinds)]; m.Question[0].Name != k.name+"." || len(m.Answer) != k.answer || m.Truncated {
				t.Fatalf("client %d asked for %v and got %v", c, k, &m)
			}
		}
	}
}

// IPv6 clients are answered at the addresses they have.
func TestIPv6(t *testing.T) {
	pc, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Skip("this host has no IPv6")
	}
	s := start(t, Options{Upstream: []string{upstreamAt(t, answerA("192.0.2.7"))}})
	s.SetName("vpc-1", twoZones(false, true))
	stop, err := s.Serve("vpc-1", pc, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for name, n := range map[string]int{ep: 2, "example.com": 1} {
		if got := values(exchange(t, "udp", pc.LocalAddr().String(), name, TypeA, nil)); len(got) != n {
			t.Errorf("%s: %v", name, got)
		}
	}
}
