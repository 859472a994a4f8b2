package web_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/handlers"
	"culvert.internal/static"
	"culvert.internal/views"
	"culvert.internal/views/aliyun"
	"culvert.internal/web"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'"

func TestHeaders(t *testing.T) {
	b := demo(t).browser()
	b.as(0)
	for _, path := range []string{homePath, "/login", "/nothing", "/static/app.css", "/healthz", homePath + "/nothing/at/all"} {
		p := b.get(path)
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		} {
			if got := p.header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
}

func TestCrossSiteRequestsAreRefused(t *testing.T) {
	b := demo(t).browser()
	b.as(0)
	b.header.Set("Sec-Fetch-Site", "cross-site")
	p := b.post(homePath + "/build")
	if p.status != http.StatusForbidden || !strings.Contains(p.text("main"), "another website") {
		t.Fatalf("a cross-site POST answers %d: %q", p.status, p.text("main"))
	}
	// Coming from a link is no attack.
	if p := b.get(homePath); p.status != http.StatusOK {
		t.Errorf("a cross-site GET answers %d", p.status)
	}
	b.header.Del("Sec-Fetch-Site")
	b.header.Set("Origin", "https://evil.example")
	if p := b.post("/logout"); p.status != http.StatusForbidden {
		t.Errorf("a POST of another origin answers %d", p.status)
	}
}

// COM-12: both languages, by the browser's wish or by choice, without
// JavaScript; an address with ?lang= cleans itself.
func TestLanguage(t *testing.T) {
	b := demo(t).browser()
	b.header.Set("Accept-Language", "zh-CN,zh;q=0.9")
	p := b.get("/login?next=/aliyun")
	if p.Find("html").AttrOr("lang", "") != "zh-CN" || p.text("#signin") != "登录" {
		t.Fatalf("a Chinese browser gets %q", p.text("#signin"))
	}
	link := p.Find("a[hreflang=en]").AttrOr("href", "")
	p = b.get(link)
	if p.status != http.StatusSeeOther || p.location() != "/login?next=%2Faliyun" {
		t.Fatalf("%s leads to %q", link, p.location())
	}
	if p := b.get(p.location()); p.Find("html").AttrOr("lang", "") != "en" || p.text("#signin") != "Sign in" {
		t.Errorf("after choosing English the page says %q", p.text("#signin"))
	}
}

func TestThemeWorksWithoutJavaScript(t *testing.T) {
	b := demo(t).browser()
	if _, set := b.get("/login").Find("html").Attr("data-theme"); set {
		t.Error("a theme is forced on a reader who chose none")
	}
	for _, step := range []struct{ send, want string }{{"next", "dark"}, {"next", "light"}, {"dark", "dark"}, {"auto", ""}} {
		if p := b.post("/preferences", "theme", step.send, "back", "/login"); p.location() != "/login" {
			t.Fatalf("the switch leads to %q", p.location())
		}
		if got := b.get("/login").Find("html").AttrOr("data-theme", ""); got != step.want {
			t.Errorf("after %s the theme is %q, want %q", step.send, got, step.want)
		}
	}
}

func TestHead(t *testing.T) {
	b := demo(t).browser()
	if p := b.do(http.MethodHead, "/login", nil); p.status != http.StatusOK || p.body != "" {
		t.Errorf("HEAD answers %d and %d bytes", p.status, len(p.body))
	}
}

func TestStaticFiles(t *testing.T) {
	b := demo(t).browser()
	for _, name := range []string{"app.css", "app.js", "htmx.js", "icons.svg", "favicon.svg", "htmx.LICENSE", "chart.js", "uplot.js", "uplot.css", "uplot.LICENSE"} {
		p := b.get(static.Path(name))
		if p.status != http.StatusOK || !strings.Contains(p.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s answers %d, %q", name, p.status, p.header.Get("Cache-Control"))
		}
		if p := b.get("/static/" + name + "?v=old"); p.header.Get("Cache-Control") != "no-cache" {
			t.Errorf("an old %s may be kept: %q", name, p.header.Get("Cache-Control"))
		}
	}
	if p := b.get("/static/web.go"); p.status != http.StatusNotFound {
		t.Errorf("an unknown file answers %d", p.status)
	}
}

func TestErrorPages(t *testing.T) {
	k := demo(t)
	b := k.browser()
	b.as(0)
	if p := b.get(homePath + "/no-such-noun/x"); p.status != http.StatusNotFound || p.Find("nav.side").Length() != 1 {
		t.Errorf("a missing page answers %d", p.status)
	}
	if p := b.get("/aliyun/mars-1"); p.status != http.StatusNotFound {
		t.Errorf("an unknown region answers %d", p.status)
	}
	if p := b.post("/login", "login", strings.Repeat("x", 2<<20)); p.status != http.StatusRequestEntityTooLarge {
		t.Errorf("two megabytes answer %d", p.status)
	}
	// A failure that is nobody's refusal: the page has a reference, the log
	// has it once, and neither shows the other's words.
	if err := k.store.Close(); err != nil {
		t.Fatal(err)
	}
	p := b.get(homePath)
	ref := p.text("main code")
	if p.status != http.StatusInternalServerError || !regexp.MustCompile(`^[0-9a-f]{12}$`).MatchString(ref) {
		t.Fatalf("a failing store answers %d with reference %q", p.status, ref)
	}
	if n := strings.Count(k.log.String(), ref); n != 1 {
		t.Errorf("the reference is %d times in the log: %s", n, k.log)
	}
	if strings.Contains(p.body, "sql") || strings.Contains(p.body, "closed") {
		t.Error("the page shows the failure's own words")
	}
}

func TestHealth(t *testing.T) {
	var reason error = errors.New("restoring 3 of 9 endpoints")
	s, err := web.New(web.Options{
		Base:  handlers.Base{Editions: []*views.Edition{aliyun.Edition()}},
		Keys:  [2][]byte{make([]byte, 64), make([]byte, 32)},
		Ready: func(context.Context) error { return reason },
	})
	if err != nil {
		t.Fatal(err)
	}
	b := (&console{t: t, url: serve(t, s)}).browser()
	if p := b.get("/healthz"); p.status != http.StatusServiceUnavailable || !strings.Contains(p.body, "restoring 3 of 9") {
		t.Errorf("not ready answers %d %q", p.status, p.body)
	}
	reason = nil
	if p := b.get("/healthz"); p.status != http.StatusOK {
		t.Errorf("ready answers %d", p.status)
	}
}

// An open stream must not hold up the end: two seconds at most.
func TestRunEndsWithAnOpenStream(t *testing.T) {
	k := demo(t)
	b := k.browser()
	b.as(0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- k.server.Run(ctx, l) }()
	stream := b.stream("http://" + l.Addr().String() + homePath + "/changes")
	if got := stream.next(); got != "sync: sync" {
		t.Fatalf("the stream begins with %q", got)
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Run answers %v", err)
		}
	case <-time.After(2 * time.Second):
		t.Fatal("Run has not ended two seconds after its context")
	}
}

// streamOf is the address a page's stream of changes is opened at.
func streamOf(p *page) string {
	at := p.Find("#changes")
	return at.AttrOr("data-stream", "") + "&since=" + at.AttrOr("data-since", "")
}

// Changes are told by name to those they concern, and to nobody else.
func TestChangesAreStreamed(t *testing.T) {
	k := demo(t)
	mine, theirs := k.browser(), k.browser()
	a := mine.as(0)
	b := theirs.as(1)
	// Between the page and its stream something may happen: nothing is missed.
	myPage, theirPage := mine.get(homePath), theirs.get(homePath)
	first, err := k.engine.As(a).CreateVPC(t.Context(), "eu-central-1", cloud.VPCInput{Name: "one", CIDR: "10.0.0.0/16"})
	if err != nil {
		t.Fatal(err)
	}
	second, err := k.engine.As(b).CreateVPC(t.Context(), "eu-central-1", cloud.VPCInput{Name: "two", CIDR: "10.0.0.0/16"})
	if err != nil {
		t.Fatal(err)
	}
	my := mine.stream(k.url + streamOf(myPage))
	their := theirs.stream(k.url + streamOf(theirPage))
	if got := my.next(); got != "changed: vpc "+first.ID {
		t.Errorf("account A is told %q", got)
	}
	if got := their.next(); got != "changed: vpc "+second.ID {
		t.Errorf("account B is told %q", got)
	}
	third, err := k.engine.As(a).CreateVPC(t.Context(), "eu-central-1", cloud.VPCInput{Name: "three", CIDR: "10.0.0.0/16"})
	if err != nil {
		t.Fatal(err)
	}
	if got := my.next(); got != "changed: vpc "+third.ID {
		t.Errorf("account A is then told %q", got)
	}
	// A page of A's whose browser has become B's is told nothing more.
	if got := theirs.stream(k.url + streamOf(myPage)).next(); got != "ended: ended" {
		t.Errorf("A's stream tells B's session %q", got)
	}
}

// TestForeignName: a name that somebody else controls opens no demo (DNS
// rebinding); addresses and localhost do.
func TestForeignName(t *testing.T) {
	k := demo(t)
	for host, want := range map[string]int{"127.0.0.1:8080": 200, "localhost:8080": 200, "[::1]:8080": 200, "evil.example": 403, "evil.example:8080": 403} {
		r := httptest.NewRequest(http.MethodGet, "/login", nil)
		r.Host = host
		w := httptest.NewRecorder()
		k.server.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", host, w.Code, want)
		}
	}
}
