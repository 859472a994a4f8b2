package underlay

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

const supported = true

// backlog is how many connections may wait to be accepted; the kernel lowers
// it to net.core.somaxconn.
const backlog = 4096

func (l *Loopback) bindHost(network string, host netip.AddrPort) (*os.File, error) {
	fd, err := l.bound(network, host)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), network+" "+host.String()), nil
}

func (l *Loopback) bound(network string, host netip.AddrPort) (fd int, err error) {
	if fd, err = newSocket(network); err != nil {
		return -1, err
	}
	if network == "udp" {
		widen(fd)
	}
	if err := l.bindSocket(fd, network, host); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func newSocket(network string) (int, error) {
	typ, proto := unix.SOCK_STREAM, unix.IPPROTO_TCP
	if network == "udp" {
		typ, proto = unix.SOCK_DGRAM, unix.IPPROTO_UDP
	}
	fd, err := unix.Socket(unix.AF_INET, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, proto)
	return fd, os.NewSyscallError("socket", err)
}

// open makes a socket with a source, or any if that is invalid.
func (l *Loopback) open(network string, source netip.Addr) (fd int, err error) {
	if fd, err = newSocket(network); err != nil {
		return -1, err
	}
	if l.socket != nil {
		err = l.socket(fd)
	}
	if err == nil && source.IsValid() {
		if err = lateBind(fd, network); err == nil {
			err = os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrInet4{Addr: source.As4()}))
		}
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// packetBuffer is how many bytes may wait at a UDP port: clients send in
// bursts, and what does not fit is lost.
const packetBuffer = 4 << 20

// widen asks for a bigger receive buffer, first with the right to pass the
// host's limit. What is refused is no harm.
func widen(fd int) {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, packetBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, packetBuffer)
	}
}

func (l *Loopback) bindSocket(fd int, network string, host netip.AddrPort) error {
	if l.socket != nil {
		if err := l.socket(fd); err != nil {
			return err
		}
	}
	return bindTo(fd, network, host)
}

func bindTo(fd int, network string, host netip.AddrPort) error {
	sa := &unix.SockaddrInet4{Port: int(host.Port()), Addr: host.Addr().As4()}
	err := unix.Bind(fd, sa)
	if errors.Is(err, unix.EADDRINUSE) && network == "tcp" {
		// Left-over connections of an earlier listener keep a plain bind away
		// for a minute. SO_REUSEADDR passes them, but would also share the
		// port with anybody who sets it, so it comes second and goes at once.
		if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err == nil {
			err = unix.Bind(fd, sa)
			if err == nil {
				err = os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 0))
			}
		}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EACCES):
		return fmt.Errorf("%s: %w (%w)", host, errPermission, err)
	case errors.Is(err, unix.EADDRINUSE):
		return fmt.Errorf("%s: %w (%w)", host, errHeld, err)
	}
	return fmt.Errorf("%s: %w", host, err)
}

func listen(sock *os.File) error {
	rc, err := sock.SyscallConn()
	if err != nil {
		return err
	}
	var listenErr error
	err = rc.Control(func(fd uintptr) {
		if listenErr = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); listenErr == nil {
			listenErr = unix.Listen(int(fd), backlog)
		}
	})
	return errors.Join(err, listenErr)
}

// mayBind says whether this process has the right to bind the port of host,
// by trying.
func (l *Loopback) mayBind(network string, host netip.AddrPort) bool {
	fd, err := l.bound(network, host)
	if err == nil {
		_ = unix.Close(fd)
	}
	return !errors.Is(err, errPermission)
}

// lateBind makes a socket with a chosen source address take its port when it
// connects. A port taken at bind counts for every destination: after 28,000
// short connections no program of the host could connect anywhere.
//
// A UDP port counts for every destination all the same, and any address that
// has it keeps it from a program that wants it on all of them. So UDP takes its
// ports from a small part of the range, and leaves the rest to the others.
func lateBind(fd int, network string) error {
	if from, to := udpPorts(); network == "udp" && to > 0 {
		// A kernel before 6.3 does not know it, and then does without.
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, ipLocalPortRange, int(to)<<16|int(from))
	}
	return os.NewSyscallError("setsockopt IP_BIND_ADDRESS_NO_PORT",
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1))
}

// ipLocalPortRange is IP_LOCAL_PORT_RANGE, which x/sys has no name for.
const ipLocalPortRange = 51

// udpPorts is the upper quarter of the ports the kernel chooses from, zero
// when they are not known.
var udpPorts = sync.OnceValues(func() (from, to uint16) {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return 0, 0
	}
	if n, err := fmt.Sscan(string(text), &from, &to); n != 2 || err != nil || to <= from {
		return 0, 0
	}
	return to - (to-from)/4, to
})
