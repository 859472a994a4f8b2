package handlers

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

func (h *Balancer) backendRoutes(g *echo.Group) {
	g.GET("/load-balancers/:id/servers", h.servers)
	g.POST("/load-balancers/:id/servers", h.setWeights)
	g.GET("/load-balancers/:id/servers/add", h.pickServers)
	g.POST("/load-balancers/:id/servers/add", h.addServers)
	g.GET("/load-balancers/:id/servers/:instance/remove", h.askRemove)
	g.POST("/load-balancers/:id/servers/:instance/remove", h.removeServer)
}

// servers is the tab Default Server Group.
func (h *Balancer) servers(c echo.Context) error { return h.ShowForm(c, h.serversPage) }

func (h *Balancer) serversPage(c echo.Context, form ui.Form) (templ.Component, error) {
	p, err := h.detail(c, views.TabServers, form)
	if err != nil {
		return nil, err
	}
	for _, b := range p.Backends {
		form.Default("weight."+b.Instance, strconv.Itoa(b.Weight))
	}
	return views.BalancerPage(h.Frame(c), p), nil
}

func (h *Balancer) setWeights(c echo.Context) error {
	b, err := h.balancer(c)
	if err != nil {
		return err
	}
	form := h.Form(c)
	var in []cloud.BackendInput
	for _, field := range slices.Sorted(maps.Keys(form.Values)) {
		id, ok := strings.CutPrefix(field, "weight.")
		member := slices.ContainsFunc(b.Backends, func(m cloud.BackendView) bool { return m.Instance == id })
		// One that was taken out since the page was opened is the engine's to
		// tell; without knowing that, it stays out.
		if ok && (member || form.Since > 0) {
			in = append(in, cloud.BackendInput{Instance: id, Weight: form.Value(field)})
		}
	}
	if err := h.Caller(c).AddBackends(c.Request().Context(), b.ID, in); err != nil {
		return h.Fail(c, err, h.serversPage)
	}
	return h.Redirect(c, "/load-balancers/"+b.ID+"/servers", "server.saved")
}

// pickServers is the panel My Servers over the tab; its two halves are GETs of
// one form, only Add posts.
func (h *Balancer) pickServers(c echo.Context) error {
	page, status, err := h.addPage(c, h.Form(c))
	if err != nil {
		return err
	}
	return h.Render(c, status, page)
}

func (h *Balancer) addPage(c echo.Context, form ui.Form) (templ.Component, int, error) {
	p, err := h.detail(c, views.TabServers, ui.Form{Values: map[string][]string{}})
	if err != nil {
		return nil, 0, err
	}
	for _, b := range p.Backends {
		p.Form.Default("weight."+b.Instance, strconv.Itoa(b.Weight))
	}
	f, status := h.Frame(c), http.StatusOK
	panel := views.ServerPanel{
		Form: form, Balancer: p.Balancer, VPCName: p.VPCName, Candidates: p.Clients,
		Weights:  form.Value("panel") == views.PanelWeights,
		Next:     ui.Button{Label: f.T("do.next"), Name: "panel", Value: views.PanelWeights, Main: true},
		Previous: ui.Button{Label: f.T("do.back"), Name: "panel", Value: views.PanelPick},
		Cancel:   ui.Button{Label: f.T("do.cancel"), Href: f.Link("/load-balancers/" + p.ID + "/servers")},
	}
	panel.In = members(p.BalancerView)
	switch {
	case !panel.Weights:
	case len(newPicks(form, panel.In)) == 0:
		panel.Weights, status = false, http.StatusUnprocessableEntity
		panel.Form = form.With(nothingPicked())
	default:
		panel.Next = ui.Button{Label: f.T("do.add"), Post: true, Main: true}
		weightDefaults(form, form.All("pick"))
	}
	return views.BackendAddPage(f, p, panel), status, nil
}

func members(b cloud.BalancerView) []string {
	var out []string
	for _, m := range b.Backends {
		out = append(out, m.Instance)
	}
	return out
}

// newPicks are the ticked servers that are not in the group yet.
func newPicks(form ui.Form, in []string) []string {
	var out []string
	for _, id := range form.All("pick") {
		if !slices.Contains(in, id) && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

func nothingPicked() *cloud.Error {
	return &cloud.Error{Kind: cloud.Invalid, Key: "error.invalid", Fields: []cloud.FieldError{{Field: "pick", Key: "error.server.pick"}}}
}

// weightDefaults gives servers without a weight the documented 100 (LSN-04).
func weightDefaults(form ui.Form, instances []string) {
	for _, id := range instances {
		form.Default("weight."+id, "100")
	}
}

func (h *Balancer) addServers(c echo.Context) error {
	b, err := h.balancer(c)
	if err != nil {
		return err
	}
	form := h.Form(c)
	var in []cloud.BackendInput
	for _, id := range form.All("pick") {
		in = append(in, cloud.BackendInput{Instance: id, Weight: form.Value("weight." + id)})
	}
	err = h.Caller(c).AddBackends(c.Request().Context(), b.ID, in)
	if e := cloud.AsError(err); e != nil && e.Key == cloud.Overtaken && len(newPicks(form, members(b))) == 0 {
		return h.Fail(c, err, h.serversPage) // somebody else has added them all
	}
	if e := cloud.AsError(err); e != nil && (e.Kind == cloud.Invalid || e.Key == cloud.Overtaken) {
		form.Set("panel", views.PanelWeights)
		page, _, err := h.addPage(c, h.refused(c, form, e))
		if err != nil {
			return err
		}
		return h.Render(c, Status(e.Kind), page)
	}
	if err != nil {
		return fmt.Errorf("add servers to %s: %w", b.ID, err)
	}
	return h.Redirect(c, "/load-balancers/"+b.ID+"/servers", "server.added", "n", strconv.Itoa(len(in)))
}

func (h *Balancer) member(c echo.Context) (views.BackendRemove, error) {
	b, err := h.balancer(c)
	if err != nil {
		return views.BackendRemove{}, err
	}
	for _, m := range b.Backends {
		if m.Instance == c.Param("instance") {
			return views.BackendRemove{Balancer: b, Backend: m}, nil
		}
	}
	return views.BackendRemove{}, &cloud.Error{
		Kind: cloud.NotFound, Key: "error.notfound", Args: map[string]string{"kind": "backend", "id": c.Param("instance")},
	}
}

func (h *Balancer) askRemove(c echo.Context) error { return h.ShowForm(c, h.removePage) }

func (h *Balancer) removePage(c echo.Context, form ui.Form) (templ.Component, error) {
	p, err := h.member(c)
	p.Form = form
	return views.BackendRemovePage(h.Frame(c), p), err
}

func (h *Balancer) removeServer(c echo.Context) error {
	p, err := h.member(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).RemoveBackend(c.Request().Context(), p.Balancer.ID, p.Backend.Instance); err != nil {
		return h.Fail(c, fmt.Errorf("remove %s from %s: %w", p.Backend.Instance, p.Balancer.ID, err), h.removePage)
	}
	return h.Redirect(c, "/load-balancers/"+p.Balancer.ID+"/servers", "server.removed", "name", p.Backend.Name)
}
