package dns

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

// PVZ-04, PVZ-10: every step of an answer is told, with who had the say, and
// what is told is what a query gets.
func TestExplain(t *testing.T) {
	up := upstreamAt(t, func(w dns.ResponseWriter, req *dns.Msg) {
		switch name := req.Question[0].Name; {
		case strings.HasPrefix(name, "gone."):
			_ = w.WriteMsg(new(dns.Msg).SetRcode(req, dns.RcodeNameError))
		case strings.HasPrefix(name, "sick."):
			_ = w.WriteMsg(new(dns.Msg).SetRcode(req, dns.RcodeServerFailure))
		default:
			answerA("192.0.2.7")(w, req)
		}
	})
	s := start(t, Options{Upstream: []string{up}, ZoneOf: func(string, netip.Addr) string { return "zone-b" }})
	s.SetName("vpc-1", twoZones(true, true))
	set(t, s, Zone{Name: "corp.example", Records: []ZoneRecord{
		{Host: "db", Type: TypeCNAME, TTL: 60, Value: "alias.open.example"},
		{Host: "out", Type: TypeCNAME, TTL: 60, Value: "gone.test"},
		{Host: "*.w", Type: TypeA, TTL: 60, Value: "10.0.0.1"},
		{Host: "a", Type: TypeCNAME, TTL: 60, Value: "b.corp.example"},
		{Host: "b", Type: TypeCNAME, TTL: 60, Value: "a.corp.example"},
	}})
	set(t, s, Zone{Name: "open.example", Proxy: true, Records: []ZoneRecord{{Host: "alias", Type: TypeCNAME, TTL: 60, Value: ep}}})
	at := serve(t, s, "vpc-1", "127.0.0.1")
	for _, c := range []struct {
		name  string
		qtype uint16
		want  []string
	}{
		{"db.corp.example", TypeA, []string{
			"db.corp.example. zone corp.example. alias", "alias.open.example. zone open.example. alias", ep + ". name " + ep + ". answer", "NOERROR 3",
		}},
		{"out.corp.example", TypeA, []string{"out.corp.example. zone corp.example. alias", "gone.test. upstream " + up + " nxdomain", "NXDOMAIN 1"}},
		{"x.w.corp.example", TypeA, []string{"x.w.corp.example. zone corp.example. answer *.w.corp.example.", "NOERROR 1"}},
		{"x.w.corp.example", TypeMX, []string{"x.w.corp.example. zone corp.example. nodata *.w.corp.example.", "NOERROR 0"}},
		{"no.corp.example", TypeA, []string{"no.corp.example. zone corp.example. nxdomain", "NXDOMAIN 0"}},
		{"a.corp.example", TypeA, []string{
			"a.corp.example. zone corp.example. alias", "b.corp.example. zone corp.example. alias", "a.corp.example.   loop", "SERVFAIL 0",
		}},
		{"no.open.example", TypeA, []string{"no.open.example. zone open.example. proxied", "no.open.example. upstream " + up + " answer", "NOERROR 1"}},
		{"sick.test", TypeA, []string{"sick.test. upstream " + up + " failed", "SERVFAIL 0"}},
		{"no." + root, TypeA, []string{"no." + root + ". root " + root + ". nxdomain", "NXDOMAIN 0"}},
		{"1.0.0.10.in-addr.arpa", TypePTR, []string{"1.0.0.10.in-addr.arpa. reverse 10.in-addr.arpa. nxdomain", "NXDOMAIN 0"}},
		{"a..b", TypeA, []string{"FORMERR 0"}},
	} {
		t.Run(c.name+" "+TypeName(c.qtype), func(t *testing.T) {
			trace := s.Explain(t.Context(), "vpc-1", c.name, c.qtype, addr("127.0.0.1"))
			var got []string
			for _, step := range trace.Steps {
				got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s", step.Name, step.By, step.Source, step.Outcome, step.Wildcard)))
			}
			got = append(got, fmt.Sprintf("%s %d", trace.Rcode, len(trace.Answer)))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if trace.Rcode == "FORMERR" {
				return
			}
			m := exchange(t, "udp", at, c.name, c.qtype, nil)
			if diff := cmp.Diff(trace.Answer, lines(m.Answer)); diff != "" || dns.RcodeToString[m.Rcode] != trace.Rcode {
				t.Errorf("on the wire: %s\n%s", dns.RcodeToString[m.Rcode], diff)
			}
		})
	}
}

// A server that nobody answers is named.
func TestExplainSilence(t *testing.T) {
	s := start(t, Options{Upstream: []string{}})
	trace := s.Explain(t.Context(), "vpc-1", "example.com", TypeA, netip.Addr{})
	if len(trace.Steps) != 1 || trace.Steps[0].Outcome != Silent || trace.Rcode != "SERVFAIL" {
		t.Errorf("%+v", trace)
	}
}

// set binds a zone to vpc-1.
func set(t *testing.T, s *Server, z Zone) {
	t.Helper()
	if err := s.SetZone("vpc-1", z); err != nil {
		t.Fatal(err)
	}
}
