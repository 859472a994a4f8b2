package reconcile_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/reconcile"
	"culvert.internal/underlay"
)

var inNetns = flag.Bool("netns", false, "run the labs in network namespaces")

// network is an underlay that is given up in the end.
type network interface {
	reconcile.Underlay
	Close()
}

// addresses makes the underlay of a lab.
func addresses(t *testing.T, folder string, opt *reconcile.Options) network {
	t.Helper()
	if !*inNetns {
		lo, err := underlay.NewLoopback()
		if err != nil {
			t.Fatal(err)
		}
		opt.Moved = func(network, vpc string, at netip.AddrPort) (cloud.Move, bool) {
			m, ok := lo.Moved(network, vpc, at)
			return cloud.Move{VPC: m.VPC, Network: m.Network, Address: m.At, Host: m.Host, Holder: m.Holder}, ok
		}
		return lo
	}
	opt.Nameserver, opt.ResolvConf = netip.MustParseAddr("100.100.2.136"), filepath.Join(folder, "resolv.conf")
	n, err := underlay.NewNetns(underlay.NetnsOptions{Nameserver: opt.Nameserver, ResolvConf: opt.ResolvConf})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// from connects as a program of an instance, or of a network on premises, does
// that chooses no door: by its own address, which on the loopback is its twin.
func (l *lab) from(network, vpc string, from, twin netip.Addr, to netip.AddrPort, patience time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	if *inNetns {
		return l.under.Dial(ctx, network, vpc, from, to)
	}
	at, _ := l.Port(vpc, network, to)
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(twin, 0))}
	if network == "udp" {
		d.LocalAddr = net.UDPAddrFromAddrPort(netip.AddrPortFrom(twin, 0))
	}
	return d.DialContext(ctx, network, at.String())
}

// program connects as a program inside of an instance does.
func (l *lab) program(id string, to netip.AddrPort) error {
	l.t.Helper()
	space, err := l.under.Space(id)
	l.ok(err)
	defer space.Close()
	cmd := exec.CommandContext(l.t.Context(), "nsenter", "--net=/proc/self/fd/3",
		"timeout", "2", "bash", "-c", fmt.Sprintf("exec 4<>/dev/tcp/%s/%d", to.Addr(), to.Port()))
	cmd.ExtraFiles = []*os.File{space}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// onLoopback skips a test that is about what only twins have.
func onLoopback(t *testing.T) {
	t.Helper()
	if *inNetns {
		t.Skip("there are no twins")
	}
}

// COM-09: every test of this package holds in network namespaces too, but
// those about what only twins on the loopback have.
func TestInNetns(t *testing.T) {
	if *inNetns {
		t.Skip("this is inside")
	}
	n, err := underlay.NewNetns(underlay.NetnsOptions{ResolvConf: filepath.Join(t.TempDir(), "resolv.conf")})
	var rights *underlay.RightsError
	if errors.As(err, &rights) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	n.Close()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-netns", "-test.skip", "TestInNetns"}
	if testing.Short() {
		args = append(args, "-test.short")
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stderr = os.Stderr
	if out, err := cmd.Output(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
