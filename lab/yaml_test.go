package lab

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

// library reads a document with a YAML library: texts, lists and mappings, and
// what is no text as the library names it.
func library(data []byte) (any, error) {
	var n yaml.Node
	if err := yaml.Unmarshal(data, &n); err != nil {
		return nil, err
	}
	if len(n.Content) == 0 {
		return nil, nil
	}
	return plainOf(n.Content[0])
}

func plainOf(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.ScalarNode:
		return n.Value, nil
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			v, err := plainOf(c)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case yaml.MappingNode:
		out := []any{"{}"}
		for _, c := range n.Content {
			v, err := plainOf(c)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	}
	return nil, errors.New("an alias")
}

func ours(n *Node) any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case List:
		out := []any{}
		for _, v := range n.Items {
			out = append(out, ours(v))
		}
		return out
	case Mapping:
		out := []any{"{}"}
		for i, v := range n.Items {
			out = append(out, ours(n.Keys[i]), ours(v))
		}
		return out
	}
	return n.Text
}

// agree holds that what is read here is what a library reads.
func agree(t interface {
	Fatalf(string, ...any)
	Helper()
}, data string,
) {
	t.Helper()
	n, fault := Parse([]byte(data))
	if fault != nil {
		if fault.Line < 1 || fault.Line > strings.Count(data, "\n")+1 || fault.Col < 1 {
			t.Fatalf("%q: a fault in no line: %+v", data, fault)
		}
		return
	}
	want, err := library([]byte(data))
	if err != nil {
		t.Fatalf("%q: read here as %v; the library says %v", data, ours(n), err)
	}
	if n == nil && want == "" {
		return
	}
	if got := ours(n); fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) {
		t.Fatalf("%q:\nread as %#v\nlibrary %#v", data, got, want)
	}
}

var pieces = []string{
	"a: 1\n", "- x\n", "  b: c\n", "  - d\n", "- - e\n", "key:\n", "key: |\n", "    deep\n", "\n", "# note\n", "x: [1, 2]\n", "{a: b}\n", "\"q\": 'r'\n",
	"a: \"\\u4e2d\\n\"\n", "- a: 1\n  b: 2\n", "名: 值\n", "k: v # c\n", "k: a:b\n", "k: a#b\n", "-\n", "k: [a,\n  b]\n", "k: {a: 1,\n  b: 2\n}\n", "---\n", "...\n", "\t", " ",
	"k: |-\n  t\n\n  u\n", "k: ''''\n", "? a\n", "&a b\n", "k: *a\n", "- ", ": ", ",", "]", "}", "'", "\"", "\\", "|", ">", "!", "%", "@", "<<", "~", "\r\n", "k: - a\n", "k: \"a\" b\n",
}

func FuzzParse(f *testing.F) {
	for _, p := range pieces {
		f.Add(p)
	}
	f.Add("a:\n- b: 1\n  c: [x, {y: z}]\n- |\n  text\nd: \"e\"\n")
	f.Fuzz(func(t *testing.T, data string) { agree(t, data) })
}

func TestParseAgreesWithALibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		agree(t, strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 12).Draw(t, "pieces"), ""))
	})
}

// nasty are texts that YAML readers take for something else.
var nasty = []string{
	"yes", "no", "on", "Off", "y", "N", "true", "FALSE", "null", "~", "", "1e3", "0x10", "0o7", "1_000", "12", "-1", "+1", ".5", ".inf", "1:30", "2024-01-01",
	"- a", "-", "a: b", "a:", ": a", "#", "a #b", "#a", "[a", "]", "{", "a, b", "&a", "*a", "!a", "|", ">", "%", "@a", "`a", "'", "\"", "\\", "?", "? a", " a", "a ", "a  b",
	"中文", "中 文", "例子。", "a\nb", "\n", "a\n", "\ta", "a\tb", "\x00", "\x7f", "\u0085", "\u2028", "\ufeff", "\u00a0", "😀", "<<", "=", "10.10.0.0/16", "10.1", "1.2.3.4", "---", "...", "--- a",
	"/", "a/b", "com.aliyuncs.privatelink", "0123", "08", "1e", "e1", "0b1", "NaN", ".nan", "Infinity", strings.Repeat("x", 300),
}

func drawText(t *rapid.T) string {
	return rapid.OneOf(rapid.SampledFrom(nasty), rapid.String(), rapid.StringMatching(`[ -~]{0,12}`)).Draw(t, "text")
}

func drawNode(t *rapid.T, deep int) *Node {
	switch kind := rapid.IntRange(0, 3).Draw(t, "kind"); {
	case kind == 1 && deep > 0:
		n := &Node{Kind: List, Flow: rapid.Bool().Draw(t, "flow")}
		for range rapid.IntRange(1, 3).Draw(t, "items") {
			n.Items = append(n.Items, drawNode(t, deep-1))
		}
		return n
	case kind > 1 && deep > 0:
		n := &Node{Kind: Mapping, Flow: rapid.Bool().Draw(t, "flow")}
		for range rapid.IntRange(1, 3).Draw(t, "keys") {
			n.Keys = append(n.Keys, text(drawText(t)))
			n.Items = append(n.Items, drawNode(t, deep-1))
		}
		return n
	}
	return text(drawText(t))
}

// What is written is read back as it was, here and by a library, which also
// takes every text for a text.
func TestWriteAndParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := &Node{Kind: Mapping}
		for range rapid.IntRange(1, 4).Draw(t, "keys") {
			n.Keys = append(n.Keys, text(drawText(t)))
			n.Items = append(n.Items, drawNode(t, 3))
		}
		out := Write(n)
		back, fault := Parse([]byte(out))
		if fault != nil {
			t.Fatalf("%s\n%v", out, fault)
		}
		if got, want := fmt.Sprintf("%#v", ours(back)), fmt.Sprintf("%#v", ours(n)); got != want {
			t.Fatalf("%s\nread   %s\nwritten %s", out, got, want)
		}
		var tree yaml.Node
		if err := yaml.Unmarshal([]byte(out), &tree); err != nil {
			t.Fatalf("%s\n%v", out, err)
		}
		lib, err := plainOf(tree.Content[0])
		if err != nil || fmt.Sprintf("%#v", lib) != fmt.Sprintf("%#v", ours(n)) {
			t.Fatalf("%s\nlibrary %#v %v", out, lib, err)
		}
		texts(t, &tree, out)
	})
}

func texts(t *rapid.T, n *yaml.Node, out string) {
	if n.Kind == yaml.ScalarNode && n.Tag != "!!str" {
		t.Fatalf("%s\n%q is a %s", out, n.Value, n.Tag)
	}
	for _, c := range n.Content {
		texts(t, c, out)
	}
}

// A long line costs what it is long.
func TestLongLine(t *testing.T) {
	n, fault := Parse([]byte("k: [" + strings.Repeat("例, ", 500_000) + "\"x]"))
	if n != nil || fault == nil || fault.Text != "lab.yaml.quote" || fault.Col != 5+3*500_000 {
		t.Errorf("%v %+v", n, fault)
	}
}
