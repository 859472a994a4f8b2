package dataplane

import (
	"net/netip"
	"time"

	"culvert.internal/reach"
)

// route is what flows have in common that came the same way to the same
// backend. It is never changed.
type route struct {
	key     string        // of the front
	flow    reach.Flow    // without a source
	verdict reach.Verdict // without backends
	backend reach.Backend // zero: none was joined

	through, behind *quota // of the endpoint and of the CLB, if any
}

// shaper is the rate of the flows, or nil.
func (r *route) shaper() *shaper {
	if r.through == nil {
		return nil
	}
	return r.through.shaper.Load()
}

// routeKey is what tells the routes of a front apart.
type routeKey struct {
	vpc, entry                                          string
	protocol                                            reach.Protocol
	port                                                uint16
	endpoint, eni, service, balancer, listener, backend string
}

// routes are those of the front's live flows, and some of earlier ones.
type routes map[routeKey]*route

// mostRoutes bounds them: beyond it, those of flows that live are made once
// more.
const mostRoutes = 1024

func newRoute(a *Attempt) *route {
	r := &route{key: a.Key, flow: a.Flow, verdict: a.Verdict, backend: a.Backend}
	r.flow.Source, r.verdict.Backends = netip.Addr{}, nil
	return r
}

// of is called with the front's lock.
func (rs *routes) of(j *joining) *route {
	a := &j.a
	v := &a.Verdict
	k := routeKey{
		a.Flow.VPC, a.Flow.Entry, a.Flow.Protocol, a.Flow.Port,
		v.Endpoint, v.ENI, v.Service, v.Balancer, v.Listener, a.Backend.ID,
	}
	r := (*rs)[k]
	if r == nil || r.backend != a.Backend || r.flow.Target != a.Flow.Target || r.verdict.Sender != v.Sender || r.verdict.Zone != v.Zone ||
		r.through != j.quotas[0] || r.behind != j.quotas[1] {
		r = newRoute(a)
		r.through, r.behind = j.quotas[0], j.quotas[1]
		if *rs == nil || len(*rs) >= mostRoutes {
			*rs = routes{}
		}
		(*rs)[k] = r
	}
	return r
}

// record is an attempt as it waits to be told.
type record struct {
	route   *route
	id      uint64
	at      int64 // in Unix nanoseconds
	took    time.Duration
	in, out uint64
	client  inet4
	end     uint8 // place in ends
}

func (r record) attempt() Attempt {
	a := Attempt{
		ID: r.id, At: time.Unix(0, r.at), Key: r.route.key, Flow: r.route.flow, SourcePort: r.client.port,
		Verdict: r.route.verdict, Backend: r.route.backend, Took: r.took, In: r.in, Out: r.out, End: ends[r.end],
	}
	a.Flow.Source = r.client.addrPort().Addr()
	return a
}
