package handlers

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/instance"
	"culvert.internal/instance/browser"
	"culvert.internal/views"
)

// browsing is the browsing session of this reader on an instance.
func (h *Instance) browsing(c echo.Context, i cloud.InstanceView) (browser.Grant, error) {
	s := h.scope(c)
	if s.session.Browser == "" {
		s.session.Browser = rand.Text()
		if err := h.Sessions.Save(c.Response(), c.Request(), s.session); err != nil {
			return browser.Grant{}, fmt.Errorf("keep the session: %w", err)
		}
	}
	account := h.Caller(c).Self()
	id := h.Browser.SessionOf(s.session.Browser, account.ID, i.ID)
	h.Browser.Greet(id, s.session.Browser, browser.Reader{Lang: string(s.frame.Lang), Theme: s.frame.Theme})
	return browser.Grant{Account: account.ID, Instance: i.ID, Session: id, Epoch: account.Epoch, End: s.session.Until}, nil
}

// frame is the browser on the instance's page: ?url= opens an address, else it
// shows what it showed.
func (h *Instance) frame(c echo.Context, i cloud.InstanceView) (views.Browser, error) {
	g, err := h.browsing(c, i)
	if err != nil {
		return views.Browser{}, err
	}
	b := views.Browser{}
	b.Address, b.Back = h.Browser.Address(g.Session)
	typed, asked := c.QueryParam("url"), c.QueryParams().Has("url")
	if asked && typed != "" {
		b.Address = typed
	}
	if b.Address != "" {
		a, ok := browser.Parse(b.Address)
		if ok {
			b.Address = a.String()
			m := browser.Mount{Token: h.Browser.Token(g, c.RealIP())}
			b.Src = m.Path(a, false)
		} else {
			b.Error = "browser.error.address"
			if a.Foreign() {
				b.Error, b.Detail = "browser.error.scheme", a.Scheme
			}
		}
	} else if asked {
		b.Error = "browser.error.empty"
	}
	if b.Error == "" {
		b.Visit, err = h.visit(c, i, g)
	}
	// This page may show a frame, of the frame's path and nothing else.
	header := c.Response().Header()
	header.Set("Content-Security-Policy", header.Get("Content-Security-Policy")+browser.FramePolicy(origin(c.Request())))
	return b, err
}

// visit is the last document of the session, for the line below the frame.
func (h *Instance) visit(c echo.Context, i cloud.InstanceView, g browser.Grant) (*views.BrowserVisit, error) {
	v, ok := h.Browser.Last(g.Session)
	if !ok {
		return nil, nil
	}
	out := &views.BrowserVisit{
		Address: v.Address, Status: v.Status, Resolve: v.Resolve, Connect: v.Connect, Total: v.Total, Bytes: v.Bytes,
		Cut: string(v.Cut), Done: v.Done, Name: v.Answerer.Name, At: v.Answerer.Address, Provider: v.Answerer.Provider,
	}
	if v.Err == nil {
		return out, nil
	}
	f := h.Frame(c)
	p, err := h.problem(c.Request().Context(), f, h.Caller(c), i, browser.Problem{Kind: browser.ProblemNet, Err: v.Err, Address: v.Address})
	if err != nil {
		return nil, err
	}
	out.Problem = &p
	var refused *instance.Refused
	if errors.As(v.Err, &refused) {
		r := &views.Refusal{Gate: p.Gate, Reason: p.Reason, Target: target(v.Address), Protocol: cloud.TCP}
		if err := h.fix(c, p.Fix, p.Provider, r); err != nil {
			return nil, err
		}
		out.Refused = r
	}
	return out, nil
}

// target is the host and port of an address, as the page "why can't I
// connect?" asks for them.
func target(address string) string {
	a, _ := browser.Parse(address)
	port, _ := a.Port()
	return fmt.Sprintf("%s:%d", a.Name(), port)
}

// status answers the frame's bar and foot alone, for the page's script: what
// the frame shows is known here, whatever the page in it says.
func (h *Instance) status(c echo.Context) error {
	i, err := h.read(c)
	if err != nil {
		return err
	}
	p := views.InstanceDetail{Instance: i}
	g, err := h.browsing(c, i)
	if err != nil {
		return err
	}
	p.Browser.Address, p.Browser.Back = h.Browser.Address(g.Session)
	if p.Browser.Visit, err = h.visit(c, i, g); err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, views.BrowserStatus(h.Frame(c), p))
}

// browse goes back or loads again, for the two buttons before the address bar.
func (h *Instance) browse(c echo.Context) error {
	i, err := h.read(c)
	if err != nil {
		return err
	}
	g, err := h.browsing(c, i)
	if err != nil {
		return err
	}
	to := ""
	if h.Form(c).Value("go") == "back" {
		to = h.Browser.Back(g.Session)
	}
	if to == "" {
		to, _ = h.Browser.Address(g.Session)
	}
	at := "/instances/" + i.ID
	if to != "" {
		at += "?" + url.Values{"url": {to}}.Encode()
	}
	return h.Redirect(c, at, "")
}
