package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"culvert.internal/views"
)

// Account is the page of the signed-in account.
type Account struct{ *Base }

// Routes registers the page.
func (h *Account) Routes(g *echo.Group) {
	g.GET("/account", h.show)
}

func (h *Account) show(c echo.Context) error {
	return h.Render(c, http.StatusOK, views.AccountPage(h.Frame(c)))
}
