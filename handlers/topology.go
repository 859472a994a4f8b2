package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"sort"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views"
)

// Topology draws what an account can see of a region.
type Topology struct{ *Base }

// Routes registers the page.
func (h *Topology) Routes(g *echo.Group) { g.GET("/topology", h.show) }

const (
	// drawnLinks bounds the drawing: more cannot be read on one page.
	drawnLinks = 40
	// searchedLinks bounds those looked through for what does not pass, which
	// follows from live health too.
	searchedLinks = 500
)

func (h *Topology) show(c echo.Context) error {
	ctx, caller, region := c.Request().Context(), h.Caller(c), h.Region(c)
	f, p := h.Frame(c), views.Topology{Query: query(c), Show: c.QueryParam("show"), Clients: map[string][]cloud.InstanceView{}}
	ask := cloud.Find{Words: p.Query, Size: drawnLinks}
	switch p.Show {
	case views.ShowWait:
		ask.Filter = map[string]string{"connection": cloud.WaitsForProvider}
	case views.ShowBad:
		ask.Size = searchedLinks
	}
	found, err := caller.FindLinks(ctx, region, ask)
	if err != nil {
		return fmt.Errorf("list connections: %w", err)
	}
	h.links(f, &p, found)
	own, err := h.services(c, &p)
	if err != nil {
		return err
	}
	p.Empty = found.All == 0 && own == 0
	instances, err := caller.FindInstances(ctx, region, cloud.Find{Size: searchedLinks})
	if err != nil {
		return fmt.Errorf("list instances: %w", err)
	}
	for _, i := range instances.Items {
		p.Clients[i.VPC] = append(p.Clients[i.VPC], i)
	}
	if err := h.sites(c, &p); err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, views.TopologyPage(f, p))
}

// sites fills in who is attached to the VPCs from outside.
func (h *Topology) sites(c echo.Context, p *views.Topology) error {
	vpcs, err := h.vpcs(c)
	if err != nil {
		return err
	}
	idcs, err := h.Caller(c).IDCs(c.Request().Context(), h.Region(c), "")
	if err != nil {
		return fmt.Errorf("list networks on premises: %w", err)
	}
	p.Sites = map[string][]views.TopologySite{}
	for _, v := range vpcs {
		if v.Host {
			p.Sites[v.ID] = append(p.Sites[v.ID], views.TopologySite{Range: "127.0.0.1"})
		}
	}
	for _, i := range idcs {
		if i.VPC != "" {
			p.Sites[i.VPC] = append(p.Sites[i.VPC], views.TopologySite{ID: i.ID, Name: i.Name, Range: i.CIDR.String()})
		}
	}
	return nil
}

// links fills in what is drawn of the connections that were found.
func (h *Topology) links(f *views.Frame, p *views.Topology, found cloud.Found[cloud.EndpointView]) {
	for _, e := range found.Items {
		l := views.TopologyLink{HomeLink: h.link(e), Mine: e.Account == f.Account.ID}
		if !p.Matches(f, l) {
			continue
		}
		if p.Total++; len(p.Links) < drawnLinks {
			p.Links = append(p.Links, l)
		}
	}
	if p.Show != views.ShowBad {
		p.Total = found.Total
	}
}

// services fills in the services behind the links, those of one network next
// to each other, and when nothing narrows the drawing down the account's own
// that nobody uses. It answers how many the account has.
func (h *Topology) services(c echo.Context, p *views.Topology) (int, error) {
	ctx, caller := c.Request().Context(), h.Caller(c)
	newest, err := caller.FindServices(ctx, h.Region(c), cloud.Find{Size: drawnLinks})
	if err != nil {
		return 0, fmt.Errorf("list endpoint services: %w", err)
	}
	var ids []string
	for _, l := range p.Links {
		if !slices.Contains(ids, l.Endpoint.Service) {
			ids = append(ids, l.Endpoint.Service)
		}
	}
	used, err := caller.OwnServices(ctx, ids...)
	if err != nil {
		return 0, fmt.Errorf("list the services of connections: %w", err)
	}
	if p.Query == "" && p.Show == "" {
		for _, s := range newest.Items {
			if !slices.Contains(ids, s.ID) {
				used = append(used, s)
			}
		}
	}
	networks, err := h.vpcs(c)
	if err != nil {
		return 0, err
	}
	for _, s := range used {
		p.Services = append(p.Services, h.service(s, networks))
	}
	for _, l := range p.Links {
		if !slices.ContainsFunc(p.Services, func(s views.TopologyService) bool { return s.ID == l.Endpoint.Service }) {
			theirs := cloud.ServiceView{Service: cloud.Service{ID: l.Endpoint.Service, Name: l.Endpoint.ServiceName, Account: l.Endpoint.Provider, Mappings: l.Endpoint.Mappings}}
			p.Services = append(p.Services, views.TopologyService{ServiceView: theirs})
		}
	}
	sort.SliceStable(p.Services, func(i, j int) bool { return p.Services[i].VPC < p.Services[j].VPC })
	return newest.All, nil
}

// service is one of the account's own services with how what is behind it is.
func (h *Topology) service(s cloud.ServiceView, networks []cloud.VPC) views.TopologyService {
	t := views.TopologyService{ServiceView: s, Health: map[string][]reach.Health{}}
	for _, r := range s.Resources {
		t.Health[r.Balancer] = h.Live.Health(r.Balancer)
		if i := slices.IndexFunc(networks, func(v cloud.VPC) bool { return v.ID == r.VPC }); i >= 0 && t.VPC == "" {
			t.VPC = networks[i].Name
		}
	}
	return t
}
