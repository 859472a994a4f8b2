package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// IDC is the networks on premises of an account, and this host as one of them
// (TYN-03).
type IDC struct{ *Base }

// Routes registers the pages.
func (h *IDC) Routes(g *echo.Group) {
	g = g.Group("/idcs", h.only(cloud.Ctyun))
	g.GET("", h.list)
	g.GET("/new", h.new)
	g.POST("/new", h.create)
	g.GET("/host", h.host)
	g.GET("/:id", h.show)
	g.POST("/:id/attach", h.attach)
	g.GET("/:id/edit", h.edit)
	g.POST("/:id/edit", h.update)
	g.GET("/:id/delete", h.askDelete)
	g.POST("/:id/delete", h.remove)
}

func (h *IDC) list(c echo.Context) error {
	f := h.Frame(c)
	vpcs, err := h.vpcs(c)
	if err != nil {
		return err
	}
	filters := []ui.Filter{f.VPCFilter(vpcs), f.LinkFilter()}
	found, err := h.Caller(c).FindIDCs(c.Request().Context(), h.Region(c), asked(c, filters...))
	if err != nil {
		return fmt.Errorf("list networks on premises: %w", err)
	}
	p := views.IDCList{Items: found.Items, List: listed(f, found, filters)}
	for _, v := range vpcs {
		if v.Host {
			p.Host = append(p.Host, v)
		}
	}
	return h.Render(c, http.StatusOK, views.IDCListPage(f, p))
}

// host is this host: its switches are those of the VPCs' own pages.
func (h *IDC) host(c echo.Context) error {
	vpcs, err := h.vpcs(c)
	if err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, views.IDCHostPage(h.Frame(c), views.IDCHost{VPCs: vpcs}))
}

func (h *IDC) new(c echo.Context) error { return h.ShowForm(c, h.form) }

func (h *IDC) form(c echo.Context, form ui.Form) (templ.Component, error) {
	vpcs, err := h.vpcs(c)
	if err != nil {
		return nil, err
	}
	form.Default("link", cloud.LinkVPN)
	return views.IDCNewPage(h.Frame(c), views.IDCNew{Form: form, VPCs: vpcs, Base: h.Engine.Base()}), nil
}

func (h *IDC) create(c echo.Context) error {
	i, err := h.Caller(c).CreateIDC(c.Request().Context(), h.Region(c), idcInput(h.Form(c)))
	if err != nil {
		return h.Fail(c, fmt.Errorf("create a network on premises: %w", atField(err, "vpc", "vpc")), h.form)
	}
	return h.Redirect(c, "/idcs/"+i.ID, "idc.created", "name", i.Name, "twin", i.Twin.String())
}

func idcInput(form ui.Form) cloud.IDCInput {
	return cloud.IDCInput{
		Name: form.Value("name"), Link: form.Value("link"), CIDR: form.Value("cidr"), Gateway: form.Value("gateway"), VPC: form.Value("vpc"),
	}
}

// read answers the IDC of the address.
func (h *IDC) read(c echo.Context) (cloud.IDCView, error) {
	id := c.Param("id")
	i, err := h.Caller(c).IDC(c.Request().Context(), id)
	if err != nil {
		return i, fmt.Errorf("read network on premises %s: %w", id, err)
	}
	return i, h.here(c, "idc", id, i.Region)
}

func (h *IDC) show(c echo.Context) error { return h.ShowForm(c, h.page) }

// page is the page of an IDC; ?to= is the address that routes are made to. The
// form is that of the VPC it is attached to.
func (h *IDC) page(c echo.Context, form ui.Form) (templ.Component, error) {
	i, err := h.read(c)
	if err != nil {
		return nil, err
	}
	p := views.IDCDetail{IDC: i, Form: form, Route: ui.NewForm(form.Page, c.QueryParams())}
	if p.VPCs, err = h.vpcs(c); err != nil {
		return nil, err
	}
	form.Default("vpc", i.VPC)
	if i.VPC != "" {
		p.Resolver = h.Live.Resolver(i.VPC)
		if p.Targets, err = h.targets(c.Request().Context(), h.Caller(c), i); err != nil {
			return nil, err
		}
	}
	to := strings.TrimSpace(p.Route.Value("to"))
	if t, ok := p.First(); ok && to == "" {
		to = t.IP.String()
		p.Route.Set("to", to)
	}
	if a, err := netip.ParseAddr(to); err == nil && a.Is4() {
		p.To = a
	} else if to != "" {
		p.Route.Errors = []cloud.FieldError{{Field: "to", Key: "error.address", Args: map[string]string{"value": to}}}
	}
	return views.IDCPage(h.Frame(c), p), nil
}

// idcTargets is how many addresses of each kind the page looks at.
const idcTargets = 5

// targets are addresses of the IDC's VPC that are worth trying: endpoints
// first, then what its instances run.
func (h *IDC) targets(ctx context.Context, caller *cloud.Caller, i cloud.IDCView) ([]views.IDCTarget, error) {
	var out []views.IDCTarget
	endpoints, _, err := endpointsIn(ctx, caller, i.Region, i.VPC, idcTargets)
	if err != nil {
		return nil, err
	}
	for _, e := range endpoints {
		for _, z := range e.Zones {
			if !z.IP.IsValid() {
				continue
			}
			at, _ := h.Live.Port(i.VPC, cloud.TCP, netip.AddrPortFrom(z.IP, 80))
			out = append(out, views.IDCTarget{Kind: "endpoint", Name: e.Name, IP: z.IP, Host: at, Domain: e.Domain})
		}
	}
	found, err := caller.FindInstances(ctx, i.Region, cloud.Find{Filter: map[string]string{"vpc": i.VPC, "running": "yes"}, Size: idcTargets})
	if err != nil {
		return nil, fmt.Errorf("list instances of %s: %w", i.VPC, err)
	}
	for _, s := range found.Items {
		if s.Program == cloud.ProgramNone {
			continue
		}
		at, _ := h.Live.Port(i.VPC, cloud.TCP, netip.AddrPortFrom(s.IP, s.Port))
		out = append(out, views.IDCTarget{Kind: "instance", Name: s.Name, IP: s.IP, Host: at, Raw: s.Program != cloud.ProgramWeb})
	}
	return slices.DeleteFunc(out, func(t views.IDCTarget) bool { return !t.Host.IsValid() }), nil
}

// attach joins the IDC to a VPC, or with an empty one takes it out.
func (h *IDC) attach(c echo.Context) error {
	i, err := h.read(c)
	if err != nil {
		return err
	}
	form := h.Form(c)
	vpc := form.Value("vpc")
	saved, err := h.Caller(c).AttachIDC(c.Request().Context(), i.ID, vpc)
	if err != nil {
		return h.Fail(c, fmt.Errorf("attach %s: %w", i.ID, atField(err, "vpc", "vpc")), h.page)
	}
	if saved.VPC == "" {
		return h.Redirect(c, "/idcs/"+i.ID, "idc.left", "name", i.Name)
	}
	v, err := h.Caller(c).VPC(c.Request().Context(), saved.VPC)
	if err != nil {
		return fmt.Errorf("read VPC %s: %w", saved.VPC, err)
	}
	return h.Redirect(c, "/idcs/"+i.ID, "idc.joined", "name", i.Name, "vpc", v.Name)
}

func (h *IDC) edit(c echo.Context) error { return h.ShowForm(c, h.editForm) }

func (h *IDC) editForm(c echo.Context, form ui.Form) (templ.Component, error) {
	i, err := h.read(c)
	if err != nil {
		return nil, err
	}
	form.Default("name", i.Name)
	form.Default("link", i.Link)
	form.Default("gateway", i.Gateway.String())
	return views.IDCEditPage(h.Frame(c), views.IDCNew{Form: form, IDC: i}), nil
}

func (h *IDC) update(c echo.Context) error {
	i, err := h.read(c)
	if err != nil {
		return err
	}
	saved, err := h.Caller(c).UpdateIDC(c.Request().Context(), i.ID, idcInput(h.Form(c)))
	if err != nil {
		return h.Fail(c, fmt.Errorf("change network on premises %s: %w", i.ID, err), h.editForm)
	}
	return h.Redirect(c, "/idcs/"+i.ID, "idc.saved", "name", saved.Name)
}

func (h *IDC) askDelete(c echo.Context) error { return h.ShowForm(c, h.deletePage) }

func (h *IDC) deletePage(c echo.Context, form ui.Form) (templ.Component, error) {
	i, err := h.read(c)
	if err != nil {
		return nil, err
	}
	f, at := h.Frame(c), "/idcs/"+i.ID
	var effects []string
	if !f.Real() {
		effects = []string{f.T("idc.delete.twin", "twin", i.Twin)}
	}
	if i.VPC != "" {
		effects = append([]string{f.T("idc.delete.clients", "vpc", i.VPCName)}, effects...)
	}
	return views.NetworkDeletePage(f, views.NetworkDelete{
		Form: form, Title: f.T("idc.delete", "name", i.Name), Back: f.Link(at), Effects: effects,
		Trail: f.Trail("idc.title", "/idcs", i.Name, at, f.T("do.delete"), ""),
	}), nil
}

func (h *IDC) remove(c echo.Context) error {
	i, err := h.read(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).DeleteIDC(c.Request().Context(), i.ID); err != nil {
		return h.Fail(c, fmt.Errorf("delete network on premises %s: %w", i.ID, err), h.deletePage)
	}
	return h.Redirect(c, "/idcs", "idc.deleted", "name", i.Name)
}
