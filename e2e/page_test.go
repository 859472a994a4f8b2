package e2e

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// reader is who looks at a page, and with what.
type reader struct {
	Lab     *lab    // the lab they look at; nil: the shared one, which no test changes
	Lang    string  // "zh" (the default) or "en", as the browser asks for it
	Account account // signed in as; zero: nobody
	Ctyun   bool    // at ctyun's console, not at aliyun's
	Zilliz  bool    // at Zilliz Cloud's console
	NoJS    bool    // scripts are off
	Keys    bool    // has no mouse
	Dark    bool    // prefers dark
	Width   int     // of the window in CSS pixels; 0: 1440
	NoTrace bool    // for sessions that see too many pages to keep them all
	Hostile bool    // pages in an instance's browser may break their policy
	Proxy   string  // a SOCKS address such as 127.96.1.7:1080: the reader sits on that instance
}

// account is a demo account by the names on its sign-in button.
type account struct{ zh, en string }

var (
	accountA = account{"账号A", "Account A"}
	accountB = account{"账号B", "Account B"}
)

// page is a page with the test it belongs to: its helpers fail the test.
type page struct {
	playwright.Page
	t *testing.T
	reader
}

// open opens an empty page for a reader in a fresh session, signed in if the
// reader has an account. The session is closed with the test; if the test
// failed, a picture of the page is kept.
func open(t *testing.T, r reader) *page {
	t.Helper()
	if r.Lang == "" {
		r.Lang = "zh"
	}
	if r.Lab == nil {
		r.Lab = shared.lab
	}
	opts := playwright.BrowserNewContextOptions{
		BaseURL:           playwright.String(r.Lab.url),
		Locale:            playwright.String(map[string]string{"zh": "zh-CN", "en": "en-GB"}[r.Lang]),
		Viewport:          &playwright.Size{Width: 1440, Height: 900},
		AcceptDownloads:   playwright.Bool(true),
		JavaScriptEnabled: playwright.Bool(!r.NoJS),
		ColorScheme:       playwright.ColorSchemeLight,
	}
	if r.Dark {
		opts.ColorScheme = playwright.ColorSchemeDark
	}
	if r.Width > 0 {
		opts.Viewport.Width = r.Width
	}
	if r.Proxy != "" {
		opts.Proxy = &playwright.Proxy{Server: "socks5://" + r.Proxy}
	}
	ctx, err := shared.browser.NewContext(opts)
	if err != nil {
		t.Fatal(err)
	}
	trace := os.Getenv("E2E_TRACE") != "" && !r.NoTrace
	if trace {
		closeWithTrace(t, ctx)
	}
	raw, err := ctx.NewPage()
	if err != nil {
		t.Fatal(err)
	}
	p := &page{Page: raw, t: t, reader: r}
	if !trace {
		t.Cleanup(p.closeWithPicture)
	}
	p.watch()
	if r.Account != (account{}) {
		p.signIn(r.Account)
	}
	return p
}

// closeWithPicture keeps what a test that failed saw last.
func (p *page) closeWithPicture() {
	if p.t.Failed() {
		at := filepath.Join(shared.artifacts, fileName(p.t.Name())+".png")
		if _, err := p.Screenshot(playwright.PageScreenshotOptions{Path: &at, FullPage: playwright.Bool(true)}); err == nil {
			p.t.Logf("%s is in %s; E2E_TRACE=1 keeps every step", p.URL(), at)
		}
	}
	_ = p.Context().Close()
}

// closeWithTrace keeps every step of a test that failed, which takes a seventh
// of the time of them all.
func closeWithTrace(t *testing.T, ctx playwright.BrowserContext) {
	t.Helper()
	tracing := playwright.TracingStartOptions{Snapshots: playwright.Bool(true)}
	if err := ctx.Tracing().Start(tracing); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		var keep []string
		if t.Failed() {
			keep = []string{filepath.Join(shared.artifacts, fileName(t.Name())+".trace.zip")}
			t.Logf("trace: %s", keep[0])
		}
		if err := ctx.Tracing().Stop(keep...); err != nil {
			t.Errorf("keep the trace: %v", err)
		}
		if err := ctx.Close(); err != nil {
			t.Errorf("close the session: %v", err)
		}
	})
}

// watch fails the test on what no page may do: break the content policy,
// throw, or ask this server for something it answers with a failure of its own.
func (p *page) watch() {
	p.OnPageError(func(err error) {
		if p.Hostile {
			return // they are the page's in the frame, which Playwright does not tell apart
		}
		p.t.Errorf("script error on %s: %v", p.URL(), err)
	})
	p.OnConsole(func(m playwright.ConsoleMessage) {
		if text := m.Text(); strings.Contains(text, "Content Security Policy") {
			if p.Hostile && p.framed(m) {
				return
			}
			p.t.Errorf("content policy on %s: %s (%s)", p.URL(), text, m.Location().URL)
		} else if m.Type() == "error" || m.Type() == "warning" {
			p.t.Logf("console %s on %s: %s", m.Type(), p.URL(), text)
		}
	})
	p.OnResponse(func(r playwright.Response) {
		// In an instance's browser a site's own failures are its answers.
		if r.Status() >= 500 && strings.HasPrefix(r.URL(), p.Lab.url) && !strings.Contains(r.URL(), "/frame/") {
			p.t.Errorf("%s %s answered %d", r.Request().Method(), r.URL(), r.Status())
		}
	})
}

// framed says whether a message is about what a page in an instance's browser
// did.
func (p *page) framed(m playwright.ConsoleMessage) bool {
	at := m.Location().URL
	if strings.HasPrefix(m.Text(), "Framing ") && strings.Contains(m.Text(), `"frame-src `+p.Lab.url+"/frame/") {
		return true // where a frame may go, said in the name of what is around it
	}
	return strings.Contains(at, "/frame/") || strings.HasPrefix(at, "blob:null/") || strings.HasPrefix(at, "data:") || at == "about:srcdoc"
}

// word is the reader's of two words.
func (p *page) word(zh, en string) string {
	if p.Lang == "en" {
		return en
	}
	return zh
}

// visit opens a path of the console, which must answer with a success.
func (p *page) visit(path string) {
	p.t.Helper()
	res, err := p.Goto(path)
	if err != nil {
		p.t.Fatalf("open %s: %v", path, err)
	}
	if !res.Ok() {
		p.t.Fatalf("open %s: %d", path, res.Status())
	}
}

// own is the word of the reader's console: aliyun's or ctyun's.
func (p *page) own(aliyun, ctyun [2]string) (zh, en string) {
	if p.Ctyun {
		return ctyun[0], ctyun[1]
	}
	return aliyun[0], aliyun[1]
}

// signIn presses the button of a demo account on the login page, which leads
// on to the reader's console.
func (p *page) signIn(a account) {
	p.t.Helper()
	switch {
	case p.Ctyun:
		p.visit("/ctyun")
	case p.Zilliz:
		p.visit("/zilliz")
	default:
		p.visit("/login")
	}
	p.click(p.GetByRole("button", playwright.PageGetByRoleOptions{Name: p.word(a.zh, a.en)}))
	if u, err := url.Parse(p.URL()); err != nil || u.Path == "/login" {
		p.t.Fatalf("still on %s after signing in as %s", p.URL(), a.en)
	}
}

func fileName(s string) string { return strings.NewReplacer("/", "_", " ", "_").Replace(s) }
