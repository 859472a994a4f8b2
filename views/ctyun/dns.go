package ctyun

import (
	"net/netip"

	"culvert.internal/cloud"
	"culvert.internal/views"
)

// namedConf is what /etc/named.conf gets for one forwarder, as the document
// has it.
func namedConf(forwarder string) string {
	return "options {\n    forward only;\n    forwarders { " + forwarder + "; };\n};"
}

// forwarder is an address as BIND writes it.
func forwarder(at netip.AddrPort) string {
	if at.Port() == cloud.DNSPort {
		return at.Addr().String()
	}
	return at.Addr().String() + " port " + number(at.Port())
}

// dig asks a server on this host.
func dig(at netip.AddrPort) string {
	if at.Port() == cloud.DNSPort {
		return "dig @" + at.Addr().String() + " example.com"
	}
	return "dig @" + at.Addr().String() + " -p " + number(at.Port()) + " example.com"
}

// resolved are forwarders that take a port, which resolv.conf cannot.
func resolved(at netip.AddrPort) string {
	return "# /etc/systemd/resolved.conf\n[Resolve]\nDNS=" + at.String() + "\n\n# dnsmasq.conf\nserver=" + at.Addr().String() + "#" + number(at.Port())
}

// gateway is what the field of the gateway holds.
func gateway(d views.DNSAccess) string {
	if d.Gateway == "" && d.Via.IsValid() {
		return d.Via.String()
	}
	return d.Gateway
}

func gatewayWrong(d views.DNSAccess) bool { return d.Gateway != "" && !d.Via.IsValid() }
