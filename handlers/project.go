package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
	"culvert.internal/views/zilliz"
)

// Project is the projects of an account in Zilliz Cloud (ZIL-01).
type Project struct{ *Base }

// Routes registers the pages.
func (h *Project) Routes(g *echo.Group) {
	g.GET("/projects", h.list)
	g.GET("/projects/new", h.new)
	g.POST("/projects/new", h.create)
	g.GET("/projects/:project", h.enter)
	g.GET("/projects/:project/rename", h.rename)
	g.POST("/projects/:project/rename", h.update)
	g.GET("/projects/:project/delete", h.askDelete)
	g.POST("/projects/:project/delete", h.remove)
}

// projectCookie keeps which project was looked at last.
const projectCookie = "project"

// projects puts the account's projects into the frame, with the one that the
// address names; outside of projects it is the one that was looked at last,
// else the first.
func (b *Base) projects(c echo.Context) error {
	f := b.Frame(c)
	var err error
	if f.Projects, err = b.Caller(c).Projects(c.Request().Context()); err != nil {
		return fmt.Errorf("list projects: %w", err)
	}
	id, named := c.Param("project"), true
	if id == "" {
		named = false
		if k, err := c.Cookie(projectCookie); err == nil {
			id = k.Value
		}
	}
	for _, p := range f.Projects {
		if p.ID == id {
			f.Project = p.Project
		}
	}
	switch {
	case named && f.Project.ID == "":
		return &cloud.Error{Kind: cloud.NotFound, Key: "error.notfound", Args: map[string]string{"kind": "project", "id": id}}
	case f.Project.ID == "" && len(f.Projects) == 0:
		return errors.New("the account has no project")
	case f.Project.ID == "":
		f.Project = f.Projects[0].Project
	case named:
		if k, err := c.Cookie(projectCookie); err != nil || k.Value != id {
			c.SetCookie(cookie(c, projectCookie, id))
		}
	}
	return nil
}

// enter leads to what a project is looked at for.
func (h *Project) enter(c echo.Context) error { return h.enterProject(c) }

func (b *Base) enterProject(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, b.Frame(c).InProject("/clusters"))
}

func (h *Project) list(c echo.Context) error {
	f := h.Frame(c)
	return h.Render(c, http.StatusOK, zilliz.ProjectListPage(f, f.Projects))
}

func (h *Project) new(c echo.Context) error { return h.ShowForm(c, h.form) }

func (h *Project) form(c echo.Context, form ui.Form) (templ.Component, error) {
	p := zilliz.ProjectForm{Form: form}
	f := h.Frame(c)
	if c.Param("project") != "" {
		p.Project = f.Project
		form.Default("name", f.Project.Name)
	}
	return zilliz.ProjectFormPage(f, p), nil
}

func (h *Project) create(c echo.Context) error {
	p, err := h.Caller(c).CreateProject(c.Request().Context(), h.Form(c).Value("name"))
	if err != nil {
		return h.Fail(c, fmt.Errorf("create project: %w", err), h.form)
	}
	return h.Redirect(c, "/projects/"+p.ID+"/clusters", "project.created", "name", p.Name)
}

func (h *Project) rename(c echo.Context) error { return h.ShowForm(c, h.form) }

func (h *Project) update(c echo.Context) error {
	p, err := h.Caller(c).RenameProject(c.Request().Context(), c.Param("project"), h.Form(c).Value("name"))
	if err != nil {
		return h.Fail(c, fmt.Errorf("rename project: %w", err), h.form)
	}
	return h.Redirect(c, "/projects", "zilliz.saved", "name", p.Name)
}

func (h *Project) askDelete(c echo.Context) error { return h.ShowForm(c, h.deletePage) }

func (h *Project) deletePage(c echo.Context, form ui.Form) (templ.Component, error) {
	f, ctx := h.Frame(c), c.Request().Context()
	clusters, err := h.Caller(c).Clusters(ctx, f.Project.ID)
	if err != nil {
		return nil, fmt.Errorf("list clusters: %w", err)
	}
	var blockers []cloud.Ref
	for _, k := range clusters {
		blockers = append(blockers, cloud.Ref{Kind: "cluster", ID: k.ID, Name: k.Name, Account: k.Account})
	}
	return views.NetworkDeletePage(f, views.NetworkDelete{
		Form: form, Title: f.T("project.delete", "name", f.Project.Name), Back: f.Link("/projects"),
		Trail: []ui.Crumb{
			{Label: f.T("project.title"), Href: f.Link("/projects")},
			{Label: f.Project.Name, Href: f.InProject("/clusters")},
			{Label: f.T("do.delete")},
		},
		Effects: []string{f.T("project.delete.effect")}, Blockers: blockers, Why: f.T("project.delete.first"),
	}), nil
}

func (h *Project) remove(c echo.Context) error {
	f := h.Frame(c)
	if err := h.Caller(c).DeleteProject(c.Request().Context(), f.Project.ID); err != nil {
		return h.Fail(c, fmt.Errorf("delete project: %w", err), h.deletePage)
	}
	return h.Redirect(c, "/projects", "zilliz.deleted", "name", f.Project.Name)
}
