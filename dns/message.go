package dns

import (
	"context"
	"iter"
	"net/netip"
	"slices"

	"github.com/miekg/dns"
)

// Sizes of UDP answers, in bytes: what a client without EDNS0 takes, and the
// most that is sent to one that asks for more.
const (
	minUDP = 512
	maxUDP = 4096
)

// handle answers one packet. A nil reply is none at all: the packet is not a
// query. When the answer is the upstream's, later fetches it, and reply is
// what to say when there is no room for that.
func (s *Server) handle(vpc string, client netip.Addr, packet []byte, udp bool) (reply []byte, later func(context.Context) []byte) {
	if reply, ok := s.quick(nil, vpc, client, packet, udp); ok {
		return reply, nil
	}
	return s.slow(vpc, client, packet, udp)
}

// slow answers any packet, as handle does, and keeps nothing.
func (s *Server) slow(vpc string, client netip.Addr, packet []byte, udp bool) (reply []byte, later func(context.Context) []byte) {
	var req dns.Msg
	if err := req.Unpack(packet); err != nil {
		return formErr(packet), nil
	}
	if req.Response {
		return nil, nil
	}
	size := dns.MaxMsgSize
	if udp {
		size = udpSize(&req)
	}
	if code, bad := refuse(&req); bad {
		return pack(answerTo(&req, code), &req, size), nil
	}
	q := req.Question[0]
	res := s.answer(vpc, Question{Name: q.Name, Type: q.Qtype, Zone: s.zoneOf(vpc, client)})
	switch {
	case !res.Recurse:
		return pack(message(&req, res), &req, size), nil
	case !req.RecursionDesired && len(res.Records) > 0:
		return pack(message(&req, res), &req, size), nil // as far as it is known here
	case !req.RecursionDesired:
		return pack(answerTo(&req, dns.RcodeRefused), &req, size), nil
	}
	return pack(answerTo(&req, dns.RcodeServerFailure), &req, size), func(ctx context.Context) []byte {
		m := s.forward(ctx, &req, res)
		if m.Truncated && !udp {
			// There is no other way left to get the rest.
			m = answerTo(&req, dns.RcodeServerFailure)
		}
		return pack(m, &req, size)
	}
}

// formErr answers what cannot be read, as far as there is a header to answer
// to; a response or less than a header gets nothing.
func formErr(packet []byte) []byte {
	if len(packet) < 12 || packet[2]&0x80 != 0 {
		return nil
	}
	m := dns.Msg{MsgHdr: dns.MsgHdr{
		Id:               uint16(packet[0])<<8 | uint16(packet[1]),
		Response:         true,
		Opcode:           int(packet[2]>>3) & 0xF,
		RecursionDesired: packet[2]&1 != 0,
		Rcode:            dns.RcodeFormatError,
	}}
	out, err := m.Pack()
	if err != nil {
		return nil
	}
	return out
}

// refuse names the response code of a query that is not answered.
func refuse(req *dns.Msg) (rcode int, bad bool) {
	switch {
	case req.Opcode != dns.OpcodeQuery:
		return dns.RcodeNotImplemented, true
	case len(req.Question) != 1:
		return dns.RcodeFormatError, true
	}
	if opts := slices.Collect(optsOf(req)); len(opts) > 1 || len(opts) == 1 && opts[0].Hdr.Name != "." {
		return dns.RcodeFormatError, true // RFC 6891, 6.1.1
	} else if len(opts) == 1 && opts[0].Version() != 0 {
		return dns.RcodeBadVers, true
	}
	q := req.Question[0]
	if q.Qclass != dns.ClassINET && q.Qclass != dns.ClassANY {
		return dns.RcodeRefused, true
	}
	switch q.Qtype {
	case dns.TypeAXFR, dns.TypeIXFR:
		return dns.RcodeRefused, true
	case dns.TypeOPT, dns.TypeTSIG, dns.TypeTKEY:
		return dns.RcodeFormatError, true
	}
	return 0, false
}

func optsOf(m *dns.Msg) iter.Seq[*dns.OPT] {
	return func(yield func(*dns.OPT) bool) {
		for _, rr := range m.Extra {
			if opt, ok := rr.(*dns.OPT); ok && !yield(opt) {
				return
			}
		}
	}
}

func udpSize(req *dns.Msg) int {
	if opt := req.IsEdns0(); opt != nil {
		return min(max(int(opt.UDPSize()), minUDP), maxUDP)
	}
	return minUDP
}

// answerTo is an empty answer. SetReply is not used: it copies a question
// only when there is one, and loses the code of some opcodes.
func answerTo(req *dns.Msg, rcode int) *dns.Msg {
	return &dns.Msg{
		MsgHdr: dns.MsgHdr{
			Id: req.Id, Response: true, Opcode: req.Opcode, Rcode: rcode,
			RecursionDesired: req.RecursionDesired, RecursionAvailable: true,
			CheckingDisabled: req.CheckingDisabled,
		},
		Question: req.Question,
	}
}

// pack turns an answer into bytes: with EDNS0 when the query had it, and cut
// to size with the TC bit when it is longer.
func pack(m, req *dns.Msg, size int) []byte {
	if opt := req.IsEdns0(); opt != nil {
		m.SetEdns0(maxUDP, opt.Do())
	}
	m.Truncate(size)
	m.Compress = true
	out, err := m.Pack()
	if err == nil {
		return out
	}
	// A name of the question or an upstream's record that can be read but not
	// be written again.
	fail := answerTo(req, dns.RcodeServerFailure)
	fail.Question = nil
	if out, err = fail.Pack(); err != nil {
		return nil
	}
	return out
}

// message words a view's result. The name asked for is spelled as the client
// spelled it: some clients vary the case on purpose and compare.
func message(req *dns.Msg, res Result) *dns.Msg {
	m := answerTo(req, res.Rcode)
	m.Authoritative = res.Authoritative
	asked := canonical(req.Question[0].Name)
	for _, r := range res.Records {
		rr := r.rr()
		if r.Name == asked {
			rr.Header().Name = req.Question[0].Name
		}
		m.Answer = append(m.Answer, rr)
	}
	if res.SOA {
		m.Ns = append(m.Ns, soa(res.Zone, res.Serial))
	}
	return m
}

// rr is the record as the wire has it.
func (r Record) rr() dns.RR {
	hdr := dns.RR_Header{Name: r.Name, Rrtype: r.Type, Class: dns.ClassINET, Ttl: r.TTL}
	switch r.Type {
	case TypeA:
		return &dns.A{Hdr: hdr, A: r.IP.AsSlice()}
	case TypeAAAA:
		return &dns.AAAA{Hdr: hdr, AAAA: r.IP.AsSlice()}
	case TypeCNAME:
		return &dns.CNAME{Hdr: hdr, Target: r.Target}
	case TypePTR:
		return &dns.PTR{Hdr: hdr, Ptr: r.Target}
	case TypeNS:
		return &dns.NS{Hdr: hdr, Ns: r.Target}
	case TypeSOA:
		return soa(r.Name, r.Serial)
	}
	out := dns.Copy(r.RR)
	*out.Header() = hdr
	return out
}

func soa(zone string, serial uint32) dns.RR {
	return &dns.SOA{
		Hdr: dns.RR_Header{Name: zone, Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: DefaultTTL},
		Ns:  nameServer, Mbox: "hostmaster." + zone,
		Serial: serial, Refresh: 3600, Retry: 600, Expire: 86400, Minttl: DefaultTTL,
	}
}
