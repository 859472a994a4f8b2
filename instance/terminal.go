package instance

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/mattn/go-shellwords"

	"culvert.internal/dns"
	"culvert.internal/reach"
)

// Limits of one command line of the terminal: how long it may run, how much
// it may print and how long it may be.
const (
	terminalTime = 8 * time.Second
	terminalSize = 64 << 10
	lineSize     = 8 << 10
)

// Output is what a command line printed.
type Output struct {
	// Text is the tool's own output, in the tool's own English.
	Text string
	// Notes are what a person should know about it, for the catalogue.
	Notes []reach.Reason
	// OK says that the command did what it is for: exit code 0.
	OK bool
	// Verdict is the explained verdict of a flow that was refused.
	Verdict *reach.Verdict
}

// shell is one command line while it runs.
type shell struct {
	doors *Doors
	spec  Spec
	ctx   context.Context
	out   screen
	notes []reach.Reason
	// verdict of the last refused flow
	verdict *reach.Verdict
	// input is what was piped into the command.
	input string
}

// tool is one command of the terminal; it answers whether it succeeded.
type tool func(sh *shell, args []string) bool

// tools are the commands by name.
func tools() map[string]tool {
	return map[string]tool{
		"curl": curl, "dig": dig, "nc": nc, "probe": probe, "ping": ping, "echo": echoWords, "help": help,
	}
}

// Terminal runs one command line as the instance: curl, dig, nc, probe, ping
// (what the rules say; no packet is sent) and help. "echo TEXT | nc …" gives
// nc something to send. Nothing is run on this host: the tools are Culvert's
// own and end in the dial function of all doors. It takes at most 8 seconds
// and prints at most 64 KiB.
func (d *Doors) Terminal(ctx context.Context, id, line string) Output {
	r := d.room(id)
	if r == nil {
		return Output{Notes: []reach.Reason{note("terminal.gone")}}
	}
	ctx, cancel := context.WithTimeout(ctx, terminalTime)
	defer cancel()
	sh := &shell{doors: d, spec: r.now(), ctx: ctx, out: screen{left: terminalSize}}
	ok := sh.run(line)
	text, cut := sh.out.result()
	if cut {
		sh.note("terminal.cut", "size", "64 KiB")
	}
	return Output{Text: text, Notes: sh.notes, OK: ok, Verdict: sh.verdict}
}

func (sh *shell) run(line string) bool {
	if len(line) > lineSize {
		return sh.fail("terminal.long")
	}
	words, rest, err := split(line)
	if err != nil {
		return sh.fail("terminal.quotes")
	}
	if len(words) == 0 && rest == "" {
		return true
	}
	if rest != "" {
		after, piped := strings.CutPrefix(rest, "|")
		if !piped || len(words) == 0 || words[0] != "echo" {
			return sh.fail("terminal.shell", "sign", rest[:1])
		}
		sh.input = strings.Join(words[1:], " ") + "\n"
		if words, rest, err = split(after); err != nil || rest != "" || len(words) == 0 {
			return sh.fail("terminal.shell", "sign", "|")
		}
	}
	t, ok := tools()[words[0]]
	if !ok {
		return sh.fail("terminal.unknown", "command", words[0])
	}
	return t(sh, words[1:])
}

// split cuts a line into words as a shell does; rest begins with the first
// sign that a shell would act upon (such as | or >).
func split(line string) (words []string, rest string, err error) {
	p := &shellwords.Parser{}
	if words, err = p.Parse(line); err != nil {
		return nil, "", err
	}
	if p.Position >= 0 {
		rest = string([]rune(line)[p.Position:])
	}
	return words, rest, nil
}

func note(key string, kv ...string) reach.Reason {
	r := reach.Reason{Key: key, Args: map[string]string{}}
	for i := 0; i+1 < len(kv); i += 2 {
		r.Args[kv[i]] = kv[i+1]
	}
	return r
}

func (sh *shell) note(key string, kv ...string) { sh.notes = append(sh.notes, note(key, kv...)) }

// fail adds a note and is false, a command's exit.
func (sh *shell) fail(key string, kv ...string) bool {
	sh.note(key, kv...)
	return false
}

// dial is the terminal's door.
func (sh *shell) dial(ctx context.Context, network, host string, port uint16) (*conn, error) {
	return sh.doors.dial(ctx, sh.spec.ID, network, host, port, DoorTerminal)
}

// explain adds what a person should know about a failed flow to target.
func (sh *shell) explain(err error, target string) {
	var refused *Refused
	switch {
	case errors.As(err, &refused):
		v := sh.doors.judge.Explain(refused.Flow)
		// At a provider's gates the explanation may say less than the verdict.
		told := v.Reason.Key == refused.Verdict.Reason.Key || v.Gate.Provider()
		if v.Allowed || v.Gate != refused.Verdict.Gate || !told {
			// The world moved on since, or the refusal is the door's own.
			steps := v.Steps
			if v.Allowed {
				steps = nil
			}
			v = refused.Verdict
			v.Steps = steps
		}
		sh.verdict = &v
		sh.note("terminal.refused", "target", target)
		sh.notes = append(sh.notes, v.Reason)
	case errors.Is(err, dns.ErrNotFound):
		sh.note("terminal.name", "name", target)
	case errors.Is(err, syscall.ECONNREFUSED):
		sh.note("terminal.closed", "target", target)
	case isReset(err):
		sh.note("terminal.reset", "target", target)
	case isTimeout(err):
		sh.note("terminal.timeout", "target", target)
	}
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

func echoWords(sh *shell, args []string) bool {
	sh.out.print(strings.Join(args, " "), "\n")
	return true
}

func help(sh *shell, _ []string) bool {
	sh.out.print(
		"curl [-v] [-i] [-I] [-s] [-L] [-k] [-m SECONDS] [-X METHOD] [-H HEADER] [-d DATA] [-o /dev/null] URL\n",
		"dig [@SERVER] NAME [TYPE] [+short] [+tcp]\n",
		"nc [-v] [-z] [-u] [-w SECONDS] HOST PORT\n",
		"echo TEXT | nc [-u] HOST PORT\n",
		"probe HOST:PORT\n",
		"ping HOST\n",
	)
	sh.note("terminal.help", "instance", sh.spec.Name)
	sh.note("terminal.help.ping")
	return true
}

// screen is what a command printed, up to a limit. An HTTP transport writes
// from goroutines of its own, also after the command has given up.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
	left int
	cut  bool
}

// Write takes what fits. Beyond that it fails, so that a body that does not
// end is not read on.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(p), s.left)
	s.text.Write(p[:n])
	s.left -= n
	if n < len(p) {
		s.cut = true
		return n, io.ErrShortBuffer
	}
	return n, nil
}

func (s *screen) print(parts ...string) {
	for _, p := range parts {
		_, _ = io.WriteString(s, p)
	}
}

// result is the text without what a page cannot show, and whether it was cut.
func (s *screen) result() (text string, cut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text = strings.ToValidUTF8(s.text.String(), "\uFFFD")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return '\uFFFD'
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n")), s.cut
}
