package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The load programs use the system's calls themselves: what they take of the
// processors is taken from whoever forwards.

// raw calls the kernel for something that does not wait, so that Go's
// scheduler need not know.
func raw(call uintptr, fd int, p []byte) (int, unix.Errno) {
	n, _, errno := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	return int(n), errno
}

func recvNow(fd int, p []byte) (int, unix.Errno) { return raw(unix.SYS_READ, fd, p) }
func sendNow(fd int, p []byte) (int, unix.Errno) { return raw(unix.SYS_WRITE, fd, p) }

func sockaddr(at netip.AddrPort) *unix.SockaddrInet4 {
	return &unix.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}
}

// open makes a socket; set is what can fail about it.
func open(kind int, set func(fd int) error) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if err := set(fd); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// congestion sets how a TCP socket paces; "" leaves it as the machine does.
func congestion(fd int, name string) error {
	if name == "" {
		return nil
	}
	return unix.SetsockoptString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION, name)
}

// machineCongestion is what sockets have that are not told.
func machineCongestion() string {
	b, _ := os.ReadFile(congestionFile)
	return strings.TrimSpace(string(b))
}

const congestionFile = "/proc/sys/net/ipv4/tcp_congestion_control"

func listenTCP(at netip.AddrPort) (int, error) {
	return open(unix.SOCK_STREAM|unix.SOCK_NONBLOCK, func(fd int) error {
		if err := errors.Join(
			unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1),
			unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
			unix.Bind(fd, sockaddr(at)), unix.Listen(fd, 4096),
		); err != nil {
			return fmt.Errorf("listen on %s: %w", at, err)
		}
		return nil
	})
}

// dialTCP begins a connection from a source address; with unix.SOCK_NONBLOCK
// as how it does not wait for its end. The port is chosen as late as possible,
// so that the same ones serve many targets.
func dialTCP(source netip.Addr, to netip.AddrPort, how int, cc string) (int, error) {
	const bindAddressNoPort = 24 // IP_BIND_ADDRESS_NO_PORT
	return open(unix.SOCK_STREAM|how, func(fd int) error {
		err := errors.Join(
			unix.SetsockoptInt(fd, unix.IPPROTO_IP, bindAddressNoPort, 1),
			congestion(fd, cc),
			unix.Bind(fd, sockaddr(netip.AddrPortFrom(source, 0))),
		)
		if how == 0 { // short ones send once
			err = errors.Join(err, unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1))
		}
		if err == nil {
			err = unix.Connect(fd, sockaddr(to))
		}
		if err != nil && (how == 0 || !errors.Is(err, unix.EINPROGRESS)) {
			return fmt.Errorf("connect from %s to %s: %w", source, to, err)
		}
		return nil
	})
}

// poller is an epoll instance for one thread.
type poller struct {
	fd     int
	events [256]unix.EpollEvent
}

func newPoller() (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	return &poller{fd: fd}, err
}

func (p *poller) close() { _ = unix.Close(p.fd) }

func (p *poller) add(fd int, events uint32) error {
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
}

func (p *poller) change(fd int, events uint32) error {
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_MOD, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
}

// wait answers what is ready within a time, which may be nothing.
func (p *poller) wait(d time.Duration) ([]unix.EpollEvent, error) {
	n, err := unix.EpollWait(p.fd, p.events[:], int(d.Milliseconds()))
	if errors.Is(err, unix.EINTR) {
		return nil, nil
	}
	return p.events[:max(n, 0)], err
}

// message is what small requests consist of; its words follow from a number,
// so that a wrong one is noticed.
type message [64]byte

func (m *message) set(n uint64) {
	for i := 0; i < len(m); i += 8 {
		binary.LittleEndian.PutUint64(m[i:], n*0x9e3779b97f4a7c15+uint64(i))
	}
}
