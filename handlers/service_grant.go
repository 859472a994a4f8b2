package handlers

import (
	"fmt"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// grantRoutes are the whitelist of one service; the list itself is the tab
// "grants" of its page.
func (h *Service) grantRoutes(g *echo.Group) {
	g.POST("/endpoint-services/:id", h.addGrant)
	g.GET("/endpoint-services/:id/grants/:account/remove", h.askRemoveGrant)
	g.POST("/endpoint-services/:id/grants/:account/remove", h.removeGrant)
}

// addGrant is posted to the page itself with ?tab=grants, so that a refusal
// shows the same tab at the same address.
func (h *Service) addGrant(c echo.Context) error {
	id, account := c.Param("id"), strings.TrimSpace(h.Form(c).Value("account"))
	if err := h.Caller(c).AddGrant(c.Request().Context(), id, account); err != nil {
		return h.Fail(c, fmt.Errorf("add to the whitelist: %w", err), h.detail)
	}
	return h.Redirect(c, "/endpoint-services/"+id+"?tab=grants", "service.grants.added", "id", account)
}

func (h *Service) askRemoveGrant(c echo.Context) error { return h.ShowForm(c, h.removeGrantPage) }

func (h *Service) removeGrantPage(c echo.Context, form ui.Form) (templ.Component, error) {
	s, err := h.Caller(c).Service(c.Request().Context(), c.Param("id"))
	if err != nil {
		return nil, fmt.Errorf("read endpoint service %s: %w", c.Param("id"), err)
	}
	for _, g := range s.Grants {
		if g.Grantee == c.Param("account") {
			entry, err := h.entry(c, g.Grantee)
			if err != nil {
				return nil, err
			}
			return views.GrantRemovePage(h.Frame(c), views.GrantRemove{Form: form, Service: s, Grant: g, Entry: entry}), nil
		}
	}
	return nil, echo.ErrNotFound
}

func (h *Service) removeGrant(c echo.Context) error {
	id, account := c.Param("id"), c.Param("account")
	if err := h.Caller(c).RemoveGrant(c.Request().Context(), id, account); err != nil {
		return h.Fail(c, fmt.Errorf("remove from the whitelist: %w", err), h.removeGrantPage)
	}
	entry, err := h.entry(c, account)
	if err != nil {
		return err
	}
	return h.Redirect(c, "/endpoint-services/"+id+"?tab=grants", "service.grants.removed", "id", entry)
}

// entry is how the whitelists of this cloud write an account.
func (h *Service) entry(c echo.Context, grantee string) (string, error) {
	if h.cloud(c) != cloud.Ctyun {
		return grantee, nil
	}
	accounts, err := h.Engine.Accounts(c.Request().Context())
	if err != nil {
		return "", fmt.Errorf("list accounts: %w", err)
	}
	return views.GrantEntry(accounts, grantee), nil
}
