package lab

import (
	"strings"
	"unicode/utf8"
)

// A lab file is YAML without what a list of things to be made has no use for:
// anchors, aliases, tags, directives, several documents, keys that are no plain
// words, folded texts, and texts that go on in the next line without saying so.
// What is left means the same to every YAML reader. Reading it here tells a
// mistake's exact place, costs a tenth of a library, and cannot be made to grow
// a small file into a large one.

// longestFile is the largest file that is read, in bytes; deepest is how many
// lists and mappings may be inside each other.
const (
	longestFile = 64 << 20
	deepest     = 32
	longestKey  = 1000 // bytes; YAML has 1024
)

// parser reads one document. It stops at the first thing that is not YAML:
// behind it nothing is sure to be what it looks like.
type parser struct {
	lines []string
	at    int // index of the line
	pos   int // byte in it
	depth int
	// counted is how far characters have been counted, so that a long line is
	// counted once.
	counted counted
	// newline says that the last line has its line break.
	newline bool
}

// counted is a place in a line: so many bytes are so many characters.
type counted struct{ at, pos, runes int }

// Parse reads a document. A file without anything in it is a nil node.
func Parse(data []byte) (n *Node, fault *Fault) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Fault:
			n, fault = nil, r
		default:
			panic(r)
		}
	}()
	if len(data) > longestFile {
		return nil, &Fault{Line: 1, Col: 1, Text: "lab.yaml.long", Args: args("max", "64 MiB")}
	}
	all := strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
	p := &parser{lines: strings.Split(strings.TrimSuffix(all, "\n"), "\n"), newline: strings.HasSuffix(all, "\n")}
	p.characters()
	if !p.next() {
		return nil, nil
	}
	if p.pos == 0 && marker(p.line(), "---") {
		p.pos = 3
		p.blanks()
		if !p.ended() {
			p.fail("lab.yaml.start")
		}
		p.at, p.pos = p.at+1, 0
		if !p.next() {
			return nil, nil
		}
	}
	if rest := p.rest(); rest[0] != '[' && rest[0] != '{' && !dash(rest) && !p.isKey() {
		p.fail("lab.yaml.key")
	}
	n = p.block(-1)
	if p.next() {
		if p.pos == 0 && marker(p.line(), "...") || p.pos == 0 && marker(p.line(), "---") {
			p.fail("lab.yaml.documents")
		}
		p.fail("lab.yaml.indent")
	}
	return n, nil
}

// marker says whether a line begins or ends a document.
func marker(line, mark string) bool {
	return strings.HasPrefix(line, mark) && (len(line) == 3 || line[3] == ' ' || line[3] == '\t')
}

// characters refuses what no text file holds.
func (p *parser) characters() {
	for i, l := range p.lines {
		for at, r := range l {
			bad := r == utf8.RuneError || r < ' ' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0xfeff || r == 0x2028 || r == 0x2029
			if bad && (r != utf8.RuneError || !strings.HasPrefix(l[at:], "\ufffd")) {
				p.at, p.pos = i, at
				p.fail("lab.yaml.character")
			}
		}
	}
}

func (p *parser) line() string { return p.lines[p.at] }

func (p *parser) fail(key string, kv ...string) {
	f := p.here()
	panic(&Fault{Line: f.Line, Col: f.Col, Text: key, Args: args(kv...)})
}

// here is an empty node at the place that is read.
func (p *parser) here() *Node {
	at := min(p.at, len(p.lines)-1)
	pos := min(p.pos, len(p.lines[at]))
	if at != p.counted.at || pos < p.counted.pos {
		p.counted = counted{at: at}
	}
	p.counted.runes += utf8.RuneCountInString(p.lines[at][p.counted.pos:pos])
	p.counted.pos = pos
	return &Node{Line: at + 1, Col: p.counted.runes + 1}
}

// next goes to the next thing that is no space, comment or empty line; at the
// beginning of a line, to its indentation. It answers false at the end.
func (p *parser) next() bool {
	for p.at < len(p.lines) {
		p.blanks()
		if !p.ended() {
			return true
		}
		p.at, p.pos = p.at+1, 0
	}
	return false
}

// blanks skips spaces. Tabs are refused: how far one moves what is behind it is
// anybody's guess.
func (p *parser) blanks() {
	l := p.line()
	for p.pos < len(l) && l[p.pos] == ' ' {
		p.pos++
	}
	if p.pos < len(l) && l[p.pos] == '\t' {
		p.fail("lab.yaml.tab")
	}
}

// ended says whether the line holds no more than a comment.
func (p *parser) ended() bool {
	l := p.line()
	if p.pos >= len(l) {
		return true
	}
	return l[p.pos] == '#' && (p.pos == 0 || l[p.pos-1] == ' ' || l[p.pos-1] == '\t')
}

func (p *parser) rest() string { return p.line()[p.pos:] }

// enter counts what is inside each other; leave undoes it.
func (p *parser) enter() {
	if p.depth++; p.depth > deepest {
		p.fail("lab.yaml.deep")
	}
}

func (p *parser) leave() { p.depth-- }

// closing is where the quote that a text begins with ends, -1 when it does not.
func closing(s string) int {
	q := s[0]
	for i := 1; i < len(s); i++ {
		switch {
		case q == '"' && s[i] == '\\':
			i++
		case s[i] == q && q == '\'' && i+1 < len(s) && s[i+1] == q:
			i++
		case s[i] == q:
			return i
		}
	}
	return -1
}
