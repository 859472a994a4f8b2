package handlers

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

func (h *ACL) ruleRoutes(g *echo.Group) {
	g.GET("/network-acls/:id/rules/new", h.newRule)
	g.POST("/network-acls/:id/rules/new", h.addRule)
	g.GET("/network-acls/:id/rules/:rule/edit", h.editRule)
	g.POST("/network-acls/:id/rules/:rule/edit", h.updateRule)
	g.POST("/network-acls/:id/rules/:rule/move", h.moveRule)
	g.GET("/network-acls/:id/rules/:rule/delete", h.askDeleteRule)
	g.POST("/network-acls/:id/rules/:rule/delete", h.removeRule)
}

func (h *ACL) rulesTab(c echo.Context, p *views.ACLDetail) (err error) {
	f, ctx := h.Frame(c), c.Request().Context()
	if p.Order, err = h.Caller(c).ACLRules(ctx, p.ACL.ID, p.Tab); err != nil {
		return fmt.Errorf("list rules of %s: %w", p.ACL.ID, err)
	}
	filters := []ui.Filter{
		f.Filter("action", f.T("acl.rule.action"), func(v string) string { return f.T("acl.rule." + v) }, cloud.Allow, cloud.Deny),
		f.Filter("protocol", f.T("rule.protocol"), func(v string) string { return f.T("rule.protocol." + v) }, cloud.TCP, cloud.UDP, cloud.ICMP, cloud.AnyIP),
	}
	found, err := h.Caller(c).FindACLRules(ctx, p.ACL.ID, p.Tab, asked(c, filters...))
	if err != nil {
		return fmt.Errorf("find rules of %s: %w", p.ACL.ID, err)
	}
	p.Rules, p.List = found.Items, small(listed(f, found, filters, "tab", p.Tab))
	return nil
}

func (h *ACL) newRule(c echo.Context) error { return h.ShowForm(c, h.ruleForm) }

func (h *ACL) ruleForm(c echo.Context, form ui.Form) (templ.Component, error) {
	a, err := h.read(c)
	if err != nil {
		return nil, err
	}
	form.Default("direction", cloud.Ingress)
	form.Default("action", cloud.Allow)
	form.Default("protocol", cloud.TCP)
	form.Default("source", "0.0.0.0/0")
	form.Default("destination", "0.0.0.0/0")
	aclPreset(form)
	p := views.ACLRuleForm{Form: form, ACL: a, Senders: h.Engine.SNAT()}
	if p.Order, err = h.Caller(c).ACLRules(c.Request().Context(), a.ID, form.Value("direction")); err != nil {
		return nil, fmt.Errorf("list rules of %s: %w", a.ID, err)
	}
	// A place among the rules of the other direction, or before one that is gone.
	before := form.Value("before")
	if before != "" && !slices.ContainsFunc(p.Order, func(r cloud.ACLRule) bool { return r.ID == before }) {
		form.Set("before", "")
		p.Cleared = form.Err == nil
	}
	return views.ACLRulePage(h.Frame(c), p), nil
}

// aclPreset puts a pressed preset into the form.
func aclPreset(form ui.Form) {
	for _, p := range views.Presets() {
		if p.ID == form.Value("preset") {
			form.Set("protocol", p.Protocol)
			form.Set("destinationports", p.Ports)
		}
	}
	form.Values.Del("preset")
}

func aclRuleInput(form ui.Form) cloud.ACLRuleInput {
	return cloud.ACLRuleInput{
		Direction: form.Value("direction"), Action: form.Value("action"), Protocol: form.Value("protocol"),
		Source: form.Value("source"), SourcePorts: form.Value("sourceports"),
		Destination: form.Value("destination"), DestinationPorts: form.Value("destinationports"),
		Description: form.Value("description"), Before: form.Value("before"),
	}
}

func (h *ACL) addRule(c echo.Context) error {
	a, err := h.read(c)
	if err != nil {
		return err
	}
	r, err := h.Caller(c).AddACLRule(c.Request().Context(), a.ID, aclRuleInput(h.Form(c)))
	if err != nil {
		return h.Fail(c, fmt.Errorf("add a rule to %s: %w", a.ID, err), h.ruleForm)
	}
	return h.toRule(c, r, "acl.rule.added")
}

// toRule leads to the tab of a rule and says what became of it.
func (h *ACL) toRule(c echo.Context, r cloud.ACLRule, key string) error {
	return h.Redirect(c, "/network-acls/"+r.ACL+"?tab="+r.Direction, key, "n", strconv.Itoa(r.Order))
}

// rule answers the ACL and the rule of the address.
func (h *ACL) rule(c echo.Context) (cloud.ACLView, cloud.ACLRule, error) {
	a, err := h.read(c)
	if err != nil {
		return a, cloud.ACLRule{}, err
	}
	r, err := h.Caller(c).ACLRule(c.Request().Context(), a.ID, c.Param("rule"))
	if err != nil {
		return a, r, fmt.Errorf("read rule %s of %s: %w", c.Param("rule"), a.ID, err)
	}
	return a, r, nil
}

func (h *ACL) editRule(c echo.Context) error { return h.ShowForm(c, h.editRuleForm) }

func (h *ACL) editRuleForm(c echo.Context, form ui.Form) (templ.Component, error) {
	a, r, err := h.rule(c)
	if err != nil {
		return nil, err
	}
	aclPreset(form)
	views.ACLRuleInto(form, r)
	form.Set("direction", r.Direction)
	return views.ACLRulePage(h.Frame(c), views.ACLRuleForm{Form: form, ACL: a, Rule: r, Senders: h.Engine.SNAT()}), nil
}

func (h *ACL) updateRule(c echo.Context) error {
	a, r, err := h.rule(c)
	if err != nil {
		return err
	}
	if r, err = h.Caller(c).UpdateACLRule(c.Request().Context(), a.ID, r.ID, aclRuleInput(h.Form(c))); err != nil {
		return h.Fail(c, fmt.Errorf("change a rule of %s: %w", a.ID, err), h.editRuleForm)
	}
	return h.toRule(c, r, "acl.rule.saved")
}

// moveRule puts a rule right before or after its neighbour.
func (h *ACL) moveRule(c echo.Context) error {
	a, r, err := h.rule(c)
	if err != nil {
		return err
	}
	form := h.Form(c)
	neighbour, after := form.Value("before"), false
	if neighbour == "" {
		neighbour, after = form.Value("after"), true
	}
	if r, err = h.Caller(c).MoveACLRule(c.Request().Context(), a.ID, r.ID, neighbour, after); err != nil {
		return fmt.Errorf("move rule %s of %s: %w", c.Param("rule"), a.ID, err)
	}
	return h.toRule(c, r, "acl.rule.moved")
}

func (h *ACL) askDeleteRule(c echo.Context) error { return h.ShowForm(c, h.deleteRulePage) }

func (h *ACL) deleteRulePage(c echo.Context, form ui.Form) (templ.Component, error) {
	a, r, err := h.rule(c)
	if err != nil {
		return nil, err
	}
	f, at := h.Frame(c), "/network-acls/"+a.ID+"?tab="+r.Direction
	return views.NetworkDeletePage(f, views.NetworkDelete{
		Form: form, Title: f.T("acl.rule.delete"), Back: f.Link(at),
		Trail:   f.Trail("acl.title", "/network-acls", a.Name, at, f.T("acl.rule.delete"), ""),
		Lead:    f.ACLRuleLine(r),
		Effects: []string{f.T("acl.rule.delete.new"), f.T("acl.rule.delete.users", "n", a.Subnets)},
	}), nil
}

func (h *ACL) removeRule(c echo.Context) error {
	a, r, err := h.rule(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).DeleteACLRule(c.Request().Context(), a.ID, r.ID); err != nil {
		return h.Fail(c, fmt.Errorf("delete rule %s: %w", r.ID, err), h.deleteRulePage)
	}
	return h.toRule(c, r, "acl.rule.deleted")
}
