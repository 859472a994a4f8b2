package dns

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

func TestUpstream(t *testing.T) {
	var asked atomic.Int32
	up := upstreamAt(t, func(w dns.ResponseWriter, req *dns.Msg) {
		asked.Add(1)
		if _, udp := w.RemoteAddr().(*net.UDPAddr); udp && strings.HasPrefix(req.Question[0].Name, "long.") {
			m := new(dns.Msg).SetReply(req)
			m.Truncated = true
			_ = w.WriteMsg(m)
			return
		}
		answerA("192.0.2.7")(w, req)
	})
	dead, _, deadAt := sockets(t, "127.0.0.1") // takes packets, never answers
	defer dead.Close()
	s := start(t, Options{Upstream: []string{deadAt, up}})
	at := serve(t, s, "vpc-1", "127.0.0.1")
	if got := values(exchange(t, "udp", at, "example.com", dns.TypeA, nil)); fmt.Sprint(got) != "[192.0.2.7]" {
		t.Errorf("behind a dead server: %v", got)
	}
	if got := values(exchange(t, "udp", at, "long.example.com", dns.TypeA, nil)); fmt.Sprint(got) != "[192.0.2.7]" {
		t.Errorf("truncated upstream: %v", got)
	}
	before := asked.Load()
	if m := exchange(t, "udp", at, "ep-9."+root, dns.TypeA, nil); m.Rcode != dns.RcodeNameError || asked.Load() != before {
		t.Errorf("a missing name of the lab: %v, asked upstream %d times", m, asked.Load()-before)
	}
}

// While as many queries as may wait for a silent upstream, one more gets its
// SERVFAIL at once and the lab's own names are answered.
func TestSilentUpstreamDelaysNothing(t *testing.T) {
	dead, _, deadAt := sockets(t, "127.0.0.1")
	defer dead.Close()
	s := start(t, Options{Upstream: []string{deadAt}, Timeout: 200 * time.Millisecond})
	at := serve(t, s, "vpc-1", "127.0.0.1")
	s.SetName("vpc-1", twoZones(false, true))
	if m := exchange(t, "udp", at, "slow.example.com", dns.TypeA, nil); m.Rcode != dns.RcodeServerFailure {
		t.Errorf("silent upstream: %v", m)
	}
	for len(s.slots) > 0 { // the answer comes a moment before the slot is free
		runtime.Gosched()
	}
	for s.take() {
	}
	for _, network := range []string{"udp", "tcp"} {
		if m := exchange(t, network, at, "more.example.com", dns.TypeA, nil); m.Rcode != dns.RcodeServerFailure {
			t.Errorf("%s: one query too many: %v", network, m)
		}
		if got := values(exchange(t, network, at, ep, dns.TypeA, nil)); len(got) != 2 {
			t.Errorf("%s: %v", network, got)
		}
	}
	if len(s.slots) != maxForwards {
		t.Errorf("%d of %d slots are taken", len(s.slots), maxForwards)
	}
	var asked []string
	_ = dead.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	for buf := make([]byte, 512); ; {
		n, _, err := dead.ReadFrom(buf)
		var m dns.Msg
		if err != nil || m.Unpack(buf[:n]) != nil {
			break
		}
		asked = append(asked, m.Question[0].Name)
	}
	if fmt.Sprint(asked) != "[slow.example.com.]" {
		t.Errorf("asked upstream for %v", asked)
	}
	for range maxForwards {
		s.give()
	}
}

func TestOwnAddressIsNoUpstream(t *testing.T) {
	pc, ln, at := sockets(t, "127.0.0.1")
	s := start(t, Options{Upstream: []string{at}})
	stop, err := s.Serve("", pc, ln)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if _, err := s.Lookup(t.Context(), "", "example.com", ""); !errors.Is(err, ErrUpstream) || !strings.Contains(err.Error(), "none is known") {
		t.Errorf("asked itself: %v", err)
	}
}
