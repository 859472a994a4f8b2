package reconcile

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"culvert.internal/cloud"
)

// resolver is the running DNS server of one VPC.
type resolver struct {
	at   netip.AddrPort // on the host
	stop func()
}

// hostDNS is the host's own view: its sockets are opened at start-up, so that
// a taken port is an error at once.
type hostDNS struct{ stop func() }

func (l *Lab) openDNS() error {
	l.host.stop = func() {}
	if l.opt.DNS == "" {
		return nil
	}
	udp, err := net.ListenPacket("udp", l.opt.DNS)
	if err != nil {
		return fmt.Errorf("open the DNS view of the host: %w", err)
	}
	tcp, err := net.Listen("tcp", udp.LocalAddr().String())
	if err != nil {
		_ = udp.Close()
		return fmt.Errorf("open the DNS view of the host: %w", err)
	}
	if l.host.stop, err = l.names.Serve("", udp, tcp); err != nil {
		return fmt.Errorf("serve the DNS view of the host: %w", err)
	}
	return nil
}

func (l *Lab) stopDNS() {
	l.host.stop()
	for id := range l.done.resolvers {
		l.closeResolver(id)
	}
}

// openResolver serves a VPC's names on its resolver address, UDP and TCP on
// the same port.
func (l *Lab) openResolver(v cloud.VPC) error {
	if _, ok := l.done.resolvers[v.ID]; ok {
		return nil
	}
	host, stop, err := l.serveNames(v.ID, ownVPC, v.Resolver, l.names.Serve)
	if err != nil {
		return err
	}
	if l.opt.Nameserver.IsValid() {
		_, inside, err := l.serveNames(v.ID, v.ID, l.opt.Nameserver, l.names.ServeInside)
		if err != nil {
			stop()
			return err
		}
		outside := stop
		stop = func() {
			inside()
			outside()
		}
	}
	l.resolvers.put(v.ID, host)
	l.done.resolvers[v.ID] = resolver{at: host, stop: stop}
	return nil
}

// serveNames serves a VPC's names at port 53 of an address of a network.
func (l *Lab) serveNames(vpc, network string, addr netip.Addr, serve func(string, net.PacketConn, net.Listener) (func(), error)) (netip.AddrPort, func(), error) {
	at := netip.AddrPortFrom(addr, cloud.DNSPort)
	udp, err := l.net.ListenPacket(network, at)
	if err != nil {
		return netip.AddrPort{}, nil, fmt.Errorf("open the resolver of %s: %w", vpc, err)
	}
	host := udp.LocalAddr().(*net.UDPAddr).AddrPort()
	l.net.Prefer(network, "tcp", at, host.Port())
	tcp, err := l.net.Listen(network, at)
	if err != nil {
		_ = udp.Close()
		return netip.AddrPort{}, nil, fmt.Errorf("open the resolver of %s for TCP: %w", vpc, err)
	}
	stop, err := serve(vpc, udp, tcp)
	if err != nil {
		return netip.AddrPort{}, nil, fmt.Errorf("serve the resolver of %s: %w", vpc, err)
	}
	return host, stop, nil
}

func (l *Lab) closeResolver(vpc string) {
	if r, ok := l.done.resolvers[vpc]; ok {
		r.stop()
		l.resolvers.drop(vpc)
		delete(l.done.resolvers, vpc)
	}
}

// hostName is the domain name that a reverse lookup finds for an instance: its
// own name where that can be one, else one made of its address. The domain is
// the one kept for private networks; the name is not resolved back.
func hostName(name string, addr netip.Addr) string {
	if name == "" {
		return ""
	}
	label := strings.ToLower(name)
	odd := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }
	if len(label) > 63 || strings.ContainsFunc(label, odd) || strings.Trim(label, "-") != label {
		label = "ip-" + strings.ReplaceAll(addr.String(), ".", "-")
	}
	return label + ".internal."
}

// Resolver is the host address of a VPC's DNS resolver, invalid while it is
// not open.
func (l *Lab) Resolver(vpc string) netip.AddrPort {
	at, _ := l.resolvers.get(vpc)
	return at
}
