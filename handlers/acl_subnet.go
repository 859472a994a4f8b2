package handlers

import (
	"fmt"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// subnetRoutes are the pages that give subnets an ACL: the ACL's side, whose
// dialog is a page of its own, and the subnet's side.
func (h *ACL) subnetRoutes(g *echo.Group) {
	g.GET("/network-acls/:id/subnets/add", h.askAssociate)
	g.POST("/network-acls/:id/subnets/add", h.associate)
	g.GET("/network-acls/:id/subnets/:subnet/remove", h.askDissociate)
	g.POST("/network-acls/:id/subnets/:subnet/remove", h.dissociate)
	g.GET("/vswitches/:id/acl", h.askSet)
	g.POST("/vswitches/:id/acl", h.set)
}

func (h *ACL) subnetsTab(c echo.Context, p *views.ACLDetail) error {
	f := h.Frame(c)
	found, err := h.Caller(c).FindACLSubnets(c.Request().Context(), p.ACL.ID, asked(c))
	if err != nil {
		return fmt.Errorf("list the subnets of %s: %w", p.ACL.ID, err)
	}
	p.Subnets, p.List = found.Items, small(listed(f, found, nil, "tab", p.Tab))
	return nil
}

func (h *ACL) askAssociate(c echo.Context) error { return h.ShowForm(c, h.associatePage) }

func (h *ACL) associatePage(c echo.Context, form ui.Form) (templ.Component, error) {
	detail, err := h.detail(c, views.SubnetsTab)
	if err != nil {
		return nil, err
	}
	all, err := h.Caller(c).VSwitches(c.Request().Context(), h.Region(c), "")
	if err != nil {
		return nil, fmt.Errorf("list subnets: %w", err)
	}
	return views.ACLAssociatePage(h.Frame(c), views.ACLAssociate{Form: form, Detail: detail, Subnets: all}), nil
}

func (h *ACL) associate(c echo.Context) error {
	a, err := h.read(c)
	if err != nil {
		return err
	}
	subnets := h.Form(c).All("subnets")
	if err := h.Caller(c).AssociateACL(c.Request().Context(), a.ID, subnets); err != nil {
		return h.Fail(c, fmt.Errorf("associate subnets with %s: %w", a.ID, err), h.associatePage)
	}
	return h.Redirect(c, "/network-acls/"+a.ID+"?tab="+views.SubnetsTab, "acl.subnet.added", "n", strconv.Itoa(len(subnets)))
}

// subnet answers the subnet of an address.
func (h *ACL) subnet(c echo.Context, param string) (cloud.VSwitchView, error) {
	id := c.Param(param)
	s, err := h.Caller(c).VSwitch(c.Request().Context(), id)
	if err != nil {
		return s, fmt.Errorf("read subnet %s: %w", id, err)
	}
	return s, h.here(c, "vswitch", id, s.Region)
}

func (h *ACL) askDissociate(c echo.Context) error { return h.ShowForm(c, h.dissociatePage) }

func (h *ACL) dissociatePage(c echo.Context, form ui.Form) (templ.Component, error) {
	a, err := h.read(c)
	if err != nil {
		return nil, err
	}
	s, err := h.subnet(c, "subnet")
	if err != nil {
		return nil, err
	}
	if s.ACL != a.ID {
		return nil, echo.ErrNotFound
	}
	f, at := h.Frame(c), "/network-acls/"+a.ID+"?tab="+views.SubnetsTab
	return views.ACLDissociatePage(f, views.NetworkDelete{
		Form: form, Title: f.T("acl.subnet.remove.of", "subnet", s.Name, "name", a.Name), Back: f.Link(at),
		Trail:   f.Trail("acl.title", "/network-acls", a.Name, at, f.T("acl.subnet.remove"), ""),
		Effects: []string{f.T("acl.subnet.remove.do")},
	}), nil
}

func (h *ACL) dissociate(c echo.Context) error {
	a, err := h.read(c)
	if err != nil {
		return err
	}
	s, err := h.subnet(c, "subnet")
	if err != nil {
		return err
	}
	if err := h.Caller(c).DissociateACL(c.Request().Context(), a.ID, s.ID); err != nil {
		return h.Fail(c, fmt.Errorf("disassociate %s from %s: %w", s.ID, a.ID, err), h.dissociatePage)
	}
	return h.Redirect(c, "/network-acls/"+a.ID+"?tab="+views.SubnetsTab, "acl.subnet.removed", "subnet", s.Name)
}

func (h *ACL) askSet(c echo.Context) error { return h.ShowForm(c, h.setPage) }

func (h *ACL) setPage(c echo.Context, form ui.Form) (templ.Component, error) {
	s, err := h.subnet(c, "id")
	if err != nil {
		return nil, err
	}
	all, err := h.Caller(c).ACLs(c.Request().Context(), h.Region(c))
	if err != nil {
		return nil, fmt.Errorf("list network ACLs: %w", err)
	}
	form.Default("acl", s.ACL)
	return views.SubnetACLPage(h.Frame(c), views.SubnetACL{Form: form, Subnet: s, ACLs: all}), nil
}

func (h *ACL) set(c echo.Context) error {
	s, err := h.subnet(c, "id")
	if err != nil {
		return err
	}
	if _, err := h.Caller(c).SetSubnetACL(c.Request().Context(), s.ID, h.Form(c).Value("acl")); err != nil {
		return h.Fail(c, fmt.Errorf("change the network ACL of %s: %w", s.ID, err), h.setPage)
	}
	return h.Redirect(c, "/vswitches/"+s.ID, "acl.subnet.set.done", "subnet", s.Name)
}
