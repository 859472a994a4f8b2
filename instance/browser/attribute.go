package browser

import (
	"bufio"
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// links are the attributes that hold an address, on any element: where it is
// no address there, nothing is lost.
var links = map[string]bool{
	"href": true, "src": true, "action": true, "formaction": true, "poster": true, "data": true, "background": true,
	"xlink:href": true, "longdesc": true, "lowsrc": true, "dynsrc": true, "codebase": true, "classid": true, "cite": true, "profile": true,
}

// frames are the elements that hold a page inside the page.
var frames = map[string]bool{"iframe": true, "frame": true, "embed": true, "object": true, "fencedframe": true, "portal": true}

// away are the attributes that have no use in the frame, or act on what is
// around it.
var away = map[string]bool{"ping": true, "manifest": true, "referrerpolicy": true, "download": true, "archive": true, "attributionsrc": true}

// hints are the relations of link elements that open connections of their own
// accord.
var hints = []string{"preconnect", "dns-prefetch", "prefetch", "prerender", "manifest", "search", "pingback"}

// attributes rewrites a tag; keep is false when it must not be there at all.
func (d *document) attributes(t *html.Token) (changed, keep bool) {
	if t.Data == "link" && slices.ContainsFunc(strings.Fields(strings.ToLower(attr(t, "rel"))), func(rel string) bool {
		return slices.Contains(hints, rel)
	}) || t.Data == "meta" && (strings.EqualFold(attr(t, "name"), "referrer") || strings.EqualFold(attr(t, "http-equiv"), "x-dns-prefetch-control")) {
		return false, false
	}
	if t.Data == "base" {
		changed = d.setBase(t)
	}
	named := namedTarget(t)
	kept := t.Attr[:0:0]
	for _, a := range t.Attr {
		was := a
		if away[a.Key] {
			changed = true
			continue
		}
		if d.attribute(t, &a, named) {
			kept = append(kept, a)
		}
		changed = changed || a != was || len(kept) == 0
	}
	changed = changed || len(kept) != len(t.Attr)
	t.Attr = kept
	return d.also(t) || changed, true
}

// attribute rewrites one attribute; false takes it out.
func (d *document) attribute(t *html.Token, a *html.Attribute, named bool) bool {
	key := a.Key
	if a.Namespace != "" {
		key = a.Namespace + ":" + a.Key
	}
	switch {
	case links[key]:
		a.Val = d.mount.rewrite(d.base, a.Val, frames[t.Data] || named)
	case key == "srcset" || key == "imagesrcset":
		a.Val = d.srcset(a.Val)
	case key == "style":
		a.Val = inlineStyles(a.Val, d.style)
	case key == "srcdoc":
		a.Val = d.inside(a.Val)
	case key == "crossorigin":
		a.Val = "anonymous"
	case key == "target" || key == "formtarget":
		return !strings.HasPrefix(a.Val, "_") || strings.EqualFold(a.Val, "_self")
	case key == "content" && t.Data == "meta":
		switch strings.ToLower(attr(t, "http-equiv")) {
		case "refresh":
			a.Val = d.mount.refresh(a.Val, d.base)
		case "content-security-policy":
			a.Val, _ = d.mount.translate(a.Val, d.page)
		}
	}
	return true
}

// also adds what the frame makes necessary.
func (d *document) also(t *html.Token) bool {
	add := func(key, value string) bool {
		if has(t, key) {
			return false
		}
		t.Attr = append(t.Attr, html.Attribute{Key: key, Val: value})
		return true
	}
	changed := false
	// Every site is another origin here, which a checksum needs to be asked for.
	if has(t, "integrity") && (t.Data == "script" || t.Data == "link") {
		changed = add("crossorigin", "anonymous")
	}
	// A script of the page's own site may see what it imports and its errors.
	if t.Data == "script" && d.mine(attr(t, "src")) {
		changed = add("crossorigin", "anonymous") || changed
	}
	// A form without an address is sent to the page's own.
	if t.Data == "form" {
		changed = add("action", d.mount.Path(d.page, d.mount.Inner)) || changed
	}
	if d.charset != "" && t.Data == "form" {
		changed = add("accept-charset", d.charset) || changed
	}
	if d.charset != "" && t.Data == "script" && has(t, "src") {
		changed = add("charset", d.charset) || changed
	}
	return changed
}

// mine says whether a rewritten address is one of the page's own site.
func (d *document) mine(src string) bool {
	site := Address{Scheme: d.page.Scheme, Host: d.page.Host, Path: "/"}
	return src != "" && (strings.HasPrefix(src, d.mount.Path(site, false)) || strings.HasPrefix(src, d.mount.Path(site, true)))
}

// setBase takes the first base of a page over.
func (d *document) setBase(t *html.Token) bool {
	for i, a := range t.Attr {
		if a.Key != "href" {
			continue
		}
		to := resolve(d.base, a.Val)
		if to.Kind != "" {
			to = d.base
		}
		to.Fragment = ""
		d.base = to
		t.Attr[i].Val = d.mount.Path(to, d.mount.Inner)
	}
	return true
}

// inside is a page in an attribute.
func (d *document) inside(page string) string {
	in := document{mount: d.mount, base: d.base, page: d.page, charset: d.charset, nonce: d.nonce}
	in.mount.Inner = true
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	// A buffer and a string cannot fail, but for pieces that are too long.
	_ = in.rewrite(w, strings.NewReader(page))
	_ = w.Flush()
	return out.String()
}

// srcset rewrites the addresses of a list of images: commas end an address
// only where a space or another one follows.
func (d *document) srcset(list string) string {
	var out []string
	for rest := strings.TrimLeft(list, " \t\n\f\r,"); rest != ""; rest = strings.TrimLeft(rest, " \t\n\f\r,") {
		end := strings.IndexAny(rest, " \t\n\f\r")
		if end < 0 {
			end = len(rest)
		}
		address, size := rest[:end], ""
		rest = rest[end:]
		if bare := strings.TrimRight(address, ","); bare != address {
			address = bare
		} else if comma := strings.IndexByte(rest, ','); comma >= 0 {
			size, rest = rest[:comma], rest[comma:]
		} else {
			size, rest = rest, ""
		}
		out = append(out, strings.TrimRight(d.mount.rewrite(d.base, address, false)+" "+strings.TrimSpace(size), " "))
	}
	return strings.Join(out, ", ")
}

// namedTarget says whether a link or form opens in a frame of the page.
func namedTarget(t *html.Token) bool {
	for _, a := range t.Attr {
		if (a.Key == "target" || a.Key == "formtarget") && a.Val != "" && !strings.HasPrefix(a.Val, "_") {
			return true
		}
	}
	return false
}

func attr(t *html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(t *html.Token, key string) bool {
	return slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == key })
}
