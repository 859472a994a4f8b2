package ui

import "strings"

// names is what a Live part waits for, as static/live.js reads it.
func names(all []string) string { return strings.Join(all, " ") }
