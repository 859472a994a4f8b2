package lab

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"culvert.internal/cloud"
)

// Expectation is one entry of the reachability matrix of a file: what becomes of
// a connection from an instance or a network on premises.
type Expectation struct {
	Line     int
	Client   string // ID of an instance or an IDC
	From     string // as the file names it
	Noun     string // what is dialled: "endpoint", "instance", "balancer", "name" or "address"
	Target   string // its ID, or the name or the address itself
	To       string // as the file names it
	Zone     string // of an endpoint; empty: the endpoint itself
	Port     uint16
	Protocol string
	Result   string // Reached, Unanswered, or the gate that stops it
}

// The results of a connection that no gate stops.
const (
	Reached    = "allowed"
	Unanswered = "unanswered"
)

// targets are the keys that say what is dialled.
func targets() []string { return []string{"endpoint", "instance", "balancer", "name", "address"} }

// anywhere notes a thing under its name and its account's login before it, for
// what may be named from anywhere in the file.
func (l *loader) anywhere(p *person, it *item, noun, name, id string) {
	l.noted(id, name, within(noun))
	if name != "" {
		l.names.add(within(noun), p.Login+"/"+name, id)
	}
	if id != "" && it.text("id") == id {
		l.called[id] = id
	}
}

// callNames finds out what clients and their targets are called where an
// expectation names them: by the shortest name that is clear, in the order of the
// alphabet, else by the ID that the file gives. What has neither cannot be named.
func (l *loader) callNames() {
	for _, noun := range []string{"client", "endpoint", "balancer"} {
		for name, ids := range l.names[within(noun)] {
			id := ids[0]
			if is := l.called[id]; len(ids) == 1 && name != id && (is == "" || is == id || len(name) < len(is) || len(name) == len(is) && name < is) {
				l.called[id] = name
			}
		}
	}
}

// expectations reads the section; gates are the results beside the two above.
func (l *loader) expectations(root *item) {
	for _, it := range root.rows["expect"] {
		x := Expectation{Line: it.Line, From: it.text("from"), Zone: it.text("zone"), Protocol: cmp.Or(it.text("protocol"), cloud.TCP), Result: it.text("result")}
		var ok bool
		x.Client, ok = it.ref("from", within("client"))
		for _, noun := range targets() {
			if !it.has(noun) {
				continue
			}
			if x.Noun != "" {
				it.only("lab.expect.two", noun)
			}
			x.Noun, x.To, x.Target = noun, it.text(noun), it.text(noun)
			if noun != "name" && noun != "address" {
				id, found := it.ref(noun, within(noun))
				x.Target, ok = id, ok && found
			}
		}
		if x.Noun == "" {
			l.fault(it.Node, "lab.expect.none")
			it.bad = true
		}
		if x.Noun != "endpoint" {
			it.only("lab.expect.zone", "zone")
		}
		n, err := strconv.ParseUint(it.text("port"), 10, 16)
		if it.has("port") && !it.bad && (err != nil || n == 0) {
			l.fault(it.at("port"), "error.number", "min", "1", "max", "65535", "value", it.text("port"))
		}
		x.Port = uint16(n)
		if x.Protocol != cloud.TCP && x.Protocol != cloud.UDP {
			l.suggest(it.at("protocol"), "lab.expect.protocol", near(x.Protocol, []string{cloud.TCP, cloud.UDP}), "value", x.Protocol)
		}
		if it.has("result") && len(l.results) > 2 && !slices.Contains(l.results, x.Result) {
			l.suggest(it.at("result"), "lab.expect.result", near(x.Result, l.results), "value", x.Result, "all", strings.Join(l.results, ", "))
		}
		if ok && !it.bad {
			l.expected = append(l.expected, x)
		}
	}
}

// Section is a matrix as a section to paste into a file.
func Section(list []Expectation) []byte {
	n := &Node{Kind: Mapping}
	rowsAt(n, "expect", list, func(x Expectation) *Node {
		one := row().opt("from", x.From).opt(x.Noun, x.To).opt("zone", x.Zone).num("port", int(x.Port)).unless("protocol", x.Protocol, cloud.TCP)
		return one.opt("result", x.Result)
	})
	return []byte(Write(n))
}
