package views

import (
	"cmp"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views/ui"
)

// Attempts are recorded attempts to connect, newest first, and how many there
// were within a day.
type Attempts struct {
	Items            []cloud.Attempt
	Allowed, Refused int
}

// AttemptList is the page of all attempts that concern the account.
type AttemptList struct {
	Attempts
	List ui.List
}

// attemptTarget is where an attempt went: what was typed, else the address.
func (f *Frame) attemptTarget(a cloud.Attempt) string {
	if a.Name != "" {
		return a.Name
	}
	return a.Target.Addr().String()
}

func (f *Frame) attemptPort(a cloud.Attempt) string {
	if a.Target.Port() == 0 {
		return strings.ToUpper(a.Protocol)
	}
	return strings.ToUpper(a.Protocol) + " " + strconv.Itoa(int(a.Target.Port()))
}

// attemptAddress is the address an attempt was for with its port; a name that
// did not resolve has the port alone.
func (f *Frame) attemptAddress(a cloud.Attempt) string {
	if !a.Target.Addr().IsValid() || a.Target.Addr().IsUnspecified() {
		return f.attemptPort(a)
	}
	return endText(a.Target) + " " + strings.ToUpper(a.Protocol)
}

// endText is an address with its port, where there is one.
func endText(at netip.AddrPort) string {
	if at.Port() == 0 {
		return addrText(at.Addr())
	}
	return at.String()
}

// whyAt is the question "why can't I connect?" asked about an attempt.
func (f *Frame) whyAt(a cloud.Attempt) string {
	q := url.Values{
		"vpc":      {a.VPC},
		"source":   {a.Source.Addr().String()},
		"target":   {f.attemptTarget(a)},
		"protocol": {a.Protocol},
	}
	if p := a.Target.Port(); p != 0 {
		q.Set("port", strconv.Itoa(int(p)))
	}
	return f.Link("/why") + "?" + q.Encode()
}

// from and to say whether the reader's account stands on that side of an
// attempt; an attempt inside one account has only one side.
func (f *Frame) from(a cloud.Attempt) bool { return a.Consumer == f.Account.ID }

func (f *Frame) to(a cloud.Attempt) bool {
	return cmp.Or(a.Provider, a.Consumer) == f.Account.ID
}

// attemptReason is why an attempt was refused, without what belongs to the
// other account's side.
func (f *Frame) attemptReason(a cloud.Attempt) string {
	stop := reach.Step{Gate: reach.Gate(a.Gate), Outcome: reach.Stop, Reason: reach.Reason{Key: a.Reason, Args: a.Args}}
	switch {
	case !f.from(a) && consumerGate(stop.Gate):
		return f.T("reach.theirs.stop", "account", f.AccountName(a.Consumer))
	case !f.to(a):
		return f.reasonAbroad(stop, a.Provider)
	}
	return f.Reason(a.Reason, a.Args)
}

// consumerGates are the gates before the wall.
func consumerGate(g reach.Gate) bool {
	return slices.Contains([]reach.Gate{
		reach.GateSource, reach.GateEgress, reach.GateACLOut, reach.GateName, reach.GateRoute, reach.GateACLIn, reach.GateSourceList, reach.GateENI,
	}, g)
}

// reasonAbroad is a step's reason for a consumer whose provider is another
// account: which CLB, which backends and which rules it has is the provider's.
func (f *Frame) reasonAbroad(s reach.Step, provider string) string {
	name := cmp.Or(f.AccountName(provider), provider)
	private := slices.Contains([]reach.Gate{reach.GateZone, reach.GateListener, reach.GateBackend, reach.GateIngress, reach.GateACL}, s.Gate)
	switch {
	case s.Reason.Key == "reach.listener.none":
		return f.T2("reach.theirs.none", s.Reason.Args)
	case s.Reason.Key == "reach.listener.empty":
		return f.T("reach.theirs.empty")
	case s.Reason.Key == "reach.zone.unassigned", !private:
		return f.Reason(s.Reason.Key, s.Reason.Args)
	case s.Outcome == reach.Pass:
		return f.T("reach.theirs.pass", "account", name)
	}
	return f.T("reach.theirs.stop", "account", name)
}

// took is a duration in milliseconds to three digits, or in seconds.
func took(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64) + " ms"
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}
