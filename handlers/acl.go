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

// ACL is the network ACLs of an account (TYQ-02). Only the regions of a cloud
// that has them have these pages.
type ACL struct{ *Base }

// Routes registers the pages.
func (h *ACL) Routes(g *echo.Group) {
	g = g.Group("", h.only(cloud.Ctyun))
	g.GET("/network-acls", h.list)
	g.GET("/network-acls/new", h.new)
	g.POST("/network-acls/new", h.create)
	g.GET("/network-acls/:id", h.show)
	g.GET("/network-acls/:id/edit", h.edit)
	g.POST("/network-acls/:id/edit", h.update)
	g.GET("/network-acls/:id/delete", h.askDelete)
	g.POST("/network-acls/:id/delete", h.remove)
	h.ruleRoutes(g)
	h.subnetRoutes(g)
}

func (h *ACL) list(c echo.Context) error {
	f := h.Frame(c)
	found, err := h.Caller(c).FindACLs(c.Request().Context(), h.Region(c), asked(c))
	if err != nil {
		return fmt.Errorf("list network ACLs: %w", err)
	}
	return h.Render(c, http.StatusOK, views.ACLListPage(f, views.ACLList{Items: found.Items, List: listed(f, found, nil)}))
}

func (h *ACL) new(c echo.Context) error { return h.ShowForm(c, h.form) }

func (h *ACL) form(c echo.Context, form ui.Form) (templ.Component, error) {
	return views.ACLNewPage(h.Frame(c), form), nil
}

func (h *ACL) create(c echo.Context) error {
	a, err := h.Caller(c).CreateACL(c.Request().Context(), h.Region(c), aclInput(h.Form(c)))
	if err != nil {
		return h.Fail(c, fmt.Errorf("create a network ACL: %w", err), h.form)
	}
	return h.Redirect(c, "/network-acls/"+a.ID, "acl.created", "name", a.Name)
}

func aclInput(form ui.Form) cloud.ACLInput {
	return cloud.ACLInput{Name: form.Value("name"), Description: form.Value("description")}
}

// read answers the ACL of the address.
func (h *ACL) read(c echo.Context) (cloud.ACLView, error) {
	id := c.Param("id")
	a, err := h.Caller(c).ACL(c.Request().Context(), id)
	if err != nil {
		return a, fmt.Errorf("read network ACL %s: %w", id, err)
	}
	return a, h.here(c, "acl", id, a.Region)
}

// show is the page of an ACL; ?tab= chooses a direction or the subnets.
func (h *ACL) show(c echo.Context) error {
	p, err := h.detail(c, c.QueryParam("tab"))
	if err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, views.ACLPage(h.Frame(c), p))
}

func (h *ACL) detail(c echo.Context, tab string) (views.ACLDetail, error) {
	a, err := h.read(c)
	if err != nil {
		return views.ACLDetail{}, err
	}
	p := views.ACLDetail{ACL: a, Tab: tab}
	if tab == views.SubnetsTab {
		return p, h.subnetsTab(c, &p)
	}
	if tab != cloud.Egress {
		p.Tab = cloud.Ingress
	}
	return p, h.rulesTab(c, &p)
}

func (h *ACL) edit(c echo.Context) error { return h.ShowForm(c, h.editForm) }

func (h *ACL) editForm(c echo.Context, form ui.Form) (templ.Component, error) {
	a, err := h.read(c)
	if err != nil {
		return nil, err
	}
	form.Default("name", a.Name)
	form.Default("description", a.Description)
	f, at := h.Frame(c), "/network-acls/"+a.ID
	return views.NetworkEditPage(f, views.NetworkEdit{
		Form: form, Title: f.T("acl.edit"), Back: f.Link(at), Hint: f.T("acl.name.hint"),
		Trail: f.Trail("acl.title", "/network-acls", a.Name, at, f.T("do.edit"), ""),
	}), nil
}

func (h *ACL) update(c echo.Context) error {
	a, err := h.read(c)
	if err != nil {
		return err
	}
	saved, err := h.Caller(c).UpdateACL(c.Request().Context(), a.ID, aclInput(h.Form(c)))
	if err != nil {
		return h.Fail(c, fmt.Errorf("change network ACL %s: %w", a.ID, err), h.editForm)
	}
	return h.Redirect(c, "/network-acls/"+a.ID, "acl.saved", "name", saved.Name)
}

func (h *ACL) askDelete(c echo.Context) error { return h.ShowForm(c, h.deletePage) }

func (h *ACL) deletePage(c echo.Context, form ui.Form) (templ.Component, error) {
	a, err := h.read(c)
	if err != nil {
		return nil, err
	}
	blockers, err := h.Caller(c).ACLSubnets(c.Request().Context(), a.ID)
	if err != nil {
		return nil, fmt.Errorf("list the subnets of %s: %w", a.ID, err)
	}
	f, at := h.Frame(c), "/network-acls/"+a.ID
	return views.NetworkDeletePage(f, views.NetworkDelete{
		Form: form, Title: f.T("acl.delete", "name", a.Name), Back: f.Link(at),
		Trail:    f.Trail("acl.title", "/network-acls", a.Name, at, f.T("do.delete"), ""),
		Effects:  []string{f.T("acl.delete.do", "n", a.In+a.Out)},
		Blockers: blockers, Why: f.T("error.acl.used", "name", a.Name),
	}), nil
}

func (h *ACL) remove(c echo.Context) error {
	a, err := h.read(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).DeleteACL(c.Request().Context(), a.ID); err != nil {
		return h.Fail(c, fmt.Errorf("delete network ACL %s: %w", a.ID, err), h.deletePage)
	}
	return h.Redirect(c, "/network-acls", "acl.deleted", "name", a.Name)
}
