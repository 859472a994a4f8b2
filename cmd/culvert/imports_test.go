package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "culvert.internal/"

// mayImport is the table of ARCHITECTURE.md: for every package folder, the
// folders of ours that its code may import. A folder that is not here fails
// the test, so that a new package has to say what it leans on. "x/*" stands
// for every folder directly below x that has no entry of its own, "*" for all.
var mayImport = map[string][]string{
	"cloud":               {},
	"reach":               {},
	"static":              {},
	"views/text":          {},
	"underlay":            {},
	"dns":                 {},
	"proxyproto":          {},
	"dataplane":           {"reach", "proxyproto"},
	"dataplane/behaviour": {"reach", "dataplane", "underlay", "proxyproto"},
	"store":               {"cloud", "store/sqlite"},
	"store/sqlite":        {"cloud"},
	"store/storetest":     {"cloud"},
	"instance":            {"reach", "dns", "underlay", "proxyproto"},
	"instance/browser":    {},
	"reconcile":           {"cloud", "reach", "dataplane", "dns", "instance"},
	"views":               {"cloud", "reach", "lab", "views/text", "views/ui", "views/body", "static"},
	"views/ui":            {"cloud", "reach", "views/text", "views/body", "static"},
	"views/body":          {},
	"views/*":             {"cloud", "reach", "views", "views/ui", "views/text", "views/body"},
	"lab":                 {"cloud"},
	"handlers":            {"cloud", "reach", "lab", "instance", "instance/browser", "views", "views/*", "views/ui", "views/text"},
	"web":                 {"handlers", "instance/browser", "views", "static"},
	"cmd/culvert":         {"*"},
}

// onlyIn keeps a dependency inside the folders chosen for it, so that
// replacing it stays a small piece of work. A key stands for that import path
// and for everything below it.
var onlyIn = map[string][]string{
	"database/sql":             {"store/sqlite"},
	"modernc.org/sqlite":       {"store/sqlite"},
	"github.com/labstack/echo": {"web", "handlers"},
	"github.com/miekg/dns":     {"dns"},
	"github.com/a-h/templ":     {"views", "views/*", "views/ui", "views/body", "handlers"},
	"github.com/gorilla":       {"web", "handlers"},
	"github.com/things-go":     {"instance"},
	"testing":                  {"store/storetest"},
	"pgregory.net/rapid":       {"store/storetest"},
	"github.com/google/go-cmp": {"store/storetest"},
	"go.yaml.in/yaml":          {},
	"go.uber.org/goleak":       {},
	"github.com/PuerkitoBio":   {},
	"github.com/prometheus":    {},
	"net/http/httptest":        {},
	// They call methods by name, which makes the linker keep every method of
	// every type: two megabytes.
	"html/template":              {},
	"text/template":              {},
	"github.com/labstack/gommon": {},
}

// TestImportDirections reads the import lines of every Go file outside e2e
// (a module of its own). Tests may import any package, real neighbours being
// better than mocks; only what ships is held to the table.
func TestImportDirections(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel == "e2e" || rel == "tools" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && rel != "." {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		folder := path.Dir(rel)
		seen[folder] = true
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			for _, wrong := range judge(folder, imported) {
				t.Errorf("%s: %s", rel, wrong)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder := range seen {
		if _, ok := entry(folder); !ok {
			t.Errorf("%s is in no row of mayImport: add it here and to ARCHITECTURE.md", folder)
		}
	}
	if len(seen) == 0 {
		t.Error("no Go file was found")
	}
}

// TestImportJudge shows that the judge refuses what it should.
func TestImportJudge(t *testing.T) {
	for _, c := range []struct {
		folder, imported string
		ok               bool
	}{
		{"cloud", "net/netip", true},
		{"cloud", "culvert.internal/reach", false},
		{"cloud", "database/sql", false},
		{"handlers", "github.com/labstack/echo/v4", true},
		{"handlers", "culvert.internal/store", false},
		{"dataplane", "culvert.internal/underlay", false},
		{"views/aliyun", "culvert.internal/views/ui", true},
		{"views/aliyun", "culvert.internal/views/ctyun", false},
		{"views/aliyun", "github.com/labstack/echo/v4", false},
		{"web", "culvert.internal/handlers", true},
		{"web", "culvert.internal/cloud", false},
		{"cmd/culvert", "culvert.internal/store", true},
		{"instance", "github.com/miekg/dns", false},
		{"store/sqlite", "database/sql/driver", true},
		{"reconcile", "net/http/httptest", false},
	} {
		if wrong := judge(c.folder, c.imported); (len(wrong) == 0) != c.ok {
			t.Errorf("%s importing %s: %v", c.folder, c.imported, wrong)
		}
	}
	if _, ok := entry("billing"); ok {
		t.Error("an unknown folder has an entry")
	}
}

// judge says what is wrong with one import, nothing if it is allowed.
func judge(folder, imported string) (wrong []string) {
	for prefix, folders := range onlyIn {
		if (imported == prefix || strings.HasPrefix(imported, prefix+"/")) && !matches(folders, folder) {
			wrong = append(wrong, imported+" belongs in "+strings.Join(append(folders, "tests"), ", ")+" only")
		}
	}
	if ours, ok := strings.CutPrefix(imported, module); ok {
		if allowed, _ := entry(folder); !matches(allowed, ours) {
			wrong = append(wrong, folder+" may not import "+ours)
		}
	}
	return wrong
}

// entry finds the row of a folder, its own before its parent's "/*".
func entry(folder string) ([]string, bool) {
	if row, ok := mayImport[folder]; ok {
		return row, true
	}
	row, ok := mayImport[path.Dir(folder)+"/*"]
	return row, ok
}

func matches(patterns []string, folder string) bool {
	_, named := mayImport[folder]
	for _, p := range patterns {
		if p == "*" || p == folder || !named && p == path.Dir(folder)+"/*" {
			return true
		}
	}
	return false
}
