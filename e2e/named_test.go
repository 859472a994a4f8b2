package e2e

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestNamedForwards: a BIND server that forwards to a VPC's resolver resolves
// the lab's names, and others by recursion, over UDP and TCP (TYN-02, TYN-04).
func TestNamedForwards(t *testing.T) {
	t.Parallel()
	up := startUpstream(t)
	p, at := built(t, reader{Lang: "en", Lab: newLab(t, "--upstream", up)})
	resolver := p.instance("ECS1").fact("DNS 解析器", "DNS resolver")
	named := startNamed(t, resolver)
	resolvesLike(t, named, at)
}

// resolvesLike asks a DNS server for names of the lab and of the upstream of
// startUpstream.
func resolvesLike(t *testing.T, server string, at addresses) {
	t.Helper()
	for _, way := range []string{"+notcp", "+tcp"} {
		for _, name := range []string{at.domain, at.zone, strings.ToUpper(at.domain)} {
			if got := dig(t, server, way, "+short", name); got != at.ip {
				t.Errorf("%s %s: %q, want %s", way, name, got, at.ip)
			}
		}
		if got := dig(t, server, way, "+short", "www.upstream.example"); got != upstreamAddr {
			t.Errorf("%s, recursion: %q", way, got)
		}
		if got := dig(t, server, way, "+short", "long.upstream.example"); strings.Count(got, "\n")+1 != upstreamMany {
			t.Errorf("%s, a long answer: %d lines", way, strings.Count(got, "\n")+1)
		}
		if got := dig(t, server, way, "+short", "-x", at.ip); !strings.EqualFold(got, at.domain+".") {
			t.Errorf("%s, reverse: %q, want %s.", way, got, at.domain)
		}
		missing := "missing." + at.domain
		if got := dig(t, server, way, missing); !strings.Contains(got, "status: NXDOMAIN") {
			t.Errorf("%s %s:\n%s", way, missing, got)
		}
		if got := dig(t, server, way, at.domain, "AAAA"); !strings.Contains(got, "status: NOERROR") || !strings.Contains(got, "ANSWER: 0") {
			t.Errorf("%s AAAA:\n%s", way, got)
		}
	}
}

// dig asks a server, given as ADDRESS:PORT.
func dig(t *testing.T, server string, args ...string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		host, port = server, "53"
	}
	return strings.TrimSpace(command(t, "dig", append([]string{"@" + host, "-p", port, "+time=8", "+tries=1"}, args...)...))
}

// startNamed runs a BIND server that forwards everything to these servers
// (ADDRESS or ADDRESS:PORT); see startBIND.
func startNamed(t *testing.T, forwarders ...string) string {
	t.Helper()
	var to strings.Builder
	for _, f := range forwarders {
		if h, p, err := net.SplitHostPort(f); err == nil {
			f = h + " port " + p
		}
		to.WriteString(" " + f + ";")
	}
	return startBIND(t, "forward only;\n\tforwarders {"+to.String()+" };")
}

// startBIND runs a BIND server with these options, without any right, and
// answers where it listens. It ends with the test.
func startBIND(t *testing.T, options string) string {
	t.Helper()
	bin, err := exec.LookPath("named")
	if err != nil {
		if bin, err = exec.LookPath("/usr/sbin/named"); err != nil {
			t.Skip("BIND is not installed: run 'make e2e-deps', or install the package bind9")
		}
	}
	dir, err := os.MkdirTemp("", "culvert-named-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	at, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "named.conf")
	if err := os.WriteFile(conf, []byte(namedConf(dir, at, options)), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bin, "-g", "-4", "-n", "1", "-c", conf)
	cmd.Dir = dir
	if err := withoutRights(cmd, dir); err != nil {
		t.Fatal(err)
	}
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", bin, err)
	}
	var log strings.Builder
	running, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(said)
		for open := true; lines.Scan(); {
			fmt.Fprintln(&log, lines.Text())
			if open && strings.HasSuffix(lines.Text(), " running") {
				open = false
				close(running)
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("named said:\n%s", log.String())
		}
	})
	select {
	case <-running:
	case <-ended:
		t.Fatal("named ended at once")
	case <-time.After(20 * time.Second):
		t.Fatal("named does not come up")
	}
	return at
}

// namedConf puts the options that the documents show into a configuration
// with nothing around them that would need a right, the network or an answer of
// its own.
func namedConf(dir, at, options string) string {
	host, port, _ := net.SplitHostPort(at)
	return fmt.Sprintf(`options {
	directory %[1]q;
	pid-file none;
	lock-file none;
	session-keyfile none;
	managed-keys-directory %[1]q;
	listen-on port %[3]s { %[2]s; };
	listen-on-v6 { none; };
	recursion yes;
	allow-query { any; };
	%[4]s
	dnssec-validation no;
	empty-zones-enable no;
};
controls { };
`, dir, host, port, options)
}

// withoutRights makes a command run as nobody when the tests run as root.
func withoutRights(cmd *exec.Cmd, dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return os.Chown(dir, uid, gid)
}
