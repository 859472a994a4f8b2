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

// Account is the page of the signed-in account.
type Account struct{ *Base }

// Routes registers the page.
func (h *Account) Routes(g *echo.Group) {
	g.GET("/account", h.show)
	g.GET("/account/password", h.password)
	g.POST("/account/password", h.setPassword)
}

func (h *Account) show(c echo.Context) error {
	ctx, caller := c.Request().Context(), h.Caller(c)
	var p views.AccountInfo
	var err error
	if h.cloud(c) != cloud.Zilliz {
		if p.Quotas, err = caller.Quotas(ctx, h.Region(c)); err != nil {
			return fmt.Errorf("count what is used: %w", err)
		}
	}
	if p.Subs, err = caller.SubAccounts(ctx); err != nil {
		return fmt.Errorf("list sub-accounts: %w", err)
	}
	return h.Render(c, http.StatusOK, views.AccountPage(h.Frame(c), p))
}

func (h *Account) password(c echo.Context) error { return h.ShowForm(c, h.passwordPage) }

func (h *Account) passwordPage(c echo.Context, form ui.Form) (templ.Component, error) {
	return views.PasswordPage(h.Frame(c), form), nil
}

func (h *Account) setPassword(c echo.Context) error {
	form := h.Form(c)
	a, err := h.Caller(c).ChangePassword(c.Request().Context(), form.Value("old"), form.Value("password"), form.Value("repeat"))
	if err != nil {
		return h.Fail(c, fmt.Errorf("change the password: %w", err), h.passwordPage)
	}
	h.scope(c).session.carry(a)
	return h.Redirect(c, "/account", "account.password.done")
}
