// Package lab is a whole lab as one file: YAML for people, read strictly and
// made all or nothing.
//
//	text, err := lab.Export(ctx, engine)
//	made, faults, err := lab.Import(ctx, engine, cloud.SystemActor, text, false)
//
// A file holds what people set: accounts without passwords, networks, groups,
// instances, CLBs, services, whitelists, endpoints with what was decided about
// them, private zones, the projects of Zilliz Cloud, and the settings that
// differ from the documented ones. It holds no secret, no time and no place on
// the host: the same file makes the same lab anywhere. IDs may be left out; an
// exported file has them all, so that addresses and domain names stay.
//
// Importing runs the use cases that the console runs (cloud.Importer), so that
// what no form would take no file brings in. Everything that is wrong is a Fault
// with its line.
package lab

import (
	"context"
	"errors"

	"culvert.internal/cloud"
)

// Made counts what an import made, or would make, by noun as the catalogue names
// them.
type Made struct {
	Noun string
	N    int
}

// loader is one import.
type loader struct {
	ctx     context.Context
	im      *cloud.Importer
	e       *cloud.Engine
	faults  []Fault
	regions map[*item]cloud.Region
	names   names
	people  []*person
	made    []Made
	// accounts are the main accounts by login and ID, for whitelists.
	accounts map[string]cloud.Account

	results  []string // that an expectation may have
	expected []Expectation
	called   map[string]string
}

// Loaded is what came of a file: what was made, what it expects, and what clients,
// endpoints and CLBs are called in expectations, by ID.
type Loaded struct {
	Made     []Made
	Expected []Expectation
	Called   map[string]string
}

// person is an account of the file.
type person struct {
	*item
	cloud.Account
	ok bool
}

var errFaults = errors.New("the file has faults")

// Import makes what a file says, all of it or nothing; with dry it only tries.
// The actor is an administrator's ID, or cloud.SystemActor. Faults are sorted by
// their place; with any of them nothing was made.
func Import(ctx context.Context, e *cloud.Engine, actor string, data []byte, dry bool) ([]Made, []Fault, error) {
	out, faults, err := Load(ctx, e, actor, data, nil, dry)
	return out.Made, faults, err
}

// Load is Import that also answers what the file expects of its lab and calls
// things; gates are the names that an expectation may have for what stops a
// connection, nil: any.
func Load(ctx context.Context, e *cloud.Engine, actor string, data []byte, gates []string, dry bool) (Loaded, []Fault, error) {
	l := newLoader(ctx, e)
	l.results = append([]string{Reached, Unanswered}, gates...)
	root := l.root(data)
	if root == nil {
		return Loaded{}, l.told(), nil
	}
	err := e.Import(ctx, actor, dry, func(im *cloud.Importer) error {
		l.im = im
		if err := l.load(root); err != nil {
			return err
		}
		if len(l.faults) > 0 {
			return errFaults
		}
		return nil
	})
	if errors.Is(err, errFaults) {
		return Loaded{}, l.told(), nil
	}
	l.callNames()
	return Loaded{l.made, l.expected, l.called}, nil, err
}

func newLoader(ctx context.Context, e *cloud.Engine) *loader {
	return &loader{ctx: ctx, e: e, regions: map[*item]cloud.Region{}, names: names{}, accounts: map[string]cloud.Account{}, called: map[string]string{}}
}

// told are the faults as they are told.
func (l *loader) told() []Fault {
	all := sorted(l.faults)
	if len(all) > mostFaults {
		all = all[:mostFaults]
	}
	return all
}

// root reads a file and holds all of it against the format; nil when it is no
// lab file.
func (l *loader) root(data []byte) *item {
	n, fault := Parse(data)
	switch {
	case fault != nil:
		l.faults = append(l.faults, *fault)
		return nil
	case n == nil:
		l.fault(&Node{Line: 1, Col: 1}, "lab.empty")
		return nil
	}
	it := l.item(n, "lab")
	if it.Kind != Mapping {
		return nil
	}
	if at := it.at("lab"); it.has("lab") && at.Text != "1" {
		l.fault(at, "lab.version", "value", at.spelled())
		return nil
	}
	return it
}

func (l *loader) count(noun string) {
	for i := range l.made {
		if l.made[i].Noun == noun {
			l.made[i].N++
			return
		}
	}
	l.made = append(l.made, Made{noun, 1})
}

// load makes everything, in the order in which things need each other.
func (l *loader) load(root *item) error {
	if err := l.settings(root); err != nil {
		return err
	}
	for _, w := range root.words("failed-zones") {
		if err := l.at(w, l.im.FailZone(w.Text)); err != nil {
			return err
		}
	}
	for _, it := range root.rows["accounts"] {
		if err := l.account(it); err != nil {
			return err
		}
	}
	for _, phase := range []func(*person, *item, cloud.Region) error{l.networks, l.balancers} {
		if err := l.eachRegion(phase); err != nil {
			return err
		}
	}
	for _, p := range l.people {
		if err := l.projects(p); err != nil {
			return err
		}
	}
	for _, phase := range []func(*person, *item, cloud.Region) error{l.services, l.endpoints} {
		if err := l.eachRegion(phase); err != nil {
			return err
		}
	}
	for _, phase := range []func(*person) error{l.links, l.zones} {
		for _, p := range l.people {
			if err := phase(p); err != nil {
				return err
			}
		}
	}
	l.expectations(root)
	if len(l.faults) == 0 {
		l.complete(root)
	}
	return nil
}

func (l *loader) eachRegion(phase func(*person, *item, cloud.Region) error) error {
	for _, p := range l.people {
		for _, in := range p.rows["regions"] {
			if err := phase(p, in, l.regions[in]); err != nil {
				return err
			}
		}
	}
	return nil
}

// make runs a use case for a thing: what it refuses is a fault of the thing. It
// answers false then, and when something of the thing cannot be read.
func (it *item) make(ids []given, fn func() error) (bool, error) {
	defer it.l.im.Forget()
	if it.bad {
		return false, nil
	}
	for _, g := range ids {
		id := ""
		if g.it != nil {
			id = g.it.text(g.key)
		}
		if err := it.l.im.Give(g.noun, id, g.in); err != nil {
			if e := cloud.AsError(err); e != nil {
				for i := range e.Fields {
					e.Fields[i].Field = g.key
				}
			}
			return false, g.it.refused(err)
		}
	}
	if err := fn(); err != nil {
		return false, it.refused(err)
	}
	it.done = true
	return true, nil
}

// complete holds that nothing of a file was passed over.
func (l *loader) complete(it *item) {
	switch it.noun {
	case "lab", cloud.Aliyun, cloud.Ctyun, "health", "resource", "mapping", "place", "gateway", "expect":
	default:
		if !it.done {
			l.fault(it.Node, "lab.left")
		}
	}
	for _, rows := range it.rows {
		for _, one := range rows {
			l.complete(one)
		}
	}
}

// given is the ID of a thing, or of a part of it, where the file has it.
type given struct {
	it        *item
	key, noun string
	in        cloud.Region
}

func (it *item) id(noun string, r cloud.Region) []given { return []given{{it, "id", noun, r}} }
