package handlers

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// HandleError is the end of every failed request, for echo's
// HTTPErrorHandler: a refusal is shown by its kind, everything else is logged
// once under a reference that the page shows.
func (b *Base) HandleError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	f := b.Frame(c)
	p := b.failure(err, f)
	b.explain(c, err, f, &p)
	if p.Status == http.StatusInternalServerError {
		if c.Request().Context().Err() != nil {
			return // the reader is gone, and so is the reason to complain
		}
		p.Reference = reference()
		b.Log.ErrorContext(c.Request().Context(), "request failed", slog.String("reference", p.Reference),
			slog.String("method", c.Request().Method), slog.String("path", c.Request().URL.Path), slog.Any("err", err))
	}
	if rerr := b.Render(c, p.Status, views.ErrorPage(f, p)); rerr != nil {
		b.Log.ErrorContext(c.Request().Context(), "error page failed", slog.Any("err", rerr))
	}
}

// CrossSite answers a request that another site made the browser send.
func (b *Base) CrossSite(c echo.Context) error {
	f := b.Frame(c)
	return b.Render(c, http.StatusForbidden, views.ErrorPage(f, views.Failure{
		Status: http.StatusForbidden, Title: f.T("error.403.title"), Text: f.T("error.403.cross"),
	}))
}

func (b *Base) failure(err error, f *views.Frame) views.Failure {
	if e := cloud.AsError(err); e != nil {
		p := views.Failure{Status: Status(e.Kind), Text: f.T2(e.Key, e.Args), Form: ui.Form{}.With(e)}
		p.Title = f.T(titles[p.Status])
		if e.Kind == cloud.NotFound {
			p.Text += f.T("error.404.also")
		}
		return p
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		if title, ok := titles[he.Code]; ok && texts[he.Code] != "" {
			return views.Failure{Status: he.Code, Title: f.T(title), Text: f.T(texts[he.Code])}
		}
		if he.Code < 500 {
			return views.Failure{Status: he.Code, Title: f.T("error.400.title"), Text: f.T("error.400.text")}
		}
	}
	return views.Failure{Status: http.StatusInternalServerError, Title: f.T("error.500.title"), Text: f.T("error.500.text")}
}

// titles and texts are the keys of the error pages by status.
var (
	titles = map[int]string{
		http.StatusForbidden: "error.403.title", http.StatusNotFound: "error.404.title",
		http.StatusMethodNotAllowed: "error.405.title", http.StatusConflict: "error.409.title",
		http.StatusRequestEntityTooLarge: "error.413.title", http.StatusUnprocessableEntity: "error.422.title",
		http.StatusTooManyRequests: "error.429.title", http.StatusInternalServerError: "error.500.title",
	}
	texts = map[int]string{
		http.StatusForbidden: "error.403.text", http.StatusNotFound: "error.404.text",
		http.StatusMethodNotAllowed: "error.405.text", http.StatusRequestEntityTooLarge: "error.413.text",
	}
)

func reference() string {
	b := make([]byte, 6)
	_, _ = rand.Read(b) // crypto/rand.Read never fails
	return hex.EncodeToString(b)
}
