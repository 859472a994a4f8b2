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

func (h *Balancer) listenerRoutes(g *echo.Group) {
	const one = "/load-balancers/:id/listeners/:listener"
	g.GET("/load-balancers/:id/listeners/new", h.configure)
	g.POST("/load-balancers/:id/listeners/new", h.saveListener)
	g.GET(one+"/edit", h.configure)
	g.POST(one+"/edit", h.saveListener)
	g.GET(one+"/done", h.doneListener)
	g.POST(one+"/run", h.runListener)
	g.GET(one+"/delete", h.askDeleteListener)
	g.POST(one+"/delete", h.removeListener)
}

// listener is the listener of the address; for a new one it is zero.
func (h *Balancer) listener(c echo.Context, b cloud.BalancerView) (cloud.Listener, error) {
	id := c.Param("listener")
	if id == "" {
		return cloud.Listener{}, nil
	}
	l, err := h.Caller(c).Listener(c.Request().Context(), b.ID, id)
	if err != nil {
		return l, fmt.Errorf("read listener %s of %s: %w", id, b.ID, err)
	}
	return l, nil
}

// configure shows the wizard at the step that is asked for, or at the first
// step before it that has a mistake.
func (h *Balancer) configure(c echo.Context) error {
	w, err := h.wizard(c)
	if err != nil {
		return err
	}
	status := http.StatusOK
	err = h.Caller(c).CheckListener(c.Request().Context(), w.Balancer.ID, w.Listener.ID, w.input())
	e := cloud.AsError(err)
	switch {
	case err == nil:
	case e == nil || e.Kind == cloud.NotFound:
		return fmt.Errorf("check a listener of %s: %w", w.Balancer.ID, err)
	case e.Kind != cloud.Invalid:
		w.Form, status = w.Form.With(e), Status(e.Kind)
	default:
		w.stopAt(e)
	}
	if len(w.Form.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return h.Render(c, status, h.wizardPage(c, w))
}

func (h *Balancer) wizardPage(c echo.Context, w wizard) templ.Component {
	return views.ListenerPage(h.Frame(c), w.ListenerWizard)
}

// saveListener is Submit: the whole wizard at once.
func (h *Balancer) saveListener(c echo.Context) error {
	w, err := h.wizard(c)
	if err != nil {
		return err
	}
	l, err := h.Caller(c).SaveListener(c.Request().Context(), w.Balancer.ID, w.Listener.ID, w.input())
	if e := cloud.AsError(err); e != nil && e.Kind != cloud.NotFound && e.Kind != cloud.Denied {
		w.Step, w.Panel = views.StepConfirm, ""
		w.Form = h.refused(c, w.Form, e)
		switch {
		case e.Kind == cloud.Invalid:
			w.stopAt(e)
		case e.Key == cloud.Overtaken:
			w.overtaken(h.Frame(c), w.Form.Err)
		}
		return h.Render(c, Status(e.Kind), h.wizardPage(c, w))
	}
	if err != nil {
		return fmt.Errorf("save a listener of %s: %w", w.Balancer.ID, err)
	}
	at := "/load-balancers/" + w.Balancer.ID
	if w.Listener.ID != "" {
		return h.Redirect(c, at, "listener.saved", "listener", views.ListenerName(l))
	}
	return h.Redirect(c, at+"/listeners/"+l.ID+"/done", "")
}

// found reads the CLB and the listener of the address.
func (h *Balancer) found(c echo.Context) (cloud.BalancerView, cloud.Listener, error) {
	b, err := h.balancer(c)
	if err != nil {
		return b, cloud.Listener{}, err
	}
	l, err := h.listener(c, b)
	return b, l, err
}

func (h *Balancer) doneListener(c echo.Context) error {
	b, l, err := h.found(c)
	if err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, views.ListenerDonePage(h.Frame(c), views.ListenerDone{BalancerRow: h.row(b), Listener: l}))
}

func (h *Balancer) runListener(c echo.Context) error {
	b, l, err := h.found(c)
	if err != nil {
		return err
	}
	running := h.Form(c).Value("running") == "yes"
	if l, err = h.Caller(c).RunListener(c.Request().Context(), b.ID, l.ID, running); err != nil {
		return fmt.Errorf("start or stop a listener of %s: %w", b.ID, err)
	}
	said := "listener.stopped"
	if running {
		said = "listener.started"
	}
	return h.Redirect(c, "/load-balancers/"+b.ID, said, "listener", views.ListenerName(l))
}

func (h *Balancer) askDeleteListener(c echo.Context) error {
	return h.ShowForm(c, h.deleteListenerPage)
}

func (h *Balancer) deleteListenerPage(c echo.Context, form ui.Form) (templ.Component, error) {
	b, l, err := h.found(c)
	if err != nil {
		return nil, err
	}
	return views.ListenerDeletePage(h.Frame(c), b, l, form), nil
}

func (h *Balancer) removeListener(c echo.Context) error {
	b, l, err := h.found(c)
	if err != nil {
		return err
	}
	if err := h.Caller(c).DeleteListener(c.Request().Context(), b.ID, l.ID); err != nil {
		return h.Fail(c, fmt.Errorf("delete listener %s: %w", l.ID, err), h.deleteListenerPage)
	}
	return h.Redirect(c, "/load-balancers/"+b.ID, "listener.deleted", "listener", views.ListenerName(l))
}
