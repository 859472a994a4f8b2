package handlers

import (
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
	"culvert.internal/views/zilliz"
)

// Cluster is the clusters of a project of Zilliz Cloud (ZIL-03, ZIL-05, ZIL-15,
// ZIL-16).
type Cluster struct{ *Base }

// Routes registers the pages.
func (h *Cluster) Routes(g *echo.Group) {
	g.GET("/clusters/:id", h.find)
	g = g.Group("/projects/:project/clusters")
	g.GET("", h.list)
	g.GET("/new", h.new)
	g.POST("/new", h.create)
	g.GET("/:id", h.show)
	g.GET("/:id/rename", h.rename)
	g.POST("/:id/rename", h.update)
	g.GET("/:id/public", h.public)
	g.POST("/:id/public", h.setPublic)
	g.POST("/:id/builtin", h.setBuiltIn)
	g.GET("/:id/delete", h.askDelete)
	g.POST("/:id/delete", h.remove)
}

// find leads from a cluster's ID to its page, whichever project it is in.
func (h *Cluster) find(c echo.Context) error {
	id, f := c.Param("id"), h.Frame(c)
	for _, p := range f.Projects {
		if _, err := h.Caller(c).Cluster(c.Request().Context(), p.ID, id); err == nil {
			return c.Redirect(http.StatusSeeOther, f.ProjectPath(p.ID, "/clusters/"+id))
		} else if e := cloud.AsError(err); e == nil || e.Kind != cloud.NotFound {
			return fmt.Errorf("find cluster %s: %w", id, err)
		}
	}
	return &cloud.Error{Kind: cloud.NotFound, Key: "error.notfound", Args: map[string]string{"kind": "cluster", "id": id}}
}

func (h *Cluster) list(c echo.Context) error {
	clusters, err := h.Caller(c).Clusters(c.Request().Context(), c.Param("project"))
	if err != nil {
		return fmt.Errorf("list clusters: %w", err)
	}
	return h.Render(c, http.StatusOK, zilliz.ClusterListPage(h.Frame(c), clusters))
}

func (h *Cluster) new(c echo.Context) error { return h.ShowForm(c, h.newPage) }

func (h *Cluster) newPage(c echo.Context, form ui.Form) (templ.Component, error) {
	form.Default("provider", cloud.Aliyun)
	form.Default("plan", cloud.Plans()[0])
	return zilliz.ClusterNewPage(h.Frame(c), zilliz.ClusterNew{Form: form}), nil
}

func (h *Cluster) create(c echo.Context) error {
	form := h.Form(c)
	k, err := h.Caller(c).CreateCluster(c.Request().Context(), c.Param("project"), cloud.ClusterInput{
		Name: form.Value("name"), Provider: form.Value("provider"), Region: form.Value("region"), Plan: form.Value("plan"),
	})
	if err != nil {
		return h.Fail(c, fmt.Errorf("create cluster: %w", err), h.newPage)
	}
	return h.Redirect(c, "/projects/"+k.Project+"/clusters/"+k.ID, "cluster.created", "name", k.Name)
}

// cluster answers a cluster of the project of the address.
func (b *Base) cluster(c echo.Context, id string) (cloud.ClusterView, error) {
	k, err := b.Caller(c).Cluster(c.Request().Context(), c.Param("project"), id)
	if err != nil {
		return k, fmt.Errorf("read cluster %s: %w", id, err)
	}
	return k, nil
}

func (h *Cluster) show(c echo.Context) error {
	p, err := h.clusterDetail(c, c.Param("id"))
	if err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, zilliz.ClusterPage(h.Frame(c), p))
}

// clusterDetail reads what the page of a cluster shows.
func (b *Base) clusterDetail(c echo.Context, id string) (zilliz.ClusterDetail, error) {
	k, err := b.cluster(c, id)
	if err != nil {
		return zilliz.ClusterDetail{}, err
	}
	p := zilliz.ClusterDetail{Cluster: k}
	for _, balancer := range k.Balancers {
		for _, health := range b.Live.Health(balancer) {
			for _, listener := range k.Listeners {
				if health.Listener == listener {
					p.Health = append(p.Health, health)
				}
			}
		}
	}
	return p, nil
}

func (h *Cluster) rename(c echo.Context) error { return h.ShowForm(c, h.namePage) }

func (h *Cluster) namePage(c echo.Context, form ui.Form) (templ.Component, error) {
	k, err := h.cluster(c, c.Param("id"))
	if err != nil {
		return nil, err
	}
	form.Default("name", k.Name)
	return zilliz.ClusterNamePage(h.Frame(c), zilliz.ClusterName{Form: form, Cluster: k}), nil
}

func (h *Cluster) update(c echo.Context) error {
	k, err := h.Caller(c).RenameCluster(c.Request().Context(), c.Param("project"), c.Param("id"), h.Form(c).Value("name"))
	if err != nil {
		return h.Fail(c, fmt.Errorf("rename cluster: %w", err), h.namePage)
	}
	return h.Redirect(c, "/projects/"+k.Project+"/clusters/"+k.ID, "zilliz.saved", "name", k.Name)
}

func (h *Cluster) public(c echo.Context) error { return h.ShowForm(c, h.publicPage) }

func (h *Cluster) publicPage(c echo.Context, form ui.Form) (templ.Component, error) {
	p, err := h.clusterDetail(c, c.Param("id"))
	if err != nil {
		return nil, err
	}
	f := h.Frame(c)
	p.Over = &views.Over{Title: f.T("cluster.public"), Dialog: zilliz.PublicDialog(f, p.Cluster, form)}
	return zilliz.ClusterPage(f, p), nil
}

func (h *Cluster) setPublic(c echo.Context) error {
	k, err := h.Caller(c).SetClusterPublic(c.Request().Context(), c.Param("project"), c.Param("id"), h.Form(c).Value("on") == "yes")
	if err != nil {
		return h.Fail(c, fmt.Errorf("set the public endpoint: %w", err), h.publicPage)
	}
	said := "cluster.public.was.closed"
	if k.Public {
		said = "cluster.public.was.opened"
	}
	return h.Redirect(c, "/projects/"+k.Project+"/clusters/"+k.ID, said)
}

func (h *Cluster) setBuiltIn(c echo.Context) error {
	k, err := h.Caller(c).SetClusterBuiltIn(c.Request().Context(), c.Param("project"), c.Param("id"), h.Form(c).Value("on") == "yes")
	if err != nil {
		return fmt.Errorf("set the built-in program: %w", err)
	}
	said := "cluster.builtin.stopped"
	if k.BuiltIn {
		said = "cluster.builtin.started"
	}
	return h.Redirect(c, "/projects/"+k.Project+"/clusters/"+k.ID, said)
}

func (h *Cluster) askDelete(c echo.Context) error { return h.ShowForm(c, h.deletePage) }

func (h *Cluster) deletePage(c echo.Context, form ui.Form) (templ.Component, error) {
	k, err := h.cluster(c, c.Param("id"))
	if err != nil {
		return nil, err
	}
	f := h.Frame(c)
	at := f.InProject("/clusters/" + k.ID)
	return views.NetworkDeletePage(f, views.NetworkDelete{
		Form: form, Title: f.T("cluster.delete", "name", k.Name), Back: at,
		Trail:   zilliz.Trail(f, "cluster.title", "/clusters", k.Name, at, f.T("do.delete"), ""),
		Effects: []string{f.T("cluster.delete.effect", "host", k.PrivateHost), f.T("cluster.delete.last", "region", f.RegionName(k.Region))},
	}), nil
}

func (h *Cluster) remove(c echo.Context) error {
	k, err := h.cluster(c, c.Param("id"))
	if err != nil {
		return err
	}
	if err := h.Caller(c).DeleteCluster(c.Request().Context(), k.Project, k.ID); err != nil {
		return h.Fail(c, fmt.Errorf("delete cluster: %w", err), h.deletePage)
	}
	return h.Redirect(c, "/projects/"+k.Project+"/clusters", "zilliz.deleted", "name", k.Name)
}
