package handlers

import (
	"context"
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

// Endpoint is the endpoints of an account (EP-01 to EP-11).
type Endpoint struct{ *Base }

// Routes registers the pages.
func (h *Endpoint) Routes(g *echo.Group) {
	g.GET("/endpoints", h.list)
	g.GET("/endpoints/new", h.new)
	g.POST("/endpoints/new", h.create)
	g.GET("/endpoints/:id", h.show)
	g.GET("/endpoints/:id/charts", h.charts)
	// ctyun's endpoints have one interface, without a name and groups.
	zonal := g.Group("", h.only(cloud.Aliyun))
	zonal.GET("/endpoints/:id/edit", h.edit)
	zonal.POST("/endpoints/:id/edit", h.update)
	zonal.GET("/endpoints/:id/groups", h.groups)
	zonal.POST("/endpoints/:id/groups", h.setGroups)
	g.GET("/endpoints/:id/delete", h.askDelete)
	g.POST("/endpoints/:id/delete", h.remove)
	h.zoneRoutes(zonal)
}

func (h *Endpoint) list(c echo.Context) error {
	p, err := h.endpoints(c)
	if err != nil {
		return err
	}
	f := h.Frame(c)
	return h.Render(c, http.StatusOK, f.Edition.Pages.EndpointList.Or(views.EndpointListPage)(f, p))
}

// endpoints reads the list.
func (h *Endpoint) endpoints(c echo.Context) (views.EndpointList, error) {
	f := h.Frame(c)
	vpcs, err := h.vpcs(c)
	if err != nil {
		return views.EndpointList{}, err
	}
	filters := f.EndpointFilters(vpcs)
	found, err := h.Caller(c).FindEndpoints(c.Request().Context(), h.Region(c), asked(c, filters...))
	if err != nil {
		return views.EndpointList{}, fmt.Errorf("list endpoints: %w", err)
	}
	return views.EndpointList{Items: found.Items, List: listed(f, found, filters)}, nil
}

// read answers the endpoint of the address, of this page's region.
func (h *Endpoint) read(c echo.Context) (cloud.EndpointView, error) {
	id := c.Param("id")
	e, err := h.Caller(c).Endpoint(c.Request().Context(), id)
	if err != nil {
		return e, fmt.Errorf("read endpoint %s: %w", id, err)
	}
	return e, h.here(c, "endpoint", id, e.Region)
}

// show is the detail page; ?tab= chooses among its pages.
func (h *Endpoint) show(c echo.Context) error {
	e, err := h.read(c)
	if err != nil {
		return err
	}
	p, err := h.detail(c, e)
	if err != nil {
		return err
	}
	switch p.Tab = c.QueryParam("tab"); p.Tab {
	case "attempts", "":
		q := cloud.AttemptQuery{Endpoint: e.ID, Limit: attemptsShown}
		if p.Tab == "" {
			q.Limit = attemptsBrief
		}
		if p.Attempts, err = h.attempts(c, q); err != nil {
			return err
		}
	case tabCharts, "traffic": // as it was once called
		if p.Charts, err = h.Base.charts(c, e.ID, "/endpoints/"+e.ID, ""); err != nil {
			return err
		}
	case "groups":
		if p.Groups, err = h.Caller(c).SecurityGroups(c.Request().Context(), e.Region, e.VPC); err != nil {
			return fmt.Errorf("list security groups: %w", err)
		}
	case "events":
		if p.Events, _, err = h.events(c, e.ID); err != nil {
			return err
		}
	}
	f := h.Frame(c)
	return h.Render(c, http.StatusOK, f.Edition.Pages.EndpointDetail.Or(views.EndpointPage)(f, p))
}

// attemptsBrief is how many attempts the overview of an endpoint lists.
const attemptsBrief = 5

// detail reads what the pages of one endpoint show.
func (h *Endpoint) detail(c echo.Context, e cloud.EndpointView) (views.EndpointDetail, error) {
	ctx, caller := c.Request().Context(), h.Caller(c)
	p := views.EndpointDetail{Endpoint: e, Mine: e.Provider == caller.Account().ID}
	var err error
	if p.From, err = h.from(ctx, caller, e.Region, e.VPC, e.VPCName); err != nil {
		return p, err
	}
	if p.Service, err = h.serviceOf(ctx, caller, e); err != nil {
		return p, err
	}
	p.Health = h.health(p.Service.Resources)
	var ids []string
	for _, z := range e.Zones {
		ids = append(ids, z.ID)
		p.Live = append(p.Live, h.Live.Connections(z.ID)...)
	}
	counters, err := h.Engine.Counters(ctx, ids...)
	if err != nil {
		return p, fmt.Errorf("read counters: %w", err)
	}
	for _, k := range counters {
		p.Count.Accepted += k.Accepted
		p.Count.Refused += k.Refused
		p.Count.In += k.In
		p.Count.Out += k.Out
		p.Count.Dropped += k.Dropped
		p.Count.Crowded += k.Crowded
		p.Count.OverRate += k.OverRate
	}
	p.Ports = h.places(e, p.Service.Resources)
	if p.DNS, err = h.dnsAccess(ctx, caller, p, c.QueryParam("gateway")); err != nil {
		return p, err
	}
	return p, nil
}

// serviceOf is the endpoint's service as far as the account may know it: its
// own with all there is, another's while the whitelist holds the account.
func (b *Base) serviceOf(ctx context.Context, caller *cloud.Caller, e cloud.EndpointView) (cloud.ServiceView, error) {
	s, err := caller.Service(ctx, e.Service)
	if cloud.AsError(err) != nil {
		s, err = caller.FindService(ctx, e.Region, e.Service)
	}
	if err != nil && cloud.AsError(err) == nil {
		return s, fmt.Errorf("read endpoint service %s: %w", e.Service, err)
	}
	if err != nil {
		return cloud.ServiceView{}, nil // gone, or no longer open to the account
	}
	return s, nil
}

// places are where the endpoint's ports are on this host.
func (h *Endpoint) places(e cloud.EndpointView, resources []cloud.ResourceView) []views.PortPlace {
	var out []views.PortPlace
	for _, z := range e.Zones {
		if z.Deleting {
			continue
		}
		seen := map[cloud.Mapping]bool{}
		for _, m := range published(e, z, resources) {
			m.ServicePort = 0
			if seen[m] {
				continue
			}
			seen[m] = true
			place := views.PortPlace{Protocol: m.Protocol, At: netip.AddrPortFrom(z.IP, m.Port)}
			if z.Observed.Bound {
				place.Host, place.Move = h.Live.Port(e.VPC, m.Protocol, place.At)
			}
			out = append(out, place)
		}
	}
	return out
}

// published are the ports of an endpoint in one zone: those its service maps,
// else those its CLBs listen on.
func published(e cloud.EndpointView, z cloud.ZoneView, resources []cloud.ResourceView) []cloud.Mapping {
	if len(e.Mappings) > 0 {
		return e.Mappings
	}
	var out []cloud.Mapping
	for _, r := range resources {
		if r.Zone != z.Zone || z.Balancer != "" && z.Balancer != r.Balancer {
			continue
		}
		for _, l := range r.Ports {
			out = append(out, cloud.Mapping{Protocol: l.Protocol, Port: l.Port})
		}
	}
	return out
}

func (h *Endpoint) edit(c echo.Context) error { return h.ShowForm(c, h.editPage) }

func (h *Endpoint) editPage(c echo.Context, form ui.Form) (templ.Component, error) {
	e, err := h.read(c)
	if err != nil {
		return nil, err
	}
	form.Default("name", e.Name)
	form.Default("description", e.Description)
	return views.EndpointEditPage(h.Frame(c), views.EndpointForm{Form: form, Endpoint: e}), nil
}

func (h *Endpoint) update(c echo.Context) error {
	form := h.Form(c)
	e, err := h.Caller(c).UpdateEndpoint(c.Request().Context(), c.Param("id"), form.Value("name"), form.Value("description"))
	if err != nil {
		return h.Fail(c, fmt.Errorf("change endpoint: %w", err), h.editPage)
	}
	return h.Redirect(c, "/endpoints/"+e.ID, "endpoint.saved", "name", e.Name)
}

func (h *Endpoint) groups(c echo.Context) error { return h.ShowForm(c, h.groupsPage) }

func (h *Endpoint) groupsPage(c echo.Context, form ui.Form) (templ.Component, error) {
	e, err := h.read(c)
	if err != nil {
		return nil, err
	}
	groups, err := h.Caller(c).SecurityGroups(c.Request().Context(), e.Region, e.VPC)
	if err != nil {
		return nil, fmt.Errorf("list security groups: %w", err)
	}
	if form.Fresh() {
		form.Values["groups"] = slices.Clone(e.Groups)
	}
	return views.EndpointGroupsPage(h.Frame(c), views.EndpointForm{Form: form, Endpoint: e, Groups: groups}), nil
}

func (h *Endpoint) setGroups(c echo.Context) error {
	e, err := h.Caller(c).SetEndpointGroups(c.Request().Context(), c.Param("id"), h.Form(c).All("groups"))
	if err != nil {
		return h.Fail(c, fmt.Errorf("change the endpoint's groups: %w", err), h.groupsPage)
	}
	return h.Redirect(c, "/endpoints/"+e.ID+"?tab=groups", "endpoint.groups.saved")
}

func (h *Endpoint) askDelete(c echo.Context) error { return h.ShowForm(c, h.deletePage) }

func (h *Endpoint) deletePage(c echo.Context, form ui.Form) (templ.Component, error) {
	e, err := h.read(c)
	if err != nil {
		return nil, err
	}
	f := h.Frame(c)
	p := views.EndpointForm{Form: form, Endpoint: e, Flows: h.liveOf([]cloud.EndpointView{e})[e.ID]}
	dialog := f.Edition.Pages.EndpointDelete
	if dialog == nil {
		return views.EndpointDeletePage(f, p), nil
	}
	list, err := h.endpoints(c)
	if err != nil {
		return nil, err
	}
	list.Over = &views.Over{Title: f.T("vpcep.delete"), Dialog: dialog(f, p)}
	return f.Edition.Pages.EndpointList.Or(views.EndpointListPage)(f, list), nil
}

func (h *Endpoint) remove(c echo.Context) error {
	e, err := h.read(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).DeleteEndpoint(c.Request().Context(), e.ID); err != nil {
		return h.Fail(c, fmt.Errorf("delete endpoint: %w", err), h.deletePage)
	}
	return h.Redirect(c, "/endpoints", "endpoint.deleting", "name", e.Name)
}
