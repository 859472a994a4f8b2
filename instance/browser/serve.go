package browser

import (
	_ "embed"
	"errors"
	"mime"
	"net/http"
	"net/netip"
	"strings"
)

//go:embed page.js
var script []byte

// Request is a request of the frame that the caller has found to be allowed.
type Request struct {
	Grant  Grant
	Mount  Mount
	Target Target
	// Renew answers a fresh token for the same grant.
	Renew func() string
	// Fail answers with a page that says what went wrong. The headers that
	// every answer of the frame carries are set already.
	Fail func(w http.ResponseWriter, status int, p Problem)
	// Who says who answered a connection, as far as the reader may know.
	Who func(local, remote netip.AddrPort) Answerer
	// Say words why an answer was cut.
	Say func(Cut) string
}

// Problem is why there is no page: one of the Kinds below, or Err as dialling
// and reading answered it.
type Problem struct {
	Kind    string
	Err     error
	Address string
	Detail  string // a scheme, or a type of file with its name
}

// The kinds of problems that are no errors of the network.
const (
	ProblemScheme = "scheme" // no such addresses here
	ProblemBad    = "bad"    // no address at all
	ProblemBusy   = "busy"   // too many requests at a time
	ProblemFile   = "file"   // nothing a browser shows, and the frame keeps no files
	ProblemNet    = "net"
)

// Serve answers a request of the frame.
func (b *Browser) Serve(w http.ResponseWriter, r *http.Request, q Request) {
	q.Mount.Inner, q.Mount.From = q.Target.Inner, q.Target.From
	page := q.Mount
	if q.Target.Own == "" {
		page = page.of(q.Target.Address)
	}
	page.seal(w.Header())
	switch {
	case q.Target.Own != "":
		b.serveOwn(w, r, q)
	case r.Header.Get("Service-Worker") != "":
		http.Error(w, "no workers here", http.StatusForbidden)
	case r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "":
		q.Mount.preflight(w, r, q.Target.Address)
	case q.Target.Bare || isDocument(r) && b.stale(q.Grant):
		q.Mount.Token = q.Renew()
		w.Header().Set("Location", q.Mount.Path(q.Target.Address, q.Target.Inner))
		w.WriteHeader(http.StatusTemporaryRedirect)
	default:
		b.fetch(w, r, q)
	}
}

func (b *Browser) serveOwn(w http.ResponseWriter, r *http.Request, q Request) {
	if q.Target.Own == ownScript {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write(script)
		return
	}
	p := Problem{Kind: ProblemBad}
	if scheme := r.URL.Query().Get("scheme"); scheme != "" {
		p = Problem{Kind: ProblemScheme, Detail: scheme + ":", Address: scheme + ":"}
	}
	if isDocument(r) && !q.Target.Inner {
		s := b.session(q.Grant.Session)
		s.visit(&Visit{Address: p.Address, Method: r.Method, At: b.opt.Now(), Done: true, Err: errUnsupported})
	}
	q.Fail(w, http.StatusBadRequest, p)
}

var errUnsupported = errors.New("no such addresses here")

// isDocument says whether the answer becomes a page. Browsers tell only hosts
// they trust; the others see what is accepted.
func isDocument(r *http.Request) bool {
	if dest := r.Header.Get("Sec-Fetch-Dest"); dest != "" {
		return dest == "iframe" || dest == "frame" || dest == "document" || dest == "embed" || dest == "object"
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

// shown are the types that browsers show as a page.
func shown(kind string) bool {
	switch kind {
	case "text/html", "application/xhtml+xml", "application/xml", "application/json", "application/javascript":
		return true
	}
	return hasAnyPrefix(kind, "text/", "image/", "audio/", "video/") || strings.HasSuffix(kind, "+xml") || strings.HasSuffix(kind, "+json")
}

// isFile says whether an answer is for keeping rather than for showing.
func isFile(h http.Header, kind string) (name string, file bool) {
	disposition, params, err := mime.ParseMediaType(h.Get("Content-Disposition"))
	return params["filename"], err == nil && disposition == "attachment" || !shown(kind)
}
