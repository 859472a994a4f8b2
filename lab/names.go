package lab

import "sort"

// Things are named by what people call them, as far as that is clear where the
// name stands, or by their IDs. failed is the ID of what could not be made:
// whatever names it is not wrong for that.
const failed = "-"

// names is who is called what: by noun and scope, then by name.
type names map[string]map[string][]string

func (n names) add(scope, name, id string) {
	if n[scope] == nil {
		n[scope] = map[string][]string{}
	}
	if id == "" {
		id = failed
	}
	n[scope][name] = append(n[scope][name], id)
}

// noted notes a thing under its names and its ID.
func (l *loader) noted(id string, name string, scopes ...string) {
	for _, s := range scopes {
		if name != "" {
			l.names.add(s, name, id)
		}
		if id != "" && id != name {
			l.names.add(s, id, id)
		}
	}
}

// find answers the ID that a text names; of is the key it stands at. What is not
// found is a fault, with the name that was probably meant; ok is false then, and
// when what it names could not be made.
func (l *loader) find(at *Node, of, scope string) (id string, ok bool) {
	ids := l.names[scope][at.Text]
	switch {
	case len(ids) == 1:
		return ids[0], ids[0] != failed
	case len(ids) > 1:
		l.fault(at, "lab.name.twice", "key", of, "value", at.Text)
		return "", false
	}
	var have []string
	for name := range l.names[scope] {
		have = append(have, name)
	}
	sort.Strings(have)
	l.suggest(at, "lab.name.unknown", near(at.Text, have), "key", of, "value", at.spelled())
	return "", false
}

// ref is find for the value of a key; without one it is empty and right.
func (it *item) ref(key, scope string) (id string, ok bool) {
	if !it.has(key) {
		return "", true
	}
	return it.l.find(it.at(key), key, scope)
}

// refs is find for each text of a list.
func (it *item) refs(key, scope string) (ids []string, ok bool) {
	ok = true
	for _, w := range it.words(key) {
		id, found := it.l.find(w, key, scope)
		ids, ok = append(ids, id), ok && found
	}
	return ids, ok
}
