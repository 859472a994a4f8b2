package handlers

import (
	"fmt"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// NIC is the secondary NICs of an instance, which has its own page for them
// (TYS-10).
type NIC struct{ *Base }

// Routes registers the pages.
func (h *NIC) Routes(g *echo.Group) {
	g = g.Group("", h.only(cloud.Ctyun))
	g.GET("/instances/:id/nics/new", h.new)
	g.POST("/instances/:id/nics/new", h.create)
	g.GET("/instances/:id/nics/:nic/groups", h.groups)
	g.POST("/instances/:id/nics/:nic/groups", h.setGroups)
	g.GET("/instances/:id/nics/:nic/delete", h.askDelete)
	g.POST("/instances/:id/nics/:nic/delete", h.remove)
}

func (h *NIC) new(c echo.Context) error { return h.ShowForm(c, h.form) }

func (h *NIC) form(c echo.Context, form ui.Form) (templ.Component, error) {
	i, err := h.instance(c)
	if err != nil {
		return nil, err
	}
	ctx, caller, p := c.Request().Context(), h.Caller(c), views.NICNew{Form: form, Instance: i}
	if p.VSwitches, err = caller.VSwitches(ctx, i.Region, i.VPC); err != nil {
		return nil, fmt.Errorf("list subnets of %s: %w", i.VPC, err)
	}
	if p.Groups, err = caller.SecurityGroups(ctx, i.Region, i.VPC); err != nil {
		return nil, fmt.Errorf("list security groups of %s: %w", i.VPC, err)
	}
	if len(p.VSwitches) == 1 {
		form.Default("vswitch", p.VSwitches[0].ID)
	}
	return views.NICNewPage(h.Frame(c), p), nil
}

// instance answers the instance of the address.
func (h *NIC) instance(c echo.Context) (cloud.InstanceView, error) {
	i, err := h.Caller(c).Instance(c.Request().Context(), c.Param("id"))
	if err != nil {
		return i, fmt.Errorf("read instance %s: %w", c.Param("id"), err)
	}
	return i, h.here(c, "instance", i.ID, i.Region)
}

func (h *NIC) create(c echo.Context) error {
	i, err := h.instance(c)
	if err != nil {
		return err
	}
	form := h.Form(c)
	n, err := h.Caller(c).AddNIC(c.Request().Context(), i.ID, cloud.NICInput{
		VSwitch: form.Value("vswitch"), IP: form.Value("ip"), Groups: form.All("groups"),
	})
	if err != nil {
		return h.Fail(c, fmt.Errorf("add a NIC to %s: %w", i.ID, atField(err, "vswitch", "vswitch")), h.form)
	}
	return h.Redirect(c, "/instances/"+i.ID+"#nics", "nic.added", "name", i.Name, "ip", n.IP.String())
}

// read answers the NIC of the address.
func (h *NIC) read(c echo.Context) (cloud.NICView, error) {
	n, err := h.Caller(c).NIC(c.Request().Context(), c.Param("nic"))
	if err != nil {
		return n, fmt.Errorf("read NIC %s: %w", c.Param("nic"), err)
	}
	if n.Instance != c.Param("id") {
		return n, echo.ErrNotFound
	}
	return n, h.here(c, "nic", n.ID, n.Region)
}

func (h *NIC) groups(c echo.Context) error { return h.ShowForm(c, h.groupsForm) }

func (h *NIC) groupsForm(c echo.Context, form ui.Form) (templ.Component, error) {
	n, err := h.read(c)
	if err != nil {
		return nil, err
	}
	all, err := h.Caller(c).SecurityGroups(c.Request().Context(), n.Region, n.VPC)
	if err != nil {
		return nil, fmt.Errorf("list security groups of %s: %w", n.VPC, err)
	}
	if form.Fresh() && form.Err == nil {
		form.Values["groups"] = slices.Clone(n.Groups)
	}
	return views.NICGroupsPage(h.Frame(c), views.NICEdit{Form: form, NIC: n, Groups: all}), nil
}

func (h *NIC) setGroups(c echo.Context) error {
	n, err := h.read(c)
	if err != nil {
		return err
	}
	if _, err := h.Caller(c).SetNICGroups(c.Request().Context(), n.ID, h.Form(c).All("groups")); err != nil {
		return h.Fail(c, fmt.Errorf("change the groups of NIC %s: %w", n.ID, err), h.groupsForm)
	}
	return h.Redirect(c, "/instances/"+n.Instance+"#nics", "nic.groups.saved", "name", n.InstanceName, "ip", n.IP.String())
}

func (h *NIC) askDelete(c echo.Context) error { return h.ShowForm(c, h.deletePage) }

func (h *NIC) deletePage(c echo.Context, form ui.Form) (templ.Component, error) {
	n, err := h.read(c)
	if err != nil {
		return nil, err
	}
	blockers, err := h.Caller(c).NICUsers(c.Request().Context(), n.ID)
	if err != nil {
		return nil, fmt.Errorf("list what uses NIC %s: %w", n.ID, err)
	}
	f, at := h.Frame(c), "/instances/"+n.Instance
	return views.NetworkDeletePage(f, views.NetworkDelete{
		Form: form, Title: f.T("nic.remove", "name", n.InstanceName, "ip", n.IP), Back: f.Link(at),
		Trail: f.Trail("instance.title", "/instances", n.InstanceName, at, f.T("nic.remove.ask"), ""),
		Effects: []string{
			f.T("nic.remove.connections"), f.T("nic.remove.ip", "ip", n.IP, "subnet", n.VSwitchName),
		},
		Blockers: blockers, Why: f.T("error.nic.used", "ip", n.IP),
	}), nil
}

func (h *NIC) remove(c echo.Context) error {
	n, err := h.read(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).RemoveNIC(c.Request().Context(), n.ID); err != nil {
		return h.Fail(c, fmt.Errorf("remove NIC %s: %w", n.ID, err), h.deletePage)
	}
	return h.Redirect(c, "/instances/"+n.Instance, "nic.removed", "name", n.InstanceName, "ip", n.IP.String())
}
