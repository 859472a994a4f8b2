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
		if b.Engine.Demo() && !hostIsAddress(host) {
			return &cloud.Error{Kind: cloud.Denied, Key: "error.host", Args: map[string]string{"host": bareHost(host)}}
		}
		return next(c)
	}
}

// hostIsAddress says whether a request's host is an address, or a name that
// always means this machine.
func hostIsAddress(host string) bool {
	host = bareHost(host)
	return net.ParseIP(strings.Trim(host, "[]")) != nil || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func bareHost(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return host
}
