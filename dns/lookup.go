package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// ErrNotFound says that a name does not exist, or has no IPv4 address.
var ErrNotFound = errors.New("the name does not resolve")

// Lookup answers the IPv4 addresses of a name as a client in zone (may be "")
// of the VPC sees them, in the order to try; it is the code path of a query
// at the VPC's resolver. The error is ErrNotFound or ErrUpstream.
func (s *Server) Lookup(ctx context.Context, vpc, name, zone string) ([]netip.Addr, error) {
	m, err := s.query(ctx, vpc, name, zone, dns.TypeA)
	if err != nil {
		return nil, fmt.Errorf("look up %q: %w", name, err)
	}
	var out []netip.Addr
	for _, rr := range m.Answer {
		if a, ok := rr.(*dns.A); ok {
			if ip, ok := netip.AddrFromSlice(a.A); ok {
				out = append(out, ip.Unmap())
			}
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case m.Rcode == dns.RcodeServerFailure || m.Rcode == dns.RcodeRefused:
		return nil, fmt.Errorf("look up %q: %w: %s", name, ErrUpstream, dns.RcodeToString[m.Rcode])
	}
	return nil, fmt.Errorf("look up %q: %w", name, ErrNotFound)
}

// query answers one question without a packet. Only here a silent upstream
// is told apart from one that failed.
func (s *Server) query(ctx context.Context, vpc, name, zone string, qtype uint16) (*dns.Msg, error) {
	if _, ok := dns.IsDomainName(name); !ok || strings.Contains(name, "..") || name == "" {
		return nil, ErrNotFound
	}
	req := new(dns.Msg).SetQuestion(dns.Fqdn(name), qtype)
	m, _, err := s.complete(ctx, req, s.answer(vpc, Question{Name: name, Type: qtype, Zone: zone}))
	return m, err
}

// complete asks upstream for what the view left over, if anything, and says
// which server answered.
func (s *Server) complete(ctx context.Context, req *dns.Msg, res Result) (m *dns.Msg, server string, err error) {
	if !res.Recurse {
		return message(req, res), "", nil
	}
	if !s.take() {
		return nil, "", fmt.Errorf("%w: too many queries wait", ErrUpstream)
	}
	defer s.give()
	reply, server, err := s.recurse(ctx, req, res)
	if err != nil {
		return nil, server, err
	}
	return joined(req, res, reply), server, nil
}

// Reply is an answer in words, as tools print it.
type Reply struct {
	Status    string   // "NOERROR", "NXDOMAIN", "SERVFAIL"
	Flags     []string // "qr", "aa", "rd", "ra"
	ID        uint16
	Question  string   // "ep-1.….\t\tIN\tA"
	Answer    []string // records in the format of zone files
	Authority []string
	Values    []string // the data of the answer's records alone
	Size      int      // bytes on the wire
}

// ErrType says that a record type has no such name.
var ErrType = errors.New("unknown record type")

// Types says whether a word such as "A" or "txt" is a record type.
func Types(word string) bool {
	_, ok := dns.StringToType[strings.ToUpper(word)]
	return ok
}

// Query asks the view of a VPC for any type, for a client in zone. A failure
// of the upstream is a Reply with SERVFAIL, as a client would get it.
func (s *Server) Query(ctx context.Context, vpc, name, zone, qtype string) (Reply, error) {
	t, ok := dns.StringToType[strings.ToUpper(qtype)]
	if !ok {
		return Reply{}, fmt.Errorf("query %q for %q: %w", name, qtype, ErrType)
	}
	m, err := s.query(ctx, vpc, name, zone, t)
	switch {
	case errors.Is(err, ErrUpstream):
		m = answerTo(new(dns.Msg).SetQuestion(dns.Fqdn(name), t), dns.RcodeServerFailure)
	case err != nil:
		return Reply{}, fmt.Errorf("query %q: %w", name, err)
	}
	return words(m), nil
}

// Ask sends one query over a connection to any DNS server, UDP or TCP, and
// waits for the answer until ctx ends. It does not close conn.
func Ask(ctx context.Context, conn net.Conn, name, qtype string) (Reply, error) {
	t, ok := dns.StringToType[strings.ToUpper(qtype)]
	if !ok {
		return Reply{}, fmt.Errorf("query %q for %q: %w", name, qtype, ErrType)
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
		defer conn.SetDeadline(time.Time{})
	}
	req := new(dns.Msg).SetQuestion(dns.Fqdn(name), t)
	req.SetEdns0(maxUDP, false)
	out, err := req.Pack()
	if err != nil {
		return Reply{}, fmt.Errorf("query %q: %w", name, err)
	}
	packets := conn.LocalAddr().Network() == "udp"
	if !packets {
		out = frame(out)
	}
	if _, err := conn.Write(out); err != nil {
		return Reply{}, fmt.Errorf("query %q: %w", name, err)
	}
	for {
		in, err := receive(conn, packets)
		if err != nil {
			return Reply{}, fmt.Errorf("query %q: %w", name, err)
		}
		var m dns.Msg
		if err := m.Unpack(in); err != nil {
			return Reply{}, fmt.Errorf("query %q: read the answer: %w", name, err)
		}
		if m.Id == req.Id {
			return words(&m), nil
		}
	}
}

func receive(conn net.Conn, packets bool) ([]byte, error) {
	if !packets {
		return readFrame(conn)
	}
	buf := make([]byte, maxUDP)
	n, err := conn.Read(buf)
	return buf[:n], err
}

func words(m *dns.Msg) Reply {
	r := Reply{Status: dns.RcodeToString[m.Rcode], ID: m.Id, Size: m.Len(), Flags: []string{"qr"}}
	for _, f := range []struct {
		set  bool
		name string
	}{
		{m.Authoritative, "aa"},
		{m.Truncated, "tc"},
		{m.RecursionDesired, "rd"},
		{m.RecursionAvailable, "ra"},
		{m.AuthenticatedData, "ad"},
		{m.CheckingDisabled, "cd"},
	} {
		if f.set {
			r.Flags = append(r.Flags, f.name)
		}
	}
	for _, q := range m.Question {
		r.Question = fmt.Sprintf("%s\t\t%s\t%s", q.Name, dns.ClassToString[q.Qclass], dns.TypeToString[q.Qtype])
	}
	for _, rr := range m.Answer {
		r.Answer = append(r.Answer, rr.String())
		r.Values = append(r.Values, strings.TrimPrefix(rr.String(), rr.Header().String()))
	}
	for _, rr := range m.Ns {
		r.Authority = append(r.Authority, rr.String())
	}
	return r
}
