package instance

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"time"

	"culvert.internal/dns"
	"culvert.internal/reach"
)

// What an instance runs by itself. With ProgramNone, whatever the user starts
// on the instance's twin answers (ALI-03).
const (
	ProgramNone    = "none"
	ProgramWeb     = "web"     // a page with Text and the source it saw
	ProgramEcho    = "echo"    // TCP and UDP echo
	ProgramCluster = "cluster" // the same page for a cluster of Zilliz Cloud, also as JSON
)

// Spec is an instance as it should be.
type Spec struct {
	ID, Name             string
	Account, AccountName string
	Region, VPC, Zone    string
	Addr                 netip.Addr // in the VPC, of the primary NIC
	// Addrs are the addresses of all NICs, the primary one first; the built-in
	// program listens on each. Empty: Addr alone.
	Addrs   []netip.Addr
	Running bool
	Out     bool // it does not run because its zone has failed
	Program string
	Port    uint16 // of the program
	Text    string // what the built-in page says
	// Door is the host address of its SOCKS5 door; invalid: it has none.
	Door netip.Addr
	// Host is the ID of the instance whose address this has: it is one of several
	// programs there, with a port of its own, and not an instance that somebody
	// can be on.
	Host string
	// Cluster is what a ProgramCluster answers for; ID is its ID.
	Cluster Cluster
	// Public is a host address where a relay takes TCP connections for Addr and
	// Port, as a CLB on the Internet would, and dials them from Sender, an address
	// of the clouds' own senders. Invalid: there is none (ZIL-16).
	Public netip.AddrPort
	Sender netip.Addr
	// Resolver is the host address of its VPC's resolver, which dig accepts
	// as @server; it may be invalid.
	Resolver netip.Addr
}

// Cluster is what the built-in program of a cluster says about it.
type Cluster struct {
	Name, Project string
}

// everywhere is where the built-in program of the instance listens.
func (s Spec) everywhere() []netip.AddrPort {
	addrs := s.Addrs
	if len(addrs) == 0 {
		addrs = []netip.Addr{s.Addr}
	}
	out := make([]netip.AddrPort, len(addrs))
	for i, a := range addrs {
		out[i] = netip.AddrPortFrom(a, s.Port)
	}
	return out
}

// Network is where VPC addresses live on this host; *underlay.Loopback is
// one. Addresses are those of the VPC, listeners and packet connections report
// where they are on the host.
type Network interface {
	Listen(vpc string, at netip.AddrPort) (net.Listener, error)
	ListenPacket(vpc string, at netip.AddrPort) (net.PacketConn, error)
	Dial(ctx context.Context, network, vpc string, from netip.Addr, to netip.AddrPort) (net.Conn, error)
	// Origin says what an address stands for that a socket of the network in
	// saw; VPC "" is the clouds' own senders.
	Origin(in string, host netip.Addr) (vpc string, addr netip.Addr, ok bool)
	// Space is the network namespace of an instance, nil where it has none.
	Space(id string) (*os.File, error)
}

// Judge decides flows; *reach.World is one. Explain also fills Steps.
type Judge interface {
	Judge(reach.Flow) reach.Verdict
	Explain(reach.Flow) reach.Verdict
}

// Resolver answers names as a client of a VPC sees them; *dns.Server is one.
// The errors of Lookup are dns.ErrNotFound and dns.ErrUpstream.
type Resolver interface {
	Lookup(ctx context.Context, vpc, name, zone string) ([]netip.Addr, error)
	Query(ctx context.Context, vpc, name, zone, qtype string) (dns.Reply, error)
}

// The doors a refused flow may have come through.
const (
	DoorTerminal = "terminal"
	DoorSOCKS    = "socks"
	DoorBrowser  = "browser"
	DoorDial     = "dial"    // Dial itself, for other pages
	DoorServer   = "server"  // not a door of the caller: a built-in server refused it
	DoorProgram  = "program" // nor this: it was stopped between two programs
)

// Attempt is a refused flow.
type Attempt struct {
	Time    time.Time
	Flow    reach.Flow
	Verdict reach.Verdict
	// SourcePort is the caller's port; 0 when the flow was refused before a
	// socket was opened.
	SourcePort uint16
	Door       string
	Instance   string // the instance whose door or server refused it, if it was one
}

// Options of Doors; all may be empty.
type Options struct {
	Log *slog.Logger
	// Attempt is told every refusal once. It must not block.
	Attempt func(Attempt)
	// SOCKSPort is the port of the SOCKS5 doors, each on its own address; 0 is
	// 1080. A port that is taken moves to the next free one from +10000.
	SOCKSPort uint16
	// ResolvConf is what programs in the namespace of an instance see as
	// /etc/resolv.conf.
	ResolvConf string
}
