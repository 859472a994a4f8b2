package dataplane_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/proxyproto"
	"culvert.internal/reach"
)

// forms are all there are (B.7).
var forms = []proxyproto.Form{
	proxyproto.Plain, proxyproto.Aliyun, proxyproto.AWS, proxyproto.Azure, proxyproto.GCP, proxyproto.SAP,
}

// HAProxy takes the header of every form: its log has the client's address in its
// VPC and the one it dialled. A second frontend logs the bytes that it gets, so
// that the records are read back from HAProxy's own log; from 2.9 on it also
// names Alibaba's by fc_pp_tlv. Health checks leave no error behind.
func TestHAProxyReceives(t *testing.T) {
	version := program(t, "haproxy", "-v", `version (\d+)\.(\d+)`)
	l := newLab(t)
	web, raw := l.place(2), l.place(3)
	tlv := "-"
	if version >= 2009 {
		tlv = "%[fc_pp_tlv(0xE1),hex]"
	}
	log := l.run("haproxy", fmt.Sprintf(`
global
    log stdout format raw local0
defaults
    log global
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend web
    bind %s accept-proxy
    mode http
    log-format "web %%[src]:%%[src_port] %%[dst]:%%[dst_port] %%ST %%[capture.req.uri] %s"
    http-request return status 200 content-type text/plain lf-string "hello %%[src]"
frontend raw
    bind %s
    mode tcp
    tcp-request inspect-delay 2s
    tcp-request content capture req.payload(0,0),hex len 1024 if { req.len gt 40 }
    tcp-request content reject if { req.len gt 40 }
    log-format "raw %%[capture.req.hdr(0)]"
`, web, tlv, raw), "-db", "-f")
	l.set(func(v *reach.Verdict) { v.Service = "epsrv-1" })
	to := l.front("eni-1", true)
	for _, form := range forms {
		l.set(func(v *reach.Verdict) {
			v.Proxy = string(form)
			v.Backends = []reach.Backend{{ID: "web", VPC: "vpc-2", Addr: l.at(2)}}
		})
		body, from := l.get(to, "/"+string(form))
		if body != "hello 10.10.2.1" {
			t.Fatalf("%s: the answer is %q", form, body)
		}
		line := log.line(t, `^web .* /`+string(form)+" ")
		if want := fmt.Sprintf("web 10.10.2.1:%d 10.10.2.5:%d 200 ", from.Port(), l.port); !strings.HasPrefix(line, want) {
			t.Errorf("%s: HAProxy logs %q, want %q", form, line, want)
		}
		if want := hex.EncodeToString([]byte("\x01vpc-1")); form == proxyproto.Aliyun && version >= 2009 && !strings.Contains(strings.ToLower(line), want) {
			t.Errorf("HAProxy logs %q, want the record %s", line, want)
		}
		l.set(func(v *reach.Verdict) {
			v.Backends = []reach.Backend{{ID: "raw", VPC: "vpc-2", Addr: l.at(3)}}
		})
		c := l.mustDial(to)
		_, err := io.WriteString(c, "GET /raw-"+string(form))
		l.must(err)
		_, _ = io.ReadAll(c)
		ports := fmt.Sprintf("%04X%04X", c.LocalAddr().(*net.TCPAddr).Port, l.port)
		l.wantRecords(form, c, log.line(t, "^raw .*"+ports))
	}
	// Probes are no clients: they are answered, and nothing is logged for them.
	l.plane.SetProbes("lsn-1", []dataplane.Probe{
		{ID: "http", VPC: "vpc-2", Addr: l.at(2), Kind: dataplane.ProbeHTTP, Introduce: true, Interval: 20 * time.Millisecond},
		{ID: "tcp", VPC: "vpc-2", Addr: l.at(2), Kind: dataplane.ProbeTCP, Introduce: true, Interval: 20 * time.Millisecond},
	})
	l.eventually("both probes succeed", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return strings.Contains(strings.Join(l.health, "\n"), "http true ok") && strings.Contains(strings.Join(l.health, "\n"), "tcp true ok")
	})
	if bad := log.find(`(?i)error|alert|invalid|while waiting|web/1|raw/1`); bad != "" {
		t.Errorf("HAProxy logs %q", bad)
	}
}

// nginx takes the header of every form too. From 1.23.2 on its log names
// Alibaba's record.
func TestNginxReceives(t *testing.T) {
	version := program(t, "nginx", "-v", `nginx/(\d+)\.(\d+)`)
	l := newLab(t)
	tlv := "-"
	if version >= 1024 {
		tlv = "$proxy_protocol_tlv_0xE1"
	}
	dir := t.TempDir()
	log := l.run("nginx", fmt.Sprintf(`
daemon off;
master_process off;
pid %[1]s/pid;
error_log stderr info;
events {}
http {
    log_format link 'web $proxy_protocol_addr:$proxy_protocol_port $proxy_protocol_server_addr:$proxy_protocol_server_port $status $uri %[3]s';
    access_log /dev/stderr link;
    client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
    server {
        listen %[2]s proxy_protocol;
        location / { default_type text/plain; return 200 "hello $proxy_protocol_addr"; }
    }
}
`, dir, l.place(2), tlv), "-p", dir, "-e", "stderr", "-c")
	l.set(func(v *reach.Verdict) {
		v.Service = "epsrv-1"
		v.Backends = []reach.Backend{{ID: "web", VPC: "vpc-2", Addr: l.at(2)}}
	})
	to := l.front("eni-1", true)
	for _, form := range forms {
		l.set(func(v *reach.Verdict) { v.Proxy = string(form) })
		body, from := l.get(to, "/"+string(form))
		if body != "hello 10.10.2.1" {
			t.Fatalf("%s: the answer is %q", form, body)
		}
		line := log.line(t, `^web .* /`+string(form)+" ")
		if want := fmt.Sprintf("web 10.10.2.1:%d 10.10.2.5:%d 200 ", from.Port(), l.port); !strings.HasPrefix(line, want) {
			t.Errorf("%s: nginx logs %q, want %q", form, line, want)
		}
		if form == proxyproto.Aliyun && version >= 1024 && !strings.Contains(line, "vpc-1") {
			t.Errorf("nginx logs %q, want the record of vpc-1", line)
		}
	}
	l.plane.SetProbes("lsn-1", []dataplane.Probe{
		{ID: "http", VPC: "vpc-2", Addr: l.at(2), Kind: dataplane.ProbeHTTP, Introduce: true},
		{ID: "tcp", VPC: "vpc-2", Addr: l.at(2), Kind: dataplane.ProbeTCP, Introduce: true},
	})
	l.eventually("both probes succeed", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return strings.Contains(strings.Join(l.health, "\n"), "http true ok") && strings.Contains(strings.Join(l.health, "\n"), "tcp true ok")
	})
	if bad := log.find(`\[(error|alert|crit)\]|broken header`); bad != "" {
		t.Errorf("nginx logs %q", bad)
	}
}

// wantRecords reads a header back from a line of hexadecimal digits.
func (l *lab) wantRecords(form proxyproto.Form, c net.Conn, line string) {
	l.t.Helper()
	b, err := hex.DecodeString(strings.ToLower(strings.TrimPrefix(line, "raw ")))
	l.must(err)
	h, n, err := proxyproto.Parse(b)
	l.must(err)
	want := proxyproto.Header{
		Source:      netip.AddrPortFrom(clientAddr, c.LocalAddr().(*net.TCPAddr).AddrPort().Port()),
		Destination: netip.AddrPortFrom(frontAddr, l.port),
		TLVs:        form.TLVs(proxyproto.Link{VPC: "vpc-1", Endpoint: "ep-1", Service: "epsrv-1"}),
	}
	if fmt.Sprint(h) != fmt.Sprint(want) || !strings.HasPrefix("GET /raw-"+string(form), string(b[n:])) {
		l.t.Errorf("%s: the log holds %+v and then %q, want %+v", form, h, b[n:], want)
	}
}

// at is a place in the second VPC, place where it is on the host.
func (l *lab) at(last byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 24, last}), l.port)
}

func (l *lab) place(last byte) netip.AddrPort {
	at := l.at(last)
	twin, _ := l.net.Twin("vpc-2", at.Addr())
	return netip.AddrPortFrom(twin, at.Port())
}

// get asks for a page as the client, and says from where.
func (l *lab) get(to netip.AddrPort, path string) (string, netip.AddrPort) {
	l.t.Helper()
	c := l.mustDial(to)
	req, err := http.NewRequestWithContext(l.t.Context(), http.MethodGet, "http://"+to.String()+path, nil)
	l.must(err)
	req.Close = true
	l.must(req.Write(c))
	b, err := io.ReadAll(c)
	l.must(err)
	_, body, _ := bytes.Cut(b, []byte("\r\n\r\n"))
	return string(body), c.LocalAddr().(*net.TCPAddr).AddrPort()
}

// program skips the test without a program, and answers its version: 2.6 is
// 2006.
func program(t *testing.T, name, ask, version string) int {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(err)
	}
	out, err := exec.CommandContext(t.Context(), path, ask).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(version).FindSubmatch(out)
	if m == nil {
		t.Fatalf("%s %s says %q", name, ask, out)
	}
	major, _ := strconv.Atoi(string(m[1]))
	minor, _ := strconv.Atoi(string(m[2]))
	return major*1000 + minor
}

// output is what a program has said so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(b)
}

func (o *output) find(line string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return regexp.MustCompile("(?m).*(?:" + line + ").*").FindString(o.b.String())
}

// line waits for one.
func (o *output) line(t *testing.T, want string) string {
	t.Helper()
	want = "(?m)" + want + ".*$"
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		o.mu.Lock()
		found := regexp.MustCompile(want).FindString(o.b.String())
		o.mu.Unlock()
		if found != "" {
			return found
		}
	}
	t.Fatalf("no line like %s in:\n%s", want, o.b.String())
	return ""
}

// run starts a program with a configuration, which is its last argument, and
// waits until something listens at the second place.
func (l *lab) run(name, config string, args ...string) *output {
	l.t.Helper()
	file := filepath.Join(l.t.TempDir(), name+".conf")
	l.must(os.WriteFile(file, []byte(config), 0o600))
	log := &output{}
	cmd := exec.Command(name, append(args, file)...)
	cmd.Stdout, cmd.Stderr = log, log
	l.must(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	l.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	l.eventually(name+" listens", func() bool {
		select {
		case err := <-ended:
			ended <- err
			l.t.Fatalf("%s: %v\n%s", name, err, log.b.String())
		default:
		}
		c, err := net.Dial("tcp4", l.place(2).String())
		if err == nil {
			_, _ = c.Write(proxyproto.Header{Local: true}.Append(nil)) // as a probe does
			_ = c.Close()
		}
		return err == nil
	})
	return log
}
