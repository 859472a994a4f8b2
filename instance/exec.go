package instance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Exit codes of Exec itself, those of env(1): it failed; the program cannot be
// run; there is no such program.
const (
	exitFailed   = 125
	exitNotRun   = 126
	exitNotFound = 127
)

// Exec runs a program as an instance: who is its ID, its name or account/name,
// argv the program and its arguments. Where the instance has a network namespace
// the program runs in that. Elsewhere the program's own network is this
// host's; it gets the instance's SOCKS5 door as proxy in its environment, with
// names resolved there. It answers the program's exit code, or an error in the
// words of a command line.
func Exec(ctx context.Context, socketPath, who string, argv []string, stdin io.Reader, stdout, stderr io.Writer) (exitCode int, err error) {
	if len(argv) == 0 {
		return exitFailed, errors.New("no program given, as in: culvert exec ECS1 -- curl http://10.10.2.5/")
	}
	one, err := findOver(ctx, socketPath, who)
	if err != nil {
		return exitFailed, err
	}
	why, until := "is stopped", "it starts"
	if one.Out {
		why, until = "is in an availability zone that has failed", "the zone works again"
	}
	if one.Space {
		if !one.Running {
			fmt.Fprintf(stderr, "culvert: %s %s: the program has no network until %s\n", one, why, until)
		}
		return execInside(ctx, socketPath, one, argv, stdin, stdout, stderr)
	}
	if !one.SOCKS.IsValid() {
		return exitFailed, fmt.Errorf("%s has no SOCKS5 address at the moment; see Culvert's log", one)
	}
	if !one.Running {
		fmt.Fprintf(stderr, "culvert: %s %s: whatever the program opens will be refused\n", one, why)
	}
	if name := filepath.Base(argv[0]); slices.Contains(deafPrograms(), name) {
		fmt.Fprintf(stderr, "culvert: %s takes no notice of proxies and uses this host's own network; use %s in the terminal on the page of %s instead\n", name, name, one.Name)
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = environment(os.Environ(), one)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = waitDelay
	return exitOf(argv[0], cmd.Run())
}

// waitDelay is how long a program that is asked to end may take.
const waitDelay = 5 * time.Second

// exitOf is the exit code of a program that has ended.
func exitOf(name string, err error) (int, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exit):
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return 128 + int(status.Signal()), nil
		}
		return exit.ExitCode(), nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return exitNotFound, fmt.Errorf("run %s: %w", name, err)
	}
	return exitNotRun, fmt.Errorf("run %s: %w", name, err)
}

// deafPrograms are well-known programs that do not look at proxy variables.
func deafPrograms() []string {
	return []string{"dig", "nc", "ncat", "netcat", "ping", "host", "nslookup", "telnet", "ssh", "traceroute"}
}

// environment is env with the proxy variables of an instance instead of the
// host's own, or with none where its programs are in its own network.
func environment(env []string, one resident) []string {
	own := map[string]string{}
	door := "socks5h://" + one.SOCKS.String()
	for _, name := range []string{"ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"} {
		own[name], own[strings.ToLower(name)] = door, door
	}
	own["NO_PROXY"], own["no_proxy"], own["CULVERT_INSTANCE"] = "", "", one.ID
	env = slices.DeleteFunc(slices.Clone(env), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		_, set := own[name]
		return set
	})
	if one.Space {
		return append(env, "CULVERT_INSTANCE="+one.ID)
	}
	for name, value := range own {
		env = append(env, name+"="+value)
	}
	return env
}

// Client asks a running Culvert over its socket, under any host name.
func Client(socketPath string, timeout time.Duration) *http.Client {
	return &http.Client{Timeout: timeout, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dialSocket(ctx, socketPath) },
	}}
}

// findOver asks the running Culvert for an instance.
func findOver(ctx context.Context, socketPath, who string) (resident, error) {
	client := Client(socketPath, 5*time.Second)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://culvert/instance?who="+url.QueryEscape(who), nil)
	if err != nil {
		return resident{}, err
	}
	res, err := client.Do(req)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return resident{}, fmt.Errorf("no Culvert runs with the data folder %s (no answer at %s); start it with: culvert serve --data %s",
			filepath.Dir(socketPath), socketPath, filepath.Dir(socketPath))
	case errors.Is(err, fs.ErrPermission):
		return resident{}, fmt.Errorf("no right to open %s: run this as the user who runs Culvert", socketPath)
	case err != nil:
		return resident{}, fmt.Errorf("ask Culvert at %s: %w", socketPath, err)
	}
	defer res.Body.Close()
	var f found
	if err := json.NewDecoder(res.Body).Decode(&f); err != nil {
		return resident{}, fmt.Errorf("ask Culvert at %s: %w", socketPath, err)
	}
	switch {
	case f.One != nil:
		return *f.One, nil
	case len(f.Many) > 0:
		return resident{}, fmt.Errorf("several instances are called %q; name one by its ID or account/name:%s", who, list(f.Many))
	case len(f.All) == 0:
		return resident{}, fmt.Errorf("no instance %q: there are none yet", who)
	}
	return resident{}, fmt.Errorf("no instance %q; there are:%s", who, list(f.All))
}

func list(all []resident) string {
	var b strings.Builder
	for _, r := range all {
		b.WriteString("\n  " + r.String())
	}
	return b.String()
}
