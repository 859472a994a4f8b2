package views

import (
	"net/netip"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// Help is the page that explains the product and checks the backends of one's
// own services (TY-06, TY-07, TYQ-01, TYQ-02).
type Help struct {
	Services []cloud.Service // of the account, newest first
	// Asked is the ID of the service that is to be checked; Service is what it
	// is, zero when it is not the account's.
	Asked   string
	Service cloud.ServiceView
	Guards  []reach.Guard
	SNAT    netip.Prefix
	Quotas  []cloud.Quota
}

// Stops counts what would stop the service's traffic.
func (p Help) Stops() int {
	n := 0
	for _, g := range p.Guards {
		for _, s := range []reach.Step{g.Listener, g.Groups, g.ACL} {
			if s.Outcome == reach.Stop {
				n++
			}
		}
	}
	return n
}

// Missing is the form that adds the rule whose absence a gate complains of,
// with the rule in a line; empty when a missing rule is not what stopped it.
func (f *Frame) Missing(s reach.Step) (href, line string) {
	switch {
	case s.Outcome != reach.Stop:
	case s.Fix.Kind == "group" && strings.HasSuffix(s.Reason.Key, ".none"):
		return f.missingRule(s.Fix.ID, cloud.Ingress, s.Reason.Args)
	case s.Reason.Key == "reach.acl.default":
		return f.missingACLRule(s.Fix.ID, s.Reason.Args)
	}
	return "", ""
}
