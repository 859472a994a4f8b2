package handlers

import (
	"context"
	"fmt"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// Admin is the administrator's pages: the accounts and the installation's
// settings. The engine refuses everybody else.
type Admin struct{ *Base }

// Routes registers the pages.
func (h *Admin) Routes(g *echo.Group) {
	g = g.Group("/admin", h.adminsOnly)
	g.GET("", func(c echo.Context) error { return h.Redirect(c, "/admin/accounts", "") })
	g.GET("/settings", h.settings)
	g.POST("/settings", h.save)
	h.accountRoutes(g)
	h.zoneRoutes(g)
	h.labRoutes(g)
}

// adminsOnly refuses others before a page reads anything.
func (h *Admin) adminsOnly(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !h.Frame(c).Self.Admin {
			return &cloud.Error{Kind: cloud.Denied, Key: "error.admin"}
		}
		return next(c)
	}
}

func (h *Admin) settings(c echo.Context) error { return h.ShowForm(c, h.settingsPage) }

func (h *Admin) settingsPage(c echo.Context, form ui.Form) (templ.Component, error) {
	ctx := c.Request().Context()
	p := views.AdminSettings{Form: form, Facts: h.facts(), Fixed: map[string]bool{}, Used: map[string]cloud.Quota{}, Last: map[string]cloud.Event{}}
	now := h.Engine.Installation()
	for _, k := range cloud.Knobs() {
		if p.Fixed[k.ID] = h.Engine.Fixed(k.ID); p.Fixed[k.ID] {
			form.Set(k.ID, now.Value(k.ID))
		}
		form.Default(k.ID, now.Value(k.ID))
	}
	fullest, err := h.Caller(c).Fullest(ctx)
	if err != nil {
		return nil, fmt.Errorf("count what is used: %w", err)
	}
	for _, q := range fullest {
		p.Used[q.Knob] = q
	}
	if err := h.lastChanges(ctx, p.Last); err != nil {
		return nil, fmt.Errorf("read the changes of the settings: %w", err)
	}
	return views.AdminSettingsPage(h.Frame(c), p), nil
}

// lastChanges finds the newest change of each setting.
func (h *Admin) lastChanges(ctx context.Context, last map[string]cloud.Event) error {
	return h.Engine.View(ctx, func(tx *cloud.Tx) error {
		for _, k := range cloud.Knobs() {
			events, err := tx.Events.Recent(cloud.EventQuery{Resource: k.ID, Limit: 1})
			if err != nil {
				return err
			}
			if len(events) > 0 {
				last[k.ID] = events[0]
			}
		}
		return nil
	})
}

func (h *Admin) save(c echo.Context) error {
	form := h.Form(c)
	values := map[string]string{}
	for _, k := range cloud.Knobs() {
		if form.Values.Has(k.ID) {
			values[k.ID] = form.Value(k.ID)
		}
	}
	if err := h.Caller(c).SetInstallation(c.Request().Context(), values); err != nil {
		return h.Fail(c, fmt.Errorf("change the settings: %w", err), h.settingsPage)
	}
	return h.Redirect(c, "/admin/settings", "admin.saved")
}
