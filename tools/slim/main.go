// Command slim makes what templ generated smaller: `make generate` runs it over
// the files of views after templ.
//
// templ writes out, in every component, how it gets its buffer and gives it back,
// and after every text what to do if writing failed. There are nearly two
// thousand components and six thousand texts, and that was a tenth of the
// program. Package body holds it once: components are made by body.Of, texts are
// written by body.Text, and what failed in writing is found out when the buffer
// is flushed, because a buffer that failed keeps its error.
//
// Shapes that it does not know stay as they are, so that another version of
// templ makes the program larger and not wrong.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	for _, dir := range os.Args[1:] {
		err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_templ.go") {
				return err
			}
			old, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if slimmed := slim(old); !bytes.Equal(old, slimmed) {
				if slimmed, err = format.Source(slimmed); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
				return os.WriteFile(path, slimmed, 0o644)
			}
			return nil
		})
		if err != nil {
			fmt.Fprintln(os.Stderr, "slim:", err)
			os.Exit(1)
		}
	}
}

// step rewrites one shape. In its pattern, N stands for templ's own names, T for
// the indentation and ERR for the check of an error.
type step struct {
	was *regexp.Regexp
	is  string
}

func steps() []step {
	shape := func(was, is string) step {
		for _, short := range [][2]string{
			{"ERR", `T+if N_Err != nil {\nT+return N_Err\nT+}\n`},
			{"N_", "templ_7745c5c3_"},
			{`T+`, `\t*`},
		} {
			was = strings.ReplaceAll(was, short[0], short[1])
		}
		return step{regexp.MustCompile(was), strings.ReplaceAll(is, "N_", "templ_7745c5c3_")}
	}
	begin := `templruntime\.GeneratedTemplate\(func\(N_Input templruntime\.GeneratedComponentInput\) \(N_Err error\) \{\n` +
		`T+N_W, ctx := N_Input\.Writer, N_Input\.Context\n` +
		`(?:T+if N_CtxErr := ctx\.Err\(\); N_CtxErr != nil \{\nT+return N_CtxErr\nT+\}\n)?` +
		`T+N_Buffer, N_IsBuffer := templruntime\.GetBuffer\(N_W\)\n` +
		`T+if !N_IsBuffer \{\nT+defer func\(\) \{\nT+N_BufErr := templruntime\.ReleaseBuffer\(N_Buffer\)\n` +
		`T+if N_Err == nil \{\nT+N_Err = N_BufErr\nT+\}\nT+\}\(\)\nT+\}\n` +
		`T+ctx = templ\.InitializeContext\(ctx\)\n`
	children := `T+(N_Var\d+) := templ\.GetChildren\(ctx\)\nT+if N_Var\d+ == nil \{\nT+N_Var\d+ = templ\.NopComponent\nT+\}\n` +
		`T+ctx = templ\.ClearChildren\(ctx\)\n`
	failed := `T+if N_Err != nil \{\nT+return templ\.Error\{[^\n]*\}\nT+\}\n`
	return []step{
		shape(begin+children, "body.Of(func(ctx body.Context, N_Buffer *templruntime.Buffer, $1 templ.Component) (N_Err error) {\n"),
		shape(begin, "body.Inner(func(ctx body.Context, N_Buffer *templruntime.Buffer) (N_Err error) {\n"),
		shape(`(T+)N_Err = templruntime\.WriteString\(N_Buffer, \d+, ("[^\n]*")\)\nERR`, "${1}N_Buffer.WriteString($2)\n"),
		shape(`(T+)var (N_Var\d+) string\nT+N_Var\d+, N_Err = templ\.JoinStringErrs\(((?s:.*?))\)\n`+failed+
			`T+_, N_Err = N_Buffer\.WriteString\(templ\.EscapeString\(N_Var\d+\)\)\nERR`, "${1}body.Text(N_Buffer, $3)\n"),
		shape(`(T+)var (N_Var\d+) templ\.SafeURL\nT+N_Var\d+, N_Err = templ\.JoinURLErrs\(((?s:.*?))\)\n`+failed+
			`T+_, N_Err = N_Buffer\.WriteString\(templ\.EscapeString\(N_Var\d+\)\)\nERR`, "${1}body.URL(N_Buffer, $3)\n"),
	}
}

func slim(src []byte) []byte {
	out := src
	for _, s := range steps() {
		out = s.was.ReplaceAll(out, []byte(s.is))
	}
	if bytes.Equal(out, src) {
		return src
	}
	return bytes.Replace(out, []byte(`import "github.com/a-h/templ"`+"\n"),
		[]byte("import \"github.com/a-h/templ\"\nimport \"culvert.internal/views/body\"\n"), 1)
}
