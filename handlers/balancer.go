package handlers

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// Balancer is the CLB console: the Instances page, the purchase page, a CLB
// with its listeners and its default server group (CLB-01 to CLB-16, LSN-01
// to LSN-08).
type Balancer struct{ *Base }

// Routes registers the pages.
func (h *Balancer) Routes(g *echo.Group) {
	g.GET("/load-balancers", h.list)
	g.GET("/load-balancers/new", h.new)
	g.POST("/load-balancers/new", h.create)
	g.GET("/load-balancers/:id", h.show)
	g.GET("/load-balancers/:id/charts", h.charts)
	g.GET("/load-balancers/:id/health", h.health)
	g.GET("/load-balancers/:id/rename", h.askName)
	g.POST("/load-balancers/:id/rename", h.rename)
	specs := g.Group("", h.only(cloud.Aliyun))
	specs.GET("/load-balancers/:id/spec", h.askSpec)
	specs.POST("/load-balancers/:id/spec", h.spec)
	g.GET("/load-balancers/:id/delete", h.askDelete)
	g.POST("/load-balancers/:id/delete", h.remove)
	h.backendRoutes(g)
	h.listenerRoutes(g)
}

func (h *Balancer) list(c echo.Context) error {
	f := h.Frame(c)
	vpcs, err := h.vpcs(c)
	if err != nil {
		return err
	}
	filters := []ui.Filter{
		f.VPCFilter(vpcs),
		f.Filter("link", f.T("clb.privatelink"), func(string) string { return f.T("clb.link.yes") }, "yes"),
	}
	found, err := h.Caller(c).FindBalancers(c.Request().Context(), h.Region(c), asked(c, filters...))
	if err != nil {
		return fmt.Errorf("list CLBs: %w", err)
	}
	p := views.BalancerList{List: listed(f, found, filters)}
	for _, b := range found.Items {
		p.Items = append(p.Items, h.row(b))
	}
	return h.Render(c, http.StatusOK, views.BalancerListPage(f, p))
}

// balancer is the CLB of the address, when it is this account's and in this
// region (COM-04).
func (h *Balancer) balancer(c echo.Context) (cloud.BalancerView, error) {
	id := c.Param("id")
	b, err := h.Caller(c).Balancer(c.Request().Context(), id)
	if err != nil {
		return b, fmt.Errorf("read CLB %s: %w", id, err)
	}
	if b.Region != h.Region(c) {
		return b, &cloud.Error{Kind: cloud.NotFound, Key: "error.notfound", Args: map[string]string{"kind": "balancer", "id": id}}
	}
	return b, nil
}

func (h *Balancer) row(b cloud.BalancerView) views.BalancerRow {
	return views.BalancerRow{BalancerView: b, Health: h.Live.Health(b.ID)}
}

// detail gathers what a CLB's own page shows.
func (h *Balancer) detail(c echo.Context, tab string, form ui.Form) (views.BalancerDetail, error) {
	ctx := c.Request().Context()
	b, err := h.balancer(c)
	if err != nil {
		return views.BalancerDetail{}, err
	}
	p := views.BalancerDetail{
		BalancerRow: h.row(b), Tab: tab, Form: form, Shown: b.Listeners, Members: b.Backends,
		Ports: map[string]views.HostPort{}, Connections: h.Live.Connections(b.ID),
	}
	for _, l := range b.Listeners {
		if !b.IP.IsValid() || !l.Running {
			continue
		}
		at, move := h.Live.Port(b.VPC, l.Protocol, netip.AddrPortFrom(b.IP, l.Port))
		p.Ports[l.ID] = views.HostPort{At: at, Move: move}
	}
	counters, err := h.Engine.Counters(ctx, b.ID)
	if err != nil {
		return p, fmt.Errorf("read the counters of %s: %w", b.ID, err)
	}
	p.Counter = counters[b.ID]
	if err := h.tabList(c, &p); err != nil {
		return p, err
	}
	if b.VPC != "" {
		if p.Clients, err = h.Caller(c).CandidateBackends(ctx, b.ID); err != nil {
			return p, fmt.Errorf("list instances beside %s: %w", b.ID, err)
		}
		if p.From, err = h.from(ctx, h.Caller(c), b.Region, b.VPC, b.VPCName); err != nil {
			return p, err
		}
	}
	return p, nil
}

// tabList reads the part of a CLB's listeners or servers that its tab shows.
func (h *Balancer) tabList(c echo.Context, p *views.BalancerDetail) error {
	ctx, f := c.Request().Context(), h.Frame(c)
	switch p.Tab {
	case views.TabListeners:
		filters := []ui.Filter{f.Filter("protocol", f.T("listener.protocol.short"), strings.ToUpper, cloud.TCP, cloud.UDP)}
		found, err := h.Caller(c).FindListeners(ctx, p.ID, asked(c, filters...))
		if err != nil {
			return fmt.Errorf("list listeners of %s: %w", p.ID, err)
		}
		p.Shown, p.List = found.Items, small(listed(f, found, filters))
	case views.TabServers:
		found, err := h.Caller(c).FindBackends(ctx, p.ID, asked(c))
		if err != nil {
			return fmt.Errorf("list servers of %s: %w", p.ID, err)
		}
		p.Members, p.List = found.Items, small(listed(f, found, nil))
	}
	return nil
}

func (h *Balancer) show(c echo.Context) error {
	if c.QueryParam("tab") == tabCharts {
		return h.tab(c, views.TabCharts)
	}
	return h.tab(c, views.TabListeners)
}

func (h *Balancer) health(c echo.Context) error { return h.tab(c, views.TabHealth) }

func (h *Balancer) tab(c echo.Context, tab string) error {
	p, err := h.detail(c, tab, ui.Form{})
	if err != nil {
		return err
	}
	if tab == views.TabCharts {
		if p.Charts, err = h.Base.charts(c, p.ID, "/load-balancers/"+p.ID, "chart.of.clb"); err != nil {
			return err
		}
	}
	return h.Render(c, http.StatusOK, views.BalancerPage(h.Frame(c), p))
}

func (h *Balancer) askName(c echo.Context) error { return h.ShowForm(c, h.namePage) }

func (h *Balancer) namePage(c echo.Context, form ui.Form) (templ.Component, error) {
	p, err := h.detail(c, views.TabListeners, form)
	if err != nil {
		return nil, err
	}
	form.Default("name", p.Name)
	return views.BalancerRenamePage(h.Frame(c), p), nil
}

func (h *Balancer) rename(c echo.Context) error {
	if _, err := h.balancer(c); err != nil {
		return err
	}
	b, err := h.Caller(c).RenameBalancer(c.Request().Context(), c.Param("id"), strings.TrimSpace(h.Form(c).Value("name")))
	if err != nil {
		return h.Fail(c, err, h.namePage)
	}
	return h.Redirect(c, "/load-balancers/"+b.ID, "clb.renamed", "name", b.Name)
}

func (h *Balancer) askDelete(c echo.Context) error { return h.ShowForm(c, h.deletePage) }

// deletePage names what stands in the way whether or not it was tried.
func (h *Balancer) deletePage(c echo.Context, form ui.Form) (templ.Component, error) {
	b, err := h.balancer(c)
	if err != nil {
		return nil, err
	}
	return views.BalancerDeletePage(h.Frame(c), b, form), nil
}

func (h *Balancer) remove(c echo.Context) error {
	b, err := h.balancer(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).DeleteBalancer(c.Request().Context(), b.ID); err != nil {
		return h.Fail(c, err, h.deletePage)
	}
	return h.Redirect(c, "/load-balancers", "clb.deleted", "name", b.Name)
}
