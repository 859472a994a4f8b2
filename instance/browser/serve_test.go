package browser

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// frame is a Browser on a real server before a real site.
type frame struct {
	t       *testing.T
	b       *Browser
	console *httptest.Server
	site    string // host:port
	now     time.Time
	grant   Grant
	failed  []Problem
}

func newFrame(t *testing.T, limits Limits, site http.Handler) *frame {
	t.Helper()
	f := &frame{t: t, now: time.Now(), grant: Grant{Account: "a", Instance: "i-1", Session: "s"}}
	s := httptest.NewServer(site)
	t.Cleanup(s.Close)
	f.site = s.Listener.Addr().String()
	f.b = New(Options{
		Key: []byte("0123456789abcdef0123456789abcdef"), Limits: limits, Now: func() time.Time { return f.now },
		Dial: func(ctx context.Context, instance, host string, port uint16) (net.Conn, error) {
			if instance != "i-1" || host != "shop.test" && host != "other.test" {
				return nil, fmt.Errorf("%s may not dial %s", instance, host)
			}
			var d net.Dialer
			return d.DialContext(ctx, "tcp", f.site)
		},
	})
	f.console = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.console.Close)
	return f
}

func (f *frame) serve(w http.ResponseWriter, r *http.Request) {
	token, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), Prefix), "/")
	g, ok := f.b.Grant(token, "ip")
	target, readable := ReadTarget(rest, r.URL.RawQuery, r.URL.RawQuery != "")
	if !ok || !readable {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	f.b.Serve(w, r, Request{
		Grant: g, Mount: Mount{Origin: "http://" + r.Host, Token: token}, Target: target,
		Renew: func() string { return f.b.Token(g, "ip") },
		Who:   func(_, _ netip.AddrPort) Answerer { return Answerer{Name: "ECS2"} },
		Say:   func(c Cut) string { return "– cut by " + string(c) },
		Fail: func(w http.ResponseWriter, status int, p Problem) {
			f.failed = append(f.failed, p)
			w.WriteHeader(status)
		},
	})
}

// ask sends a request as the browser would: from is the site whose page asks.
func (f *frame) ask(method, from, path string, header ...string) (*http.Response, string) {
	f.t.Helper()
	return f.askWith(f.b.Token(f.grant, "ip"), method, from, path, "", header...)
}

func (f *frame) askWith(token, method, from, path, body string, header ...string) (*http.Response, string) {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), method, f.console.URL+Prefix+token+"/"+from+"/"+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	said, _ := io.ReadAll(res.Body) // a cut answer ends with an error
	return res, string(said)
}

const shop = "http~shop.test"

// Capabilities: forged, changed, another reader's, old and ended ones are
// worth nothing.
func TestCapability(t *testing.T) {
	f := newFrame(t, Limits{}, http.NotFoundHandler())
	good := f.b.Token(f.grant, "ip")
	if g, ok := f.b.Grant(good, "ip"); !ok || g.Account != "a" || g.Instance != "i-1" {
		t.Fatalf("a good one is refused: %+v", g)
	}
	other := New(Options{Key: []byte("another key of 32 bytes, not ours")})
	changed := []byte(good)
	changed[len(changed)-5] ^= 1
	for name, token := range map[string]string{
		"another key's": other.Token(f.grant, "ip"), "a changed one": string(changed), "a short one": good[:20], "none": "", "a padded one": good + "=",
	} {
		if _, ok := f.b.Grant(token, "ip"); ok {
			t.Errorf("%s is taken", name)
		}
	}
	if _, ok := f.b.Grant(good, "another ip"); ok {
		t.Error("another reader's is taken")
	}
	f.now = f.now.Add(capabilityLife)
	if _, ok := f.b.Grant(good, "ip"); ok {
		t.Error("an old one is taken")
	}
	fresh := f.b.Token(f.grant, "ip")
	f.b.Greet("s", "reader", Reader{})
	f.b.EndReader("reader")
	if _, ok := f.b.Grant(fresh, "ip"); ok {
		t.Error("one of a reader who signed out is taken")
	}
}

// A document in use goes on under a fresh capability, also a form that is
// being sent.
func TestCapabilityIsRenewed(t *testing.T) {
	f := newFrame(t, Limits{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, r.Method)
	}))
	token := f.b.Token(f.grant, "ip")
	f.now = f.now.Add(capabilityLife/2 + time.Minute)
	res, _ := f.askWith(token, "POST", shop, "http/shop.test/x?y=1", "a=b", "Sec-Fetch-Dest", "iframe")
	to := res.Header.Get("Location")
	if res.StatusCode != http.StatusTemporaryRedirect || !strings.HasSuffix(to, "/"+shop+"/http/shop.test/x?y=1") || strings.Contains(to, token) {
		t.Errorf("%d to %s", res.StatusCode, to)
	}
	if _, said := f.askWith(token, "POST", shop, "http/shop.test/x", "a=b", "Sec-Fetch-Dest", "empty"); said != "POST" {
		t.Errorf("a script's request: %q", said)
	}
}

// Answers are not whole when they are too large, never end, or break off; the
// page says so, and memory stays flat (1 GB).
func TestLimits(t *testing.T) {
	site := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		switch r.URL.Path {
		case "/huge":
			chunk := []byte(strings.Repeat("<p>page</p>\n", 4096))
			for sent := 0; sent < 1<<30; sent += len(chunk) {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		case "/onepiece":
			for sent := 0; sent < 1<<30; sent += 1 << 16 {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		case "/endless":
			_, _ = fmt.Fprint(w, "<!doctype html><script>")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		case "/broken":
			w.Header().Set("Content-Length", "1000")
			_, _ = fmt.Fprint(w, "<p>half")
		case "/silent":
			<-r.Context().Done()
		case "/heads":
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		}
	})
	roomy, f := newFrame(t, Limits{Page: 1 << 20}, site), newFrame(t, Limits{FirstByte: 300 * time.Millisecond, Total: time.Second}, site)
	for path, want := range map[string]Cut{"huge": CutSize, "onepiece": CutSize, "endless": CutTime, "broken": CutBroken} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		f := f
		if want == CutSize {
			f = roomy // this takes as long as the machine needs
		}
		_, said := f.ask("GET", nobody, "http/shop.test/"+path, "Sec-Fetch-Dest", "iframe")
		runtime.ReadMemStats(&after)
		if !strings.HasSuffix(said, "cut by "+string(want)+"</p>") {
			t.Errorf("/%s ends with %q", path, said[max(0, len(said)-200):])
		}
		if v, ok := f.b.Last("s"); !ok || v.Cut != want || !v.Done || v.Status != 200 || v.Answerer.Name != "ECS2" || v.Total == 0 {
			t.Errorf("/%s is noted as %+v", path, v)
		}
		if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 64<<20 {
			t.Errorf("/%s takes %d MB of memory", path, grown>>20)
		}
	}
	for path, want := range map[string]string{"silent": ErrFirstByte.Error(), "heads": "exceeded"} {
		f.failed = nil
		f.ask("GET", nobody, "http/shop.test/"+path, "Sec-Fetch-Dest", "iframe")
		if len(f.failed) != 1 || f.failed[0].Err == nil || !strings.Contains(f.failed[0].Err.Error(), want) {
			t.Errorf("/%s: %+v", path, f.failed)
		}
	}
	// More requests than one session may have at work.
	s := f.b.session("s")
	for range maxRequests {
		s.gate <- struct{}{}
	}
	f.failed = nil
	if res, _ := f.ask("GET", nobody, "http/shop.test/", "Sec-Fetch-Dest", "iframe"); res.StatusCode != http.StatusServiceUnavailable || f.failed[0].Kind != ProblemBusy {
		t.Errorf("one request too many: %d %+v", res.StatusCode, f.failed)
	}
}

// Neither side hears what is the other's business.
func TestHeaders(t *testing.T) {
	var heard http.Header
	f := newFrame(t, Limits{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard = r.Header
		for name, value := range map[string]string{
			"Set-Cookie": "a=b", "Strict-Transport-Security": "max-age=9", "Clear-Site-Data": `"*"`, "Service-Worker-Allowed": "/", "Report-To": "{}", "Nel": "{}",
			"Link": "<http://x>; rel=preconnect", "X-Frame-Options": "DENY", "Www-Authenticate": "Basic", "Public-Key-Pins": "x", "Alt-Svc": "h3", "Access-Control-Allow-Origin": "*",
			"Access-Control-Allow-Credentials": "true", "Cross-Origin-Opener-Policy": "unsafe-none", "Origin-Agent-Cluster": "?1", "Accept-Ch": "x", "Sourcemap": "x",
			"Refresh": "0; url=http://other.test/", "X-Own": "yes", "Content-Language": "zh", "Content-Type": "text/html", "Cache-Control": "max-age=99",
			"Content-Security-Policy": "script-src 'none', img-src *", "Content-Security-Policy-Report-Only": "default-src 'none'; report-uri /r",
		} {
			w.Header().Set(name, value)
		}
	}))
	res, _ := f.ask("GET", shop, "http/shop.test/", "Sec-Fetch-Dest", "iframe", "Cookie", "culvert=secret", "Referer", "http://console/x", "X-Forwarded-For", "1.2.3.4",
		"Origin", "null", "Hx-Request", "true", "If-None-Match", "x", "X-Token", "kept", "Accept-Language", "zh")
	policy := strings.Join(res.Header.Values("Content-Security-Policy"), "\n")
	for _, want := range []string{"sandbox allow-scripts allow-forms;", "script-src " + f.console.URL, "img-src " + f.console.URL} {
		if !strings.Contains(policy, want) {
			t.Errorf("no %q in %s", want, policy)
		}
	}
	if strings.Contains(policy, "allow-same-origin") || strings.Contains(policy, "allow-top") || strings.Contains(policy, "allow-popups") {
		t.Errorf("the sandbox is open: %s", policy)
	}
	for name, want := range map[string]string{
		"Set-Cookie": "", "Strict-Transport-Security": "", "Clear-Site-Data": "", "Service-Worker-Allowed": "", "Report-To": "", "Nel": "", "Link": "", "X-Frame-Options": "",
		"Www-Authenticate": "", "Public-Key-Pins": "", "Alt-Svc": "", "Access-Control-Allow-Credentials": "", "Accept-Ch": "", "Sourcemap": "",
		"Content-Security-Policy-Report-Only": "", "X-Own": "yes", "Content-Language": "zh", "Cache-Control": "no-store", "Access-Control-Allow-Origin": "null",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := res.Header.Get("Refresh"); !strings.HasPrefix(got, "0; url="+Prefix) || !strings.HasSuffix(got, "/http/other.test/") {
		t.Errorf("Refresh: %q", got)
	}
	for name, want := range map[string]string{
		"Cookie": "", "Referer": "http://shop.test/", "Origin": "http://shop.test", "X-Forwarded-For": "", "Hx-Request": "", "If-None-Match": "", "X-Token": "kept",
		"Accept-Language": "zh", "Sec-Fetch-Dest": "",
	} {
		if got := heard.Get(name); got != want {
			t.Errorf("the site hears %s: %q, want %q", name, got, want)
		}
	}
}

// The sites' own cookies: within a site and with links to it, and bounded.
func TestCookies(t *testing.T) {
	heard := ""
	f := newFrame(t, Limits{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard = r.Header.Get("Cookie")
		switch r.URL.Path {
		case "/login":
			http.SetCookie(w, &http.Cookie{Name: "user", Value: "alice", Path: "/", HttpOnly: true})
		case "/many":
			for i := range 1000 {
				http.SetCookie(w, &http.Cookie{Name: fmt.Sprintf("c%d", i), Value: "x", Path: "/"})
			}
		}
	}))
	f.ask("POST", shop, "http/shop.test/login", "Sec-Fetch-Dest", "iframe")
	for what, sent := range map[[3]string]bool{
		{"GET", shop, "empty"}: true, {"POST", shop, "iframe"}: true, {"GET", nobody, "iframe"}: true, {"GET", "http~other.test", "iframe"}: true,
		{"POST", "http~other.test", "iframe"}: false, {"GET", "http~other.test", "image"}: false, {"POST", "http~other.test", "empty"}: false, {"POST", nobody, "empty"}: false,
	} {
		f.ask(what[0], what[1], "http/shop.test/x", "Sec-Fetch-Dest", what[2])
		if got := heard == "user=alice"; got != sent {
			t.Errorf("%v: cookies %q", what, heard)
		}
	}
	f.ask("GET", shop, "http/other.test/x", "Sec-Fetch-Dest", "iframe")
	if heard != "" {
		t.Errorf("another site hears %q", heard)
	}
	f.ask("GET", shop, "http/shop.test/many", "Sec-Fetch-Dest", "iframe")
	u, _ := url.Parse("http://shop.test/")
	if n := len(f.b.session("s").jar.Cookies(u)); n > maxCookies {
		t.Errorf("%d cookies are kept", n)
	}
}

// Only a page of the same site may read, or of another when the site says so.
func TestCORS(t *testing.T) {
	f := newFrame(t, Limits{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", r.URL.Query().Get("allow"))
	}))
	for what, may := range map[[2]string]bool{
		{shop, "http/shop.test/"}: true, {shop, "http/other.test/"}: false, {nobody, "http/shop.test/"}: false, {shop, "https/shop.test/"}: false,
		{shop, "http/other.test/?allow=*"}: true, {shop, "http/other.test/?allow=http://shop.test"}: true, {shop, "http/other.test/?allow=http://bad.test"}: false,
	} {
		res, _ := f.ask("GET", what[0], what[1], "Origin", "null", "Sec-Fetch-Dest", "empty")
		if got := res.Header.Get("Access-Control-Allow-Origin"); (got == "null") != may || got != "" && got != "null" {
			t.Errorf("%v: %q", what, got)
		}
		res, _ = f.ask("OPTIONS", what[0], what[1], "Origin", "null", "Access-Control-Request-Method", "PUT")
		if got := res.Header.Get("Access-Control-Allow-Methods"); (got != "") != (what[0] == shop && what[1] == "http/shop.test/") {
			t.Errorf("preflight %v: %q", what, got)
		}
	}
	if res, _ := f.ask("GET", shop, "http/shop.test/", "Origin", "http://evil.test"); res.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("a page with an origin of its own may read")
	}
}

// Redirects stay in the frame whatever they name, and only what was shown is
// a visit: Back leads through those.
func TestRedirectsAndHistory(t *testing.T) {
	f := newFrame(t, Limits{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=gbk")
		_, _ = w.Write([]byte("<form action=/x>\xc4\xe3\xba\xc3</form>"))
	}))
	for to, want := range map[string]string{
		"/next": "/http/shop.test/next", "//b.test/x": "/http/b.test/x", f.console.URL + "/logout": "/http/" + strings.TrimPrefix(f.console.URL, "http://") + "/logout",
		"file:///etc/passwd": "/-/unsupported?scheme=file", "\\\\b.test": "/http/b.test/", "javascript:alert(1)": "/-/unsupported?scheme=javascript", "data:text/html,x": "/-/unsupported?scheme=data", "#x": "/http/shop.test/?to=%23x#x",
	} {
		res, _ := f.ask("GET", nobody, "http/shop.test/?to="+url.QueryEscape(to), "Sec-Fetch-Dest", "iframe")
		if got := res.Header.Get("Location"); !strings.HasPrefix(got, Prefix) || !strings.HasSuffix(got, want) {
			t.Errorf("a redirect to %q leads to %q", to, got)
		}
	}
	for _, path := range []string{"1", "2", "2", "3"} {
		_, said := f.ask("GET", nobody, "http/shop.test/"+path, "Sec-Fetch-Dest", "iframe")
		if !strings.Contains(said, "你好") || !strings.Contains(said, `accept-charset="gbk"`) {
			t.Errorf("a page in GBK: %s", said)
		}
	}
	f.ask("GET", shop, "~/http/shop.test/inner", "Sec-Fetch-Dest", "iframe")
	f.ask("GET", shop, "http/shop.test/data", "Sec-Fetch-Dest", "empty")
	for _, want := range []string{"http://shop.test/2", "http://shop.test/1", ""} {
		if got := f.b.Back("s"); got != want {
			t.Errorf("Back leads to %q, want %q", got, want)
		}
	}
	if at, back := f.b.Address("s"); at != "http://shop.test/1" || back {
		t.Errorf("the first page is %q, back %v", at, back)
	}
	f.ask("GET", nobody, "http/shop.test/new", "Sec-Fetch-Dest", "iframe")
	if at, back := f.b.Address("s"); at != "http://shop.test/new" || !back {
		t.Errorf("after going back and on: %q, back %v", at, back)
	}
}

// Files are told about and not sent; workers are refused.
func TestNotPages(t *testing.T) {
	f := newFrame(t, Limits{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="a.zip"`)
		w.Header().Set("Content-Type", "application/zip")
		_, _ = fmt.Fprint(w, "PK")
	}))
	_, said := f.ask("GET", nobody, "http/shop.test/a", "Sec-Fetch-Dest", "iframe")
	if said != "" || len(f.failed) != 1 || f.failed[0].Kind != ProblemFile || !strings.Contains(f.failed[0].Detail, "a.zip") {
		t.Errorf("a file: %q %+v", said, f.failed)
	}
	if res, _ := f.ask("GET", shop, "http/shop.test/sw.js", "Service-Worker", "script"); res.StatusCode != http.StatusForbidden {
		t.Errorf("a worker: %d", res.StatusCode)
	}
}

// The number of sessions is bounded.
func TestSessionsAreBounded(t *testing.T) {
	f := newFrame(t, Limits{}, http.NotFoundHandler())
	for i := range maxSessions + 50 {
		f.now = f.now.Add(time.Millisecond)
		f.b.session(fmt.Sprint(i))
	}
	if n := len(f.b.sessions); n > maxSessions {
		t.Errorf("%d sessions", n)
	}
	if f.b.sessions["0"] != nil {
		t.Error("the oldest is still there")
	}
}
