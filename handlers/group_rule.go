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

func (h *Group) ruleRoutes(g *echo.Group) {
	g.GET("/security-groups/:id/rules/new", h.newRule)
	g.POST("/security-groups/:id/rules/new", h.addRule)
	g.GET("/security-groups/:id/rules/:rule/delete", h.askDeleteRule)
	g.POST("/security-groups/:id/rules/:rule/delete", h.removeRule)
}

func (h *Group) newRule(c echo.Context) error { return h.ShowForm(c, h.ruleForm) }

func (h *Group) ruleForm(c echo.Context, form ui.Form) (templ.Component, error) {
	g, err := h.read(c)
	if err != nil {
		return nil, err
	}
	v, err := h.Caller(c).VPC(c.Request().Context(), g.VPC)
	if err != nil {
		return nil, fmt.Errorf("read VPC %s: %w", g.VPC, err)
	}
	others, err := h.Caller(c).SecurityGroups(c.Request().Context(), h.Region(c), g.VPC)
	if err != nil {
		return nil, fmt.Errorf("list security groups of %s: %w", g.VPC, err)
	}
	others = slices.DeleteFunc(others, func(o cloud.GroupView) bool { return o.ID == g.ID })
	for _, p := range views.Presets() {
		if p.ID == form.Value("preset") {
			form.Set("protocol", p.Protocol)
			form.Set("ports", p.Ports)
		}
	}
	form.Values.Del("preset")
	form.Default("direction", cloud.Ingress)
	form.Default("policy", cloud.Accept)
	form.Default("priority", "1")
	form.Default("protocol", cloud.TCP)
	return views.RuleNewPage(h.Frame(c), views.RuleNew{Form: form, Group: g, VPC: v, Others: others}), nil
}

func (h *Group) addRule(c echo.Context) error {
	g, err := h.read(c)
	if err != nil {
		return err
	}
	form := h.Form(c)
	rule, err := h.Caller(c).AddRule(c.Request().Context(), g.ID, cloud.RuleInput{
		Direction: form.Value("direction"), Policy: form.Value("policy"), Priority: form.Value("priority"),
		Protocol: form.Value("protocol"), Ports: form.Value("ports"), Peer: form.Value("peer"),
		Description: form.Value("description"),
	})
	if err != nil {
		return h.Fail(c, fmt.Errorf("add a rule to %s: %w", g.ID, err), h.ruleForm)
	}
	return h.Redirect(c, "/security-groups/"+g.ID+"?direction="+rule.Direction, "rule.added")
}

// rule answers the rule of the address.
func (h *Group) rule(c echo.Context) (cloud.GroupView, cloud.SecurityRule, error) {
	g, err := h.read(c)
	if err != nil {
		return g, cloud.SecurityRule{}, err
	}
	for _, r := range g.Rules {
		if r.ID == c.Param("rule") {
			return g, r, nil
		}
	}
	return g, cloud.SecurityRule{}, &cloud.Error{
		Kind: cloud.NotFound, Key: "error.notfound", Args: map[string]string{"kind": "rule", "id": c.Param("rule")},
	}
}

func (h *Group) askDeleteRule(c echo.Context) error { return h.ShowForm(c, h.deleteRulePage) }

func (h *Group) deleteRulePage(c echo.Context, form ui.Form) (templ.Component, error) {
	g, r, err := h.rule(c)
	if err != nil {
		return nil, err
	}
	f, at := h.Frame(c), "/security-groups/"+g.ID
	return views.NetworkDeletePage(f, views.NetworkDelete{
		Form: form, Title: f.T("rule.delete"), Back: f.Link(at + "?direction=" + r.Direction),
		Trail:   f.Trail("group.title", "/security-groups", g.Name, at, f.T("rule.delete"), ""),
		Lead:    f.RuleLine(r),
		Effects: []string{f.T("rule.delete.new"), f.T("rule.delete.users", "n", g.Carried)},
	}), nil
}

func (h *Group) removeRule(c echo.Context) error {
	g, r, err := h.rule(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).DeleteRule(c.Request().Context(), g.ID, r.ID); err != nil {
		return fmt.Errorf("delete rule %s: %w", r.ID, err)
	}
	return h.Redirect(c, "/security-groups/"+g.ID+"?direction="+r.Direction, "rule.deleted")
}
