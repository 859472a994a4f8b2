package handlers

import (
	"fmt"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

func (h *Service) new(c echo.Context) error { return h.ShowForm(c, h.form) }

// form is the page Create Endpoint Service. Its rows of Select Service
// Resource are changed by GETs of the same form.
func (h *Service) form(c echo.Context, form ui.Form) (templ.Component, error) {
	if h.cloud(c) == cloud.Ctyun {
		return h.mappedForm(c, form)
	}
	form.Default("autoaccept", "no")
	form.Default("affinity", "yes") // preselected, but in plain sight
	p := views.ServiceNew{Form: form, Rows: rows(form, "zone", "balancer")}
	region, _ := cloud.FindRegion(h.Region(c))
	p.Zones = region.Zones
	all, err := h.Caller(c).Balancers(c.Request().Context(), h.Region(c))
	if err != nil {
		return nil, fmt.Errorf("list CLBs: %w", err)
	}
	p.Balancers = all
	f := h.Frame(c)
	for n := 1; n <= p.Rows; n++ {
		zone, id := form.Value(rowName("zone", n)), form.Value(rowName("balancer", n))
		if id == "" || form.Err != nil {
			continue
		}
		if b, ok := findBalancer(all, id); !ok || !slices.Contains(b.Zones(), zone) {
			form.Set(rowName("balancer", n), "")
			name := id
			if ok {
				name = b.Name
			}
			p.Cleared = append(p.Cleared, f.T("service.resource.gone", "name", name, "n", n))
		}
	}
	return f.Edition.Pages.ServiceNew.Or(views.ServiceNewPage)(f, p), nil
}

func findBalancer(all []cloud.BalancerView, id string) (cloud.BalancerView, bool) {
	for _, b := range all {
		if b.ID == id {
			return b, true
		}
	}
	return cloud.BalancerView{}, false
}

func (h *Service) create(c echo.Context) error {
	in := h.serviceInput(c)
	s, err := h.Caller(c).CreateService(c.Request().Context(), h.Region(c), in)
	if err != nil {
		return h.Fail(c, fmt.Errorf("create endpoint service: %w", err), h.form)
	}
	at := "/endpoint-services"
	if h.cloud(c) != cloud.Ctyun {
		at += "/" + s.ID // TYS-13: ctyun's leads back to the list
	}
	return h.Redirect(c, at, "service.created", "id", views.ServiceCalled(s))
}

func (h *Service) serviceInput(c echo.Context) cloud.ServiceInput {
	form := h.Form(c)
	if h.cloud(c) == cloud.Ctyun {
		return mappedInput(form, rows(form, mappingRow...))
	}
	in := cloud.ServiceInput{
		AutoAccept: form.Value("autoaccept"), Affinity: form.Value("affinity"), Description: form.Value("description"),
		Proxy: form.Value("proxyprotocol"),
	}
	count := rows(form, "zone", "balancer")
	for n := 1; n <= count; n++ {
		in.Resources = append(in.Resources, cloud.ResourceInput{
			Zone: form.Value(rowName("zone", n)), Balancer: form.Value(rowName("balancer", n)),
		})
	}
	return in
}
