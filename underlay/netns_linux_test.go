package underlay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// spaces is an underlay with two VPCs of the same addresses.
func spaces(t *testing.T) *Netns {
	t.Helper()
	n, err := NewNetns(NetnsOptions{ResolvConf: filepath.Join(t.TempDir(), "resolv.conf"), Nameserver: netip.MustParseAddr("100.100.2.136")})
	var rights *RightsError
	if errors.As(err, &rights) {
		t.Skip(err)
	}
	must(t, err)
	t.Cleanup(n.Close)
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
