package ui

import "crypto/rand"

// OnceField is the name of the value by which a form that is sent twice is
// known (handlers.Once).
const OnceField = "once"

// onceValue is a new such value.
func onceValue() string { return rand.Text() }
