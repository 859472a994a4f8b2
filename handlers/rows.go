package handlers

import (
	"strconv"

	"culvert.internal/views/ui"
)

// maxRows bounds the rows of one form: more than any region has zones.
const maxRows = 100

// rows numbers the rows of a form from 1 without gaps and answers how many
// there are, at least one. A row's fields are "NAME.N" or, for those with a
// part, "NAME.N.PART". The buttons "add" and "drop" (with a row's number)
// change the rows by a GET of the same form, so that reload and Back work
// (DESIGN idea 7).
func rows(form ui.Form, names ...string) int {
	n := 0
	for i := 1; i <= maxRows; i++ {
		if !hasRow(form, i, names) {
			break
		}
		n = i
	}
	at := 0
	if drop, err := strconv.Atoi(form.Value("drop")); err == nil && drop >= 1 && drop <= n {
		for i := drop; i <= n; i++ {
			copyRow(form, i+1, i, names)
		}
		n--
		at = min(drop, n)
	}
	if form.Value("add") != "" && n < maxRows {
		n++
		at = n
	}
	n = max(n, 1)
	form.GoOnAt(at)
	form.Values.Del("add")
	form.Values.Del("drop")
	return n
}

func rowName(name string, n int) string {
	for i := range len(name) {
		if name[i] == '#' {
			return name[:i] + strconv.Itoa(n) + name[i+1:]
		}
	}
	return name + "." + strconv.Itoa(n)
}

func hasRow(form ui.Form, n int, names []string) bool {
	for _, name := range names {
		if form.Values.Has(rowName(name, n)) {
			return true
		}
	}
	return false
}

// copyRow moves the values of one row to another; an absent row clears it.
func copyRow(form ui.Form, from, to int, names []string) {
	for _, name := range names {
		if v, ok := form.Values[rowName(name, from)]; ok {
			form.Values[rowName(name, to)] = v
		} else {
			form.Values.Del(rowName(name, to))
		}
	}
}
