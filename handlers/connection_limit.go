package handlers

import (
	"fmt"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/views"
	"culvert.internal/views/ui"
)

func (h *Connection) askBandwidth(c echo.Context) error { return h.ShowForm(c, h.bandwidthPage) }

func (h *Connection) bandwidthPage(c echo.Context, form ui.Form) (templ.Component, error) {
	p, err := h.dialog(c, form)
	if err != nil {
		return nil, err
	}
	if p.Endpoint.Bandwidth > 0 {
		form.Default("bandwidth", strconv.Itoa(p.Endpoint.Bandwidth))
	}
	f := h.Frame(c)
	return h.over(f, p.Detail, "bandwidth.title", views.BandwidthDialog(f, p)), nil
}

func (h *Connection) bandwidth(c echo.Context) error {
	id, endpoint := c.Param("id"), c.Param("endpoint")
	e, err := h.Caller(c).SetBandwidth(c.Request().Context(), id, endpoint, h.Form(c).Value("bandwidth"))
	if err != nil {
		return h.Fail(c, fmt.Errorf("change the bandwidth of %s: %w", endpoint, err), h.bandwidthPage)
	}
	said := "bandwidth.set"
	if e.Bandwidth == 0 {
		said = "bandwidth.lifted"
	}
	return h.Redirect(c, "/endpoint-services/"+id+"?tab=connections", said, "name", e.Name, "mbits", strconv.Itoa(e.Bandwidth))
}
