package reach

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// VPC is a network of an account. Host says that this host is attached to it
// as a client.
type VPC struct {
	ID, Name string
	Account  string
	Host     bool
}

// Host is an instance: an address in a VPC with its groups. A secondary NIC is
// a host of its own with its instance's ID as Instance, which is empty for the
// instance itself.
type Host struct {
	ID, Name, VPC, Zone string
	Instance            string
	Addr                netip.Addr
	Groups              []string
	Running             bool
}

// Group is a security group with its rules in any order.
type Group struct {
	ID, Name string
	Rules    []Rule
}

// Rule is one rule of a group. From and To are 0 for all ports; Protocol is
// "tcp", "udp", "icmp" or "all". Peer is invalid when PeerGroup names a group.
type Rule struct {
	ID        string
	Ingress   bool
	Accept    bool
	Priority  int // 1 is judged first; among equals a drop wins
	Protocol  string
	From, To  uint16
	Peer      netip.Prefix
	PeerGroup string
}

// Interface is the endpoint ENI of one zone, of ctyun without one. One of
// Balancer, Host and Own is assigned to it once the connection is allowed: a
// CLB, a NIC of an instance, or a server of the cloud's own.
type Interface struct {
	ID, Endpoint, Zone, VPC string
	Addr                    netip.Addr
	Balancer                string
	Host                    string
	Own                     Backend
	Deleting                bool
	Place                   string // the zone of its subnet, where Zone is empty
	Refused                 bool   // the provider has closed this zone by itself
}

// stands is the zone it stands in.
func (i Interface) stands() string { return cmp.Or(i.Zone, i.Place) }

// Endpoint holds what the gates ask of an endpoint.
type Endpoint struct {
	ID, Name, Service string
	VPC               string
	Domains           []string // lower case, without the last dot; published only while connected
	Provider          string   // account ID of the service
	Groups            []string
	Allowed, Denied   bool // neither: nobody has decided yet
	DecidedBy         string
	Deleting          bool
	Out               map[string]string // domain names that lead to a failed zone alone: the zone
}

// Service is an endpoint service. With Mappings (ctyun) only their ports are
// open, and what is behind the service is asked at the port each maps to;
// backends that are no CLB's then see the flow come from Sender, here from Pool
// of it. Proxy is the form in which its backends are told who is calling.
type Service struct {
	ID, Name     string
	Proxy        string
	Mappings     map[Port]uint16
	Sender, Pool netip.Prefix
}

// Port is one port of a service.
type Port struct {
	Protocol Protocol
	Number   uint16
}

// String is "TCP 80".
func (p Port) String() string {
	return strings.ToUpper(string(p.Protocol)) + " " + strconv.Itoa(int(p.Number))
}

// ports are the ports of the service's mappings in order.
func (s Service) ports() []Port {
	out := slices.Collect(maps.Keys(s.Mappings))
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		return a.Number < b.Number || a.Number == b.Number && a.Protocol < b.Protocol
	})
	return out
}

// Balancer is a CLB. Its backends see an address of Sender as the source, here
// one of Pool, the slice of it that this installation uses. Implicit says that
// their groups let that range in unless a drop rule names it (aliyun); without
// it they need a rule (ctyun).
type Balancer struct {
	ID, Name, VPC string
	Addr          netip.Addr
	Sender, Pool  netip.Prefix
	Implicit      bool
	Zones         []string // the primary one, then the backup one
}

// Listener is one published port of a CLB.
type Listener struct {
	ID, Balancer string
	Protocol     Protocol
	Port         uint16
	BackendPort  uint16
	Running      bool
	Even         bool // every weight above 0 counts the same
}

// Member is an instance behind a CLB.
type Member struct {
	ID, Balancer, Instance string
	Weight                 int
}
