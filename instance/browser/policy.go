package browser

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// policy confines a page of the frame: it is an origin of its own, which can
// open no window, start no download and reach nothing but its own addresses
// below the capability. Frames in it are inner ones, so that none of them can
// pass for the page itself.
func (m Mount) policy() string {
	at := m.Origin + m.root()
	in := at + inner + "/"
	free := at + " data: blob:"
	return "sandbox allow-scripts allow-forms; default-src 'none'; script-src " + free + " 'unsafe-inline' 'unsafe-eval'; style-src " + free +
		" 'unsafe-inline'; img-src " + free + "; font-src " + free + "; media-src " + free + "; connect-src " + free +
		"; frame-src " + in + "; worker-src blob: data:; manifest-src 'none'; object-src " + in + "; form-action " + at + "; base-uri " + at
}

// OwnPolicy is the policy of this program's own pages in the frame, which have
// no scripts.
func (m Mount) OwnPolicy() string {
	return "sandbox allow-scripts; default-src 'none'; style-src " + m.Origin + "/static/"
}

// FramePolicy is the directive that lets the console's page show the frame.
func FramePolicy(origin string) string { return "; frame-src " + origin + Prefix }

// dropped are the directives of a page's own policy that mean nothing in the
// frame or would act on the console: who may frame it, where to report, and
// which addresses to change.
var dropped = map[string]bool{
	"frame-ancestors": true, "report-uri": true, "report-to": true, "upgrade-insecure-requests": true,
	"block-all-mixed-content": true, "require-trusted-types-for": true, "trusted-types": true, "navigate-to": true,
	"plugin-types": true, "referrer": true, "prefetch-src": true, "manifest-src": true,
}

// translate is a page's own policy with its sources where they are in the
// frame. It only ever narrows: it is sent beside this program's policy. nonce
// is the one its scripts carry, if they do.
func (m Mount) translate(policy string, page Address) (out, nonce string) {
	m = m.of(page)
	var kept []string
	names := map[string]int{}
	for part := range strings.SplitSeq(policy, ";") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		name := strings.ToLower(words[0])
		if _, twice := names[name]; dropped[name] || twice || !plain(part) {
			continue
		}
		if name != "sandbox" {
			for i, w := range words[1:] {
				words[i+1] = m.source(w, page)
				if n, ok := strings.CutPrefix(w, "'nonce-"); ok && strings.HasPrefix(name, "script-src") {
					nonce = strings.TrimSuffix(n, "'")
				}
			}
		}
		names[name] = len(kept)
		kept = append(kept, strings.Join(append([]string{name}, words[1:]...), " "))
	}
	// The script that this program adds to pages.
	switch name := governs(names, "script-src-elem", "script-src"); {
	case name != "":
		kept[names[name]] = name + m.with(kept[names[name]], page)
	case governs(names, "default-src") != "":
		kept = append(kept, "script-src"+m.with(kept[names["default-src"]], page))
	}
	return strings.Join(kept, "; "), nonce
}

// with is the sources of a directive, the added script and, where none may
// stand in the page otherwise, the added map.
func (m Mount) with(directive string, page Address) string {
	_, sources, _ := strings.Cut(directive, " ")
	if sources = strings.TrimSpace(sources); strings.EqualFold(sources, "'none'") {
		sources = ""
	}
	added := " " + sources + " " + m.Origin + m.script()
	low := strings.ToLower(sources)
	if !strings.Contains(low, "'unsafe-inline'") || strings.Contains(low, "'nonce-") || strings.Contains(low, "'sha") {
		sum := sha256.Sum256([]byte(m.modules(page)))
		added += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return strings.ReplaceAll(added, "  ", " ")
}

// modules is the import map of a page: what its scripts import from the root
// of their site is on the root of the site.
func (m Mount) modules(page Address) string {
	site := m.Path(Address{Scheme: page.Scheme, Host: page.Host, Path: "/"}, m.Inner)
	// Two strings cannot fail to encode.
	raw, _ := json.Marshal(map[string]map[string]string{"imports": {m.all(): m.all(), "/": site}})
	return string(raw)
}

func governs(names map[string]int, of ...string) string {
	for _, name := range of {
		if _, ok := names[name]; ok {
			return name
		}
	}
	return ""
}

// source is one source expression where it is in the frame.
func (m Mount) source(s string, page Address) string {
	root := m.Origin + m.root()
	low := strings.ToLower(s)
	switch {
	case low == "'self'":
		self := Address{Scheme: page.Scheme, Host: page.Host, Path: "/"}
		return m.Origin + m.Path(self, false) + " " + m.Origin + m.Path(self, true)
	case strings.HasPrefix(low, "'"):
		return s
	case low == "*":
		return root + " data: blob:"
	case low == "http:" || low == "https:":
		scheme := strings.TrimSuffix(low, ":") + "/"
		return root + scheme + " " + root + inner + "/" + scheme
	case strings.HasSuffix(low, ":"):
		return s
	}
	if !strings.Contains(s, "://") {
		s = page.Scheme + "://" + s
	}
	a := resolve(page, s)
	if a.Kind != "" {
		// A host with a wildcard: its scheme is as close as a path can tell.
		scheme, _, _ := strings.Cut(strings.ToLower(s), "://")
		return root + scheme + "/ " + root + inner + "/" + scheme + "/"
	}
	return m.Origin + m.Path(a, false) + " " + m.Origin + m.Path(a, true)
}

// plain says whether a text may stand in a header.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\t' || s[i] >= 0x7f || s[i] == ',' {
			return false
		}
	}
	return true
}
