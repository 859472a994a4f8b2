package dns

import (
	"context"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// By is who had the say about one name.
type By string

// Those who can have it.
const (
	ByZone     By = "zone"     // a private zone
	ByName     By = "name"     // a published name of an endpoint
	ByRoot     By = "root"     // a domain of the labs, about a name below it that is not published
	ByReverse  By = "reverse"  // the labs' reverse names
	ByUpstream By = "upstream" // the servers of the outside world
)

// Outcome is what one step came to.
type Outcome string

// What a step can come to.
const (
	Answered Outcome = "answer"
	Aliased  Outcome = "alias"    // a CNAME: its target is the next step
	NoData   Outcome = "nodata"   // the name exists, without this type
	Missing  Outcome = "nxdomain" // the name does not exist
	Proxied  Outcome = "proxied"  // the zone has no record of the name and leaves it to recursion
	Recursed Outcome = "recursed" // asked upstream
	Silent   Outcome = "silent"   // no upstream server answered, or all failed
	Loop     Outcome = "loop"     // an alias leads back to a name before
	Long     Outcome = "long"     // one alias too many
)

// Step is the look at one name on the way to an answer.
type Step struct {
	Name    string
	By      By
	Source  string // the zone, published name, domain or server
	Outcome Outcome
	// Wildcard is the record's own name, "*.a.example.", when it stood in.
	Wildcard string
	Answer   []Line // what this step gave

	records []Record
}

// Line is one record in words.
type Line struct {
	Name  string
	Type  string
	TTL   uint32 // seconds
	Value string
}

// Trace is an answer with everything that led to it.
type Trace struct {
	Name  string // whole, with the last dot
	Type  string
	Zone  string // where the client stands; "" when that is not known
	Rcode string // "NOERROR", "NXDOMAIN", "SERVFAIL"
	Steps []Step
	// Answer is the whole chain.
	Answer []Line
}

// Explain answers a question as the resolver of a VPC answers a client at an
// address of this host, and tells every step. The address may be invalid.
func (s *Server) Explain(ctx context.Context, vpc, name string, qtype uint16, client netip.Addr) Trace {
	t := Trace{Name: dns.Fqdn(name), Type: TypeName(qtype)}
	req := new(dns.Msg).SetQuestion(t.Name, qtype)
	if _, err := wireName(name); err != nil {
		t.Rcode = dns.RcodeToString[dns.RcodeFormatError]
		return t
	}
	if s.opt.ZoneOf != nil && vpc != "" && client.IsValid() {
		t.Zone = s.opt.ZoneOf(vpc, client)
	}
	res := s.resolve(vpc, Question{Name: t.Name, Type: qtype, Zone: t.Zone}, func(step Step) { t.Steps = append(t.Steps, step) })
	m := message(req, res)
	if res.Recurse {
		last := &t.Steps[len(t.Steps)-1]
		if reply, err := s.recurse(ctx, req, res); err != nil {
			last.Outcome, m = Silent, answerTo(req, dns.RcodeServerFailure)
		} else {
			m = joined(req, res, reply)
			last.Answer = lines(reply.Answer)
		}
	}
	for i, step := range t.Steps {
		for _, r := range step.records {
			t.Steps[i].Answer = append(t.Steps[i].Answer, r.line())
		}
	}
	t.Rcode, t.Answer = dns.RcodeToString[m.Rcode], lines(m.Answer)
	return t
}

func lines(rrs []dns.RR) []Line {
	var out []Line
	for _, rr := range rrs {
		out = append(out, line(rr))
	}
	return out
}

func line(rr dns.RR) Line {
	h := rr.Header()
	return Line{Name: h.Name, Type: TypeName(h.Rrtype), TTL: h.Ttl, Value: strings.TrimPrefix(rr.String(), h.String())}
}

// line is the record in words.
func (r Record) line() Line { return line(r.rr()) }
