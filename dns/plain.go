package dns

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// plain is a query as nearly all are: one question of class IN, and EDNS0
// without options or none. Everything else is read by the library.
type plain struct {
	packet []byte
	name   []byte // of the question, as the client spelled it, in wire format
	mixed  bool   // not all of it is lower case; key finds out
	qtype  uint16
	edns   bool
	do     bool
	size   int // the longest answer that the client takes over UDP
}

const (
	headerLen = 12
	optLen    = 11
	maxName   = 255
)

// readPlain reads a packet that is a plain query.
func readPlain(p []byte) (q plain, ok bool) {
	// Of the flags a plain query has RD, AD and CD at most.
	if len(p) < headerLen+5 || p[2]&^0x01 != 0 || p[3]&^0x30 != 0 {
		return q, false
	}
	// One question, no answer, no authority, one additional record at most.
	if p[4] != 0 || p[5] != 1 || binary.BigEndian.Uint32(p[6:]) != 0 || p[10] != 0 || p[11] > 1 {
		return q, false
	}
	end := headerLen
	for p[end] != 0 {
		if p[end] > 63 {
			return q, false
		}
		if end += int(p[end]) + 1; end+5 > len(p) {
			return q, false
		}
	}
	end++
	if end-headerLen > maxName {
		return q, false
	}
	q = plain{packet: p, name: p[headerLen:end], qtype: binary.BigEndian.Uint16(p[end:]), size: minUDP}
	if binary.BigEndian.Uint16(p[end+2:]) != dns.ClassINET {
		return q, false
	}
	rest := p[end+4:]
	if p[11] == 0 {
		return q, len(rest) == 0
	}
	// The root's name, type OPT, the size, a code that nobody reads, version 0,
	// flags, no options.
	if len(rest) != optLen || rest[0] != 0 || binary.BigEndian.Uint16(rest[1:]) != dns.TypeOPT || rest[6] != 0 || rest[9] != 0 || rest[10] != 0 {
		return q, false
	}
	q.edns, q.do = true, rest[7]&0x80 != 0
	q.size = min(max(int(binary.BigEndian.Uint16(rest[3:])), minUDP), maxUDP)
	return q, true
}

// key appends what the table knows the question by, as a client of zone asks
// the view of a VPC. In wire format only letters have the values of letters:
// the length of a label is below them.
func (q *plain) key(b []byte, vpc, zone string) []byte {
	for _, c := range q.name {
		if 'A' <= c && c <= 'Z' {
			q.mixed = true
			c |= 0x20
		}
		b = append(b, c)
	}
	spelling := byte(0)
	if q.mixed {
		spelling = 1
	}
	b = append(b, byte(q.qtype>>8), byte(q.qtype), spelling)
	b = append(append(b, zone...), 0)
	return append(b, vpc...)
}

// quick appends to out the answer to a plain query that the table has, or that
// may be kept there. It is the same answer that slow gives.
func (s *Server) quick(out []byte, vpc string, client netip.Addr, packet []byte, udp bool) ([]byte, bool) {
	q, ok := readPlain(packet)
	if !ok {
		return out, false
	}
	var room [384]byte
	key := q.key(room[:0], vpc, "")
	e := s.known(q, key, vpc, "")
	if e.byZone {
		if zone := s.zoneOf(vpc, client); zone != "" {
			key = q.key(room[:0], vpc, zone)
			e = s.known(q, key, vpc, zone)
		}
	}
	if len(e.turns) == 0 {
		return out, false
	}
	turn := 0
	if n := len(e.turns); n > 1 {
		turn = int(s.turn.Add(1) % uint32(n))
	}
	if !udp {
		q.size = dns.MaxMsgSize
	}
	return q.finish(out, e.turns[turn])
}

// finish makes a packed answer one to this very query: its number, its flags,
// its spelling, its EDNS0. An answer that has to be cut is none of these.
func (q plain) finish(out, packed []byte) ([]byte, bool) {
	size := len(packed)
	if q.edns {
		size += optLen
	}
	if size > q.size {
		return out, false
	}
	at := len(out)
	out = append(out, packed...)
	msg := out[at:]
	msg[0], msg[1] = q.packet[0], q.packet[1]
	msg[2] |= q.packet[2] & 0x01 // RD
	msg[3] |= q.packet[3] & 0x10 // CD
	copy(msg[headerLen:], q.name)
	if q.edns {
		binary.BigEndian.PutUint16(msg[10:], binary.BigEndian.Uint16(msg[10:])+1)
		flags := byte(0)
		if q.do {
			flags = 0x80
		}
		out = append(out, 0, 0, byte(dns.TypeOPT), maxUDP>>8, maxUDP&0xff, 0, 0, flags, 0, 0, 0)
	}
	return out, true
}

// known is what the table has for a key, which is put there if it is missing.
// An entry without turns says that the answer depends on more than the views.
func (s *Server) known(q plain, key []byte, vpc, zone string) *entry {
	if e := s.mu.table.find(key); e != nil {
		return e
	}
	e := s.prepare(q, key[:len(q.name)], vpc, zone)
	s.mu.table.keep(key, e)
	return e
}

// prepare works out the answer to a question about a name, in wire format and
// lower case, and packs it.
func (s *Server) prepare(q plain, wire []byte, vpc, zone string) *entry {
	e := &entry{low: true}
	name, _, err := dns.UnpackDomainName(wire, 0)
	if err != nil {
		return e
	}
	req := &dns.Msg{Question: []dns.Question{{Name: name, Qtype: q.qtype, Qclass: dns.ClassINET}}}
	if _, bad := refuse(req); bad {
		return e
	}
	for _, r := range s.turns(vpc, Question{Name: name, Type: q.qtype, Zone: zone}, e) {
		m := message(req, r)
		if q.mixed {
			unspelled(m, wire)
		}
		m.Compress = true
		packed, err := m.Pack()
		if err != nil {
			e.turns = nil
			return e
		}
		e.turns = append(e.turns, packed)
		e.low = r.Rcode == NotExist
	}
	return e
}

// unspelled changes an answer whose question is the name in wire: the question
// and the owners of its answers get letters that no other name has. So no
// other name is packed as a piece of the question's, and each keeps its own
// spelling whatever the client's is.
func unspelled(m *dns.Msg, wire []byte) {
	var b strings.Builder
	for at := 0; wire[at] != 0; at += int(wire[at]) + 1 {
		b.WriteString(strings.Repeat(`\001`, int(wire[at])))
		b.WriteByte('.')
	}
	name := m.Question[0].Name
	m.Question = slices.Clone(m.Question)
	m.Question[0].Name = b.String()
	for _, rr := range m.Answer {
		if rr.Header().Name == name {
			rr.Header().Name = b.String()
		}
	}
}

// turns are the answers to a question that follow each other, all of one
// moment, which it notes in e. There are none when something else than the
// views decides.
func (s *Server) turns(vpc string, q Question, e *entry) (all []Result) {
	deps := depends{turns: 1}
	q.deps = &deps
	q.NameOf = func(netip.Addr) string { deps.outside = true; return "" }
	s.mu.RLock()
	defer s.mu.RUnlock()
	e.generation = s.mu.table.generation.Load()
	v := s.viewOf(vpc)
	for int(q.Turn) < deps.turns {
		r := v.Answer(q)
		if r.Recurse || deps.outside || deps.turns > maxTurns {
			return nil
		}
		all = append(all, r)
		q.Turn++
	}
	e.byZone = deps.zone
	return all
}
