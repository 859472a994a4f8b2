package lab

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/store/sqlite"
)

// engine is an engine over a new store.
func engine(t testing.TB, opt cloud.Options) *cloud.Engine {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "culvert.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if !opt.Base.IsValid() {
		opt.Base = netip.MustParsePrefix("127.16.0.0/12")
	}
	e, err := cloud.Open(db, opt)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// made imports a file that has to be right.
func made(t testing.TB, e *cloud.Engine, data []byte) []Made {
	t.Helper()
	out, faults, err := Import(context.Background(), e, cloud.SystemActor, data, false)
	if err != nil || len(faults) > 0 {
		t.Fatalf("%v %v", err, faults)
	}
	return out
}

func exported(t testing.TB, e *cloud.Engine) []byte {
	t.Helper()
	out, err := Export(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A large lab comes out of its file again; how long that takes is in the log.
func TestLargeLab(t *testing.T) {
	s := Size{Endpoints: 3000, Ports: 2, Services: 1}
	if testing.Short() {
		s.Endpoints = 500
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	e := engine(t, cloud.Options{})
	begun := time.Now()
	made(t, e, Generate(s))
	imported := time.Since(begun)
	begun = time.Now()
	first := exported(t, e)
	t.Logf("%d endpoints: import %v, export %v", s.Endpoints, imported, time.Since(begun))
	again := engine(t, cloud.Options{})
	made(t, again, first)
	if second := exported(t, again); string(second) != string(first) {
		t.Error("exporting, importing and exporting again is another text")
	}
}

// Every key is read and written: keys.yaml has each of them, and all that it says
// comes out of the lab that it makes.
func TestEveryKey(t *testing.T) {
	data, err := os.ReadFile("testdata/keys.yaml")
	if err != nil {
		t.Fatal(err)
	}
	e := engine(t, cloud.Options{})
	l := newLoader(t.Context(), e)
	left := map[string]bool{}
	for noun, list := range fields() {
		for _, f := range list {
			left[noun+"."+f.key] = true
		}
	}
	var strike func(*item)
	strike = func(it *item) {
		for _, k := range it.Keys {
			delete(left, it.noun+"."+k.Text)
		}
		for _, rows := range it.rows {
			for _, one := range rows {
				strike(one)
			}
		}
	}
	root := l.root(data)
	strike(root)
	if len(left) > 0 {
		t.Errorf("the file has no %v", slices.Sorted(maps.Keys(left)))
	}
	loaded, faults, err := Load(t.Context(), e, cloud.SystemActor, data, nil, false)
	if err != nil || len(faults) > 0 {
		t.Fatalf("%v %v", err, faults)
	}
	out, _ := Parse(append(exported(t, e), Section(loaded.Expected)...))
	says(t, "", root.Node, out)
}

// says holds that a document says all that another one says, but for what names
// and makes things in a file only.
func says(t *testing.T, at string, want, got *Node) {
	if want.Kind != got.Kind || want.Text != got.Text || want.Kind == List && len(want.Items) != len(got.Items) {
		t.Errorf("%s: want %s, got %s", at, want.spelled(), got.spelled())
		return
	}
	for i, v := range want.Items {
		switch {
		case want.Kind == List:
			says(t, fmt.Sprintf("%s/%d", at, i), v, got.Items[i])
		case want.Keys[i].Text == "key" || want.Keys[i].Text == "template":
		default:
			key := want.Keys[i].Text
			if _, is := got.get(key); is == nil {
				t.Errorf("%s/%s is lost", at, key)
			} else {
				says(t, at+"/"+key, v, is)
			}
		}
	}
}

// Things are called by the shortest name that is clear in the whole file, or by
// the ID that the file gives; what has neither cannot be named.
func TestCalled(t *testing.T) {
	file := `lab: 1
accounts:
`
	for _, login := range []string{"a1", "a2"} {
		file += `  - login: ` + login + `
    name: A
    regions:
      eu-central-1:
        vpcs:
`
		for n, instances := range []string{"{name: alone-" + login + ", vswitch: sw, groups: [gr]}, {name: one, vswitch: sw, groups: [gr]}", "{name: two, vswitch: sw, groups: [gr]}", "{name: two, id: i-gw8000000000000000" + login + ", vswitch: sw, groups: [gr]}"} {
			file += fmt.Sprintf(`          - name: net-%d
            cidr: 10.0.0.0/16
            vswitches: [{name: sw, zone: eu-central-1a, cidr: 10.0.0.0/24}]
            groups: [{name: gr, template: open}]
            instances: [%s]
`, n, instances)
		}
	}
	loaded, faults, err := Load(t.Context(), engine(t, cloud.Options{}), cloud.SystemActor, []byte(file), nil, false)
	if err != nil || len(faults) > 0 {
		t.Fatalf("%v %v", err, faults)
	}
	got := slices.Sorted(maps.Values(loaded.Called))
	if want := []string{"a1/one", "a2/one", "alone-a1", "alone-a2", "i-gw8000000000000000a1", "i-gw8000000000000000a2"}; !slices.Equal(got, want) {
		t.Errorf("called %v, want %v", got, want)
	}
}
