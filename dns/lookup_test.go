package dns

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func TestLookup(t *testing.T) {
	up := upstreamAt(t, func(w dns.ResponseWriter, req *dns.Msg) {
		if strings.HasPrefix(req.Question[0].Name, "missing.") {
			_ = w.WriteMsg(new(dns.Msg).SetRcode(req, dns.RcodeNameError))
			return
		}
		answerA("192.0.2.7")(w, req)
	})
	s := start(t, Options{Upstream: []string{up}})
	s.SetName("vpc-1", twoZones(true, true))
	got, err := s.Lookup(t.Context(), "vpc-1", ep, "zone-b")
	if err != nil || len(got) != 1 || got[0] != addr("10.10.2.5") {
		t.Errorf("%v %v", got, err)
	}
	if got, err = s.Lookup(t.Context(), "vpc-1", "example.com", ""); err != nil || len(got) != 1 || got[0] != addr("192.0.2.7") {
		t.Errorf("%v %v", got, err)
	}
	for _, name := range []string{"ep-9." + root, "missing.example.com", "", "a..b", strings.Repeat("x", 300)} {
		if _, err := s.Lookup(t.Context(), "vpc-1", name, ""); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := s.Lookup(t.Context(), "vpc-2", ep, ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("from another VPC: %v", err)
	}
	none := start(t, Options{Upstream: []string{}})
	if _, err := none.Lookup(t.Context(), "vpc-1", "example.com", ""); !errors.Is(err, ErrUpstream) {
		t.Errorf("without upstream: %v", err)
	}
}

func TestQueryAndAsk(t *testing.T) {
	s := start(t, Options{})
	at := serve(t, s, "vpc-1", "127.0.0.1")
	s.SetName("vpc-1", twoZones(false, true))
	r, err := s.Query(t.Context(), "vpc-1", ep, "", "a")
	if err != nil || r.Status != "NOERROR" || len(r.Values) != 2 || !strings.Contains(r.Answer[0], "IN\tA\t10.10.") {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := s.Query(t.Context(), "vpc-1", ep, "", "NONSENSE"); !errors.Is(err, ErrType) {
		t.Error(err)
	}
	if r, err := s.Query(t.Context(), "vpc-1", "example.com", "", "MX"); err != nil || r.Status != "SERVFAIL" {
		t.Errorf("%+v %v", r, err)
	}
	for _, network := range []string{"udp", "tcp"} {
		conn, err := net.Dial(network, at)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := Ask(t.Context(), conn, ep, "A"); err != nil || len(r.Values) != 2 {
			t.Errorf("%s: %+v %v", network, r, err)
		}
		_ = conn.Close()
	}
}
