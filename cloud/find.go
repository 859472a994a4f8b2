package cloud

import (
	"maps"
	"slices"
	"strings"
)

// Find is what a person asks of a list. Nothing in it can be wrong: what a list
// does not know (a filter, a column to sort by, a page past its end) it leaves
// out.
type Find struct {
	Words  string            // each must be found, whatever the case
	Filter map[string]string // by the filter's name
	Sort   string            // a column's name; empty: the list's own order
	Desc   bool
	Page   int // from 1
	Size   int // rows on a page; 0: all
}

// Found is one page of a list.
type Found[T any] struct {
	Items []T
	Total int // rows that were found
	All   int // rows there are
	// Find is what was asked, as it was understood.
	Find Find
}

// lists says how a noun's list is searched, narrowed down and sorted.
type lists struct {
	base    Where
	among   []Where  // one of them holds; empty: every row of base
	words   []string // paths that hold a word
	also    func(word string) ([]Where, error)
	sorts   map[string]string // the name of a column, the path
	filters map[string]filter
	own     string // path of the list's own order; empty: order of creation
}

// filter is what a value of a filter selects: rows of which one of these holds;
// an unknown value selects nothing of its own and is left out.
type filter func(value string) ([]Where, bool)

// choice is a filter with a few values.
func choice(values map[string]Where) filter {
	return func(v string) ([]Where, bool) {
		w, ok := values[v]
		return []Where{w}, ok
	}
}

// either is a choice whose values have several ways to hold.
func either(values map[string][]Where) filter {
	return func(v string) ([]Where, bool) {
		w, ok := values[v]
		return w, ok
	}
}

// same is a filter for rows whose column is the value.
func same(column string) filter {
	return func(v string) ([]Where, bool) { return []Where{{column: v}}, true }
}

// yesNo is a filter of a column that is true or false.
func yesNo(column string) filter {
	return choice(map[string]Where{"yes": {column: true}, "no": {column: false}})
}

// find reads one page of a table and makes views of it.
func find[T, V any](table Table[T], f Find, l lists, views func([]T) ([]V, error)) (Found[V], error) {
	var rows []T
	page := func(q Query) (n int, err error) {
		rows, err = table.Page(q)
		return len(rows), err
	}
	out := Found[V]{}
	var err error
	if out.Find, out.Total, out.All, err = l.look(f, page, table.Total); err != nil {
		return Found[V]{}, err
	}
	if out.Total > 0 {
		out.Items, err = views(rows)
	}
	return out, err
}

// look is find for any table: page reads a page of it and answers how many
// rows that has, total counts them. It answers the question as it was
// understood, and how many rows were found and how many there are.
func (l lists) look(f Find, page, total func(Query) (int, error)) (_ Find, found, all int, err error) {
	f, q, err := l.query(f)
	if err != nil {
		return f, 0, 0, err
	}
	// A first page with room left says how many there are.
	first := f.Page <= 1 && f.Size > 0 && len(q.Terms) > 0
	if first {
		q.Limit = f.Size
		if found, err = page(q); err != nil {
			return f, 0, 0, err
		}
	}
	if !first || found == f.Size {
		if found, err = total(q); err != nil {
			return f, 0, 0, err
		}
	}
	all = found
	if f.Words != "" || len(f.Filter) > 0 {
		if all, err = total(Query{Where: l.base, Terms: l.terms()}); err != nil {
			return f, 0, 0, err
		}
	}
	f = f.within(found)
	if !first && found > 0 {
		q.Skip, q.Limit = (f.Page-1)*f.Size, f.Size
		_, err = page(q)
	}
	return f, found, all, err
}

// within is the question with a page that there is.
func (f Find) within(total int) Find {
	f.Page = max(1, f.Page)
	if f.Size > 0 {
		f.Page = min(f.Page, max(1, (total+f.Size-1)/f.Size))
	}
	return f
}

// terms are those of every row of the list.
func (l lists) terms() []Term {
	if len(l.among) == 0 {
		return nil
	}
	return []Term{{Or: l.among}}
}

// query is what was asked in the store's terms, and as it was understood.
func (l lists) query(f Find) (Find, Query, error) {
	q := Query{Where: maps.Clone(l.base), Terms: l.terms(), Order: l.own}
	for _, word := range words(f.Words) {
		t := Term{Text: word, In: l.words}
		if l.also != nil {
			var err error
			if t.Or, err = l.also(word); err != nil {
				return f, q, err
			}
		}
		q.Terms = append(q.Terms, t)
	}
	f.Words = strings.TrimSpace(f.Words)
	understood := map[string]string{}
	for name, value := range f.Filter {
		if by, ok := l.filters[name]; ok && value != "" {
			if w, ok := by(value); ok {
				understood[name] = value
				q.Terms = append(q.Terms, Term{Or: w})
			}
		}
	}
	f.Filter = understood
	if path, ok := l.sorts[f.Sort]; ok {
		q.Order, q.Desc = path, f.Desc
	} else {
		f.Sort, f.Desc = "", false
	}
	return f, q, nil
}

// mostWords is how many words a search looks for.
const mostWords = 8

// words are what a search line holds, at most mostWords of them.
func words(s string) []string {
	out := strings.Fields(s)
	return out[:min(len(out), mostWords)]
}

// plain are the rows themselves as views.
func plain[T any](rows []T) ([]T, error) { return rows, nil }

// one makes views row by row, of what was learned before.
func one[T, V any](rows []T, view func(T) (V, error)) ([]V, error) {
	out := make([]V, 0, len(rows))
	for _, r := range rows {
		v, err := view(r)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// found are the IDs of rows that hold a word, at most many of them.
func found[T noun](table Table[T], w Where, word string, many int, in ...string) ([]string, error) {
	rows, err := table.Page(Query{Where: w, Terms: []Term{{Text: word, In: in}}, Limit: many})
	ids := each(rows, func(v T) string { return v.about().id })
	return slices.Compact(ids), err
}
