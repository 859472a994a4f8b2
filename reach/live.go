package reach

import (
	"net/netip"
	"time"
)

// Health is what the probes of one listener found out about one backend.
type Health struct {
	Balancer string
	Listener string
	Backend  string // backend ID
	Known    bool   // a probe has decided
	Healthy  bool
	Why      string // the failed probe's error, as the system words it
	Since    time.Time
}

// Connection is one live flow through an endpoint interface or a CLB.
type Connection struct {
	Key      string // eni-… or lb-…
	Protocol Protocol
	Client   netip.AddrPort
	Backend  Backend
	Balancer string // its CLB
	Since    time.Time
	In, Out  uint64 // bytes from and to the client
}
