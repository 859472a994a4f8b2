package handlers

import (
	"context"
	"fmt"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// zoneRoutes are the dialogs that connect, move and close one zone of a
// connection.
func (h *Connection) zoneRoutes(g *echo.Group) {
	for _, d := range views.ZoneDoings {
		at := "/endpoint-services/:id/connections/:endpoint/zones/:zone/" + d.What
		g.GET(at, func(c echo.Context) error { return h.ShowForm(c, h.zonePage(d.What)) })
		g.POST(at, h.zone(d.What))
	}
}

func (h *Connection) zonePage(what string) FormPage {
	return func(c echo.Context, form ui.Form) (templ.Component, error) {
		all, err := h.dialog(c, form)
		if err != nil {
			return nil, err
		}
		p := views.ZoneDialog{ConnectionDialog: all, What: what}
		for _, z := range all.Endpoint.Zones {
			if z.Zone == c.Param("zone") {
				p.Zone = z
			}
		}
		if p.Zone.ID == "" {
			return nil, echo.ErrNotFound
		}
		live := h.Live.Connections(p.Zone.ID)
		for _, one := range live {
			if one.Balancer != p.Zone.Balancer {
				p.Old++
			}
		}
		p.Flows = len(live)
		form.Default("alloc", "auto")
		if list := p.Choices()[p.Zone.Zone]; len(list) > 0 {
			form.Default("resource."+p.Zone.Zone, list[0].Value)
		}
		f := h.Frame(c)
		moveDefaults(form, f.OtherResources(p.Detail.Service.Resources, p.Zone.Zone, p.Zone.Resource))
		return h.over(f, p.Detail, "connection.zone."+what, views.ZoneDialogPart(f, p)), nil
	}
}

// moveDefaults chooses the first other resource, and the gentle way there.
func moveDefaults(form ui.Form, others []ui.Option) {
	if len(others) > 0 {
		form.Default("resource", others[0].Value)
	}
	form.Default("mode", cloud.MoveGraceful)
	form.Default("drain", fmt.Sprint(cloud.MoveDrain))
}

func moveInput(form ui.Form) cloud.MoveInput {
	return cloud.MoveInput{
		Resource: form.Value("resource"), Mode: form.Value("mode"), Drain: form.Value("drain"),
		All: form.Value("which") == "all", Endpoints: form.Values["endpoints"],
	}
}

func (h *Connection) zone(what string) echo.HandlerFunc {
	return func(c echo.Context) error {
		form, id, endpoint, zone := h.Form(c), c.Param("id"), c.Param("endpoint"), c.Param("zone")
		caller := h.Caller(c)
		do := map[string]func(context.Context) error{
			views.ZoneConnect: func(ctx context.Context) error {
				in := cloud.AllowInput{Auto: form.Value("alloc") != "manual", Resources: map[string]string{zone: form.Value("resource." + zone)}}
				return caller.ConnectZone(ctx, id, endpoint, zone, in)
			},
			views.ZoneMove: func(ctx context.Context) error {
				return caller.MoveZone(ctx, id, endpoint, zone, moveInput(form))
			},
			views.ZoneDisconnect: func(ctx context.Context) error { return caller.DisconnectZone(ctx, id, endpoint, zone) },
			views.ZoneEnd:        func(ctx context.Context) error { return caller.EndMove(ctx, id, endpoint, zone) },
		}[what]
		if err := do(c.Request().Context()); err != nil {
			return h.Fail(c, fmt.Errorf("%s zone %s of %s: %w", what, zone, endpoint, err), h.zonePage(what))
		}
		return h.Redirect(c, "/endpoint-services/"+id+"?tab=connections#in-"+endpoint, "connection.zone."+what+".done", "zone", zone)
	}
}
