package ui

// Use is an address of the lab with the ways to use it from this host. People
// paste such an address into their own browser, which cannot know it: the
// menu beside it has what works instead.
type Use struct {
	ID      string // the menu's, unique on the page
	Address string // as it is shown and copied
	What    string // what the address is: "Endpoint domain"
	Ways    []Way
	// Open is the page that opens the address in an instance's browser, Run
	// the one that takes RunLine as a command of its terminal; empty: neither.
	Open, OpenLabel        string
	Run, RunLabel, RunLine string
	// Missing says what there has to be before the address can be used, Make is
	// the page that makes it.
	Missing, Make, MakeLabel string
}

// Way is a line to paste, with what it does.
type Way struct{ Label, Line string }
