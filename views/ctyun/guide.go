package ctyun

import (
	"cmp"
	"strconv"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// walk is one walkthrough as a part of the guide.
type walk struct {
	cloud.Walk
	open bool
}

// walks opens the first walkthrough that is not finished.
func walks(all []cloud.Walk) []walk {
	out, opened := make([]walk, 0, len(all)), false
	for _, w := range all {
		rest := w.Next() < len(w.Steps)
		out = append(out, walk{w, rest && !opened})
		opened = opened || rest
	}
	return out
}

func (w walk) title() string { return "guide." + w.ID }

func (w walk) progress(f *views.Frame) string {
	return f.T("guide.progress", "done", w.Done(), "all", len(w.Steps))
}

// step is a step of a walkthrough with the page where it is done.
type step struct {
	cloud.WalkStep
	key     string
	n       string // "1" for 步骤一
	current bool
	href    string
}

func (w walk) steps(f *views.Frame) []step {
	out := make([]step, 0, len(w.Steps))
	for i, s := range w.Steps {
		out = append(out, step{
			WalkStep: s, key: w.title() + "." + s.ID, n: strconv.Itoa(i + 1), current: i == w.Next(), href: place(f, s),
		})
	}
	return out
}

// place is where a step is done: on the page of what it is about, else where
// that is made or listed.
func place(f *views.Frame, s cloud.WalkStep) string {
	at := f.Ref(s.On)
	switch s.ID {
	case "id":
		return f.Link("/account")
	case "group":
		return cmp.Or(at, f.Link("/security-groups"))
	case "service":
		return cmp.Or(at, f.Link("/endpoint-services/new"))
	case "endpoint":
		return cmp.Or(at, f.Link("/endpoints/new"))
	case "accept":
		return service(f, at, "connections")
	case "grant":
		return service(f, at, "grants")
	}
	return cmp.Or(at, f.Link("/endpoints"))
}

func service(f *views.Frame, at, tab string) string {
	if at == "" {
		return f.Link("/endpoint-services")
	}
	return at + "?tab=" + tab
}

func (s step) kind() ui.Kind {
	switch {
	case s.Done:
		return ui.OK
	case s.current:
		return ui.Wait
	}
	return ui.Off
}
