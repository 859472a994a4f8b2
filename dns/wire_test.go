package dns

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// Queries of one TCP connection do not wait for each other, and each gets its
// own answer (RFC 7766); so do those whose client has sent its last.
func TestPipelinedTCP(t *testing.T) {
	release := make(chan struct{})
	up := upstreamAt(t, func(w dns.ResponseWriter, req *dns.Msg) {
		if strings.HasPrefix(req.Question[0].Name, "slow.") {
			<-release
		}
		answerA("192.0.2.7")(w, req)
	})
	s := start(t, Options{Upstream: []string{up}})
	s.SetName("vpc-1", twoZones(false, true))
	conn, err := net.Dial("tcp", serve(t, s, "vpc-1", "127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	names := []string{"slow.example.com", "quick.example.com", ep, "ep-9." + root}
	var all []byte
	for i, name := range names {
		m := new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA)
		m.Id = uint16(i + 1)
		b, err := m.Pack()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, frame(b)...)
		if i == 0 { // a response is no query: it is passed over
			m.Response = true
			b, _ := m.Pack()
			all = append(all, frame(b)...)
		}
	}
	if _, err := conn.Write(all); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	seen := map[uint16]bool{}
	for len(seen) < len(names) {
		if len(seen) == len(names)-1 {
			close(release) // all others were answered before the slow one
		}
		b, err := readFrame(conn)
		if err != nil {
			t.Fatalf("after %v: %v", seen, err)
		}
		var m dns.Msg
		if err := m.Unpack(b); err != nil || !m.Response || seen[m.Id] || m.Id == 0 || int(m.Id) > len(names) ||
			canonical(m.Question[0].Name) != canonical(names[m.Id-1]) {
			t.Fatalf("%v %v", &m, err)
		}
		seen[m.Id] = true
	}
	if _, err := readFrame(conn); err == nil {
		t.Error("the connection goes on after its last answer")
	}
}

// Whatever is asked, what the client said and how it said it is respected.
func TestManners(t *testing.T) {
	var last atomic.Pointer[dns.Msg]
	up := upstreamAt(t, func(w dns.ResponseWriter, req *dns.Msg) {
		last.Store(req.Copy())
		m := new(dns.Msg).SetReply(req)
		m.AuthenticatedData = true
		text := map[uint16]string{
			dns.TypeHTTPS: " 60 IN HTTPS 1 . alpn=h2", 65280: ` 60 IN TYPE65280 \# 3 abcdef`, dns.TypeANY: ` 60 IN TXT "any"`,
		}[req.Question[0].Qtype]
		if rr, err := dns.NewRR(req.Question[0].Name + text); err == nil && text != "" {
			m.Answer = append(m.Answer, rr)
		}
		_ = w.WriteMsg(m)
	})
	s := start(t, Options{Upstream: []string{up}})
	s.SetName("vpc-1", twoZones(false, true))
	at := serve(t, s, "vpc-1", "127.0.0.1")
	for _, qtype := range []uint16{dns.TypeHTTPS, 65280, dns.TypeANY} {
		if m := exchange(t, "udp", at, "eXample.cOm", qtype, nil); len(m.Answer) != 1 || m.Question[0].Name != "eXample.cOm." || m.AuthenticatedData {
			t.Errorf("type %d: %v", qtype, m)
		}
	}
	if m := exchange(t, "udp", at, ep, dns.TypeANY, nil); len(m.Answer) != 2 {
		t.Errorf("ANY of an endpoint: %v", m)
	}
	odd := "Ep-1.EPsrv-1.eu-central-1.PrivateLink.aliyunCS.com."
	if m := exchange(t, "udp", at, odd, dns.TypeA, nil); m.Question[0].Name != odd || len(m.Answer) != 2 || m.Answer[0].Header().Name != odd {
		t.Errorf("case is not kept: %v", m)
	}
	m := exchange(t, "udp", at, "example.com", dns.TypeA, func(m *dns.Msg) {
		m.CheckingDisabled = true
		m.SetEdns0(1232, true)
	})
	if opt := m.IsEdns0(); !m.AuthenticatedData || !m.CheckingDisabled || opt == nil || !opt.Do() || opt.Version() != 0 {
		t.Errorf("DO and CD: %v", m)
	}
	if q := last.Load(); !q.CheckingDisabled || !q.RecursionDesired || q.IsEdns0() == nil || !q.IsEdns0().Do() {
		t.Errorf("asked upstream: %v", q)
	}
}

// An answer is never longer than the client takes, and one that no way is left
// for is an error and not half an answer.
func TestSizes(t *testing.T) {
	up := upstreamAt(t, func(w dns.ResponseWriter, req *dns.Msg) {
		m := new(dns.Msg).SetReply(req)
		if _, tcp := w.RemoteAddr().(*net.TCPAddr); tcp && strings.HasPrefix(req.Question[0].Name, "lost.") {
			_ = w.Close()
			return
		} else if !tcp {
			m.Truncated = true
		} else {
			for i := range 200 {
				rr, _ := dns.NewRR(fmt.Sprintf("%s 60 IN A 192.0.2.%d", req.Question[0].Name, i))
				m.Answer = append(m.Answer, rr)
			}
		}
		_ = w.WriteMsg(m)
	})
	s := start(t, Options{Upstream: []string{up}})
	at := serve(t, s, "vpc-1", "127.0.0.1")
	for _, c := range []struct {
		asks, most uint16
	}{{0, 512}, {100, 512}, {1232, 1232}, {4096, 4096}, {65535, 4096}} {
		m := exchange(t, "udp", at, "long.example.com", dns.TypeA, func(m *dns.Msg) {
			if c.asks > 0 {
				m.SetEdns0(c.asks, false)
			}
		})
		if m.Compress = true; m.Len() > int(c.most) || (m.Truncated != (c.most < 4096)) || (m.IsEdns0() != nil) != (c.asks > 0) {
			t.Errorf("asked for %d: %d bytes, %d records, tc %v", c.asks, m.Len(), len(m.Answer), m.Truncated)
		}
	}
	if m := exchange(t, "tcp", at, "long.example.com", dns.TypeA, nil); m.Truncated || len(m.Answer) != 200 {
		t.Errorf("tcp: tc %v, %d records", m.Truncated, len(m.Answer))
	}
	if m := exchange(t, "udp", at, "lost.example.com", dns.TypeA, nil); !m.Truncated {
		t.Errorf("upstream without TCP, udp: %v", m)
	}
	if m := exchange(t, "tcp", at, "lost.example.com", dns.TypeA, nil); m.Truncated || m.Rcode != dns.RcodeServerFailure {
		t.Errorf("upstream without TCP, tcp: %v", m)
	}
}

// A name outside the root has an SOA of its own: a resolver takes no negative
// answer from a zone the name does not lie in.
func TestNegativeOutsideTheRoot(t *testing.T) {
	s := start(t, Options{})
	s.SetName("vpc-1", Name{FQDN: "dns.lab.example", Addrs: []Addr{{IP: addr("10.0.0.7"), Healthy: true}}})
	at := serve(t, s, "vpc-1", "127.0.0.1")
	m := exchange(t, "udp", at, "dns.lab.example", dns.TypeAAAA, nil)
	if m.Rcode != dns.RcodeSuccess || len(m.Ns) != 1 || !dns.IsSubDomain(m.Ns[0].Header().Name, "dns.lab.example.") {
		t.Errorf("%v", m)
	}
}

// A server that knows no EDNS0 is asked without.
func TestPlainUpstream(t *testing.T) {
	up := upstreamAt(t, func(w dns.ResponseWriter, req *dns.Msg) {
		if req.IsEdns0() != nil {
			_ = w.WriteMsg(new(dns.Msg).SetRcode(req, dns.RcodeFormatError))
			return
		}
		answerA("192.0.2.7")(w, req)
	})
	s := start(t, Options{Upstream: []string{up}})
	if got := values(exchange(t, "udp", serve(t, s, "vpc-1", "127.0.0.1"), "example.com", dns.TypeA, nil)); len(got) != 1 {
		t.Errorf("%v", got)
	}
}
