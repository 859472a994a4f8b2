package lab

import (
	"sort"
	"strconv"
	"strings"

	"culvert.internal/cloud"
)

// item is one thing of a file: a mapping that has been held against its noun.
type item struct {
	*Node
	l    *loader
	noun string
	bad  bool               // something of it cannot be read: it is not made
	rows map[string][]*item // the things inside it, by key
	made string             // its ID, where its parts need it
	done bool               // it was made
}

// mostFaults is how many faults are told.
const mostFaults = 100

func (l *loader) fault(at *Node, text string, kv ...string) {
	l.faults = append(l.faults, Fault{Line: at.Line, Col: at.Col, Text: text, Args: args(kv...)})
}

func (l *loader) suggest(at *Node, text, suggestion string, kv ...string) {
	l.fault(at, text, kv...)
	l.faults[len(l.faults)-1].Suggest = suggestion
}

// sorted are the faults in the order of the file.
func sorted(faults []Fault) []Fault {
	sort.SliceStable(faults, func(i, j int) bool {
		a, b := faults[i], faults[j]
		return a.Line < b.Line || a.Line == b.Line && a.Col < b.Col
	})
	return faults
}

// item reads a mapping as a thing of a noun.
func (l *loader) item(n *Node, noun string) *item {
	it := &item{Node: n, l: l, noun: noun, rows: map[string][]*item{}}
	if n.Kind != Mapping {
		l.fault(n, "lab.type.mapping", "value", n.spelled())
		it.bad = true
		return it
	}
	seen := map[string]*Node{}
	for i, k := range n.Keys {
		f, known := fieldOf(noun, k.Text)
		switch first := seen[k.Text]; {
		case first != nil:
			l.fault(k, "lab.key.twice", "key", k.Text, "line", strconv.Itoa(first.Line))
			it.bad = true
		case !known:
			l.unknown(k, noun)
		default:
			seen[k.Text] = k
			it.read(f, n.Items[i])
		}
	}
	for _, f := range fields()[noun] {
		if f.must && seen[f.key] == nil {
			l.fault(n, "lab.key.missing", "key", f.key)
			it.bad = true
		}
	}
	return it
}

func (l *loader) unknown(k *Node, noun string) {
	var keys []string
	for _, f := range fields()[noun] {
		keys = append(keys, f.key)
	}
	if like := near(k.Text, keys); like != "" {
		l.suggest(k, "lab.key.unknown", like, "key", k.Text)
		return
	}
	l.fault(k, "lab.key.unknown.list", "key", k.Text, "keys", strings.Join(keys, ", "))
}

// read holds a value against what its key takes.
func (it *item) read(f field, v *Node) {
	l, text := it.l, ""
	switch f.is {
	case isText:
		text = textual(v)
	case isNumber:
		if _, err := strconv.ParseUint(v.Text, 10, 31); v.Kind != Scalar || !v.Plain || err != nil {
			text = "lab.type.number"
		}
	case isYesNo:
		if _, ok := v.boolean(); !ok {
			text = "lab.type.yesno"
		}
	case isWords:
		if v.Kind != List {
			text = "lab.type.list"
			break
		}
		for _, one := range v.Items {
			if wrong := textual(one); wrong != "" {
				l.fault(one, wrong, "key", f.key, "value", one.spelled())
				it.bad = true
			}
		}
	case isRows:
		if v.Kind != List {
			text = "lab.type.rows"
			break
		}
		for _, one := range v.Items {
			it.rows[f.key] = append(it.rows[f.key], l.item(one, f.of))
		}
	case isOne:
		it.rows[f.key] = append(it.rows[f.key], l.item(v, f.of))
	case isDict:
		if v.Kind != Mapping {
			text = "lab.type.mapping"
			break
		}
		it.dict(f, v)
	}
	if text != "" {
		l.fault(v, text, "key", f.key, "value", v.spelled())
		it.bad = true
	}
}

// dict reads a mapping of things by name: the regions of an account by their
// IDs, which decide what can be in them, and settings.
func (it *item) dict(f field, v *Node) {
	seen := map[string]*Node{}
	for i, k := range v.Keys {
		if first := seen[k.Text]; first != nil {
			it.l.fault(k, "lab.key.twice", "key", k.Text, "line", strconv.Itoa(first.Line))
		}
		seen[k.Text] = k
		if f.of == "" {
			if wrong := textual(v.Items[i]); wrong != "" {
				it.l.fault(v.Items[i], wrong, "key", k.Text, "value", v.Items[i].spelled())
			}
			continue
		}
		r, ok := cloud.FindRegion(k.Text)
		if !ok {
			var ids []string
			for _, r := range cloud.Regions() {
				ids = append(ids, r.ID)
			}
			it.l.suggest(k, "lab.region", near(k.Text, ids), "value", k.Text)
			continue
		}
		one := it.l.item(v.Items[i], r.Cloud)
		it.rows["regions"] = append(it.rows["regions"], one)
		it.l.regions[one] = r
	}
}

// textual says what keeps a value from being a text.
func textual(v *Node) string {
	_, yesNo := v.boolean()
	switch {
	case v.Kind != Scalar:
		return "lab.type.text"
	case v.null():
		return "lab.type.empty"
	case yesNo:
		return "lab.type.quote"
	}
	return ""
}

// has says whether a key is there.
func (it *item) has(key string) bool {
	k, _ := it.get(key)
	return k != nil
}

// at is the value of a key, or the thing itself without one.
func (it *item) at(key string) *Node {
	if _, v := it.get(key); v != nil {
		return v
	}
	return it.Node
}

// text is the text of a key, empty without one.
func (it *item) text(key string) string {
	if _, v := it.get(key); v != nil {
		return v.Text
	}
	return ""
}

// yes is what a key says, or what holds without it.
func (it *item) yes(key string, otherwise bool) bool {
	if _, v := it.get(key); v != nil {
		yes, _ := v.boolean()
		return yes
	}
	return otherwise
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// words are the texts of a list.
func (it *item) words(key string) []*Node {
	if _, v := it.get(key); v != nil {
		return v.Items
	}
	return nil
}

// only refuses keys that mean nothing here, so that none is passed over.
func (it *item) only(why string, keys ...string) {
	for _, key := range keys {
		if k, _ := it.get(key); k != nil {
			it.l.fault(k, why, "key", key)
			it.bad = true
		}
	}
}
