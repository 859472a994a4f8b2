package underlay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// In calls fn on a thread that is where an address of a VPC is: the sockets that
// it makes are that network's, wherever they are used. That is the namespace of
// the instance or the network on premises that has the address, else the
// router's; nobody gives it up meanwhile, so fn must not ask for it.
func (n *Netns) In(vpc string, addr netip.Addr, fn func() error) error {
	for {
		if done, err := n.inside(vpc, addr, fn); done {
			return err
		}
		n.mu.Lock()
		_, err := n.routerOf(vpc)
		n.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

func (n *Netns) inside(vpc string, addr netip.Addr, fn func() error) (done bool, err error) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	w := n.networks[vpc]
	if w == nil || w.router == nil {
		return false, nil
	}
	s := w.router.space
	if own := w.router.stands[addr]; own != nil {
		s = own
	} else if m := w.router.routed.find(addr); m != nil {
		s = n.hosts[m.vpc].space
	}
	return true, s.do(fn)
}

// socket makes a socket where an address of a VPC is. All else that is done with
// it can be done from anywhere.
func (n *Netns) socket(network, vpc string, addr netip.Addr) (fd int, err error) {
	fd = -1
	err = n.In(vpc, addr, func() (err error) {
		fd, err = newSocket(network)
		return err
	})
	return fd, err
}

// here says whether an address is one of this host's loopback.
func (n *Netns) here(vpc string, addr netip.Addr) bool {
	_, ok := n.Loopback.Twin(vpc, addr)
	return ok
}

// Bind takes a port of a VPC's address, as it is published. The socket is as
// Loopback's Bind answers it. Nothing moves: a port that may not be bound is an
// error.
func (n *Netns) Bind(network, vpc string, at netip.AddrPort) (*os.File, netip.AddrPort, error) {
	if n.here(vpc, at.Addr()) {
		return n.Loopback.Bind(network, vpc, at)
	}
	sock, err := n.bind(network, vpc, at)
	if err != nil {
		return nil, netip.AddrPort{}, fmt.Errorf("bind %s %s of network %q: %w", network, at, vpc, err)
	}
	return sock, at, nil
}

func (n *Netns) bind(network, vpc string, at netip.AddrPort) (*os.File, error) {
	if network != "tcp" && network != "udp" {
		return nil, net.UnknownNetworkError(network)
	}
	if _, ok := n.Twin(vpc, at.Addr()); !ok {
		return nil, ErrNotMapped
	}
	fd, err := n.socket(network, vpc, at.Addr())
	if err != nil {
		return nil, err
	}
	if network == "udp" {
		widen(fd)
	}
	if err := bindTo(fd, network, at); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), network+" "+at.String()), nil
}

// Listen binds a TCP port like Bind and listens on it.
func (n *Netns) Listen(vpc string, at netip.AddrPort) (net.Listener, error) {
	sock, host, err := n.Bind("tcp", vpc, at)
	return listener(sock, host, err)
}

// ListenPacket binds a UDP port like Bind and makes it a packet connection.
func (n *Netns) ListenPacket(vpc string, at netip.AddrPort) (net.PacketConn, error) {
	sock, host, err := n.Bind("udp", vpc, at)
	return packets(sock, host, err)
}

// Open makes the socket that Dial would connect: in the namespace of the
// instance that has the source, else in the VPC's router.
func (n *Netns) Open(network, vpc string, from netip.Addr, to netip.AddrPort) (fd int, host netip.AddrPort, err error) {
	if n.here(vpc, to.Addr()) {
		return n.Loopback.Open(network, vpc, from, to)
	}
	if fd, err = n.open(network, vpc, from, to); err != nil {
		return -1, to, fmt.Errorf("open %s %s of network %q: %w", network, to, vpc, err)
	}
	return fd, to, nil
}

func (n *Netns) open(network, vpc string, from netip.Addr, to netip.AddrPort) (int, error) {
	if network != "tcp" && network != "udp" {
		return -1, net.UnknownNetworkError(network)
	}
	for _, a := range []netip.Addr{to.Addr(), from} {
		if _, _, ok := n.Origin(vpc, a); !ok && a.IsValid() {
			return -1, fmt.Errorf("%s: %w", a, ErrNotMapped)
		}
	}
	fd, err := n.socket(network, vpc, from)
	if err != nil || !from.IsValid() {
		return fd, err
	}
	err = os.NewSyscallError("setsockopt IP_BIND_ADDRESS_NO_PORT", unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1))
	if err == nil {
		err = os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrInet4{Addr: from.As4()}))
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Elsewhere is nowhere: ports do not move.
func (n *Netns) Elsewhere(network, vpc string, to netip.AddrPort) (host netip.AddrPort, ok bool) {
	if n.here(vpc, to.Addr()) {
		return n.Loopback.Elsewhere(network, vpc, to)
	}
	return netip.AddrPort{}, false
}

// Dial connects to an address of a VPC. from chooses the source: an address of
// the same VPC, or of a range that is mapped under the network "". An invalid
// one leaves the choice to the kernel.
func (n *Netns) Dial(ctx context.Context, network, vpc string, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	if n.here(vpc, to.Addr()) {
		return n.Loopback.Dial(ctx, network, vpc, from, to)
	}
	fd, err := n.open(network, vpc, from, to)
	var conn net.Conn
	if err == nil {
		conn, err = connect(ctx, fd, network, to)
	}
	if err != nil {
		return nil, fmt.Errorf("dial %s %s of network %q: %w", network, to, vpc, err)
	}
	return conn, nil
}

// connect connects a socket, which it takes over.
func connect(ctx context.Context, fd int, network string, to netip.AddrPort) (net.Conn, error) {
	err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()})
	// Only now, when there is something to wait for: Go's poller takes a socket
	// that was never connected for one that has ended.
	f := os.NewFile(uintptr(fd), network+" "+to.String())
	defer f.Close()
	if errors.Is(err, unix.EINPROGRESS) {
		err = connected(ctx, f)
	}
	if err != nil {
		return nil, os.NewSyscallError("connect", err)
	}
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	if conn.RemoteAddr() == nil {
		// It was connected, and reset before anybody could ask with whom.
		_ = conn.Close()
		return nil, os.NewSyscallError("connect", unix.ECONNRESET)
	}
	return notItself(conn)
}

// connected waits until it is decided whether a socket is connected.
func connected(ctx context.Context, f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = f.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	var result error
	err = raw.Write(func(fd uintptr) bool {
		code, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR)
		switch {
		case err != nil:
			result = err
		case code != 0:
			result = unix.Errno(code)
		default:
			_, err := unix.Getpeername(int(fd))
			return err == nil
		}
		return true
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(err, result)
}
