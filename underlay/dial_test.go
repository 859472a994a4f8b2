//go:build linux

package underlay

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The listener sees the chosen source, of the VPC or of the cloud's senders.
func TestDialFromAChosenAddress(t *testing.T) {
	l := lab(t)
	where := netip.AddrPortFrom(netip.MustParseAddr("192.168.24.2"), freePort(t))
	ln, err := l.Listen("vpc-2", where)
	must(t, err)
	defer ln.Close()
	for _, c := range []struct{ from, vpc string }{{"192.168.24.9", "vpc-2"}, {"100.64.0.7", ""}} {
		must(t, dialErr(t, l, "vpc-2", c.from, where.String()))
		conn, err := ln.Accept()
		must(t, err)
		vpc, addr, ok := l.Origin("vpc-1", conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr())
		_ = conn.Close()
		if !ok || vpc != c.vpc || addr != netip.MustParseAddr(c.from) {
			t.Fatalf("dialled from %s, seen %s of %q", c.from, addr, vpc)
		}
	}
	wantErr(t, dialErr(t, l, "vpc-2", "10.10.2.1", where.String()), ErrNotMapped)
	// A network on premises is attached, here under the name of a VPC.
	must(t, l.Site("vpc-1", "vpc-2", vpc1, netip.Addr{}, netip.Addr{}))
	must(t, dialErr(t, l, "vpc-2", "10.10.2.1", where.String()))
	l.Gone("vpc-1")
	wantErr(t, dialErr(t, l, "vpc-2", "10.10.2.1", where.String()), ErrNotMapped)
	wantErr(t, dialErr(t, l, "vpc-2", "", "192.168.99.2:80"), ErrNotMapped)
	wantErr(t, dialErr(t, l, "vpc-3", "", where.String()), ErrNotMapped)
}

func TestDialUDPFromAChosenAddress(t *testing.T) {
	l := lab(t)
	where := netip.AddrPortFrom(netip.MustParseAddr("192.168.24.2"), freePort(t))
	pc, err := l.ListenPacket("vpc-2", where)
	must(t, err)
	defer pc.Close()
	conn, err := l.Dial(t.Context(), "udp", "vpc-2", netip.MustParseAddr("100.64.0.7"), where)
	must(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("hello"))
	must(t, err)
	buf := make([]byte, 16)
	n, from, err := pc.ReadFrom(buf)
	must(t, err)
	if _, addr, _ := l.Origin("vpc-1", from.(*net.UDPAddr).AddrPort().Addr()); string(buf[:n]) != "hello" || addr.String() != "100.64.0.7" {
		t.Fatalf("%q from %s", buf[:n], addr)
	}
}

// One source address has its ports once per destination and not once for all:
// with a window of 50 ports, 2 destinations take 80 connections.
func TestChosenSourcesDoNotUsePortsUp(t *testing.T) {
	const lo, hi = 45000, 45049
	l := lab(t)
	port := freePort(t)
	var held []net.Conn
	defer func() {
		for _, c := range held {
			_ = c.Close()
		}
	}()
	targets := []string{"192.168.24.2", "192.168.24.3"}
	for _, addr := range targets {
		ln, err := l.Listen("vpc-2", netip.AddrPortFrom(netip.MustParseAddr(addr), port))
		must(t, err)
		defer ln.Close()
	}
	l.socket = func(fd int) error {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, ipLocalPortRange, hi<<16|lo); err != nil {
			t.Skip("this kernel has no IP_LOCAL_PORT_RANGE: ", err)
		}
		return nil
	}
	for _, addr := range targets {
		for range 40 {
			conn, err := l.Dial(t.Context(), "tcp", "vpc-2", netip.MustParseAddr("100.64.0.1"), netip.AddrPortFrom(netip.MustParseAddr(addr), port))
			must(t, err)
			held = append(held, conn)
		}
	}
}

// What a burst brings waits at a UDP port.
func TestUDPPortTakesABurst(t *testing.T) {
	l := lab(t)
	where := at("192.168.24.2:29007")
	pc, err := l.ListenPacket("vpc-2", where)
	must(t, err)
	defer pc.Close()
	conn, err := l.Dial(t.Context(), "udp", "vpc-2", netip.MustParseAddr("100.64.0.7"), where)
	must(t, err)
	defer conn.Close()
	const burst = 300 // the default has room for less than 280
	for range burst {
		_, err := conn.Write(make([]byte, 64))
		must(t, err)
	}
	for i := range burst {
		must(t, pc.SetReadDeadline(time.Now().Add(5*time.Second)))
		if _, _, err := pc.ReadFrom(make([]byte, 64)); err != nil {
			t.Fatalf("after %d of %d: %v", i, burst, err)
		}
	}
}

// Flows over UDP take their ports from a quarter of those there are, so that a
// program that wants one on every address always finds one.
func TestUDPSourcesLeavePortsToOthers(t *testing.T) {
	from, to := udpPorts()
	if to == 0 {
		t.Skip("the range of ports is not known")
	}
	l := lab(t)
	for range 100 {
		conn, err := l.Dial(t.Context(), "udp", "vpc-2", netip.MustParseAddr("100.64.0.7"), at("192.168.24.2:9"))
		must(t, err)
		port := conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
		control := func(fd int) error {
			_, err := unix.GetsockoptInt(fd, unix.IPPROTO_IP, ipLocalPortRange)
			return err
		}
		raw, err := conn.(*net.UDPConn).SyscallConn()
		must(t, err)
		must(t, raw.Control(func(fd uintptr) { err = control(int(fd)) }))
		defer conn.Close()
		if err != nil {
			t.Skip("this kernel has no IP_LOCAL_PORT_RANGE: ", err)
		}
		if port < from || port > to {
			t.Fatalf("port %d is not in %d-%d", port, from, to)
		}
	}
}
