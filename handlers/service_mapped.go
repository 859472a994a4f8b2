package handlers

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// What only services that map ports have (ctyun's): the form with its rows of
// mappings, the check of the backends' groups, and the whitelist's dialog.

func (h *Service) mappedRoutes(g *echo.Group) {
	g.POST("/endpoint-services/new/open", h.openNew)
	g.POST("/endpoint-services/:id/open", h.open)
	g.GET("/endpoint-services/:id/grants/new", h.newGrants)
	g.POST("/endpoint-services/:id/grants/new", h.addGrants)
	g.POST("/endpoint-services/:id/grants/:account/evict", h.evict)
}

// mappingRow are the fields of one row of 端口映射.
var mappingRow = []string{"protocol", "serviceport", "port"}

// mappedForm is the page 创建终端节点服务 (TYS-01 to TYS-13).
func (h *Service) mappedForm(c echo.Context, form ui.Form) (templ.Component, error) {
	form.Default("approval", "yes")
	form.Default("backendtype", cloud.BackendBalancer)
	form.Default("nic", cloud.PrimaryNIC)
	p := views.ServiceNew{Form: form, Rows: rows(form, mappingRow...), Most: h.mappingsAtOnce(), MostUse: h.Engine.Limits().ServicesPerBackend, Check: views.Check{Range: h.Engine.SNAT()}}
	for n := 1; n <= p.Rows; n++ {
		form.Default(rowName("protocol", n), cloud.TCP)
	}
	ctx, caller, region := c.Request().Context(), h.Caller(c), h.Region(c)
	var err error
	if p.VPCs, err = caller.VPCs(ctx, region); err != nil {
		return nil, fmt.Errorf("list VPCs: %w", err)
	}
	if len(p.VPCs) == 1 {
		form.Default("vpc", p.VPCs[0].ID)
	}
	if vpc := form.Value("vpc"); vpc != "" {
		if err := h.backends(c, vpc, &p); err != nil {
			return nil, err
		}
	}
	if behind, maps := chosen(p), cloud.Mappings(mappedInput(form, p.Rows).Mappings); behind != "" && len(maps) > 0 {
		p.Checked, p.Check.Guards = true, h.Live.Guards(ctx, maps, behind)
	}
	f := h.Frame(c)
	return f.Edition.Pages.ServiceNew.Or(views.ServiceNewPage)(f, p), nil
}

func (h *Service) mappingsAtOnce() int {
	return min(h.Engine.Limits().Mappings, cloud.MappingsAtOnce)
}

// backends reads what may stand behind a service in a VPC; what was chosen and
// is not there is taken out and told.
func (h *Service) backends(c echo.Context, vpc string, p *views.ServiceNew) error {
	f, ctx, caller, region := h.Frame(c), c.Request().Context(), h.Caller(c), h.Region(c)
	all, err := caller.Balancers(ctx, region)
	if err != nil {
		return fmt.Errorf("list load balancers: %w", err)
	}
	p.Balancers = slices.DeleteFunc(all, func(b cloud.BalancerView) bool { return b.VPC != vpc })
	if p.Instances, err = caller.Instances(ctx, region, vpc); err != nil {
		return fmt.Errorf("list instances: %w", err)
	}
	if id := p.Form.Value("instance"); id != "" {
		if p.NICs, err = caller.NICs(ctx, region, id); err != nil {
			return fmt.Errorf("list the NICs of %s: %w", id, err)
		}
	}
	if p.Use, err = caller.BackendUse(ctx, region); err != nil {
		return fmt.Errorf("count services by backend: %w", err)
	}
	if p.Form.Err != nil {
		return nil
	}
	if id := p.Form.Value("balancer"); id != "" && !slices.ContainsFunc(p.Balancers, func(b cloud.BalancerView) bool { return b.ID == id }) {
		p.Form.Set("balancer", "")
		p.Cleared = append(p.Cleared, f.T("mapping.cleared.balancer"))
	}
	if id := p.Form.Value("instance"); id != "" && !slices.ContainsFunc(p.Instances, func(i cloud.InstanceView) bool { return i.ID == id }) {
		p.Form.Set("instance", "")
		p.Cleared = append(p.Cleared, f.T("mapping.cleared.instance"))
	}
	if nic := p.Form.Value("nic"); !slices.ContainsFunc(p.NICs, func(n cloud.NICView) bool { return n.ID == nic }) {
		p.Form.Set("nic", cloud.PrimaryNIC) // another one's
	}
	return nil
}

// chosen is what would be behind the service, empty when that is not chosen or
// is none of what the account may choose.
func chosen(p views.ServiceNew) string {
	id, nic := p.Form.Value("instance"), p.Form.Value("nic")
	switch p.Form.Value("backendtype") {
	case cloud.BackendBalancer:
		if b, ok := findBalancer(p.Balancers, p.Form.Value("balancer")); ok {
			return b.ID
		}
	case cloud.BackendInstance:
		switch {
		case !slices.ContainsFunc(p.Instances, func(i cloud.InstanceView) bool { return i.ID == id }):
		case nic == cloud.PrimaryNIC:
			return id
		case slices.ContainsFunc(p.NICs, func(n cloud.NICView) bool { return n.ID == nic }):
			return nic
		}
	}
	return ""
}

// mappedInput reads the form with its rows.
func mappedInput(form ui.Form, count int) cloud.ServiceInput {
	in := cloud.ServiceInput{
		Name: form.Value("name"), VPC: form.Value("vpc"), Approval: form.Value("approval"), BackendType: form.Value("backendtype"),
		Balancer: form.Value("balancer"), Instance: form.Value("instance"), NIC: form.Value("nic"),
		Proxy: form.Value("proxyprotocol"),
	}
	for n := 1; n <= count; n++ {
		in.Mappings = append(in.Mappings, cloud.MappingInput{
			Protocol: form.Value(rowName("protocol", n)), ServicePort: form.Value(rowName("serviceport", n)), Port: form.Value(rowName("port", n)),
		})
	}
	return in
}

// openNew adds the rule that the form found missing, and shows the form again
// with all that was typed (TYS-12).
func (h *Service) openNew(c echo.Context) error {
	form := h.Form(c)
	if err := h.openGroup(c, form.Value("open")); err != nil {
		return err
	}
	typed := url.Values{}
	for name, values := range form.Values {
		if name != "open" && name != ui.OnceField {
			typed[name] = values
		}
	}
	return h.Redirect(c, "/endpoint-services/new?"+typed.Encode(), "mapping.opened", "range", h.Engine.SNAT().String())
}

// open adds the rule for a service that is there.
func (h *Service) open(c echo.Context) error {
	if err := h.openGroup(c, h.Form(c).Value("open")); err != nil {
		return err
	}
	return h.Redirect(c, "/endpoint-services/"+c.Param("id"), "mapping.opened", "range", h.Engine.SNAT().String())
}

func (h *Service) openGroup(c echo.Context, group string) error {
	if _, err := h.Caller(c).OpenSource(c.Request().Context(), group); err != nil {
		return fmt.Errorf("let the source range into %s: %w", group, err)
	}
	return nil
}

// mappedTab reads what a tab of such a service shows beside its list.
func (b *Base) mappedTab(c echo.Context, p *views.ServiceDetail) (err error) {
	ctx, caller := c.Request().Context(), b.Caller(c)
	switch p.Tab {
	case "connections":
		if p.Accounts, err = b.Engine.Accounts(ctx); err != nil {
			return fmt.Errorf("list accounts: %w", err)
		}
	case "grants":
		if p.Uninvited, err = caller.Uninvited(ctx, p.Service.ID); err != nil {
			return fmt.Errorf("list who is not on the whitelist of %s: %w", p.Service.ID, err)
		}
		p.Live = b.liveOf(p.Uninvited)
	case "":
		p.Check = views.Check{Range: b.Engine.SNAT(), Guards: b.guards(c, p.Service)}
	}
	return nil
}

func (h *Service) newGrants(c echo.Context) error { return h.ShowForm(c, h.grantsDialog) }

// grantsDialog is 添加白名单记录 (TYD-04) over the whitelist.
func (h *Service) grantsDialog(c echo.Context, form ui.Form) (templ.Component, error) {
	f := h.Frame(c)
	if f.Edition.Pages.GrantAdd == nil {
		return nil, echo.ErrNotFound
	}
	p, err := h.serviceDetail(c, c.Param("id"))
	if err != nil {
		return nil, err
	}
	p.Tab = "grants"
	if err := h.tab(c, &p); err != nil {
		return nil, err
	}
	d := views.GrantAdd{Form: form, Detail: p, Rows: rows(form, "account")}
	return h.over(f, p, "service.grants.new", f.Edition.Pages.GrantAdd(f, d)), nil
}

func (h *Service) addGrants(c echo.Context) error {
	form, id := h.Form(c), c.Param("id")
	var entries []string
	count := rows(form, "account")
	for n := 1; n <= count; n++ {
		entries = append(entries, form.Value(rowName("account", n)))
	}
	if err := h.Caller(c).AddGrants(c.Request().Context(), id, entries); err != nil {
		return h.Fail(c, fmt.Errorf("add to the whitelist: %w", err), h.grantsDialog)
	}
	return h.Redirect(c, "/endpoint-services/"+id+"?tab=grants", "service.grants.saved")
}

// evict cuts what goes on of an account that the whitelist does not hold any
// more.
func (h *Service) evict(c echo.Context) error {
	id, account := c.Param("id"), c.Param("account")
	if err := h.Caller(c).Evict(c.Request().Context(), id, account); err != nil {
		return fmt.Errorf("cut the connections of %s: %w", account, err)
	}
	entry, err := h.entry(c, account)
	if err != nil {
		return err
	}
	return h.Redirect(c, "/endpoint-services/"+id+"?tab=grants", "service.grants.cut", "id", entry)
}
