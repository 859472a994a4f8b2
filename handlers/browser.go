package handlers

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/instance"
	"culvert.internal/instance/browser"
	"culvert.internal/reach"
	"culvert.internal/views"
	"culvert.internal/views/text"
)

// Browser is what the frame on an instance's page shows: pages of the VPC,
// below a path that carries its own right to be asked. Nobody is signed in
// here: a sandboxed frame sends no cookies.
type Browser struct{ *Base }

// BrowserRoute is the route of everything in the frames.
const BrowserRoute = browser.Prefix + ":capability/*"

// Routes registers the one route.
func (h *Browser) Routes(g *echo.Group) { g.Any(BrowserRoute, h.serve) }

// origin is the console's own origin as the browser sees it.
func origin(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host
}

func (h *Browser) serve(c echo.Context) error {
	r := c.Request()
	if strings.ContainsAny(r.Host, "; ,'\"\t") {
		return echo.ErrBadRequest // it goes into a policy
	}
	token, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), browser.Prefix), "/")
	q := browser.Request{Mount: browser.Mount{Origin: origin(r), Token: token}}
	f := h.bare(c)
	var ok bool
	if q.Grant, ok = h.Browser.Grant(token, c.RealIP()); !ok {
		return h.own(c, f, q.Mount, http.StatusForbidden, views.BrowserProblem{Kind: "expired"})
	}
	reader := h.Browser.Reader(q.Grant.Session)
	if lang, known := text.Parse(reader.Lang); known {
		f.Lang = lang
	}
	f.Theme = reader.Theme
	if alone(r) {
		return h.own(c, f, q.Mount, http.StatusForbidden, views.BrowserProblem{Kind: "alone"})
	}
	caller, i, err := h.granted(r.Context(), q.Grant)
	if err != nil {
		return err
	}
	if caller == nil {
		return h.own(c, f, q.Mount, http.StatusForbidden, views.BrowserProblem{Kind: "expired"})
	}
	f.Account, f.Self = caller.Account(), caller.Self()
	if q.Target, ok = browser.ReadTarget(rest, r.URL.RawQuery, r.URL.RawQuery != "" || r.URL.ForceQuery); !ok {
		return h.own(c, f, q.Mount, http.StatusBadRequest, views.BrowserProblem{Kind: browser.ProblemBad})
	}
	var failed error
	q.Renew = func() string { return h.Browser.Token(q.Grant, c.RealIP()) }
	q.Who = func(local, remote netip.AddrPort) browser.Answerer {
		return h.who(r.Context(), caller, i, local, remote)
	}
	q.Say = func(cut browser.Cut) string { return f.T("browser.cut." + string(cut)) }
	q.Fail = func(_ http.ResponseWriter, status int, p browser.Problem) {
		problem, err := h.problem(r.Context(), f, caller, i, p)
		failed = errors.Join(err, h.own(c, f, q.Mount, status, problem))
	}
	h.Browser.Serve(c.Response(), r, q)
	return failed
}

// alone says whether the browser wants to show the answer outside of the
// frame, or to use it as a part of the console.
func alone(r *http.Request) bool {
	dest, site := r.Header.Get("Sec-Fetch-Dest"), r.Header.Get("Sec-Fetch-Site")
	return dest == "document" || dest != "iframe" && site == "same-origin"
}

// granted is the account and the instance of a grant, nil when the account may
// not be used, has ended its sessions since, or the instance is not its own any
// more.
func (b *Base) granted(ctx context.Context, g browser.Grant) (*cloud.Caller, cloud.InstanceView, error) {
	account, err := b.Engine.Account(ctx, g.Account)
	if cloud.AsError(err) != nil || err == nil && !(b.Engine.Usable(account) && !account.Disabled && account.Epoch == g.Epoch) {
		return nil, cloud.InstanceView{}, nil
	} else if err != nil {
		return nil, cloud.InstanceView{}, fmt.Errorf("read the account of a frame: %w", err)
	}
	caller := b.Engine.As(account)
	i, err := caller.Instance(ctx, g.Instance)
	if cloud.AsError(err) != nil {
		return nil, i, nil
	} else if err != nil {
		return nil, i, fmt.Errorf("read the instance of a frame: %w", err)
	}
	return caller, i, nil
}

// own answers with one of this program's own pages.
func (h *Browser) own(c echo.Context, f *views.Frame, m browser.Mount, status int, p views.BrowserProblem) error {
	header := c.Response().Header()
	header.Set("Content-Security-Policy", m.OwnPolicy())
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	return h.Render(c, status, views.BrowserProblemPage(f, p))
}

// who says who answered, as far as the account may know: its own backends by
// name, others by their owner.
func (b *Base) who(ctx context.Context, caller *cloud.Caller, i cloud.InstanceView, local, remote netip.AddrPort) browser.Answerer {
	v := b.Live.Explain(ctx, reach.Flow{
		Protocol: reach.TCP, VPC: i.VPC, Source: i.IP, Target: remote.Addr(), Port: remote.Port(),
	})
	if v.Endpoint != "" {
		e, err := caller.Endpoint(ctx, v.Endpoint)
		if err != nil || e.Provider != caller.Account().ID {
			return browser.Answerer{Provider: e.Provider}
		}
	}
	for _, key := range []string{v.ENI, v.Balancer} {
		if key == "" {
			continue
		}
		for _, flow := range b.Live.Connections(key) {
			if flow.Client == local {
				return browser.Answerer{Name: flow.Backend.Name, Address: flow.Backend.Addr.String()}
			}
		}
	}
	at := browser.Answerer{Address: remote.String()}
	all, err := caller.Instances(ctx, i.Region, "")
	if err != nil || v.ENI != "" || v.Balancer != "" {
		return at // what is not known is not said
	}
	for _, other := range all {
		if other.VPC == i.VPC && other.IP == remote.Addr() {
			at.Name = other.Name
		}
	}
	return at
}

// problem is why there is no page, in the reader's words.
func (b *Base) problem(ctx context.Context, f *views.Frame, caller *cloud.Caller, i cloud.InstanceView, p browser.Problem) (views.BrowserProblem, error) {
	out := views.BrowserProblem{Kind: p.Kind, Address: p.Address, Detail: p.Detail, Instance: i.Name}
	if p.Kind != browser.ProblemNet {
		return out, nil
	}
	var refused *instance.Refused
	if !errors.As(p.Err, &refused) {
		out.Kind = failureOf(p.Err)
		return out, nil
	}
	out.Kind = "refused"
	if !i.Running {
		out.Kind = "stopped"
	}
	v := refused.Verdict
	endpoints, _, err := endpointsIn(ctx, caller, i.Region, i.VPC, shownInside)
	if err != nil {
		return out, err
	}
	out.Provider = providerOf(endpoints, &v)
	out.Gate, out.Reason, out.Fix = string(v.Gate), f.RefusalReason(v, out.Provider), v.Fix
	return out, nil
}

// failureOf names what went wrong on the way to a site.
func failureOf(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var ne net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "closed"
	case errors.As(err, &unknown), errors.As(err, &invalid), errors.As(err, &name), errors.As(err, &record), errors.As(err, &alert):
		return "tls"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, browser.ErrFirstByte), errors.Is(err, context.DeadlineExceeded), errors.As(err, &ne) && ne.Timeout():
		return "timeout"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "empty"
	}
	return "broken"
}
