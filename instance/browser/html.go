package browser

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlPiece bounds one tag, comment or script of a page.
const htmlPiece = 4 << 20

// document is a page that is being rewritten.
type document struct {
	mount Mount
	base  Address // what its references are relative to
	page  Address // itself
	// charset is what the page was written in, when it was put into UTF-8: its
	// forms still send it.
	charset string
	nonce   string // of its policy
	added   bool   // the script is in
	part    bool   // a piece of a page: gets no script
	open    string // the raw text element that is open
}

// rewrite copies a page as UTF-8 and rewrites what leads elsewhere. An error
// of r is answered; what was read before it has been written.
func (d *document) rewrite(w *bufio.Writer, r io.Reader) error {
	z := html.NewTokenizer(r)
	z.SetMaxBuf(htmlPiece)
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if err := z.Err(); err != io.EOF {
				return err
			}
			return nil
		}
		if err := d.token(w, z, kind); err != nil {
			return err
		}
	}
}

func (d *document) token(w *bufio.Writer, z *html.Tokenizer, kind html.TokenType) error {
	switch kind {
	case html.StartTagToken, html.SelfClosingTagToken:
		raw := bytes.Clone(z.Raw()) // Token lowers its letters in place
		return d.start(w, z.Token(), raw)
	case html.EndTagToken:
		d.open = ""
	case html.TextToken:
		return d.text(w, z.Raw())
	}
	_, err := w.Write(z.Raw())
	return err
}

func (d *document) text(w *bufio.Writer, raw []byte) error {
	switch d.open {
	case "style":
		_, err := w.WriteString(inlineStyles(string(raw), d.style))
		return err
	case "noscript":
		inside := *d
		inside.part, inside.open = true, ""
		return inside.rewrite(w, bytes.NewReader(bytes.Clone(raw)))
	}
	if d.open == "" && len(bytes.TrimSpace(raw)) > 0 {
		if err := d.addScript(w); err != nil {
			return err
		}
	}
	_, err := w.Write(raw)
	return err
}

func (d *document) style(ref string) string { return d.mount.rewrite(d.base, ref, false) }

// addScript puts the script that rewrites what scripts do before anything
// that could need it, once.
func (d *document) addScript(w *bufio.Writer) error {
	if d.added || d.part {
		return nil
	}
	d.added = true
	t := html.Token{Type: html.StartTagToken, DataAtom: atom.Script, Data: "script", Attr: []html.Attribute{
		{Key: "src", Val: d.mount.script()}, {Key: "data-all", Val: d.mount.all()}, {Key: "data-root", Val: d.mount.root()}, {Key: "data-page", Val: d.page.String()},
	}}
	if d.mount.Inner {
		t.Attr = append(t.Attr, html.Attribute{Key: "data-inner", Val: "yes"})
	}
	if d.nonce != "" {
		t.Attr = append(t.Attr, html.Attribute{Key: "nonce", Val: d.nonce})
	}
	modules := html.Token{Type: html.StartTagToken, DataAtom: atom.Script, Data: "script", Attr: []html.Attribute{{Key: "type", Val: "importmap"}}}
	if d.nonce != "" {
		modules.Attr = append(modules.Attr, html.Attribute{Key: "nonce", Val: d.nonce})
	}
	_, err := w.WriteString(t.String() + "</script>" + modules.String() + d.mount.modules(d.page) + "</script>")
	return err
}

// rawText are the elements whose content is no markup.
var rawText = map[string]bool{
	"script": true, "style": true, "noscript": true, "textarea": true, "title": true, "iframe": true, "noembed": true, "noframes": true, "xmp": true,
}

func (d *document) start(w *bufio.Writer, t html.Token, raw []byte) error {
	if t.Data != "html" && t.Data != "head" {
		if err := d.addScript(w); err != nil {
			return err
		}
	}
	changed, keep := d.attributes(&t)
	if rawText[t.Data] && t.Type == html.StartTagToken {
		d.open = t.Data
	}
	if !keep {
		return nil
	}
	var err error
	if changed {
		_, err = w.WriteString(t.String())
	} else {
		_, err = w.Write(raw)
	}
	if err == nil && t.Data == "head" {
		err = d.addScript(w)
	}
	return err
}

// note ends what is open and says why the page ends here, in signs that every
// charset has.
func (d *document) note(w *bufio.Writer, said string) {
	if d.open != "" {
		_, _ = w.WriteString("</" + d.open + ">")
	}
	_, _ = w.WriteString(`</table></select><p style="all:initial;display:block;position:fixed;z-index:2147483647;inset:auto 0 0 0;padding:12px 16px;` +
		`background:#855000;color:#fff;font:14px/1.5 sans-serif">`)
	for _, r := range html.EscapeString(said) {
		if r < utf8.RuneSelf {
			_, _ = w.WriteRune(r)
		} else {
			_, _ = fmt.Fprintf(w, "&#%d;", r)
		}
	}
	_, _ = w.WriteString("</p>")
}
