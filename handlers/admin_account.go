package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

func (h *Admin) accountRoutes(g *echo.Group) {
	g.GET("/accounts", h.accounts)
	g.GET("/accounts/new", h.newAccount)
	g.POST("/accounts/new", h.makeAccount)
	g.GET("/accounts/:account", h.account)
	g.POST("/accounts/:account/admin", h.appoint)
	for _, what := range []string{views.AccountDisable, views.AccountEnable, views.AccountReset} {
		g.GET("/accounts/:account/"+what, h.asking(what))
		g.POST("/accounts/:account/"+what, h.doing(what))
	}
}

func (h *Admin) accounts(c echo.Context) error {
	all, err := h.Caller(c).AllAccounts(c.Request().Context())
	if err != nil {
		return fmt.Errorf("list accounts: %w", err)
	}
	f, p := h.Frame(c), views.AdminAccounts{Query: query(c), Total: len(all)}
	q := strings.ToLower(p.Query)
	found := slices.DeleteFunc(all, func(a cloud.AccountView) bool {
		return !strings.Contains(strings.ToLower(strings.Join([]string{a.Login, a.Name, a.NameEN, a.ID}, "\n")), q)
	})
	p.Items, p.Pager = ui.Cut(found, h.PageNumber(c), f.PageHref)
	return h.Render(c, http.StatusOK, views.AdminAccountsPage(f, p))
}

func (h *Admin) newAccount(c echo.Context) error { return h.ShowForm(c, h.newAccountPage) }

func (h *Admin) newAccountPage(c echo.Context, form ui.Form) (templ.Component, error) {
	p := views.AdminNew{Form: form}
	if id := form.Value("main"); id != "" {
		var err error
		if p.Main, err = h.Caller(c).AnyAccount(c.Request().Context(), id); err != nil {
			return nil, fmt.Errorf("read main account %s: %w", id, err)
		}
		if p.Main.Main != "" {
			return nil, echo.ErrNotFound // not one to have sub-accounts
		}
	}
	return views.AdminAccountNewPage(h.Frame(c), p), nil
}

func (h *Admin) makeAccount(c echo.Context) error {
	form := h.Form(c)
	a, password, err := h.Caller(c).MakeAccount(c.Request().Context(), cloud.NewAccount{
		Login: form.Value("login"), Name: form.Value("name"), NameEN: form.Value("nameen"),
		Password: form.Value("password"), Repeat: form.Value("repeat"), Admin: form.Value("admin") != "", Main: form.Value("main"),
	})
	if err != nil {
		return h.Fail(c, fmt.Errorf("make an account: %w", err), h.newAccountPage)
	}
	said := "admin.account.made"
	if password != "" {
		said = "admin.account.made.secret"
	}
	return h.RedirectSecret(c, "/admin/accounts/"+a.ID, password, said, "login", a.Login)
}

func (h *Admin) account(c echo.Context) error {
	a, err := h.read(c)
	if err != nil {
		return err
	}
	p := views.AdminAccount{Account: a}
	if p.Subs, err = h.subs(c, a); err != nil {
		return err
	}
	err = h.Engine.View(c.Request().Context(), func(tx *cloud.Tx) (err error) {
		p.Events, err = tx.Events.Recent(cloud.EventQuery{Resource: a.ID, Limit: ui.PageSize})
		return err
	})
	if err != nil {
		return fmt.Errorf("list what was done to account %s: %w", a.ID, err)
	}
	return h.Render(c, http.StatusOK, views.AdminAccountPage(h.Frame(c), p))
}

// subs are the sub-accounts of a main account.
func (h *Admin) subs(c echo.Context, of cloud.AccountView) ([]cloud.AccountView, error) {
	all, err := h.Caller(c).AllAccounts(c.Request().Context())
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return slices.DeleteFunc(all, func(a cloud.AccountView) bool { return a.Main != of.ID }), nil
}

func (h *Admin) read(c echo.Context) (cloud.AccountView, error) {
	a, err := h.Caller(c).AnyAccount(c.Request().Context(), c.Param("account"))
	if err != nil {
		return a, fmt.Errorf("read account %s: %w", c.Param("account"), err)
	}
	return a, nil
}

// asking is the page that asks before an account is disabled, enabled or
// given a new password.
func (h *Admin) asking(what string) echo.HandlerFunc {
	return func(c echo.Context) error { return h.ShowForm(c, h.askPage(what)) }
}

func (h *Admin) askPage(what string) FormPage {
	return func(c echo.Context, form ui.Form) (templ.Component, error) {
		a, err := h.read(c)
		if err != nil {
			return nil, err
		}
		return views.AdminAccountAskPage(h.Frame(c), views.AdminAsk{Form: form, Account: a, What: what}), nil
	}
}

func (h *Admin) doing(what string) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, id := c.Request().Context(), c.Param("account")
		var a cloud.Account
		var password string
		var err error
		switch what {
		case views.AccountReset:
			a, password, err = h.Caller(c).ResetPassword(ctx, id)
		default:
			a, err = h.Caller(c).DisableAccount(ctx, id, what == views.AccountDisable)
		}
		if err != nil {
			return h.Fail(c, fmt.Errorf("%s account %s: %w", what, id, err), h.askPage(what))
		}
		if what == views.AccountReset && a.ID == h.Frame(c).Self.ID {
			h.scope(c).session.carry(a)
		}
		return h.RedirectSecret(c, "/admin/accounts/"+id, password, "admin.account."+what+".done", "login", a.Login)
	}
}

// appoint makes an account an administrator, or takes that from it.
func (h *Admin) appoint(c echo.Context) error {
	a, err := h.Caller(c).AppointAccount(c.Request().Context(), c.Param("account"), h.Form(c).Value("admin") == "yes")
	if err != nil {
		return fmt.Errorf("appoint account %s: %w", c.Param("account"), err)
	}
	said := "admin.account.plain.done"
	if a.Admin {
		said = "admin.account.admin.done"
	}
	if a.ID == h.Frame(c).Self.ID && !a.Admin {
		return h.Redirect(c, "/account", said, "login", a.Login)
	}
	return h.Redirect(c, "/admin/accounts/"+a.ID, said, "login", a.Login)
}
