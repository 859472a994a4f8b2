package underlay

import (
	"errors"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

const supported = true

// backlog is how many connections may wait to be accepted; the kernel lowers
// it to net.core.somaxconn.
const backlog = 4096

func (l *Loopback) bindHost(network string, host netip.AddrPort) (*os.File, error) {
	typ, proto := unix.SOCK_STREAM, unix.IPPROTO_TCP
	if network == "udp" {
		typ, proto = unix.SOCK_DGRAM, unix.IPPROTO_UDP
	}
	fd, err := unix.Socket(unix.AF_INET, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, proto)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	if err := l.bindSocket(fd, network, host); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), network+" "+host.String()), nil
}

func (l *Loopback) bindSocket(fd int, network string, host netip.AddrPort) error {
	if l.socket != nil {
		if err := l.socket(fd); err != nil {
			return err
		}
	}
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
	sock, err := l.bindHost(network, host)
	if err == nil {
		_ = sock.Close()
	}
	return !errors.Is(err, errPermission)
}

// lateBind makes a socket with a chosen source address take its port when it
// connects. A port taken at bind counts for every destination: after 28,000
// short connections no program of the host could connect anywhere.
func lateBind(fd int) error {
	return os.NewSyscallError("setsockopt IP_BIND_ADDRESS_NO_PORT",
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1))
}
