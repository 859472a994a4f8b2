package dns

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
	"pgregory.net/rapid"
)

// spelled is an answer in words, as it is spelled.
func spelled(t interface{ Fatalf(string, ...any) }, packet []byte) []string {
	var m dns.Msg
	if err := m.Unpack(packet); err != nil {
		t.Fatalf("an answer nobody can read: %v", err)
	}
	out := []string{fmt.Sprintf("%+v %v", m.MsgHdr, m.Question)}
	for i, part := range [][]dns.RR{m.Answer, m.Ns, m.Extra} {
		for _, rr := range part {
			out = append(out, fmt.Sprintf("%d %s", i, rr.String()))
		}
	}
	return out
}

// twin asks the two ways of a server the same at the same turn. The quick one
// may pass.
func twin(t interface{ Fatalf(string, ...any) }, s *Server, client netip.Addr, packet []byte, udp bool) (quick bool) {
	turn := s.turn.Load()
	fast, ok := s.quick(nil, "vpc-1", client, packet, udp)
	s.turn.Store(turn)
	if !ok {
		return false
	}
	slow, later := s.slow("vpc-1", client, packet, udp)
	if later != nil {
		t.Fatalf("%x is answered without the upstream that has to be asked", packet)
	}
	if slow[2]&0x02 != 0 {
		return true // a spelling that packs worse had to be cut
	}
	if diff := cmp.Diff(spelled(t, slow), spelled(t, fast)); diff != "" {
		t.Fatalf("%x: %s", packet, diff)
	}
	if q, _ := readPlain(packet); bytes.Equal(q.name, bytes.ToLower(q.name)) && !bytes.Equal(fast, slow) {
		t.Fatalf("%x: quick\n%x\nslow\n%x", packet, fast, slow)
	}
	return true
}

// EP-08, EPS-03, PVZ-10: an answer that is taken from the table is the one that
// is worked out, to every client and at every turn: number, flags, spelling,
// EDNS0, size and records in their order.
func TestQuickIsSlow(t *testing.T) {
	quick := 0
	rapid.Check(t, func(t *rapid.T) {
		s := New(Options{
			Roots: []string{root}, Upstream: []string{},
			ZoneOf: func(_ string, client netip.Addr) string {
				return map[netip.Addr]string{addr("127.0.0.2"): "zone-a", addr("127.0.0.3"): "zone-b"}[client]
			},
			NameOf: func(_ string, a netip.Addr) string {
				return map[netip.Addr]string{addr("10.9.9.9"): "web.internal"}[a]
			},
		})
		names := drawView(t, s)
		clients := rapid.SampledFrom([]netip.Addr{addr("127.0.0.1"), addr("127.0.0.2"), addr("127.0.0.3")})
		for range 30 {
			s.turn.Store(rapid.Uint32().Draw(t, "turn"))
			packet, udp := drawQuery(t, names), rapid.Bool().Draw(t, "udp")
			for range 3 { // the first one puts it into the table
				if twin(t, s, clients.Draw(t, "client"), packet, udp) {
					quick++
				}
				s.turn.Add(1)
			}
		}
	})
	if quick < 1000 {
		t.Errorf("only %d answers were quick", quick)
	}
}

// What is asked again and again takes no memory, whoever asks and whatever
// number of addresses takes turns.
func TestQuickTakesNoMemory(t *testing.T) {
	s := New(Options{Roots: []string{root}, ZoneOf: func(string, netip.Addr) string { return "zone-b" }})
	s.SetName("vpc-1", twoZones(true, false))
	if err := s.SetZone("vpc-1", Zone{Name: "corp.example", Records: []ZoneRecord{
		{Host: "www", Type: TypeCNAME, TTL: 60, Value: ep},
		{Host: "*", Type: TypeA, TTL: 60, Value: "10.0.0.1"},
	}}); err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 0, maxUDP)
	for _, name := range []string{ep, "WWW.corp.example", "any.corp.example", "missing." + root} {
		packet, err := new(dns.Msg).SetQuestion(dns.Fqdn(name), TypeA).SetEdns0(1232, true).Pack()
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() {
			if _, ok := s.quick(out, "vpc-1", addr("127.0.0.2"), packet, true); !ok {
				t.Fatalf("%s is not quick", name)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// Invented names, as a flood asks for them, take no more room than there is and
// push out no name that exists.
func TestFloodOfNames(t *testing.T) {
	s := New(Options{Roots: []string{root}, Upstream: []string{}})
	s.SetName("vpc-1", twoZones(false, true))
	ask := func(name string) plain {
		packet, err := new(dns.Msg).SetQuestion(name+".", TypeA).Pack()
		if err != nil {
			t.Fatal(err)
		}
		s.handle("vpc-1", addr("127.0.0.1"), packet, true)
		q, ok := readPlain(packet)
		if !ok {
			t.Fatalf("%s is not plain", name)
		}
		return q
	}
	q := ask(ep)
	known := q.key(nil, "vpc-1", "")
	for i := range 4 * slots {
		ask(fmt.Sprintf("%d.%s", i, root))
		ask(fmt.Sprintf("%d.example.org", i))
	}
	if s.mu.table.find(known) == nil {
		t.Error("a name that exists was pushed out by names that do not")
	}
	if n := len(s.mu.table.slots); n != slots {
		t.Errorf("%d slots", n)
	}
	for i := range s.mu.table.slots {
		e := s.mu.table.slots[i].Load()
		if size := len(slices.Concat(e.turns...)) + len(e.key); size > maxEntry {
			t.Fatalf("%d bytes for %q", size, e.key)
		}
	}
}

// PVZ-10, EP-08: a change is in force for the query that is sent after it,
// under load from others who ask for the same names.
func TestChangeIsInForceAtOnce(t *testing.T) {
	s := start(t, Options{})
	at := serve(t, s, "vpc-1", "127.0.0.1")
	const zoned = "www.corp.example"
	var stop atomic.Bool
	var load sync.WaitGroup
	defer load.Wait()
	defer stop.Store(true)
	var answered atomic.Int64
	for range 4 {
		conn := dialUDP(t, at)
		load.Go(func() {
			for i := 0; !stop.Load(); i++ {
				if m := askOver(conn, []string{ep, zoned}[i%2]); m != nil {
					answered.Add(1)
				}
			}
		})
	}
	conn := dialUDP(t, at)
	see := func(name string, rcode int, want string) {
		t.Helper()
		m := askOver(conn, name)
		if m == nil || m.Rcode != rcode || strings.Join(values(m), " ") != want {
			t.Fatalf("%s is %v, and %s %q is in force", name, m, dns.RcodeToString[rcode], want)
		}
	}
	for i := range 500 {
		ip := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		s.SetName("vpc-1", Name{FQDN: ep, Addrs: []Addr{{IP: ip, Healthy: true}}})
		see(ep, dns.RcodeSuccess, ip.String())
		if err := s.SetZone("vpc-1", Zone{Name: "corp.example", Records: []ZoneRecord{{Host: "www", Type: TypeA, Value: ip.String()}}}); err != nil {
			t.Fatal(err)
		}
		see(zoned, dns.RcodeSuccess, ip.String())
		s.RemoveName("vpc-1", ep)
		see(ep, dns.RcodeNameError, "")
		if i%2 == 0 {
			s.RemoveZone("vpc-1", "corp.example")
			see(zoned, dns.RcodeServerFailure, "") // there is no upstream
		} else if err := s.SetZone("vpc-1", Zone{Name: "corp.example"}); err != nil {
			t.Fatal(err)
		} else {
			see(zoned, dns.RcodeNameError, "")
		}
		s.SetRoots("example")
		see(ep, dns.RcodeServerFailure, "")
		s.SetRoots(root)
		see(ep, dns.RcodeNameError, "")
	}
	for answered.Load() < 100 { // a machine with one processor may come to it late
		runtime.Gosched()
	}
}

func dialUDP(t *testing.T, at string) net.Conn {
	t.Helper()
	conn, err := net.Dial("udp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// askOver asks for the addresses of a name; nil: no answer.
func askOver(conn net.Conn, name string) *dns.Msg {
	req := new(dns.Msg).SetQuestion(dns.Fqdn(name), TypeA)
	out, err := req.Pack()
	if err != nil {
		return nil
	}
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Write(out); err != nil {
		return nil
	}
	buf := make([]byte, maxUDP)
	n, err := conn.Read(buf)
	var m dns.Msg
	if err != nil || m.Unpack(buf[:n]) != nil || m.Id != req.Id {
		return nil
	}
	return &m
}

// A name that is published again as it was leaves packed answers alone: the
// caller may do so as often as it likes.
func TestSameNameChangesNothing(t *testing.T) {
	s := New(Options{Roots: []string{root}, Upstream: []string{}})
	s.SetName("vpc-1", twoZones(false, true))
	before := s.mu.table.generation.Load()
	s.SetName("vpc-1", twoZones(false, true))
	if s.mu.table.generation.Load() != before {
		t.Error("the same name ends what is packed")
	}
	for _, change := range []func(){
		func() { s.SetName("vpc-1", twoZones(false, false)) },
		func() { s.SetName("vpc-2", twoZones(false, false)) }, // the host's view has it from there now
		func() { s.SetName("vpc-1", twoZones(false, false)) },
		func() { s.SetName("vpc-1", twoZones(true, false)) },
	} {
		before = s.mu.table.generation.Load()
		if change(); s.mu.table.generation.Load() == before {
			t.Error("a change leaves old answers in force")
		}
	}
}
