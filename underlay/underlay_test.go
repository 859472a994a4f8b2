package underlay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	vpc1    = netip.MustParsePrefix("10.10.2.0/28")
	vpc2    = netip.MustParsePrefix("192.168.24.0/28")
	sender  = netip.MustParsePrefix("100.64.0.0/28")
	labs    atomic.Int32
	timeout = 30 * time.Second
)

// lab maps two VPCs and the senders of a cloud to a slice of 127/8 that no
// other test (and hardly another run) uses.
func lab(t *testing.T) *Loopback {
	t.Helper()
	l, err := NewLoopback()
	if err != nil {
		t.Skip(err)
	}
	slice := fmt.Sprintf("127.%d.%d.", 200+os.Getpid()%10, labs.Add(1))
	must(t, l.Map("vpc-1", vpc1, netip.MustParsePrefix(slice+"0/28")))
	must(t, l.Map("vpc-2", vpc2, netip.MustParsePrefix(slice+"32/28")))
	must(t, l.Map("", sender, netip.MustParsePrefix(slice+"64/28")))
	return l
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func at(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func bind(t *testing.T, l *Loopback, network, vpc string, where netip.AddrPort) (*os.File, netip.AddrPort) {
	t.Helper()
	sock, host, err := l.Bind(network, vpc, where)
	must(t, err)
	t.Cleanup(func() { _ = sock.Close() })
	return sock, host
}

// dialErr dials and closes.
func dialErr(t *testing.T, l *Loopback, vpc, from, to string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	var source netip.Addr
	if from != "" {
		source = netip.MustParseAddr(from)
	}
	conn, err := l.Dial(ctx, "tcp", vpc, source, at(to))
	if err == nil {
		_ = conn.Close()
	}
	return err
}

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got error %v, want %v", got, want)
	}
}

// freePort is a port of every address that nobody uses right now.
func freePort(t *testing.T) uint16 {
	t.Helper()
	ln, err := net.Listen("tcp4", "0.0.0.0:0")
	must(t, err)
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).AddrPort().Port()
}
