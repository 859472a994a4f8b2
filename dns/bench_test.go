package dns

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/miekg/dns"
)

// What an answer takes without the socket: one that is packed, one to an
// invented name, and one of a kind that is never kept.
func BenchmarkAnswer(b *testing.B) {
	s := New(Options{Roots: []string{root}, Upstream: []string{}})
	s.SetName("vpc-1", twoZones(false, true))
	if err := s.SetZone("vpc-1", Zone{Name: "corp.example", Records: []ZoneRecord{
		{Host: "w", Type: TypeA, Value: "10.0.0.1", Weight: 1},
		{Host: "w", Type: TypeA, Value: "10.0.0.2", Weight: 2},
	}}); err != nil {
		b.Fatal(err)
	}
	pack := func(name string) []byte {
		packet, err := new(dns.Msg).SetQuestion(name+".", TypeA).SetEdns0(1232, false).Pack()
		if err != nil {
			b.Fatal(err)
		}
		return packet
	}
	out := make([]byte, 0, maxUDP)
	for _, c := range []struct{ name, ask string }{{"packed", ep}, {"invented", "00000000." + root}, {"by weight", "w.corp.example"}} {
		packet := pack(c.ask)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				if c.name == "invented" {
					copy(packet[headerLen+1:], fmt.Appendf(out[:0], "%08x", i))
				}
				binary.BigEndian.PutUint16(packet, uint16(i))
				reply, ok := s.quick(out, "vpc-1", addr("127.0.0.1"), packet, true)
				if !ok {
					reply, _ = s.slow("vpc-1", addr("127.0.0.1"), packet, true)
				}
				if len(reply) < headerLen {
					b.Fatal("no answer")
				}
			}
		})
	}
}
