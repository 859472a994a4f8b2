package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"culvert.internal/views/text"
)

// Preference keeps what a reader chose for themselves: language and theme, in
// cookies, because they hold before signing in too.
type Preference struct{ *Base }

const (
	languageCookie = "lang"
	themeCookie    = "theme"
	preferenceLife = 365 * 24 * time.Hour
)

// Routes registers the form of the theme; the language is a link with
// ?lang= on any page (Language).
func (h *Preference) Routes(g *echo.Group) {
	g.POST("/preferences", h.save)
}

// Language takes ?lang=en out of any page's address and remembers it.
func (b *Base) Language(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		lang, ok := text.Parse(r.URL.Query().Get("lang"))
		if !ok || c.Path() == BrowserRoute || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
			return next(c)
		}
		c.SetCookie(cookie(c, languageCookie, string(lang)))
		to := *r.URL
		q := to.Query()
		q.Del("lang")
		to.RawQuery = q.Encode()
		return c.Redirect(http.StatusSeeOther, local(to.RequestURI(), "/"))
	}
}

func (h *Preference) save(c echo.Context) error {
	switch next := c.FormValue("theme"); next {
	case "light", "dark":
		c.SetCookie(cookie(c, themeCookie, next))
	case "next":
		// The server does not know what the system's choice is: the first
		// press asks for dark.
		if theme(c.Request()) == "dark" {
			next = "light"
		} else {
			next = "dark"
		}
		c.SetCookie(cookie(c, themeCookie, next))
	case "auto":
		gone := cookie(c, themeCookie, "")
		gone.MaxAge = -1
		c.SetCookie(gone)
	}
	return c.Redirect(http.StatusSeeOther, local(c.FormValue("back"), "/"))
}

func cookie(c echo.Context, name, value string) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(preferenceLife / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.Request().TLS != nil,
	}
}

// language is the reader's language: chosen, else the browser's first.
func language(r *http.Request) text.Lang {
	if k, err := r.Cookie(languageCookie); err == nil {
		if l, ok := text.Parse(k.Value); ok {
			return l
		}
	}
	return text.Accept(r.Header.Get("Accept-Language"))
}

func theme(r *http.Request) string {
	if k, err := r.Cookie(themeCookie); err == nil && (k.Value == "light" || k.Value == "dark") {
		return k.Value
	}
	return ""
}
