package instance

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// serveExec serves the socket of a data folder until the test ends.
func (l *lab) serveExec(path string) {
	l.t.Helper()
	l.run(func(ctx context.Context) error { return l.doors.ServeExec(ctx, path) })
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if info, err := os.Stat(path); err == nil && info.Mode().Type() == os.ModeSocket {
			return
		}
		if time.Now().After(deadline) {
			l.t.Fatal("no socket appeared")
		}
	}
}

func runAs(t *testing.T, socket, who string, argv ...string) (code int, out, errout string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code, err = Exec(t.Context(), socket, who, argv, strings.NewReader("from stdin\n"), &stdout, &stderr)
	return code, stdout.String(), stderr.String(), err
}

// TST-01: `culvert exec ECS1 -- curl` is on the instance.
func TestExec(t *testing.T) {
	l := newLab(t)
	l.web("sg-open")
	l.set(l.spec("i-11", "ECS1", "vpc-2", "10.10.2.1"), "sg-open")
	socket := filepath.Join(t.TempDir(), SocketName)
	must(t, os.WriteFile(socket, nil, 0o644)) // left behind by a killed process
	l.serveExec(socket)
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	for _, who := range []string{"i-1", "Account 1/ECS1", "1001/ECS1"} {
		code, out, _, err := runAs(t, socket, who, "env")
		if err != nil || code != 0 {
			t.Fatal(code, err)
		}
		env := strings.Split(strings.TrimSpace(out), "\n")
		door := "socks5h://" + l.doors.SOCKS("i-1").String()
		for _, want := range []string{
			"ALL_PROXY=" + door, "all_proxy=" + door, "HTTP_PROXY=" + door, "http_proxy=" + door,
			"HTTPS_PROXY=" + door, "https_proxy=" + door, "NO_PROXY=", "no_proxy=", "CULVERT_INSTANCE=i-1",
		} {
			if n := len(slices.DeleteFunc(slices.Clone(env), func(v string) bool { return v != want })); n != 1 {
				t.Errorf("%s: %d times %q", who, n, want)
			}
		}
	}
	if code, out, _, err := runAs(t, socket, "i-1", "sh", "-c", "cat; exit 7"); code != 7 || out != "from stdin\n" || err != nil {
		t.Errorf("%d %q %v", code, out, err)
	}
	if code, _, _, err := runAs(t, socket, "i-1", "sh", "-c", "kill -9 $$"); code != 137 || err != nil {
		t.Errorf("%d %v", code, err)
	}
	s := l.spec("i-1", "ECS1", "vpc-1", "10.10.2.1")
	for out, why := range map[bool]string{false: "is stopped", true: "is in an availability zone that has failed"} {
		s.Running, s.Out = false, out
		l.set(s, "sg-open")
		if _, _, errout, err := runAs(t, socket, "i-1", "true"); err != nil || !strings.Contains(errout, "Account 1/ECS1 (i-1) "+why+": whatever the program opens will be refused") {
			t.Errorf("%q %v", errout, err)
		}
	}
	l.set(l.spec("i-1", "ECS1", "vpc-1", "10.10.2.1"), "sg-open")
	if _, err := exec.LookPath("curl"); err == nil {
		code, out, _, err := runAs(t, socket, "i-1", "curl", "-sS", "http://"+webName+":8081/")
		if code != 0 || err != nil || !strings.Contains(out, "ECS2") {
			t.Errorf("%d %q %v", code, out, err)
		}
		if code, _, errout, _ := runAs(t, socket, "i-11", "curl", "-sS", "http://"+webName+":8081/"); code != 97 {
			t.Errorf("from another VPC: %d %s", code, errout)
		}
	}
}

func TestExecErrors(t *testing.T) {
	l := newLab(t)
	l.set(l.spec("i-11", "ECS1", "vpc-2", "10.10.2.1"), "sg-open")
	dir := t.TempDir()
	socket := filepath.Join(dir, SocketName)
	if code, _, _, err := runAs(t, socket, "ECS1", "true"); code != 125 || err == nil || !strings.Contains(err.Error(), "no Culvert runs with the data folder "+dir) {
		t.Errorf("%d %v", code, err)
	}
	l.serveExec(socket)
	for _, c := range []struct {
		who  string
		argv []string
		code int
		want []string
	}{
		{"ECS1", []string{"true"}, 125, []string{"several", "Account 1/ECS1 (i-1)", "Account 2/ECS1 (i-11)"}},
		{"ECS7", []string{"true"}, 125, []string{`no instance "ECS7"`, "Account 1/ECS1 (i-1)"}},
		{"i-1", nil, 125, []string{"no program"}},
		{"i-1", []string{"no-such-program-anywhere"}, 127, []string{"no-such-program-anywhere"}},
		{"i-1", []string{dir}, 126, []string{dir}},
	} {
		code, _, _, err := runAs(t, socket, c.who, c.argv...)
		if code != c.code || err == nil {
			t.Errorf("%s %v: %d %v", c.who, c.argv, code, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s %v: no %q in %v", c.who, c.argv, want, err)
			}
		}
	}
	path := filepath.Join(dir, "dig")
	must(t, os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755))
	if code, _, errout, err := runAs(t, socket, "i-1", path); code != 0 || err != nil || !strings.Contains(errout, "use dig in the terminal") {
		t.Errorf("%d %q %v", code, errout, err)
	}
}

// A data folder deep down has a path longer than a socket address.
func TestExecInADeepFolder(t *testing.T) {
	l := newLab(t)
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30))
	must(t, os.MkdirAll(dir, 0o755))
	socket := filepath.Join(dir, SocketName)
	l.serveExec(socket)
	if code, _, _, err := runAs(t, socket, "ECS1", "true"); code != 0 || err != nil {
		t.Errorf("%d %v", code, err)
	}
}

// The program ends with the context, and the socket is gone afterwards.
func TestExecEndsWithItsContext(t *testing.T) {
	l := newLab(t)
	socket := filepath.Join(t.TempDir(), SocketName)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- l.doors.ServeExec(ctx, socket) }()
	for _, err := os.Stat(socket); err != nil; _, err = os.Stat(socket) {
		time.Sleep(time.Millisecond)
	}
	run, end := context.WithCancel(t.Context())
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	done := make(chan int, 1)
	go func() {
		code, _ := Exec(run, socket, "ECS1", []string{"sh", "-c", "echo up; exec sleep 60"}, nil, w, w)
		done <- code
	}()
	_, err = r.Read(make([]byte, 3))
	must(t, err)
	end()
	if code := <-done; code != 128+15 {
		t.Errorf("exit code %d", code)
	}
	_ = w.Close()
	cancel()
	must(t, <-served)
	if _, err := os.Stat(socket); err == nil {
		t.Error("the socket is left behind")
	}
}
