package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
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

// schema is a table as SQL sees it: everything but the Go type of its rows. What
// works without that type is here, and is compiled once instead of once per
// noun. The texts of its statements are made once too.
type schema struct {
	name string
	of   map[string]any // a wrapper of each column, for its kind only

	get, list, count, put, add, del string
	// marks are the values of add; addMany adds manyRows, if rows come in such numbers.
	marks, addMany string
}

func newSchema(name string, columns []column) schema {
	t := schema{name: name, of: map[string]any{}}
	var names, marks, sets []string
	for i, c := range columns {
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
	t.marks = "(" + strings.Join(marks, ", ") + ")"
	t.add = "INSERT INTO " + quote(name) + " (" + all + ") VALUES " + t.marks
	// An update in place and not a REPLACE: that would delete the row first,
	// and with it what refers to it and its place in the order of creation.
	t.put = t.add + " ON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(sets, ", ")
	return t
}

func quote(name string) string { return `"` + name + `"` }

// opened is a table inside one transaction, and what of a cloud.Table neither
// takes nor answers a noun.
type opened struct {
	*schema
	*tx
}

func (o opened) Count(w cloud.Where) (int, error) {
	cond, args, err := o.where(w)
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", o.name, err)
	}
	var n int
	if err := o.row(o.count+cond, args, &n); err != nil {
		return 0, fmt.Errorf("count %s: %w", o.name, err)
	}
	return n, nil
}

func (o opened) Delete(id string) error {
	n, err := o.exec(o.del, id)
	if err != nil {
		return fmt.Errorf("delete %s %s: %w", o.name, id, known(err, cloud.ErrTaken))
	}
	if n == 0 {
		return fmt.Errorf("delete %s %q: %w", o.name, id, cloud.ErrMissing)
	}
	return nil
}

// read scans the row with a key.
func (o opened) read(id string, at []column) error {
	err := o.row(o.get, []any{id}, values(at)...)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %q: %w", o.name, id, cloud.ErrMissing)
	}
	if err != nil {
		return fmt.Errorf("get %s %s: %w", o.name, id, err)
	}
	return nil
}

// write puts a row.
func (o opened) write(row []column) error {
	if _, err := o.exec(o.put, values(row)...); err != nil {
		return fmt.Errorf("put %s %v: %w", o.name, text(row[0].at), known(err, cloud.ErrMissing))
	}
	return nil
}

// each runs a query of all columns, scans row after row and calls then after
// each of them.
func (o opened) each(at []column, then func(), query string, args ...any) error {
	rows, err := o.query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	places := values(at)
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		then()
	}
	return rows.Err()
}

// values are the places of the columns.
func values(cols []column) []any {
	at := make([]any, len(cols))
	for i, c := range cols {
		at[i] = c.at
	}
	return at
}

// where turns a selection into SQL. Names come from the table, values are
// always arguments: nothing from outside becomes part of a statement.
func (t *schema) where(w cloud.Where) (string, []any, error) {
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
