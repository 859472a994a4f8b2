package handlers

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// Service is the endpoint services of an account (EPS-01 to EPS-09).
type Service struct{ *Base }

// Routes registers the pages.
func (h *Service) Routes(g *echo.Group) {
	g.GET("/endpoint-services", h.list)
	g.GET("/endpoint-services/new", h.new)
	g.POST("/endpoint-services/new", h.create)
	g.GET("/endpoint-services/:id", h.show)
	g.GET("/endpoint-services/:id/charts", h.charts)
	g.GET("/endpoint-services/:id/edit", h.edit)
	g.POST("/endpoint-services/:id/edit", h.update)
	g.GET("/endpoint-services/:id/delete", h.askDelete)
	g.POST("/endpoint-services/:id/delete", h.remove)
	h.resourceRoutes(g.Group("", h.only(cloud.Aliyun)))
	h.grantRoutes(g)
	h.mappedRoutes(g.Group("", h.only(cloud.Ctyun)))
}

func (h *Service) list(c echo.Context) error {
	p, err := h.services(c)
	if err != nil {
		return err
	}
	f := h.Frame(c)
	return h.Render(c, http.StatusOK, f.Edition.Pages.ServiceList.Or(views.ServiceListPage)(f, p))
}

// services reads the list.
func (h *Service) services(c echo.Context) (views.ServiceList, error) {
	f, ctx, caller, region := h.Frame(c), c.Request().Context(), h.Caller(c), h.Region(c)
	filters := f.ServiceFilters()
	if h.cloud(c) == cloud.Ctyun && c.QueryParam("status") == string(cloud.Buried) {
		found, err := caller.FindTombstones(ctx, region, asked(c))
		if err != nil {
			return views.ServiceList{}, fmt.Errorf("list deleted endpoint services: %w", err)
		}
		found.Find.Filter = map[string]string{"status": string(cloud.Buried)}
		return views.ServiceList{Gone: found.Items, List: listed(f, found, filters)}, nil
	}
	found, err := caller.FindServices(ctx, region, asked(c, filters...))
	if err != nil {
		return views.ServiceList{}, fmt.Errorf("list endpoint services: %w", err)
	}
	p := views.ServiceList{Items: found.Items, List: listed(f, found, filters)}
	p.List.Hidden = h.cloud(c) == cloud.Ctyun // the deleted ones
	return p, nil
}

// show is the detail page; ?tab= chooses among its pages.
func (h *Service) show(c echo.Context) error { return h.ShowForm(c, h.detail) }

func (h *Service) detail(c echo.Context, form ui.Form) (templ.Component, error) {
	p, err := h.serviceDetail(c, c.Param("id"))
	if err != nil {
		return nil, err
	}
	p.Form, p.Tab = form, c.QueryParam("tab")
	if c.Request().Method == http.MethodPost {
		p.Tab = "grants" // the only form of the page
	}
	if err := h.tab(c, &p); err != nil {
		return nil, err
	}
	if p.Tab == "attempts" {
		q := cloud.AttemptQuery{Service: p.Service.ID, Limit: attemptsShown}
		if p.Attempts, err = h.attempts(c, q); err != nil {
			return nil, err
		}
	}
	if p.Tab == tabCharts {
		if p.Charts, err = h.Base.charts(c, p.Service.ID, "/endpoint-services/"+p.Service.ID, "chart.of.service"); err != nil {
			return nil, err
		}
	}
	f := h.Frame(c)
	return f.Edition.Pages.ServiceDetail.Or(views.ServicePage)(f, p), nil
}

// serviceDetail reads what every page of one service shows.
func (b *Base) serviceDetail(c echo.Context, id string) (views.ServiceDetail, error) {
	s, err := b.Caller(c).Service(c.Request().Context(), id)
	if err != nil {
		return views.ServiceDetail{}, fmt.Errorf("read endpoint service %s: %w", id, err)
	}
	p := views.ServiceDetail{Service: s, Health: b.health(s.Resources)}
	live := b.Live.Busy()
	busy, err := b.Caller(c).ServiceBusy(c.Request().Context(), id, slices.Collect(maps.Keys(live)))
	if err != nil {
		return p, fmt.Errorf("read who uses endpoint service %s: %w", id, err)
	}
	for _, eni := range busy {
		p.Flows += live[eni]
	}
	return p, nil
}

// tab reads the list that a tab of a service's page shows.
func (b *Base) tab(c echo.Context, p *views.ServiceDetail) error {
	ctx, caller, f, id := c.Request().Context(), b.Caller(c), b.Frame(c), p.Service.ID
	switch p.Tab {
	case "connections":
		filters := f.ConnectionFilters()
		found, err := caller.FindConnections(ctx, id, asked(c, filters...))
		if err != nil {
			return fmt.Errorf("list connections of %s: %w", id, err)
		}
		p.Connections, p.List = found.Items, listed(f, found, filters, "tab", p.Tab)
		p.Live = b.liveOf(found.Items)
	case "resources":
		region, _ := cloud.FindRegion(p.Service.Region)
		filters := []ui.Filter{f.ZoneFilter(region.Zones)}
		found, err := caller.FindResources(ctx, id, asked(c, filters...))
		if err != nil {
			return fmt.Errorf("list resources of %s: %w", id, err)
		}
		p.Resources, p.List = found.Items, small(listed(f, found, filters, "tab", p.Tab))
	case "grants":
		found, err := caller.FindGrants(ctx, id, asked(c))
		if err != nil {
			return fmt.Errorf("list the whitelist of %s: %w", id, err)
		}
		p.Grants, p.List = found.Items, small(listed(f, found, nil, "tab", p.Tab))
		if p.Accounts, err = b.Engine.Accounts(ctx); err != nil {
			return fmt.Errorf("list accounts: %w", err)
		}
	}
	if b.cloud(c) == cloud.Ctyun {
		return b.mappedTab(c, p)
	}
	return nil
}

// health is what the probes found for each CLB behind a service.
func (b *Base) health(resources []cloud.ResourceView) map[string][]reach.Health {
	out := map[string][]reach.Health{}
	for _, r := range resources {
		out[r.Balancer] = b.Live.Health(r.Balancer)
	}
	return out
}

// liveOf counts the live flows of endpoints, by endpoint.
func (b *Base) liveOf(endpoints []cloud.EndpointView) map[string]int {
	out := map[string]int{}
	for _, e := range endpoints {
		for _, z := range e.Zones {
			out[e.ID] += len(b.Live.Connections(z.ID))
		}
	}
	return out
}

// attemptsShown is how many attempts a tab lists; the page of all has more.
const attemptsShown = 50

// attempts answers a tab's attempts with the tally of one day.
func (b *Base) attempts(c echo.Context, q cloud.AttemptQuery) (views.Attempts, error) {
	ctx := c.Request().Context()
	var p views.Attempts
	var err error
	if p.Items, err = b.Caller(c).Attempts(ctx, q); err != nil {
		return p, fmt.Errorf("list attempts: %w", err)
	}
	q.Since = b.Now().Add(-24 * time.Hour)
	if p.Allowed, p.Refused, err = b.Caller(c).Tally(ctx, q); err != nil {
		return p, fmt.Errorf("count attempts: %w", err)
	}
	return p, nil
}

func (h *Service) edit(c echo.Context) error { return h.ShowForm(c, h.editPage) }

func (h *Service) editPage(c echo.Context, form ui.Form) (templ.Component, error) {
	s, err := h.Caller(c).Service(c.Request().Context(), c.Param("id"))
	if err != nil {
		return nil, fmt.Errorf("read endpoint service %s: %w", c.Param("id"), err)
	}
	form.Default("autoaccept", yesNo(s.AutoAccept))
	form.Default("approval", yesNo(!s.AutoAccept))
	form.Default("affinity", yesNo(s.ZoneAffinity))
	form.Default("proxyprotocol", cmp.Or(s.Proxy, cloud.ProxyOff))
	form.Default("description", s.Description)
	f := h.Frame(c)
	return f.Edition.Pages.ServiceEdit.Or(views.ServiceEditPage)(f, views.ServiceEdit{Form: form, Service: s}), nil
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (h *Service) update(c echo.Context) error {
	form := h.Form(c)
	s, err := h.Caller(c).UpdateService(c.Request().Context(), c.Param("id"), cloud.ServiceInput{
		AutoAccept: form.Value("autoaccept"), Affinity: form.Value("affinity"), Description: form.Value("description"),
		Approval: form.Value("approval"), Proxy: form.Value("proxyprotocol"),
	})
	if err != nil {
		return h.Fail(c, fmt.Errorf("change endpoint service: %w", err), h.editPage)
	}
	return h.Redirect(c, "/endpoint-services/"+s.ID, "service.saved", "id", views.ServiceCalled(s))
}

func (h *Service) askDelete(c echo.Context) error { return h.ShowForm(c, h.deletePage) }

func (h *Service) deletePage(c echo.Context, form ui.Form) (templ.Component, error) {
	s, err := h.Caller(c).Service(c.Request().Context(), c.Param("id"))
	if err != nil {
		return nil, fmt.Errorf("read endpoint service %s: %w", c.Param("id"), err)
	}
	p := views.ServiceDelete{Form: form, Service: s}
	if p.Holders, p.Idle, err = h.Caller(c).ServiceHolders(c.Request().Context(), s.ID); err != nil {
		return nil, fmt.Errorf("list what keeps %s: %w", s.ID, err)
	}
	f := h.Frame(c)
	dialog := f.Edition.Pages.ServiceDelete
	if dialog == nil {
		return views.ServiceDeletePage(f, p), nil
	}
	list, err := h.services(c)
	if err != nil {
		return nil, err
	}
	list.Over = &views.Over{Title: f.T("service.delete", "id", views.ServiceCalled(s.Service)), Dialog: dialog(f, p)}
	return f.Edition.Pages.ServiceList.Or(views.ServiceListPage)(f, list), nil
}

func (h *Service) remove(c echo.Context) error {
	id, ctx := c.Param("id"), c.Request().Context()
	s, err := h.Caller(c).Service(ctx, id)
	if err != nil {
		return fmt.Errorf("read endpoint service %s: %w", id, err)
	}
	if err := h.Caller(c).DeleteService(ctx, id); err != nil {
		return h.Fail(c, fmt.Errorf("delete endpoint service: %w", err), h.deletePage)
	}
	return h.Redirect(c, "/endpoint-services", "service.deleted", "id", views.ServiceCalled(s.Service))
}
