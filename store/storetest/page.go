package storetest

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
)

// namesOf says whose name "COLUMN.name" is: rows of the seed are called as
// they are identified.
func namesOf(v any) string {
	s := v.(string)
	if noun, n, ok := strings.Cut(s, "-"); ok && len(n) == 1 && slices.Contains([]string{"account", "vpc", "vswitch", "group", "acl", "instance", "balancer", "service", "endpoint"}, noun) {
		return "Name of " + s
	}
	return ""
}

// paths are what the noun can be searched and sorted by: every column that is
// kept as text or number, names of what it refers to, and two columns joined.
func (k kind[T]) paths() (texts, orders []string) {
	typ := reflect.TypeFor[T]()
	for i := range typ.NumField() {
		f := typ.Field(i)
		if !selectable(f.Type) {
			continue
		}
		orders = append(orders, column(f.Name))
		if isText(f.Type) {
			texts = append(texts, column(f.Name))
		}
		if slices.Contains([]string{"VPC", "VSwitch", "Balancer", "Service", "Account", "Group", "ACL", "Instance", "Endpoint"}, f.Name) {
			texts, orders = append(texts, column(f.Name)+".name"), append(orders, column(f.Name)+".name")
		}
	}
	if len(texts) > 1 {
		texts, orders = append(texts, texts[0]+"+"+texts[1]), append(orders, texts[0]+"+"+texts[1])
	}
	return texts, orders
}

func isText(typ reflect.Type) bool {
	switch typ {
	case reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.Prefix](), reflect.TypeFor[netip.AddrPort]():
		return true
	}
	return typ.Kind() == reflect.String
}

// at is what a path leads to in a row; several columns are one text.
func at[T any](v T, path string) any {
	if a, b, ok := strings.Cut(path, "+"); ok {
		return texts(at(v, a)) + "." + texts(at(v, b))
	}
	name, _, far := strings.Cut(path, ".")
	typ := reflect.TypeFor[T]()
	for i := range typ.NumField() {
		if column(typ.Field(i).Name) == name {
			got := reflect.ValueOf(v).Field(i).Interface()
			if far {
				return namesOf(fmt.Sprint(got))
			}
			return got
		}
	}
	panic("no column " + path)
}

func texts(v any) string {
	switch v := v.(type) {
	case netip.Addr:
		if !v.IsValid() {
			return ""
		}
	case netip.Prefix:
		if !v.IsValid() {
			return ""
		}
	case netip.AddrPort:
		if !v.IsValid() {
			return ""
		}
	}
	return fmt.Sprint(v)
}

func folded(s string) string {
	return string(bytes.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, []byte(s)))
}

// inOrder compares two values of a path as lists show them.
func inOrder(a, b any) int {
	switch a := a.(type) {
	case netip.Addr:
		return a.Compare(b.(netip.Addr))
	case netip.Prefix:
		p, q := a, b.(netip.Prefix)
		if p.IsValid() != q.IsValid() {
			return cmp.Compare(fmt.Sprint(p.IsValid()), fmt.Sprint(q.IsValid()))
		}
		if p.Addr().Is6() && q.Addr().Is6() {
			return cmp.Compare(p.String(), q.String())
		}
		return cmp.Or(p.Addr().Compare(q.Addr()), cmp.Compare(p.Bits(), q.Bits()))
	case netip.AddrPort:
		p, q := a, b.(netip.AddrPort)
		if p.IsValid() && q.IsValid() && p.Addr().Is6() && q.Addr().Is6() {
			return cmp.Compare(p.String(), q.String())
		}
		return p.Compare(q)
	case time.Time:
		return a.Compare(b.(time.Time))
	case bool:
		return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
	}
	v, w := reflect.ValueOf(a), reflect.ValueOf(b)
	switch {
	case v.CanInt():
		return cmp.Compare(v.Int(), w.Int())
	case v.CanUint():
		return cmp.Compare(v.Uint(), w.Uint())
	}
	return cmp.Compare(folded(v.String()), folded(w.String()))
}

func (k kind[T]) finds(term cloud.Term, v T) bool {
	for _, path := range term.In {
		if strings.Contains(folded(texts(at(v, path))), folded(term.Text)) {
			return true
		}
	}
	return slices.ContainsFunc(term.Or, func(w cloud.Where) bool { return holds(w, v) })
}

// rank is 0 for a row of which the term is a whole path, 1 where one begins
// with it, else 2.
func rank[T any](term *cloud.Term, v T) int {
	out := 2
	if term == nil {
		return out
	}
	for _, path := range term.In {
		switch text := folded(texts(at(v, path))); {
		case text == folded(term.Text):
			return 0
		case strings.HasPrefix(text, folded(term.Text)):
			out = 1
		}
	}
	return out
}

// query draws a query, whose words are parts of what is there more often than
// not.
func (k kind[T]) query(t *rapid.T, have []T) cloud.Query {
	inText, orders := k.paths()
	q := cloud.Query{
		Where: k.where(t, have),
		Order: strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom(orders), 0, 2, rapid.ID).Draw(t, "order"), ",-"),
		Desc:  rapid.Bool().Draw(t, "descending"),
		Skip:  rapid.IntRange(0, 3).Draw(t, "skip"),
		Limit: rapid.IntRange(0, 4).Draw(t, "limit"),
	}
	term := func() cloud.Term {
		var out cloud.Term
		if len(inText) > 0 {
			out.In = rapid.SliceOfN(rapid.SampledFrom(inText), 1, 3).Draw(t, "in")
		}
		out.Text = randomText(t, "text")
		if len(have) > 0 && len(out.In) > 0 && rapid.IntRange(0, 3).Draw(t, "part of what is there") > 0 {
			all := []rune(texts(at(rapid.SampledFrom(have).Draw(t, "of"), out.In[0])))
			from := rapid.IntRange(0, len(all)).Draw(t, "from")
			out.Text = strings.ToUpper(string(all[from:rapid.IntRange(from, len(all)).Draw(t, "to")]))
		}
		return out
	}
	for range rapid.IntRange(0, 2).Draw(t, "terms") {
		one := term()
		if rapid.Bool().Draw(t, "or") {
			one.Or = append(one.Or, k.where(t, have))
		}
		q.Terms = append(q.Terms, one)
	}
	if rapid.IntRange(0, 2).Draw(t, "best first") == 0 {
		best := term()
		q.Best = &best
	}
	return q
}

// pages compares queries with a plain list that is searched, sorted and cut.
func (k kind[T]) pages(t *rapid.T, table cloud.Table[T], have []T) error {
	if err := k.tallies(t, table, have); err != nil {
		return err
	}
	q := k.query(t, have)
	want := slices.DeleteFunc(slices.Clone(have), func(v T) bool {
		return !holds(q.Where, v) || slices.ContainsFunc(q.Terms, func(term cloud.Term) bool { return !k.finds(term, v) })
	})
	if q.Desc {
		slices.Reverse(want)
	}
	slices.SortStableFunc(want, func(a, b T) int {
		for path := range strings.SplitSeq(q.Order, ",") {
			path, other := strings.CutPrefix(path, "-")
			if path == "" {
				break
			}
			if n := inOrder(at(a, path), at(b, path)); n != 0 && q.Desc != other {
				return -n
			} else if n != 0 {
				return n
			}
		}
		return 0
	})
	slices.SortStableFunc(want, func(a, b T) int { return cmp.Compare(rank(q.Best, a), rank(q.Best, b)) })
	var ids []string
	for n := range rows {
		ids = append(ids, id(n))
	}
	q.Where["id"] = among(q.Where["id"], ids)
	total, err := table.Total(q)
	if err != nil {
		return err
	}
	if total != len(want) {
		t.Fatalf("%d rows of %+v, want %d", total, q, len(want))
	}
	got, err := table.Page(q)
	if err != nil {
		return err
	}
	if d := differ(atMost(q.Limit, want[min(q.Skip, len(want)):]), got); d != "" {
		t.Fatalf("page of %+v (-want +got):\n%s", q, d)
	}
	return nil
}

// tallies compares counts by a column with a plain count.
func (k kind[T]) tallies(t *rapid.T, table cloud.Table[T], have []T) error {
	inText, _ := k.paths()
	inText = slices.DeleteFunc(inText, func(p string) bool { return strings.ContainsAny(p, ".+") })
	typ := reflect.TypeFor[T]()
	for i := range typ.NumField() {
		if typ.Field(i).Type == reflect.TypeFor[[]string]() {
			inText = append(inText, column(typ.Field(i).Name))
		}
	}
	by, ids, want := rapid.SampledFrom(inText).Draw(t, "tally by"), []string{}, map[string]int{}
	for n := range rows {
		ids = append(ids, id(n))
	}
	for _, v := range have {
		if list, ok := at(v, by).([]string); ok {
			for _, text := range slices.Compact(slices.Sorted(slices.Values(list))) {
				want[text]++
			}
		} else {
			want[texts(at(v, by))]++
		}
	}
	w := cloud.Where{"id": ids}
	if len(have) > 0 && rapid.Bool().Draw(t, "by what is asked for") {
		if list, ok := at(have[0], by).([]string); ok {
			w = cloud.Where{by: append([]string{}, list...)}
			maps.DeleteFunc(want, func(text string, _ int) bool { return !slices.Contains(list, text) })
		}
	}
	got, err := table.Tally(by, w)
	if err == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("tally by %s is %v, want %v", by, got, want)
	}
	return err
}

// refusals: what is no path is refused, in a search and in an order.
func (k kind[T]) refusals(t *testing.T, s cloud.Store) {
	read(t, s, func(tx *cloud.Tx) error {
		for _, path := range []string{"colour", "id\"", "id) OR (1", "rowid", "id.name", "id+", "created.name", "vpc.password", "account.password", "ID"} {
			_, err := k.table(tx).Page(cloud.Query{Order: path})
			_, also := k.table(tx).Total(cloud.Query{Terms: []cloud.Term{{Text: "a", In: []string{path}}}})
			if err == nil || also == nil {
				t.Errorf("%q passes for a path: %v, %v", path, err, also)
			}
		}
		if got, err := k.table(tx).Tally("colour", nil); err == nil {
			t.Errorf("a tally by an unknown column is %v", got)
		}
		if _, err := k.table(tx).Total(cloud.Query{Terms: []cloud.Term{{Or: []cloud.Where{{"colour": "red"}}}}}); err == nil {
			t.Error("an unknown column passes in Or")
		}
		return nil
	})
}
