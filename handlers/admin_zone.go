package handlers

import (
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// zoneRoutes are the page that makes zones fail and brings them back.
func (h *Admin) zoneRoutes(g *echo.Group) {
	g.GET("/zones", h.zones)
	g.GET("/zones/:zone/fail", func(c echo.Context) error { return h.ShowForm(c, h.failZonePage) })
	g.POST("/zones/:zone/fail", h.failZone(true, "admin.zone.failed"))
	g.POST("/zones/:zone/restore", h.failZone(false, "admin.zone.restored"))
}

func (h *Admin) zones(c echo.Context) error {
	f := h.Frame(c)
	p := views.AdminZones{Regions: cloud.RegionsOf(f.Edition.Cloud)}
	if len(p.Regions) == 0 {
		p.Regions = cloud.RegionsOf(cloud.Aliyun) // where a console without regions has its things
	}
	var err error
	if p.Zones, err = h.Caller(c).ZoneUses(c.Request().Context(), p.Regions...); err != nil {
		return fmt.Errorf("list the zones: %w", err)
	}
	return h.Render(c, http.StatusOK, views.AdminZonesPage(f, p))
}

func (h *Admin) failZonePage(c echo.Context, form ui.Form) (templ.Component, error) {
	z, err := h.Caller(c).ZoneUse(c.Request().Context(), c.Param("zone"))
	if err != nil {
		return nil, fmt.Errorf("read zone %s: %w", c.Param("zone"), err)
	}
	return views.AdminZoneFailPage(h.Frame(c), views.AdminZone{Form: form, Zone: z}), nil
}

func (h *Admin) failZone(failed bool, said string) echo.HandlerFunc {
	return func(c echo.Context) error {
		zone := c.Param("zone")
		if err := h.Caller(c).FailZone(c.Request().Context(), zone, failed); err != nil {
			return h.Fail(c, fmt.Errorf("switch zone %s: %w", zone, err), h.failZonePage)
		}
		return h.Redirect(c, "/admin/zones", said, "zone", zone)
	}
}
