package handlers

import (
	"fmt"
	"net/http"
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

// eventReads bounds how many times the log is read for one page, when most of
// it is not what was asked for.
const eventReads = 20

// list shows a page of the trail: the events before the sequence number
// ?before=, of one ?resource=, by ?who=people or anyone.
func (h *Event) list(c echo.Context) error {
	p := views.EventList{
		Resource: strings.TrimSpace(c.QueryParam("resource")), People: c.QueryParam("who") == "people",
	}
	if n, err := strconv.ParseInt(c.QueryParam("before"), 10, 64); err == nil && n > 0 {
		p.Before = n
	}
	var err error
	if p.Items, p.More, err = h.events(c, p.Resource, p.Before, p.People); err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, views.EventListPage(h.Frame(c), p))
}

// events answers one page of events; more says that there are older ones.
func (b *Base) events(c echo.Context, resource string, before int64, people bool) (out []cloud.Event, more bool, err error) {
	for range eventReads {
		batch, err := b.Caller(c).Events(c.Request().Context(), resource, before, ui.PageSize+1)
		if err != nil {
			return nil, false, fmt.Errorf("list events: %w", err)
		}
		for _, e := range batch {
			if people && e.Actor == cloud.SystemActor {
				continue
			}
			if len(out) == ui.PageSize {
				return out, true, nil
			}
			out = append(out, e)
		}
		if len(batch) <= ui.PageSize {
			return out, false, nil
		}
		before = batch[len(batch)-1].Seq
	}
	return out, true, nil
}
