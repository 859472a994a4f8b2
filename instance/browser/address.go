package browser

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// Prefix is where Handler-made addresses begin on the console's host.
const Prefix = "/frame/"

// inner marks the addresses of pages inside a page (frames of frames), so that
// the address bar follows the page itself only; own those this program answers
// itself.
const (
	inner = "~"
	own   = "-"
)

// The paths below own.
const (
	ownScript      = "page.js"
	ownUnsupported = "unsupported"
)

// Mount is where the addresses of one page are on the console's host. They
// name the site whose page asks: a page without an origin sends no Referer, and
// its policy lets it use only addresses that name its own.
type Mount struct {
	Origin string // of the console: "http://127.0.0.1:8080"
	Token  string // the capability
	From   string // the site that asks, as Name wrote it; nobody: the address bar
	Inner  bool   // seen from a page inside the page
}

// nobody is in the place of a site for what no page asked for.
const nobody = "0"

// all is the path that everything of the capability is below.
func (m Mount) all() string { return Prefix + m.Token + "/" }

// root is the path that everything the page may use is below.
func (m Mount) root() string {
	if m.From == "" {
		m.From = nobody
	}
	return m.all() + m.From + "/"
}

// of is the mount of a page of the address's site.
func (m Mount) of(a Address) Mount {
	m.From = a.Scheme + "~" + hostPath(a.Host)
	return m
}

// page is the site that asks, as an address.
func (m Mount) page() (Address, bool) {
	scheme, host, found := strings.Cut(m.From, "~")
	a := Address{Scheme: scheme, Host: hostOf(scheme, host), Path: "/"}
	return a, found && hostForm.MatchString(a.Host)
}

func hostPath(host string) string { return strings.NewReplacer("[", "%5B", "]", "%5D").Replace(host) }

// base is the root as seen from this page.
func (m Mount) base(in bool) string {
	if in {
		return m.root() + inner + "/"
	}
	return m.root()
}

func (m Mount) script() string { return m.root() + own + "/" + ownScript }

// Address is an http or https address, its path and query still escaped.
type Address struct {
	Scheme, Host   string // Host with its port, if one was written
	Path           string // begins with a slash
	Query          string
	HasQuery       bool
	Fragment, Kind string // Fragment with its #; Kind see resolve
}

// Site is what an address shares with the others of its origin.
func (a Address) Site() string { return a.Scheme + "://" + a.Host }

// String is the address as a reader writes it.
func (a Address) String() string {
	s := a.Site() + a.Path
	if a.HasQuery {
		s += "?" + a.Query
	}
	return s + a.Fragment
}

// Port is the port to dial.
func (a Address) Port() (uint16, bool) {
	_, port, found := cutPort(a.Host)
	if !found {
		if a.Scheme == "https" {
			return 443, true
		}
		return 80, true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return uint16(n), err == nil && n > 0
}

// Name is the host without its port and brackets.
func (a Address) Name() string {
	host, _, _ := cutPort(a.Host)
	return strings.Trim(host, "[]")
}

func cutPort(host string) (name, port string, found bool) {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || i < strings.LastIndexByte(host, ']') {
		return host, "", false
	}
	return host[:i], host[i+1:], true
}

// Path is where an address is on the console's host; in says that it is for a
// page inside the page.
func (m Mount) Path(a Address, in bool) string {
	s := m.base(in) + a.Scheme + "/" + hostPath(a.Host) + a.Path
	if a.HasQuery {
		s += "?" + a.Query
	}
	return s + a.Fragment
}

// The kinds of what resolve finds, beside an http address ("").
const (
	kindHere  = "here"  // stays as it is: #fragment, javascript:, data: and so on
	kindOther = "other" // a scheme that no page here can have
	kindBad   = "bad"
)

var (
	schemeForm = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)
	hostForm   = regexp.MustCompile(`^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$`)
	harmless   = map[string]bool{"javascript": true, "data": true, "blob": true, "about": true, "mailto": true, "tel": true}
)

// Parse reads an address as it is typed into an address bar: without a scheme
// it is http.
func Parse(typed string) (Address, bool) {
	s := strings.TrimSpace(typed)
	if at := schemeForm.FindString(s); at == "" || !strings.HasPrefix(s[len(at):], "//") && startsWithPort(s[len(at):]) {
		s = "http://" + strings.TrimLeft(s, "/")
	}
	a := resolve(Address{}, s)
	if a.Kind != "" {
		return a, false
	}
	_, ok := a.Port()
	return a, ok
}

// Foreign says that a typed address has a scheme that no page here can have.
func (a Address) Foreign() bool { return a.Kind == kindOther || a.Kind == kindHere }

// startsWithPort tells host:80/ from a scheme.
func startsWithPort(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// resolve reads a reference the way browsers do (WHATWG URL), which takes more
// than net/url: tabs and newlines vanish, backslashes are slashes.
func resolve(base Address, ref string) Address {
	s := strings.Trim(ref, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f ")
	s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	if strings.HasPrefix(s, "#") {
		return Address{Kind: kindHere}
	}
	a := Address{Scheme: base.Scheme}
	if at := schemeForm.FindString(s); at != "" {
		scheme := strings.ToLower(strings.TrimSuffix(at, ":"))
		if scheme != "http" && scheme != "https" {
			if harmless[scheme] {
				return Address{Kind: kindHere, Scheme: scheme}
			}
			return Address{Kind: kindOther, Scheme: scheme}
		}
		s = s[len(at):]
		a.Scheme = scheme
		if scheme != base.Scheme || strings.HasPrefix(slashed(s), "//") {
			s = "//" + strings.TrimLeft(slashed(s), "/")
		}
	}
	if before, after, found := strings.Cut(s, "#"); found {
		s, a.Fragment = before, "#"+escape(after)
	}
	if before, after, found := strings.Cut(s, "?"); found {
		s, a.Query, a.HasQuery = before, escape(after), true
	}
	return a.place(base, slashed(s))
}

// place finds host and path of what is left of a reference.
func (a Address) place(base Address, s string) Address {
	a.Host = base.Host
	switch {
	case strings.HasPrefix(s, "//"):
		s = strings.TrimLeft(s, "/")
		end := strings.IndexByte(s, '/')
		if end < 0 {
			end = len(s)
		}
		authority := s[:end]
		authority = authority[strings.LastIndexByte(authority, '@')+1:]
		a.Host, a.Path = hostOf(a.Scheme, authority), s[end:]
	case strings.HasPrefix(s, "/"):
		a.Path = s
	case s == "":
		a.Path = base.Path
		if !a.HasQuery {
			a.Query, a.HasQuery = base.Query, base.HasQuery
		}
	default:
		a.Path = base.Path[:strings.LastIndexByte(base.Path, '/')+1] + s
	}
	if !hostForm.MatchString(a.Host) || a.Scheme == "" {
		return Address{Kind: kindBad}
	}
	a.Path = escape(withoutDots(a.Path))
	return a
}

// hostOf is a host as it is compared and dialled, without its usual port.
func hostOf(scheme, authority string) string {
	if un, err := url.PathUnescape(authority); err == nil {
		authority = un
	}
	name, port, found := cutPort(authority)
	if ascii, err := idna.Lookup.ToASCII(name); err == nil && name != "" {
		name = ascii
	}
	name = strings.ToLower(name)
	if !found || port == "" || scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		return name
	}
	return name + ":" + port
}

func slashed(s string) string { return strings.ReplaceAll(s, `\`, "/") }

// withoutDots takes . and .. out of a path; more of them than there are
// folders end at the root.
func withoutDots(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	out := make([]string, 0, len(parts))
	for i, part := range parts {
		last := i == len(parts)-1
		switch strings.ReplaceAll(strings.ToLower(part), "%2e", ".") {
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
			if last {
				out = append(out, "")
			}
		case ".":
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, part)
		}
	}
	return "/" + strings.Join(out, "/")
}

// escape escapes what may not stand in an address as it is, and leaves what is
// escaped already.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] > ' ' && s[i] < 0x7f && !strings.ContainsRune("\"'<>`{}|^\\", rune(s[i]))
	}
	if clean {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.ContainsRune("\"'<>`{}|^\\", rune(c)) {
			b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// rewrite is what a page's reference becomes: an address below the
// capability's root, or itself when it leads nowhere else.
func (m Mount) rewrite(base Address, ref string, in bool) string {
	a := resolve(base, ref)
	switch a.Kind {
	case kindHere:
		return ref
	case kindOther:
		return m.base(in || m.Inner) + own + "/" + ownUnsupported + "?scheme=" + url.QueryEscape(a.Scheme)
	case kindBad:
		return m.base(in || m.Inner) + own + "/" + ownUnsupported
	}
	// An address of the frame itself, which a script has put together from
	// what it sees, leads to where it says.
	if strings.HasPrefix(a.Path, m.all()) && (a.Site() == base.Site() || a.Site() == m.Origin) {
		if t, ok := ReadTarget(strings.TrimPrefix(a.Path, m.all()), a.Query, a.HasQuery); ok && t.Own == "" {
			t.Fragment = a.Fragment
			return m.Path(t.Address, in || m.Inner || t.Inner)
		}
	}
	return m.Path(a, in || m.Inner)
}

// redirect is where an answer that leads elsewhere leads: always into the
// frame.
func (m Mount) redirect(from Address, to string) string {
	a := resolve(from, to)
	switch {
	case a.Kind == kindHere && a.Scheme == "":
		from.Fragment = escape(strings.TrimSpace(to))
		return m.Path(from, m.Inner)
	case a.Kind == kindHere:
		return m.base(m.Inner) + own + "/" + ownUnsupported + "?scheme=" + url.QueryEscape(a.Scheme)
	}
	return m.rewrite(from, to, m.Inner)
}

// Target is what a request below a capability asks for.
type Target struct {
	Address
	From  string // the site that asks
	Inner bool
	Own   string // the path of one of this program's own answers
	Bare  bool   // the slash after the host is missing
}

// ReadTarget reads the escaped path of a request behind its capability.
func ReadTarget(rest, query string, hasQuery bool) (Target, bool) {
	var t Target
	t.From, rest, _ = strings.Cut(rest, "/")
	rest, t.Inner = strings.CutPrefix(rest, inner+"/")
	scheme, rest, _ := strings.Cut(rest, "/")
	if scheme == own {
		t.Own = rest
		return t, true
	}
	host, path, found := strings.Cut(rest, "/")
	t.Bare = !found
	t.Scheme, t.Host, t.Path = scheme, hostOf(scheme, host), "/"+path
	t.Query, t.HasQuery = query, hasQuery
	_, ok := t.Port()
	return t, ok && (scheme == "http" || scheme == "https") && hostForm.MatchString(t.Host)
}
