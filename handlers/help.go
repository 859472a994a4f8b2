package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views"
)

// Help is the page of the product's questions and answers.
type Help struct{ *Base }

// Routes registers the page. "service" asks for a check of a service's
// backends, so that the result can be reloaded and linked to.
func (h *Help) Routes(g *echo.Group) {
	g.GET("/help", h.show)
}

// checkable is how many services the page offers to check.
const checkable = 100

func (h *Help) show(c echo.Context) error {
	ctx, caller, f := c.Request().Context(), h.Caller(c), h.Frame(c)
	if f.Edition.Pages.Help == nil {
		return echo.ErrNotFound
	}
	p := views.Help{Check: views.Check{Range: h.Engine.SNAT()}, Asked: c.QueryParam("service")}
	var err error
	if p.Services, err = caller.NewestServices(ctx, f.Region, checkable); err != nil {
		return fmt.Errorf("list endpoint services: %w", err)
	}
	if p.Quotas, err = caller.Quotas(ctx, f.Region); err != nil {
		return fmt.Errorf("read the quotas: %w", err)
	}
	if p.Asked != "" {
		s, err := caller.Service(ctx, p.Asked)
		if err != nil && cloud.AsError(err) == nil {
			return fmt.Errorf("read endpoint service %s: %w", p.Asked, err)
		}
		if err == nil && s.Region == f.Region {
			p.Service = s
		}
		p.Check.Guards = h.guards(c, p.Service)
	}
	return h.Render(c, http.StatusOK, f.Edition.Pages.Help(f, p))
}

// guards is what the judge says of everything behind a service.
func (b *Base) guards(c echo.Context, s cloud.ServiceView) []reach.Guard {
	var out []reach.Guard
	for _, r := range s.Resources {
		out = append(out, b.Live.Guards(c.Request().Context(), s.Mappings, r.Behind())...)
	}
	return out
}
