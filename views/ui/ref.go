package ui

import "culvert.internal/cloud"

// refName is how a resource is called: by name, else by ID.
func refName(r cloud.Ref) string {
	if r.Name == "" {
		return r.ID
	}
	return r.Name
}

// Asking is a page or dialog that asks before something is done.
type Asking struct {
	Title string
	Lead  string
	// Effects say what will happen, one sentence each.
	Effects []string
	// Blockers stand in the way: while there are any there is no button.
	Blockers []cloud.Ref
	// Do is the button; Action is where it posts, default this address.
	Do     Button
	Action string
	// Back is where Cancel leads.
	Back string
}

// Stop is one stop of a Path.
type Stop struct {
	Icon  string // of the thing; a Wall shows its state's mark instead
	Kind  Kind
	Title string
	Note  string
	// State is a word under the note, for the stop that needs one.
	State string
	// Wall marks the arch between the two networks.
	Wall bool
	Href string // the thing's page, if any
}

func (s Stop) icon() string {
	switch {
	case !s.Wall && s.Icon != "":
		return s.Icon
	case s.Kind == OK:
		return "check"
	case s.Kind == Bad:
		return "cross"
	}
	return s.Kind.icon()
}

// Line is one line of a terminal.
type Line struct {
	Kind Kind // OK and Bad colour it; Off is quiet (the prompt's own words)
	Text string
	// Command marks what the reader typed, Prompt what stood before it.
	Command bool
	Prompt  string
}
