package reach

import (
	"net/netip"
	"strings"
)

// Protocol is the transport of a flow, in the spelling of Go's net package.
type Protocol string

// The transports a listener can have.
const (
	TCP Protocol = "tcp"
	UDP Protocol = "udp"
)

func (p Protocol) upper() string {
	switch p {
	case TCP:
		return "TCP"
	case UDP:
		return "UDP"
	}
	return strings.ToUpper(string(p))
}

// Flow is one attempt to open a connection (or to send a first datagram),
// seen from the network it is sent in.
type Flow struct {
	Protocol Protocol
	// VPC is the network the client stands in. Empty: the client stands in
	// none, which the first gate refuses.
	VPC string
	// Entry is the network in which the target was dialled, when that is not
	// VPC: on a loopback underlay a client can reach a twin of any network,
	// and the first gate must see that. Empty: the same as VPC.
	Entry string
	// Source is the client's address in VPC, or 127.0.0.1 for this host.
	Source netip.Addr
	// Name is what the client typed when it was not an address; Target is
	// then what the name resolved to, invalid when it did not resolve.
	Name   string
	Target netip.Addr
	// Port is the port the client dials, as published, before any move on
	// the host.
	Port uint16
}

// Gate names one condition of the path; the values are stable and appear in
// stored attempts.
type Gate string

// The gates in the order a flow meets them (DESIGN: one judge).
const (
	GateSource     Gate = "source"     // the source is an address in the VPC
	GateEgress     Gate = "egress"     // the client's groups let it out
	GateACLOut     Gate = "aclout"     // the network ACL of the client's subnet lets it out
	GateName       Gate = "name"       // the name resolves in this VPC
	GateRoute      Gate = "route"      // something in this VPC has the address
	GateACLIn      Gate = "aclin"      // the network ACL of the target's subnet lets it in
	GateSourceList Gate = "sourcelist" // the endpoint's own source list
	GateENI        Gate = "eni"        // the groups of the endpoint's interface
	GateConnection Gate = "connection" // the provider accepted the connection
	GateZone       Gate = "zone"       // the zone of this interface is connected
	GateService    Gate = "service"    // the service is active
	GateMapping    Gate = "mapping"    // the service maps the port (ctyun)
	GateListener   Gate = "listener"   // the port is published
	GateBackend    Gate = "backend"    // a healthy backend in the right zone
	GateIngress    Gate = "ingress"    // the backend's groups let it in
	GateACL        Gate = "acl"        // the network ACL of the backend's subnet lets it in
)

// Gates lists every gate in order.
func Gates() []Gate {
	return []Gate{
		GateSource, GateEgress, GateACLOut, GateName, GateRoute, GateACLIn, GateSourceList, GateENI, GateConnection,
		GateZone, GateService, GateMapping, GateListener, GateBackend, GateIngress, GateACL,
	}
}

// Reason says why a gate passed or stopped a flow: a key of the catalogue
// ("reach.connection.waiting") and the names that go into its text.
type Reason struct {
	Key  string
	Args map[string]string
}

// Outcome is what one gate said.
type Outcome string

// Outcomes of a gate. A gate that has no say on a flow (a source list on a
// path without one) is absent from the steps.
const (
	Pass Outcome = "pass"
	Stop Outcome = "stop"
	Skip Outcome = "skip" // not reached, an earlier gate stopped the flow
)

// Step is one gate of an explained verdict.
type Step struct {
	Gate    Gate
	Outcome Outcome
	Reason  Reason
	// Fix is the object whose page can change this outcome, empty when
	// nothing can.
	Fix Ref
}

// Ref points at an object: a noun as events name it
// ("endpoint", "group") and its ID.
type Ref struct {
	Kind string
	ID   string
	Name string
}

// Verdict is the judge's answer for one flow.
type Verdict struct {
	Allowed bool
	// Gate and Reason are those of the gate that stopped the flow; when it is
	// allowed, Gate is empty.
	Gate   Gate
	Reason Reason
	Fix    Ref

	// What the flow was for, as far as it is known.
	Endpoint string // endpoint ID
	ENI      string // its interface
	Service  string // endpoint service ID
	Balancer string // CLB ID
	Listener string // listener ID
	Zone     string // where the CLB works now (CLB-04)

	// Backends are the places an allowed flow may go, those that a probe
	// found healthy (or that no probe has judged yet), every weight above 0.
	Backends []Backend
	// Sender is the range the backend sees the flow come from; invalid means
	// the client's own address.
	Sender netip.Prefix
	// Proxy is the form of PROXY protocol that the backend of a stream is told
	// with who is calling; empty: none.
	Proxy string

	// Steps is filled by Explain only.
	Steps []Step
}

// Backend is one place a flow may be sent to.
type Backend struct {
	ID       string // backend ID
	Instance string // instance ID
	Name     string // its name, for the attempt log
	VPC      string
	Addr     netip.AddrPort // as the instance knows itself, before any twin
	Weight   int            // 1 to 100
}
