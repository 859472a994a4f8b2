package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os/exec"
	"testing"
	"time"
)

// nc is a running nc of this host whose other end sends back what it gets.
type nc struct {
	t    *testing.T
	at   string
	in   io.WriteCloser
	said chan string // closed when nc ends
	n    int
}

// netcat starts nc to an address of this host: over TCP, or with "-u" over UDP,
// or with "-s" and a source. It ends with the test.
func netcat(t *testing.T, at string, flags ...string) *nc {
	t.Helper()
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "nc", append(flags, "-n", host, port)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start nc: %v", err)
	}
	c := &nc{t: t, at: fmt.Sprint(flags, " ", at), in: in, said: make(chan string)}
	done := make(chan struct{})
	go func() {
		defer close(c.said)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			select {
			case c.said <- lines.Text():
			case <-done:
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(done)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return c
}

// echoes sends a line and waits until it is back.
func (c *nc) echoes() {
	c.t.Helper()
	c.n++
	line := fmt.Sprintf("line %d through %s", c.n, c.at)
	if _, err := fmt.Fprintln(c.in, line); err != nil {
		c.t.Fatalf("nc %s: %v", c.at, err)
	}
	select {
	case got, ok := <-c.said:
		if !ok || got != line {
			c.t.Fatalf("nc %s brought back %q, sent was %q (running: %v)", c.at, got, line, ok)
		}
	case <-time.After(patience):
		c.t.Fatalf("nc %s brings nothing back", c.at)
	}
}

// ends waits until the other end has closed the connection.
func (c *nc) ends() {
	c.t.Helper()
	select {
	case got, ok := <-c.said:
		if ok {
			c.t.Errorf("nc %s still says %q", c.at, got)
		}
	case <-time.After(patience):
		c.t.Errorf("nc %s goes on", c.at)
	}
}
