package handlers

import (
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/lab"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// labRoutes registers the page of the lab as a file.
func (h *Admin) labRoutes(g *echo.Group) {
	g.GET("/lab", func(c echo.Context) error { return h.ShowForm(c, h.labPage) })
	g.POST("/lab", h.importLab)
	g.GET("/lab/export", h.exportLab)
}

func (h *Admin) labPage(c echo.Context, form ui.Form) (templ.Component, error) {
	return views.AdminLabPage(h.Frame(c), views.AdminLab{Form: form}), nil
}

// exportLab is the whole lab as a file.
func (h *Admin) exportLab(c echo.Context) error {
	out, err := lab.Export(c.Request().Context(), h.Engine)
	if err != nil {
		return fmt.Errorf("export the lab: %w", err)
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="lab.yaml"`)
	return c.Blob(http.StatusOK, "text/yaml; charset=utf-8", out)
}

// importLab shows what a file would make, or makes it; what is wrong with it is
// told by line and the file kept.
func (h *Admin) importLab(c echo.Context) error {
	form := h.Form(c)
	p := views.AdminLab{Form: form}
	file := form.Value("file")
	if file == "" {
		empty := &cloud.Error{Kind: cloud.Invalid, Key: "error.invalid", Fields: []cloud.FieldError{{Field: "file", Key: "error.required"}}}
		return h.Fail(c, empty, h.labPage)
	}
	dry := form.Value("go") != "import"
	made, faults, err := lab.Import(c.Request().Context(), h.Engine, h.Frame(c).Self.ID, []byte(file), dry)
	if err != nil {
		return h.Fail(c, fmt.Errorf("import a lab: %w", err), h.labPage)
	}
	if !dry && len(faults) == 0 {
		return h.Redirect(c, "/admin/accounts", "lab.imported")
	}
	p.Made, p.Faults = made, faults
	status := http.StatusOK
	if len(faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	h.scope(c).since = form.Since
	return h.Render(c, status, views.AdminLabPage(h.Frame(c), p))
}
