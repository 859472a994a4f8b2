package handlers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// Home is the overview of an account in a region.
type Home struct{ *Base }

// Routes registers the page and its one action.
func (h *Home) Routes(g *echo.Group) {
	g.GET("", h.show)
	g = g.Group("", h.OfNetworks)
	g.POST("/build", h.build)
	// Where a refused build is shown: entering the address again leads home.
	g.GET("/build", func(c echo.Context) error { return h.Redirect(c, "", "") })
}

// shownRefusals is how many refused attempts the overview lists.
const shownRefusals = 5

func (h *Home) show(c echo.Context) error {
	if h.Frame(c).Edition.Place != "" {
		return h.enterProject(c)
	}
	return h.ShowForm(c, h.page)
}

// build does the tutorial's steps 1 to 5 by the engine's own use cases.
func (h *Home) build(c echo.Context) error {
	if err := h.Caller(c).BuildLab(c.Request().Context(), h.Region(c)); err != nil {
		return h.Fail(c, fmt.Errorf("build the lab: %w", err), h.page)
	}
	return h.Redirect(c, "", "tutorial.built")
}

func (h *Home) page(c echo.Context, form ui.Form) (templ.Component, error) {
	ctx, caller, region := c.Request().Context(), h.Caller(c), h.Region(c)
	p := views.Home{Form: form}
	var err error
	if p.Waiting, err = caller.Pending(ctx, region); err != nil {
		return nil, fmt.Errorf("list what waits: %w", err)
	}
	if h.Frame(c).Edition.Pages.Guide != nil {
		p.Guide, err = h.guide(c)
	} else {
		p.Tutorial, err = caller.Tutorial(ctx, region)
		err = errors.Join(err, h.zillizGuide(ctx, caller, region, &p))
	}
	if err != nil {
		return nil, fmt.Errorf("read the tutorial's progress: %w", err)
	}
	if err := h.links(ctx, caller, region, &p); err != nil {
		return nil, err
	}
	if err := h.attempts(ctx, caller, &p); err != nil {
		return nil, err
	}
	return views.HomePage(h.Frame(c), p), nil
}

// homeLinks is how many connections the overview draws; the list has all.
const homeLinks = 12

// links fills in how much there is, and the account's newest endpoints with
// what runs through them now.
func (h *Home) links(ctx context.Context, caller *cloud.Caller, region string, p *views.Home) error {
	live := h.Live.Busy()
	o, err := caller.Overview(ctx, region, homeLinks, slices.Collect(maps.Keys(live)))
	if err != nil {
		return fmt.Errorf("read the overview: %w", err)
	}
	p.Endpoints, p.Connected, p.Services, p.Users = o.Endpoints, o.Connected, o.Services, o.Users
	for _, id := range o.Busy {
		p.Flows += live[id]
	}
	for _, v := range o.Newest {
		p.Links = append(p.Links, h.link(v))
	}
	traffic, err := caller.Traffic(ctx, region, h.Now())
	if err != nil {
		return fmt.Errorf("sum up a day's traffic: %w", err)
	}
	p.In, p.Out = traffic.In, traffic.Out
	return nil
}

// link is an endpoint with what runs through it now and how what is behind it
// is.
func (b *Base) link(v cloud.EndpointView) views.HomeLink {
	l := views.HomeLink{Endpoint: v}
	sick, judged := true, false
	for _, z := range v.Zones {
		l.Flows += len(b.Live.Connections(z.ID))
		for _, health := range b.Live.Health(z.Balancer) {
			judged = true
			sick = sick && health.Known && !health.Healthy
		}
	}
	l.Sick = sick && judged
	return l
}

func (h *Home) attempts(ctx context.Context, caller *cloud.Caller, p *views.Home) error {
	var err error
	if p.Passed, p.Refused, err = caller.Tally(ctx, cloud.AttemptQuery{Since: h.Now().Add(-24 * time.Hour)}); err != nil {
		return fmt.Errorf("count attempts: %w", err)
	}
	if p.Attempts, err = caller.Attempts(ctx, cloud.AttemptQuery{Refused: true, Limit: shownRefusals}); err != nil {
		return fmt.Errorf("list refused attempts: %w", err)
	}
	return nil
}
