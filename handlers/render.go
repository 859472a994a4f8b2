package handlers

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// FormPage makes the page that shows a form: fresh, as typed so far, or with
// what is wrong. It reads what the form offers to choose from.
type FormPage func(c echo.Context, form ui.Form) (templ.Component, error)

// Render answers a page. It is rendered whole before the first byte is sent,
// so that a failing page is an error and not half a page.
func (b *Base) Render(c echo.Context, status int, page templ.Component) error {
	var buf bytes.Buffer
	ctx := b.seen(c)
	if status == http.StatusUnprocessableEntity || status == http.StatusConflict {
		// The summary at the top names the fields below it: this pass learns
		// what they are called.
		if err := page.Render(ctx, io.Discard); err != nil {
			return fmt.Errorf("render %s: %w", c.Request().URL.Path, err)
		}
	}
	if err := page.Render(ctx, &buf); err != nil {
		return fmt.Errorf("render %s: %w", c.Request().URL.Path, err)
	}
	return c.HTMLBlob(status, buf.Bytes())
}

// Form reads the form of a request: the query of a GET, the body of a POST.
func (b *Base) Form(c echo.Context) ui.Form {
	r := c.Request()
	values := r.URL.Query()
	if r.Method == http.MethodPost {
		// A body that cannot be parsed leaves the fields that could be; the
		// engine then asks for the missing ones.
		_ = r.ParseForm()
		values = r.PostForm
	}
	return ui.NewForm(r.URL.Path, values)
}

// ShowForm answers a form's page with what the query already holds.
func (b *Base) ShowForm(c echo.Context, page FormPage) error {
	form := b.Form(c)
	b.scope(c).since = form.Since
	view, err := page(c, form)
	if err != nil {
		return err
	}
	return b.Render(c, http.StatusOK, view)
}

// Fail shows the form again with the engine's refusal: 422 for fields, 409
// for what stands in the way, 429 for too many tries. Anything else, also a
// thing that is not there or not allowed, is returned for the error page.
func (b *Base) Fail(c echo.Context, err error, page FormPage) error {
	e := cloud.AsError(err)
	if e == nil || e.Kind == cloud.NotFound || e.Kind == cloud.Denied {
		return err
	}
	view, perr := page(c, b.refused(c, b.Form(c), e))
	if perr != nil {
		return perr
	}
	return b.Render(c, Status(e.Kind), view)
}

// Status is the HTTP status of a kind of refusal.
func Status(k cloud.ErrorKind) int {
	switch k {
	case cloud.Invalid:
		return http.StatusUnprocessableEntity
	case cloud.NotFound:
		return http.StatusNotFound
	case cloud.Conflict, cloud.Exceeded:
		return http.StatusConflict
	case cloud.Denied:
		return http.StatusForbidden
	case cloud.TooMany:
		return http.StatusTooManyRequests
	}
	return http.StatusInternalServerError
}

// Redirect answers 303 to a page of this edition and region. The text of key,
// unless it is empty, is said once on the next page; pairs are its arguments.
func (b *Base) Redirect(c echo.Context, path, key string, pairs ...string) error {
	return b.RedirectSecret(c, path, "", key, pairs...)
}

// RedirectSecret is Redirect with something that the next page shows this once,
// to be copied. Until then it is in the session's sealed cookie and nowhere
// else.
func (b *Base) RedirectSecret(c echo.Context, path, secret, key string, pairs ...string) error {
	s := b.scope(c)
	if key != "" {
		args := map[string]string{}
		for i := 0; i+1 < len(pairs); i += 2 {
			args[pairs[i]] = pairs[i+1]
		}
		s.session.Notice = Notice{Key: key, Args: args, Kept: b.kept(c), Secret: secret}
		err := b.Sessions.Save(c.Response(), c.Request(), s.session)
		if err != nil && secret == "" {
			// It is done: a cookie too small for the notice is no reason to say otherwise.
			s.session.Notice = Notice{}
			err = b.Sessions.Save(c.Response(), c.Request(), s.session)
		}
		if err != nil {
			return fmt.Errorf("keep the notice %s: %w", key, err)
		}
	}
	return c.Redirect(http.StatusSeeOther, s.frame.Link(path))
}

// local answers an address of this server out of what a browser sent, or the
// fallback: a "next" must never lead to another site.
func local(address, fallback string) string {
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || strings.ContainsAny(address, "\\\r\n\t") {
		return fallback
	}
	u, err := url.Parse(address)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return fallback
	}
	return address
}
