package lab

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// examples are the lab files of the repository.
func examples(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../examples/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("%v %v", files, err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = data
	}
	return out
}

// Export, import into an empty installation, export again: the same text.
func TestExportImportExport(t *testing.T) {
	for name, data := range examples(t) {
		e := engine(t, cloud.Options{})
		made(t, e, data)
		first := exported(t, e)
		again := engine(t, cloud.Options{})
		made(t, again, first)
		if second := exported(t, again); !bytes.Equal(first, second) {
			t.Errorf("%s:\n%s\n---\n%s", name, first, second)
		}
	}
}

// The demo lab too, which holds all three clouds, with its tutorial built.
func TestDemoLabRoundTrip(t *testing.T) {
	e := engine(t, cloud.Options{Demo: true})
	if err := e.SeedDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	accounts, err := e.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.As(accounts[0]).BuildLab(t.Context(), cloud.DemoRegion); err != nil {
		t.Fatal(err)
	}
	first := exported(t, e)
	for _, secret := range []string{accounts[0].Password, "password", "$2a$"} {
		if secret != "" && bytes.Contains(first, []byte(secret)) {
			t.Errorf("the file holds %q", secret)
		}
	}
	again := engine(t, cloud.Options{Demo: true})
	made(t, again, first)
	// In demo mode accounts without a password are entered with one click.
	if free, err := again.DemoAccounts(t.Context()); err != nil || len(free) != 3 {
		t.Errorf("%v %v", free, err)
	}
	if err := again.SeedDemo(t.Context()); err != nil { // an imported lab is no demo lab to be built
		t.Fatal(err)
	}
	if second := exported(t, again); !bytes.Equal(first, second) {
		t.Errorf("%s\n---\n%s", first, second)
	}
}

// mutation is a change of one line; want says what has to come of it: refused at
// that line or a later one of the same thing, or made as the line then says.
type mutation struct {
	name string
	data []byte
	line int
	ok   bool // it may be right as it stands
	sure bool // it is
}

// mutations are changes of a file's lines, the same for the same seed.
func mutations(data []byte, n int, seed uint64) (out []mutation) {
	r := rand.New(rand.NewPCG(seed, 1))
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for i, l := range lines {
		key, _, _ := strings.Cut(strings.TrimSpace(l), ": ")
		if key != "english" && key != "description" && key != "text" || strings.HasSuffix(l, `"`) {
			continue
		}
		changed := slices.Clone(lines)
		changed[i] += " too"
		out = append(out, mutation{"another text", []byte(strings.Join(changed, "\n") + "\n"), i + 1, true, true})
	}
	for len(out) < n {
		i := r.IntN(len(lines))
		l := lines[i]
		key, value, ok := strings.Cut(strings.TrimLeft(l, " -"), ": ")
		if !ok || strings.HasPrefix(strings.TrimSpace(l), "#") || strings.ContainsAny(value, "{[") || strings.ContainsAny(key, "{[") {
			continue
		}
		m := mutation{line: i + 1}
		changed := slices.Clone(lines)
		switch kind := r.IntN(8); kind {
		case 0:
			m.name, changed[i] = "a wrong key", strings.Replace(l, key+":", key+"x:", 1)
		case 1:
			m.name, changed[i] = "no value", l[:strings.Index(l, key)+len(key)+1]
		case 2:
			m.name = "twice"
			indent := strings.Repeat(" ", len(l)-len(strings.TrimLeft(l, " -")))
			changed = slices.Insert(changed, i+1, indent+key+": "+value)
			m.line = i + 2
		case 3:
			m.name, changed[i] = "a list", strings.Replace(l, ": "+value, ": [a, {b: c}]", 1)
		case 4:
			m.name, changed[i] = "a mapping", strings.Replace(l, ": "+value, ": {a: b}", 1)
		case 5:
			m.name, changed[i] = "an open quote", strings.Replace(l, ": "+value, `: "`+value, 1)
			if strings.Contains(value, `"`) {
				continue
			}
		case 6:
			m.name, changed[i] = "a tab", strings.Replace(l, key, "\t"+key, 1)
		case 7:
			m.name, changed[i], m.ok = "another value", strings.Replace(l, ": "+value, ": "+value+"9", 1), true
			if strings.Contains(value, `"`) {
				continue
			}
		}
		m.data = []byte(strings.Join(changed, "\n") + "\n")
		out = append(out, m)
	}
	return out
}

// Of more than 200 mutated files each is refused at the line that was changed, or makes
// what it says. A failed import changes nothing.
func TestMutatedFiles(t *testing.T) {
	n := 240
	if testing.Short() {
		n = 60
	}
	files := examples(t)
	names := []string{}
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	whole := map[string][]byte{}
	for _, name := range names {
		e := engine(t, cloud.Options{})
		made(t, e, files[name])
		whole[name] = exported(t, e)
	}
	empty := engine(t, cloud.Options{})
	before := exported(t, empty)
	refused, right := 0, 0
	for k, name := range names {
		for i, m := range mutations(whole[name], n/len(names), uint64(k)) {
			_, faults, err := Import(t.Context(), empty, cloud.SystemActor, m.data, false)
			at := fmt.Sprintf("%s, mutation %d: %s in line %d", name, i, m.name, m.line)
			switch {
			case err != nil:
				t.Errorf("%s: %v", at, err)
			case len(faults) > 0 && m.sure:
				t.Errorf("%s: refused: %v", at, faults)
			case len(faults) > 0:
				refused++
				if !slices.ContainsFunc(faults, func(f Fault) bool { return f.Line == m.line }) && !m.elsewhere() {
					t.Errorf("%s: told at %v", at, faults)
				}
				if after := exported(t, empty); !bytes.Equal(before, after) {
					t.Fatalf("%s: the failed import changed something", at)
				}
			case !m.ok:
				t.Errorf("%s: was imported", at)
			default:
				right++
				after := exported(t, empty)
				if !bytes.Equal(after, m.data) {
					t.Errorf("%s: says another thing than was made:\n%s", at, diff(string(m.data), string(after)))
				}
				empty = engine(t, cloud.Options{})
			}
		}
	}
	t.Logf("%d refused at their line, %d made what they say", refused, right)
	if refused == 0 || right < len(names) {
		t.Error("too few of one outcome")
	}
}

// elsewhere says whether a changed value may be told where it is used: another
// name or ID leaves those that named it without it.
func (m mutation) elsewhere() bool {
	if !m.ok {
		return false
	}
	line := strings.Split(string(m.data), "\n")[m.line-1]
	for _, key := range []string{"name:", "login:", "cidr:", "zone:", "ip:"} {
		if strings.Contains(line, key) {
			return true
		}
	}
	return false
}

func diff(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			return fmt.Sprintf("line %d\n- %s\n+ %s", i+1, x[i], strings.Join(y[min(i, len(y)):min(i+1, len(y))], ""))
		}
	}
	return ""
}

// Several faults are told at once, each with what would be right.
func TestFaults(t *testing.T) {
	file := `lab: 1
accounts:
  - login: account-a
    name: A
    regions:
      eu-central-1:
        vpcs:
          - name: VPC1
            cidr: 10.10.0.1/16
          - name: VPC2
            cdir: 10.10.0.0/16
          - name: VPC3
            cidr: 10.30.0.0/16
            vswitches:
              - {name: s, zone: eu-central-1b, cidr: 10.30.2.0/24}
            groups:
              - {name: sg-web, template: open}
            instances:
              - {name: ECS1, vswitch: s, ip: 10.30.9.1, groups: [sg-wbe]}
              - {name: ECS2, vswitch: s, ip: 10.30.9.1, groups: [sg-web]}
              - {name: ECS3, vswitch: s, groups: [sg-web]}
        balancers:
          - {name: clb-1, zone: b, vpc: VPC3, vswitch: s, backends: [{instance: ECS3}, {instance: ECS3}]}
          - {name: clb-2, zone: b, vpc: VPC3, vswitch: s, backends: [{instance: ECS3}]}
`
	want := []struct {
		line    int
		suggest string
	}{{9, "10.10.0.0/16"}, {10, ""}, {11, "cidr"}, {19, "sg-web"}, {20, ""}, {23, ""}, {23, ""}, {24, ""}}
	_, faults, err := Import(t.Context(), engine(t, cloud.Options{}), cloud.SystemActor, []byte(file), false)
	if err != nil || len(faults) != len(want) {
		t.Fatalf("%v %v", faults, err)
	}
	for i, w := range want {
		if faults[i].Line != w.line || faults[i].Suggest != w.suggest {
			t.Errorf("%d: %+v, want line %d and %q", i, faults[i], w.line, w.suggest)
		}
	}
}

// A link of an endpoint that is gone is held against what every link is.
func TestLinkFaults(t *testing.T) {
	whole := strings.Replace(string(examples(t)["zilliz.yaml"]), "- name: milvus\n", "- name: milvus\n            id: ep-bp100000000000000001\n", 1)
	const link = "          - {region: cn-hangzhou, endpoint: milvus}\n"
	gone := "          - {region: cn-hangzhou, endpoint: ep-bp100000000000000009, consumer: account-a}\n"
	for _, c := range []struct{ links, want string }{
		{gone, ""},
		{gone + gone, "error.link.endpoint.twice"},
		{strings.Replace(gone, "9", "1", 1), "error.import.consumer"},
		{strings.Replace(gone, "ep-bp1", "ep-", 1), "error.link.endpoint.format"},
	} {
		data := strings.Replace(whole, link, c.links, 1)
		_, faults, err := Import(t.Context(), engine(t, cloud.Options{}), cloud.SystemActor, []byte(data), false)
		at := strings.Count(data[:strings.LastIndex(data, "consumer: ")], "\n") + 1
		if err != nil || c.want == "" && len(faults) > 0 || c.want != "" && (len(faults) != 1 || faults[0].Text != c.want || faults[0].Line != at) {
			t.Errorf("%q: %v %v", c.want, err, faults)
		}
	}
}

// An import into an installation that has something tells what is there already.
func TestImportTwice(t *testing.T) {
	e := engine(t, cloud.Options{})
	made(t, e, examples(t)["aliyun-one-account.yaml"])
	before := exported(t, e)
	_, faults, err := Import(t.Context(), e, cloud.SystemActor, before, false)
	if err != nil || len(faults) == 0 {
		t.Fatalf("%v %v", faults, err)
	}
	if after := exported(t, e); !bytes.Equal(before, after) {
		t.Error("the failed import changed something")
	}
}

// A dry run makes nothing and says what would be made.
func TestDryRun(t *testing.T) {
	e := engine(t, cloud.Options{})
	before := exported(t, e)
	would, faults, err := Import(context.Background(), e, cloud.SystemActor, examples(t)["ctyun.yaml"], true)
	if err != nil || len(faults) > 0 || len(would) == 0 {
		t.Fatalf("%v %v %v", would, faults, err)
	}
	if after := exported(t, e); !bytes.Equal(before, after) {
		t.Error("trying changed something")
	}
	if got := made(t, e, examples(t)["ctyun.yaml"]); fmt.Sprint(got) != fmt.Sprint(would) {
		t.Errorf("made %v, would make %v", got, would)
	}
}

func FuzzLab(f *testing.F) {
	for _, data := range examples(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e := engine(t, cloud.Options{})
		_, faults, err := Import(t.Context(), e, cloud.SystemActor, data, false)
		if err != nil {
			t.Fatal(err)
		}
		if len(faults) > 0 {
			return
		}
		first := exported(t, e)
		again := engine(t, cloud.Options{})
		made(t, again, first)
		if second := exported(t, again); !bytes.Equal(first, second) {
			t.Errorf("%s\n---\n%s", first, second)
		}
	})
}
