package instance

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"culvert.internal/reach"
)

// ncWait is how long nc waits for more when -w does not say.
const ncWait = 2 * time.Second

// netcat is an nc command line.
type netcat struct {
	host    string
	port    uint16
	scan    bool
	network string
	wait    time.Duration
}

func nc(sh *shell, args []string) bool {
	opts, operands, bad := getopt(args, "vzunNw:q:4", nil)
	if bad != "" {
		return sh.fail("terminal.option", "command", "nc", "option", bad)
	}
	n := netcat{network: string(reach.TCP), wait: ncWait}
	for _, o := range opts {
		ok := true
		switch o.letter {
		case 'z':
			n.scan = true
		case 'u':
			n.network = string(reach.UDP)
		case 'w':
			n.wait, ok = seconds(o.value)
		}
		if !ok {
			return sh.fail("terminal.option", "command", "nc", "option", "-w "+o.value)
		}
	}
	ok := len(operands) == 2
	if ok {
		n.host = operands[0]
		n.port, ok = portNumber(operands[1])
	}
	if !ok {
		return sh.fail("terminal.usage", "usage", "nc [-v] [-z] [-u] [-w SECONDS] HOST PORT")
	}
	return n.run(sh)
}

func (n netcat) run(sh *shell) bool {
	target := net.JoinHostPort(n.host, fmt.Sprint(n.port))
	c, err := sh.dial(sh.ctx, n.network, n.host, n.port)
	if err != nil {
		return n.failed(sh, err, target)
	}
	defer c.Close()
	if n.network == string(reach.UDP) {
		return n.datagrams(sh, c, target)
	}
	n.succeeded(sh)
	if n.scan {
		return true
	}
	return n.stream(sh, c, target)
}

func (n netcat) succeeded(sh *shell) {
	sh.out.print(fmt.Sprintf("Connection to %s %d port [%s/*] succeeded!\n", n.host, n.port, n.network))
}

func (n netcat) failed(sh *shell, err error, target string) bool {
	var refused *Refused
	why := err.Error()
	switch {
	case errors.As(err, &refused) && refused.Verdict.Gate == reach.GateName:
		why = "Name or service not known"
	case errors.As(err, &refused):
		why = "Operation not permitted"
	case errors.Is(err, syscall.ECONNREFUSED):
		why = "Connection refused"
	case isReset(err):
		why = "Connection reset by peer"
	case isTimeout(err):
		why = "Operation timed out"
	}
	sh.out.print(fmt.Sprintf("nc: connect to %s port %d (%s) failed: %s\n", n.host, n.port, n.network, why))
	sh.explain(err, target)
	return false
}

// stream sends the input, ends that direction and prints what comes back
// until the other side ends or is silent for a while.
func (n netcat) stream(sh *shell, c *conn, target string) bool {
	if sh.input != "" {
		if _, err := io.WriteString(c, sh.input); err != nil {
			sh.explain(err, target)
			return false
		}
		_ = c.CloseWrite()
	}
	buf := make([]byte, 4096)
	for {
		_ = c.SetReadDeadline(n.until(sh))
		k, err := c.Read(buf)
		if _, full := sh.out.Write(buf[:k]); full != nil {
			return true
		}
		switch {
		case errors.Is(err, io.EOF), isTimeout(err):
			return true
		case err != nil:
			sh.explain(err, target)
			return false
		}
	}
}

// datagrams sends the input (one byte for a scan without any, as nc does) and
// prints the answers. Silence is no proof of anything with UDP, and is said.
func (n netcat) datagrams(sh *shell, c *conn, target string) bool {
	out := sh.input
	if out == "" {
		out = "X"
	}
	if _, err := io.WriteString(c, out); err != nil {
		return n.failed(sh, err, target)
	}
	buf := make([]byte, 64<<10)
	answers := 0
	for {
		_ = c.SetReadDeadline(n.until(sh))
		k, err := c.Read(buf)
		if err != nil {
			if !isTimeout(err) {
				return n.failed(sh, err, target)
			}
			break
		}
		answers++
		if n.scan {
			break
		}
		sh.out.print(strings.TrimSuffix(string(buf[:k]), "\n"), "\n")
		n.wait = min(n.wait, 300*time.Millisecond)
	}
	if answers == 0 {
		sh.note("terminal.silent", "target", target)
		return false
	}
	if n.scan {
		n.succeeded(sh)
	}
	return true
}

func (n netcat) until(sh *shell) time.Time {
	t := time.Now().Add(n.wait)
	if end, ok := sh.ctx.Deadline(); ok && end.Before(t) {
		return end
	}
	return t
}
