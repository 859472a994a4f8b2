package handlers

import (
	"fmt"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

func (h *Endpoint) zoneRoutes(g *echo.Group) {
	g.GET("/endpoints/:id/zones/new", h.newZone)
	g.POST("/endpoints/:id/zones/new", h.addZone)
	g.GET("/endpoints/:id/zones/:eni/remove", h.askRemoveZone)
	g.POST("/endpoints/:id/zones/:eni/remove", h.removeZone)
}

func (h *Endpoint) newZone(c echo.Context) error { return h.ShowForm(c, h.zonePage) }

// zonePage adds a zone to an endpoint; its fields are those of one row of the
// form that creates an endpoint, without the row's number.
func (h *Endpoint) zonePage(c echo.Context, form ui.Form) (templ.Component, error) {
	ctx, caller := c.Request().Context(), h.Caller(c)
	e, err := h.read(c)
	if err != nil {
		return nil, err
	}
	p := views.EndpointNew{Form: form}
	if p.Found, err = h.serviceOf(ctx, caller, e); err != nil {
		return nil, err
	}
	taken := func(zone string) bool {
		return slices.ContainsFunc(e.Zones, func(z cloud.ZoneView) bool { return z.Zone == zone })
	}
	p.Found.Zones = slices.DeleteFunc(slices.Clone(p.Found.Zones), taken)
	if p.VPC, err = caller.VPC(ctx, e.VPC); err != nil {
		return nil, fmt.Errorf("read VPC %s: %w", e.VPC, err)
	}
	if p.VSwitches, err = caller.VSwitches(ctx, e.Region, e.VPC); err != nil {
		return nil, fmt.Errorf("list vSwitches: %w", err)
	}
	f := h.Frame(c)
	if form.Err == nil {
		clearVSwitch(f, &p, "", 1)
	}
	fillVSwitches(form, p.VPC, p.VSwitches, []string{""})
	return views.EndpointZonePage(f, p, e), nil
}

func (h *Endpoint) addZone(c echo.Context) error {
	ctx, caller, form := c.Request().Context(), h.Caller(c), h.Form(c)
	e, err := h.read(c)
	if err != nil {
		return err
	}
	vpc, err := caller.VPC(ctx, e.VPC)
	if err != nil {
		return fmt.Errorf("read VPC %s: %w", e.VPC, err)
	}
	switches, err := caller.VSwitches(ctx, e.Region, e.VPC)
	if err != nil {
		return fmt.Errorf("list vSwitches: %w", err)
	}
	fillVSwitches(form, vpc, switches, []string{""})
	if err := caller.AddZone(ctx, e.ID, zoneInput(form, "")); err != nil {
		return h.Fail(c, fmt.Errorf("add a zone: %w", err), h.zonePage)
	}
	return h.Redirect(c, "/endpoints/"+e.ID, "endpoint.zone.added", "zone", form.Value("zone"))
}

func (h *Endpoint) askRemoveZone(c echo.Context) error { return h.ShowForm(c, h.removeZonePage) }

func (h *Endpoint) removeZonePage(c echo.Context, form ui.Form) (templ.Component, error) {
	e, err := h.read(c)
	if err != nil {
		return nil, err
	}
	for _, z := range e.Zones {
		if z.ID == c.Param("eni") {
			p := views.EndpointForm{Form: form, Endpoint: e, Flows: len(h.Live.Connections(z.ID))}
			return views.ZoneRemovePage(h.Frame(c), p, z), nil
		}
	}
	return nil, echo.ErrNotFound
}

func (h *Endpoint) removeZone(c echo.Context) error {
	id := c.Param("id")
	if err := h.Caller(c).RemoveZone(c.Request().Context(), id, c.Param("eni")); err != nil {
		return h.Fail(c, fmt.Errorf("remove a zone: %w", err), h.removeZonePage)
	}
	return h.Redirect(c, "/endpoints/"+id, "endpoint.zone.removing")
}
