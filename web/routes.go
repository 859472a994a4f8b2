package web

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"culvert.internal/handlers"
	"culvert.internal/static"
)

// routes mounts everything there is.
func routes(e *echo.Echo, b *handlers.Base, ready func(context.Context) error) {
	e.GET("/healthz", health(ready))
	e.GET(static.Prefix+"*", echo.WrapHandler(static.Handler()))

	// Without an account.
	open := e.Group("", b.KnownHost)
	(&handlers.Login{Base: b}).Routes(open)
	(&handlers.Preference{Base: b}).Routes(open)
	(&handlers.Browser{Base: b}).Routes(open)

	// A console: one cloud, one region, one account. One line for each noun,
	// in the order of the navigation; first those of every console.
	console := e.Group("/:edition/:region", b.KnownHost, b.SignedIn, handlers.NewOnce().Guard(b))
	(&handlers.Home{Base: b}).Routes(console)
	(&handlers.Account{Base: b}).Routes(console)
	(&handlers.Admin{Base: b}).Routes(console)
	(&handlers.Search{Base: b}).Routes(console)
	(&handlers.Event{Base: b}).Routes(console)
	(&handlers.Change{Base: b}).Routes(console)

	// Of clouds whose consoles have networks.
	lab := console.Group("", b.OfNetworks)
	(&handlers.Help{Base: b}).Routes(lab)
	(&handlers.Endpoint{Base: b}).Routes(lab)
	(&handlers.Service{Base: b}).Routes(lab)
	(&handlers.Connection{Base: b}).Routes(lab)
	(&handlers.PrivateZone{Base: b}).Routes(lab)
	(&handlers.VPC{Base: b}).Routes(lab)
	(&handlers.VSwitch{Base: b}).Routes(lab)
	(&handlers.Group{Base: b}).Routes(lab)
	(&handlers.ACL{Base: b}).Routes(lab)
	(&handlers.Instance{Base: b}).Routes(lab)
	(&handlers.NIC{Base: b}).Routes(lab)
	(&handlers.IDC{Base: b}).Routes(lab)
	(&handlers.Balancer{Base: b}).Routes(lab)
	(&handlers.Topology{Base: b}).Routes(lab)
	(&handlers.Why{Base: b}).Routes(lab)
	(&handlers.Resolve{Base: b}).Routes(lab)
	(&handlers.Attempt{Base: b}).Routes(lab)

	// Of Zilliz Cloud, whose console has projects.
	projects := console.Group("", b.OfProjects)
	(&handlers.Project{Base: b}).Routes(projects)
	(&handlers.Cluster{Base: b}).Routes(projects)
	(&handlers.PrivateLink{Base: b}).Routes(projects)
}

// health answers 200 when the program can serve, else 503 with the reason.
func health(ready func(context.Context) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		if ready != nil {
			if err := ready(c.Request().Context()); err != nil {
				return c.String(http.StatusServiceUnavailable, err.Error()+"\n")
			}
		}
		return c.String(http.StatusOK, "ok\n")
	}
}
