package handlers

import (
	"fmt"
	"strconv"

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
	g.GET("/endpoint-services/:id/resources/:zone/:balancer/replace", func(c echo.Context) error { return h.ShowForm(c, h.replacePage) })
	g.POST("/endpoint-services/:id/resources/:zone/:balancer/replace", h.replaceResource)
	g.POST("/endpoint-services/:id/resources/:zone/:balancer/auto", h.autoResource)
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

// resource reads the resource that an address names, and the endpoints that keep
// it.
func (h *Service) resource(c echo.Context) (s cloud.ServiceView, r cloud.ResourceView, holders []cloud.EndpointView, err error) {
	ctx := c.Request().Context()
	if s, err = h.Caller(c).Service(ctx, c.Param("id")); err != nil {
		return s, r, nil, fmt.Errorf("read endpoint service %s: %w", c.Param("id"), err)
	}
	for _, r := range s.Resources {
		if r.ID == resourceID(c) {
			if holders, err = h.Caller(c).ResourceHolders(ctx, s.ID, r.ID); err != nil {
				return s, r, nil, fmt.Errorf("list what keeps %s: %w", r.ID, err)
			}
			return s, r, holders, nil
		}
	}
	return s, r, nil, echo.ErrNotFound
}

func resourceID(c echo.Context) string {
	return c.Param("id") + "/" + c.Param("zone") + "/" + c.Param("balancer")
}

func (h *Service) removeResourcePage(c echo.Context, form ui.Form) (templ.Component, error) {
	s, r, holders, err := h.resource(c)
	if err != nil {
		return nil, err
	}
	return views.ResourceRemovePage(h.Frame(c), views.ResourceRemove{Form: form, Service: s, Resource: r, Holders: holders}), nil
}

// replacePage moves endpoints to another resource of the zone, all of them unless
// the reader wants to choose.
func (h *Service) replacePage(c echo.Context, form ui.Form) (templ.Component, error) {
	s, r, holders, err := h.resource(c)
	if err != nil {
		return nil, err
	}
	f := h.Frame(c)
	moveDefaults(form, f.OtherResources(s.Resources, r.Zone, r.ID))
	form.Default("which", "all")
	return views.ResourceReplacePage(f, views.ResourceReplace{Form: form, Service: s, Resource: r, Holders: holders}), nil
}

func (h *Service) replaceResource(c echo.Context) error {
	id := c.Param("id")
	moved, left, err := h.Caller(c).ReplaceResource(c.Request().Context(), id, resourceID(c), moveInput(h.Form(c)))
	if err != nil {
		return h.Fail(c, fmt.Errorf("replace a service resource: %w", err), h.replacePage)
	}
	said := "service.resources.replaced"
	if left > 0 {
		said = "service.resources.replaced.some"
	}
	return h.Redirect(c, "/endpoint-services/"+id+"?tab=resources", said, "zone", c.Param("zone"), "n", strconv.Itoa(moved), "left", strconv.Itoa(left))
}

// autoResource turns the automatic assignment of a resource on or off.
func (h *Service) autoResource(c echo.Context) error {
	id := c.Param("id")
	if err := h.Caller(c).SetResourceManual(c.Request().Context(), id, resourceID(c), h.Form(c).Value("auto") == "no"); err != nil {
		return fmt.Errorf("set the assignment of a service resource: %w", err)
	}
	return h.Redirect(c, "/endpoint-services/"+id+"?tab=resources", "service.resources.auto.done")
}

func (h *Service) removeResource(c echo.Context) error {
	id := c.Param("id")
	if err := h.Caller(c).RemoveResource(c.Request().Context(), id, resourceID(c)); err != nil {
		return h.Fail(c, fmt.Errorf("remove a service resource: %w", err), h.removeResourcePage)
	}
	return h.Redirect(c, "/endpoint-services/"+id+"?tab=resources", "service.resources.removed")
}
