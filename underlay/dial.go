package underlay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
)

// Dial connects to an address of a VPC, as it is published there: a moved
// port is found by itself. network is "tcp" or "udp".
//
// from chooses the source: an address of the same VPC, of a network on premises
// that is attached to it, or of a range mapped under the network "" (the
// clouds' own senders). An invalid from leaves the choice to the kernel; the
// other side then cannot tell where the caller stands. Many thousand short connections with a chosen source take no port
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
	source, target, err := l.ends(network, vpc, from, to)
	if err != nil {
		return nil, err
	}
	conn, err := l.dialHost(ctx, network, source, target)
	if errors.Is(err, syscall.ECONNREFUSED) {
		if second, ok := l.Elsewhere(network, vpc, to); ok {
			if conn, moved := l.dialHost(ctx, network, source, second); moved == nil {
				return conn, nil
			}
		}
	}
	return conn, err
}

// ends are the host addresses of a connection; the source is invalid when from
// is.
func (l *Loopback) ends(network, vpc string, from netip.Addr, to netip.AddrPort) (source netip.Addr, target netip.AddrPort, err error) {
	if network != "tcp" && network != "udp" {
		return source, target, net.UnknownNetworkError(network)
	}
	twin, ok := l.Twin(vpc, to.Addr())
	if !ok {
		return source, target, ErrNotMapped
	}
	if from.IsValid() {
		if source, ok = l.source(vpc, from); !ok {
			return source, target, fmt.Errorf("from %s: %w", from, ErrNotMapped)
		}
	}
	return source, netip.AddrPortFrom(twin, l.Port(network, vpc, to)), nil
}

// source is where a source of connections in a VPC lives on this host.
func (l *Loopback) source(vpc string, from netip.Addr) (netip.Addr, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	twin, ok := l.twin(vpc, from)
	if !ok {
		twin, ok = l.twin("", from)
	}
	for _, site := range l.sites[vpc] {
		if !ok {
			twin, ok = l.twin(site, from)
		}
	}
	return twin, ok
}

// Elsewhere says where on the host the port that Open or Dial found refusing
// may be instead, by the rule of Dial for the labs' users.
func (l *Loopback) Elsewhere(network, vpc string, to netip.AddrPort) (host netip.AddrPort, ok bool) {
	twin, mapped := l.Twin(vpc, to.Addr())
	port, known := l.moved(network, vpc, to)
	if !mapped || known || network != "tcp" || port >= 1024 || l.mayBind(network, netip.AddrPortFrom(twin, port)) {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(twin, port+moveStep), true
}

// Open makes the socket that Dial would connect, bound to its source, and says
// where on the host to connect it to: for whoever connects many at a time and
// waits for none. It is non-blocking and closed on exec, and the caller's.
func (l *Loopback) Open(network, vpc string, from netip.Addr, to netip.AddrPort) (fd int, host netip.AddrPort, err error) {
	source, host, err := l.ends(network, vpc, from, to)
	if err == nil {
		fd, err = l.open(network, source)
	}
	if err != nil {
		return -1, host, fmt.Errorf("open %s %s of network %q: %w", network, to, vpc, err)
	}
	return fd, host, nil
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
	return notItself(conn)
}

// notItself refuses a TCP connection where nobody listens: the kernel joined the
// socket with itself because it happened to choose the port that was dialled.
func notItself(conn net.Conn) (net.Conn, error) {
	if _, tcp := conn.(*net.TCPConn); tcp && conn.LocalAddr().String() == conn.RemoteAddr().String() {
		_ = conn.Close()
		return nil, os.NewSyscallError("connect", syscall.ECONNREFUSED)
	}
	return conn, nil
}
