package handlers

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// zoneFields are the fields of a row of Zone and vSwitch; # is its number.
func zoneFields() []string {
	return []string{"zone", "vswitch", "ip", "newvswitch.#.name", "newvswitch.#.cidr"}
}

func (h *Endpoint) new(c echo.Context) error {
	if c.QueryParam("step") == views.StepCheck && h.cloud(c) == cloud.Ctyun {
		return h.confirm(c)
	}
	return h.ShowForm(c, h.form)
}

// form is the page Create Endpoint. Each choice narrows down the next: the
// service its zones, the VPC its groups and, with the zone, its vSwitches. A
// choice that no longer fits is emptied, and the page says so.
func (h *Endpoint) form(c echo.Context, form ui.Form) (templ.Component, error) {
	p, err := h.newEndpoint(c, form, form.Err == nil)
	if err != nil {
		return nil, err
	}
	if err := h.overlaps(c.Request().Context(), h.Caller(c), &p); err != nil {
		return nil, err
	}
	f := h.Frame(c)
	return f.Edition.Pages.EndpointNew.Or(views.EndpointNewPage)(f, p), nil
}

// newEndpoint reads what the form has to choose from and fills in what a
// fresh part of it begins with; clearing empties choices that do not fit.
func (h *Endpoint) newEndpoint(c echo.Context, form ui.Form, clearing bool) (views.EndpointNew, error) {
	ctx, caller, region := c.Request().Context(), h.Caller(c), h.Region(c)
	how, services := cloud.ByName, caller.AvailableServices
	if h.cloud(c) == cloud.Ctyun {
		how, services = cloud.ByCloud, caller.CloudServices
	}
	form.Default("how", how)
	p := views.EndpointNew{Form: form, Rows: rows(form, zoneFields()...)}
	var err error
	if p.Services, err = services(ctx, region); err != nil {
		return p, fmt.Errorf("list available services: %w", err)
	}
	if p.VPCs, err = h.vpcs(c); err != nil {
		return p, err
	}
	chooseOnly(form, "vpc", p.VPCs)
	if err := h.chosenService(ctx, caller, region, &p); err != nil {
		return p, err
	}
	for _, v := range p.VPCs {
		if v.ID == form.Value("vpc") {
			p.VPC = v
		}
	}
	if p.VPC.ID != "" {
		if err := h.inVPC(ctx, caller, region, &p); err != nil {
			return p, err
		}
	}
	switch {
	case !clearing:
	case h.cloud(c) == cloud.Ctyun:
		clearSubnet(h.Frame(c), &p)
	default:
		clearUnfit(h.Frame(c), &p)
	}
	fillGroup(form, p, clearing)
	if p.VPC.ID != "" {
		fillVSwitches(form, p.VPC, p.VSwitches, suffixes(p.Rows))
	}
	return p, nil
}

// inVPC reads the groups and vSwitches of the chosen VPC.
func (h *Endpoint) inVPC(ctx context.Context, caller *cloud.Caller, region string, p *views.EndpointNew) (err error) {
	if p.Groups, err = caller.SecurityGroups(ctx, region, p.VPC.ID); err != nil {
		return fmt.Errorf("list security groups: %w", err)
	}
	if p.VSwitches, err = caller.VSwitches(ctx, region, p.VPC.ID); err != nil {
		return fmt.Errorf("list vSwitches: %w", err)
	}
	return nil
}

// chosenService finds the service the form names so far. One that cannot be
// found is said at the field at once, before anything is submitted.
func (h *Endpoint) chosenService(ctx context.Context, caller *cloud.Caller, region string, p *views.EndpointNew) error {
	if p.Form.Value("how") != cloud.ByName {
		for _, s := range p.Services {
			if s.ID == p.Form.Value("service") {
				p.Found = s
			}
		}
		return nil
	}
	name := strings.TrimSpace(p.Form.Value("servicename"))
	if _, said := p.Form.Error("servicename"); name == "" && p.Form.Value("verify") != "" && !said {
		p.Form.Errors = append(p.Form.Errors, cloud.FieldError{Field: "servicename", Key: "error.required"})
	}
	if name == "" {
		return nil
	}
	s, err := caller.FindService(ctx, region, name)
	if e := cloud.AsError(err); e != nil || err == nil && s.Account == cloud.Operator {
		if _, said := p.Form.Error("servicename"); !said {
			p.Form.Errors = append(p.Form.Errors, cloud.FieldError{
				Field: "servicename", Key: unknownService(region, name), Args: map[string]string{"value": name, "region": region},
			})
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the service %s: %w", name, err)
	}
	p.Found = s
	return nil
}

func unknownService(region, name string) string {
	for _, r := range cloud.Regions() {
		if r.ID != region && strings.Contains(name, "."+r.ID+".") {
			return "error.endpoint.service.region"
		}
	}
	return "error.endpoint.service"
}

// fillGroup begins the part of the form that makes a security group: with what
// 002 suggests for the chosen service (ZIL-13), unless 001's suggestion lets its
// ports in as well. Another service begins it again.
func fillGroup(form ui.Form, p views.EndpointNew, clearing bool) {
	if !form.Ticked("groups", cloud.New) {
		return
	}
	name := "sg-endpoint"
	if n := form.Value("name"); n != "" {
		name = "sg-" + n
	}
	form.Default("newgroup.name", name)
	if of := form.Value("newgroup.of"); clearing && of != p.Found.ID {
		form.Values.Del("newgroup.template")
		form.Values.Del("newgroup.ports")
	}
	form.Set("newgroup.of", p.Found.ID)
	template := cloud.TemplateWeb
	if p.Found.ID != "" && !p.WebOnly() {
		template = cloud.TemplateService
	}
	form.Default("newgroup.template", string(template))
	form.Default("newgroup.ports", p.TCPPorts())
	// An unticked box is not sent: "seen" says that the reader had the choice.
	if form.Value("newgroup.seen") == "" {
		form.Set("newgroup.seen", "1")
		form.Default("newgroup.also", "http")
	}
}

// suffixes are what the names of the rows' fields end with.
func suffixes(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = "." + strconv.Itoa(i+1)
	}
	return out
}

// fillVSwitches begins the parts of the form that make a vSwitch with the
// first blocks that are free, each row its own (EP-11).
func fillVSwitches(form ui.Form, vpc cloud.VPC, all []cloud.VSwitchView, rows []string) {
	var used []netip.Prefix
	for _, s := range all {
		used = append(used, s.CIDR)
	}
	for _, row := range rows {
		zone := form.Value("zone" + row)
		if form.Value("vswitch"+row) != cloud.New || zone == "" {
			continue
		}
		form.Default("newvswitch"+row+".name", "vsw-"+zone)
		if next, ok := freeBlock(vpc.CIDR, used); ok {
			form.Default("newvswitch"+row+".cidr", next.String())
		}
		if p, err := netip.ParsePrefix(form.Value("newvswitch" + row + ".cidr")); err == nil {
			used = append(used, p)
		}
	}
}

// freeBlock is the first /24 of a VPC (or the VPC itself, when it is smaller)
// that none of the used blocks touches.
func freeBlock(vpc netip.Prefix, used []netip.Prefix) (netip.Prefix, bool) {
	bits := max(24, vpc.Bits())
	first := vpc.Masked().Addr().As4()
	start, count := binary.BigEndian.Uint32(first[:]), uint32(1)<<(bits-vpc.Bits())
	for i := range count {
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], start+i<<(32-bits))
		p := netip.PrefixFrom(netip.AddrFrom4(a), bits)
		if !slices.ContainsFunc(used, p.Overlaps) {
			return p, true
		}
	}
	return netip.Prefix{}, false
}

// overlaps finds the VPCs of the service whose range overlaps the endpoint's;
// only the owner of both may know.
func (h *Endpoint) overlaps(ctx context.Context, caller *cloud.Caller, p *views.EndpointNew) error {
	if p.VPC.ID == "" || p.Found.Account != caller.Account().ID {
		return nil
	}
	for _, r := range p.Found.Resources {
		other, err := caller.VPC(ctx, r.VPC)
		if err != nil {
			return fmt.Errorf("read VPC %s: %w", r.VPC, err)
		}
		known := slices.ContainsFunc(p.Overlaps, func(v cloud.VPC) bool { return v.ID == other.ID })
		if other.ID != p.VPC.ID && !known && other.CIDR.Overlaps(p.VPC.CIDR) {
			p.Overlaps = append(p.Overlaps, other)
		}
	}
	return nil
}

// zoneInput reads one row of Zone and vSwitch.
func zoneInput(form ui.Form, suffix string) cloud.ZoneInput {
	return cloud.ZoneInput{
		Zone: form.Value("zone" + suffix), VSwitch: form.Value("vswitch" + suffix), IP: form.Value("ip" + suffix),
		NewName: form.Value("newvswitch" + suffix + ".name"), NewCIDR: form.Value("newvswitch" + suffix + ".cidr"),
	}
}

func (h *Endpoint) create(c echo.Context) error {
	form := h.Form(c)
	// What a part of the form begins with holds also when the part was never
	// seen: a reader without JavaScript may choose "new" and submit at once.
	p, err := h.newEndpoint(c, form, false)
	if err != nil {
		return err
	}
	e, err := h.Caller(c).CreateEndpoint(c.Request().Context(), h.Region(c), endpointInput(form, p.Rows))
	if err != nil {
		return h.Fail(c, fmt.Errorf("create endpoint: %w", atField(err, "vpc", "vpc")), h.form)
	}
	if h.cloud(c) == cloud.Ctyun {
		return h.Redirect(c, "/endpoints", "vpcep.submitted")
	}
	return h.Redirect(c, "/endpoints/"+e.ID, "endpoint.created", "name", e.Name)
}

// endpointInput is the form as the engine reads it.
func endpointInput(form ui.Form, rows int) cloud.EndpointInput {
	in := cloud.EndpointInput{
		Name: form.Value("name"), How: form.Value("how"), Service: form.Value("service"), ServiceName: form.Value("servicename"),
		VPC: form.Value("vpc"), Groups: form.All("groups"), Description: form.Value("description"),
		NewGroup: cloud.GroupInput{
			Name: form.Value("newgroup.name"), Template: cloud.Template(form.Value("newgroup.template")),
			HTTP: form.Ticked("newgroup.also", "http"), HTTPS: form.Ticked("newgroup.also", "https"),
			Ports: form.Value("newgroup.ports"),
		},
		VSwitch: form.Value("vswitch"), PrivateDomain: form.Ticked("privatedomain", "true"),
	}
	for _, suffix := range suffixes(rows) {
		in.Zones = append(in.Zones, zoneInput(form, suffix))
	}
	return in
}

// clearUnfit empties the choices that no longer fit those above them.
func clearUnfit(f *views.Frame, p *views.EndpointNew) {
	form := p.Form
	if id := form.Value("service"); form.Value("how") == cloud.BySelect && id != "" && p.Found.ID == "" {
		form.Set("service", "")
		p.Cleared = append(p.Cleared, f.T("endpoint.cleared.service", "id", id))
	}
	var keep []string
	for _, id := range form.All("groups") {
		fits := id == cloud.New || slices.ContainsFunc(p.Groups, func(g cloud.GroupView) bool { return g.ID == id })
		if fits {
			keep = append(keep, id)
		} else {
			p.Cleared = append(p.Cleared, f.T("endpoint.cleared.groups", "id", id, "vpc", p.VPC.Name))
		}
	}
	form.Values["groups"] = keep
	if p.Rows == 1 && len(p.Found.Zones) == 1 {
		form.Set("zone.1", p.Found.Zones[0])
	}
	for n := 1; n <= p.Rows; n++ {
		row := "." + strconv.Itoa(n)
		zone := form.Value("zone" + row)
		if zone != "" && p.Found.ID != "" && !slices.Contains(p.Found.Zones, zone) {
			form.Set("zone"+row, "")
			p.Cleared = append(p.Cleared, f.T("endpoint.cleared.zone", "n", n, "zone", zone))
		}
		clearVSwitch(f, p, row, n)
	}
}

// clearVSwitch empties a row's vSwitch when it is not in the VPC and zone.
func clearVSwitch(f *views.Frame, p *views.EndpointNew, row string, n int) {
	zone, id := p.Form.Value("zone"+row), p.Form.Value("vswitch"+row)
	if id == cloud.New {
		// A block of another VPC is only what was filled in before.
		block, err := netip.ParsePrefix(p.Form.Value("newvswitch" + row + ".cidr"))
		if err == nil && p.VPC.ID != "" && !p.VPC.CIDR.Overlaps(block) {
			p.Form.Values.Del("newvswitch" + row + ".cidr")
		}
		return
	}
	if id == "" {
		return
	}
	for _, s := range p.VSwitches {
		if s.ID == id && s.Zone == zone {
			return
		}
	}
	p.Form.Set("vswitch"+row, "")
	p.Cleared = append(p.Cleared, f.T("endpoint.cleared.vswitch", "n", n, "id", id))
}
