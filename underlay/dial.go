package underlay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// Dial connects to an address of a VPC, as it is published there: a moved
// port is found by itself. network is "tcp" or "udp".
//
// from chooses the source: an address of the same VPC, or of a range mapped
// under the network "" (the clouds' own senders). An invalid from leaves the
// choice to the kernel; the other side then cannot tell where the caller
// stands. Many thousand short connections with a chosen source take no port
// away from other programs.
//
// One rule is for the labs' users, who start their own programs on a twin
// without root: when a TCP port below 1024 refuses, this process has no right
// to such ports and no move of it is known, the port +10000 is tried, so that
// a web server that had to take 10080 is found as 80.
func (l *Loopback) Dial(ctx context.Context, network, vpc string, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	conn, err := l.dial(ctx, network, vpc, from, to)
	if err != nil {
		return nil, fmt.Errorf("dial %s %s of network %q: %w", network, to, vpc, err)
	}
	return conn, nil
}

func (l *Loopback) dial(ctx context.Context, network, vpc string, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	if network != "tcp" && network != "udp" {
		return nil, net.UnknownNetworkError(network)
	}
	target, ok := l.Twin(vpc, to.Addr())
	if !ok {
		return nil, ErrNotMapped
	}
	var source netip.Addr
	if from.IsValid() {
		if source, ok = l.Twin(vpc, from); !ok {
			source, ok = l.Twin("", from)
		}
		if !ok {
			return nil, fmt.Errorf("from %s: %w", from, ErrNotMapped)
		}
	}
	port, known := l.moved(network, vpc, to)
	conn, err := l.dialHost(ctx, network, source, netip.AddrPortFrom(target, port))
	if err == nil || known || network != "tcp" || port >= 1024 || !errors.Is(err, syscall.ECONNREFUSED) {
		return conn, err
	}
	if l.mayBind(network, netip.AddrPortFrom(target, port)) {
		return nil, err
	}
	conn, moved := l.dialHost(ctx, network, source, netip.AddrPortFrom(target, port+moveStep))
	if moved != nil {
		return nil, err
	}
	return conn, nil
}

func (l *Loopback) dialHost(ctx context.Context, network string, source netip.Addr, target netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		var inner error
		err := c.Control(func(fd uintptr) {
			if l.socket != nil {
				inner = l.socket(int(fd))
			}
			if inner == nil && source.IsValid() {
				inner = lateBind(int(fd), network)
			}
		})
		return errors.Join(err, inner)
	}}
	d.SetMultipathTCP(false)
	if source.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 0))
		if network == "udp" {
			d.LocalAddr = net.UDPAddrFromAddrPort(netip.AddrPortFrom(source, 0))
		}
	}
	conn, err := d.DialContext(ctx, network, target.String())
	if err != nil {
		return nil, err
	}
	if network == "tcp" && conn.LocalAddr().String() == conn.RemoteAddr().String() {
		// Nobody listens, and the kernel joined the socket with itself because
		// it happened to choose the port that was dialled.
		_ = conn.Close()
		return nil, fmt.Errorf("connect to %s: %w", target, syscall.ECONNREFUSED)
	}
	return conn, nil
}
