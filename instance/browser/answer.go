package browser

import (
	"bufio"
	"context"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/transform"
)

// answer passes on a site's answer.
func (x *exchange) answer(ctx context.Context, res *http.Response) {
	if x.same {
		if cookies := res.Cookies(); len(cookies) > 0 {
			x.session.jar.SetCookies(res.Request.URL, cookies)
		}
	}
	h, target := x.w.Header(), x.q.Target
	responseHeader(h, res.Header)
	x.q.Mount.cors(h, x.r, target.Address, res.Header)
	if to := res.Header.Get("Location"); to != "" && res.StatusCode >= 300 && res.StatusCode < 400 {
		h.Set("Location", x.q.Mount.redirect(target.Address, to))
		x.w.WriteHeader(res.StatusCode)
		return
	}
	body := &limited{r: res.Body, ctx: ctx, left: x.b.opt.Limits.Bytes}
	in := bufio.NewReaderSize(body, 4<<10)
	kind, params := typeOf(res.Header, in)
	document := isDocument(x.r)
	x.met(res)
	if name, file := isFile(res.Header, kind); document && file {
		x.unshown(res, kind, name)
		return
	}
	if to := res.Header.Get("Refresh"); to != "" && document {
		h.Set("Refresh", x.q.Mount.refresh(to, target.Address))
	}
	out := bufio.NewWriterSize(x.w, 16<<10)
	body.before = flusher(x.w, out)
	switch {
	case document && (kind == "text/html" || kind == "application/xhtml+xml"):
		body.left = min(body.left, x.b.opt.Limits.Page-body.read)
		x.html(out, in, res, body)
	case kind == "text/css":
		x.css(out, in, res, params["charset"])
	default:
		x.raw(out, in, res, body, document && strings.HasPrefix(kind, "text/"))
	}
	_ = out.Flush()
	x.done(body)
}

// typeOf is the type of an answer, found out from its beginning when the site
// does not say it.
func typeOf(h http.Header, in *bufio.Reader) (kind string, params map[string]string) {
	said := h.Get("Content-Type")
	if said == "" {
		start, _ := in.Peek(512)
		said = http.DetectContentType(start)
		h.Set("Content-Type", said)
	}
	kind, params, err := mime.ParseMediaType(said)
	if err != nil && kind == "" {
		kind, _, _ = strings.Cut(strings.ToLower(said), ";")
		kind = strings.TrimSpace(kind)
	}
	return kind, params
}

// met notes who answered a document, while the connection still lives.
func (x *exchange) met(res *http.Response) {
	v := x.visit
	if v == nil {
		return
	}
	v.Status = res.StatusCode
	x.took.into(v)
	if x.conn != nil {
		v.Local, v.Remote = addrPort(x.conn.LocalAddr()), addrPort(x.conn.RemoteAddr())
		v.Answerer = x.q.Who(v.Local, v.Remote)
	}
	x.session.visit(v)
}

func (x *exchange) done(body *limited) {
	if v := x.visit; v != nil {
		x.session.note(func() {
			v.Total, v.Bytes, v.Cut, v.Done = time.Since(x.took.started), body.read, body.cut, true
		})
	}
}

// unshown is the page about an answer that no browser shows as one.
func (x *exchange) unshown(res *http.Response, kind, name string) {
	if v := x.visit; v != nil {
		x.session.note(func() { v.Done, v.Total = true, time.Since(x.took.started) })
	}
	h := x.w.Header()
	for name := range h {
		if strings.HasPrefix(name, "Content-") && name != "Content-Security-Policy" {
			h.Del(name)
		}
	}
	if name != "" {
		kind = name + " (" + kind + ")"
	}
	x.q.Fail(x.w, http.StatusOK, Problem{Kind: ProblemFile, Address: x.q.Target.String(), Detail: kind})
	_ = res.Body.Close()
}

// html sends a page, rewritten; in UTF-8 when this program knows what it was
// in. Any other keeps its charset: rewriting looks at ASCII's signs alone, and
// those are in their places in every charset left but ISO-2022-JP, of whose
// addresses some may be missed.
func (x *exchange) html(out *bufio.Writer, in *bufio.Reader, res *http.Response, body *limited) {
	start, _ := in.Peek(1024)
	d := &document{mount: x.q.Mount.of(x.q.Target.Address), base: x.q.Target.Address, page: x.q.Target.Address}
	var page io.Reader = in
	label, sent := charsetOf(start, res.Header.Get("Content-Type")), "utf-8"
	switch name, decoder := decoderOf(label); {
	case decoder == nil:
		sent = label
	case name != "utf-8":
		page, d.charset = transform.NewReader(in, decoder), name
	}
	h := x.w.Header()
	for _, list := range res.Header["Content-Security-Policy"] {
		for policy := range strings.SplitSeq(list, ",") {
			own, nonce := x.q.Mount.translate(policy, x.q.Target.Address)
			if own != "" {
				h.Add("Content-Security-Policy", own)
			}
			if nonce != "" {
				d.nonce = nonce
			}
		}
	}
	h.Set("Content-Type", mime.FormatMediaType("text/html", map[string]string{"charset": sent}))
	x.w.WriteHeader(res.StatusCode)
	err := d.rewrite(out, page)
	if err != nil && body.cut == "" {
		body.cut = CutSize // one piece of it is too long to be held
	}
	if body.cut != "" {
		d.note(out, x.q.Say(body.cut))
	}
}

// css sends a style sheet, rewritten; in UTF-8 when it says what it was in.
func (x *exchange) css(out *bufio.Writer, in *bufio.Reader, res *http.Response, label string) {
	sheet := in
	kind := res.Header.Get("Content-Type")
	if label != "" && !strings.EqualFold(label, "utf-8") {
		if _, decoder := decoderOf(label); decoder != nil {
			sheet, kind = bufio.NewReader(transform.NewReader(in, decoder)), "text/css; charset=utf-8"
		}
	}
	x.w.Header().Set("Content-Type", kind)
	x.w.WriteHeader(res.StatusCode)
	rewrite := func(ref string) string { return x.q.Mount.rewrite(x.q.Target.Address, ref, false) }
	_ = styles(out, sheet, rewrite) // the reader is gone: nobody is left to tell
}

// raw sends anything else as it is.
func (x *exchange) raw(out *bufio.Writer, in *bufio.Reader, res *http.Response, body *limited, text bool) {
	h := x.w.Header()
	h.Set("Content-Type", res.Header.Get("Content-Type"))
	if n := res.Header.Get("Content-Length"); n != "" && res.ContentLength <= x.b.opt.Limits.Bytes && !res.Uncompressed {
		h.Set("Content-Length", n)
	}
	x.w.WriteHeader(res.StatusCode)
	control := http.NewResponseController(x.w)
	buf := make([]byte, 16<<10)
	for {
		n, err := in.Read(buf)
		if _, werr := out.Write(buf[:n]); werr != nil || n > 0 && out.Flush() != nil {
			return // the reader is gone
		}
		// A stream of events is read as it comes.
		_ = control.Flush()
		if err != nil {
			break
		}
	}
	if body.cut != "" && text {
		_, _ = out.WriteString("\n\n" + x.q.Say(body.cut) + "\n")
	}
}
