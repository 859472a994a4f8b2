package handlers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

func (h *Balancer) new(c echo.Context) error { return h.ShowForm(c, h.buyPage) }

// buyPage is the purchase page: the documented defaults, and choices that
// depend on each other put right with a word about it.
func (h *Balancer) buyPage(c echo.Context, form ui.Form) (templ.Component, error) {
	ctx, caller := c.Request().Context(), h.Caller(c)
	region, _ := cloud.FindRegion(h.Region(c))
	p := views.BalancerNew{Form: form, Zones: region.Zones}
	var err error
	if p.VPCs, err = caller.VPCs(ctx, region.ID); err != nil {
		return nil, fmt.Errorf("list VPCs to buy a CLB in: %w", err)
	}
	if p.VSwitches, err = caller.VSwitches(ctx, region.ID, ""); err != nil {
		return nil, fmt.Errorf("list vSwitches to buy a CLB in: %w", err)
	}
	if page := h.Frame(c).Edition.Pages.BalancerNew; page != nil {
		plainDefaults(&p)
		return page(h.Frame(c), p), nil
	}
	buyDefaults(&p)
	if form.Err == nil {
		p.Form.Errors = settleBuy(h.Frame(c), p)
	}
	return views.BalancerNewPage(h.Frame(c), p), nil
}

// buyDefaults fills in what [001] chooses in its example; the primary zone is
// the one with most of the account's addresses, because the CLB's vSwitch has
// to be there.
func buyDefaults(p *views.BalancerNew) {
	for _, d := range [][2]string{
		{"billing", cloud.PayAsYouGo},
		{"spec", cloud.Specs()[0].ID},
		{"address", cloud.Intranet},
		{"network", cloud.NetworkVPC},
		{"ipversion", cloud.IPv4},
		{"feature", cloud.Standard},
		{"flow", cloud.ByTraffic},
		{"quantity", "1"},
		{"resourcegroup", cloud.DefaultGroup},
	} {
		p.Form.Default(d[0], d[1])
	}
	p.Form.Default("zone", busiest(p.Zones, p.VSwitches))
	if len(p.Zones) > 1 {
		p.Form.Default("zonetype", cloud.MultiZone)
	}
	p.Form.Default("zonetype", cloud.SingleZone)
	for _, z := range p.Zones {
		if z != p.Form.Value("zone") {
			p.Form.Default("backupzone", z)
		}
	}
	if len(p.VPCs) == 1 {
		p.Form.Default("vpc", p.VPCs[0].ID)
	}
}

func busiest(zones []string, vswitches []cloud.VSwitchView) string {
	used := map[string]int{}
	for _, s := range vswitches {
		used[s.Zone] += s.Used
	}
	best := zones[0]
	for _, z := range zones {
		if used[z] > used[best] {
			best = z
		}
	}
	return best
}

// plainDefaults chooses what there is only one of, and clears a subnet that is
// not in the chosen VPC.
func plainDefaults(p *views.BalancerNew) {
	p.Form.Default("feature", cloud.Enhanced)
	if len(p.VPCs) == 1 {
		p.Form.Default("vpc", p.VPCs[0].ID)
	}
	var inside []string
	for _, s := range p.VSwitches {
		if s.VPC == p.Form.Value("vpc") {
			inside = append(inside, s.ID)
		}
	}
	chosen := p.Form.Value("vswitch")
	switch {
	case chosen != "" && !slices.Contains(inside, chosen):
		p.Form.Set("vswitch", "")
		if p.Form.Err == nil {
			p.Form.Errors = append(p.Form.Errors, cloud.FieldError{Field: "vswitch", Key: "clb.plain.cleared"})
		}
	case len(inside) == 1:
		p.Form.Default("vswitch", inside[0])
	}
}

// settleBuy clears the choices that another choice made impossible, and says
// which and why.
func settleBuy(f *views.Frame, p views.BalancerNew) []cloud.FieldError {
	var said []cloud.FieldError
	if zone := p.Form.Value("zone"); zone != "" && p.Form.Value("backupzone") == zone {
		p.Form.Set("backupzone", "")
		if p.Form.Value("zonetype") == cloud.MultiZone {
			said = append(said, cloud.FieldError{Field: "backupzone", Key: "clb.buy.backup.same"})
		}
	}
	if p.Form.Value("network") == cloud.Classic {
		return said
	}
	for _, s := range p.VSwitches {
		if s.ID != p.Form.Value("vswitch") {
			continue
		}
		switch {
		case s.VPC != p.Form.Value("vpc"):
			said = append(said, cloud.FieldError{Field: "vswitch", Key: "clb.buy.vswitch.vpc", Args: map[string]string{"name": s.Name}})
		case s.Zone != p.Form.Value("zone"):
			said = append(said, cloud.FieldError{Field: "vswitch", Key: "clb.buy.vswitch.moved", Args: map[string]string{"name": s.Name, "zone": f.ZoneShort(s.Zone)}})
		default:
			return said
		}
		p.Form.Set("vswitch", "")
		return said
	}
	p.Form.Set("vswitch", onlyChoice(p))
	return said
}

// onlyChoice is the VPC's vSwitch in the primary zone when there is just one:
// then there is nothing to choose.
func onlyChoice(p views.BalancerNew) string {
	only := ""
	for _, s := range p.VSwitches {
		if s.VPC != p.Form.Value("vpc") || s.Zone != p.Form.Value("zone") {
			continue
		}
		if only != "" {
			return ""
		}
		only = s.ID
	}
	return only
}

func (h *Balancer) create(c echo.Context) error {
	form := h.Form(c)
	in := cloud.BalancerInput{
		Billing: form.Value("billing"), Zone: form.Value("zone"), ZoneType: form.Value("zonetype"),
		BackupZone: form.Value("backupzone"), Name: strings.TrimSpace(form.Value("name")), Spec: form.Value("spec"),
		Address: form.Value("address"), Network: form.Value("network"), VPC: form.Value("vpc"), VSwitch: form.Value("vswitch"),
		IPVersion: form.Value("ipversion"), Feature: form.Value("feature"), Flow: form.Value("flow"),
		Quantity: form.Value("quantity"), ResourceGroup: form.Value("resourcegroup"),
	}
	made, err := h.Caller(c).CreateBalancers(c.Request().Context(), h.Region(c), in)
	if err != nil {
		return h.Fail(c, err, h.buyPage)
	}
	if len(made) > 1 {
		return h.Redirect(c, "/load-balancers", "clb.bought.n", "n", strconv.Itoa(len(made)))
	}
	return h.Redirect(c, "/load-balancers", "clb.bought", "name", made[0].Name)
}
