package browser

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// cssPiece bounds an address in a style sheet; a longer one is passed on as it
// is, which the policy then stops if it leads anywhere.
const cssPiece = 64 << 10

// styles copies a style sheet and rewrites the addresses in url() and @import.
func styles(w *bufio.Writer, r *bufio.Reader, rewrite func(string) string) error {
	c := css{w: w, r: r, rewrite: rewrite}
	for {
		b, err := r.ReadByte()
		if err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		if err := c.next(b); err != nil && err != io.EOF {
			return err
		}
	}
}

// inlineStyles is styles for a style element or attribute.
func inlineStyles(s string, rewrite func(string) string) string {
	low := strings.ToLower(s)
	if !strings.Contains(low, "url(") && !strings.Contains(low, "@import") {
		return s
	}
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	// A buffer and a string cannot fail.
	_ = styles(w, bufio.NewReader(strings.NewReader(s)), rewrite)
	_ = w.Flush()
	return out.String()
}

type css struct {
	w         *bufio.Writer
	r         *bufio.Reader
	rewrite   func(string) string
	importing bool
	word      bool // the last byte was part of a name
}

func (c *css) next(b byte) error {
	word := c.word
	c.word = isName(b)
	switch {
	case b == '/' && c.sees("*"):
		return c.comment()
	case b == '"' || b == '\'':
		return c.quoted(b)
	case (b == 'u' || b == 'U') && !word && c.sees("rl("):
		_, _ = c.r.Discard(3)
		return c.url()
	case b == '@' && c.sees("import"):
		c.importing = true
	case b == ';' || b == '{':
		c.importing = false
	}
	return c.w.WriteByte(b)
}

// sees says whether these bytes come next, in any case of letters.
func (c *css) sees(s string) bool {
	p, err := c.r.Peek(len(s))
	return err == nil && strings.EqualFold(string(p), s)
}

func (c *css) comment() error {
	if err := c.w.WriteByte('/'); err != nil {
		return err
	}
	last := byte(0)
	for {
		b, err := c.r.ReadByte()
		if err != nil {
			return err
		}
		if err := c.w.WriteByte(b); err != nil {
			return err
		}
		if last == '*' && b == '/' {
			return nil
		}
		if last == 0 {
			b = 0 // the star of the opening is not that of the end
			last = 1
			continue
		}
		last = b
	}
}

// quoted copies a string; behind @import it is an address.
func (c *css) quoted(q byte) error {
	raw, whole, err := c.until(func(b byte) bool { return b == q || b == '\n' })
	if c.importing && whole && err == nil && raw[len(raw)-1] == q {
		c.importing = false
		_, err = c.w.WriteString(cssString(c.rewrite(unescapeCSS(string(raw[:len(raw)-1])))))
		return err
	}
	if werr := c.w.WriteByte(q); werr != nil {
		return werr
	}
	if _, werr := c.w.Write(raw); werr != nil {
		return werr
	}
	return err
}

func (c *css) url() error {
	raw, whole, err := c.until(func(b byte) bool { return b == ')' })
	text := strings.TrimSpace(strings.TrimSuffix(string(raw), ")"))
	if q := strings.IndexAny(text, `"'`); q == 0 && len(text) > 1 && !strings.HasSuffix(text, text[:1]) && whole && err == nil {
		// A bracket inside a quoted address: go on to the quote's end.
		more, _, merr := c.until(func(b byte) bool { return b == text[0] })
		rest, _, rerr := c.until(func(b byte) bool { return b == ')' })
		raw = append(append(raw, more...), rest...)
		text = strings.TrimSpace(strings.TrimSuffix(string(raw), ")"))
		err = first(merr, rerr)
	}
	if !whole || err != nil {
		_, _ = c.w.WriteString("url(")
		_, werr := c.w.Write(raw)
		return first(werr, err)
	}
	if len(text) > 1 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0] {
		text = text[1 : len(text)-1]
	}
	c.importing = false
	_, err = c.w.WriteString("url(" + cssString(c.rewrite(unescapeCSS(text))) + ")")
	return err
}

// until reads to the first byte that ends, past escaped ones; whole is false
// when the piece is too long to be held.
func (c *css) until(end func(byte) bool) (raw []byte, whole bool, err error) {
	for len(raw) < cssPiece {
		b, err := c.r.ReadByte()
		if err != nil {
			return raw, false, err
		}
		raw = append(raw, b)
		if b == '\\' {
			if b, err = c.r.ReadByte(); err != nil {
				return raw, false, err
			}
			raw = append(raw, b)
			continue
		}
		if end(b) {
			return raw, true, nil
		}
	}
	return raw, false, nil
}

func isName(b byte) bool {
	return b == '-' || b == '_' || b >= 0x80 || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '\\'
}

func unescapeCSS(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		n, digits := rune(0), 0
		for i+1 < len(s) && digits < 6 && strings.IndexByte("0123456789abcdefABCDEF", s[i+1]) >= 0 {
			i++
			digits++
			d := rune(s[i] | 0x20)
			if d >= 'a' {
				d -= 'a' - 10
			} else {
				d = rune(s[i]) - '0'
			}
			n = n*16 + d
		}
		switch {
		case digits > 0:
			if i+1 < len(s) && s[i+1] == ' ' {
				i++
			}
			b.WriteRune(n)
		case s[i+1] == '\n':
			i++
		default:
			i++
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// cssString quotes an address for a style sheet and for whatever holds it.
func cssString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\5c `, `"`, "%22", "\n", "%0A", "<", "%3C", "'", "%27").Replace(s) + `"`
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
