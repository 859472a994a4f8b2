package handlers

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// VPC is the VPCs of an account (ALI-01, ALI-02, X-04).
type VPC struct{ *Base }

// Routes registers the pages.
func (h *VPC) Routes(g *echo.Group) {
	g.GET("/vpcs", h.list)
	g.GET("/vpcs/new", h.new)
	g.POST("/vpcs/new", h.create)
	g.GET("/vpcs/:id", h.show)
	g.GET("/vpcs/:id/edit", h.edit)
	g.POST("/vpcs/:id/edit", h.update)
	g.POST("/vpcs/:id/host", h.attach)
	g.GET("/vpcs/:id/delete", h.askDelete)
	g.POST("/vpcs/:id/delete", h.remove)
}

func (h *VPC) list(c echo.Context) error {
	f := h.Frame(c)
	filters := []ui.Filter{f.YesNoFilter("host", f.T("vpc.host"))}
	found, err := h.Caller(c).FindVPCs(c.Request().Context(), h.Region(c), asked(c, filters...))
	if err != nil {
		return fmt.Errorf("list VPCs: %w", err)
	}
	return h.Render(c, http.StatusOK, views.VPCListPage(f, views.VPCList{Items: found.Items, List: listed(f, found, filters)}))
}

func (h *VPC) new(c echo.Context) error { return h.ShowForm(c, h.form) }

func (h *VPC) form(c echo.Context, form ui.Form) (templ.Component, error) {
	return views.VPCNewPage(h.Frame(c), form), nil
}

func (h *VPC) create(c echo.Context) error {
	form := h.Form(c)
	v, err := h.Caller(c).CreateVPC(c.Request().Context(), h.Region(c), vpcInput(form))
	if err != nil {
		return h.Fail(c, fmt.Errorf("create a VPC: %w", err), h.form)
	}
	return h.Redirect(c, "/vpcs/"+v.ID, "vpc.created", "name", v.Name)
}

func vpcInput(form ui.Form) cloud.VPCInput {
	return cloud.VPCInput{Name: form.Value("name"), CIDR: form.Value("cidr"), Description: form.Value("description")}
}

// read answers the VPC of the address.
func (h *VPC) read(c echo.Context) (cloud.VPC, error) {
	id := c.Param("id")
	v, err := h.Caller(c).VPC(c.Request().Context(), id)
	if err != nil {
		return v, fmt.Errorf("read VPC %s: %w", id, err)
	}
	return v, h.here(c, "vpc", id, v.Region)
}

func (h *VPC) show(c echo.Context) error {
	v, err := h.read(c)
	if err != nil {
		return err
	}
	p := views.VPCDetail{VPC: v}
	if p.From, err = h.from(c.Request().Context(), h.Caller(c), v.Region, v.ID, v.Name); err != nil {
		return err
	}
	if err := h.inside(c, &p); err != nil {
		return err
	}
	all, err := h.vpcs(c)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.ID == v.ID {
			continue
		}
		if other.CIDR.Overlaps(v.CIDR) {
			p.Overlaps = append(p.Overlaps, other)
		}
		if other.Host {
			p.Attached = append(p.Attached, other)
		}
	}
	return h.Render(c, http.StatusOK, views.VPCPage(h.Frame(c), p))
}

// shownInside is how many endpoints the page of a VPC lists; the list of
// endpoints has the rest.
const shownInside = 20

// inside reads what is in the VPC.
func (h *VPC) inside(c echo.Context, p *views.VPCDetail) (err error) {
	ctx, caller, region, id := c.Request().Context(), h.Caller(c), h.Region(c), p.VPC.ID
	if p.VSwitches, err = caller.VSwitches(ctx, region, id); err != nil {
		return fmt.Errorf("list vSwitches of %s: %w", id, err)
	}
	if p.Groups, err = caller.SecurityGroups(ctx, region, id); err != nil {
		return fmt.Errorf("list security groups of %s: %w", id, err)
	}
	if p.Instances, err = caller.Instances(ctx, region, id); err != nil {
		return fmt.Errorf("list instances of %s: %w", id, err)
	}
	if p.IDCs, err = caller.IDCs(ctx, region, id); err != nil {
		return fmt.Errorf("list networks on premises of %s: %w", id, err)
	}
	if p.Moves, err = caller.Moves(ctx, id); err != nil {
		return fmt.Errorf("list moved ports of %s: %w", id, err)
	}
	p.Moves = append(p.Moves, h.movedPrograms(p.Instances, p.Moves)...)
	if p.Endpoints, p.EndpointCount, err = endpointsIn(ctx, caller, region, id, shownInside); err != nil {
		return err
	}
	p.Balancers, err = balancersIn(ctx, caller, region, id)
	return err
}

// movedPrograms are the moved ports of the instances' built-in programs that
// known does not hold.
func (b *Base) movedPrograms(instances []cloud.InstanceView, known []cloud.Move) []cloud.Move {
	var out []cloud.Move
	for _, i := range instances {
		m, ok := b.movedProgram(i.Instance)
		same := func(k cloud.Move) bool { return k.Network == m.Network && k.Address == m.Address }
		if ok && !slices.ContainsFunc(known, same) {
			out = append(out, m)
		}
	}
	return out
}

// movedProgram says where an instance's program is when its port could not be
// had on this host.
func (b *Base) movedProgram(i cloud.Instance) (cloud.Move, bool) {
	if i.Program == cloud.ProgramNone || !i.Running {
		return cloud.Move{}, false
	}
	_, m := b.Live.Port(i.VPC, cloud.TCP, netip.AddrPortFrom(i.IP, i.Port))
	return m, m.Host.IsValid()
}

// attach puts this host into the VPC as a client, or takes it out.
func (h *VPC) attach(c echo.Context) error {
	v, err := h.read(c)
	if err != nil {
		return err
	}
	on := h.Form(c).Value("attach") == "yes"
	if v, err = h.Caller(c).AttachHost(c.Request().Context(), v.ID, on); err != nil {
		return fmt.Errorf("attach this host to %s: %w", v.ID, err)
	}
	said := "vpc.host.detached"
	if on {
		said = "vpc.host.attached"
	}
	back := "/vpcs/" + v.ID
	if h.Form(c).Value("from") == "idcs" {
		back = "/idcs/host"
	}
	return h.Redirect(c, back, said, "name", v.Name)
}

func (h *VPC) edit(c echo.Context) error { return h.ShowForm(c, h.editForm) }

func (h *VPC) editForm(c echo.Context, form ui.Form) (templ.Component, error) {
	v, err := h.read(c)
	if err != nil {
		return nil, err
	}
	form.Default("name", v.Name)
	form.Default("description", v.Description)
	f, at := h.Frame(c), "/vpcs/"+v.ID
	return views.NetworkEditPage(f, views.NetworkEdit{
		Form: form, Title: f.T("vpc.edit"), Back: f.Link(at), Hint: f.T("network.name.hint"),
		Trail: f.Trail("vpc.title", "/vpcs", v.Name, at, f.T("do.edit"), ""),
		Kept:  []views.KeptFact{{Label: f.T("vpc.cidr"), Value: v.CIDR.String()}},
	}), nil
}

func (h *VPC) update(c echo.Context) error {
	v, err := h.read(c)
	if err != nil {
		return err
	}
	if v, err = h.Caller(c).UpdateVPC(c.Request().Context(), v.ID, vpcInput(h.Form(c))); err != nil {
		return h.Fail(c, fmt.Errorf("change VPC %s: %w", c.Param("id"), err), h.editForm)
	}
	return h.Redirect(c, "/vpcs/"+v.ID, "vpc.saved", "name", v.Name)
}

func (h *VPC) askDelete(c echo.Context) error { return h.ShowForm(c, h.deletePage) }

func (h *VPC) deletePage(c echo.Context, form ui.Form) (templ.Component, error) {
	v, err := h.read(c)
	if err != nil {
		return nil, err
	}
	p := views.VPCDetail{VPC: v}
	if err := h.inside(c, &p); err != nil {
		return nil, err
	}
	var blockers []cloud.Ref
	for _, s := range p.VSwitches {
		blockers = append(blockers, cloud.Ref{Kind: "vswitch", ID: s.ID, Name: s.Name, Account: s.Account})
	}
	for _, g := range p.Groups {
		blockers = append(blockers, cloud.Ref{Kind: "group", ID: g.ID, Name: g.Name, Account: g.Account})
	}
	for _, i := range p.IDCs {
		blockers = append(blockers, cloud.Ref{Kind: "idc", ID: i.ID, Name: i.Name, Account: i.Account})
	}
	f, at := h.Frame(c), "/vpcs/"+v.ID
	return views.NetworkDeletePage(f, views.NetworkDelete{
		Form: form, Title: f.T("vpc.delete", "name", v.Name), Back: f.Link(at),
		Trail:    f.Trail("vpc.title", "/vpcs", v.Name, at, f.T("do.delete"), ""),
		Effects:  []string{f.T("vpc.delete.effect", "addr", v.Resolver), f.T("vpc.delete.effect.free")},
		Blockers: blockers, Why: f.T("error.vpc.used", "name", v.Name),
	}), nil
}

func (h *VPC) remove(c echo.Context) error {
	v, err := h.read(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).DeleteVPC(c.Request().Context(), v.ID); err != nil {
		return h.Fail(c, fmt.Errorf("delete VPC %s: %w", v.ID, err), h.deletePage)
	}
	return h.Redirect(c, "/vpcs", "vpc.deleted", "name", v.Name)
}
