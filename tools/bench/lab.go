package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const console = "/aliyun/eu-central-1"

// lab is a data folder, the program that serves it, and a browser.
type lab struct {
	bin, data, listen, dns, base string
	lock                         *os.File
	jar                          http.CookieJar
	cmd                          *exec.Cmd
	client                       *http.Client
	log                          io.Writer // nil: of this program
}

// newLab takes a port and a slice of 127/8 that nobody else measures or tests
// with.
func newLab(bin, dir string) (*lab, error) {
	l := &lab{bin: bin, data: filepath.Join(dir, "data")}
	var err error
	if l.jar, err = cookiejar.New(nil); err != nil {
		return nil, err
	}
	for n := 96; n < 256 && l.base == ""; n += 16 {
		f, err := os.OpenFile(filepath.Join(os.TempDir(), fmt.Sprintf("culvert-e2e-%d.lock", n)), os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			continue // somebody else's
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			l.base, l.lock = fmt.Sprintf("127.%d.0.0/12", n), f
		} else {
			_ = f.Close()
		}
	}
	if l.base == "" {
		return nil, errors.New("every slice of 127.96.0.0 and up is in use")
	}
	for _, address := range []*string{&l.listen, &l.dns} {
		probe, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer probe.Close() // both at once, so that they differ
		*address = probe.Addr().String()
	}
	return l, nil
}

func (l *lab) free() {
	_ = l.stop()
	_ = l.lock.Close()
}

func (l *lab) start() error {
	l.cmd = exec.Command(l.bin, "serve", "--demo", "--listen", l.listen, "--data", l.data, "--dns", l.dns, "--underlay-base", l.base)
	l.cmd.Stderr = cmp.Or[io.Writer](l.log, os.Stderr)
	l.client = &http.Client{Jar: l.jar, Transport: &http.Transport{DisableCompression: true}, Timeout: 30 * time.Second}
	return l.cmd.Start()
}

// stop asks the program to end, and waits until it has.
func (l *lab) stop() error {
	if l.cmd == nil || l.cmd.ProcessState != nil {
		return nil
	}
	l.client.CloseIdleConnections()
	if err := l.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return l.cmd.Wait()
}

// answer is what came, as it came over the wire.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (l *lab) send(ctx context.Context, method, path string, form url.Values) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+l.listen+path, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := l.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, body}, err
}

// page gets a page, which must be there.
func (l *lab) page(ctx context.Context, path string) (answer, error) {
	a, err := l.send(ctx, http.MethodGet, path, nil)
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("%s answers %d", path, a.status)
	}
	return a, err
}

// answering waits until the console's address takes connections.
func (l *lab) answering(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		c, err := net.Dial("tcp", l.listen)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w", l.listen, err)
		case <-time.After(time.Millisecond):
		}
	}
}

// signIn signs in as the first demo account, as the login page's button does.
func (l *lab) signIn(ctx context.Context) error {
	login, err := l.page(ctx, "/login")
	if err != nil {
		return err
	}
	doc, err := login.document()
	if err != nil {
		return err
	}
	id, ok := doc.Find("button[name=account]").First().Attr("value")
	if !ok {
		return errors.New("the login page has no demo account")
	}
	_, err = l.send(ctx, http.MethodPost, "/login/demo", url.Values{"account": {id}})
	return err
}

// memory is what the program holds of the machine's memory, in bytes.
func (l *lab) memory() (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(raw), "VmRSS:")
	kib, err := strconv.ParseFloat(strings.Fields(rest + " ?")[0], 64)
	return kib * 1024, err
}
