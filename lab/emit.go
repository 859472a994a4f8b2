package lab

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// Write is a document as the text of a file. Parse reads the same document from
// it, and so does every YAML reader.
func Write(n *Node) string {
	var w writer
	w.block(n, 0)
	return w.String()
}

type writer struct{ strings.Builder }

const indentation = "                                                                "

func (w *writer) indent(n int) { w.WriteString(indentation[:min(n, len(indentation))]) }

// block writes a list or mapping whose lines stand at indent; the first one has
// its indentation already.
func (w *writer) block(n *Node, indent int) {
	for i, v := range n.Items {
		if i > 0 {
			w.indent(indent)
		}
		if n.Kind == Mapping {
			w.scalar(n.Keys[i])
			w.WriteByte(':')
		} else {
			w.WriteByte('-')
		}
		switch {
		case v.Kind == Scalar || v.Flow || len(v.Items) == 0:
			w.WriteByte(' ')
			w.inline(v)
			w.WriteByte('\n')
		case n.Kind == List:
			w.WriteByte(' ')
			w.block(v, indent+2)
		default:
			w.WriteByte('\n')
			w.indent(indent + 2)
			w.block(v, indent+2)
		}
	}
}

// inline writes a value in one line.
func (w *writer) inline(n *Node) {
	if n.Kind == Scalar {
		w.scalar(n)
		return
	}
	open, end := byte('['), byte(']')
	if n.Kind == Mapping {
		open, end = '{', '}'
	}
	w.WriteByte(open)
	for i, v := range n.Items {
		if i > 0 {
			w.WriteString(", ")
		}
		if n.Kind == Mapping {
			w.scalar(n.Keys[i])
			w.WriteString(": ")
		}
		w.inline(v)
	}
	w.WriteByte(end)
}

func (w *writer) scalar(n *Node) {
	if n.Plain || safe(n.Text) {
		w.WriteString(n.Text)
		return
	}
	w.quoted(n.Text)
}

// safe says whether a text means itself without quotes, in every place and to
// every YAML reader, of version 1.1 too.
func safe(s string) bool {
	if s == "" || len(s) > 200 {
		return false
	}
	if c := s[0]; c < utf8Self && !letter(c) && c != '/' {
		a, err := netip.ParseAddr(s)
		_, noBlock := netip.ParsePrefix(s)
		if (err != nil || !a.Is4()) && noBlock != nil {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false
	}
	for i, r := range s {
		switch {
		case r >= utf8Self:
			if !unicode.Is(unicode.Han, r) {
				return false
			}
		case letter(byte(r)) || r >= '0' && r <= '9' || strings.ContainsRune("-_./@+=", r):
		case r == ' ':
			if i+1 == len(s) || s[i+1] == ' ' {
				return false
			}
		default:
			return false
		}
	}
	return true
}

const utf8Self = 0x80

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// quoted writes a text in double quotes. What cannot be seen is escaped.
func (w *writer) quoted(s string) {
	w.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			w.WriteByte('\\')
			w.WriteRune(r)
		case r == '\n':
			w.WriteString(`\n`)
		case r == '\t':
			w.WriteString(`\t`)
		case r < utf8Self && r >= ' ' && r != 0x7f || r >= utf8Self && unicode.IsGraphic(r) && !unicode.Is(unicode.Zs, r):
			w.WriteRune(r)
		case r < 0x100:
			w.hex('x', r, 2)
		case r < 0x10000:
			w.hex('u', r, 4)
		default:
			w.hex('U', r, 8)
		}
	}
	w.WriteByte('"')
}

func (w *writer) hex(kind byte, r rune, digits int) {
	n := strconv.FormatInt(int64(r), 16)
	w.WriteByte('\\')
	w.WriteByte(kind)
	w.WriteString(strings.Repeat("0", digits-len(n)))
	w.WriteString(n)
}
