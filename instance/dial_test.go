package instance

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"culvert.internal/dns"
	"culvert.internal/reach"
)

// TST-01: from ECS1, the address and the name lead to ECS2, which sees ECS1's
// own address.
func TestDialByAddressAndName(t *testing.T) {
	l := newLab(t)
	l.web("sg-open")
	for _, host := range []string{"10.10.2.2", "[::ffff:10.10.2.2]", webName, strings.ToUpper(webName) + "."} {
		c, err := l.doors.Dial(t.Context(), "i-1", "tcp", host, 8081)
		must(t, err)
		if got := c.RemoteAddr().String(); got != "10.10.2.2:8081" {
			t.Errorf("%s: remote address %s", host, got)
		}
		if got := c.LocalAddr().String(); !strings.HasPrefix(got, "10.10.2.1:") {
			t.Errorf("%s: local address %s", host, got)
		}
		if got := page(t, c, "*/*"); !strings.Contains(got, "\r\nX-Instance: ECS2\r\n") || !strings.Contains(got, "10.10.2.1:") {
			t.Errorf("%s: %s", host, got)
		}
	}
	if got := l.refusals(); len(got) != 0 {
		t.Errorf("allowed flows were recorded: %+v", got)
	}
}

// DESIGN, doors: every refusal names its gate, is an error of its own type and
// recorded once. There is no way to this host or to the internet.
func TestRefusedAtTheDoor(t *testing.T) {
	l := newLab(t)
	l.web("sg-shut")
	l.set(l.spec("i-9", "ECS9", "vpc-2", "10.10.2.9"), "sg-open")
	for _, c := range []struct {
		from, host string
		gate       reach.Gate
	}{
		{"i-1", "10.10.2.2", reach.GateIngress},
		{"i-1", webName, reach.GateIngress},
		{"i-9", webName, reach.GateName},
		{"i-1", "ep-9." + root, reach.GateName},
		{"i-9", "10.10.2.2", reach.GateRoute},
		{"i-1", "127.0.0.1", reach.GateRoute},
		{"i-1", l.slice + "2", reach.GateRoute}, // ECS2's twin
		{"i-1", "169.254.169.254", reach.GateRoute},
		{"i-1", "224.0.0.1", reach.GateRoute},
		{"i-1", "0.0.0.0", reach.GateRoute},
		{"i-1", "::1", reach.GateEgress}, // no rule is about IPv6
		{"i-1", "192.0.2.1", reach.GateRoute},
	} {
		_, err := l.doors.Dial(t.Context(), c.from, "tcp", c.host, 8081)
		refused := wantRefused(t, err, c.gate)
		a := l.refusal()
		if a.Flow != refused.Flow || a.Verdict.Reason.Key == "" || a.Door != DoorDial || a.Instance != c.from {
			t.Errorf("%s: recorded %+v", c.host, a)
		}
	}
	if _, err := l.doors.Dial(t.Context(), "i-none", "tcp", "10.10.2.2", 80); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
	if _, err := l.doors.Dial(t.Context(), "i-1", "unix", "10.10.2.2", 80); err == nil {
		t.Error("dialled an unknown network")
	}
}

// allowAll stands for a judge that made a mistake.
type allowAll struct{}

func (allowAll) Judge(reach.Flow) reach.Verdict   { return reach.Verdict{Allowed: true} }
func (allowAll) Explain(reach.Flow) reach.Verdict { return reach.Verdict{Allowed: true} }

func TestHostStaysShutWhateverTheJudgeSays(t *testing.T) {
	l := newLab(t)
	d := New(l.net, allowAll{}, l.names, Options{})
	l.run(d.Run)
	s := l.spec("i-5", "ECS5", "vpc-1", "10.10.2.5")
	must(t, d.Set(s))
	for _, host := range []string{"127.0.0.1", l.slice + "1", "169.254.0.1", "224.0.0.1", "::1", "fe80::1%lo", "255.255.255.255"} {
		_, err := d.Dial(t.Context(), "i-5", "tcp", host, 80)
		wantRefused(t, err, reach.GateRoute)
	}
	s.Running = false
	must(t, d.Set(s))
	_, err := d.Dial(t.Context(), "i-5", "tcp", "10.10.2.1", 80)
	wantRefused(t, err, reach.GateSource)
}

func TestUpstreamIsToldApartFromNoSuchName(t *testing.T) {
	l := newLab(t)
	_, err := l.doors.Dial(t.Context(), "i-1", "tcp", "example.com", 80)
	refused := wantRefused(t, err, reach.GateName)
	if refused.Verdict.Reason.Key != "terminal.upstream" || !errors.Is(err, dns.ErrUpstream) {
		t.Errorf("%+v", refused.Verdict)
	}
}

// Nothing listens: the network's own error, and no record.
func TestClosedPort(t *testing.T) {
	l := newLab(t)
	l.web("sg-open")
	if _, err := l.doors.Dial(t.Context(), "i-1", "tcp", "10.10.2.2", 9); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error(err)
	}
	if got := l.refusals(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// Of a name's addresses, one that is refused or closed does not hide one that
// works.
func TestNextAddressOfAName(t *testing.T) {
	l := newLab(t)
	l.web("sg-open")
	l.names.SetName("vpc-1", dns.Name{FQDN: webName, Addrs: []dns.Addr{
		{IP: addr("10.10.2.2"), Healthy: false}, {IP: addr("10.10.2.1"), Healthy: true}, {IP: addr("10.10.2.12"), Healthy: true},
	}})
	c, err := l.doors.Dial(t.Context(), "i-1", "tcp", webName, 8081)
	must(t, err)
	if got := page(t, c, "*/*"); !strings.Contains(got, "ECS2") {
		t.Error(got)
	}
	if got := l.refusals(); len(got) != 0 {
		t.Errorf("recorded, although it connected: %+v", got)
	}
}

// A stopped instance opens nothing, answers nothing, and what it had open is
// cut; running again, it works again (ALI-03).
func TestStopAndStart(t *testing.T) {
	l := newLab(t)
	l.web("sg-open")
	echo := l.echo("sg-open")
	open, err := l.doors.Dial(t.Context(), "i-1", "tcp", "10.10.2.3", 8007)
	must(t, err)
	defer open.Close()
	_, err = open.Write([]byte("x"))
	must(t, err)
	_, err = io.ReadFull(open, make([]byte, 1))
	must(t, err)

	one := l.spec("i-1", "ECS1", "vpc-1", "10.10.2.1")
	one.Running = false
	l.set(one, "sg-open")
	if _, err := open.Read(make([]byte, 1)); err == nil {
		t.Error("the stopped instance's connection lives on")
	}
	_, err = l.doors.Dial(t.Context(), "i-1", "tcp", "10.10.2.3", 8007)
	if refused := wantRefused(t, err, reach.GateSource); refused.Verdict.Reason.Key != "reach.source.stopped" {
		t.Errorf("%+v", refused.Verdict)
	}
	_, err = l.doors.Dial(t.Context(), "i-1", "tcp", webName, 8081)
	wantRefused(t, err, reach.GateSource)

	one.Running = true
	l.set(one, "sg-open")
	c, err := l.doors.Dial(t.Context(), "i-1", "tcp", "10.10.2.3", 8007)
	must(t, err)
	defer c.Close()
	echo.Running = false
	l.set(echo, "sg-open")
	must(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the stopped server's connection lives on: %v", err)
	}
	if _, ok := l.doors.Server("i-3"); ok {
		t.Error("a stopped instance has a server")
	}
}

// COM-09: the same addresses in two VPCs are two places.
func TestSameAddressesInTwoVPCs(t *testing.T) {
	l := newLab(t)
	l.web("sg-open")
	l.set(l.spec("i-11", "ECS1", "vpc-2", "10.10.2.1"), "sg-open")
	other := l.spec("i-12", "Other", "vpc-2", "10.10.2.2")
	other.Program, other.Port, other.Text = ProgramWeb, 8081, "the other one"
	l.set(other, "sg-open")
	for id, want := range map[string]string{"i-1": "ECS2", "i-11": "Other"} {
		c, err := l.doors.Dial(t.Context(), id, "tcp", "10.10.2.2", 8081)
		must(t, err)
		if got := page(t, c, "*/*"); !strings.Contains(got, "X-Instance: "+want+"\r\n") {
			t.Errorf("from %s: %s", id, got)
		}
	}
}

// A change of one instance leaves the connections of the others alone, and a
// changed text needs no new server.
func TestSetIsKeyed(t *testing.T) {
	l := newLab(t)
	web := l.web("sg-open")
	l.echo("sg-open")
	c, err := l.doors.Dial(t.Context(), "i-1", "tcp", "10.10.2.3", 8007)
	must(t, err)
	defer c.Close()
	before, _ := l.doors.Server("i-2")
	web.Text = "changed"
	l.set(web, "sg-open")
	if after, ok := l.doors.Server("i-2"); !ok || after != before {
		t.Errorf("server moved from %s to %s", before, after)
	}
	w, err := l.doors.Dial(t.Context(), "i-1", "tcp", "10.10.2.2", 8081)
	must(t, err)
	if got := page(t, w, "*/*"); !strings.Contains(got, "changed") {
		t.Error(got)
	}
	l.doors.Remove("i-2")
	l.doors.Remove("i-2")
	_, err = c.Write([]byte("still"))
	must(t, err)
	_, err = io.ReadFull(c, make([]byte, 5))
	must(t, err)
	if l.doors.SOCKS("i-2").IsValid() {
		t.Error("a removed instance has a door")
	}
}

func TestEchoUDP(t *testing.T) {
	l := newLab(t)
	l.echo("sg-open")
	c, err := l.doors.Dial(t.Context(), "i-1", "udp", "10.10.2.3", 8007)
	must(t, err)
	defer c.Close()
	must(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = c.Write([]byte("ping"))
	must(t, err)
	buf := make([]byte, 9)
	n, err := c.Read(buf)
	if err != nil || string(buf[:n]) != "ping" {
		t.Errorf("%q %v", buf[:n], err)
	}
	if _, ok := c.RemoteAddr().(*net.UDPAddr); !ok {
		t.Errorf("remote address is a %T", c.RemoteAddr())
	}
}
