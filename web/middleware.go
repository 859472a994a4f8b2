package web

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"

	"culvert.internal/handlers"
)

// policy lets a page load only what this server serves as a file: no inline
// script or style, no frames, no other hosts.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'"

// headers are what every answer carries. A handler that serves something
// other than the console's pages may replace them.
func headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		// A page holds one account's things: no cache between may keep it.
		h.Set("Cache-Control", "private, no-cache")
		h.Add("Vary", "Cookie, Accept-Language")
		return next(c)
	}
}

// crossSite refuses what another site made the browser send. Pages in an
// instance's browser are other sites by design: what they send to the frame's
// own path is let through, and shows a capability instead.
func crossSite(b *handlers.Base) echo.MiddlewareFunc {
	protection := http.NewCrossOriginProtection()
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := protection.Check(c.Request()); err != nil && c.Path() != handlers.BrowserRoute {
				return b.CrossSite(c)
			}
			return next(c)
		}
	}
}

// limited bounds the body of a request.
func limited(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength > bodyLimit {
			return echo.ErrStatusRequestEntityTooLarge
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, bodyLimit)
		return next(c)
	}
}

// recovered turns a panic of a handler into an error like any other, so that
// one bad page does not end the lab's connections.
func recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		return next(c)
	}
}
