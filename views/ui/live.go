package ui

import "strings"

// liveTrigger is when a Live part fetches itself: when a thing of its own
// changed, and when the stream of changes lost count (static/app.js turns the stream's list of names into these events).
func liveTrigger(names []string) string {
	parts := []string{"sync from:body"}
	for _, n := range names {
		parts = append(parts, "changed:"+n+" from:body")
	}
	return strings.Join(parts, ", ")
}
