package handlers

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views"
)

// Topology draws what an account can see of a region.
type Topology struct{ *Base }

// Routes registers the page.
func (h *Topology) Routes(g *echo.Group) { g.GET("/topology", h.show) }

// drawnLinks bounds the drawing: more cannot be read on one page.
const drawnLinks = 40

func (h *Topology) show(c echo.Context) error {
	ctx, caller, region := c.Request().Context(), h.Caller(c), h.Region(c)
	f, p := h.Frame(c), views.Topology{Query: query(c), Show: c.QueryParam("show"), Clients: map[string][]cloud.InstanceView{}}
	own, err := caller.Services(ctx, region)
	if err != nil {
		return fmt.Errorf("list endpoint services: %w", err)
	}
	mine, err := caller.Endpoints(ctx, region, "")
	if err != nil {
		return fmt.Errorf("list endpoints: %w", err)
	}
	all := h.linksOf(mine, own)
	p.Empty = len(all)+len(own) == 0
	for _, l := range all {
		if !p.Matches(f, l) || !holds(p.Query, linkWords(l)...) {
			continue
		}
		if p.Total++; len(p.Links) < drawnLinks {
			p.Links = append(p.Links, l)
		}
	}
	networks, err := h.vpcs(c)
	if err != nil {
		return err
	}
	h.services(&p, own, networks)
	instances, err := caller.Instances(ctx, region, "")
	if err != nil {
		return fmt.Errorf("list instances: %w", err)
	}
	for _, i := range instances {
		p.Clients[i.VPC] = append(p.Clients[i.VPC], i)
	}
	return h.Render(c, http.StatusOK, views.TopologyPage(f, p))
}

// linksOf are the account's own endpoints and those of others to its services.
func (h *Topology) linksOf(mine []cloud.EndpointView, own []cloud.ServiceView) []views.TopologyLink {
	var out []views.TopologyLink
	for _, e := range mine {
		out = append(out, views.TopologyLink{HomeLink: h.link(e), Mine: true})
	}
	for _, s := range own {
		for _, e := range s.Connections {
			if !slices.ContainsFunc(mine, func(m cloud.EndpointView) bool { return m.ID == e.ID }) {
				out = append(out, views.TopologyLink{HomeLink: h.link(e)})
			}
		}
	}
	return out
}

// linkWords are what a link is found by: what the reader sees of it.
func linkWords(l views.TopologyLink) []string {
	e := l.Endpoint
	out := []string{e.ID, e.Name, e.Service, e.ServiceName, e.VPC, e.Account}
	if !l.Mine {
		return out
	}
	out = append(out, e.VPCName, e.Domain)
	for _, z := range e.Zones {
		out = append(out, z.ID, z.IP.String(), z.BalancerName)
	}
	return out
}

// services fills in the services behind the links, those of one network next
// to each other, and those of the account that nobody uses.
func (h *Topology) services(p *views.Topology, own []cloud.ServiceView, networks []cloud.VPC) {
	names := map[string]string{}
	for _, v := range networks {
		names[v.ID] = v.Name
	}
	for _, s := range own {
		used := slices.ContainsFunc(p.Links, func(l views.TopologyLink) bool { return l.Endpoint.Service == s.ID })
		if !used && (p.Query != "" || p.Show != "" || len(p.Services) >= drawnLinks) {
			continue
		}
		t := views.TopologyService{ServiceView: s, Health: map[string][]reach.Health{}}
		for _, r := range s.Resources {
			t.Health[r.Balancer] = h.Live.Health(r.Balancer)
			t.VPC = cmp.Or(t.VPC, names[r.VPC])
		}
		p.Services = append(p.Services, t)
	}
	for _, l := range p.Links {
		if !slices.ContainsFunc(p.Services, func(s views.TopologyService) bool { return s.ID == l.Endpoint.Service }) {
			theirs := cloud.ServiceView{Service: cloud.Service{ID: l.Endpoint.Service, Account: l.Endpoint.Provider}}
			p.Services = append(p.Services, views.TopologyService{ServiceView: theirs})
		}
	}
	slices.SortStableFunc(p.Services, func(a, b views.TopologyService) int { return cmp.Compare(a.VPC, b.VPC) })
}
