// Package body holds once what templ writes out in every component it generates;
// tools/slim puts it there.
//
//	return body.Of(func(ctx body.Context, w *templruntime.Buffer, children templ.Component) error {
//		w.WriteString("<p>")
//		body.Text(w, name)
//		return children.Render(ctx, w)
//	})
package body

import (
	"context"
	"fmt"
	"html"

	"github.com/a-h/templ"
	templruntime "github.com/a-h/templ/runtime"
)

// Context is what a component is written in; an alias, so that generated code
// needs nothing else.
type Context = context.Context

// Of makes a component of a function that writes it. children are what the
// component was given between its braces; never nil.
func Of(write func(ctx Context, w *templruntime.Buffer, children templ.Component) error) templ.Component {
	return Inner(func(ctx context.Context, w *templruntime.Buffer) error {
		children := templ.GetChildren(ctx)
		if children == nil {
			children = templ.NopComponent
		}
		return write(templ.ClearChildren(ctx), w, children)
	})
}

// Inner makes the children of a component that are written at the place where it
// is used.
func Inner(write func(ctx Context, w *templruntime.Buffer) error) templ.Component {
	return templruntime.GeneratedTemplate(func(in templruntime.GeneratedComponentInput) (err error) {
		if err := in.Context.Err(); err != nil {
			return err
		}
		w, given := templruntime.GetBuffer(in.Writer)
		if !given {
			defer func() {
				if released := templruntime.ReleaseBuffer(w); err == nil {
					err = released
				}
			}()
		}
		return write(templ.InitializeContext(in.Context), w)
	})
}

// Text writes a value as text or the value of an attribute. A write that fails
// makes every later one fail, up to the flush.
func Text[T ~string | ~int | ~int64 | ~uint16](w *templruntime.Buffer, value T) {
	w.WriteString(html.EscapeString(fmt.Sprint(value)))
}

// URL writes the value of an attribute that is an address; one that could run a
// script is replaced.
func URL[T ~string](w *templruntime.Buffer, value T) {
	safe, ok := any(value).(templ.SafeURL)
	if !ok {
		safe = templ.URL(string(value))
	}
	w.WriteString(html.EscapeString(string(safe)))
}
