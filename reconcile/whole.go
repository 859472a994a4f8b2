package reconcile

import (
	"fmt"

	"culvert.internal/cloud"
)

// manyKeys are so many that reading whole tables costs less than asking for each
// row by itself.
const manyKeys = 500

// whole answers reads of a table from memory, after one that brought all of it,
// so that what a sweep asks the store is as much for a large lab as for a small
// one. What it cannot answer it hands on.
type whole[T any] struct {
	cloud.Table[T]
	id func(*T) string
	// group answers the columns that rows are listed by, joined.
	columns []string
	group   func(*T) string

	read   bool
	rows   []T
	byID   map[string]int
	groups map[string][]T
}

func (w *whole[T]) load() error {
	if w.read {
		return nil
	}
	rows, err := w.Table.List(nil)
	if err != nil {
		return err
	}
	w.read, w.rows, w.byID, w.groups = true, rows, make(map[string]int, len(rows)), map[string][]T{}
	for i := range rows {
		w.byID[w.id(&rows[i])] = i
		if w.group != nil {
			at := w.group(&rows[i])
			w.groups[at] = append(w.groups[at], rows[i])
		}
	}
	return nil
}

// Get answers cloud.ErrMissing for an unknown ID, as every table does.
func (w *whole[T]) Get(id string) (row T, err error) {
	if err := w.load(); err != nil {
		return row, err
	}
	i, ok := w.byID[id]
	if !ok {
		return row, fmt.Errorf("%s: %w", id, cloud.ErrMissing)
	}
	return w.rows[i], nil
}

// List answers all rows or those of the columns it keeps groups by.
func (w *whole[T]) List(where cloud.Where) ([]T, error) {
	at, known := "", len(where) == len(w.columns)
	for _, c := range w.columns {
		v, ok := where[c].(string)
		at, known = at+v+"\n", known && ok
	}
	if len(where) > 0 && !known {
		return w.Table.List(where)
	}
	if err := w.load(); err != nil {
		return nil, err
	}
	if len(where) == 0 {
		return w.rows, nil
	}
	return w.groups[at], nil
}

func wholeOf[T any](t *cloud.Table[T], id func(*T) string) *whole[T] {
	w := &whole[T]{Table: *t, id: id}
	*t = w
	return w
}

func (w *whole[T]) by(group func(*T) string, columns ...string) { w.group, w.columns = group, columns }

// readWhole is the same transaction, of which the tables that a sweep reads row
// by row are read as a whole. It is for reading alone.
func readWhole(tx *cloud.Tx) *cloud.Tx {
	out := *tx
	wholeOf(&out.Accounts, func(v *cloud.Account) string { return v.ID })
	wholeOf(&out.VPCs, func(v *cloud.VPC) string { return v.ID })
	wholeOf(&out.VSwitches, func(v *cloud.VSwitch) string { return v.ID })
	wholeOf(&out.SecurityGroups, func(v *cloud.SecurityGroup) string { return v.ID })
	wholeOf(&out.SecurityRules, func(v *cloud.SecurityRule) string { return v.ID }).
		by(func(v *cloud.SecurityRule) string { return v.Group + "\n" }, "group")
	wholeOf(&out.Instances, func(v *cloud.Instance) string { return v.ID })
	wholeOf(&out.NICs, func(v *cloud.NIC) string { return v.ID }).
		by(func(v *cloud.NIC) string { return v.Instance + "\n" }, "instance")
	wholeOf(&out.Balancers, func(v *cloud.Balancer) string { return v.ID })
	wholeOf(&out.Listeners, func(v *cloud.Listener) string { return v.ID }).
		by(func(v *cloud.Listener) string { return v.Balancer + "\n" }, "balancer")
	wholeOf(&out.Backends, func(v *cloud.Backend) string { return v.ID }).
		by(func(v *cloud.Backend) string { return v.Balancer + "\n" }, "balancer")
	wholeOf(&out.Services, func(v *cloud.Service) string { return v.ID })
	wholeOf(&out.Resources, func(v *cloud.Resource) string { return v.ID }).
		by(func(v *cloud.Resource) string { return v.Service + "\n" + v.Zone + "\n" }, "service", "zone")
	wholeOf(&out.Endpoints, func(v *cloud.Endpoint) string { return v.ID })
	wholeOf(&out.Interfaces, func(v *cloud.Interface) string { return v.ID }).
		by(func(v *cloud.Interface) string { return v.Endpoint + "\n" }, "endpoint")
	wholeOf(&out.PrivateLinks, func(v *cloud.PrivateLink) string { return v.ID }).
		by(func(v *cloud.PrivateLink) string { return v.Endpoint + "\n" }, "endpoint")
	return &out
}
