package ui

import (
	"slices"
	"strconv"
)

// Col is one column's head.
type Col struct {
	Label  string
	Num    bool // numbers: end-aligned, tabular
	Ops    bool // the actions at the end
	Hidden bool // the head is for screen readers only
	// Sort is the column's name in the address of a Sorted table, empty when
	// it cannot be sorted by.
	Sort string
}

// shown are the columns that have a label.
func shown(cols []Col) []Col {
	return slices.DeleteFunc(slices.Clone(cols), func(c Col) bool { return c.Label == "" })
}

func (c Col) class() string {
	switch {
	case c.Num:
		return "num"
	case c.Ops:
		return "ops"
	}
	return ""
}

// Pager is one page of a longer list.
type Pager struct {
	Page  int // from 1
	Size  int // rows on a page
	Total int
	Href  func(page int) string
}

// PageSize is the number of rows lists show.
const PageSize = 50

// Cut answers the part of items the page shows and its pager. A page past the
// end shows the last one.
func Cut[T any](items []T, page int, href func(page int) string) ([]T, Pager) {
	p := Pager{Page: page, Size: PageSize, Total: len(items), Href: href}
	p.Page = max(1, min(p.Page, p.last()))
	return items[p.from()-min(1, len(items)) : p.to()], p
}

func (p Pager) last() int { return max(1, (p.Total+p.Size-1)/max(1, p.Size)) }

func (p Pager) from() int { return min((p.Page-1)*p.Size+1, p.Total) }

func (p Pager) to() int { return min(p.Page*p.Size, p.Total) }

func (p Pager) href(page int) string {
	if p.Href == nil {
		return "?page=" + strconv.Itoa(page)
	}
	return p.Href(page)
}

// near lists the pages to link: all of a few, else those around this one.
func (p Pager) near() []int {
	lo, hi := max(1, p.Page-3), min(p.last(), p.Page+3)
	out := make([]int, 0, 7)
	for i := lo; i <= hi; i++ {
		out = append(out, i)
	}
	return out
}
