package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// Login signs accounts in and out and switches between them (COM-03).
type Login struct{ *Base }

// Routes registers the ways in, which need no account.
func (h *Login) Routes(g *echo.Group) {
	g.GET("/", h.enter)
	g.GET("/:edition", h.enter)
	g.GET("/login", h.show)
	g.POST("/login", h.signIn)
	g.POST("/login/demo", h.demo)
	g.GET("/welcome", h.welcome)
	g.POST("/welcome", h.first)
	g.POST("/switch", h.switchTo)
	g.POST("/logout", h.signOut)
}

// enter leads to the overview of an edition, by way of the login page when
// nobody is signed in to it.
func (h *Login) enter(c echo.Context) error {
	e := h.Editions[0]
	if id := c.Param("edition"); id != "" {
		if e = h.edition(id); e == nil {
			return echo.ErrNotFound
		}
	}
	return c.Redirect(http.StatusSeeOther, e.Home())
}

// toLogin sends a reader whose session is over to the login page and back.
// Whoever asked without being able to show a login page is told in its own
// way: the stream of changes ends, a part of a page leaves the page as it is
// and lets app.js lead on, a program gets a status.
func (b *Base) toLogin(c echo.Context) error {
	r := c.Request()
	login := "/login?next=" + url.QueryEscape(wayBack(r))
	accept := r.Header.Get("Accept")
	switch {
	case strings.HasSuffix(c.Path(), streamPath):
		return endStream(c)
	case r.Header.Get("HX-Request") != "":
		c.Response().Header().Set("HX-Trigger", `{"signin":{"at":`+strconv.Quote(login)+`}}`)
		return c.NoContent(http.StatusNoContent)
	case strings.Contains(accept, "json") && !strings.Contains(accept, "html"):
		return c.JSON(http.StatusUnauthorized, map[string]string{"error": b.Frame(c).T("login.title"), "login": login})
	}
	return c.Redirect(http.StatusSeeOther, login)
}

// longestForm bounds a form that goes through an address.
const longestForm = 4 << 10

// wayBack is the page to come back to after signing in. A form is shown at the
// address it posts to and reads what was typed from the query, so nothing but
// passwords is lost, which do not belong into an address; what a button alone posts leads back to the page of the button.
func wayBack(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.URL.RequestURI()
	}
	from, err := url.Parse(r.Referer())
	if err != nil || from.Path != r.URL.Path {
		if err != nil || from.Host != r.Host {
			return "/"
		}
		return from.RequestURI()
	}
	if r.ParseForm() == nil {
		for _, secret := range []string{"old", "password", "repeat", ui.OnceField} {
			r.PostForm.Del(secret)
		}
		if typed := r.PostForm.Encode(); typed != "" && len(typed) <= longestForm {
			return r.URL.Path + "?" + typed
		}
	}
	return r.URL.Path
}

// target is where to go after signing in, and the edition it belongs to.
func (h *Login) target(next string) (string, *views.Edition) {
	for _, e := range h.Editions {
		if next == "/"+e.ID || strings.HasPrefix(next, "/"+e.ID+"/") {
			return local(next, e.Home()), e
		}
	}
	return h.Editions[0].Home(), h.Editions[0]
}

func (h *Login) show(c echo.Context) error {
	has, err := h.Engine.HasAccounts(c.Request().Context())
	if err != nil {
		return fmt.Errorf("ask for the first account: %w", err)
	}
	if !has {
		return c.Redirect(http.StatusSeeOther, "/welcome")
	}
	return h.ShowForm(c, h.page)
}

func (h *Login) page(c echo.Context, form ui.Form) (templ.Component, error) {
	demo, err := h.Engine.DemoAccounts(c.Request().Context())
	if err != nil {
		return nil, fmt.Errorf("list demo accounts: %w", err)
	}
	_, e := h.target(form.Value("next"))
	return views.LoginPage(h.Frame(c), views.Login{Form: form, Demo: demo, Cloud: e.Cloud}), nil
}

func (h *Login) signIn(c echo.Context) error {
	form := h.Form(c)
	a, err := h.Engine.SignIn(c.Request().Context(), form.Value("login"), form.Value("password"), c.RealIP())
	if err != nil {
		return h.Fail(c, err, h.page)
	}
	return h.enterAs(c, a, form.Value("next"))
}

func (h *Login) demo(c echo.Context) error {
	form := h.Form(c)
	a, err := h.Engine.SignInDemo(c.Request().Context(), form.Value("account"))
	if err != nil {
		return err
	}
	return h.enterAs(c, a, form.Value("next"))
}

func (h *Login) enterAs(c echo.Context, a cloud.Account, next string) error {
	to, e := h.target(next)
	s := h.scope(c)
	s.session.signIn(e.ID, a, h.Now().Add(h.Engine.Installation().SessionLife))
	if err := h.Sessions.Save(c.Response(), c.Request(), s.session); err != nil {
		return fmt.Errorf("keep the session: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// welcome makes the first account of a new installation.
func (h *Login) welcome(c echo.Context) error {
	has, err := h.Engine.HasAccounts(c.Request().Context())
	if err != nil {
		return fmt.Errorf("ask for the first account: %w", err)
	}
	if has {
		return c.Redirect(http.StatusSeeOther, "/login")
	}
	return h.ShowForm(c, h.firstPage)
}

func (h *Login) firstPage(c echo.Context, form ui.Form) (templ.Component, error) {
	return views.FirstPage(h.Frame(c), form), nil
}

func (h *Login) first(c echo.Context) error {
	form := h.Form(c)
	a, err := h.Engine.CreateFirstAccount(c.Request().Context(), cloud.AccountInput{
		Name: form.Value("name"), Login: form.Value("login"),
		Password: form.Value("password"), Repeat: form.Value("repeat"),
	})
	if err != nil {
		return h.Fail(c, err, h.firstPage)
	}
	return h.enterAs(c, a, "")
}

// switchTo acts as another account: one this browser has signed in to, or a
// demo account.
func (h *Login) switchTo(c echo.Context) error {
	ctx := c.Request().Context()
	form := h.Form(c)
	s := h.scope(c)
	allowed, err := h.switchable(ctx, s.session)
	if err != nil {
		return err
	}
	for _, a := range allowed {
		if a.ID == form.Value("account") {
			return h.enterAs(c, a, form.Value("back"))
		}
	}
	return c.Redirect(http.StatusSeeOther, "/login?next="+url.QueryEscape(local(form.Value("back"), "/")))
}

func (h *Login) signOut(c echo.Context) error {
	s := h.scope(c)
	h.Browser.EndReader(s.session.Browser)
	s.session = Session{}
	if err := h.Sessions.Save(c.Response(), c.Request(), s.session); err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, "/login")
}
