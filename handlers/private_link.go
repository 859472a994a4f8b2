package handlers

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
	"culvert.internal/views/zilliz"
)

// PrivateLink is the private links of a project of Zilliz Cloud (ZIL-02 to
// ZIL-11).
type PrivateLink struct{ *Base }

// Routes registers the pages.
func (h *PrivateLink) Routes(g *echo.Group) {
	g.GET("/private-links/:id", h.find)
	g = g.Group("/projects/:project/private-links")
	g.GET("", h.list)
	g.GET("/new", h.new)
	g.POST("/new", h.act)
	g.POST("/draft", h.keep)
	g.GET("/:id", h.show)
	g.GET("/:id/delete", h.askDelete)
	g.POST("/:id/delete", h.remove)
}

// find leads from a private link's ID to its page, whichever project it is in.
func (h *PrivateLink) find(c echo.Context) error {
	id, f := c.Param("id"), h.Frame(c)
	for _, p := range f.Projects {
		if _, err := h.Caller(c).PrivateLink(c.Request().Context(), p.ID, id); err == nil {
			return c.Redirect(http.StatusSeeOther, f.ProjectPath(p.ID, "/private-links/"+id))
		} else if e := cloud.AsError(err); e == nil || e.Kind != cloud.NotFound {
			return fmt.Errorf("find private link %s: %w", id, err)
		}
	}
	return &cloud.Error{Kind: cloud.NotFound, Key: "error.notfound", Args: map[string]string{"kind": "privatelink", "id": id}}
}

func (h *PrivateLink) list(c echo.Context) error {
	p, err := h.links(c)
	if err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, zilliz.LinkListPage(h.Frame(c), p))
}

// links reads the list with the dialogs that were left unfinished.
func (h *PrivateLink) links(c echo.Context) (zilliz.LinkList, error) {
	var p zilliz.LinkList
	var err error
	if p.Links, err = h.Caller(c).PrivateLinks(c.Request().Context(), c.Param("project")); err != nil {
		return p, fmt.Errorf("list private links: %w", err)
	}
	for _, region := range cloud.ClusterRegions() {
		d, err := h.Caller(c).LinkDraft(c.Request().Context(), c.Param("project"), region)
		if err != nil {
			return p, fmt.Errorf("read the draft of a private link: %w", err)
		}
		if zilliz.Unfinished(d) {
			p.Drafts = append(p.Drafts, d)
		}
	}
	return p, nil
}

func (h *PrivateLink) new(c echo.Context) error { return h.ShowForm(c, h.dialog) }

// dialog is 创建私网连接 over the page that it was opened from: the list, or a
// cluster's (ZIL-03).
func (h *PrivateLink) dialog(c echo.Context, form ui.Form) (templ.Component, error) {
	f, ctx, project := h.Frame(c), c.Request().Context(), c.Param("project")
	draft, err := h.Caller(c).LinkDraft(ctx, project, form.Value("region"))
	if err != nil {
		return nil, fmt.Errorf("read the draft of a private link: %w", err)
	}
	form.Values.Del("do")
	form.Values.Del("remove")
	form.Default("provider", draft.Provider)
	form.Set("region", draft.Region)
	form.Default("endpoint", draft.Endpoint)
	p := zilliz.LinkNew{Form: form, Draft: draft, Cluster: form.Value("cluster")}
	over := &views.Over{Title: f.T("plink.create"), Dialog: zilliz.LinkDialog(f, p)}
	if p.Cluster != "" {
		below, err := h.clusterDetail(c, p.Cluster)
		if err != nil {
			return nil, err
		}
		below.Over = over
		return zilliz.ClusterPage(f, below), nil
	}
	below, err := h.links(c)
	if err != nil {
		return nil, err
	}
	below.Over = over
	return zilliz.LinkListPage(f, below), nil
}

// act does what the pressed button of the dialog asks for. Enter does what
// comes next: it adds the account that was typed, else makes the link.
func (h *PrivateLink) act(c echo.Context) error {
	form, ctx, caller, project := h.Form(c), c.Request().Context(), h.Caller(c), c.Param("project")
	at := cloud.LinkPlace{Project: project, Provider: form.Value("provider"), Region: form.Value("region")}
	endpoint, do := form.Value("endpoint"), form.Value("do")
	if do == "enter" && form.Value("account") != "" && endpoint == "" {
		do = "add"
	}
	var err error
	if gone := form.Value("remove"); gone != "" {
		do, err = "remove", caller.RemoveLinkAccount(ctx, at, gone)
	} else if do == "add" {
		err = caller.AddLinkAccount(ctx, at, form.Value("account"))
	}
	switch {
	case err != nil:
		return h.Fail(c, fmt.Errorf("%s the account of a private link: %w", do, err), h.dialog)
	case do == "enter" || do == "create":
		return h.create(c, at, endpoint)
	}
	if at.Region != "" {
		if err := caller.KeepLinkDraft(ctx, project, at.Region, endpoint); err != nil {
			return fmt.Errorf("keep the draft of a private link: %w", err)
		}
	}
	return h.goOn(c, do, form)
}

// goOn leads to the dialog again, or away from it.
func (h *PrivateLink) goOn(c echo.Context, do string, form ui.Form) error {
	at, cluster := "/projects/"+c.Param("project"), form.Value("cluster")
	switch {
	case do == "close" && cluster != "":
		return h.Redirect(c, at+"/clusters/"+cluster, "")
	case do == "close":
		return h.Redirect(c, at+"/private-links", "")
	}
	q := url.Values{"region": {form.Value("region")}}
	if cluster != "" {
		q.Set("cluster", cluster)
	}
	return h.Redirect(c, at+"/private-links/new?"+q.Encode(), "")
}

func (h *PrivateLink) create(c echo.Context, at cloud.LinkPlace, endpoint string) error {
	l, err := h.Caller(c).CreatePrivateLink(c.Request().Context(), at, endpoint)
	if err != nil {
		return h.Fail(c, fmt.Errorf("create private link: %w", err), h.dialog)
	}
	return h.Redirect(c, "/projects/"+l.Project+"/private-links/"+l.ID, "")
}

// keep keeps what is being typed, for a window that is closed without a word.
func (h *PrivateLink) keep(c echo.Context) error {
	form := h.Form(c)
	err := h.Caller(c).KeepLinkDraft(c.Request().Context(), c.Param("project"), form.Value("region"), form.Value("endpoint"))
	if err != nil && cloud.AsError(err) == nil {
		return fmt.Errorf("keep the draft of a private link: %w", err)
	}
	return c.NoContent(http.StatusNoContent)
}

// link answers the private link of the address.
func (h *PrivateLink) link(c echo.Context) (cloud.PrivateLinkView, error) {
	l, err := h.Caller(c).PrivateLink(c.Request().Context(), c.Param("project"), c.Param("id"))
	if err != nil {
		return l, fmt.Errorf("read private link %s: %w", c.Param("id"), err)
	}
	return l, nil
}

func (h *PrivateLink) show(c echo.Context) error {
	l, err := h.link(c)
	if err != nil {
		return err
	}
	p := zilliz.LinkDetail{Link: l, Zones: map[string]string{}}
	zones, err := h.Caller(c).PrivateZones(c.Request().Context())
	if err != nil {
		return fmt.Errorf("list private zones: %w", err)
	}
	for _, z := range zones {
		p.Zones[z.Name] = z.ID
	}
	// The endpoint may be another account's, or gone: then its domain is not told.
	if e, err := h.Caller(c).Endpoint(c.Request().Context(), l.Endpoint); err == nil {
		p.Domain = e.Domain
	}
	return h.Render(c, http.StatusOK, zilliz.LinkPage(h.Frame(c), p))
}

func (h *PrivateLink) askDelete(c echo.Context) error { return h.ShowForm(c, h.deletePage) }

func (h *PrivateLink) deletePage(c echo.Context, form ui.Form) (templ.Component, error) {
	l, err := h.link(c)
	if err != nil {
		return nil, err
	}
	f := h.Frame(c)
	at := f.InProject("/private-links/" + l.ID)
	return views.NetworkDeletePage(f, views.NetworkDelete{
		Form: form, Title: f.T("plink.delete", "endpoint", l.Endpoint), Back: at,
		Trail:   zilliz.Trail(f, "plink.title", "/private-links", l.Endpoint, at, f.T("do.delete"), ""),
		Effects: []string{f.T("plink.delete.effect"), f.T("plink.delete.stays")},
	}), nil
}

func (h *PrivateLink) remove(c echo.Context) error {
	l, err := h.link(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).DeletePrivateLink(c.Request().Context(), l.Project, l.ID); err != nil {
		return h.Fail(c, fmt.Errorf("delete private link: %w", err), h.deletePage)
	}
	return h.Redirect(c, "/projects/"+l.Project+"/private-links", "zilliz.deleted", "name", l.Endpoint)
}
