package instance

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"culvert.internal/reach"
)

func (l *lab) line(line string) Output { return l.doors.Terminal(l.t.Context(), "i-1", line) }

func keys(o Output) []string {
	out := make([]string, len(o.Notes))
	for i, n := range o.Notes {
		out[i] = n.Key
	}
	return out
}

// TST-01: curl, dig, nc and the probe of the terminal use the real path.
func TestTerminal(t *testing.T) {
	l := newLab(t)
	l.web("sg-open")
	l.echo("sg-open")
	for _, c := range []struct {
		line string
		ok   bool
		want []string // in the text, in this order
		note string
	}{
		{"curl http://10.10.2.2:8081/", true, []string{"ECS2\n", "10.10.2.1:"}, ""},
		{"curl " + webName + ":8081", true, []string{"ECS2"}, ""},
		{"curl -sv 'http://10.10.2.2:8081/a?b=1&c=2'", true, []string{
			"*   Trying 10.10.2.2:8081...\n* Connected to 10.10.2.2 (10.10.2.2) port 8081\n",
			"> GET /a?b=1&c=2 HTTP/1.1\n", "> Host: 10.10.2.2:8081\n", "> User-Agent: curl/", ">\n", "< HTTP/1.1 200 OK\n", "< X-Instance: ECS2\n", "<\nECS2",
		}, ""},
		{"curl -I http://10.10.2.2:8081", true, []string{"HTTP/1.1 200 OK\n", "X-Instance: ECS2\n"}, ""},
		{"curl -i -H 'Accept: text/html' -o /dev/null http://10.10.2.2:8081", true, []string{"Content-Type: text/html"}, ""},
		{"curl -d a=1 -X PUT http://10.10.2.2:8081", true, []string{"ECS2"}, ""},
		{"curl http://10.10.2.2:9/", false, []string{"curl: (7) Failed to connect to 10.10.2.2 port 9 after "}, "terminal.closed"},
		{"curl -s http://10.10.2.2:9/", false, nil, "terminal.closed"},
		{"curl -k https://10.10.2.2:8081/", false, []string{"curl: (1) "}, ""},
		{"curl http://nothing." + root, false, []string{"curl: (6) Could not resolve host: nothing." + root}, "terminal.refused"},
		{"curl -m 0.3 http://10.10.2.3:8007/", false, []string{"curl: ("}, ""},
		{"curl http://10.10.2.2:8081/?a=1&b=2", false, nil, "terminal.shell"},
		{"curl -o page.html http://10.10.2.2:8081/", false, nil, "terminal.option"},
		{"curl --resolve x:80:1.2.3.4 http://x/", false, nil, "terminal.option"},
		{"curl ftp://10.10.2.2/", false, nil, "terminal.url"},
		{"curl", false, nil, "terminal.usage"},

		{"dig +short " + webName, true, []string{"10.10.2.2\n"}, ""},
		{"dig " + webName, true, []string{"status: NOERROR", "flags: qr aa rd ra;", webName + ".\t", "IN\tA\t10.10.2.2", "SERVER: "}, ""},
		{"dig " + webName + " AAAA", true, []string{"status: NOERROR", "ANSWER: 0", "AUTHORITY SECTION", "SOA"}, ""},
		{"dig nothing." + root, true, []string{"status: NXDOMAIN"}, ""},
		{"dig example.com", true, []string{"status: SERVFAIL"}, "terminal.upstream"},
		{"dig @10.10.2.14 " + webName, false, nil, "terminal.refused"},
		{"dig @127.0.0.1 " + webName, false, nil, "terminal.refused"},
		{"dig -t BANANA " + webName, false, nil, "terminal.dig.type"},
		{"dig +trace x", false, nil, "terminal.option"},

		{"nc -vz 10.10.2.2 8081", true, []string{"Connection to 10.10.2.2 8081 port [tcp/*] succeeded!"}, ""},
		{"nc -vz 10.10.2.2 9", false, []string{"failed: Connection refused"}, "terminal.closed"},
		{"nc -z 10.10.2.9 80", false, []string{"failed: Operation not permitted"}, "terminal.refused"},
		{"echo hello there | nc 10.10.2.3 8007", true, []string{"succeeded!\nhello there\n"}, ""},
		{"echo hello | nc -u -w 1 10.10.2.3 8007", true, []string{"hello\n"}, ""},
		{"nc -uz 10.10.2.3 8007", true, []string{"[udp/*] succeeded!"}, ""},
		{"nc -l 80", false, nil, "terminal.option"},

		{"probe 10.10.2.2:8081", true, []string{"tcp 10.10.2.2:8081 connected in ", "10.10.2.1:"}, ""},
		{"probe 10.10.2.2:9", false, []string{"tcp 10.10.2.2:9 failed"}, "terminal.closed"},
		{"probe 10.10.2.9 80", false, []string{"refused at gate route"}, "terminal.refused"},
		{"probe nonsense", false, nil, "terminal.usage"},

		{"ping 10.10.2.2", true, []string{"the rules allow it"}, "terminal.ping.rules"},
		{"ping -c 3 " + webName, true, []string{webName + " (10.10.2.2)"}, "terminal.ping.rules"},
		{"ping 10.10.2.9", false, []string{"(gate route)"}, "terminal.ping.rules"},

		{"help", true, []string{"curl ", "ping HOST"}, "terminal.help"},
		{"", true, nil, ""},
		{"echo a 'b  c'", true, []string{"a b  c\n"}, ""},
		{"rm -rf /", false, nil, "terminal.unknown"},
		{"curl 'http://", false, nil, "terminal.quotes"},
		{"help > /etc/passwd", false, nil, "terminal.shell"},
		{"help | sh", false, nil, "terminal.shell"},
		{"help `id`", true, nil, ""},
	} {
		t.Run(c.line, func(t *testing.T) {
			o := l.line(c.line)
			if o.OK != c.ok {
				t.Errorf("ok: %v, notes %v\n%s", o.OK, o.Notes, o.Text)
			}
			rest := o.Text
			for _, want := range c.want {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Errorf("no %q in\n%s", want, o.Text)
				}
				rest = after
			}
			if c.note != "" && !slices.Contains(keys(o), c.note) {
				t.Errorf("no note %s in %v", c.note, o.Notes)
			}
			if refused := slices.Contains(keys(o), "terminal.refused"); refused != (o.Verdict != nil) {
				t.Errorf("verdict %v with notes %v", o.Verdict, keys(o))
			}
		})
	}
}

// A refusal in the terminal is explained with every gate, and recorded once.
func TestTerminalExplains(t *testing.T) {
	l := newLab(t)
	l.web("sg-shut")
	o := l.line("curl http://10.10.2.2:8081/")
	if o.OK || o.Verdict == nil || o.Verdict.Gate != reach.GateIngress || len(o.Verdict.Steps) < 3 {
		t.Errorf("%+v", o)
	}
	if !strings.Contains(o.Text, "curl: (7)") || !slices.Equal(keys(o), []string{"terminal.refused", "reach.ingress.none"}) {
		t.Errorf("%s %v", o.Text, keys(o))
	}
	if a := l.refusal(); a.Door != DoorTerminal || a.Verdict.Gate != reach.GateIngress {
		t.Errorf("%+v", a)
	}
	l.line("ping 10.10.2.2")
	if got := l.refusals(); len(got) != 0 {
		t.Errorf("ping sends nothing, but was recorded: %+v", got)
	}
	if o := l.doors.Terminal(t.Context(), "i-none", "help"); o.OK || keys(o)[0] != "terminal.gone" {
		t.Errorf("%+v", o)
	}
	s := l.spec("i-1", "ECS1", "vpc-1", "10.10.2.1")
	s.Running = false
	l.set(s, "sg-open")
	for _, line := range []string{"curl 10.10.2.2:8081", "dig " + webName, "nc -z 10.10.2.2 80", "ping 10.10.2.2"} {
		if o := l.line(line); o.OK || o.Verdict == nil || o.Verdict.Reason.Key != "reach.source.stopped" {
			t.Errorf("%s: %+v", line, o)
		}
	}
	s.Out = true
	l.set(s, "sg-open")
	if o := l.line("dig " + webName); o.OK || !strings.Contains(o.Text, "availability zone has failed") || keys(o)[0] != "reach.source.zone" {
		t.Errorf("%+v", o)
	}
}

// TestDigAtAServer: dig asks any DNS server that the rules let it reach, and
// the VPC's own resolver at once.
func TestDigAtAServer(t *testing.T) {
	l := newLab(t)
	udp, err := l.net.ListenPacket("vpc-1", at("10.10.2.11:5353"))
	must(t, err)
	tcp, err := l.net.Listen("vpc-1", at("10.10.2.11:5353"))
	must(t, err)
	stop, err := l.names.Serve("vpc-1", udp, tcp)
	must(t, err)
	defer stop()
	s := l.spec("i-8", "DNS", "vpc-1", "10.10.2.11")
	l.set(s, "sg-open")
	for _, how := range []string{"", "+tcp "} {
		if o := l.line("dig -p 5353 @10.10.2.11 +short " + how + webName); !o.OK || o.Text != "10.10.2.2\n" {
			t.Errorf("%q: %+v", how, o)
		}
	}
	one := l.spec("i-1", "ECS1", "vpc-1", "10.10.2.1")
	one.Resolver = addr("127.99.0.1")
	l.set(one, "sg-open")
	if o := l.line("dig @127.99.0.1 " + webName); !o.OK || !strings.Contains(o.Text, ";; SERVER: 127.99.0.1:53 (UDP)") {
		t.Errorf("%+v", o)
	}
}

// The terminal is bounded in time and in what it prints.
func TestTerminalBounds(t *testing.T) {
	l := newLab(t)
	endless, err := l.net.Listen("vpc-1", at("10.10.2.12:8080"))
	must(t, err)
	defer endless.Close()
	l.set(l.spec("i-4", "ECS4", "vpc-1", "10.10.2.12"), "sg-open")
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 2 {
			c, err := endless.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 4096))
			_, _ = io.WriteString(c, "HTTP/1.0 200 OK\r\n\r\n\x1b[2J\xff")
			for err == nil {
				_, err = io.WriteString(c, strings.Repeat("x", 1000))
			}
			_ = c.Close()
		}
	}()
	o := l.line("curl http://10.10.2.12:8080/")
	if !o.OK || len(o.Text) > terminalSize+16 || !slices.Contains(keys(o), "terminal.cut") {
		t.Errorf("%v, %d bytes, %v", o.OK, len(o.Text), keys(o))
	}
	if !strings.HasPrefix(o.Text, "\uFFFD[2J\uFFFDxxx") {
		t.Errorf("a terminal's control bytes came through: %q", o.Text[:20])
	}
	started := time.Now()
	if o := l.line("curl -s -m 0.2 -o /dev/null http://10.10.2.12:8080/"); o.OK || time.Since(started) > 5*time.Second {
		t.Errorf("%v after %s", o.OK, time.Since(started))
	}
	<-done
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if o := l.doors.Terminal(ctx, "i-1", "probe 10.10.2.12:8080"); o.OK {
		t.Error("ran after its context ended")
	}
	if o := l.line("echo " + strings.Repeat("x", lineSize)); keys(o)[0] != "terminal.long" {
		t.Errorf("%v", keys(o))
	}
}

// Every key this package uses is in the catalogue, and the other way round.
func TestTerminalKeysHaveTexts(t *testing.T) {
	key := regexp.MustCompile(`"(terminal\.[a-z.]+)"`)
	find := func(pattern string) []string {
		files, err := filepath.Glob(pattern)
		must(t, err)
		var all []string
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			src, err := os.ReadFile(f)
			must(t, err)
			for _, m := range key.FindAllStringSubmatch(string(src), -1) {
				all = append(all, m[1])
			}
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	used, known := find("*.go"), find("../views/text/terminal.go")
	if !slices.Equal(used, known) {
		t.Errorf("used:  %v\nknown: %v", used, known)
	}
}

func FuzzTerminal(f *testing.F) {
	for _, line := range []string{"curl -sv x", "dig @1.2.3.4 x A +short", "nc -vzu h 1", "probe [::1]:80", "echo a | nc h 1", "ping -c1 h", "curl -m -1 x", "nc -w NaN h 1", "| |", "-"} {
		f.Add(line)
	}
	d := New(nil, nil, nil, Options{})
	f.Fuzz(func(t *testing.T, line string) {
		words, _, err := split(line)
		if err != nil || len(words) == 0 {
			return
		}
		sh := &shell{doors: d, ctx: t.Context(), out: screen{left: terminalSize}}
		_, _ = sh.parseCurl(words[1:])
		_, _ = sh.parseDig(words[1:])
		_, _, _ = getopt(words, "vzunNw:q:4", nil)
	})
}
