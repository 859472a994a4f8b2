package handlers

import (
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// Group is the security groups of an account and their rules (ALI-04 to
// ALI-06).
type Group struct{ *Base }

// Routes registers the pages.
func (h *Group) Routes(g *echo.Group) {
	g.GET("/security-groups", h.list)
	g.GET("/security-groups/new", h.new)
	g.POST("/security-groups/new", h.create)
	g.GET("/security-groups/:id", h.show)
	g.GET("/security-groups/:id/edit", h.edit)
	g.POST("/security-groups/:id/edit", h.update)
	g.GET("/security-groups/:id/delete", h.askDelete)
	g.POST("/security-groups/:id/delete", h.remove)
	h.ruleRoutes(g)
}

func (h *Group) list(c echo.Context) error {
	f := h.Frame(c)
	vpcs, err := h.vpcs(c)
	if err != nil {
		return err
	}
	filters := []ui.Filter{f.VPCFilter(vpcs)}
	found, err := h.Caller(c).FindSecurityGroups(c.Request().Context(), h.Region(c), asked(c, filters...))
	if err != nil {
		return fmt.Errorf("list security groups: %w", err)
	}
	return h.Render(c, http.StatusOK, views.GroupListPage(f, views.GroupList{Items: found.Items, List: listed(f, found, filters)}))
}

func (h *Group) new(c echo.Context) error { return h.ShowForm(c, h.form) }

// form offers the documents' suggestion with both options ticked. An unticked
// box is not sent, so "seen" says that the reader had the choice.
func (h *Group) form(c echo.Context, form ui.Form) (templ.Component, error) {
	vpcs, err := h.vpcs(c)
	if err != nil {
		return nil, err
	}
	chooseOnly(form, "vpc", vpcs)
	form.Default("template", string(cloud.TemplateWeb))
	if form.Value("seen") == "" {
		form.Values["options"] = []string{"http", "https"}
	}
	return views.GroupNewPage(h.Frame(c), views.GroupNew{Form: form, VPCs: vpcs}), nil
}

func (h *Group) create(c echo.Context) error {
	g, err := h.Caller(c).CreateSecurityGroup(c.Request().Context(), h.Region(c), groupInput(h.Form(c)))
	if err != nil {
		return h.Fail(c, fmt.Errorf("create a security group: %w", atField(err, "vpc", "vpc")), h.form)
	}
	return h.Redirect(c, "/security-groups/"+g.ID, "group.created", "name", g.Name)
}

func groupInput(form ui.Form) cloud.GroupInput {
	return cloud.GroupInput{
		VPC: form.Value("vpc"), Name: form.Value("name"), Description: form.Value("description"),
		Template: cloud.Template(form.Value("template")),
		HTTP:     form.Ticked("options", "http"), HTTPS: form.Ticked("options", "https"),
	}
}

// read answers the group of the address.
func (h *Group) read(c echo.Context) (cloud.GroupView, error) {
	id := c.Param("id")
	g, err := h.Caller(c).SecurityGroup(c.Request().Context(), id)
	if err != nil {
		return g, fmt.Errorf("read security group %s: %w", id, err)
	}
	return g, h.here(c, "group", id, g.Region)
}

// show is the page of a group; ?direction= chooses its tab.
func (h *Group) show(c echo.Context) error {
	g, err := h.read(c)
	if err != nil {
		return err
	}
	siblings, err := h.Caller(c).SecurityGroups(c.Request().Context(), h.Region(c), g.VPC)
	if err != nil {
		return fmt.Errorf("list security groups of %s: %w", g.VPC, err)
	}
	p := views.GroupDetail{Group: g, Direction: c.QueryParam("direction"), Names: map[string]string{}}
	if p.Direction != cloud.Egress && p.Direction != views.UsersTab {
		p.Direction = cloud.Ingress
	}
	for _, s := range siblings {
		p.Names[s.ID] = s.Name
	}
	if p.Direction != views.UsersTab {
		f := h.Frame(c)
		filters := []ui.Filter{
			f.Filter("policy", f.T("rule.policy"), func(v string) string { return f.T("rule." + v) }, cloud.Accept, cloud.Drop),
			f.Filter("protocol", f.T("rule.protocol"), func(v string) string { return f.T("rule.protocol." + v) }, cloud.TCP, cloud.UDP, cloud.ICMP, cloud.AnyIP),
		}
		found, err := h.Caller(c).FindRules(c.Request().Context(), g.ID, p.Direction, asked(c, filters...))
		if err != nil {
			return fmt.Errorf("list rules of %s: %w", g.ID, err)
		}
		p.Rules, p.List = found.Items, small(listed(f, found, filters, "direction", p.Direction))
	}
	return h.Render(c, http.StatusOK, views.GroupPage(h.Frame(c), p))
}

func (h *Group) edit(c echo.Context) error { return h.ShowForm(c, h.editForm) }

func (h *Group) editForm(c echo.Context, form ui.Form) (templ.Component, error) {
	g, err := h.read(c)
	if err != nil {
		return nil, err
	}
	form.Default("name", g.Name)
	form.Default("description", g.Description)
	f, at := h.Frame(c), "/security-groups/"+g.ID
	return views.NetworkEditPage(f, views.NetworkEdit{
		Form: form, Title: f.T("group.edit"), Back: f.Link(at), Hint: f.T("network.name2.hint"),
		Trail: f.Trail("group.title", "/security-groups", g.Name, at, f.T("do.edit"), ""),
		Kept:  []views.KeptFact{{Label: f.T("vswitch.vpc"), Value: g.VPCName}},
	}), nil
}

func (h *Group) update(c echo.Context) error {
	g, err := h.read(c)
	if err != nil {
		return err
	}
	saved, err := h.Caller(c).UpdateSecurityGroup(c.Request().Context(), g.ID, groupInput(h.Form(c)))
	if err != nil {
		return h.Fail(c, fmt.Errorf("change security group %s: %w", g.ID, err), h.editForm)
	}
	return h.Redirect(c, "/security-groups/"+g.ID, "group.saved", "name", saved.Name)
}

func (h *Group) askDelete(c echo.Context) error { return h.ShowForm(c, h.deletePage) }

func (h *Group) deletePage(c echo.Context, form ui.Form) (templ.Component, error) {
	g, err := h.read(c)
	if err != nil {
		return nil, err
	}
	f, at := h.Frame(c), "/security-groups/"+g.ID
	return views.NetworkDeletePage(f, views.NetworkDelete{
		Form: form, Title: f.T("group.delete", "name", g.Name), Back: f.Link(at),
		Trail:    f.Trail("group.title", "/security-groups", g.Name, at, f.T("do.delete"), ""),
		Effects:  []string{f.T("group.delete.do", "n", len(g.Rules))},
		Blockers: g.Users, Why: f.T("error.group.used", "name", g.Name),
	}), nil
}

func (h *Group) remove(c echo.Context) error {
	g, err := h.read(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).DeleteSecurityGroup(c.Request().Context(), g.ID); err != nil {
		return h.Fail(c, fmt.Errorf("delete security group %s: %w", g.ID, err), h.deletePage)
	}
	return h.Redirect(c, "/security-groups", "group.deleted", "name", g.Name)
}
