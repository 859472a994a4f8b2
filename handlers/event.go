package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// Event is the audit trail: who did what when (DESIGN idea 4).
type Event struct{ *Base }

// Routes registers the page.
func (h *Event) Routes(g *echo.Group) {
	g.GET("/events", h.list)
}

// eventFilters: what somebody did, or what was observed as well; and the kind
// of thing.
func eventFilters(f *views.Frame) []ui.Filter {
	return []ui.Filter{
		f.Filter("who", f.T("event.actor"), func(string) string { return f.T("event.filter.people") }, "people"),
		f.Filter("kind", f.T("event.resource"), func(v string) string { return f.T("kind." + v) }, f.EventKinds()...),
	}
}

// list shows a page of the trail, which ends or begins at the sequence number
// ?before= or ?after=; ?resource= is one thing's.
func (h *Event) list(c echo.Context) error {
	f := h.Frame(c)
	filters := eventFilters(f)
	find := asked(c, filters...)
	p := views.EventList{Resource: strings.TrimSpace(c.QueryParam("resource"))}
	p.Before, _ = strconv.ParseInt(c.QueryParam("before"), 10, 64)
	p.After, _ = strconv.ParseInt(c.QueryParam("after"), 10, 64)
	if find.Sort != "time" {
		find.Sort, find.Desc = "", false
	}
	p.Oldest = find.Sort == "time" && !find.Desc
	for _, d := range filters {
		if !slices.ContainsFunc(d.Options, func(o ui.Option) bool { return o.Value == find.Filter[d.Name] }) {
			delete(find.Filter, d.Name)
		}
	}
	var keep []string
	if p.Resource != "" {
		keep = []string{"resource", p.Resource}
	}
	p.List = ui.List{Find: find, All: 1, Filters: filters, Keep: keep, Href: func(pairs ...string) string {
		return f.With(append(pairs, "before", "", "after", "")...)
	}}
	q := cloud.EventQuery{
		Resource: p.Resource, Kind: find.Filter["kind"], People: find.Filter["who"] == "people",
		Words: strings.Fields(find.Words), Before: p.Before, After: p.After, Oldest: p.Oldest, Limit: find.Size,
	}
	var err error
	if p.Items, p.More, err = h.eventPage(c, q); err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, views.EventListPage(f, p))
}

// events answers the newest events of one thing; more says that there are
// older ones.
func (b *Base) events(c echo.Context, resource string) (out []cloud.Event, more bool, err error) {
	return b.eventPage(c, cloud.EventQuery{Resource: resource, Limit: ui.PageSizes()[0]})
}

func (b *Base) eventPage(c echo.Context, q cloud.EventQuery) (out []cloud.Event, more bool, err error) {
	size := q.Limit
	q.Limit++
	if out, err = b.Caller(c).FindEvents(c.Request().Context(), q); err != nil {
		return nil, false, fmt.Errorf("list events: %w", err)
	}
	return out[:min(size, len(out))], len(out) > size, nil
}
