package handlers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// wizard is one request of the listener wizard. Its form carries every field
// of every step; "step" is the one it was shown at, "go" the one that was
// asked for, "panel" and "remove" change the server group on the way. The same
// address always shows the same thing, so reload and Back work (DESIGN idea 7).
type wizard struct{ views.ListenerWizard }

func (h *Balancer) wizard(c echo.Context) (wizard, error) {
	b, l, err := h.found(c)
	if err != nil {
		return wizard{}, err
	}
	w := wizard{views.ListenerWizard{Form: h.Form(c), Balancer: b, Listener: l}}
	if b.VPC != "" {
		if w.Candidates, err = h.Caller(c).CandidateBackends(c.Request().Context(), b.ID); err != nil {
			return w, fmt.Errorf("list servers for %s: %w", b.ID, err)
		}
	}
	h.scope(c).since = w.Form.Since
	w.fill()
	w.Step = w.asked()
	w.changeServers()
	w.settleCheck()
	return w, nil
}

// fill gives a wizard that was just opened what is there already: the listener
// that is edited, the servers of the group; then the documented defaults
// (REQUIREMENTS B.4).
func (w *wizard) fill() {
	if !w.Form.Values.Has("step") {
		if w.Listener.ID != "" {
			w.fillListener()
		}
		for _, m := range w.Balancer.Backends {
			w.Form.Values.Add("servers", m.Instance)
			w.Form.Default("weight."+m.Instance, strconv.Itoa(m.Weight))
		}
	}
	for _, d := range [][2]string{
		{"protocol", cloud.TCP},
		{"scheduler", cloud.WRR},
		{"idle", "900"},
		{"interval", "2"},
		{"timeout", "5"},
		{"healthy", "3"},
		{"unhealthy", "3"},
		{"path", "/"},
	} {
		w.Form.Default(d[0], d[1])
	}
	if len(w.Form.All("codes")) == 0 {
		w.Form.Values["codes"] = []string{"http_2xx", "http_3xx"}
	}
}

func (w *wizard) fillListener() {
	l := w.Listener
	for _, d := range [][2]string{
		{"protocol", l.Protocol},
		{"port", itoa(l.Port)},
		{"name", l.Name},
		{"scheduler", l.Scheduler},
		{"idle", strconv.Itoa(l.IdleSeconds)},
		{"backendport", itoa(l.BackendPort)},
		{"healthkind", l.Health.Kind},
		{"interval", strconv.Itoa(l.Health.Interval)},
		{"timeout", strconv.Itoa(l.Health.Timeout)},
		{"healthy", strconv.Itoa(l.Health.Healthy)},
		{"unhealthy", strconv.Itoa(l.Health.Unhealthy)},
		{"host", l.Health.Host},
	} {
		w.Form.Default(d[0], d[1])
	}
	if l.Health.Port != 0 {
		w.Form.Default("healthport", itoa(l.Health.Port))
	}
	if l.Health.Path != "" {
		w.Form.Default("path", l.Health.Path)
	}
	if l.Health.Codes != "" && !w.Form.Values.Has("codes") {
		w.Form.Values["codes"] = strings.Split(l.Health.Codes, ",")
	}
}

func itoa(port uint16) string { return strconv.Itoa(int(port)) }

// asked is the step that was asked for.
func (w *wizard) asked() int {
	for _, name := range []string{"go", "step"} {
		if n, err := strconv.Atoi(w.Form.Value(name)); err == nil {
			return max(views.StepListener, min(n, views.StepConfirm))
		}
	}
	return views.StepListener
}

// changeServers does what the buttons of step 2 ask: open the panel, go on in
// it, add what was ticked, remove a row.
func (w *wizard) changeServers() {
	if gone := w.Form.Value("remove"); gone != "" {
		w.Form.Values["servers"] = slices.DeleteFunc(w.Form.All("servers"), func(id string) bool { return id == gone })
	}
	picks := newPicks(w.Form, w.Form.All("servers"))
	if w.Step == views.StepServers && !w.Form.Values.Has("go") {
		w.panel(picks)
	}
	weightDefaults(w.Form, w.Form.All("servers"))
	// Most backends listen where their clients expect them. A port that was
	// emptied on its own step stays empty, to be asked for.
	if w.Form.Value("backendport") == "" && w.Form.Value("step") != strconv.Itoa(views.StepServers) {
		w.Form.Set("backendport", w.Form.Value("port"))
	}
}

func (w *wizard) panel(picks []string) {
	switch w.Form.Value("panel") {
	case views.PanelPick:
		w.Panel = views.PanelPick
	case views.PanelWeights:
		w.Panel = views.PanelWeights
		weightDefaults(w.Form, picks)
		if len(picks) == 0 {
			w.Panel = views.PanelPick
			w.Form = w.Form.With(nothingPicked())
		}
	case "add":
		if e := badWeights(w.Form, picks); e != nil {
			w.Panel, w.Form = views.PanelWeights, w.Form.With(e)
			return
		}
		w.Form.Values["servers"] = append(w.Form.All("servers"), picks...)
	}
}

// badWeights judges the weights of the panel before they are added: 0 to 100,
// as the engine will.
func badWeights(form ui.Form, instances []string) *cloud.Error {
	e := &cloud.Error{Kind: cloud.Invalid, Key: "error.invalid"}
	for _, id := range instances {
		v := strings.TrimSpace(form.Value("weight." + id))
		if n, err := strconv.Atoi(v); v != "" && (err != nil || n < 0 || n > 100) {
			e.Fields = append(e.Fields, cloud.FieldError{
				Field: "weight." + id, Key: "error.number", Args: map[string]string{"min": "0", "max": "100", "value": v},
			})
		}
	}
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

// settleCheck changes the kind of health check with the listener's protocol.
// It waits for the step where the check is chosen, to say so there.
func (w *wizard) settleCheck() {
	if w.Step < views.StepHealth {
		return
	}
	kinds := views.CheckKinds(w.Form.Value("protocol"))
	kind := w.Form.Value("healthkind")
	if slices.Contains(kinds, kind) {
		return
	}
	w.Form.Set("healthkind", kinds[0])
	w.Changed = kind != "" && w.Step == views.StepHealth
}

// stopAt opens the first step before the one that was asked for (or, on
// Submit, any step) that has a mistake, and keeps its mistakes only: those of
// steps nobody has seen yet are not worth a word.
func (w *wizard) stopAt(e *cloud.Error) {
	for step := views.StepListener; step < w.Step; step++ {
		var wrong []cloud.FieldError
		for _, f := range e.Fields {
			if stepOf(f.Field) == step {
				wrong = append(wrong, f)
			}
		}
		if len(wrong) > 0 {
			w.Step, w.Panel = step, ""
			w.Form = w.Form.With(&cloud.Error{Kind: cloud.Invalid, Key: e.Key, Fields: wrong})
			return
		}
	}
}

// stepOf is the step a field is judged in; "weight.i-…" is judged as "weight".
func stepOf(field string) int {
	name, _, _ := strings.Cut(field, ".")
	for step, fields := range cloud.ListenerSteps() {
		if slices.Contains(fields, name) {
			return step
		}
	}
	return views.StepListener
}

// input is the form as the engine reads it.
func (w *wizard) input() cloud.ListenerInput {
	f := w.Form
	in := cloud.ListenerInput{
		Protocol: f.Value("protocol"), Port: f.Value("port"), Name: strings.TrimSpace(f.Value("name")),
		Scheduler: f.Value("scheduler"), Idle: f.Value("idle"), BackendPort: f.Value("backendport"),
		HealthKind: f.Value("healthkind"), HealthPort: f.Value("healthport"), Interval: f.Value("interval"),
		Timeout: f.Value("timeout"), Healthy: f.Value("healthy"), Unhealthy: f.Value("unhealthy"),
		Path: f.Value("path"), Host: f.Value("host"), Codes: f.All("codes"),
	}
	for _, id := range f.All("servers") {
		in.Servers = append(in.Servers, cloud.BackendInput{Instance: id, Weight: f.Value("weight." + id)})
	}
	return in
}
