package handlers

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// Attempt is the log of attempts to connect.
type Attempt struct{ *Base }

// Routes registers the page.
func (h *Attempt) Routes(g *echo.Group) {
	g.GET("/attempts", h.list)
}

// attemptsKept is how far back the page of all attempts looks.
const attemptsKept = 1000

// list shows the newest attempts; ?refused=1, ?endpoint= and ?service= narrow
// them down.
func (h *Attempt) list(c echo.Context) error {
	ctx, caller := c.Request().Context(), h.Caller(c)
	p := views.AttemptList{
		Limit: attemptsKept, Endpoint: c.QueryParam("endpoint"), Service: c.QueryParam("service"),
		RefusedOnly: c.QueryParam("refused") != "",
	}
	q := cloud.AttemptQuery{Endpoint: p.Endpoint, Service: p.Service, Refused: p.RefusedOnly, Limit: attemptsKept}
	all, err := caller.Attempts(ctx, q)
	if err != nil {
		return fmt.Errorf("list attempts: %w", err)
	}
	q.Since, q.Refused = h.Now().Add(-24*time.Hour), false
	if p.Allowed, p.Refused, err = caller.Tally(ctx, q); err != nil {
		return fmt.Errorf("count attempts: %w", err)
	}
	if p.Endpoints, err = caller.Endpoints(ctx, h.Region(c), ""); err != nil {
		return fmt.Errorf("list endpoints: %w", err)
	}
	if p.Services, err = caller.Services(ctx, h.Region(c)); err != nil {
		return fmt.Errorf("list endpoint services: %w", err)
	}
	f := h.Frame(c)
	p.Items, p.Pager = ui.Cut(all, h.PageNumber(c), f.PageHref)
	return h.Render(c, http.StatusOK, views.AttemptListPage(f, p))
}
