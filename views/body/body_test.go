package body

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/a-h/templ"
	templruntime "github.com/a-h/templ/runtime"
)

// What is written is what templ would have written.
func TestTextAndURL(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a<b>&\"'", "a&lt;b&gt;&amp;&#34;&#39;"},
		{"涵洞", "涵洞"},
	} {
		got := written(t, func(w *templruntime.Buffer) { Text(w, c.text) })
		if got != c.want {
			t.Errorf("%q: %q", c.text, got)
		}
	}
	if got := written(t, func(w *templruntime.Buffer) { Text(w, 42) }); got != "42" {
		t.Errorf("42: %q", got)
	}
	for _, u := range []string{"/vpcs?a=1&b=2", "javascript:alert(1)", "https://a.example/\"x"} {
		want := templ.EscapeString(templ.URL(u))
		if got := written(t, func(w *templruntime.Buffer) { URL(w, u) }); got != want {
			t.Errorf("%q: %q, not %q", u, got, want)
		}
	}
	if got := written(t, func(w *templruntime.Buffer) { URL(w, templ.SafeURL("data:x")) }); got != "data:x" {
		t.Errorf("what is known to be safe: %q", got)
	}
}

func written(t *testing.T, write func(*templruntime.Buffer)) string {
	t.Helper()
	var out strings.Builder
	c := Inner(func(_ context.Context, w *templruntime.Buffer) error {
		write(w)
		return nil
	})
	if err := c.Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// Nobody asks after each text, so what failed must come out at the end.
func TestFailures(t *testing.T) {
	long := strings.Repeat("x", 3*templruntime.DefaultBufferSize)
	c := Of(func(_ context.Context, w *templruntime.Buffer, _ templ.Component) error {
		Text(w, long)
		Text(w, "after")
		return nil
	})
	if err := c.Render(t.Context(), full{}); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Render(ctx, &strings.Builder{}); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits any more: %v", err)
	}
}

// Children are the component's own and not those of the components inside.
func TestChildren(t *testing.T) {
	inside := Of(func(ctx context.Context, w *templruntime.Buffer, children templ.Component) error {
		return children.Render(ctx, w)
	})
	outside := Of(func(ctx context.Context, w *templruntime.Buffer, children templ.Component) error {
		return errors.Join(inside.Render(ctx, w), children.Render(ctx, w))
	})
	child := Inner(func(_ context.Context, w *templruntime.Buffer) error {
		Text(w, "child")
		return nil
	})
	var out strings.Builder
	if err := outside.Render(templ.WithChildren(t.Context(), child), &out); err != nil || out.String() != "child" {
		t.Errorf("%q %v", out.String(), err)
	}
}
