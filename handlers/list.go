package handlers

import (
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// asked is what an address asks of a list: "q", "sort" (a column, "-" before
// it turns the order round), "page", "size", and the named filters. What makes
// no sense is left out by the list itself.
func asked(c echo.Context, filters ...ui.Filter) cloud.Find {
	f := cloud.Find{Words: query(c), Filter: map[string]string{}, Size: ui.PageSizes()[0]}
	f.Sort, f.Desc = strings.CutPrefix(c.QueryParam("sort"), "-")
	f.Page, _ = strconv.Atoi(c.QueryParam("page"))
	if n, err := strconv.Atoi(c.QueryParam("size")); err == nil && slices.Contains(ui.PageSizes(), n) {
		f.Size = n
	}
	for _, d := range filters {
		if v := c.QueryParam(d.Name); v != "" {
			f.Filter[d.Name] = v
		}
	}
	return f
}

// listed is how the page of a list stands, for ui.Tools and its like. keep are
// pairs of the address that say which list it is.
func listed[T any](f *views.Frame, found cloud.Found[T], filters []ui.Filter, keep ...string) ui.List {
	return ui.List{Find: found.Find, Total: found.Total, All: found.All, Filters: filters, Keep: keep, Href: f.With}
}

// small is listed for a list inside another page, which has its search line
// only once there is something to search.
func small(l ui.List) ui.List {
	l.Few = fewRows
	return l
}

// fewRows are seen at a glance.
const fewRows = 5
