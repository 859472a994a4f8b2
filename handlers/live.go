package handlers

import (
	"context"
	"net"
	"net/netip"

	"culvert.internal/cloud"
	"culvert.internal/instance"
	"culvert.internal/reach"
)

// Live is what the running lab knows beyond the stored facts. The reconciler
// satisfies it.
type Live interface {
	// Explain judges a flow with every gate explained. When Name is set and
	// Target is not, the name is resolved in the flow's VPC first.
	Explain(context.Context, reach.Flow) reach.Verdict
	// Resolve asks the names of a VPC as a client at source (may be invalid) does,
	// and tells every step.
	Resolve(ctx context.Context, vpc string, source netip.Addr, name, qtype string) reach.Resolution
	// Health answers what the probes of a CLB found, per listener and backend.
	Health(balancer string) []reach.Health
	// Connections answers the live flows through an interface or a CLB.
	Connections(key string) []reach.Connection
	// Guards answers what the gates of everything behind a service with these
	// mappings say to its traffic, also of one that is only a plan: behind is a
	// CLB, or the instance or NIC that the service names. It does not ask whose
	// that is.
	Guards(ctx context.Context, mappings []cloud.Mapping, behind string) []reach.Guard
	// Busy counts the live flows by interface or CLB, of those that have any.
	Busy() map[string]int
	// Meters answers what was counted since the program started.
	Meters() reach.Meters
	// Port answers where a published port is on this host; host is invalid
	// while it is not bound. move says why it is not the published one.
	Port(vpc, network string, at netip.AddrPort) (host netip.AddrPort, move cloud.Move)
	// Resolver is the host address of a VPC's DNS resolver.
	Resolver(vpc string) netip.AddrPort
}

// Doors is being on an instance; *instance.Doors satisfies it.
type Doors interface {
	Terminal(ctx context.Context, id, line string) instance.Output
	SOCKS(id string) netip.AddrPort
	Server(id string) (netip.AddrPort, bool)
	Browse(ctx context.Context, id, host string, port uint16) (net.Conn, error)
}
