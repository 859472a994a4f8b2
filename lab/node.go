package lab

import (
	"strconv"
	"strings"
)

// Kind is what a node is.
type Kind uint8

// The kinds of nodes.
const (
	Scalar Kind = iota
	List
	Mapping
)

// Node is a value of a YAML document with its place in it.
type Node struct {
	Kind  Kind
	Text  string  // of a scalar
	Plain bool    // a scalar without quotes, which may be a number or nothing
	Flow  bool    // a list or mapping to be written in one line
	Keys  []*Node // of a mapping, beside Items
	Items []*Node // of a list, or the values of a mapping
	Line  int     // from 1
	Col   int     // in characters, from 1
}

// Fault is something wrong with a lab file: where, and what as a key of the
// catalogue with its arguments. Suggest is what would be right, if anything is
// known to be.
type Fault struct {
	Line, Col int
	Text      string // key of the catalogue
	Args      map[string]string
	Suggest   string
}

// Error is the fault for logs; pages and command lines translate Text.
func (f Fault) Error() string {
	return strconv.Itoa(f.Line) + ":" + strconv.Itoa(f.Col) + ": " + f.Text
}

func args(kv ...string) map[string]string {
	m := make(map[string]string, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return m
}

// get is the value of a key and the key itself, nil when a mapping has none.
func (n *Node) get(key string) (at, value *Node) {
	for i, k := range n.Keys {
		if k.Text == key {
			return k, n.Items[i]
		}
	}
	return nil, nil
}

// null says whether a scalar is nothing at all.
func (n *Node) null() bool {
	if n.Kind != Scalar || !n.Plain {
		return false
	}
	switch n.Text {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// boolean answers the value of a plain true or false.
func (n *Node) boolean() (value, ok bool) {
	if n.Kind != Scalar || !n.Plain {
		return false, false
	}
	switch n.Text {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	return false, false
}

// put adds a key to a mapping that is being made.
func (n *Node) put(key string, value *Node) *Node {
	n.Keys = append(n.Keys, &Node{Text: key, Plain: true})
	n.Items = append(n.Items, value)
	return n
}

func text(v string) *Node { return &Node{Text: v} }

func number(n int) *Node { return &Node{Text: strconv.Itoa(n), Plain: true} }

// spelled is how a scalar stands in a message.
func (n *Node) spelled() string {
	switch n.Kind {
	case List:
		return "[…]"
	case Mapping:
		return "{…}"
	}
	if len(n.Text) > 60 {
		return strings.ToValidUTF8(n.Text[:60], "") + "…"
	}
	return n.Text
}
