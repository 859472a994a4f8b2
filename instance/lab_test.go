package instance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"culvert.internal/dns"
	"culvert.internal/reach"
	"culvert.internal/underlay"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	root    = "privatelink.aliyuncs.com"
	webName = "web.privatelink.aliyuncs.com"
)

var labs atomic.Int32

// lab is two VPCs with the same addresses, three instances in the first and
// one in the second, on real sockets, before the real judge.
type lab struct {
	t     *testing.T
	net   *underlay.Loopback
	world *reach.World
	names *dns.Server
	doors *Doors
	slice string

	mu       sync.Mutex
	attempts []Attempt
}

func addr(s string) netip.Addr   { return netip.MustParseAddr(s) }
func at(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newLab(t *testing.T) *lab {
	t.Helper()
	network, err := underlay.NewLoopback()
	if err != nil {
		t.Skip(err)
	}
	l := &lab{t: t, net: network, world: reach.NewWorld(), slice: fmt.Sprintf("127.%d.%d.", 150+os.Getpid()%40, labs.Add(1)%256)}
	prefix := netip.MustParsePrefix
	must(t, network.Map("vpc-1", prefix("10.10.2.0/28"), prefix(l.slice+"0/28")))
	must(t, network.Map("vpc-2", prefix("10.10.2.0/28"), prefix(l.slice+"32/28")))
	must(t, network.Map("", prefix("100.64.0.0/28"), prefix(l.slice+"64/28")))

	l.names = dns.New(dns.Options{Roots: []string{root}, Upstream: []string{}})
	l.doors = New(network, l.world, l.names, Options{Attempt: l.record, SOCKSPort: 21080})
	l.run(l.names.Run)
	l.run(l.doors.Run)

	l.world.PutVPC(reach.VPC{ID: "vpc-1", Name: "VPC1"})
	l.world.PutVPC(reach.VPC{ID: "vpc-2", Name: "VPC2"})
	everywhere := prefix("0.0.0.0/0")
	l.world.PutGroup(reach.Group{ID: "sg-open", Name: "open", Rules: []reach.Rule{
		{ID: "in", Ingress: true, Accept: true, Priority: 1, Protocol: "all", Peer: everywhere},
		{ID: "out", Accept: true, Priority: 1, Protocol: "all", Peer: everywhere},
	}})
	l.world.PutGroup(reach.Group{ID: "sg-shut", Name: "shut", Rules: []reach.Rule{
		{ID: "out", Accept: true, Priority: 1, Protocol: "all", Peer: everywhere},
	}})
	l.names.SetName("vpc-1", dns.Name{FQDN: webName, Addrs: []dns.Addr{{IP: addr("10.10.2.2"), Healthy: true}}})
	l.set(l.spec("i-1", "ECS1", "vpc-1", "10.10.2.1"), "sg-open")
	return l
}

// run starts a Run and waits for it when the test ends.
func (l *lab) run(run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	l.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			l.t.Error(err)
		}
	})
}

func (l *lab) record(a Attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attempts = append(l.attempts, a)
}

// refusals answers what was recorded and forgets it.
func (l *lab) refusals() []Attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.attempts
	l.attempts = nil
	return all
}

// refusal waits for the one refusal that must have been recorded.
func (l *lab) refusal() Attempt {
	l.t.Helper()
	var all []Attempt
	for deadline := time.Now().Add(5 * time.Second); len(all) == 0 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		all = l.refusals()
	}
	if len(all) != 1 {
		l.t.Fatalf("%d refusals recorded, not 1: %+v", len(all), all)
	}
	return all[0]
}

func (l *lab) spec(id, name, vpc, ip string) Spec {
	door := l.slice + fmt.Sprint(128+len(id)*4+int(id[len(id)-1]-'0'))
	return Spec{
		ID: id, Name: name, Account: "100" + vpc[4:], AccountName: "Account " + vpc[4:], VPC: vpc, Zone: "zone-b",
		Addr: addr(ip), Running: true, Program: ProgramNone, Door: addr(door),
	}
}

func (l *lab) set(s Spec, group string) {
	l.t.Helper()
	l.world.PutHost(reach.Host{ID: s.ID, Name: s.Name, VPC: s.VPC, Zone: s.Zone, Addr: s.Addr, Groups: []string{group}, Running: s.Running})
	must(l.t, l.doors.Set(s))
}

// web is ECS2, which runs the built-in page on port 8081.
func (l *lab) web(group string) Spec {
	l.t.Helper()
	s := l.spec("i-2", "ECS2", "vpc-1", "10.10.2.2")
	s.Program, s.Port, s.Text = ProgramWeb, 8081, "Hello <b>from</b> ECS2"
	l.set(s, group)
	return s
}

func (l *lab) echo(group string) Spec {
	l.t.Helper()
	s := l.spec("i-3", "ECS3", "vpc-1", "10.10.2.3")
	s.Program, s.Port = ProgramEcho, 8007
	l.set(s, group)
	return s
}

// page reads the built-in page over a connection of its own.
func page(t *testing.T, c net.Conn, accept string) string {
	t.Helper()
	defer c.Close()
	must(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	_, err := fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: x\r\nAccept: %s\r\nConnection: close\r\n\r\n", accept)
	must(t, err)
	all, err := io.ReadAll(c)
	must(t, err)
	return string(all)
}

func wantRefused(t *testing.T, err error, gate reach.Gate) *Refused {
	t.Helper()
	var refused *Refused
	if !errors.As(err, &refused) || refused.Verdict.Gate != gate {
		t.Fatalf("not refused at gate %s: %v", gate, err)
	}
	return refused
}
