package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// Why is the page that explains one flow gate by gate; it asks the judge that
// the data plane asks.
type Why struct{ *Base }

// Routes registers the page. Its question is in its address, so that it can
// be linked to: "from" is an instance's ID, "vpc:ID" with "source", "host:ID",
// or "idc:ID/VPC"; "vpc" with "source" alone is what attempts link with. "target",
// "port" and "protocol" are the rest.
func (h *Why) Routes(g *echo.Group) {
	g.GET("/why", h.show)
}

// whyStarts is how many endpoints and refused attempts the empty page offers.
const whyStarts = 5

func (h *Why) show(c echo.Context) error {
	ctx, caller := c.Request().Context(), h.Caller(c)
	form := h.Form(c)
	p := views.Why{Address: c.Scheme() + "://" + c.Request().Host + c.Request().URL.RequestURI()}
	var err error
	if p.Instances, err = caller.Instances(ctx, h.Region(c), ""); err != nil {
		return fmt.Errorf("list instances: %w", err)
	}
	if p.VPCs, err = h.vpcs(c); err != nil {
		return err
	}
	if p.IDCs, err = caller.IDCs(ctx, h.Region(c), ""); err != nil {
		return fmt.Errorf("list networks on premises: %w", err)
	}
	whyFrom(form, p)
	status := http.StatusOK
	if strings.TrimSpace(form.Value("target")) != "" || form.Value("from") != "" && form.Values.Has("target") {
		flow, wrong := h.flow(ctx, caller, form)
		if p.Asked = len(wrong) == 0; p.Asked {
			if err := h.explain(ctx, caller, flow, &p); err != nil {
				return err
			}
		} else {
			form.Errors, status = wrong, http.StatusUnprocessableEntity
		}
	}
	form.Default("port", "80")
	form.Default("protocol", string(reach.TCP))
	p.Form = form
	if !p.Asked {
		found, err := caller.FindEndpoints(ctx, h.Region(c), cloud.Find{Size: whyStarts})
		if err != nil {
			return fmt.Errorf("list endpoints: %w", err)
		}
		p.Endpoints = found.Items
		if p.Refused, err = caller.Attempts(ctx, cloud.AttemptQuery{Refused: true, Limit: whyStarts}); err != nil {
			return fmt.Errorf("list refused attempts: %w", err)
		}
	}
	return h.Render(c, status, views.WhyPage(h.Frame(c), p))
}

// whyFrom finds the choice that a VPC and a source address are.
func whyFrom(form ui.Form, p views.Why) {
	if form.Value("from") != "" {
		return
	}
	vpc, source := form.Value("vpc"), form.Value("source")
	if vpc == "" {
		if len(p.Instances) > 0 {
			form.Set("from", p.Instances[0].ID)
		}
		return
	}
	form.Set("from", "vpc:"+vpc)
	if a, err := netip.ParseAddr(source); err == nil && a.IsLoopback() {
		form.Set("from", "host:"+vpc)
	}
	for _, i := range p.Instances {
		if i.VPC == vpc && i.IP.String() == source {
			form.Set("from", i.ID)
		}
	}
	whyPremises(form, p, vpc, source)
}

// whyPremises finds the network on premises that an attempt came from: its
// addresses are none of the VPC's.
func whyPremises(form ui.Form, p views.Why, vpc, source string) {
	a, err := netip.ParseAddr(source)
	if err != nil || slices.ContainsFunc(p.VPCs, func(v cloud.VPC) bool { return v.ID == vpc && v.CIDR.Contains(a) }) {
		return
	}
	for _, i := range p.IDCs {
		if i.CIDR.Contains(a) && (i.VPC == vpc || !strings.HasPrefix(form.Value("from"), "idc:")) {
			form.Set("from", views.IDCSource(i.ID, vpc))
		}
	}
}

// flow reads the question; what is wrong with it is answered by field.
func (h *Why) flow(ctx context.Context, caller *cloud.Caller, form ui.Form) (reach.Flow, []cloud.FieldError) {
	var f reach.Flow
	var wrong []cloud.FieldError
	bad := func(field, key string) { wrong = append(wrong, cloud.FieldError{Field: field, Key: key}) }
	kind, id, _ := strings.Cut(form.Value("from"), ":")
	switch kind {
	case "vpc", "host":
		vpc, err := caller.VPC(ctx, id)
		if err != nil {
			bad("from", "error.why.from")
		}
		f.VPC = vpc.ID
		if kind == "host" {
			f.Source = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		} else if f.Source, err = netip.ParseAddr(strings.TrimSpace(form.Value("source"))); err != nil || !f.Source.Is4() {
			bad("source", "error.why.source")
		}
	case "idc":
		idc, vpc, _ := strings.Cut(id, "/")
		i, err := caller.IDC(ctx, idc)
		if err == nil {
			_, err = caller.VPC(ctx, vpc)
		}
		if err != nil {
			bad("from", "error.why.from")
			break
		}
		f.VPC, f.Entry, f.Source = i.ID, vpc, i.Client()
		if a, err := netip.ParseAddr(form.Value("source")); err == nil && i.CIDR.Contains(a) {
			f.Source = a
		}
	default:
		i, err := caller.Instance(ctx, kind)
		if err != nil {
			bad("from", "error.why.from")
		}
		f.VPC, f.Source = i.VPC, i.IP
	}
	host, port := whyTarget(form)
	f.Name, f.Target = host, netip.Addr{}
	if a, err := netip.ParseAddr(host); err == nil {
		f.Name, f.Target = "", a
		if !a.Is4() {
			bad("target", "error.why.to.v6")
		}
	} else if !hostName.MatchString(host) {
		bad("target", "error.why.to")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		bad("port", "error.why.port")
	}
	f.Port = uint16(n)
	f.Protocol = reach.Protocol(strings.ToLower(form.Value("protocol")))
	if f.Protocol == "" {
		f.Protocol = reach.TCP
	}
	if f.Protocol != reach.TCP && f.Protocol != reach.UDP {
		bad("protocol", "error.why.protocol")
	}
	return f, wrong
}

var hostName = regexp.MustCompile(`^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?$`)

// whyTarget takes a pasted address apart: "http://NAME:8080/page" is NAME and
// 8080. The form then shows the parts.
func whyTarget(form ui.Form) (host, port string) {
	host, port = strings.TrimSpace(form.Value("target")), strings.TrimSpace(form.Value("port"))
	if u, err := url.Parse(host); err == nil && strings.Contains(host, "://") {
		host = u.Hostname()
		if u.Port() != "" {
			port = u.Port()
		} else if u.Scheme == "https" {
			port = "443"
		}
	} else if h, p, ok := strings.Cut(host, ":"); ok && !strings.Contains(p, ":") {
		host, port = h, p
	}
	if port == "" {
		port = "80"
	}
	form.Set("target", host)
	form.Set("port", port)
	return host, port
}

// explain asks the judge and finds out whose the other side is.
func (h *Why) explain(ctx context.Context, caller *cloud.Caller, flow reach.Flow, p *views.Why) error {
	p.Flow, p.Verdict = flow, h.Live.Explain(ctx, flow)
	entry := cmp.Or(flow.Entry, flow.VPC)
	vpc, err := caller.VPC(ctx, entry)
	if err != nil {
		return fmt.Errorf("read VPC %s: %w", entry, err)
	}
	p.VPC = vpc
	for _, i := range p.Instances {
		if i.VPC == flow.VPC && i.IP == flow.Source {
			p.Client = i
		}
	}
	id := p.Verdict.Endpoint
	if fix := p.Verdict.Fix; id == "" && fix.Kind == "connection" {
		_, id, _ = strings.Cut(fix.ID, "/")
	}
	if id != "" {
		e, err := caller.Endpoint(ctx, id)
		if err != nil && cloud.AsError(err) == nil {
			return fmt.Errorf("read endpoint %s: %w", id, err)
		}
		p.Endpoint = e
	}
	if !p.Verdict.Allowed && p.Verdict.Gate == reach.GateName {
		if p.Trap, err = caller.NameTrap(ctx, entry, flow.Name); err != nil {
			return fmt.Errorf("look for the cluster that %s means: %w", flow.Name, err)
		}
	}
	return h.whyRules(ctx, caller, p)
}

// whyRules adds the rules of the group that stopped the flow, if it is the
// reader's.
func (h *Why) whyRules(ctx context.Context, caller *cloud.Caller, p *views.Why) error {
	v := p.Verdict
	if v.Fix.Kind != "group" || !slices.Contains([]reach.Gate{reach.GateEgress, reach.GateENI, reach.GateIngress}, v.Gate) {
		return nil
	}
	g, err := caller.SecurityGroup(ctx, v.Fix.ID)
	if cloud.AsError(err) != nil {
		return nil // the provider's
	}
	if err != nil {
		return fmt.Errorf("read security group %s: %w", v.Fix.ID, err)
	}
	p.Group = &g
	return nil
}
