package dns_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	wire "github.com/miekg/dns"

	"culvert.internal/dns"
)

// How much is compared with NSD: zones with a zone of its own below every
// fourth, and questions. It takes about a second.
const (
	nsdZones     = 40
	nsdQuestions = 8000
)

// PVZ-08: private zones answer what NSD answers for the same zone files, with
// names, empty names in between, wildcards, aliases inside a zone and out of it,
// in every type and any spelling. The proxy (PVZ-04) has no like there.
func TestAnswersLikeNSD(t *testing.T) {
	bin := nsdProgram(t)
	r := rand.New(rand.NewPCG(20, 26))
	zones := drawZones(r)
	ours := serveZones(t, zones)
	theirs := startNSD(t, bin, zones)
	conn := map[string]*wire.Conn{}
	for name, at := range map[string]string{"ours": ours, "theirs": theirs} {
		c, err := wire.Dial("udp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.UDPSize = 4096
		conn[name] = c
	}
	kinds := map[string]int{}
	for range nsdQuestions {
		q := drawQuestion(r, zones)
		us, them := ask(t, conn["ours"], q), ask(t, conn["theirs"], q)
		if us.Rcode == wire.RcodeServerFailure && looped(them) {
			kinds["loop"]++ // NSD leaves it to the resolver to notice
			continue
		}
		kinds[kindOf(us)]++
		if q.Qtype == wire.TypeANY {
			oneSet(t, us, them)
		}
		if diff := cmp.Diff(answerWords(them), answerWords(us)); diff != "" {
			t.Errorf("%s %s, NSD -, here +:\n%s", q.Name, wire.TypeToString[q.Qtype], diff)
			for _, z := range zones {
				if strings.HasSuffix(strings.ToLower(q.Name), "."+z.Name+".") {
					t.Log(dns.FormatZone(z))
				}
			}
		}
		if t.Failed() {
			break
		}
	}
	t.Log(kinds)
	for _, kind := range []string{"data", "alias and data", "alias", "nodata", "nxdomain", "alias and nxdomain", "loop"} {
		if kinds[kind] < nsdQuestions/1000 {
			t.Errorf("only %d questions were about %q", kinds[kind], kind)
		}
	}
}

// oneSet takes from an answer to ANY what NSD left out: it gives one set of all
// there are (RFC 8482), and this server gives all.
func oneSet(t *testing.T, us, them *wire.Msg) {
	t.Helper()
	types := map[uint16]bool{wire.TypeCNAME: true}
	for _, rr := range them.Answer {
		types[rr.Header().Rrtype] = true
	}
	if len(us.Answer) > 0 && len(them.Answer) > 0 {
		us.Answer = slices.DeleteFunc(us.Answer, func(rr wire.RR) bool { return !types[rr.Header().Rrtype] })
	}
}

// answerWords is what must be equal: code, authority, the answer and, when
// there is nothing, whose SOA says so and for how long.
func answerWords(m *wire.Msg) []string {
	out := []string{}
	for _, rr := range m.Answer {
		out = append(out, strings.ToLower(rr.String()))
	}
	slices.Sort(out) // a set has no order
	for _, rr := range m.Ns {
		if rr.Header().Rrtype == wire.TypeSOA {
			out = append(out, "authority: "+strings.ToLower(rr.String()))
		}
	}
	return append(out, wire.RcodeToString[m.Rcode], fmt.Sprint("aa ", m.Authoritative))
}

func kindOf(m *wire.Msg) string {
	aliases := 0
	for _, rr := range m.Answer {
		if rr.Header().Rrtype == wire.TypeCNAME {
			aliases++
		}
	}
	var parts []string
	if aliases > 0 {
		parts = append(parts, "alias")
	}
	switch {
	case m.Rcode == wire.RcodeNameError:
		parts = append(parts, "nxdomain")
	case len(m.Answer) > aliases:
		parts = append(parts, "data")
	case aliases == 0:
		parts = append(parts, "nodata")
	}
	return strings.Join(parts, " and ")
}

func looped(m *wire.Msg) bool {
	return len(m.Answer) > 0 && !slices.ContainsFunc(m.Answer, func(rr wire.RR) bool { return rr.Header().Rrtype != wire.TypeCNAME })
}

func ask(t *testing.T, c *wire.Conn, q wire.Question) *wire.Msg {
	t.Helper()
	m := &wire.Msg{MsgHdr: wire.MsgHdr{Id: wire.Id()}, Question: []wire.Question{q}}
	m.SetEdns0(4096, false)
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if err := c.WriteMsg(m); err != nil {
		t.Fatal(err)
	}
	for {
		reply, err := c.ReadMsg()
		if err != nil {
			t.Fatalf("%s: %v", q.Name, err)
		}
		if reply.Id == m.Id {
			if reply.Truncated || reply.Question[0] != q {
				t.Fatalf("asked %v: %v", q, reply)
			}
			return reply
		}
	}
}

// drawZones makes zones whose names collide a lot: few labels, some of them
// wildcards, so that there are empty names in between and names below aliases.
func drawZones(r *rand.Rand) []dns.Zone {
	var names []string
	for i := range nsdZones {
		names = append(names, fmt.Sprintf("z%d.test", i))
		if i%4 == 0 {
			names = append(names, fmt.Sprintf("a.z%d.test", i))
		}
	}
	names = append(names, "10.in-addr.arpa")
	var zones []dns.Zone
	for _, name := range names {
		z := dns.Zone{Name: name, Serial: r.Uint32()}
		alias := map[string]bool{}
		for range 4 + r.IntN(16) {
			host := drawHost(r)
			if (host == "a" || strings.HasSuffix(host, ".a")) && slices.Contains(names, "a."+name) {
				continue // hidden by the zone below, but NSD takes it for a name of that
			}
			known, used := alias[host]
			cname := host != "@" && r.IntN(4) == 0
			if used && (known || cname) {
				continue // an alias is alone
			}
			alias[host] = cname
			z.Records = append(z.Records, drawRecord(r, host, cname, append([]string{name, name}, names[r.IntN(len(names))])))
		}
		zones = append(zones, z)
	}
	return zones
}

var nsdLabels = []string{"a", "b", "c", "*", "_s", "d-1"}

func drawHost(r *rand.Rand) string {
	var labels []string
	for range r.IntN(4) {
		labels = append(labels, nsdLabels[r.IntN(len(nsdLabels))])
	}
	if len(labels) == 0 {
		return "@"
	}
	return strings.Join(labels, ".")
}

func drawTarget(r *rand.Rand, zones []string) string {
	in := zones[r.IntN(len(zones))]
	if r.IntN(8) == 0 {
		in = "elsewhere.example"
	}
	if host := drawHost(r); host != "@" {
		return host + "." + in
	}
	return in
}

func drawRecord(r *rand.Rand, host string, cname bool, zones []string) dns.ZoneRecord {
	types := []uint16{dns.TypeA, dns.TypeA, dns.TypeAAAA, dns.TypeTXT, dns.TypeMX, dns.TypePTR, dns.TypeSRV}
	out := dns.ZoneRecord{Host: host, Type: types[r.IntN(len(types))]}
	if cname {
		out.Type = dns.TypeCNAME
	}
	out.TTL = 100 + uint32(out.Type) // one for a set
	switch out.Type {
	case dns.TypeA:
		out.Value = fmt.Sprintf("10.0.%d.%d", r.IntN(3), r.IntN(3))
	case dns.TypeAAAA:
		out.Value = fmt.Sprintf("2001:db8::%x", r.IntN(9))
	case dns.TypeTXT:
		out.Value = fmt.Sprintf(`"text %d" "with \"quotes\" and \195\164"`, r.IntN(3))
	case dns.TypeMX:
		out.Value = fmt.Sprintf("%d %s", r.IntN(3)*10, drawTarget(r, zones))
	case dns.TypeSRV:
		out.Value = fmt.Sprintf("1 %d 443 %s", r.IntN(3), drawTarget(r, zones))
	default:
		out.Value = drawTarget(r, zones)
	}
	return out
}

func drawQuestion(r *rand.Rand, zones []dns.Zone) wire.Question {
	z := zones[r.IntN(len(zones))]
	host := drawHost(r)
	if r.IntN(2) == 0 {
		host = z.Records[r.IntN(len(z.Records))].Host
	}
	if r.IntN(4) == 0 {
		host = "no." + host
	}
	name := strings.TrimSuffix(host, "@") + "." + z.Name + "."
	name = strings.ReplaceAll(strings.TrimPrefix(name, "."), "..", ".")
	types := []uint16{
		wire.TypeA, wire.TypeA, wire.TypeA, wire.TypeAAAA, wire.TypeCNAME, wire.TypeTXT, wire.TypeMX, wire.TypePTR, wire.TypeSRV,
		wire.TypeANY, wire.TypeSOA, wire.TypeNS, wire.TypeHTTPS, wire.TypeCAA,
	}
	spelled := []byte(name)
	for i, c := range spelled {
		if r.IntN(2) == 0 {
			spelled[i] = bytes.ToUpper([]byte{c})[0]
		}
	}
	return wire.Question{Name: string(spelled), Qtype: types[r.IntN(len(types))], Qclass: wire.ClassINET}
}

// serveZones reads the zones from their files, as NSD does, and serves them.
func serveZones(t *testing.T, zones []dns.Zone) string {
	t.Helper()
	s := dns.New(dns.Options{Roots: []string{"privatelink.example"}, Upstream: []string{}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	for _, z := range zones {
		var wrong []dns.LineError
		z.Records, wrong = dns.ParseZone(z.Name, dns.FormatZone(z))
		for _, w := range wrong {
			if !w.Skipped() {
				t.Fatalf("%s: %+v", z.Name, w)
			}
		}
		if err := s.SetZone("vpc-1", z); err != nil {
			t.Fatal(err)
		}
	}
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Serve("vpc-1", pc, nil); err != nil {
		t.Fatal(err)
	}
	return pc.LocalAddr().String()
}

func nsdProgram(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"nsd", "/usr/sbin/nsd"} {
		if bin, err := exec.LookPath(name); err == nil {
			return bin
		}
	}
	const missing = "NSD is not installed: run 'make e2e-deps', or install the package nsd"
	if os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// startNSD runs NSD with these zones until the test ends, and answers where it
// listens.
func startNSD(t *testing.T, bin string, zones []dns.Zone) string {
	t.Helper()
	dir := t.TempDir()
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.LocalAddr().String()
	host, port, _ := net.SplitHostPort(at)
	var conf strings.Builder
	fmt.Fprintf(&conf, `server:
	ip-address: %s@%s
	username: ""
	zonesdir: %q
	database: ""
	pidfile: ""
	xfrdfile: %q
	zonelistfile: %q
	xfrdir: %q
	server-count: 1
	refuse-any: no
	rrl-ratelimit: 0
	hide-version: yes
remote-control:
	control-enable: no
`, host, port, dir, filepath.Join(dir, "xfrd"), filepath.Join(dir, "zones"), dir)
	for i, z := range zones {
		file := fmt.Sprintf("%d.zone", i)
		fmt.Fprintf(&conf, "zone:\n\tname: %s\n\tzonefile: %s\n", z.Name, file)
		if err := os.WriteFile(filepath.Join(dir, file), []byte(dns.FormatZone(z)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(dir, "nsd.conf")
	if err := os.WriteFile(name, []byte(conf.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = free.Close()
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), bin, "-d", "-c", name)
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("NSD said:\n%s", said.String())
		}
	})
	ready := new(wire.Msg).SetQuestion(wire.Fqdn(zones[0].Name), wire.TypeSOA)
	for deadline := time.Now().Add(20 * time.Second); ; {
		c := wire.Client{Timeout: 100 * time.Millisecond}
		if m, _, err := c.ExchangeContext(t.Context(), ready, at); err == nil && m.Rcode == wire.RcodeSuccess {
			return at
		}
		if time.Now().After(deadline) {
			t.Fatal("NSD does not come up")
		}
	}
}
