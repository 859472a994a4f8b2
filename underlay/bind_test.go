//go:build linux

package underlay

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func control(t *testing.T, sock *os.File, fn func(fd int) error) {
	t.Helper()
	rc, err := sock.SyscallConn()
	must(t, err)
	must(t, rc.Control(func(fd uintptr) { err = fn(int(fd)) }))
	must(t, err)
}

// nobodyElse fails if another program could take the port, on the address or
// on all of them.
func nobodyElse(t *testing.T, host netip.AddrPort, state string) {
	t.Helper()
	for _, addr := range []string{host.String(), fmt.Sprintf("0.0.0.0:%d", host.Port())} {
		if ln, err := net.Listen("tcp4", addr); err == nil {
			_ = ln.Close()
			t.Fatalf("another listener got %s while ours was %s", addr, state)
		}
	}
}

// A port that nobody may use refuses at once and stays owned, in every state.
func TestBoundPortRefusesAndIsOwned(t *testing.T) {
	l := lab(t)
	where := netip.AddrPortFrom(netip.MustParseAddr("10.10.2.5"), freePort(t))
	sock, host := bind(t, l, "tcp", "vpc-1", where)
	if host.Port() != where.Port() {
		t.Fatalf("moved to %s without need", host)
	}
	refused := func(state string) {
		t.Helper()
		wantErr(t, dialErr(t, l, "vpc-1", "10.10.2.1", where.String()), syscall.ECONNREFUSED)
		nobodyElse(t, host, state)
	}
	refused("bound")
	for range 3 {
		must(t, listen(sock))
		must(t, dialErr(t, l, "vpc-1", "10.10.2.1", where.String()))
		nobodyElse(t, host, "listening")
		control(t, sock, func(fd int) error {
			if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 0); err != nil {
				return err
			}
			return unix.Shutdown(fd, unix.SHUT_RD)
		})
		refused("shut")
	}
}

func TestSocketIsPlainNonBlockingTCP(t *testing.T) {
	l := lab(t)
	sock, _ := bind(t, l, "tcp", "vpc-1", at("10.10.2.5:29001"))
	control(t, sock, func(fd int) error {
		proto, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
		if err != nil || proto != unix.IPPROTO_TCP {
			return fmt.Errorf("protocol %d, %w", proto, err)
		}
		if reuse, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR); err != nil || reuse != 0 {
			return fmt.Errorf("SO_REUSEADDR %d, %w", reuse, err)
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if err != nil || flags&unix.O_NONBLOCK == 0 {
			return fmt.Errorf("flags %x, %w", flags, err)
		}
		flags, err = unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC == 0 {
			return fmt.Errorf("descriptor flags %x, %w", flags, err)
		}
		return nil
	})
}

// Connections that the server closed first sit in TIME_WAIT for a minute; a
// restart must get its ports back all the same, and while others hold on.
func TestPortComesBackAfterARestart(t *testing.T) {
	l := lab(t)
	where := netip.AddrPortFrom(netip.MustParseAddr("10.10.2.5"), freePort(t))
	ln, err := l.Listen("vpc-1", where)
	must(t, err)
	pair := func() (client, server net.Conn) {
		client, err := l.Dial(t.Context(), "tcp", "vpc-1", netip.MustParseAddr("10.10.2.1"), where)
		must(t, err)
		server, err = ln.Accept()
		must(t, err)
		return client, server
	}
	client, server := pair()
	must(t, server.Close())
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	must(t, client.Close())
	client, server = pair()
	defer client.Close()
	defer server.Close()
	must(t, ln.Close())
	sock, host := bind(t, l, "tcp", "vpc-1", where)
	if host.Port() != where.Port() {
		t.Fatalf("moved to %s by left-over connections", host)
	}
	must(t, listen(sock))
	must(t, dialErr(t, l, "vpc-1", "10.10.2.1", where.String()))
}

// A port that another program holds on every address moves, is found by Dial,
// and its holder is named.
func TestHeldPortMovesAndNamesItsHolder(t *testing.T) {
	for _, network := range []string{"tcp", "udp"} {
		t.Run(network, func(t *testing.T) {
			l := lab(t)
			port := freePort(t)
			if port > 50000 {
				port -= 10000
			}
			var closeHolder func() error
			if network == "tcp" {
				ln, err := net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", port))
				must(t, err)
				closeHolder = ln.Close
			} else {
				pc, err := net.ListenPacket("udp4", fmt.Sprintf("0.0.0.0:%d", port))
				must(t, err)
				closeHolder = pc.Close
			}
			where := netip.AddrPortFrom(netip.MustParseAddr("10.10.2.5"), port)
			sock, host, err := l.Bind(network, "vpc-1", where)
			must(t, err)
			if host.Port() < port+10000 || host.Port() > port+10100 {
				t.Fatalf("%d moved to %s", port, host)
			}
			m, ok := l.Moved(network, "vpc-1", where)
			if !ok || m.Host != host || m.Reason != ReasonHeld || !strings.HasSuffix(m.Holder, fmt.Sprintf("(pid %d)", os.Getpid())) {
				t.Fatalf("move %+v", m)
			}
			if got := l.Port(network, "vpc-1", where); got != host.Port() {
				t.Fatalf("Port says %d, bound at %s", got, host)
			}
			if network == "tcp" {
				must(t, listen(sock))
				must(t, dialErr(t, l, "vpc-1", "10.10.2.1", where.String()))
			}
			must(t, sock.Close())

			// The holder has gone, but addresses people copied stay good.
			must(t, closeHolder())
			if _, again := bind(t, l, network, "vpc-1", where); again != host {
				t.Fatalf("first at %s, then at %s", host, again)
			}
		})
	}
}

// After a restart the stored move is tried first.
func TestPreferredMove(t *testing.T) {
	l := lab(t)
	port := freePort(t)
	where := netip.AddrPortFrom(netip.MustParseAddr("10.10.2.5"), port)
	l.Prefer("vpc-1", "tcp", where, port-1)
	if got := l.Port("tcp", "vpc-1", where); got != port-1 {
		t.Fatalf("Port says %d", got)
	}
	if _, host := bind(t, l, "tcp", "vpc-1", where); host.Port() != port-1 {
		t.Fatalf("preferred %d, got %s", port-1, host)
	}
	if moves := l.Moves(); len(moves) != 1 || moves[0].At != where || moves[0].Host.Port() != port-1 {
		t.Fatalf("moves %+v", moves)
	}
}

// unprivileged runs fn without the right to ports below 1024.
func unprivileged(t *testing.T, fn func()) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var old [2]unix.CapUserData
	must(t, unix.Capget(&hdr, &old[0]))
	less := old
	less[0].Effective &^= 1 << unix.CAP_NET_BIND_SERVICE
	must(t, unix.Capset(&hdr, &less[0]))
	defer func() { must(t, unix.Capset(&hdr, &old[0])) }()
	fn()
}

func TestPortWithoutPermissionMoves(t *testing.T) {
	l := lab(t)
	unprivileged(t, func() {
		where := at("10.10.2.5:80")
		if l.mayBind("tcp", at("127.200.255.1:80")) {
			t.Skip("ports below 1024 are free for everybody here")
		}
		_, host := bind(t, l, "tcp", "vpc-1", where)
		if m, ok := l.Moved("tcp", "vpc-1", where); !ok || m.Reason != ReasonPermission || m.Holder != "" || host.Port() != 10080 {
			t.Fatalf("80 is at %s, move %+v", host, m)
		}
	})
}

// A user's own program that could not have port 80 either is found at 10080.
func TestDialFindsUnregisteredProgramsAtTheMovedPort(t *testing.T) {
	l := lab(t)
	twin, _ := l.Twin("vpc-2", netip.MustParseAddr("192.168.24.2"))
	ln, err := net.Listen("tcp4", netip.AddrPortFrom(twin, 10081).String())
	must(t, err)
	defer ln.Close()
	unprivileged(t, func() {
		if l.mayBind("tcp", netip.AddrPortFrom(twin, 81)) {
			t.Skip("ports below 1024 are free for everybody here")
		}
		must(t, dialErr(t, l, "vpc-2", "", "192.168.24.2:81"))
		wantErr(t, dialErr(t, l, "vpc-2", "", "192.168.24.2:82"), syscall.ECONNREFUSED)
	})
}

// Two owners of one address and port are told apart: the second one moves.
func TestSecondBindOfAPortMoves(t *testing.T) {
	for _, network := range []string{"tcp", "udp"} {
		l := lab(t)
		port := freePort(t)
		if port > 50000 {
			port -= 10000
		}
		where := netip.AddrPortFrom(netip.MustParseAddr("10.10.2.5"), port)
		_, first := bind(t, l, network, "vpc-1", where)
		_, second := bind(t, l, network, "vpc-1", where)
		if first.Port() != port || second.Port() == port {
			t.Fatalf("%s: first at %s, second at %s", network, first, second)
		}
	}
}
