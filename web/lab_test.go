package web_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
	"culvert.internal/handlers"
	"culvert.internal/instance"
	"culvert.internal/reach"
	"culvert.internal/reconcile"
	"culvert.internal/store"
	"culvert.internal/views"
	"culvert.internal/views/aliyun"
	"culvert.internal/views/ctyun"
	hostedconsole "culvert.internal/views/zilliz"
	"culvert.internal/web"
)

// still is a lab in which nothing runs.
type still struct{}

func (still) Explain(context.Context, reach.Flow) reach.Verdict { return reach.Verdict{} }

func (still) Resolve(context.Context, string, netip.Addr, string, string) reach.Resolution {
	return reach.Resolution{}
}
func (still) Health(string) []reach.Health                                  { return nil }
func (still) Connections(string) []reach.Connection                         { return nil }
func (still) Guards(context.Context, []cloud.Mapping, string) []reach.Guard { return nil }
func (still) Busy() map[string]int                                          { return nil }
func (still) Meters() reach.Meters                                          { return reach.Meters{} }

func (still) Resolver(string) netip.AddrPort { return netip.AddrPort{} }

func (still) Port(_, _ string, at netip.AddrPort) (netip.AddrPort, cloud.Move) {
	return at, cloud.Move{}
}

// Terminal, SOCKS and Server are the doors of a lab in which nothing runs.
func (still) Terminal(context.Context, string, string) instance.Output { return instance.Output{} }
func (still) SOCKS(string) netip.AddrPort                              { return netip.AddrPort{} }
func (still) Server(string) (netip.AddrPort, bool)                     { return netip.AddrPort{}, false }

func (still) Browse(context.Context, string, string, uint16) (net.Conn, error) {
	return nil, errors.New("nothing runs")
}

// console is a server over a store of its own, with what a test turns.
type console struct {
	t      *testing.T
	server *web.Server
	url    string
	engine *cloud.Engine
	store  cloud.Store
	log    *lines
	runs   *reconcile.Lab // of running

	mu    sync.Mutex
	shift time.Duration // how far the server's clock is ahead
}

func (k *console) now() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return time.Now().Add(k.shift)
}

func (k *console) ahead(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.shift += d
}

// lines is a log that can be read.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// testBuild is the version that the tests' server says it is.
const testBuild = "b1"

// start serves an installation without accounts.
func start(t *testing.T) *console {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "culvert.db"))
}

// seed is the demo lab's store as a file: made once, because its passwords
// take long to hash under the race detector.
var seed = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "culvert-seed-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "culvert.db")
	s, err := store.Open("sqlite:" + path)
	if err != nil {
		return nil, err
	}
	e, err := cloud.Open(s, cloud.Options{Demo: true})
	if err == nil {
		err = e.SeedDemo(context.Background())
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// demo serves the demo lab.
func demo(t *testing.T) *console {
	t.Helper()
	raw, err := seed()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "culvert.db")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, path)
}

func open(t *testing.T, path string) *console {
	t.Helper()
	k := &console{t: t, log: &lines{}}
	var err error
	if k.store, err = store.Open("sqlite:" + path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.store.Close() })
	if k.engine, err = cloud.Open(k.store, cloud.Options{Demo: true}); err != nil {
		t.Fatal(err)
	}
	k.server, err = web.New(web.Options{
		Base: handlers.Base{
			Engine: k.engine, Live: still{}, Doors: still{}, ZoneFiles: reconcile.ZoneFiles{}, Editions: []*views.Edition{aliyun.Edition(), ctyun.Edition(), hostedconsole.Edition()},
			Log: slog.New(slog.NewTextHandler(k.log, nil)), Now: k.now, Build: testBuild,
		},
		Keys: [2][]byte{bytes.Repeat([]byte("a"), 64), bytes.Repeat([]byte("b"), 32)},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(k.server)
	t.Cleanup(srv.Close)
	k.url = srv.URL
	return k
}

// browser is a client with cookies that does not follow redirects.
type browser struct {
	k *console
	c *http.Client
	// header is sent with every request.
	header http.Header
}

func (k *console) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		k.t.Fatal(err)
	}
	return &browser{k: k, header: http.Header{"Accept-Language": {"en"}}, c: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// page is an answer, read.
type page struct {
	*goquery.Document
	status int
	header http.Header
	body   string
}

func (p *page) location() string { return p.header.Get("Location") }

func (p *page) text(selector string) string {
	return strings.Join(strings.Fields(p.Find(selector).First().Text()), " ")
}

func (b *browser) do(method, path string, form url.Values) *page {
	t := b.k.t
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, b.k.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range b.header {
		r.Header[name] = values
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return &page{Document: doc, status: res.StatusCode, header: res.Header, body: string(raw)}
}

func (b *browser) get(path string) *page { b.k.t.Helper(); return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, pairs ...string) *page {
	b.k.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, path, form)
}

// as signs in with the nth demo account by the button of the login page.
func (b *browser) as(n int) cloud.Account {
	t := b.k.t
	t.Helper()
	accounts, err := b.k.engine.DemoAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if p := b.post("/login/demo", "account", accounts[n].ID); p.status != http.StatusSeeOther {
		t.Fatalf("sign in as %s: %d %s", accounts[n].Login, p.status, p.body)
	}
	return accounts[n]
}

const homePath = "/aliyun/eu-central-1"

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// stream reads server-sent events.
type stream struct {
	t *testing.T
	r *bufio.Reader
}

func (b *browser) stream(address string) *stream {
	t := b.k.t
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := b.c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("%s answers %d, %s", address, res.StatusCode, got)
	}
	return &stream{t: t, r: bufio.NewReader(res.Body)}
}

// next is the next message as "event: data".
func (s *stream) next() string {
	s.t.Helper()
	var event, data string
	for {
		line, err := s.r.ReadString('\n')
		if err != nil {
			s.t.Fatalf("read the stream: %v", err)
		}
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "" && event != "":
			return event + ": " + data
		case strings.HasPrefix(line, "event: "):
			event = line[len("event: "):]
		case strings.HasPrefix(line, "data: "):
			data = line[len("data: "):]
		}
	}
}
