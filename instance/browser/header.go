package browser

import (
	"net/http"
	"strings"
)

// own request headers, in canonical form, that are the console's business, the
// connection's, or made anew for the site.
var notSent = map[string]bool{
	"Cookie": true, "Host": true, "Connection": true, "Keep-Alive": true, "Te": true, "Trailer": true, "Transfer-Encoding": true,
	"Upgrade": true, "Expect": true, "Origin": true, "Referer": true, "Forwarded": true, "Via": true, "Accept-Encoding": true,
	"Content-Length": true, "Purpose": true, "X-Real-Ip": true, "Service-Worker": true,
}

// requestHeader is what the site is sent: what the page or the browser said,
// nothing of the console's.
func requestHeader(h http.Header) http.Header {
	out := http.Header{}
	for name, values := range h {
		if notSent[name] || hasAnyPrefix(name, "Sec-", "Proxy-", "X-Forwarded-", "Access-Control-", "Hx-", "If-") {
			continue
		}
		out[name] = values
	}
	return out
}

// passed are the response headers that go to the page as they are, beside
// those that begin with X-.
var passed = map[string]bool{
	"Content-Language": true, "Content-Range": true, "Accept-Ranges": true, "Date": true, "Server": true, "Retry-After": true,
	"Allow": true, "Location": false, "Etag": true, "Last-Modified": true, "Age": true, "Server-Timing": true,
}

var notPassed = map[string]bool{
	"X-Frame-Options": true, "X-Dns-Prefetch-Control": true, "X-Permitted-Cross-Domain-Policies": true, "X-Xss-Protection": true,
	"X-Sourcemap": true, "X-Ua-Compatible": true,
}

// responseHeader puts into out what a site's answer may say to the page. The
// rest acts on an origin, and the origin would be the console's: cookies,
// transport security, cached data, workers, reports, passwords.
func responseHeader(out, h http.Header) {
	for name, values := range h {
		if passed[name] || strings.HasPrefix(name, "X-") && !notPassed[name] && !forProxy(name) {
			out[name] = values
		}
	}
}

// forProxy says whether a header is an order to a proxy before the console,
// such as to answer with another file.
func forProxy(name string) bool {
	return strings.HasPrefix(name, "X-Accel-") || strings.HasPrefix(name, "X-Sendfile") || strings.HasPrefix(name, "X-Lighttpd-")
}

// seal sets what every answer of the frame carries, whatever it is.
func (m Mount) seal(h http.Header) {
	h.Del("X-Content-Type-Options")
	h.Del("Cross-Origin-Opener-Policy")
	h.Set("Content-Security-Policy", m.policy())
	h.Set("Cache-Control", "no-store")
	h.Set("X-Dns-Prefetch-Control", "off")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "fullscreen=(), camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), midi=(), payment=()")
	h.Set("Vary", "Origin")
}

// cors lets a page read the answer to a request of its scripts or fonts where
// its real origins would: within one site, or when the other site allows it.
// The browser sees one opaque origin for all of them.
func (m Mount) cors(h http.Header, r *http.Request, target Address, answered http.Header) {
	if r.Header.Get("Origin") != "null" {
		return
	}
	page, known := m.page()
	allow := answered.Get("Access-Control-Allow-Origin")
	if known && (page.Site() == target.Site() || allow == "*" || allow == page.Site()) {
		h.Set("Access-Control-Allow-Origin", "null")
		h.Set("Access-Control-Expose-Headers", "*")
	}
}

// preflight answers the browser's question before a request that is not
// simple. Other sites are asked by the request itself.
func (m Mount) preflight(w http.ResponseWriter, r *http.Request, target Address) {
	h := w.Header()
	if page, known := m.page(); known && page.Site() == target.Site() {
		h.Set("Access-Control-Allow-Origin", "null")
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
		if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
			h.Set("Access-Control-Allow-Headers", asked)
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// refresh is a Refresh header or meta element with its address rewritten.
func (m Mount) refresh(s string, base Address) string {
	i := strings.IndexAny(s, ";,")
	if i < 0 {
		return s
	}
	after, to := s[:i], strings.TrimSpace(s[i+1:])
	if len(to) >= 3 && strings.EqualFold(to[:3], "url") {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(to[3:]), "="); ok {
			to = strings.TrimSpace(rest)
		}
	}
	to = strings.Trim(to, `"'`)
	if to == "" {
		return after
	}
	return after + "; url=" + m.rewrite(base, to, false)
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
