package instance

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"culvert.internal/reach"
)

func (l *lab) hostDial(from, to string) net.Conn {
	l.t.Helper()
	d := net.Dialer{Timeout: 5 * time.Second}
	if from != "" {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(addr(from), 0))
	}
	c, err := d.DialContext(l.t.Context(), "tcp", to)
	must(l.t, err)
	l.t.Cleanup(func() { _ = c.Close() })
	return c
}

// wantReset dials and answers the port it dialled from, 0 when the reset came
// before connect had even returned.
func (l *lab) wantReset(from, to string) uint16 {
	l.t.Helper()
	d := net.Dialer{Timeout: 5 * time.Second, LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(addr(from), 0))}
	c, err := d.DialContext(l.t.Context(), "tcp", to)
	if isReset(err) {
		return 0
	}
	must(l.t, err)
	defer c.Close()
	must(l.t, c.SetDeadline(time.Now().Add(10*time.Second)))
	// Whichever call comes first after the reset gets to know of it.
	_, wrote := c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
	if n, err := c.Read(make([]byte, 1)); n > 0 || !isReset(wrote) && !isReset(err) {
		l.t.Errorf("not reset: %d bytes, %v, %v", n, wrote, err)
	}
	return hostPort(c.LocalAddr()).Port()
}

// DESIGN, addresses: the built-in servers ask the judge about their callers,
// whoever dials the twin on this host.
func TestCallersOfTheBuiltInPage(t *testing.T) {
	l := newLab(t)
	web := l.web("sg-open")
	l.set(l.spec("i-9", "ECS9", "vpc-2", "10.10.2.9"), "sg-open")
	host, ok := l.doors.Server("i-2")
	if !ok || host.Addr() != addr(l.slice+"2") {
		t.Fatalf("server at %s", host)
	}
	t.Run("sender of the data plane", func(t *testing.T) {
		if got := page(t, l.hostDial(l.slice+"69", host.String()), "*/*"); !strings.Contains(got, "100.64.0.5:") {
			t.Error(got)
		}
	})
	t.Run("instance of the VPC", func(t *testing.T) {
		if got := page(t, l.hostDial(l.slice+"1", host.String()), "*/*"); !strings.Contains(got, "10.10.2.1:") {
			t.Error(got)
		}
	})
	for name, c := range map[string]struct{ from, key string }{
		"this host":             {"127.0.0.1", "reach.source.host"},
		"another VPC":           {l.slice + "41", "reach.source.foreign"},
		"no instance":           {l.slice + "12", "reach.source.unknown"},
		"an address of nothing": {l.slice + "200", "reach.source.host"},
	} {
		t.Run(name, func(t *testing.T) {
			port := l.wantReset(c.from, host.String())
			a := l.refusal()
			if a.Verdict.Gate != reach.GateSource || a.Verdict.Reason.Key != c.key || a.Door != DoorServer {
				t.Errorf("%+v", a)
			}
			if port != 0 && a.SourcePort != port || a.SourcePort == 0 || a.Flow.Port != 8081 || a.Flow.Target != web.Addr {
				t.Errorf("%+v", a)
			}
		})
	}
	t.Run("this host, attached", func(t *testing.T) {
		l.world.PutVPC(reach.VPC{ID: "vpc-1", Name: "VPC1", Host: true})
		if got := page(t, l.hostDial("127.0.0.1", host.String()), "*/*"); !strings.Contains(got, "127.0.0.1:") {
			t.Error(got)
		}
	})
	t.Run("without the group rule", func(t *testing.T) {
		l.web("sg-shut")
		l.wantReset(l.slice+"1", host.String())
		if a := l.refusal(); a.Verdict.Gate != reach.GateIngress {
			t.Errorf("%+v", a)
		}
	})
}

// One record per UDP flow, and no answer.
func TestUDPCallerWithoutRule(t *testing.T) {
	l := newLab(t)
	l.echo("sg-shut")
	host, _ := l.doors.Server("i-3")
	c, err := net.DialUDP("udp", net.UDPAddrFromAddrPort(at(l.slice+"1:0")), net.UDPAddrFromAddrPort(host))
	must(t, err)
	defer c.Close()
	for range 5 {
		_, err = c.Write([]byte("x"))
		must(t, err)
	}
	l.refusal()
	l.echo("sg-open") // the server is the same, its answer shows that all five were read
	for deadline := time.Now().Add(10 * time.Second); ; {
		_, err = c.Write([]byte("y"))
		must(t, err)
		must(t, c.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
		buf := make([]byte, 1)
		if _, err := c.Read(buf); err == nil {
			if buf[0] != 'y' {
				t.Errorf("a refused datagram was answered: %q", buf)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("never answered")
		}
	}
	if got := l.refusals(); len(got) != 0 {
		t.Errorf("more than one record: %+v", got)
	}
}

// ALI-03: the page shows the name, the text and the source, escaped; as plain
// text for curl.
func TestBuiltInPage(t *testing.T) {
	l := newLab(t)
	s := l.web("sg-open")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dialAs(l, "i-1")}}
	get := func(accept string) (*http.Response, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://10.10.2.2:8081/any/path", nil)
		must(t, err)
		req.Header.Set("Accept", accept)
		res, err := client.Do(req)
		must(t, err)
		defer res.Body.Close()
		var b strings.Builder
		_, err = copyAll(&b, res.Body)
		must(t, err)
		return res, b.String()
	}
	res, html := get("text/html,*/*")
	if res.StatusCode != 200 || res.Header.Get("X-Instance") != "ECS2" || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s %v", res.Status, res.Header)
	}
	for _, want := range []string{"Hello &lt;b&gt;from&lt;/b&gt; ECS2", `<code id="source">10.10.2.1:`, `<code id="address">10.10.2.2:8081</code>`, "<h1>ECS2</h1>"} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q in\n%s", want, html)
		}
	}
	_, plain := get("*/*")
	lines := strings.Split(strings.TrimSpace(plain), "\n")
	if len(lines) != 3 || lines[0] != "ECS2" || lines[1] != s.Text || !strings.HasSuffix(lines[2], " -> 10.10.2.2:8081") {
		t.Errorf("%q", lines)
	}
	s.Name = "后端 2"
	l.set(s, "sg-open")
	res, html = get("text/html")
	if res.Header.Get("X-Instance") != "%E5%90%8E%E7%AB%AF 2" || !strings.Contains(html, "<h1>后端 2</h1>") {
		t.Errorf("%v", res.Header)
	}
}
