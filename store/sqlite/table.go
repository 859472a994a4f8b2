package sqlite

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"culvert.internal/cloud"
)

// column is one column of a table and the place of its value in a noun: a
// pointer to a string, a number or a bool, or one of the wrappers of types.go.
// The same pointer is scanned into and written from.
type column struct {
	name string
	at   any
}

// table maps a noun to an SQL table whose first column is the key. The texts
// of its statements are made once.
type table[T any] struct {
	name    string
	columns func(*T) []column
	of      map[string]any // a wrapper of each column, for its kind only

	get, list, count, put, add, del string
}

// kept adds columns that triggers keep up to date: rows can be selected by
// them, but the noun does not hold them.
func (t *table[T]) kept(names ...string) *table[T] {
	for _, name := range names {
		t.of[name] = new(bool)
	}
	return t
}

// newTable describes a noun's table. Column names are the noun's field names
// in snake case; they are quoted in every statement, so that a field may be
// called Group or Default.
func newTable[T any](name string, columns func(*T) []column) *table[T] {
	t := &table[T]{name: name, columns: columns, of: map[string]any{}}
	var names, marks, sets []string
	for i, c := range columns(new(T)) {
		q := quote(c.name)
		names = append(names, q)
		marks = append(marks, "?")
		if i > 0 {
			sets = append(sets, q+"=excluded."+q)
		}
		t.of[c.name] = c.at
	}
	all, key := strings.Join(names, ", "), names[0]
	t.list = "SELECT " + all + " FROM " + quote(name)
	t.count = "SELECT count(*) FROM " + quote(name)
	t.get = t.list + " WHERE " + key + "=?"
	t.del = "DELETE FROM " + quote(name) + " WHERE " + key + "=?"
	t.add = "INSERT INTO " + quote(name) + " (" + all + ") VALUES (" + strings.Join(marks, ", ") + ")"
	// An update in place and not a REPLACE: that would delete the row first,
	// and with it what refers to it and its place in the order of creation.
	t.put = t.add + " ON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(sets, ", ")
	return t
}

func quote(name string) string { return `"` + name + `"` }

// bound is a table inside one transaction: a cloud.Table.
type bound[T any] struct {
	*table[T]
	*tx
}

// in binds the table to a transaction.
func (t *table[T]) in(x *tx) bound[T] { return bound[T]{t, x} }

func (b bound[T]) Get(id string) (T, error) {
	for v, err := range b.rows(b.get, id) {
		if err != nil {
			return v, fmt.Errorf("get %s %s: %w", b.name, id, err)
		}
		return v, nil
	}
	var zero T
	return zero, fmt.Errorf("%s %q: %w", b.name, id, cloud.ErrMissing)
}

func (b bound[T]) List(w cloud.Where) ([]T, error) {
	cond, args, err := b.where(w)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", b.name, err)
	}
	// Rows are numbered as they are first put.
	return b.all("list "+b.name, b.list+cond+" ORDER BY rowid", args...)
}

func (b bound[T]) Count(w cloud.Where) (int, error) {
	cond, args, err := b.where(w)
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", b.name, err)
	}
	var n int
	if err := b.row(b.count+cond, args, &n); err != nil {
		return 0, fmt.Errorf("count %s: %w", b.name, err)
	}
	return n, nil
}

func (b bound[T]) Put(v T) error {
	cols := b.columns(&v)
	if _, err := b.exec(b.put, values(cols)...); err != nil {
		return fmt.Errorf("put %s %v: %w", b.name, text(cols[0].at), known(err, cloud.ErrMissing))
	}
	return nil
}

// insert adds a row to a log, whose key is the next number.
func (b bound[T]) insert(v T) error {
	args := values(b.columns(&v))
	args[0] = nil
	_, err := b.exec(b.add, args...)
	return err
}

func (b bound[T]) Delete(id string) error {
	n, err := b.exec(b.del, id)
	if err != nil {
		return fmt.Errorf("delete %s %s: %w", b.name, id, known(err, cloud.ErrTaken))
	}
	if n == 0 {
		return fmt.Errorf("delete %s %q: %w", b.name, id, cloud.ErrMissing)
	}
	return nil
}

// all runs a query of all columns and collects the nouns; what says in an
// error what it was for.
func (b bound[T]) all(what, query string, args ...any) ([]T, error) {
	var out []T
	for v, err := range b.rows(query, args...) {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		out = append(out, v)
	}
	return out, nil
}

// values are the places of the columns.
func values(cols []column) []any {
	at := make([]any, len(cols))
	for i, c := range cols {
		at[i] = c.at
	}
	return at
}

// rows runs a query of all columns and yields the nouns. An error is the last
// thing it yields.
func (b bound[T]) rows(query string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var v, zero T
		rows, err := b.query(query, args...)
		if err != nil {
			yield(zero, err)
			return
		}
		defer rows.Close()
		at := values(b.columns(&v))
		for rows.Next() {
			v = zero // no list may keep the backing array of the row before
			if err := rows.Scan(at...); err != nil {
				yield(zero, err)
				return
			}
			if !yield(v, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(zero, err)
		}
	}
}

// where turns a selection into SQL. Names come from the table, values are
// always arguments: nothing from outside becomes part of a statement.
func (t *table[T]) where(w cloud.Where) (string, []any, error) {
	var conds []string
	var args []any
	for _, key := range slices.Sorted(maps.Keys(w)) {
		name := key
		kind, ok := t.of[name]
		if !ok {
			return "", nil, fmt.Errorf("no column %q", name)
		}
		if _, many := kind.(document[[]string]); many {
			kind, name = new(string), "group"
		}
		column := quote(t.name) + "." + quote(name)
		if name != key {
			column = quote(name)
		}
		cond, arg, err := match(column, kind, w[key])
		if err != nil {
			return "", nil, fmt.Errorf("column %q: %w", key, err)
		}
		if name != key { // a list: what it holds is in a table of its own
			cond = quote(t.name) + `."id" IN (SELECT "id" FROM "member" WHERE "of" = '` + t.name + `' AND ` + cond + ")"
		}
		conds = append(conds, cond)
		args = append(args, arg)
	}
	if len(conds) == 0 {
		return "", nil, nil
	}
	return " WHERE " + strings.Join(conds, " AND "), args, nil
}
