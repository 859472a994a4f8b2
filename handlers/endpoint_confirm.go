package handlers

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
)

// confirm is 立即创建: the page 规格确认 when all is well, else the form with
// what is wrong (TYE-08). It is a GET of the form's address with every field,
// so that 上一步, Back and reload have nothing to lose.
func (h *Endpoint) confirm(c echo.Context) error {
	form := h.Form(c)
	h.scope(c).since = form.Since
	status := http.StatusOK
	err := h.Caller(c).CheckEndpoint(c.Request().Context(), h.Region(c), endpointInput(form, 0))
	e := cloud.AsError(atField(err, "vpc", "vpc"))
	if err != nil && (e == nil || e.Kind == cloud.NotFound || e.Kind == cloud.Denied) {
		return fmt.Errorf("check the endpoint: %w", err)
	}
	if e != nil {
		status = Status(e.Kind)
		form = form.With(e)
	}
	p, err := h.newEndpoint(c, form, false)
	if err != nil {
		return err
	}
	p.Confirm = e == nil
	if err := h.overlaps(c.Request().Context(), h.Caller(c), &p); err != nil {
		return err
	}
	f := h.Frame(c)
	return h.Render(c, status, f.Edition.Pages.EndpointNew.Or(views.EndpointNewPage)(f, p))
}

// clearSubnet empties the subnet when it is not in the VPC.
func clearSubnet(f *views.Frame, p *views.EndpointNew) {
	id := p.Form.Value("vswitch")
	if id == "" || slices.ContainsFunc(p.VSwitches, func(s cloud.VSwitchView) bool { return s.ID == id }) {
		return
	}
	p.Form.Set("vswitch", "")
	p.Cleared = append(p.Cleared, f.T("vpcep.cleared.subnet", "id", id))
}
