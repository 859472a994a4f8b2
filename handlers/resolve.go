package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/idna"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// Resolve is the page that resolves a name as a VPC does and shows every step
// (PVZ-10); it asks the resolver that the VPC's clients ask.
type Resolve struct{ *Base }

// Routes registers the page. Its question is in its address: "from" is an
// instance's ID or "vpc:ID", "name" and "type" are the rest.
func (h *Resolve) Routes(g *echo.Group) {
	g.GET("/resolve", h.show)
}

func (h *Resolve) show(c echo.Context) error {
	ctx, caller := c.Request().Context(), h.Caller(c)
	form := h.Form(c)
	p := views.Resolve{Address: c.Scheme() + "://" + c.Request().Host + c.Request().URL.RequestURI()}
	var err error
	if p.Instances, err = caller.Instances(ctx, h.Region(c), ""); err != nil {
		return fmt.Errorf("list instances: %w", err)
	}
	if p.VPCs, err = h.vpcs(c); err != nil {
		return err
	}
	if form.Value("from") == "" && len(p.Instances) > 0 {
		form.Set("from", p.Instances[0].ID)
	}
	form.Default("type", "A")
	status := http.StatusOK
	if strings.TrimSpace(form.Value("name")) != "" {
		wrong, err := h.ask(ctx, caller, form, &p)
		if err != nil {
			return err
		}
		if p.Asked = len(wrong) == 0; !p.Asked {
			form.Errors, status = wrong, http.StatusUnprocessableEntity
		}
	}
	p.Form = form
	return h.Render(c, status, views.ResolvePage(h.Frame(c), p))
}

// ask reads the question and has it answered; what is wrong with it is
// answered by field.
func (h *Resolve) ask(ctx context.Context, caller *cloud.Caller, form ui.Form, p *views.Resolve) ([]cloud.FieldError, error) {
	var wrong []cloud.FieldError
	bad := func(field, key string) { wrong = append(wrong, cloud.FieldError{Field: field, Key: key}) }
	vpc, inVPC := strings.CutPrefix(form.Value("from"), "vpc:")
	var source netip.Addr
	if !inVPC {
		i, err := caller.Instance(ctx, form.Value("from"))
		if err != nil && cloud.AsError(err) == nil {
			return nil, fmt.Errorf("read instance %s: %w", form.Value("from"), err)
		}
		p.Client, vpc, source = i, i.VPC, i.IP
	}
	at := slices.IndexFunc(p.VPCs, func(v cloud.VPC) bool { return v.ID == vpc })
	if at < 0 {
		bad("from", "error.why.from")
	} else {
		p.VPC = p.VPCs[at]
	}
	if !slices.Contains(views.ResolveTypes(), form.Value("type")) {
		bad("type", "error.resolve.type")
	}
	name := resolveName(form)
	if len(wrong) > 0 {
		return wrong, nil
	}
	if p.Result = h.Live.Resolve(ctx, vpc, source, name, form.Value("type")); p.Result.Rcode == "FORMERR" {
		bad("name", "error.resolve.name")
		return wrong, nil
	}
	var err error
	if p.Zones, err = caller.PrivateZones(ctx); err != nil {
		return nil, fmt.Errorf("list private zones: %w", err)
	}
	return nil, nil
}

// spelling turns names with letters of any script into those that are asked
// for. It forbids nothing: what is no name is found by the resolver.
var spelling = idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.VerifyDNSLength(false))

// resolveName takes the name out of what was typed: an address that was pasted
// from a browser, or an IPv4 address, whose name is asked for. The form then
// shows what is asked.
func resolveName(form ui.Form) string {
	name := strings.TrimSpace(form.Value("name"))
	if u, err := url.Parse(name); err == nil && strings.Contains(name, "://") {
		name = u.Hostname()
	}
	if a, err := netip.ParseAddr(name); err == nil && a.Is4() {
		o := a.As4()
		name = fmt.Sprintf("%d.%d.%d.%d.in-addr.arpa", o[3], o[2], o[1], o[0])
		form.Set("type", "PTR")
	}
	form.Set("name", name)
	if ascii, err := spelling.ToASCII(name); err == nil && ascii != "" {
		return ascii
	}
	return name
}
