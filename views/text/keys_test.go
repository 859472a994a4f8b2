package text

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// root is the repository, seen from this package's folder.
const root = "../.."

// Every key that code or a template names is in the catalogue. A key is a
// literal that is the first argument of T or T2, the value of a field Key, or
// any literal of the engine and the judge that is written like a key of a
// noun the catalogue knows. Keys put together at run time are checked where
// their parts are known (views: TestKeysMadeOfParts).
func TestEveryKeyExists(t *testing.T) {
	nouns := map[string]bool{"error": true, "reach": true, "gate": true, "state": true, "move": true, "lab": true}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && path != root || rel == "e2e" || rel == "tools" || rel == "views/text" {
				return filepath.SkipDir
			}
			return nil
		}
		switch {
		case strings.HasSuffix(rel, "_templ.go"), strings.HasSuffix(rel, "_test.go"):
		case strings.HasSuffix(rel, ".go"):
			facts := !strings.HasPrefix(rel, "views") && !strings.HasPrefix(rel, "handlers") && !strings.HasPrefix(rel, "web")
			for _, key := range goKeys(t, path, facts, nouns) {
				check(t, rel, key)
			}
		case strings.HasSuffix(rel, ".templ"):
			for _, key := range templKeys(t, path) {
				check(t, rel, key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, file, key string) {
	t.Helper()
	if !Has(key) {
		t.Errorf("%s: %q is not in the catalogue", file, key)
	}
}

var keyForm = regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9_-]+)+$`)

func goKeys(t *testing.T, path string, facts bool, nouns map[string]bool) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Logf("%s: %v", path, err) // the compiler's business
		return nil
	}
	var keys []string
	add := func(e ast.Expr) {
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if s, err := strconv.Unquote(l.Value); err == nil && keyForm.MatchString(s) {
				keys = append(keys, s)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && (s.Sel.Name == "T" || s.Sel.Name == "T2") && len(n.Args) > 0 {
				add(n.Args[0])
			}
		case *ast.KeyValueExpr:
			if k, ok := n.Key.(*ast.Ident); ok && k.Name == "Key" {
				add(n.Value)
			}
		case *ast.BasicLit:
			if noun, _, ok := strings.Cut(strings.Trim(n.Value, `"`), "."); ok && facts && nouns[noun] {
				add(n)
			}
		}
		return true
	})
	return keys
}

var templCall = regexp.MustCompile(`\.T2?\("([a-z0-9]+(?:\.[a-z0-9_-]+)+)"\s*[,)]`)

func templKeys(t *testing.T, path string) []string {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, m := range templCall.FindAllSubmatch(src, -1) {
		keys = append(keys, string(m[1]))
	}
	return keys
}
