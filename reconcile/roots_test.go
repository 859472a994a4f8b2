package reconcile_test

import (
	"path/filepath"
	"testing"

	"github.com/miekg/dns"

	"culvert.internal/cloud"
)

// The domain of new endpoints is a setting, and in force for the next query: a
// name below it that nobody published is no longer asked of an upstream.
func TestDomainChanges(t *testing.T) {
	l := start(t, filepath.Join(t.TempDir(), "lab.db"), "127.64.0.0/14")
	v, err := l.a.CreateVPC(t.Context(), frankfurt, cloud.VPCInput{Name: "names", CIDR: "10.77.0.0/16"})
	l.ok(err)
	l.until("the resolver is there", func() bool { return l.Resolver(v.ID).IsValid() })
	rcode := func(name string) int {
		m, err := dns.ExchangeContext(t.Context(), new(dns.Msg).SetQuestion(name, dns.TypeA), l.Resolver(v.ID).String())
		l.ok(err)
		return m.Rcode
	}
	if got := rcode("x.links.example."); got != dns.RcodeServerFailure {
		t.Errorf("without an upstream: %s", dns.RcodeToString[got])
	}
	l.ok(l.a.SetInstallation(t.Context(), map[string]string{cloud.DomainKnob: "links.example"}))
	l.until("the new domain is the lab's", func() bool { return rcode("x.links.example.") == dns.RcodeNameError })
}
