package main

import (
	"bytes"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// sight is what other programs see of this host's networks.
type sight struct {
	interfaces, named []string
	mounts            string
}

func look(t *testing.T) sight {
	t.Helper()
	var s sight
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		addrs, _ := i.Addrs()
		s.interfaces = append(s.interfaces, fmt.Sprint(i.Name, addrs))
	}
	named, _ := os.ReadDir("/run/netns")
	for _, n := range named {
		s.named = append(s.named, n.Name())
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	s.mounts = string(mounts)
	return s
}

// namespaces are those that a process has open files of, but its own.
func namespaces(pid int) map[string]bool {
	out := map[string]bool{}
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		if to, err := os.Readlink(filepath.Join(dir, f.Name())); err == nil && strings.HasPrefix(to, "net:[") {
			out[to] = true
		}
	}
	own, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid))
	delete(out, own)
	return out
}

// inside are the programs in namespaces, or with an open file of one.
func inside(held map[string]bool) (found []string) {
	procs, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range procs {
		var pid int
		if _, err := fmt.Sscan(filepath.Base(p), &pid); err != nil || pid == os.Getpid() {
			continue
		}
		in, _ := os.Readlink(p + "/ns/net")
		open := namespaces(pid)
		maps.DeleteFunc(open, func(ns string, _ bool) bool { return !held[ns] })
		if held[in] || len(open) > 0 {
			name, _ := os.ReadFile(p + "/comm")
			found = append(found, fmt.Sprintf("%d %s", pid, bytes.TrimSpace(name)))
		}
	}
	return found
}

// foreign is another program's namespace.
type foreign struct {
	cmd *exec.Cmd
	was string
}

func startForeign(t *testing.T) foreign {
	t.Helper()
	f := foreign{cmd: exec.CommandContext(t.Context(), "sleep", "1000")}
	f.cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNET}
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f.was = f.look()
	t.Cleanup(func() { _, _ = f.cmd.Process.Kill(), f.cmd.Wait() })
	return f
}

func (f foreign) look() string {
	var all strings.Builder
	for _, name := range []string{"ns/net", "ns/mnt"} {
		to, _ := os.Readlink(fmt.Sprintf("/proc/%d/%s", f.cmd.Process.Pid, name))
		all.WriteString(to + "\n")
	}
	for _, name := range []string{"net/dev", "net/route", "net/fib_trie", "net/tcp", "net/udp", "stat"} {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", f.cmd.Process.Pid, name))
		if name == "stat" {
			text = text[:bytes.IndexByte(text, ')')]
		}
		all.Write(text)
	}
	return all.String()
}

func (f foreign) unchanged(t *testing.T) {
	t.Helper()
	if now := f.look(); now != f.was {
		t.Errorf("another program's namespace changed:\n%s\n%s", f.was, now)
	}
}
