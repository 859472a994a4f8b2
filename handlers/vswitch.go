package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// VSwitch is the vSwitches of an account (ALI-01, ALI-02).
type VSwitch struct{ *Base }

// Routes registers the pages.
func (h *VSwitch) Routes(g *echo.Group) {
	g.GET("/vswitches", h.list)
	g.GET("/vswitches/new", h.new)
	g.POST("/vswitches/new", h.create)
	g.GET("/vswitches/:id", h.show)
	g.GET("/vswitches/:id/edit", h.edit)
	g.POST("/vswitches/:id/edit", h.update)
	g.GET("/vswitches/:id/delete", h.askDelete)
	g.POST("/vswitches/:id/delete", h.remove)
}

func (h *VSwitch) list(c echo.Context) error {
	f := h.Frame(c)
	vpcs, err := h.vpcs(c)
	if err != nil {
		return err
	}
	region, _ := cloud.FindRegion(h.Region(c))
	filters := []ui.Filter{f.VPCFilter(vpcs), f.ZoneFilter(region.Zones)}
	found, err := h.Caller(c).FindVSwitches(c.Request().Context(), h.Region(c), asked(c, filters...))
	if err != nil {
		return fmt.Errorf("list vSwitches: %w", err)
	}
	return h.Render(c, http.StatusOK, views.VSwitchListPage(f, views.VSwitchList{Items: found.Items, List: listed(f, found, filters)}))
}

func (h *VSwitch) new(c echo.Context) error { return h.ShowForm(c, h.form) }

// form proposes a name and a free CIDR block once the VPC is chosen; what was
// sent to be created is left alone.
func (h *VSwitch) form(c echo.Context, form ui.Form) (templ.Component, error) {
	vpcs, err := h.vpcs(c)
	if err != nil {
		return nil, err
	}
	chooseOnly(form, "vpc", vpcs)
	if form.Err == nil && slices.ContainsFunc(vpcs, func(v cloud.VPC) bool { return v.ID == form.Value("vpc") }) {
		in, err := h.Caller(c).DefaultVSwitch(c.Request().Context(), form.Value("vpc"), form.Value("zone"))
		if err != nil {
			return nil, fmt.Errorf("propose a vSwitch: %w", err)
		}
		if form.Value("zone") == "" {
			in.Name = ""
		}
		views.Propose(form, in)
	}
	region, _ := cloud.FindRegion(h.Region(c))
	return views.VSwitchNewPage(h.Frame(c), views.VSwitchNew{
		Form: form, VPCs: vpcs, Zones: region.Zones, Base: h.Engine.Base(),
	}), nil
}

func (h *VSwitch) create(c echo.Context) error {
	s, err := h.Caller(c).CreateVSwitch(c.Request().Context(), h.Region(c), vswitchInput(h.Form(c)))
	if err != nil {
		return h.Fail(c, fmt.Errorf("create a vSwitch: %w", atField(err, "vpc", "vpc")), h.form)
	}
	return h.Redirect(c, "/vswitches/"+s.ID, "vswitch.created", "name", s.Name, "twin", s.Twin.String())
}

func vswitchInput(form ui.Form) cloud.VSwitchInput {
	return cloud.VSwitchInput{
		VPC: form.Value("vpc"), Zone: form.Value("zone"), Name: form.Value("name"),
		CIDR: form.Value("cidr"), Description: form.Value("description"),
	}
}

// read answers the vSwitch of the address.
func (h *VSwitch) read(c echo.Context) (cloud.VSwitchView, error) {
	id := c.Param("id")
	s, err := h.Caller(c).VSwitch(c.Request().Context(), id)
	if err != nil {
		return s, fmt.Errorf("read vSwitch %s: %w", id, err)
	}
	return s, h.here(c, "vswitch", id, s.Region)
}

func (h *VSwitch) show(c echo.Context) error {
	s, err := h.read(c)
	if err != nil {
		return err
	}
	used, err := usedAddresses(c.Request().Context(), h.Caller(c), s)
	if err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, views.VSwitchPage(h.Frame(c), views.VSwitchDetail{VSwitch: s, Used: used}))
}

// usedAddresses are the addresses of a vSwitch that something of the account
// has, in order of address: the first few hundred of each kind.
func usedAddresses(ctx context.Context, caller *cloud.Caller, s cloud.VSwitchView) ([]views.UsedAddress, error) {
	used, err := caller.UsedAddresses(ctx, s.ID)
	if err != nil {
		return nil, fmt.Errorf("list the addresses of %s: %w", s.ID, err)
	}
	out := make([]views.UsedAddress, len(used))
	for i, u := range used {
		out[i] = views.UsedAddress{IP: u.IP, By: u.By}
		if u.IP.IsValid() {
			out[i].Twin = s.TwinOf(u.IP)
		}
	}
	return out, nil
}

func (h *VSwitch) edit(c echo.Context) error { return h.ShowForm(c, h.editForm) }

func (h *VSwitch) editForm(c echo.Context, form ui.Form) (templ.Component, error) {
	s, err := h.read(c)
	if err != nil {
		return nil, err
	}
	form.Default("name", s.Name)
	form.Default("description", s.Description)
	f, at := h.Frame(c), "/vswitches/"+s.ID
	return views.NetworkEditPage(f, views.NetworkEdit{
		Form: form, Title: f.T("vswitch.edit"), Back: f.Link(at), Hint: f.T("network.name.hint"),
		Trail: f.Trail("vswitch.title", "/vswitches", s.Name, at, f.T("do.edit"), ""),
		Kept: []views.KeptFact{
			{Label: f.T("vswitch.vpc"), Value: s.VPCName},
			{Label: f.T("word.zone"), Value: f.ZoneName(s.Zone)},
			{Label: f.T("vswitch.cidr"), Value: s.CIDR.String()},
		},
	}), nil
}

func (h *VSwitch) update(c echo.Context) error {
	s, err := h.read(c)
	if err != nil {
		return err
	}
	saved, err := h.Caller(c).UpdateVSwitch(c.Request().Context(), s.ID, vswitchInput(h.Form(c)))
	if err != nil {
		return h.Fail(c, fmt.Errorf("change vSwitch %s: %w", s.ID, err), h.editForm)
	}
	return h.Redirect(c, "/vswitches/"+s.ID, "vswitch.saved", "name", saved.Name)
}

func (h *VSwitch) askDelete(c echo.Context) error { return h.ShowForm(c, h.deletePage) }

func (h *VSwitch) deletePage(c echo.Context, form ui.Form) (templ.Component, error) {
	s, err := h.read(c)
	if err != nil {
		return nil, err
	}
	used, err := usedAddresses(c.Request().Context(), h.Caller(c), s)
	if err != nil {
		return nil, err
	}
	blockers := make([]cloud.Ref, len(used))
	for i, u := range used {
		blockers[i] = u.By
	}
	f, at := h.Frame(c), "/vswitches/"+s.ID
	effects := []string{f.T("vswitch.delete.cidr", "cidr", s.CIDR, "vpc", s.VPCName)}
	if !f.Real() {
		effects = append(effects, f.T("vswitch.delete.twin", "twin", s.Twin))
	}
	return views.NetworkDeletePage(f, views.NetworkDelete{
		Form: form, Title: f.T("vswitch.delete", "name", s.Name), Back: f.Link(at),
		Trail:   f.Trail("vswitch.title", "/vswitches", s.Name, at, f.T("do.delete"), ""),
		Effects: effects, Blockers: blockers, Why: f.T("error.vswitch.used", "name", s.Name),
	}), nil
}

func (h *VSwitch) remove(c echo.Context) error {
	s, err := h.read(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).DeleteVSwitch(c.Request().Context(), s.ID); err != nil {
		return h.Fail(c, fmt.Errorf("delete vSwitch %s: %w", s.ID, err), h.deletePage)
	}
	return h.Redirect(c, "/vswitches", "vswitch.deleted", "name", s.Name)
}
