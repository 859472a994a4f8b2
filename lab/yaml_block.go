package lab

import "strings"

// dash says whether a list item begins here.
func dash(rest string) bool {
	return rest[0] == '-' && (len(rest) == 1 || rest[1] == ' ' || rest[1] == '\t')
}

// block reads a value that stands deeper than indent, at the beginning of its
// line or behind the dash of a list.
func (p *parser) block(indent int) *Node {
	p.enter()
	defer p.leave()
	if p.pos <= indent {
		p.fail("lab.yaml.indent")
	}
	rest := p.rest()
	if p.pos == 0 && (marker(rest, "---") || marker(rest, "...")) {
		p.fail("lab.yaml.documents")
	}
	switch {
	case dash(rest):
		return p.list(p.pos)
	case p.isKey():
		return p.mapping(p.pos)
	}
	n := p.value(indent)
	p.endOfLine()
	return n
}

// endOfLine holds that nothing follows a value.
func (p *parser) endOfLine() {
	if p.at >= len(p.lines) || p.pos == 0 {
		return // a text of several lines ended before this one
	}
	p.blanks()
	if !p.ended() {
		if strings.HasPrefix(p.rest(), ":") {
			p.fail("lab.yaml.colon")
		}
		p.fail("lab.yaml.behind")
	}
	p.at, p.pos = p.at+1, 0
}

// list reads items whose dashes stand at indent.
func (p *parser) list(indent int) *Node {
	n := p.here()
	n.Kind = List
	for {
		dashAt := p.here()
		p.pos++
		p.blanks()
		if !p.ended() {
			n.Items = append(n.Items, p.block(indent))
		} else {
			p.at, p.pos = p.at+1, 0
			if p.next() && p.pos > indent {
				n.Items = append(n.Items, p.block(indent))
			} else {
				n.Items = append(n.Items, &Node{Plain: true, Line: dashAt.Line, Col: dashAt.Col})
			}
		}
		if !p.next() || p.pos < indent {
			return n
		}
		if p.pos > indent {
			p.fail("lab.yaml.indent")
		}
		if !dash(p.rest()) {
			return n
		}
	}
}

// mapping reads keys that stand at indent.
func (p *parser) mapping(indent int) *Node {
	n := p.here()
	n.Kind = Mapping
	for {
		n.Keys = append(n.Keys, p.key())
		n.Items = append(n.Items, p.valueOf(indent, n.Keys[len(n.Keys)-1]))
		if !p.next() || p.pos < indent {
			return n
		}
		if p.pos > indent {
			p.fail("lab.yaml.indent")
		}
		switch rest := p.rest(); {
		case p.pos == 0 && (marker(rest, "---") || marker(rest, "...")):
			p.fail("lab.yaml.documents")
		case dash(rest):
			return n // the list that holds this mapping goes on, or nothing does
		case !p.isKey():
			p.fail("lab.yaml.key")
		}
	}
}

// valueOf reads what belongs to a key.
func (p *parser) valueOf(indent int, key *Node) *Node {
	p.blanks()
	if !p.ended() {
		if dash(p.rest()) {
			p.fail("lab.yaml.dash")
		}
		if p.isKey() {
			p.fail("lab.yaml.twokeys")
		}
		n := p.value(indent)
		p.endOfLine()
		return n
	}
	p.at, p.pos = p.at+1, 0
	if p.next() && (p.pos > indent || p.pos == indent && dash(p.rest())) {
		if p.pos == indent {
			p.enter()
			defer p.leave()
			return p.list(indent)
		}
		return p.block(indent)
	}
	return &Node{Plain: true, Line: key.Line, Col: key.Col}
}

// isKey says whether a key with its colon begins here.
func (p *parser) isKey() bool {
	rest := p.rest()
	if rest[0] == '?' && (len(rest) == 1 || rest[1] == ' ') {
		p.fail("lab.yaml.question")
	}
	end := 0
	switch rest[0] {
	case '"', '\'':
		if end = closing(rest); end < 0 {
			return false
		}
		end++
	case '[', '{':
		return false
	default:
		end = len(plain(rest, false))
	}
	if end > longestKey {
		return false
	}
	after := strings.TrimLeft(rest[end:], " \t")
	return strings.HasPrefix(after, ":") && (len(after) == 1 || after[1] == ' ' || after[1] == '\t')
}

// key reads a key and its colon.
func (p *parser) key() *Node {
	n := p.scalar(false)
	p.blanks()
	p.pos++ // isKey has seen the colon
	return n
}
