package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// lab is one running Culvert with the demo lab in it.
type lab struct {
	url  string // http://127.0.0.1:PORT
	dns  string // the host view's resolver
	data string

	bin  string
	args []string
	cmd  *exec.Cmd
	lock *os.File
}

// newLab starts a lab that this test may change, with these flags beside its
// own; it ends with the test.
func newLab(t *testing.T, flags ...string) *lab {
	t.Helper()
	l, err := startLab(shared.bin, t.TempDir(), flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.stop(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// startLab starts the program on free ports and its own slice of 127/8, and
// waits until it is ready.
func startLab(bin, data string, flags ...string) (*lab, error) {
	web, err := freePort()
	if err != nil {
		return nil, err
	}
	dns, err := freePort()
	for err == nil && dns == web {
		dns, err = freePort()
	}
	if err != nil {
		return nil, err
	}
	base, lock, err := takeBase()
	if err != nil {
		return nil, err
	}
	l := &lab{url: "http://" + web, dns: dns, data: data, bin: bin, lock: lock}
	l.args = []string{"serve", "--demo", "--listen", web, "--data", data, "--dns", dns, "--underlay-base", base}
	l.args = append(l.args, flags...)
	if err := l.start(); err != nil {
		return nil, errors.Join(err, l.stop())
	}
	return l, nil
}

func (l *lab) start() error {
	l.cmd = exec.Command(l.bin, l.args...)
	l.cmd.Stdout, l.cmd.Stderr = os.Stderr, os.Stderr
	if err := l.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", l.bin, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := waitReady(ctx, l.url+"/healthz"); err != nil {
		return fmt.Errorf("%s %q: %w", l.bin, l.args, err)
	}
	return nil
}

// kill ends the program as a power cut would and starts it again.
func (l *lab) kill() error {
	if err := l.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = l.cmd.Wait() // "signal: killed"
	return l.start()
}

// stop asks the program to end and holds it to the promised two seconds (and
// some for a busy machine).
func (l *lab) stop() error {
	defer l.lock.Close()
	if l.cmd.Process == nil || l.cmd.ProcessState != nil {
		return nil
	}
	began := time.Now()
	if err := l.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	late := time.AfterFunc(10*time.Second, func() { _ = l.cmd.Process.Kill() })
	defer late.Stop()
	if err := l.cmd.Wait(); err != nil {
		return fmt.Errorf("the program ended %v after SIGINT with: %w", time.Since(began).Round(time.Millisecond), err)
	}
	return nil
}

func waitReady(ctx context.Context, url string) error {
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		if last = ready(ctx, url); last == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready in time: %w", last)
		case <-tick.C:
		}
	}
}

func ready(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s %s", url, res.Status, body)
	}
	return nil
}

// freePort answers a loopback address whose port nobody has, for TCP and UDP,
// and that no connection is given by the system meanwhile.
func freePort() (string, error) {
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 16384+rand.IntN(16384))
		l, err := net.Listen("tcp4", addr)
		if err != nil {
			continue
		}
		u, err := net.ListenPacket("udp4", addr)
		if err := l.Close(); err != nil {
			return "", err
		}
		if err == nil {
			return addr, u.Close()
		}
	}
	return "", errors.New("no port is free for both TCP and UDP")
}

// takeBase reserves a slice of 127/8 that Culvert does not use by default and
// no other run of these tests uses now. The lock ends with the file.
func takeBase() (string, *os.File, error) {
	for n := 96; n < 256; n += 16 {
		base := fmt.Sprintf("127.%d.0.0/12", n)
		f, err := os.OpenFile(filepath.Join(os.TempDir(), fmt.Sprintf("culvert-e2e-%d.lock", n)), os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			continue // somebody else's
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			return base, f, nil
		}
		if err := f.Close(); err != nil {
			return "", nil, err
		}
	}
	return "", nil, errors.New("every slice of 127.96.0.0 and up is in use by other runs")
}
