// Package web is the console's server: Echo, the order of its middleware, the
// routes on one screen (routes.go), the browsers' sessions and the headers
// that every answer carries.
//
//	srv, err := web.New(web.Options{Engine: engine, Editions: editions, Keys: keys, Ready: ready, Log: log})
//	listener, err := net.Listen("tcp", "127.0.0.1:8080")
//	err = srv.Run(ctx, listener)   // until ctx ends; at most two seconds longer
//
// Server is an http.Handler, so that tests and other servers can use it
// without a socket.
package web

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"culvert.internal/handlers"
	"culvert.internal/instance/browser"
)

// Options are what the server needs.
type Options struct {
	handlers.Base
	// Keys sign and encrypt the session cookie: 64 bytes, then 32 bytes.
	Keys [2][]byte
	// Ready says why the program cannot serve yet, nil when it can. It is
	// asked by GET /healthz.
	Ready func(context.Context) error
}

// Server is the console over HTTP.
type Server struct {
	handler http.Handler
	log     *slog.Logger
	metrics *handlers.Metrics // nil: this is Metrics
}

// stopTime is how long requests may go on after Run's context has ended.
const stopTime = 2 * time.Second

// bodyLimit bounds what a form may send, in bytes.
const bodyLimit = 1 << 20

// New puts the server together.
func New(o Options) (*Server, error) {
	if len(o.Editions) == 0 {
		return nil, errors.New("web: no edition to serve")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	sessions, err := newSessions(o.Keys)
	if err != nil {
		return nil, err
	}
	base := o.Base
	base.Sessions = sessions
	// Whoever can read the cookies can sign capabilities: one secret for both.
	key, err := hkdf.Key(sha256.New, o.Keys[0], nil, "capabilities of the instances' browsers", 32)
	if err != nil {
		return nil, fmt.Errorf("make the key of the browsers' capabilities: %w", err)
	}
	base.Browser = browser.New(browser.Options{Key: key, Now: base.Now, Dial: func(ctx context.Context, id, host string, port uint16) (net.Conn, error) {
		return base.Doors.Browse(ctx, id, host, port)
	}})

	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = base.HandleError
	// From the outside in: what the log says, what every answer carries, who
	// may ask at all, how much, in which language.
	e.Use(recovered, headers, crossSite(&base), limited, base.Language)
	metrics := &handlers.Metrics{Base: &base}
	e.GET("/metrics", metrics.Near)
	routes(e, &base, o.Ready)
	handler, err := compressed(e)
	if err != nil {
		return nil, err
	}
	return &Server{handler, o.Log, metrics}, nil
}

// Metrics is a server of nothing but GET /metrics, to everybody who can reach
// it.
func (s *Server) Metrics() (*Server, error) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		status := http.StatusInternalServerError
		if he := new(echo.HTTPError); errors.As(err, &he) {
			status = he.Code
		} else if c.Request().Context().Err() == nil {
			s.log.Error("answer the metrics", "err", err)
		}
		if !c.Response().Committed {
			_ = c.NoContent(status)
		}
	}
	e.Use(recovered, limited)
	e.GET("/metrics", s.metrics.Serve)
	handler, err := compressed(e)
	return &Server{handler: handler, log: s.log}, err
}

// ServeHTTP answers one request; a HEAD as the GET it asks about, whose body
// net/http leaves out.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		get := *r
		get.Method = http.MethodGet
		r = &get
	}
	s.handler.ServeHTTP(w, r)
}

// Run serves on the listener until ctx ends, then lets requests finish for
// two seconds at most: the context of every request ends with ctx, so open
// streams end at once. It answers nil after such an end.
func (s *Server) Run(ctx context.Context, listener net.Listener) error {
	streams, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	srv := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		BaseContext:       func(net.Listener) context.Context { return streams },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	end()
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	err := srv.Shutdown(within)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	<-served
	if err != nil {
		return fmt.Errorf("stop serving %s: %w", listener.Addr(), err)
	}
	return nil
}
