package handlers

import (
	"fmt"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// resourceRoutes are the service resources of one service. A resource is
// named by its zone and its CLB, as its ID is.
func (h *Service) resourceRoutes(g *echo.Group) {
	g.GET("/endpoint-services/:id/resources/new", h.newResource)
	g.POST("/endpoint-services/:id/resources/new", h.addResource)
	g.GET("/endpoint-services/:id/resources/:zone/:balancer/remove", h.askRemoveResource)
	g.POST("/endpoint-services/:id/resources/:zone/:balancer/remove", h.removeResource)
}

func (h *Service) newResource(c echo.Context) error { return h.ShowForm(c, h.resourceForm) }

func (h *Service) resourceForm(c echo.Context, form ui.Form) (templ.Component, error) {
	ctx := c.Request().Context()
	s, err := h.Caller(c).Service(ctx, c.Param("id"))
	if err != nil {
		return nil, fmt.Errorf("read endpoint service %s: %w", c.Param("id"), err)
	}
	all, err := h.Caller(c).Balancers(ctx, s.Region)
	if err != nil {
		return nil, fmt.Errorf("list CLBs: %w", err)
	}
	region, _ := cloud.FindRegion(s.Region)
	p := views.ServiceNew{Form: form, Rows: 1, Zones: region.Zones, Balancers: all}
	return views.ResourceNewPage(h.Frame(c), s, p), nil
}

func (h *Service) addResource(c echo.Context) error {
	form, id := h.Form(c), c.Param("id")
	in := cloud.ResourceInput{Zone: form.Value("zone"), Balancer: form.Value("balancer")}
	ctx := c.Request().Context()
	if err := h.Caller(c).AddResource(ctx, id, in); err != nil {
		return h.Fail(c, fmt.Errorf("add a service resource: %w", err), h.resourceForm)
	}
	b, err := h.Caller(c).Balancer(ctx, in.Balancer)
	if err != nil {
		return fmt.Errorf("read CLB %s: %w", in.Balancer, err)
	}
	return h.Redirect(c, "/endpoint-services/"+id+"?tab=resources", "service.resources.added", "name", b.Name, "zone", in.Zone)
}

func (h *Service) askRemoveResource(c echo.Context) error { return h.ShowForm(c, h.removeResourcePage) }

func (h *Service) removeResourcePage(c echo.Context, form ui.Form) (templ.Component, error) {
	s, err := h.Caller(c).Service(c.Request().Context(), c.Param("id"))
	if err != nil {
		return nil, fmt.Errorf("read endpoint service %s: %w", c.Param("id"), err)
	}
	for _, r := range s.Resources {
		if r.Zone == c.Param("zone") && r.Balancer == c.Param("balancer") {
			holders, err := h.Caller(c).ResourceHolders(c.Request().Context(), s.ID, r.ID)
			if err != nil {
				return nil, fmt.Errorf("list what keeps %s: %w", r.ID, err)
			}
			return views.ResourceRemovePage(h.Frame(c), views.ResourceRemove{Form: form, Service: s, Resource: r, Holders: holders}), nil
		}
	}
	return nil, echo.ErrNotFound
}

func (h *Service) removeResource(c echo.Context) error {
	id := c.Param("id")
	resource := id + "/" + c.Param("zone") + "/" + c.Param("balancer")
	if err := h.Caller(c).RemoveResource(c.Request().Context(), id, resource); err != nil {
		return h.Fail(c, fmt.Errorf("remove a service resource: %w", err), h.removeResourcePage)
	}
	return h.Redirect(c, "/endpoint-services/"+id+"?tab=resources", "service.resources.removed")
}
