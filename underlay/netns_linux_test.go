package underlay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// spaces is an underlay with two VPCs of the same addresses.
func spaces(t *testing.T, before ...func(*Netns)) *Netns {
	t.Helper()
	n, err := NewNetns(NetnsOptions{ResolvConf: filepath.Join(t.TempDir(), "resolv.conf"), Nameserver: netip.MustParseAddr("100.100.2.136")})
	var rights *RightsError
	if errors.As(err, &rights) {
		t.Skip(err)
	}
	must(t, err)
	t.Cleanup(n.Close)
	for _, fn := range before {
		fn(n)
	}
	must(t, n.Map("", sender, netip.Prefix{}))
	for _, vpc := range []string{"vpc-1", "vpc-2"} {
		must(t, n.Map(vpc, netip.MustParsePrefix("10.10.2.0/24"), netip.Prefix{}))
		must(t, n.Map(vpc, netip.MustParsePrefix("10.10.3.0/24"), netip.Prefix{}))
		for i := range 2 {
			must(t, n.Host(fmt.Sprintf("%s-ecs%d", vpc, i+1), vpc, []netip.Addr{netip.AddrFrom4([4]byte{10, 10, 2, byte(1 + i)})}))
		}
	}
	return n
}

// COM-09: two VPCs have the same addresses, and what is sent in one stays there
// and says where it came from.
func TestEqualAddressesOfTwoVPCs(t *testing.T) {
	n := spaces(t)
	for _, where := range []string{"10.10.2.2:80", "10.10.2.77:80", "10.10.3.1:80"} {
		for _, vpc := range []string{"vpc-1", "vpc-2"} {
			ln, err := n.Listen(vpc, at(where))
			must(t, err)
			defer ln.Close()
			go func() {
				for {
					c, err := ln.Accept()
					if err != nil {
						return
					}
					in, addr, ok := n.Origin(vpc, c.RemoteAddr().(*net.TCPAddr).AddrPort().Addr())
					fmt.Fprint(c, vpc, " sees ", in, " ", addr, " ", ok)
					_ = c.Close()
				}
			}()
		}
		for _, vpc := range []string{"vpc-1", "vpc-2"} {
			for from, origin := range map[string]string{"10.10.2.1": vpc, "100.64.0.7": "", "10.10.2.2": vpc} {
				ctx, cancel := context.WithTimeout(t.Context(), timeout)
				c, err := n.Dial(ctx, "tcp", vpc, netip.MustParseAddr(from), at(where))
				cancel()
				must(t, err)
				text, err := io.ReadAll(c)
				must(t, err)
				if want := fmt.Sprint(vpc, " sees ", origin, " ", from, " true"); string(text) != want {
					t.Errorf("from %s to %s: %q, want %q", from, where, text, want)
				}
				_ = c.Close()
			}
		}
	}
}

func TestNothingListens(t *testing.T) {
	n := spaces(t)
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	began := time.Now()
	for _, to := range []string{"10.10.2.2:81", "10.10.2.99:80"} {
		_, err := n.Dial(ctx, "tcp", "vpc-1", netip.MustParseAddr("10.10.2.1"), at(to))
		wantErr(t, err, syscall.ECONNREFUSED)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("the refusal took %v", took)
	}
	_, err := n.Dial(ctx, "tcp", "vpc-1", netip.MustParseAddr("10.10.2.1"), at("10.99.0.1:80"))
	wantErr(t, err, ErrNotMapped)
}

// TYS-10: what one NIC of an instance received is answered by the same, and a
// NIC that goes takes nothing else with it. A stopped instance is nowhere.
func TestNICsInANamespace(t *testing.T) {
	n := spaces(t)
	one, two, peer := netip.MustParseAddr("10.10.2.1"), netip.MustParseAddr("10.10.3.1"), netip.MustParseAddr("10.10.2.2")
	must(t, n.Host("vpc-1-ecs1", "vpc-1", []netip.Addr{one, two}))
	said := func(from netip.Addr, to string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		c, err := n.Dial(ctx, "tcp", "vpc-1", from, at(to))
		if err != nil {
			return "", err
		}
		defer c.Close()
		text, err := io.ReadAll(c)
		return string(text), err
	}
	serve := func(where string) {
		ln, err := n.Listen("vpc-1", at(where))
		must(t, err)
		t.Cleanup(func() { _ = ln.Close() })
		go func() {
			for {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				fmt.Fprint(c, c.LocalAddr(), " sees ", c.RemoteAddr().(*net.TCPAddr).IP)
				_ = c.Close()
			}
		}()
	}
	serve("10.10.2.1:80")
	serve("10.10.3.1:80")
	serve("10.10.2.2:80")
	check := func(from netip.Addr, to string) {
		t.Helper()
		if text, err := said(from, to); err != nil || text != fmt.Sprint(to, " sees ", from) {
			t.Errorf("from %s to %s: %q, %v", from, to, text, err)
		}
	}
	for _, from := range []netip.Addr{peer, netip.MustParseAddr("100.64.0.7")} {
		check(from, "10.10.2.1:80")
		check(from, "10.10.3.1:80")
	}
	check(one, "10.10.2.2:80")
	check(two, "10.10.2.2:80")
	must(t, n.Host("vpc-1-ecs1", "vpc-1", []netip.Addr{one}))
	check(peer, "10.10.2.1:80")
	if _, err := said(peer, "10.10.3.1:80"); err == nil {
		t.Error("a NIC that is gone answers")
	}
	must(t, n.Host("vpc-1-ecs1", "vpc-1", nil))
	if _, err := said(peer, "10.10.2.1:80"); err == nil {
		t.Error("a stopped instance answers")
	}
	must(t, n.Host("vpc-1-ecs1", "vpc-1", []netip.Addr{one, two}))
	check(peer, "10.10.2.1:80")
}

// TYN-03: a network on premises reaches the VPC that it is attached to, is told
// from the VPC's own, and reaches nothing when it is attached to none.
func TestSiteInANamespace(t *testing.T) {
	n := spaces(t)
	cidr, gateway, client := netip.MustParsePrefix("10.8.0.0/24"), netip.MustParseAddr("10.8.0.1"), netip.MustParseAddr("10.8.0.10")
	must(t, n.Site("idc-1", "", cidr, gateway, client))
	ln, err := n.Listen("vpc-1", at("10.10.2.77:80"))
	must(t, err)
	defer ln.Close()
	dial := func(from string) error {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		c, err := n.Dial(ctx, "tcp", "vpc-1", netip.MustParseAddr(from), at("10.10.2.77:80"))
		if err != nil {
			return err
		}
		defer c.Close()
		seen, err := ln.Accept()
		must(t, err)
		defer seen.Close()
		vpc, addr, ok := n.Origin("vpc-1", seen.RemoteAddr().(*net.TCPAddr).AddrPort().Addr())
		if !ok || vpc != "idc-1" || addr.String() != from {
			t.Errorf("%s is %s of %q, %v", from, addr, vpc, ok)
		}
		return nil
	}
	wantErr(t, dial("10.8.0.10"), ErrNotMapped)
	for range 2 { // attached again, it is the same
		must(t, n.Site("idc-1", "vpc-1", cidr, gateway, client))
		must(t, dial("10.8.0.10"))
		must(t, dial("10.8.0.200"))
		must(t, n.Site("idc-1", "", cidr, gateway, client))
		wantErr(t, dial("10.8.0.10"), ErrNotMapped)
	}
	// What could not be joined leaves nothing in the way of the next try.
	must(t, n.Site("idc-2", "vpc-1", cidr, netip.MustParseAddr("10.8.0.2"), client))
	wantErr(t, n.Site("idc-1", "vpc-1", cidr, gateway, client), unix.EEXIST)
	n.Gone("idc-2")
	must(t, n.Site("idc-1", "vpc-1", cidr, gateway, client))
	// A VPC may go before those who stand in it, who then leave it and no other:
	// the next one has the number of its interface, and of its open file.
	must(t, n.Map("vpc-3", netip.MustParsePrefix("10.10.2.0/24"), netip.Prefix{}))
	must(t, n.Host("vpc-3-ecs1", "vpc-3", nil))
	must(t, n.Site("idc-1", "vpc-4", cidr, gateway, client))
	n.Forget("vpc-4")
	must(t, n.Host("vpc-3-ecs1", "vpc-3", []netip.Addr{netip.MustParseAddr("10.10.2.1")}))
	other, err := n.Listen("vpc-3", at("10.10.2.1:80"))
	must(t, err)
	defer other.Close()
	must(t, n.Site("idc-1", "", cidr, gateway, client))
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	c, err := n.Dial(ctx, "tcp", "vpc-3", netip.MustParseAddr("10.10.2.2"), at("10.10.2.1:80"))
	must(t, err)
	must(t, c.Close())
}

// An instance is gone at once, for everybody, though a program in it takes its
// time to end.
func TestGoneWithAProgramThatStays(t *testing.T) {
	n := spaces(t)
	one := netip.MustParseAddr("10.10.2.1")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done")
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, n.In("vpc-1", one, cmd.Start))
	_, err = out.Read(make([]byte, 3))
	must(t, err)
	began := time.Now()
	n.Gone("vpc-1-ecs1")
	must(t, n.Host("vpc-1-ecs1", "vpc-1", []netip.Addr{one})) // another one of that name
	if _, _, ok := n.Origin("vpc-2", one); !ok {
		t.Error("another VPC's address is unknown")
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	n.ending.Wait()
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.hosts["vpc-1-ecs1"] == nil {
		t.Error("the other one is gone too")
	}
}

// A program that sends as somebody else is not heard.
func TestNobodyIsSomebodyElse(t *testing.T) {
	n := spaces(t)
	pc, err := n.ListenPacket("vpc-1", at("10.10.2.77:53"))
	must(t, err)
	defer pc.Close()
	send := func(as string) {
		must(t, n.In("vpc-1", netip.MustParseAddr("10.10.2.1"), func() error {
			fd, err := newSocket("udp")
			if err != nil {
				return err
			}
			defer unix.Close(fd)
			return errors.Join(
				unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TRANSPARENT, 1),
				unix.Bind(fd, &unix.SockaddrInet4{Addr: netip.MustParseAddr(as).As4()}),
				unix.Sendto(fd, []byte(as), 0, &unix.SockaddrInet4{Port: 53, Addr: netip.MustParseAddr("10.10.2.77").As4()}),
			)
		}))
	}
	send("10.10.2.2")
	send("100.64.0.7")
	send("10.10.2.1")
	must(t, pc.SetReadDeadline(time.Now().Add(timeout)))
	buf := make([]byte, 100)
	size, from, err := pc.ReadFrom(buf)
	must(t, err)
	if string(buf[:size]) != "10.10.2.1" {
		t.Errorf("%q came from %s first", buf[:size], from)
	}
}

// A process without rights is told which it lacks, and what it can do.
func TestMissingRights(t *testing.T) {
	const inside = "CULVERT_TEST_NO_RIGHTS"
	if os.Getenv(inside) != "" {
		_, err := NewNetns(NetnsOptions{})
		fmt.Print(err)
		return
	}
	if os.Getuid() != 0 {
		t.Skip("only root can give rights up")
	}
	self, err := os.Open("/proc/self/exe")
	must(t, err)
	defer self.Close()
	// Not where only root may look.
	program := filepath.Join("/tmp", fmt.Sprintf("culvert-rights-%d", os.Getpid()))
	copied, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	must(t, err)
	defer os.Remove(program)
	_, err = io.Copy(copied, self)
	must(t, errors.Join(err, copied.Close()))
	cmd := exec.CommandContext(t.Context(), program, "-test.run", "^TestMissingRights$")
	cmd.Env, cmd.Dir = append(os.Environ(), inside+"=1"), "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	must(t, err)
	for _, want := range []string{"CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE", "as root", "--underlay loopback"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in: %s", want, out)
		}
	}
}
