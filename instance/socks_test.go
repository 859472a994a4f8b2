package instance

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"culvert.internal/reach"
)

func dialAs(l *lab, id string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, to string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(to)
		if err != nil {
			return nil, err
		}
		n, _ := portNumber(port)
		return l.doors.Dial(ctx, id, network, host, n)
	}
}

func copyAll(w io.Writer, r io.Reader) (int64, error) { return io.Copy(w, r) }

// socks sends a request to a door byte by byte as RFC 1928 has it, and answers
// the reply code and the connection behind it.
func (l *lab) socks(id string, command byte, host string, port uint16) (byte, net.Conn) {
	l.t.Helper()
	c, err := net.Dial("tcp", l.doors.SOCKS(id).String())
	must(l.t, err)
	l.t.Cleanup(func() { _ = c.Close() })
	must(l.t, c.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = c.Write([]byte{5, 1, 0})
	must(l.t, err)
	hello := make([]byte, 2)
	_, err = io.ReadFull(c, hello)
	must(l.t, err)
	req := append([]byte{5, command, 0, 3, byte(len(host))}, host...)
	_, err = c.Write(binary.BigEndian.AppendUint16(req, port))
	must(l.t, err)
	reply := make([]byte, 10)
	_, err = io.ReadFull(c, reply)
	must(l.t, err)
	return reply[1], c
}

// DESIGN, doors: SOCKS answers 0 and carries bytes, 2 for what the rules
// refuse, 4 for a name that is none, 5 for a closed port, 7 for anything but
// CONNECT. Literals sent as names are literals.
func TestSOCKSReplies(t *testing.T) {
	l := newLab(t)
	l.web("sg-open")
	for _, c := range []struct {
		name    string
		command byte
		host    string
		port    uint16
		want    byte
		gate    reach.Gate
	}{
		{"literal as name", 1, "10.10.2.2", 8081, 0, ""},
		{"name", 1, webName, 8081, 0, ""},
		{"unknown name", 1, "ep-9." + root, 8081, 4, reach.GateName},
		{"nothing there", 1, "10.10.2.9", 8081, 2, reach.GateRoute},
		{"this host", 1, "127.0.0.1", 22, 2, reach.GateRoute},
		{"closed port", 1, "10.10.2.2", 9, 5, ""},
		{"bind", 2, "10.10.2.2", 8081, 7, ""},
		{"udp associate", 3, "10.10.2.2", 8081, 7, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, conn := l.socks("i-1", c.command, c.host, c.port)
			if code != c.want {
				t.Errorf("reply %d, not %d", code, c.want)
			}
			if c.want == 0 {
				if got := page(t, conn, "*/*"); !strings.Contains(got, "X-Instance: ECS2") {
					t.Error(got)
				}
			}
			if c.gate != "" {
				if a := l.refusal(); a.Verdict.Gate != c.gate || a.Door != DoorSOCKS {
					t.Errorf("%+v", a)
				}
			} else if got := l.refusals(); len(got) != 0 {
				t.Errorf("%+v", got)
			}
		})
	}
}

// Half-close and what was sent early both arrive; a reset comes through as a
// reset.
func TestSOCKSCarries(t *testing.T) {
	l := newLab(t)
	l.echo("sg-open")
	_, c := l.socks("i-1", 1, "10.10.2.3", 8007)
	big := strings.Repeat("0123456789abcdef", 1<<14)
	go func() {
		_, _ = io.WriteString(c, big)
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	back, err := io.ReadAll(c)
	if err != nil || string(back) != big {
		t.Errorf("%d of %d bytes came back: %v", len(back), len(big), err)
	}

	early, err := net.Dial("tcp", l.doors.SOCKS("i-1").String())
	must(t, err)
	defer early.Close()
	must(t, early.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = early.Write(append([]byte{5, 1, 0, 5, 1, 0, 1, 10, 10, 2, 3, 8007 >> 8, 8007 & 0xff}, "early"...))
	must(t, err)
	r := bufio.NewReader(early)
	_, err = r.Discard(12)
	must(t, err)
	word := make([]byte, 5)
	if _, err := io.ReadFull(r, word); err != nil || string(word) != "early" {
		t.Errorf("%q %v", word, err)
	}

	_, cut := l.socks("i-1", 1, "10.10.2.3", 8007)
	stop := l.spec("i-3", "ECS3", "vpc-1", "10.10.2.3")
	stop.Running = false
	l.set(stop, "sg-open")
	if _, err := cut.Read(make([]byte, 1)); !isReset(err) {
		t.Errorf("a reset came through as %v", err)
	}
}

// The door stays while its instance is stopped, and refuses.
func TestSOCKSOfAStoppedInstance(t *testing.T) {
	l := newLab(t)
	l.web("sg-open")
	at := l.doors.SOCKS("i-1")
	one := l.spec("i-1", "ECS1", "vpc-1", "10.10.2.1")
	one.Running = false
	l.set(one, "sg-open")
	if code, _ := l.socks("i-1", 1, "10.10.2.2", 8081); code != 2 || l.doors.SOCKS("i-1") != at {
		t.Errorf("reply %d at %s", code, l.doors.SOCKS("i-1"))
	}
	if a := l.refusal(); a.Verdict.Gate != reach.GateSource {
		t.Errorf("%+v", a)
	}
}

// A door whose port is taken moves, and says where it is.
func TestSOCKSMoves(t *testing.T) {
	l := newLab(t)
	s := l.spec("i-6", "ECS6", "vpc-1", "10.10.2.6")
	taken, err := net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(netip.AddrPortFrom(s.Door, 21080)))
	must(t, err)
	defer taken.Close()
	l.set(s, "sg-open")
	if got := l.doors.SOCKS("i-6"); got.Addr() != s.Door || got.Port() != 31080 {
		t.Errorf("at %s", got)
	}
	s.Door = netip.Addr{}
	l.set(s, "sg-open")
	if got := l.doors.SOCKS("i-6"); got.IsValid() {
		t.Errorf("without a door at %s", got)
	}
}

// A server that cannot start is an error; a later Set tries again.
func TestSetTriesAgain(t *testing.T) {
	l := newLab(t)
	s := l.spec("i-7", "ECS7", "vpc-1", "10.10.3.7") // in no mapped range
	s.Program, s.Port = ProgramWeb, 8081
	if err := l.doors.Set(s); err == nil || !strings.Contains(err.Error(), "ECS7") {
		t.Fatal(err)
	}
	if !l.doors.SOCKS("i-7").IsValid() {
		t.Error("the door is not open, although only the server failed")
	}
	must(t, l.net.Map("vpc-1", netip.MustParsePrefix("10.10.3.0/28"), netip.MustParsePrefix(l.slice+"96/28")))
	must(t, l.doors.Set(s))
	if _, ok := l.doors.Server("i-7"); !ok {
		t.Error("no server")
	}
}

// The same with a client nobody here wrote: curl resolves names at the door
// (--socks5-hostname) and names a refusal.
func TestCurlThroughSOCKS(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	l := newLab(t)
	l.web("sg-open")
	run := func(url string) (string, int) {
		cmd := exec.CommandContext(t.Context(), curl, "-sS", "-m", "10", "-x", "socks5h://"+l.doors.SOCKS("i-1").String(), url)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	if out, code := run("http://" + webName + ":8081/"); code != 0 || !strings.Contains(out, "Hello") {
		t.Errorf("%d %s", code, out)
	}
	l.web("sg-shut")
	if out, code := run("http://" + webName + ":8081/"); code != 97 || !strings.Contains(out, "(2)") {
		t.Errorf("%d %s", code, out)
	}
	if out, code := run("http://127.0.0.1:8081/"); code != 97 || !strings.Contains(out, "(2)") {
		t.Errorf("%d %s", code, out)
	}
}
