package underlay

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
)

// moveStep is how far a port that may not be bound moves: 80 is 10080. moveTry
// bounds how many ports from there are tried.
const (
	moveStep = 10000
	moveTry  = 2000
)

var (
	errPermission = errors.New("no right to bind the port")
	errHeld       = errors.New("the port is held")
)

// Bind takes a published port of a VPC on the host: network is "tcp" or
// "udp", at an address of a mapped range. The socket is bound, non-blocking
// and closed on exec; a TCP one does not listen yet, so that dials are refused
// while the port is owned. It is never a multipath TCP socket.
//
// A port that may not be bound (no right to one below 1024, or another socket
// has it, also on 0.0.0.0) moves to the first free one from +10000, wrapping
// to 10000 behind 65535. The move is remembered for Port, Moved and Dial. A
// move that was remembered or preferred before is tried first.
//
// The socket of a TCP port has SO_REUSEADDR cleared when it is returned: with
// it, another program's listener could take the port. Whoever makes it listen
// sets it just before, so that the connections it accepts do not keep a
// later Bind of the same port away (Listen does).
func (l *Loopback) Bind(network, vpc string, at netip.AddrPort) (sock *os.File, host netip.AddrPort, err error) {
	fail := func(err error) (*os.File, netip.AddrPort, error) {
		return nil, netip.AddrPort{}, fmt.Errorf("bind %s %s of network %q: %w", network, at, vpc, err)
	}
	if network != "tcp" && network != "udp" {
		return fail(net.UnknownNetworkError(network))
	}
	twin, ok := l.Twin(vpc, at.Addr())
	if !ok {
		return fail(ErrNotMapped)
	}
	move := Move{VPC: vpc, Network: network, At: at}
	if m, ok := l.Moved(network, vpc, at); ok {
		move = m
	}
	if port, ok := l.moved(network, vpc, at); ok && port != at.Port() {
		host = netip.AddrPortFrom(twin, port)
		if sock, err = l.bindHost(network, host); err == nil {
			if move.Reason == "" {
				move.Reason, move.Holder = l.explain(network, netip.AddrPortFrom(twin, at.Port()))
			}
			move.Host = host
			l.settle(move)
			return sock, host, nil
		}
	}
	host = netip.AddrPortFrom(twin, at.Port())
	sock, err = l.bindHost(network, host)
	switch {
	case err == nil:
		move.Host = host
		l.settle(move)
		return sock, host, nil
	case at.Port() == 0 || !errors.Is(err, errPermission) && !errors.Is(err, errHeld):
		return fail(err)
	}
	move.Reason, move.Holder = ReasonPermission, ""
	if errors.Is(err, errHeld) {
		move.Reason, move.Holder = ReasonHeld, holder(network, host)
	}
	for i := range moveTry {
		port := int(at.Port()) + moveStep + i
		if port > 65535 {
			port -= 65536 - moveStep
		}
		move.Host = netip.AddrPortFrom(twin, uint16(port))
		sock, err = l.bindHost(network, move.Host)
		if err == nil {
			l.settle(move)
			return sock, move.Host, nil
		}
		if !errors.Is(err, errPermission) && !errors.Is(err, errHeld) {
			return fail(err)
		}
	}
	return fail(fmt.Errorf("no free port among %d from +%d: %w", moveTry, moveStep, err))
}

// explain finds out why a port was moved in an earlier run. Trying it for a
// moment is the only sure way to know.
func (l *Loopback) explain(network string, host netip.AddrPort) (Reason, string) {
	sock, err := l.bindHost(network, host)
	switch {
	case err == nil:
		_ = sock.Close()
		return ReasonHeld, ""
	case errors.Is(err, errPermission):
		return ReasonPermission, ""
	}
	return ReasonHeld, holder(network, host)
}

// Listen binds a TCP port like Bind and listens on it: for servers that have
// no reason to keep a port shut. The listener's address is the one on the
// host.
func (l *Loopback) Listen(vpc string, at netip.AddrPort) (net.Listener, error) {
	sock, host, err := l.Bind("tcp", vpc, at)
	return listener(sock, host, err)
}

// ListenPacket binds a UDP port like Bind and makes it a packet connection.
func (l *Loopback) ListenPacket(vpc string, at netip.AddrPort) (net.PacketConn, error) {
	sock, host, err := l.Bind("udp", vpc, at)
	return packets(sock, host, err)
}

// listener and packets make what Bind answered ready for Go's own packages.
func listener(sock *os.File, host netip.AddrPort, err error) (net.Listener, error) {
	if err != nil {
		return nil, err
	}
	defer sock.Close()
	if err := listen(sock); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", host, err)
	}
	ln, err := net.FileListener(sock)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", host, err)
	}
	return ln, nil
}

func packets(sock *os.File, host netip.AddrPort, err error) (net.PacketConn, error) {
	if err != nil {
		return nil, err
	}
	defer sock.Close()
	pc, err := net.FilePacketConn(sock)
	if err != nil {
		return nil, fmt.Errorf("packets on %s: %w", host, err)
	}
	return pc, nil
}
