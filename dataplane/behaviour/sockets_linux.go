package behaviour

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// dialer chooses a source without using its ports up.
func dialer(network string, from netip.AddrPort) *net.Dialer {
	d := &net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(from)}
	if network == "udp" {
		d.LocalAddr = net.UDPAddrFromAddrPort(from)
	}
	d.SetMultipathTCP(false)
	d.Control = func(_, _ string, c syscall.RawConn) error {
		var inner error
		err := c.Control(func(fd uintptr) {
			if network == "tcp" {
				inner = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
			}
		})
		return errors.Join(err, inner)
	}
	return d
}

// fullPlace listens with a queue for one connection, and fills it.
func fullPlace(ctx context.Context, at netip.AddrPort) (undo func(), err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	shut := func() { _ = unix.Close(fd) }
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}); err != nil {
		shut()
		return nil, os.NewSyscallError("bind", err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		shut()
		return nil, os.NewSyscallError("listen", err)
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp4", at.String())
	if err != nil {
		shut()
		return nil, err
	}
	return func() {
		_ = c.Close()
		shut()
	}, nil
}

// heldSockets are the connections that somebody holds on the forwarder's side,
// as the kernel lists them: those of its fronts, and those to the places. It is
// the same for every forwarder.
func heldSockets(r *Rig) ([]string, error) {
	return list("/proc/thread-self/net/tcp", r.Backends, []netip.AddrPort{r.Front, r.Other})
}

// heldFlows are the connected UDP sockets to the places.
func heldFlows(r *Rig) ([]string, error) { return list("/proc/thread-self/net/udp", r.Backends, nil) }

// list reads a table of sockets. Those without an inode belong to nobody any
// more.
func list(table string, remotes, locals []netip.AddrPort) (held []string, err error) {
	text, err := os.ReadFile(table)
	if err != nil {
		return nil, err
	}
	want := func(all []netip.AddrPort, field []byte) bool {
		return slices.ContainsFunc(all, func(a netip.AddrPort) bool { return bytes.Equal(field, procAddr(a)) })
	}
	for line := range bytes.Lines(text) {
		f := bytes.Fields(line)
		const listening, inode = "0A", 9
		if len(f) <= inode || string(f[inode]) == "0" || string(f[3]) == listening {
			continue
		}
		if want(locals, f[1]) || want(remotes, f[2]) {
			held = append(held, string(bytes.Join(f[1:5], []byte(" "))))
		}
	}
	return held, nil
}

// procAddr is an address as the kernel writes it: the number in the machine's
// own order of bytes.
func procAddr(a netip.AddrPort) []byte {
	b := a.Addr().As4()
	return fmt.Appendf(nil, "%08X:%04X", binary.NativeEndian.Uint32(b[:]), a.Port())
}

// pending says whether a connection has something to read.
func pending(fd uintptr) bool {
	n, _, err := unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
	return n > 0 || !errors.Is(err, unix.EAGAIN)
}

// cork keeps what is written until it is undone.
func cork(c *net.TCPConn, on bool) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = raw.Control(func(fd uintptr) {
		value := 0
		if on {
			value = 1
		}
		inner = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_CORK, value)
	})
	return errors.Join(err, inner)
}

// sendUrgent sends a byte out of band.
func sendUrgent(c *net.TCPConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = raw.Control(func(fd uintptr) { inner = unix.Sendto(int(fd), []byte{urgentByte}, unix.MSG_OOB, nil) })
	return errors.Join(err, inner)
}
