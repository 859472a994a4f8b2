// Package handlers turns requests into calls of the engine and its answers
// into pages: parse, engine, render. One file per noun; web/routes.go mounts
// each of them with one line.
//
// # A noun
//
// A handler embeds *Base and registers its own routes below
// /{edition}/{region}, where an account is signed in:
//
//	type VPC struct{ *Base }
//
//	func (h *VPC) Routes(g *echo.Group) {
//		g.GET("/vpcs", h.list)
//		g.GET("/vpcs/new", h.new)
//		g.POST("/vpcs/new", h.create)
//		g.GET("/vpcs/:id", h.show)
//		g.POST("/vpcs/:id/delete", h.remove)
//	}
//
// A page reads and renders:
//
//	func (h *VPC) list(c echo.Context) error {
//		items, err := h.Caller(c).VPCs(c.Request().Context(), h.Region(c))
//		if err != nil {
//			return fmt.Errorf("list VPCs: %w", err)
//		}
//		f := h.Frame(c)
//		shown, pager := ui.Cut(items, h.PageNumber(c), f.PageHref)
//		return h.Render(c, http.StatusOK, views.VPCListPage(f, views.VPCList{Items: shown, Pager: pager}))
//	}
//
// A form is shown by a FormPage and posts to the address it is shown at. A
// refusal shows it again, 422 or 409, with everything that was typed; success
// answers 303 and says so once on the next page:
//
//	func (h *VPC) new(c echo.Context) error { return h.ShowForm(c, h.form) }
//
//	func (h *VPC) form(c echo.Context, form ui.Form) (templ.Component, error) {
//		form.Default("cidr", "10.0.0.0/16")
//		return views.VPCNewPage(h.Frame(c), form), nil
//	}
//
//	func (h *VPC) create(c echo.Context) error {
//		form := h.Form(c)
//		v, err := h.Caller(c).CreateVPC(ctx, h.Region(c), cloud.VPCInput{Name: form.Value("name"), CIDR: form.Value("cidr")})
//		if err != nil {
//			return h.Fail(c, err, h.form)
//		}
//		return h.Redirect(c, "/vpcs/"+v.ID, "vpc.created", "name", v.Name)
//	}
//
// Errors that are no refusals are returned, wrapped with what was tried; the
// error page of web shows refusals by their kind and hides the rest behind a
// reference that is also in the log.
package handlers

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/instance/browser"
	"culvert.internal/views"
	"culvert.internal/views/text"
	"culvert.internal/views/ui"
)

// Base is what every handler has: the engine, the running lab, the consoles,
// the sessions.
type Base struct {
	Engine   *cloud.Engine
	Editions []*views.Edition // at least one; the first is the default
	Sessions Sessions
	Live     Live
	Doors    Doors
	Browser  *browser.Browser // made by web
	// ZoneFiles reads and writes the records of private zones.
	ZoneFiles ZoneFiles
	About     About
	Log       *slog.Logger
	Now       func() time.Time
	// Build tells this program from another version of it; empty: not known.
	Build string
}

// scope is what one request carries, in Echo's context under scopeKey.
type scope struct {
	session Session
	frame   *views.Frame
	caller  *cloud.Caller
	// since is what the form that is being shown again could show (changed.go);
	// 0: what this page shows.
	since int64
}

const scopeKey = "culvert.scope"

func (b *Base) scope(c echo.Context) *scope {
	if s, ok := c.Get(scopeKey).(*scope); ok {
		return s
	}
	s := &scope{session: b.Sessions.Load(c.Request())}
	if s.session.over(b.Now()) {
		s.session = Session{}
	}
	s.frame = b.bare(c)
	c.Set(scopeKey, s)
	return s
}

// bare is the frame of a page without an account.
func (b *Base) bare(c echo.Context) *views.Frame {
	f := &views.Frame{
		Lang: language(c.Request()), Theme: theme(c.Request()), Editions: b.Editions,
		Path: c.Request().URL.RequestURI(), Now: b.Now(), Build: b.Build, Sent: c.Request().Method == http.MethodPost,
	}
	f.Names = b.names(c.Request().Context(), f.Lang)
	return f
}

// names answers account names, read from the engine when the first one is
// asked for.
func (b *Base) names(ctx context.Context, lang text.Lang) func(string) string {
	var known map[string]string
	return func(id string) string {
		if known == nil {
			known = map[string]string{
				cloud.SystemActor: lang.T("word.system"), cloud.Operator: lang.T("cloud.ctyun"), cloud.Zilliz: lang.T("cloud.zilliz"),
			}
			all, err := b.Engine.Accounts(ctx)
			if err != nil {
				b.Log.WarnContext(ctx, "account names are missing from a page", "err", err)
			}
			for _, a := range all {
				known[a.ID] = a.DisplayName(string(lang))
			}
		}
		return known[id]
	}
}

// Frame is the request's frame.
func (b *Base) Frame(c echo.Context) *views.Frame { return b.scope(c).frame }

// Caller is the engine as the signed-in account sees it. It is nil outside
// the routes of SignedIn.
func (b *Base) Caller(c echo.Context) *cloud.Caller { return b.scope(c).caller }

// Region is the ID of the request's region.
func (b *Base) Region(c echo.Context) string { return b.scope(c).frame.Region }

// PageNumber is the page of a list that is asked for, from 1.
func (b *Base) PageNumber(c echo.Context) int {
	n, err := strconv.Atoi(c.QueryParam("page"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// SignedIn lets only requests through whose browser is signed in to the
// edition; others are sent to the login page and come back afterwards.
func (b *Base) SignedIn(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		edition := b.edition(c.Param("edition"))
		if edition == nil || !edition.Has(c.Param("region")) {
			return echo.ErrNotFound
		}
		s := b.scope(c)
		account, err := b.Engine.Account(ctx, s.session.Signed[edition.ID])
		if e := cloud.AsError(err); e != nil && e.Kind == cloud.NotFound || err == nil && !b.admits(s.session, account) {
			return b.toLogin(c)
		} else if err != nil {
			return err
		}
		if err := b.prolong(c, s); err != nil {
			return err
		}
		since, as := b.sent(c)
		s.caller = b.Engine.As(account).In(edition.Cloud).Since(since)
		f := s.frame
		// Before anything else is read, so that no change falls between the
		// page and its stream.
		if f.Seq, err = b.lastEvent(ctx); err != nil {
			return fmt.Errorf("read the last change's number: %w", err)
		}
		f.Edition, f.Region, f.Account, f.Self = edition, c.Param("region"), s.caller.Account(), account
		if f.Accounts, err = b.switchable(ctx, s.session); err != nil {
			return err
		}
		if edition.Place != "" {
			err = b.projects(c)
		} else {
			f.Pending, err = b.pending(ctx, s.caller, f.Region)
		}
		if err == nil {
			f.Failed, err = s.caller.FailedZones(ctx, f.Region)
		}
		if err != nil {
			return err
		}
		if err := b.takeNotice(c, s); err != nil {
			return err
		}
		// COM-04: a region shows what is in it and nothing else.
		for _, id := range c.ParamValues() {
			if in := views.RegionOf(id); in != "" && in != c.Param("region") {
				return echo.ErrNotFound
			}
		}
		if as != "" && as != account.ID {
			return b.otherAccount(c, as)
		}
		return next(c)
	}
}

// admits says whether a session may go on acting as an account.
func (b *Base) admits(s Session, a cloud.Account) bool { return b.Engine.Usable(a) && s.holds(a) }

// prolong moves the end of a session that is in use, once its half is over.
func (b *Base) prolong(c echo.Context, s *scope) error {
	life := b.Engine.Installation().SessionLife
	if left := s.session.Until.Sub(b.Now()); left > life/2 && left <= life {
		return nil
	}
	s.session.Until = b.Now().Add(life)
	return b.Sessions.Save(c.Response(), c.Request(), s.session)
}

func (b *Base) edition(id string) *views.Edition {
	for _, e := range b.Editions {
		if e.ID == id {
			return e
		}
	}
	return nil
}

// switchable lists the accounts this browser may act as without a password.
func (b *Base) switchable(ctx context.Context, s Session) ([]cloud.Account, error) {
	demo, err := b.Engine.DemoAccounts(ctx)
	if err != nil {
		return nil, err
	}
	out := demo
	for _, id := range s.Known {
		a, err := b.Engine.Account(ctx, id)
		if e := cloud.AsError(err); e != nil || err == nil && !b.admits(s, a) {
			continue // gone or closed since, or of a demo that is over
		} else if err != nil {
			return nil, err
		}
		if !contains(out, a.ID) {
			out = append(out, a)
		}
	}
	return out, nil
}

func contains(accounts []cloud.Account, id string) bool {
	for _, a := range accounts {
		if a.ID == id {
			return true
		}
	}
	return false
}

// takeNotice puts what the last request had to say into the frame, once. Only
// a page takes it, not what a page fetches.
func (b *Base) takeNotice(c echo.Context, s *scope) error {
	n, r := s.session.Notice, c.Request()
	accept := r.Header.Get("Accept")
	part := r.Header.Get("HX-Request") != "" || strings.Contains(accept, "json") || strings.Contains(accept, "event-stream")
	if n.Key == "" || r.Method != http.MethodGet || part {
		return nil
	}
	s.session.Notice = Notice{}
	s.frame.Notice = views.Notice{Kind: ui.OK, Text: s.frame.T2(n.Key, n.Args) + b.meantime(c.Request().Context(), s.frame, n.Kept), Secret: n.Secret}
	return b.Sessions.Save(c.Response(), c.Request(), s.session)
}
