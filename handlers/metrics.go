package handlers

import (
	"net/http"
	"net/netip"
	"sync"

	"github.com/labstack/echo/v4"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// Metrics is GET /metrics for Prometheus. It names what every account has, so
// it is for whoever runs the installation and not for an account: the console
// answers it to programs on its own machine alone, and to others where
// Serve is given an address of its own (serve's flag --metrics).
//
// Nothing is measured for it: it reads counters that are kept anyway.
type Metrics struct {
	*Base

	// One at a time, so that reading it often costs no more than one processor.
	mu    sync.Mutex
	known *cloud.Inventory
}

// Near is the route of the console: it refuses whoever is not on this machine.
func (h *Metrics) Near(c echo.Context) error {
	if !near(c.Request()) {
		return &cloud.Error{Kind: cloud.Denied, Key: "error.metrics"}
	}
	return h.Serve(c)
}

// near says whether a request comes from this machine, by itself. A proxy that
// stands before the console is on it too, but says for whom it asks; and a page
// elsewhere can point a name of its own here (DNS rebinding), but not an
// address.
func near(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !from.Addr().Unmap().IsLoopback() {
		return false
	}
	for _, name := range []string{"Forwarded", "Via", "X-Forwarded-For", "X-Real-Ip"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	return hostIsAddress(r.Host)
}

// Serve answers the metrics to whoever asks.
func (h *Metrics) Serve(c echo.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	known, err := h.Engine.Inventory(c.Request().Context(), h.known)
	if err != nil {
		return err
	}
	h.known = known
	c.Response().Header().Set(echo.HeaderContentType, expositionType)
	c.Response().WriteHeader(http.StatusOK)
	x := newExposition(c.Response())
	meters := h.Live.Meters()
	h.resources(x, known, meters)
	plane(x, meters)
	h.process(x)
	return x.flush()
}

// plane is what belongs to no resource.
func plane(x exposition, m reach.Meters) {
	whole := func(name, kind, help string, v uint64) {
		x.family(name, kind, help)
		x.sample(name, "", v)
	}
	whole("culvert_flows", gauge, "Flows of the data plane, TCP and UDP, also those that are being joined.", uint64(m.Flows))
	whole("culvert_flows_limit", gauge, "Flows there may be: what the limit of open files leaves room for.", uint64(m.Room))
	whole("culvert_starved_total", counter, "Times no open file was left to accept a connection with.", m.Starved)
	whole("culvert_attempts_total", counter, "Flows that are over and refusals, as reported to the attempt log.", m.Attempts)
	whole("culvert_attempts_lost_total", counter, "Reports that were given up because they came faster than they could be taken.", m.AttemptsLost)
	whole("culvert_attempts_alike_total", counter, "Reports that are part of the row of another one that was alike.", m.AttemptsAlike)
	whole("culvert_attempts_unwritten_total", counter, "Reports that were counted and not written down because there were too many.", m.AttemptsUnwritten)

	x.family("culvert_refusals_total", counter, "Flows that were refused or failed, at doors too, by the gate that stopped them and its reason; without the lost reports.")
	for _, why := range sorted(m.Refusals, func(r reach.Refusal) string { return string(r.Gate) + " " + r.Reason }) {
		x.sample("culvert_refusals_total", labels("", "gate", string(why.Gate), "reason", why.Reason), m.Refusals[why])
	}
	x.family("culvert_ports", gauge, "Published ports by state: open; closed, owned and answering nobody; failed, because they could not be had.")
	for _, protocol := range []reach.Protocol{reach.TCP, reach.UDP} {
		for _, state := range []string{reach.PortOpen, reach.PortClosed, reach.PortFailed} {
			n := m.Ports[reach.PortState{Protocol: protocol, State: state}]
			x.sample("culvert_ports", labels("", "protocol", string(protocol), "state", state), uint64(n))
		}
	}
}
