package views

import "net/netip"

// HostRoute is the command that tells one system the way to one address.
type HostRoute struct {
	System  string // "Linux"
	Command string
}

// HostRoutes are the commands that send what goes to one address through a
// gateway, for clients on premises (TYN-02, X-20: -p is Windows' alone, and its
// mask has four parts).
func HostRoutes(to, gateway netip.Addr) []HostRoute {
	x, via := to.String(), gateway.String()
	return []HostRoute{
		{"Linux", "sudo ip route add " + x + "/32 via " + via},
		{"Windows", "route -p add " + x + " mask 255.255.255.255 " + via},
		{"macOS", "sudo route -n add -host " + x + " " + via},
	}
}
