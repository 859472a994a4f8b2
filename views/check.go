package views

import (
	"net/netip"
	"slices"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// Check is what the judge's gates say to the traffic of a service, which the
// backends see come from Range (TYS-12, TYQ-01, TYQ-02).
type Check struct {
	Guards []reach.Guard
	Range  netip.Prefix
}

func stops(g reach.Guard) int {
	n := 0
	for _, s := range []reach.Step{g.Listener, g.Groups, g.ACL} {
		if s.Outcome == reach.Stop {
			n++
		}
	}
	return n
}

// Stops counts what would stop the service's traffic.
func (c Check) Stops() int {
	n := 0
	for _, g := range c.Guards {
		n += stops(g)
	}
	return n
}

// Stopping are the guards that would stop some of it.
func (c Check) Stopping() []reach.Guard {
	return slices.DeleteFunc(slices.Clone(c.Guards), func(g reach.Guard) bool { return stops(g) == 0 })
}

// Lacking are the groups that have no rule for the range, each once. One that
// has a rule against it is not mended by another rule.
func (c Check) Lacking() []cloud.Ref {
	var out []cloud.Ref
	for _, g := range c.Guards {
		group := RefOf(g.Groups.Fix)
		if g.Groups.Outcome == reach.Stop && lacks(g.Groups) && !slices.Contains(out, group) {
			out = append(out, group)
		}
	}
	return out
}

// RefOf is what the judge calls the thing whose page can change an outcome.
func RefOf(fix reach.Ref) cloud.Ref { return cloud.Ref{Kind: fix.Kind, ID: fix.ID, Name: fix.Name} }

// lacks says whether it is the absence of a group's rule that a gate complains
// of.
func lacks(s reach.Step) bool {
	return s.Fix.Kind == "group" && strings.HasSuffix(s.Reason.Key, ".none")
}

// Missing is the form that adds the rule whose absence a gate complains of,
// with the rule in a line; empty when a missing rule is not what stopped it.
func (f *Frame) Missing(s reach.Step) (href, line string) {
	switch {
	case s.Outcome != reach.Stop:
	case lacks(s):
		return f.missingRule(s.Fix.ID, cloud.Ingress, s.Reason.Args)
	case s.Reason.Key == "reach.acl.default":
		return f.missingACLRule(s.Fix.ID, s.Reason.Args)
	}
	return "", ""
}
