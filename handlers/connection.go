package handlers

import (
	"fmt"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// Connection is the provider's side of a connection: the dialogs that allow and
// deny it (ACC-01 to ACC-04, X-05) and limit its bandwidth.
type Connection struct{ *Base }

// Routes registers the dialogs; the list is the tab "connections" of the
// service's page. A dialog is a page of its own that shows the list with the
// dialog open, so that it works without JavaScript.
func (h *Connection) Routes(g *echo.Group) {
	const at = "/endpoint-services/:id/connections/:endpoint"
	g.GET(at+"/allow", h.askAllow)
	g.POST(at+"/allow", h.allow)
	g.GET(at+"/deny", h.askDeny)
	g.POST(at+"/deny", h.deny)
	limits := g.Group("", h.only(cloud.Aliyun))
	limits.GET(at+"/bandwidth", h.askBandwidth)
	limits.POST(at+"/bandwidth", h.bandwidth)
	h.zoneRoutes(limits)
}

func (h *Connection) askAllow(c echo.Context) error { return h.ShowForm(c, h.allowPage) }

func (h *Connection) allowPage(c echo.Context, form ui.Form) (templ.Component, error) {
	p, err := h.dialog(c, form)
	if err != nil {
		return nil, err
	}
	form.Default("alloc", "auto") // so that OK alone works
	for zone, list := range p.Choices() {
		form.Default("resource."+zone, list[0].Value)
	}
	f := h.Frame(c)
	return h.over(f, p.Detail, "connection.allow.title", f.Edition.Pages.Allow.Or(views.AllowDialog)(f, p)), nil
}

// dialog reads what both dialogs show: the service's page and the endpoint.
func (h *Connection) dialog(c echo.Context, form ui.Form) (views.ConnectionDialog, error) {
	id, endpoint := c.Param("id"), c.Param("endpoint")
	detail, err := h.serviceDetail(c, id)
	if err != nil {
		return views.ConnectionDialog{}, err
	}
	detail.Tab = "connections"
	if err := h.tab(c, &detail); err != nil {
		return views.ConnectionDialog{}, err
	}
	e, err := h.Caller(c).Connection(c.Request().Context(), id, endpoint)
	if err != nil {
		return views.ConnectionDialog{}, fmt.Errorf("read the connection of %s: %w", endpoint, err)
	}
	return views.ConnectionDialog{Form: form, Detail: detail, Endpoint: e, Flows: h.liveOf([]cloud.EndpointView{e})[e.ID]}, nil
}

// over is the service's page with a dialog open over it.
func (b *Base) over(f *views.Frame, p views.ServiceDetail, title string, dialog templ.Component) templ.Component {
	p.Over = &views.Over{Title: f.T(title), Dialog: dialog}
	return f.Edition.Pages.ServiceDetail.Or(views.ServicePage)(f, p)
}

func (h *Connection) allow(c echo.Context) error {
	form, id, endpoint := h.Form(c), c.Param("id"), c.Param("endpoint")
	ctx := c.Request().Context()
	e, err := h.Caller(c).Connection(ctx, id, endpoint)
	if err != nil {
		return fmt.Errorf("read the connection of %s: %w", endpoint, err)
	}
	in := cloud.AllowInput{Auto: form.Value("alloc") != "manual", Resources: map[string]string{}}
	for _, z := range e.Zones {
		in.Resources[z.Zone] = form.Value("resource." + z.Zone)
	}
	if err := h.Caller(c).Allow(ctx, id, endpoint, in); err != nil {
		return h.Fail(c, fmt.Errorf("allow %s: %w", endpoint, err), h.allowPage)
	}
	said := "connection.allowed"
	if !cloud.MayAllow(e) {
		said = "connection.nothing"
	}
	return h.Redirect(c, "/endpoint-services/"+id+"?tab=connections", said, "name", e.Name)
}

func (h *Connection) askDeny(c echo.Context) error { return h.ShowForm(c, h.denyPage) }

func (h *Connection) denyPage(c echo.Context, form ui.Form) (templ.Component, error) {
	p, err := h.dialog(c, form)
	if err != nil {
		return nil, err
	}
	f := h.Frame(c)
	return h.over(f, p.Detail, "connection.deny.title", views.DenyDialog(f, p)), nil
}

func (h *Connection) deny(c echo.Context) error {
	id, endpoint := c.Param("id"), c.Param("endpoint")
	ctx := c.Request().Context()
	e, err := h.Caller(c).Connection(ctx, id, endpoint)
	if err != nil {
		return fmt.Errorf("read the connection of %s: %w", endpoint, err)
	}
	if err := h.Caller(c).Deny(ctx, id, endpoint); err != nil {
		return h.Fail(c, fmt.Errorf("deny %s: %w", endpoint, err), h.denyPage)
	}
	return h.Redirect(c, "/endpoint-services/"+id+"?tab=connections", "connection.denied", "name", e.Name)
}
