package storetest

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"culvert.internal/cloud"
)

// differ says how two lists of nouns differ, exactly, down to nil lists in
// them; addresses and times are compared with what they keep to themselves.
func differ[T any](want, got []T) string {
	if len(want)+len(got) == 0 || reflect.DeepEqual(want, got) {
		return ""
	}
	return cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true }))
}

// columns checks that every field can be selected by, under its name and with
// its type, that lists cannot, and that nothing else passes for a column.
func (k kind[T]) columns(t *testing.T, s cloud.Store) {
	read(t, s, func(tx *cloud.Tx) error {
		table, typ := k.table(tx), reflect.TypeFor[T]()
		for i := range typ.NumField() {
			f := typ.Field(i)
			if f.Type == reflect.TypeFor[[]string]() { // selected by what it holds
				if _, err := table.List(cloud.Where{column(f.Name): "a"}); err != nil {
					t.Errorf("select by %s: %v", column(f.Name), err)
				}
				continue
			}
			_, err := table.List(cloud.Where{column(f.Name): reflect.Zero(f.Type).Interface()})
			if selectable(f.Type) && err != nil {
				t.Errorf("select by %s: %v", column(f.Name), err)
			}
			if !selectable(f.Type) && err == nil {
				t.Errorf("selecting by %s, a %s, was not refused", column(f.Name), f.Type)
			}
		}
		for _, w := range []cloud.Where{
			{"colour": "red"},
			{"": ""},
			{"id\" IS NULL OR \"id": ""},
			{"id = '' OR 1=1 --": ""},
			{"ID": ""},
			{"rowid": 1},
			{"id": 7},
			{"id": []int{7}},
			{"id": struct{}{}},
		} {
			if got, err := table.List(w); err == nil {
				t.Errorf("List(%v) was not refused: %v", w, got)
			}
			if _, err := table.Count(w); err == nil {
				t.Errorf("Count(%v) was not refused", w)
			}
		}
		_, err := table.Get("nobody")
		wantError(t, err, cloud.ErrMissing)
		return nil
	})
	wantError(t, s.Write(ctx(t), func(tx *cloud.Tx) error { return k.table(tx).Delete("nobody") }), cloud.ErrMissing)
}

// selectable says whether rows can be selected by equality of the type.
func selectable(typ reflect.Type) bool {
	return typ.Kind() != reflect.Slice && typ.Kind() != reflect.Map && (typ.Kind() != reflect.Struct || typ.PkgPath() != reflect.TypeFor[cloud.VPC]().PkgPath())
}

// model compares the table with a list under random operations.
func (k kind[T]) model(t *testing.T, s cloud.Store) {
	rapid.Check(t, func(t *rapid.T) {
		if err := s.Write(t.Context(), k.clear); err != nil {
			t.Fatal(err)
		}
		var have []T // in order of creation
		for range rapid.IntRange(1, 4).Draw(t, "transactions") {
			commit := rapid.Bool().Draw(t, "commit")
			after := slices.Clone(have)
			err := s.Write(t.Context(), func(tx *cloud.Tx) error {
				for range rapid.IntRange(0, 4).Draw(t, "operations") {
					k.operate(t, k.table(tx), &after)
				}
				if !commit {
					return errRollback
				}
				return nil
			})
			if commit {
				have = after
			} else if err == errRollback {
				err = nil
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Read(t.Context(), func(tx *cloud.Tx) error { return k.compare(t, k.table(tx), have) }); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// clear removes the rows under test.
func (k kind[T]) clear(tx *cloud.Tx) error {
	for n := range rows {
		if err := k.table(tx).Delete(id(n)); err != nil && !errors.Is(err, cloud.ErrMissing) {
			return err
		}
	}
	return nil
}

var errRollback = errors.New("roll back")

// operate does one thing to the table and to its model.
func (k kind[T]) operate(t *rapid.T, table cloud.Table[T], have *[]T) {
	n := rapid.IntRange(0, rows-1).Draw(t, "row")
	at := slices.IndexFunc(*have, func(v T) bool { return key(v) == id(n) })
	if rapid.IntRange(0, 3).Draw(t, "delete if 0") == 0 {
		err := table.Delete(id(n))
		switch {
		case at < 0:
			if err == nil {
				t.Fatalf("deleted %q, which is not there", id(n))
			}
		case err != nil:
			t.Fatal(err)
		default:
			*have = slices.Delete(slices.Clone(*have), at, at+1)
		}
		return
	}
	v := random(t, reflect.TypeFor[T](), k.title).Interface().(T)
	k.fix(&v, n)
	if err := table.Put(v); err != nil {
		t.Fatal(err)
	}
	if at < 0 {
		*have = append(*have, v)
	} else {
		*have = slices.Clone(*have)
		(*have)[at] = v
	}
}

// compare reads the table in every way and expects the model, beside the seed.
func (k kind[T]) compare(t *rapid.T, table cloud.Table[T], have []T) error {
	var ids []string
	for n := range rows {
		ids = append(ids, id(n))
	}
	got, err := table.List(cloud.Where{"id": ids})
	if err != nil {
		return err
	}
	if diff := differ(have, got); diff != "" {
		t.Fatalf("all rows (-want +got):\n%s", diff)
	}
	if len(have) > 0 {
		v := rapid.SampledFrom(have).Draw(t, "one")
		one, err := table.Get(key(v))
		if err != nil {
			return err
		}
		if diff := differ([]T{v}, []T{one}); diff != "" {
			t.Fatalf("get %q (-want +got):\n%s", key(v), diff)
		}
	}
	w := k.where(t, have)
	want := slices.DeleteFunc(slices.Clone(have), func(v T) bool { return !holds(w, v) })
	w["id"] = among(w["id"], ids)
	if got, err = table.List(w); err != nil {
		return err
	}
	if diff := differ(want, got); diff != "" {
		t.Fatalf("rows with %v (-want +got):\n%s", w, diff)
	}
	count, err := table.Count(w)
	if err != nil {
		return err
	}
	if count != len(want) {
		t.Fatalf("counted %d rows with %v, want %d", count, w, len(want))
	}
	return k.pages(t, table, have)
}

// where draws a selection, with values of rows that are there more often than
// not.
func (k kind[T]) where(t *rapid.T, have []T) cloud.Where {
	w := cloud.Where{}
	typ := reflect.TypeFor[T]()
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		f := typ.Field(rapid.IntRange(0, typ.NumField()-1).Draw(t, "field"))
		if f.Type == reflect.TypeFor[[]string]() {
			w[column(f.Name)] = randomText(t, "held")
			if all := held(have, f.Index); len(all) > 0 && rapid.Bool().Draw(t, "is held") {
				w[column(f.Name)] = rapid.SampledFrom(all).Draw(t, "held")
			}
			continue
		}
		if !selectable(f.Type) {
			continue
		}
		value := func(label string) any {
			if len(have) > 0 && rapid.IntRange(0, 3).Draw(t, label) > 0 {
				v := rapid.SampledFrom(have).Draw(t, label+" of")
				return reflect.ValueOf(v).FieldByIndex(f.Index).Interface()
			}
			return random(t, f.Type, label).Interface()
		}
		if f.Type == reflect.TypeFor[string]() && rapid.Bool().Draw(t, "several") {
			w[column(f.Name)] = []string{value("first").(string), value("second").(string)}
			continue
		}
		w[column(f.Name)] = value("value")
	}
	return w
}

// held are the texts in a list of any row.
func held[T any](have []T, index []int) []string {
	var out []string
	for _, v := range have {
		out = append(out, reflect.ValueOf(v).FieldByIndex(index).Interface().([]string)...)
	}
	return out
}

// holds is what a selection means.
func holds[T any](w cloud.Where, v T) bool {
	for i := range reflect.TypeFor[T]().NumField() {
		want, ok := w[column(reflect.TypeFor[T]().Field(i).Name)]
		if !ok {
			continue
		}
		got := reflect.ValueOf(v).Field(i).Interface()
		if list, ok := got.([]string); ok {
			if !slices.Contains(list, want.(string)) {
				return false
			}
		} else if many, ok := want.([]string); ok {
			if !slices.Contains(many, got.(string)) {
				return false
			}
		} else if got != want {
			return false
		}
	}
	return true
}

// among narrows a condition on the key down to the rows under test.
func among(cond any, ids []string) []string {
	switch c := cond.(type) {
	case string:
		return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id != c })
	case []string:
		return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(c, id) })
	}
	return ids
}

func key[T any](v T) string { return reflect.ValueOf(v).FieldByName("ID").String() }
