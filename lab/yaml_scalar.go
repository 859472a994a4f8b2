package lab

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// value reads a scalar or what stands in brackets; indent is that of what it
// belongs to.
func (p *parser) value(indent int) *Node {
	switch p.rest()[0] {
	case '[', '{':
		return p.flow(indent)
	case '|':
		return p.literal(indent)
	case '>':
		p.fail("lab.yaml.folded")
	}
	n := p.scalar(false)
	if n.Plain {
		p.ending(indent)
	}
	return n
}

// ending refuses a plain text that goes on in the next line.
func (p *parser) ending(indent int) {
	at, pos := p.at, p.pos
	p.blanks()
	if p.ended() && p.pos >= len(p.line()) { // a comment ends a text
		p.at, p.pos = p.at+1, 0
		for p.at < len(p.lines) && strings.Trim(p.line(), " \t") == "" {
			p.at++
		}
		if p.at < len(p.lines) {
			deep := len(p.line()) - len(strings.TrimLeft(p.line(), " "))
			if deep > indent && strings.TrimLeft(p.line(), " \t")[0] != '#' {
				p.pos = deep
				p.fail("lab.yaml.goeson")
			}
		}
	}
	p.at, p.pos = at, pos
}

// scalar reads a text with or without quotes that ends in this line.
func (p *parser) scalar(inFlow bool) *Node {
	n := p.here()
	rest := p.rest()
	switch rest[0] {
	case '"', '\'':
		end := closing(rest)
		if end < 0 {
			p.fail("lab.yaml.quote", "quote", rest[:1])
		}
		n.Text = p.unquote(rest[:end+1])
		p.pos += end + 1
		return n
	case '&':
		p.fail("lab.yaml.anchor")
	case '*':
		p.fail("lab.yaml.alias")
	case '!':
		p.fail("lab.yaml.tag")
	case '%', '@', '`', '|', '>':
		p.fail("lab.yaml.reserved", "char", rest[:1])
	}
	n.Plain = true
	if n.Text = plain(rest, inFlow); n.Text == "" {
		p.fail("lab.yaml.value")
	}
	p.pos += len(n.Text)
	n.Text = strings.TrimRight(n.Text, " \t")
	if strings.Contains(n.Text, "\t") {
		p.fail("lab.yaml.tab")
	}
	if n.Text == "<<" {
		p.fail("lab.yaml.alias")
	}
	return n
}

// plain is what a text without quotes is, with the space behind it.
func plain(s string, inFlow bool) string {
	follows := func(i int) bool {
		return i+1 < len(s) && s[i+1] != ' ' && s[i+1] != '\t' && !(inFlow && strings.IndexByte(",[]{}", s[i+1]) >= 0)
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c == ':' && !follows(i):
			return s[:i]
		case c == '#' && (i == 0 || s[i-1] == ' ' || s[i-1] == '\t'):
			return s[:i]
		case inFlow && strings.IndexByte(",[]{}", c) >= 0:
			return s[:i]
		case i == 0 && (c == '-' || c == '?') && !follows(0):
			return ""
		case i == 0 && strings.IndexByte(",]}", c) >= 0:
			return ""
		}
	}
	return s
}

// flow reads a list or mapping in brackets.
func (p *parser) flow(indent int) *Node {
	p.enter()
	defer p.leave()
	n := p.here()
	end := byte(']')
	if n.Kind = List; p.rest()[0] == '{' {
		n.Kind, end = Mapping, '}'
	}
	p.pos++
	for {
		p.flowNext(indent, end)
		if p.rest()[0] == end {
			p.pos++
			return n
		}
		p.flowItem(n, indent, end)
		p.flowNext(indent, end)
		switch c := p.rest()[0]; {
		case c == ',':
			p.pos++
		case c != end:
			p.fail("lab.yaml.comma", "end", string(end))
		}
	}
}

func (p *parser) flowItem(n *Node, indent int, end byte) {
	if n.Kind == Mapping {
		if strings.IndexByte(",[]{}", p.rest()[0]) >= 0 || p.rest()[0] == '?' && len(plain(p.rest(), true)) == 0 {
			p.fail("lab.yaml.key")
		}
		key := p.scalar(true)
		p.flowNext(indent, end)
		if rest := p.rest(); p.at+1 != key.Line || rest[0] != ':' || len(rest) > 1 && rest[1] != ' ' {
			p.fail("lab.yaml.flowcolon", "key", key.Text)
		}
		p.pos++
		n.Keys = append(n.Keys, key)
		p.flowNext(indent, end)
		if c := p.rest()[0]; c == ',' || c == end {
			n.Items = append(n.Items, &Node{Plain: true, Line: key.Line, Col: key.Col})
			return
		}
	}
	switch c := p.rest()[0]; {
	case c == '[' || c == '{':
		n.Items = append(n.Items, p.flow(indent))
	case c == '|' || c == '>':
		p.fail("lab.yaml.reserved", "char", string(c))
	default:
		one := p.scalar(true)
		n.Items = append(n.Items, one)
		at := p.at
		p.flowNext(indent, end)
		switch c := p.rest()[0]; {
		case c == ':':
			p.fail("lab.yaml.colon")
		case p.at != at && one.Plain && c != ',' && c != end:
			p.fail("lab.yaml.goeson")
		}
	}
}

// flowNext goes to the next thing inside brackets, which may be in a later line
// as long as that stands deeper than what holds the brackets.
func (p *parser) flowNext(indent int, end byte) {
	at := p.at
	if !p.next() {
		p.at, p.pos = len(p.lines)-1, len(p.lines[len(p.lines)-1])
		p.fail("lab.yaml.open", "end", string(end))
	}
	if p.at != at && (p.pos < indent || p.pos == indent && p.rest()[0] != end || p.pos == 0 && (marker(p.rest(), "---") || marker(p.rest(), "..."))) {
		p.fail("lab.yaml.open", "end", string(end))
	}
}

// literal reads a text of several lines behind a "|", with the last line break,
// or behind a "|-", without it.
func (p *parser) literal(indent int) *Node {
	n := p.here()
	p.pos++
	bare := strings.HasPrefix(p.rest(), "-")
	if bare {
		p.pos++
	}
	if rest := p.rest(); rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		p.fail("lab.yaml.literal")
	}
	p.blanks()
	if !p.ended() {
		p.fail("lab.yaml.literal")
	}
	p.at, p.pos = p.at+1, 0
	body := p.body(indent)
	n.Text = strings.TrimRight(strings.Join(body, "\n"), "\n")
	// The last line may be the last of the file and have no line break.
	if !bare && n.Text != "" && (p.at < len(p.lines) || p.newline || body[len(body)-1] == "") {
		n.Text += "\n"
	}
	return n
}

// body are the lines of a literal text, without what the first one is indented
// by.
func (p *parser) body(indent int) []string {
	var body []string
	deep, widest := -1, 0
	for ; p.at < len(p.lines); p.at++ {
		l := p.line()
		spaces := len(l) - len(strings.TrimLeft(l, " "))
		if spaces == len(l) && (deep < 0 || spaces <= deep) {
			widest = max(widest, spaces)
			body = append(body, "")
			continue
		}
		if deep < 0 {
			if spaces <= indent {
				break
			}
			if deep = spaces; widest > deep {
				p.fail("lab.yaml.literal")
			}
		}
		if spaces < deep {
			break
		}
		body = append(body, l[deep:])
	}
	return body
}

// unquote is the text that stands in quotes.
func (p *parser) unquote(s string) string {
	body := s[1 : len(s)-1]
	if s[0] == '\'' {
		return strings.ReplaceAll(body, "''", "'")
	}
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			b.WriteByte(body[i])
			continue
		}
		i++
		if digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[body[i]]; digits > 0 {
			n, err := strconv.ParseUint(body[min(i+1, len(body)):min(i+1+digits, len(body))], 16, 32)
			if err != nil || i+digits >= len(body) || !utf8.ValidRune(rune(n)) {
				p.fail("lab.yaml.escape", "escape", body[i-1:min(i+1+digits, len(body))])
			}
			b.WriteRune(rune(n))
			i += digits
			continue
		}
		b.WriteString(p.escape(body[i]))
	}
	return b.String()
}

func (p *parser) escape(c byte) string {
	const pairs = "0\x00a\ab\bt\tn\nv\vf\fr\re\x1b\"\"//\\\\  "
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == c {
			return pairs[i+1 : i+2]
		}
	}
	p.fail("lab.yaml.escape", "escape", `\`+string(rune(c)))
	return ""
}
