package cloud

import (
	"errors"
	"maps"
	"slices"
)

// known is a table of one read that remembers the rows it has answered: a page
// asks for the same VPC or account on every line. learn and learnBy read what
// a page will need in one go, so that no page reads row by row. Nothing changes
// within a read, so nothing can be out of date.
type known[T noun] struct {
	Table[T]
	rows  map[string]T
	gone  map[string]bool
	parts map[string]map[string][]T // rows by the value of a column
}

func know[T noun](table Table[T]) *known[T] {
	return &known[T]{Table: table, rows: map[string]T{}, gone: map[string]bool{}, parts: map[string]map[string][]T{}}
}

// reading wraps the tables of a read.
func reading(tx *Tx) *Tx {
	r := *tx
	r.Zones = know(tx.Zones)
	r.Accounts = know(tx.Accounts)
	r.VPCs = know(tx.VPCs)
	r.VSwitches = know(tx.VSwitches)
	r.SecurityGroups = know(tx.SecurityGroups)
	r.SecurityRules = know(tx.SecurityRules)
	r.ACLs = know(tx.ACLs)
	r.ACLRules = know(tx.ACLRules)
	r.Instances = know(tx.Instances)
	r.NICs = know(tx.NICs)
	r.IDCs = know(tx.IDCs)
	r.Balancers = know(tx.Balancers)
	r.Backends = know(tx.Backends)
	r.Listeners = know(tx.Listeners)
	r.Services = know(tx.Services)
	r.Tombstones = know(tx.Tombstones)
	r.Resources = know(tx.Resources)
	r.Endpoints = know(tx.Endpoints)
	r.Interfaces = know(tx.Interfaces)
	r.PrivateZones = know(tx.PrivateZones)
	r.Records = know(tx.Records)
	r.Observations = know(tx.Observations)
	r.Projects = know(tx.Projects)
	r.Clusters = know(tx.Clusters)
	r.PrivateLinks = know(tx.PrivateLinks)
	return &r
}

func (k *known[T]) Get(id string) (T, error) {
	if v, ok := k.rows[id]; ok {
		return v, nil
	}
	if k.gone[id] {
		var zero T
		return zero, ErrMissing
	}
	v, err := k.Table.Get(id)
	switch {
	case err == nil:
		k.rows[id] = v
	case errors.Is(err, ErrMissing):
		k.gone[id] = true
	}
	return v, err
}

func (k *known[T]) List(w Where) ([]T, error) {
	if len(w) == 1 {
		for column, value := range w {
			if of, ok := value.(string); ok {
				if rows, ok := k.parts[column][of]; ok {
					return slices.Clone(rows), nil
				}
			}
		}
	}
	return k.keep(k.Table.List(w))
}

func (k *known[T]) Page(q Query) ([]T, error) { return k.keep(k.Table.Page(q)) }

func (k *known[T]) keep(rows []T, err error) ([]T, error) {
	for _, v := range rows {
		k.rows[v.about().id] = v
	}
	return rows, err
}

// learn reads the rows with these IDs at once, those that are not known yet.
// Outside a read it does nothing: Get will ask for each.
func learn[T noun](table Table[T], ids ...string) error {
	k, ok := table.(*known[T])
	if !ok {
		return nil
	}
	fresh := map[string]bool{}
	for _, id := range ids {
		if _, have := k.rows[id]; !have && !k.gone[id] && id != "" {
			fresh[id] = true
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if _, err := k.List(Where{"id": slices.Sorted(maps.Keys(fresh))}); err != nil {
		return err
	}
	for id := range fresh {
		if _, have := k.rows[id]; !have {
			k.gone[id] = true
		}
	}
	return nil
}

// learnBy reads the rows of each of these parents at once; List by that column
// then knows them. Outside a read it only reads them.
func learnBy[T noun](table Table[T], column string, of func(T) string, parents ...string) ([]T, error) {
	if len(parents) == 0 {
		return nil, nil
	}
	list, err := table.List(Where{column: parents})
	k, ok := table.(*known[T])
	if err != nil || !ok {
		return list, err
	}
	if k.parts[column] == nil {
		k.parts[column] = map[string][]T{}
	}
	for _, p := range parents {
		k.parts[column][p] = nil
	}
	for _, v := range list {
		k.parts[column][of(v)] = append(k.parts[column][of(v)], v)
	}
	return list, nil
}

// each is a field of every row.
func each[T any](rows []T, of func(T) string) []string {
	out := make([]string, len(rows))
	for i, v := range rows {
		out[i] = of(v)
	}
	return out
}
