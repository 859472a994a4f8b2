package e2e

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"
)

// serveOn makes the instances run nothing of their own and answers at port 80
// of their addresses on this host instead, as a reader's own web server would.
func (p *page) serveOn(h http.Handler, names ...string) {
	p.t.Helper()
	for _, name := range names {
		i := p.instance(name)
		twin := i.fact("这台主机上的地址", "Address on this host")
		i.press(i.word("编辑", "Edit"))
		i.radio(i.word("运行什么", "What it runs"), i.word("什么都不运行", "Nothing"))
		i.press(i.word("保存", "Save"))
		i.heading(name, name)
		srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
		l := p.listen(twin)
		go func() { _ = srv.Serve(l) }()
		p.t.Cleanup(func() { _ = srv.Close() })
	}
}

// listen takes port 80 of an address once the program that had it is gone, or
// 10080 where small ports need more rights.
func (p *page) listen(ip string) net.Listener {
	p.t.Helper()
	var l net.Listener
	p.until("take port 80 of "+ip, func() bool {
		var err error
		l, err = net.Listen("tcp4", net.JoinHostPort(ip, "80"))
		if errors.Is(err, syscall.EACCES) {
			l, err = net.Listen("tcp4", net.JoinHostPort(ip, "10080"))
		}
		return err == nil
	})
	return l
}

// site is a small web site with everything that pages are made of. It notes
// what it was asked for.
type site struct {
	mu   sync.Mutex
	seen []string
}

func (s *site) note(r *http.Request, more ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, strings.Join(append([]string{r.Method, r.URL.RequestURI()}, more...), " "))
}

func (s *site) asked(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.seen {
		if strings.HasPrefix(one, what) {
			return true
		}
	}
	return false
}

const pixel = `<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"><rect width="7" height="5"/></svg>`

const sitePage = `<!doctype html><html><head><title>Shop</title>
<link rel="stylesheet" href="/style/main.css"><script src="/script/app.js" defer></script></head>
<body><h1>Shop</h1>
<img id="img" src="/pixel.svg" alt=""><img id="set" srcset="/pixel.svg?1x 1x, /pixel.svg?2x 2x" alt="">
<p><a href="/second?x=1">Second</a> <a href="relative">Relative</a> <a href="/moved" target="_blank">Moved</a> <a href="https://nowhere.example/">Outside</a></p>
<form action="/search"><input name="q" aria-label="q"><button>Search</button></form>
<form method="post" action="/login"><input name="user" aria-label="user"><button>Log in</button></form>
<div id="out"></div>
</body></html>`

const siteScript = `
const out = document.getElementById("out");
const say = (name, text) => { const p = document.createElement("p"); p.textContent = name + "=" + text; out.append(p); };
fetch("/api/data").then(r => r.json()).then(d => say("fetch", d.answer));
const x = new XMLHttpRequest(); x.open("POST", "/api/echo"); x.setRequestHeader("X-Token", "t"); x.onload = () => say("xhr", x.responseText); x.send("body");
const e = new EventSource("/api/events"); e.onmessage = (m) => { say("event", m.data); e.close(); };
const i = new Image(); i.onload = () => say("image", i.width); i.src = "/pixel.svg?script";
out.insertAdjacentHTML("beforeend", '<a id="late" href="/second?late">Late</a><img id="html" src="/pixel.svg?html" alt="">');
import("/script/module.js").then(m => say("module", m.answer));
say("storage", (localStorage.setItem("a", "1"), localStorage.getItem("a")));
history.replaceState({}, "", "/somewhere");
`

// ServeHTTP answers for the site.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.note(r, "cookie:"+r.Header.Get("Cookie"), "referer:"+r.Referer(), "origin:"+r.Header.Get("Origin"))
	h := w.Header()
	answer := func(kind, body string) { h.Set("Content-Type", kind); _, _ = fmt.Fprint(w, body) }
	html := func(body string) {
		answer("text/html; charset=utf-8", "<!doctype html><title>page</title><body>"+body+`<p><a href="/">Home</a></p>`)
	}
	user, _ := r.Cookie("user")
	switch r.URL.Path {
	case "/":
		h.Set("Set-Cookie", "visited=yes; Path=/; HttpOnly; SameSite=Lax")
		h.Set("Strict-Transport-Security", "max-age=9999")
		h.Set("Clear-Site-Data", `"*"`)
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self'; style-src 'self'")
		answer("text/html; charset=utf-8", sitePage)
	case "/style/main.css":
		answer("text/css", `@import "/style/more.css"; h1 { background: url(/pixel.svg?css) }`)
	case "/style/more.css":
		answer("text/css", "h1 { color: rgb(1, 2, 3) }")
	case "/script/app.js":
		answer("text/javascript", siteScript)
	case "/script/module.js":
		answer("text/javascript", "export const answer = 42;")
	case "/pixel.svg":
		answer("image/svg+xml", pixel)
	case "/api/data":
		answer("application/json", `{"answer":"`+r.Header.Get("Cookie")+`"}`)
	case "/api/echo":
		answer("text/plain", r.Header.Get("X-Token")+r.Header.Get("Content-Type"))
	case "/api/events":
		answer("text/event-stream", "data: hello\n\n")
	case "/moved":
		http.Redirect(w, r, "/second?moved", http.StatusFound)
	case "/login":
		if r.Method == http.MethodPost {
			h.Set("Set-Cookie", "user="+r.FormValue("user")+"; Path=/; HttpOnly")
			http.Redirect(w, r, "/account", http.StatusSeeOther)
			return
		}
		html("login")
	case "/account":
		if user == nil {
			html("Nobody is signed in")
			return
		}
		html("Signed in as " + user.Value)
	case "/gbk":
		answer("text/html; charset=gbk", "<!doctype html><title>gbk</title><p>\xc4\xe3\xba\xc3</p>")
	case "/favicon.ico":
		http.NotFound(w, r)
	default:
		html("You are at " + r.URL.RequestURI())
	}
}
