package handlers

import (
	"fmt"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/views"
	"culvert.internal/views/ui"
)

func (h *Balancer) askSpec(c echo.Context) error { return h.ShowForm(c, h.specPage) }

func (h *Balancer) specPage(c echo.Context, form ui.Form) (templ.Component, error) {
	p, err := h.detail(c, views.TabListeners, form)
	if err != nil {
		return nil, err
	}
	form.Default("spec", p.Spec)
	return views.BalancerSpecPage(h.Frame(c), p), nil
}

func (h *Balancer) spec(c echo.Context) error {
	if _, err := h.balancer(c); err != nil {
		return err
	}
	f := h.Frame(c)
	b, err := h.Caller(c).SetSpec(c.Request().Context(), c.Param("id"), h.Form(c).Value("spec"))
	if err != nil {
		return h.Fail(c, fmt.Errorf("change the specification: %w", err), h.specPage)
	}
	return h.Redirect(c, "/load-balancers/"+b.ID, "clb.spec.set", "name", b.Name, "spec", f.T("clb.spec."+b.Spec))
}
