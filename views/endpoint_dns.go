package views

import (
	"net/netip"

	"culvert.internal/cloud"
)

// DNSAccess is what clients of an endpoint of the cloud's DNS are set up with
// (TYN-02).
type DNSAccess struct {
	IP netip.Addr
	// Host are the places of port 53 on this host, UDP and TCP, as far as they
	// are held.
	Host []PortPlace
	// Attached says that this host is a client of the endpoint's VPC.
	Attached bool
	// Premises are the networks on premises in the VPC, whose gateways lead to
	// it.
	Premises []cloud.IDCView
	// Gateway is the address that was typed, Via the one that is used: that or
	// the first network's.
	Gateway string
	Via     netip.Addr
}

// Moved says whether a port is not the published one on this host.
func (d DNSAccess) Moved() bool {
	for _, p := range d.Host {
		if p.Host.Port() != p.At.Port() {
			return true
		}
	}
	return false
}

// At is where queries go on this host: the place for UDP, else the one for
// TCP; invalid while there is none.
func (d DNSAccess) At() netip.AddrPort {
	var at netip.AddrPort
	for _, p := range d.Host {
		if !at.IsValid() || p.Protocol == cloud.UDP {
			at = p.Host
		}
	}
	return at
}

// TCP is the place for TCP when it is another one than for UDP.
func (d DNSAccess) TCP() (netip.AddrPort, bool) {
	for _, p := range d.Host {
		if p.Protocol == cloud.TCP && p.Host != d.At() {
			return p.Host, true
		}
	}
	return netip.AddrPort{}, false
}

// Route are the commands to the endpoint through the gateway.
func (d DNSAccess) Route() []HostRoute {
	if !d.Via.IsValid() {
		return nil
	}
	return HostRoutes(d.IP, d.Via)
}
