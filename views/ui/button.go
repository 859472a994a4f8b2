package ui

// Button is a link that looks like a button (with Href), or a submit button
// of the form it stands in.
type Button struct {
	Label string
	Icon  string // name of an icon before the label; with Bare instead of it
	Href  string

	// Name and Value are sent when this button submits the form.
	Name, Value string
	// Get and Post override the form's method; Action its address.
	Get, Post bool
	Action    string

	Main   bool // the page's one main action
	Danger bool // inside a confirming dialog
	Small  bool // inside rows
	Plain  bool // without an edge
	Bare   bool // the icon alone, the label for screen readers

	// Off disables it; Why is the reason shown beside it (a disabled button
	// never stands without one).
	Off bool
	Why string
}

func (b Button) class() string {
	c := "btn"
	for _, v := range []struct {
		on   bool
		name string
	}{{b.Main, " btn-main"}, {b.Danger, " btn-danger"}, {b.Small, " btn-s"}, {b.Plain, " btn-plain"}, {b.Bare, " btn-icon"}} {
		if v.on {
			c += v.name
		}
	}
	return c
}

func (b Button) method() string {
	switch {
	case b.Post:
		return "post"
	case b.Get:
		return "get"
	}
	return ""
}

// Crumb is one step of the way to a page; the last one has no Href.
type Crumb struct{ Label, Href string }

// Title heads a page.
type Title struct {
	Text string
	Sub  string // muted words after it
	// State and Kind show how the thing stands; empty State shows nothing.
	State string
	Kind  Kind
	// Role is the reader's role here, "Service consumer" (COM-01).
	Role string
}

// Tab is one link of Tabs.
type Tab struct {
	Label   string
	Href    string
	Count   string // shown after the label, empty for none
	Current bool
}
