package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// PrivateZone is 内网 DNS 解析（PrivateZone）: the zones of an account, where
// they are in force, and their records (PVZ-01 to PVZ-09). They are in no
// region: the pages are the same in all of them.
type PrivateZone struct{ *Base }

// ZoneFiles reads and writes records as zone files; reconcile.ZoneFiles is
// one.
type ZoneFiles interface {
	Parse(zone, text string) (lines []cloud.RecordLine, faults []cloud.LineFault, skipped int)
	Format(zone cloud.PrivateZone, records []cloud.Record) string
}

// Routes registers the pages.
func (h *PrivateZone) Routes(g *echo.Group) {
	g = g.Group("/private-zones", h.only(cloud.Aliyun))
	g.GET("", h.list)
	g.GET("/new", h.new)
	g.POST("/new", h.create)
	g.GET("/name", h.name)
	g.GET("/:id", h.show)
	g.GET("/:id/scope", h.scopePage)
	g.POST("/:id/scope", h.setScope)
	g.GET("/:id/edit", h.edit)
	g.POST("/:id/edit", h.update)
	g.GET("/:id/delete", h.askDelete)
	g.POST("/:id/delete", h.remove)
	h.recordRoutes(g)
}

func (h *PrivateZone) list(c echo.Context) error {
	f, ctx := h.Frame(c), c.Request().Context()
	if c.QueryParam("mode") == "vpcs" {
		return h.byVPC(c)
	}
	filters := f.ZoneFilters()
	found, err := h.Caller(c).FindPrivateZones(ctx, asked(c, filters...))
	if err != nil {
		return fmt.Errorf("list private zones: %w", err)
	}
	return h.Render(c, http.StatusOK, views.PrivateZoneListPage(f, views.PrivateZoneList{Items: found.Items, List: listed(f, found, filters)}))
}

func (h *PrivateZone) byVPC(c echo.Context) error {
	f, ctx := h.Frame(c), c.Request().Context()
	p := views.PrivateZoneList{ByVPC: true, Words: query(c)}
	vpcs, err := h.Caller(c).ScopeVPCs(ctx, p.Words)
	if err != nil {
		return fmt.Errorf("list the VPCs of private zones: %w", err)
	}
	zones, err := h.Caller(c).PrivateZones(ctx)
	if err != nil {
		return fmt.Errorf("list private zones: %w", err)
	}
	for _, v := range vpcs {
		in := slices.DeleteFunc(slices.Clone(zones), func(z cloud.PrivateZone) bool { return !slices.Contains(z.VPCs, v.ID) })
		p.VPCs = append(p.VPCs, views.VPCZones{VPC: v, Zones: in})
	}
	return h.Render(c, http.StatusOK, views.PrivateZoneListPage(f, p))
}

// name chooses where an endpoint's domain (?target=) gets a name.
func (h *PrivateZone) name(c echo.Context) error {
	zones, err := h.Caller(c).PrivateZones(c.Request().Context())
	if err != nil {
		return fmt.Errorf("list private zones: %w", err)
	}
	return h.Render(c, http.StatusOK, views.PrivateNamePage(h.Frame(c), views.PrivateName{Target: c.QueryParam("target"), Zones: zones}))
}

func (h *PrivateZone) new(c echo.Context) error { return h.ShowForm(c, h.form) }

func (h *PrivateZone) form(c echo.Context, form ui.Form) (templ.Component, error) {
	form.Default("proxy", "yes")
	return views.PrivateZoneNewPage(h.Frame(c), views.PrivateZoneForm{Form: form, Target: form.Value("target")}), nil
}

func privateZoneInput(form ui.Form) cloud.PrivateZoneInput {
	return cloud.PrivateZoneInput{Name: form.Value("name"), Proxy: form.Value("proxy"), Remark: form.Value("remark")}
}

// create makes a zone and leads on to where it shall be in force.
func (h *PrivateZone) create(c echo.Context) error {
	form := h.Form(c)
	z, err := h.Caller(c).CreatePrivateZone(c.Request().Context(), privateZoneInput(form))
	if err != nil {
		return h.Fail(c, fmt.Errorf("add a private zone: %w", err), h.form)
	}
	return h.Redirect(c, views.ToScope(z.ID, form.Value("target")), "pvz.created", "name", z.Shown)
}

// read answers the zone of the address.
func (h *PrivateZone) read(c echo.Context) (cloud.PrivateZoneView, error) {
	id := c.Param("id")
	z, err := h.Caller(c).PrivateZone(c.Request().Context(), id)
	if err != nil {
		return z, fmt.Errorf("read private zone %s: %w", id, err)
	}
	return z, nil
}

func (h *PrivateZone) show(c echo.Context) error {
	z, err := h.read(c)
	if err != nil {
		return err
	}
	f, ctx := h.Frame(c), c.Request().Context()
	p, filters := views.PrivateZoneDetail{Zone: z}, f.RecordFilters()
	found, err := h.Caller(c).FindRecords(ctx, z.ID, asked(c, filters...))
	if err != nil {
		return fmt.Errorf("find records of %s: %w", z.ID, err)
	}
	p.Records, p.List = found.Items, small(listed(f, found, filters))
	if p.Shadows, err = h.Caller(c).Shadows(ctx, z.ID); err != nil {
		return fmt.Errorf("compare %s with other zones: %w", z.ID, err)
	}
	if p.Traps, err = h.traps(c, z.Name, p.Records); err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, views.PrivateZonePage(f, p))
}

func (h *PrivateZone) edit(c echo.Context) error { return h.ShowForm(c, h.editForm) }

func (h *PrivateZone) editForm(c echo.Context, form ui.Form) (templ.Component, error) {
	z, err := h.read(c)
	if err != nil {
		return nil, err
	}
	form.Default("proxy", map[bool]string{true: "yes", false: "no"}[z.Proxy])
	form.Default("remark", z.Remark)
	return views.PrivateZoneEditPage(h.Frame(c), views.PrivateZoneForm{Form: form, Zone: z}), nil
}

func (h *PrivateZone) update(c echo.Context) error {
	z, err := h.Caller(c).UpdatePrivateZone(c.Request().Context(), c.Param("id"), privateZoneInput(h.Form(c)))
	if err != nil {
		return h.Fail(c, fmt.Errorf("change private zone %s: %w", c.Param("id"), err), h.editForm)
	}
	return h.Redirect(c, "/private-zones/"+z.ID, "pvz.saved", "name", z.Shown)
}

func (h *PrivateZone) askDelete(c echo.Context) error { return h.ShowForm(c, h.deletePage) }

func (h *PrivateZone) deletePage(c echo.Context, form ui.Form) (templ.Component, error) {
	z, err := h.read(c)
	if err != nil {
		return nil, err
	}
	f, at := h.Frame(c), "/private-zones/"+z.ID
	p := views.NetworkDelete{
		Form: form, Title: f.T("pvz.delete", "name", z.Shown), Back: f.Link(at),
		Trail: f.Trail("pvz.title", "/private-zones", z.Shown, at, f.T("do.delete"), ""),
		Why:   f.T("error.privatezone.bound", "name", z.Shown),
	}
	for _, v := range z.Bound {
		p.Blockers = append(p.Blockers, cloud.Ref{Kind: "vpc", ID: v.ID, Name: v.Name, Account: v.Account})
	}
	if n := z.Records + z.Paused; n > 0 {
		p.Effects = []string{f.T("pvz.delete.do", "n", n), f.T("pvz.delete.export")}
	}
	return views.NetworkDeletePage(f, p), nil
}

func (h *PrivateZone) remove(c echo.Context) error {
	z, err := h.read(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).DeletePrivateZone(c.Request().Context(), z.ID); err != nil {
		return h.Fail(c, fmt.Errorf("delete private zone %s: %w", z.ID, err), h.deletePage)
	}
	return h.Redirect(c, "/private-zones", "pvz.deleted", "name", z.Shown)
}

func (h *PrivateZone) scopePage(c echo.Context) error {
	form := h.Form(c)
	h.scope(c).since = form.Since
	if form.Value("go") == "" {
		return h.ShowForm(c, h.scopeForm)
	}
	s, err := h.Caller(c).ScopeChange(c.Request().Context(), c.Param("id"), form.All("vpcs"))
	if err != nil {
		return h.Fail(c, fmt.Errorf("look at the scope of %s: %w", c.Param("id"), err), h.scopeForm)
	}
	return h.ShowForm(c, func(c echo.Context, form ui.Form) (templ.Component, error) {
		p, err := h.scopeOf(c, form)
		if s.Changes() {
			p.Change = &s
		}
		return views.PrivateZoneScopePage(h.Frame(c), p), err
	})
}

func (h *PrivateZone) scopeForm(c echo.Context, form ui.Form) (templ.Component, error) {
	p, err := h.scopeOf(c, form)
	return views.PrivateZoneScopePage(h.Frame(c), p), err
}

// scopeOf is the page of a scope: the VPCs that the search line leaves in, and
// those that are ticked all the same.
func (h *PrivateZone) scopeOf(c echo.Context, form ui.Form) (views.ZoneScope, error) {
	z, err := h.read(c)
	if err != nil {
		return views.ZoneScope{}, err
	}
	p := views.ZoneScope{Form: form, Zone: z, Target: form.Value("target")}
	if form.Value("chosen") == "" && form.Err == nil && !form.Values.Has("vpcs") {
		form.Values["vpcs"] = slices.Clone(z.VPCs)
	}
	vpcs, err := h.Caller(c).ScopeVPCs(c.Request().Context(), form.Value("q"))
	if err != nil {
		return p, fmt.Errorf("list the VPCs for %s: %w", z.ID, err)
	}
	p.Hidden = slices.Clone(form.All("vpcs"))
	for _, v := range vpcs {
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Region != v.Region {
			p.Groups = append(p.Groups, views.RegionVPCs{Region: v.Region})
		}
		g := &p.Groups[len(p.Groups)-1]
		g.VPCs = append(g.VPCs, v)
		p.Hidden = slices.DeleteFunc(p.Hidden, func(id string) bool { return id == v.ID })
	}
	return p, nil
}

// setScope is 继续执行操作 (PVZ-06).
func (h *PrivateZone) setScope(c echo.Context) error {
	form := h.Form(c)
	z, err := h.Caller(c).SetScope(c.Request().Context(), c.Param("id"), form.All("vpcs"))
	if err != nil {
		return h.Fail(c, fmt.Errorf("set the scope of %s: %w", c.Param("id"), err), h.scopeForm)
	}
	next := "/private-zones"
	if target := form.Value("target"); target != "" {
		next = views.NameAt(z.ID, target)
	}
	if len(z.VPCs) == 0 {
		return h.Redirect(c, next, "pvz.unscoped", "name", z.Shown)
	}
	return h.Redirect(c, next, "pvz.scoped", "name", z.Shown, "n", strconv.Itoa(len(z.VPCs)))
}

var errNoZoneFiles = errors.New("this console was made without a reader of zone files")
