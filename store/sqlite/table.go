package sqlite

import (
	"fmt"

	"culvert.internal/cloud"
)

// table maps a noun to an SQL table whose first column is the key.
type table[T any] struct {
	schema
	columns func(*T) []column
}

// newTable describes a noun's table. Column names are the noun's field names
// in snake case; they are quoted in every statement, so that a field may be
// called Group or Default.
func newTable[T any](name string, columns func(*T) []column) *table[T] {
	return &table[T]{newSchema(name, columns(new(T))), columns}
}

// kept adds columns that triggers keep up to date: rows can be selected by
// them, but the noun does not hold them.
func (t *table[T]) kept(names ...string) *table[T] {
	for _, name := range names {
		t.of[name] = new(bool)
	}
	return t
}

// bound is a table inside one transaction: a cloud.Table.
type bound[T any] struct {
	opened
	columns func(*T) []column
}

// in binds the table to a transaction.
func (t *table[T]) in(x *tx) *bound[T] { return &bound[T]{opened{&t.schema, x}, t.columns} }

func (b *bound[T]) Get(id string) (T, error) {
	var v T
	err := b.read(id, b.columns(&v))
	return v, err
}

func (b *bound[T]) List(w cloud.Where) ([]T, error) {
	cond, args, err := b.where(w)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", b.name, err)
	}
	// Rows are numbered as they are first put.
	return b.all("list "+b.name, b.list+cond+" ORDER BY rowid", args...)
}

func (b *bound[T]) Page(q cloud.Query) ([]T, error) {
	query, args, err := b.page(q)
	if err != nil {
		return nil, fmt.Errorf("page of %s: %w", b.name, err)
	}
	return b.all("page of "+b.name, query, args...)
}

func (b *bound[T]) Put(v T) error { return b.write(b.columns(&v)) }

// insert adds a row to a log, whose key is the next number.
func (b *bound[T]) insert(v T) error {
	args := values(b.columns(&v))
	args[0] = nil
	_, err := b.exec(b.add, args...)
	return err
}

// manyRows is how many rows of a log one statement adds: most of what adding a
// row costs is the way to SQLite.
const manyRows = 64

// insertAll adds rows to a log, in their order.
func (b *bound[T]) insertAll(list []T) error {
	var args []any
	for b.addMany != "" && len(list) >= manyRows {
		args = args[:0]
		for i := range list[:manyRows] {
			at := len(args)
			args = append(args, values(b.columns(&list[i]))...)
			args[at] = nil
		}
		if _, err := b.exec(b.addMany, args...); err != nil {
			return err
		}
		list = list[manyRows:]
	}
	for _, v := range list {
		if err := b.insert(v); err != nil {
			return err
		}
	}
	return nil
}

// all runs a query of all columns and collects the nouns; what says in an
// error what it was for.
func (b *bound[T]) all(what, query string, args ...any) ([]T, error) {
	var out []T
	var v, zero T
	err := b.each(b.columns(&v), func() {
		out = append(out, v)
		v = zero // no list may keep the backing array of the row before
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return out, nil
}
