package ui

import (
	"slices"
	"strconv"

	"culvert.internal/cloud"
)

// List is how one page of a list stands: what was asked of it, how much was
// found, and how its address changes. Tools, Sorted, NoneFound and ListPages
// draw it; all of it is in the address, so that reload, Back, a link sent to
// somebody and a part that fetches itself again show the same page.
type List struct {
	Find       cloud.Find // as it was understood
	Total, All int        // rows found, rows there are
	Filters    []Filter
	// Keep are fields of the address that say which list this is (its tab).
	Keep []string
	// Href is this page's address with pairs of name and value changed; an
	// empty value takes the name out.
	Href func(pairs ...string) string
	// Few leaves out the search line of a list of no more rows than that.
	Few int
	// Hidden says that a filter finds rows that are not among All.
	Hidden bool
}

// Filter is a choice that narrows a list down. The empty choice is called by
// the label of All.
type Filter struct {
	Name, Label, All string
	Options          []Option
	// First puts it before the field of the words: it says where they are
	// looked for.
	First bool
}

// PageSizes are the numbers of rows a reader can choose; the first is what
// lists show when nothing was chosen.
func PageSizes() []int { return []int{50, 20, 100, 200} }

// asked says whether anything narrows the list down.
func (l List) asked() bool { return l.Find.Words != "" || len(l.Find.Filter) > 0 }

func (l List) tools() bool { return l.Hidden || l.All > l.Few || l.asked() }

// sortHref is the address sorted by a column: upwards first, then turned
// round. Another order begins on its first page.
func (l List) sortHref(column string) string {
	if l.Find.Sort == column && !l.Find.Desc {
		column = "-" + column
	}
	return l.Href("sort", column, "page", "")
}

// sort is the word for aria-sort, empty for a column that is not sorted by.
func (l List) sort(column string) string {
	switch {
	case column == "" || column != l.Find.Sort:
		return ""
	case l.Find.Desc:
		return "descending"
	}
	return "ascending"
}

// kept are the fields that the search form sends along unseen.
func (l List) kept() [][2]string {
	var out [][2]string
	for i := 0; i+1 < len(l.Keep); i += 2 {
		out = append(out, [2]string{l.Keep[i], l.Keep[i+1]})
	}
	if l.Find.Sort != "" {
		sort := l.Find.Sort
		if l.Find.Desc {
			sort = "-" + sort
		}
		out = append(out, [2]string{"sort", sort})
	}
	if l.Find.Size != PageSizes()[0] {
		out = append(out, [2]string{"size", strconv.Itoa(l.Find.Size)})
	}
	return out
}

// withoutWords, withoutFilters and withoutAll are the addresses that take a
// search back.
func (l List) withoutWords() string { return l.Href("q", "", "page", "") }

func (l List) withoutFilters() string {
	pairs := []string{"page", ""}
	for _, d := range l.Filters {
		pairs = append(pairs, d.Name, "")
	}
	return l.Href(pairs...)
}

func (l List) withoutAll() string {
	pairs := []string{"page", "", "q", ""}
	for _, d := range l.Filters {
		pairs = append(pairs, d.Name, "")
	}
	return l.Href(pairs...)
}

func (l List) pager() Pager {
	return Pager{Page: l.Find.Page, Size: l.Find.Size, Total: l.Total, Href: func(page int) string {
		if page == 1 {
			return l.Href("page", "")
		}
		return l.Href("page", strconv.Itoa(page))
	}}
}

// paged says whether there is anything to choose about pages.
func (l List) paged() bool { return l.Total > slices.Min(PageSizes()) }

func (l List) sizeHref(size int) string {
	if size == PageSizes()[0] {
		return l.Href("size", "", "page", "")
	}
	return l.Href("size", strconv.Itoa(size), "page", "")
}

func sizes() []int { return slices.Sorted(slices.Values(PageSizes())) }
