package handlers

import (
	"net"
	"strings"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
)

// KnownHost refuses, in demo mode, requests for a host that is a name: anybody
// may sign in there, so a page elsewhere could have its own name point here
// and act as one of the accounts (DNS rebinding).
func (b *Base) KnownHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		host := c.Request().Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		literal := net.ParseIP(strings.Trim(host, "[]")) != nil
		if b.Engine.Demo() && !literal && host != "localhost" && !strings.HasSuffix(host, ".localhost") {
			return &cloud.Error{Kind: cloud.Denied, Key: "error.host", Args: map[string]string{"host": host}}
		}
		return next(c)
	}
}
