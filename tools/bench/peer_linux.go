package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// peer is a program that runs as a process of its own and is measured.
type peer struct {
	name, version string
	cmd           *exec.Cmd
	log           bytes.Buffer
}

// start runs a program until it is ready, which is asked for every few
// milliseconds.
func start(ctx context.Context, name string, cmd *exec.Cmd, ready func(context.Context) error) (*peer, error) {
	p := &peer{name: name, cmd: cmd}
	cmd.Stdout, cmd.Stderr = &p.log, &p.log
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := until(ctx, 10*time.Second, ready); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s: %w\n%s", name, err, p.log.String())
	}
	return p, nil
}

// until tries something until it works, and answers why not when the time is
// over.
func until(ctx context.Context, patience time.Duration, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (p *peer) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	late := time.AfterFunc(3*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	_ = p.cmd.Wait()
}

// first is the first line of what a program says about itself.
func first(cmd *exec.Cmd) string {
	out, _ := cmd.CombinedOutput()
	line, _, _ := strings.Cut(string(out), "\n")
	line, _, _ = strings.Cut(line, "  ")
	return strings.TrimSuffix(line, " - https://haproxy.org/")
}

// pids are the process and those that it started.
func (p *peer) pids() []int {
	if p == nil || p.cmd == nil {
		return nil
	}
	all := []int{p.cmd.Process.Pid}
	for i := 0; i < len(all); i++ {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", all[i]))
		for _, f := range files {
			raw, _ := os.ReadFile(f)
			for _, field := range strings.Fields(string(raw)) {
				if pid, err := strconv.Atoi(field); err == nil {
					all = append(all, pid)
				}
			}
		}
	}
	return all
}

// cpu is the processor time that all threads of the program have used.
func (p *peer) cpu() time.Duration {
	var sum time.Duration
	for _, pid := range p.pids() {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		for _, f := range files {
			raw, _ := os.ReadFile(f)
			if used, _, ok := strings.Cut(string(raw), " "); ok {
				ns, _ := strconv.ParseInt(used, 10, 64)
				sum += time.Duration(ns)
			}
		}
	}
	return sum
}

// program finds a server also where only root's PATH leads.
func program(name string) (string, error) {
	if p, err := exec.LookPath(name); err == nil {
		return p, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", name))
}
