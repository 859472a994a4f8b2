package handlers

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views"
)

// guideNewest is how many of the newest services and load balancers the guide
// looks behind.
const guideNewest = 12

// guide is how far the account has come with the walkthroughs.
func (h *Home) guide(c echo.Context) ([]cloud.Walk, error) {
	ctx, caller, region := c.Request().Context(), h.Caller(c), h.Region(c)
	newest := cloud.Find{Desc: true, Size: guideNewest}
	services, err := caller.FindServices(ctx, region, newest)
	if err != nil {
		return nil, fmt.Errorf("list endpoint services: %w", err)
	}
	balancers, err := caller.FindBalancers(ctx, region, newest)
	if err != nil {
		return nil, fmt.Errorf("list load balancers: %w", err)
	}
	group := cloud.WalkStep{ID: "group"}
	for _, s := range services.Items {
		if group.Done {
			break
		}
		group = lets(group, h.guards(c, s))
	}
	for _, b := range balancers.Items {
		if group.Done {
			break
		}
		group = lets(group, h.Live.Guards(ctx, inFull(b.Listeners), b.ID))
	}
	return caller.Guide(ctx, region, group)
}

// inFull are the mappings of a service that would publish each listener on
// its own port.
func inFull(listeners []cloud.Listener) []cloud.Mapping {
	out := make([]cloud.Mapping, 0, len(listeners))
	for _, l := range listeners {
		out = append(out, cloud.Mapping{Protocol: l.Protocol, ServicePort: l.Port, Port: l.Port})
	}
	return out
}

// lets ticks the step off when the groups of one of the backends let the
// endpoints' range in (TYS-12), and else leads to one that does not.
func lets(step cloud.WalkStep, guards []reach.Guard) cloud.WalkStep {
	for _, g := range guards {
		if g.Groups.Fix.ID == "" {
			continue
		}
		step.Done = g.Groups.Outcome == reach.Pass
		step.On = views.RefOf(g.Groups.Fix)
		if step.Done {
			break
		}
	}
	return step
}
