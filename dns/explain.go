package dns

import (
	"context"
	"net/netip"

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
	Silent   Outcome = "silent"   // no upstream server answered
	Failed   Outcome = "failed"   // the upstream server answered that it failed
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
	if _, err := wireName(name); err != nil || name == "" {
		t.Rcode = dns.RcodeToString[dns.RcodeFormatError]
		return t
	}
	if s.opt.ZoneOf != nil && vpc != "" && client.IsValid() {
		t.Zone = s.opt.ZoneOf(vpc, client)
	}
	req := new(dns.Msg).SetQuestion(t.Name, qtype)
	res := s.resolve(vpc, Question{Name: t.Name, Type: qtype, Zone: t.Zone}, func(step Step) {
		for _, r := range step.records {
			step.Answer = append(step.Answer, line(r.rr()))
		}
		t.Steps = append(t.Steps, step)
	})
	m, server, err := s.complete(ctx, req, res)
	if err != nil {
		m = answerTo(req, dns.RcodeServerFailure)
	}
	if res.Recurse {
		last := &t.Steps[len(t.Steps)-1]
		last.Source, last.Answer = server, lines(m.Answer[min(len(res.Records), len(m.Answer)):])
		switch {
		case err != nil:
			last.Outcome = Silent
		case m.Rcode == dns.RcodeNameError:
			last.Outcome = Missing
		case m.Rcode != dns.RcodeSuccess:
			last.Outcome = Failed
		case len(last.Answer) == 0:
			last.Outcome = NoData
		default:
			last.Outcome = Answered
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
	return Line{Name: h.Name, Type: TypeName(h.Rrtype), TTL: h.Ttl, Value: data(rr)}
}
