package dataplane_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/reach"

	"golang.org/x/sys/unix"
)

// silent makes an address that answers no connect: its queue of connections
// is full, so that the kernel drops what comes. The result undoes it.
func silent(l *lab, at netip.AddrPort) (undo func()) {
	l.t.Helper()
	sock, host, err := l.net.Bind("tcp", "vpc-2", at)
	l.must(err)
	rc, err := sock.SyscallConn()
	l.must(err)
	l.must(rc.Control(func(fd uintptr) { err = unix.Listen(int(fd), 0) }))
	l.must(err)
	conn, err := net.Dial("tcp", host.String())
	l.must(err)
	return func() {
		_ = conn.Close()
		_ = sock.Close()
	}
}

// connecting says whether somebody waits in SYN_SENT for an address.
func connecting(l *lab, at netip.AddrPort) bool {
	l.t.Helper()
	twin, _ := l.net.Twin("vpc-2", at.Addr())
	a := twin.As4()
	table, err := os.ReadFile("/proc/net/tcp")
	l.must(err)
	// remote address in host order (little endian machines), then SYN_SENT
	want := fmt.Sprintf(" %02X%02X%02X%02X:%04X 02 ", a[3], a[2], a[1], a[0], at.Port())
	return strings.Contains(string(table), want)
}

// A backend that swallows packets costs the connect timeout, once.
func TestSilentBackendCostsOneTimeout(t *testing.T) {
	l := newLab(t)
	at := netip.AddrPortFrom(netip.MustParseAddr("192.168.24.2"), l.port)
	full := silent(l, at)
	defer full()
	l.set(func(v *reach.Verdict) {
		v.Backends = append(v.Backends, reach.Backend{ID: "ecs-2", Name: "ecs-2", VPC: "vpc-2", Addr: at, Weight: 100})
	})
	l.backend("ecs-3", 3, 1, say("3"))
	const timeout = 300 * time.Millisecond
	to := l.apply("eni-1", frontAddr, dataplane.Port{Protocol: reach.TCP, Port: l.port, Open: true, ConnectTimeout: timeout})
	began := time.Now()
	for i := range 10 {
		if got, err := l.ask(to); got != "3" || err != nil {
			t.Fatalf("connection %d: %q, %v", i, got, err)
		}
	}
	if took := time.Since(began); took < timeout || took > 4*timeout {
		t.Fatalf("10 connections took %v with a connect timeout of %v", took, timeout)
	}
}

// A deny that falls between the verdict and the connect is not missed.
func TestCutCatchesFlowsBeingConnected(t *testing.T) {
	l := newLab(t)
	at := netip.AddrPortFrom(netip.MustParseAddr("192.168.24.2"), l.port)
	full := silent(l, at)
	defer full()
	l.set(func(v *reach.Verdict) {
		v.Backends = append(v.Backends, reach.Backend{ID: "ecs-2", VPC: "vpc-2", Addr: at, Weight: 100})
	})
	l.backend("ecs-3", 3, 1, echo)
	to := l.apply("eni-1", frontAddr, dataplane.Port{Protocol: reach.TCP, Port: l.port, Open: true, ConnectTimeout: 2 * time.Second})
	conn := l.mustDial(to)

	l.eventually("the connect waits", func() bool {
		return connecting(l, at)
	})
	l.deny()
	if n := l.plane.Cut("eni-1", nil); n != 0 {
		t.Fatalf("cut %d flows, none is joined", n)
	}
	l.wantReset(conn)
	l.endedAs(dataplane.EndRefused)
}
