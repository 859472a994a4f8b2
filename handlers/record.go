package handlers

import (
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

func (h *PrivateZone) recordRoutes(g *echo.Group) {
	g.GET("/:id/records/new", h.addRecord)
	g.POST("/:id/records/new", h.change(cloud.AddRecord))
	g.GET("/:id/records/:record/edit", h.editRecord)
	g.POST("/:id/records/:record/edit", h.change(cloud.EditRecord))
	for _, act := range []cloud.RecordAct{cloud.PauseRecord, cloud.EnableRecord, cloud.DeleteRecord} {
		g.GET("/:id/records/:record/"+string(act), h.askChange(act))
		g.POST("/:id/records/:record/"+string(act), h.change(act))
	}
	g.GET("/:id/import", h.importFile)
	g.POST("/:id/import", h.doImport)
	g.GET("/:id/export", h.export)
}

func recordInput(form ui.Form) cloud.RecordInput {
	return cloud.RecordInput{
		Host: form.Value("host"), Type: form.Value("type"), Value: form.Value("value"), Priority: form.Value("priority"),
		TTL: form.Value("ttl"), Weight: form.Value("weight"), Remark: form.Value("remark"),
	}
}

func (h *PrivateZone) addRecord(c echo.Context) error { return h.recordStep(c, cloud.AddRecord) }

func (h *PrivateZone) editRecord(c echo.Context) error { return h.recordStep(c, cloud.EditRecord) }

// recordStep is the form of a record, or 解析变更确认 once 确定 was pressed on
// it and all is well (PVZ-09). Both are GETs of one address, so that Back and
// reload have nothing to lose.
func (h *PrivateZone) recordStep(c echo.Context, act cloud.RecordAct) error {
	form := h.Form(c)
	h.scope(c).since = form.Since
	if form.Value("go") == "" {
		return h.ShowForm(c, h.recordForm(act))
	}
	return h.confirmRecord(c, act, form)
}

func (h *PrivateZone) confirmRecord(c echo.Context, act cloud.RecordAct, form ui.Form) error {
	ch, err := h.Caller(c).RecordChange(c.Request().Context(), act, c.Param("id"), c.Param("record"), recordInput(form))
	if err != nil {
		return h.Fail(c, fmt.Errorf("look at a change of records of %s: %w", c.Param("id"), err), h.recordForm(act))
	}
	path := c.Request().URL.Path
	p := views.RecordConfirm{Form: form, Act: act, Change: ch, Post: path}
	if act == cloud.AddRecord || act == cloud.EditRecord {
		p.Back = path
	}
	if ch.Will != nil {
		if p.Answer, err = h.answer(c, ch.Zone.Name, ch.Will.Host); err != nil {
			return err
		}
	}
	return h.Render(c, http.StatusOK, views.RecordConfirmPage(h.Frame(c), p))
}

// answer holds a record against the private names of the account's clusters
//
func (h *PrivateZone) answer(c echo.Context, zone, host string) (cloud.RecordAnswer, error) {
	names, err := h.Caller(c).ClusterNames(c.Request().Context())
	if err != nil {
		return cloud.RecordAnswer{}, fmt.Errorf("list the names of clusters: %w", err)
	}
	return cloud.AnswersFor(zone, host, names), nil
}

// traps are those of the records in force that name a cluster and miss it.
func (h *PrivateZone) traps(c echo.Context, zone string, records []cloud.Record) ([]cloud.RecordAnswer, error) {
	names, err := h.Caller(c).ClusterNames(c.Request().Context())
	if err != nil {
		return nil, fmt.Errorf("list the names of clusters: %w", err)
	}
	var out []cloud.RecordAnswer
	for _, r := range records {
		if a := cloud.AnswersFor(zone, r.Host, names); len(a.Missed) > 0 && !r.Paused {
			out = append(out, a)
		}
	}
	return out, nil
}

// recordForm is the form of a record. A change that has no form of its own and
// was refused is shown as the record's.
func (h *PrivateZone) recordForm(act cloud.RecordAct) FormPage {
	return func(c echo.Context, form ui.Form) (templ.Component, error) {
		z, err := h.read(c)
		if err != nil {
			return nil, err
		}
		p := views.RecordForm{Form: form, Zone: z}
		if act != cloud.AddRecord {
			if p.Record, err = h.Caller(c).Record(c.Request().Context(), z.ID, c.Param("record")); err != nil {
				return nil, fmt.Errorf("read record %s of %s: %w", c.Param("record"), z.ID, err)
			}
			views.RecordInto(form, p.Record)
		}
		form.Default("type", cloud.A)
		if pick := form.Value("pick"); pick != "" {
			form.Set("value", pick)
		}
		if form.Value("type") == cloud.CNAME {
			if p.Endpoints, err = h.Caller(c).NamedEndpoints(c.Request().Context(), mostPicks); err != nil {
				return nil, fmt.Errorf("list endpoints for a record: %w", err)
			}
		}
		return views.RecordPage(h.Frame(c), p), nil
	}
}

// mostPicks is how many endpoints the form of a CNAME offers.
const mostPicks = 20

// askChange is 解析变更确认 of a change that has no form.
func (h *PrivateZone) askChange(act cloud.RecordAct) echo.HandlerFunc {
	return func(c echo.Context) error { return h.confirmRecord(c, act, h.Form(c)) }
}

// change is 确定 on 解析变更确认.
func (h *PrivateZone) change(act cloud.RecordAct) echo.HandlerFunc {
	return func(c echo.Context) error {
		z, err := h.read(c)
		if err != nil {
			return err
		}
		r, err := h.Caller(c).ChangeRecord(c.Request().Context(), act, z.ID, c.Param("record"), recordInput(h.Form(c)))
		if err != nil {
			return h.Fail(c, fmt.Errorf("%s a record of %s: %w", act, z.ID, err), h.recordForm(act))
		}
		return h.Redirect(c, "/private-zones/"+z.ID, "record.done."+string(act), "name", views.RecordName(z, r))
	}
}

// mostFile is how many bytes of a zone file are read.
const mostFile = 1 << 20

func (h *PrivateZone) importFile(c echo.Context) error { return h.ShowForm(c, h.importForm) }

func (h *PrivateZone) importForm(c echo.Context, form ui.Form) (templ.Component, error) {
	z, err := h.read(c)
	form.Default("how", "merge")
	return views.RecordImportPage(h.Frame(c), views.RecordImport{Form: form, Zone: z}), err
}

// doImport shows what a zone file would change, or does it. The file travels in
// the form: it is too long for an address.
func (h *PrivateZone) doImport(c echo.Context) error {
	z, err := h.read(c)
	if err != nil {
		return err
	}
	if h.ZoneFiles == nil {
		return errNoZoneFiles
	}
	form, ctx := h.Form(c), c.Request().Context()
	file, replace := form.Value("file"), form.Value("how") == "replace"
	lines, faults, skipped := h.ZoneFiles.Parse(z.Name, file)
	p := views.RecordImport{Form: form, Zone: z, Skipped: skipped}
	switch {
	case len(file) > mostFile:
		return h.Fail(c, atFile("error.record.file.long", "max", "1024"), h.importForm)
	case len(lines)+len(faults) == 0:
		return h.Fail(c, atFile("error.record.file.empty"), h.importForm)
	case form.Value("go") == "import" && len(faults) == 0:
		done, err := h.Caller(c).ImportRecords(ctx, z.ID, lines, replace)
		if err == nil {
			return h.Redirect(c, "/private-zones/"+z.ID, "record.import.done",
				"added", fmt.Sprint(len(done.Added)), "changed", fmt.Sprint(len(done.Changed)), "removed", fmt.Sprint(len(done.Removed)))
		}
		if e := cloud.AsError(err); e == nil || e.Kind != cloud.Invalid {
			return h.Fail(c, fmt.Errorf("import into %s: %w", z.ID, err), h.importForm)
		}
	}
	plan, err := h.Caller(c).ImportPlan(ctx, z.ID, lines, replace)
	if err != nil {
		return h.Fail(c, fmt.Errorf("plan an import into %s: %w", z.ID, err), h.importForm)
	}
	plan.Faults = append(faults, plan.Faults...)
	p.Plan = &plan
	status := http.StatusOK
	if len(plan.Faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	h.scope(c).since = form.Since
	return h.Render(c, status, views.RecordImportPage(h.Frame(c), p))
}

// atFile is a refusal of the file as a whole.
func atFile(key string, pairs ...string) error {
	e := cloud.FieldError{Field: "file", Key: key, Args: map[string]string{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		e.Args[pairs[i]] = pairs[i+1]
	}
	return &cloud.Error{Kind: cloud.Invalid, Key: "error.invalid", Fields: []cloud.FieldError{e}}
}

// export is the zone's enabled records as a zone file.
func (h *PrivateZone) export(c echo.Context) error {
	z, err := h.read(c)
	if err != nil {
		return err
	}
	if h.ZoneFiles == nil {
		return errNoZoneFiles
	}
	records, err := h.Caller(c).Records(c.Request().Context(), z.ID)
	if err != nil {
		return fmt.Errorf("read the records of %s: %w", z.ID, err)
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+z.Name+`.zone"`)
	return c.Blob(http.StatusOK, "text/dns; charset=utf-8", []byte(h.ZoneFiles.Format(z.PrivateZone, records)))
}
