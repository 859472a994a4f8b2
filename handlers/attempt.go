package handlers

import (
	"fmt"
	"net/http"
	"slices"
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

// attemptChoices is how many endpoints and services the filters offer: the
// newest ones.
const attemptChoices = 100

// list shows a page of the attempts, newest first; ?endpoint=, ?service=,
// ?result= and ?q= narrow them down. ?refused=1 is an older word for
// ?result=refused.
func (h *Attempt) list(c echo.Context) error {
	ctx, caller, f := c.Request().Context(), h.Caller(c), h.Frame(c)
	filters, err := h.filters(c)
	if err != nil {
		return err
	}
	find := asked(c, filters...)
	if c.QueryParam("refused") != "" && find.Filter["result"] == "" {
		find.Filter["result"] = "refused"
	}
	found, err := caller.FindAttempts(ctx, find)
	if err != nil {
		return fmt.Errorf("list attempts: %w", err)
	}
	p := views.AttemptList{List: listed(f, found, filters)}
	p.Items = found.Items
	day := cloud.AttemptQuery{Since: h.Now().Add(-24 * time.Hour), Endpoint: found.Find.Filter["endpoint"], Service: found.Find.Filter["service"]}
	if p.Allowed, p.Refused, err = caller.Tally(ctx, day); err != nil {
		return fmt.Errorf("count attempts: %w", err)
	}
	return h.Render(c, http.StatusOK, views.AttemptListPage(f, p))
}

// filters offer the newest endpoints and services, and those that the address
// names.
func (h *Attempt) filters(c echo.Context) ([]ui.Filter, error) {
	ctx, caller, f, region := c.Request().Context(), h.Caller(c), h.Frame(c), h.Region(c)
	endpoint := ui.Filter{Name: "endpoint", Label: f.T("kind.endpoint"), All: f.T("attempt.filter.all.e")}
	newest, err := caller.NewestEndpoints(ctx, region, attemptChoices)
	if err != nil {
		return nil, fmt.Errorf("list endpoints: %w", err)
	}
	for _, e := range newest {
		endpoint.Options = append(endpoint.Options, ui.Option{Value: e.ID, Label: e.Name})
	}
	service := ui.Filter{Name: "service", Label: f.T("kind.service"), All: f.T("attempt.filter.all.s")}
	services, err := caller.NewestServices(ctx, region, attemptChoices)
	if err != nil {
		return nil, fmt.Errorf("list endpoint services: %w", err)
	}
	for _, s := range services {
		service.Options = append(service.Options, ui.Option{Value: s.ID, Label: s.ID})
	}
	result := f.Filter("result", f.T("attempt.verdict"), func(v string) string { return f.T("attempt." + v) }, "refused", "allowed")
	out := []ui.Filter{endpoint, service, result}
	for i, d := range out[:2] {
		at := func(o ui.Option) bool { return o.Value == c.QueryParam(d.Name) }
		if v := c.QueryParam(d.Name); v != "" && !slices.ContainsFunc(d.Options, at) {
			out[i].Options = append(d.Options, ui.Option{Value: v, Label: v})
		}
	}
	return out, nil
}
