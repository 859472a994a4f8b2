package dataplane

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"culvert.internal/reach"
)

// Limit is what the flows of one object may take together: those of an endpoint
// (the connection to its service, whatever interface they come in by), or those
// that a CLB carries. Zero is no limit.
type Limit struct {
	Name string // of the object, for the reason of a refusal
	// Rate is in bits per second, for each direction by itself. It counts the
	// bytes of the flows, not headers of packets. TCP waits, UDP is dropped.
	Rate      int64
	Flows     int // at the same time
	PerSecond int // new ones, of which as many may come at once
}

// SetLimit makes the limit of an object's flows l, by the ID that verdicts have
// for it (Endpoint, Balancer). It holds for live flows too, but cuts none: a
// lower number of flows waits until there are fewer. The zero Limit forgets the
// object.
func (p *Plane) SetLimit(id string, l Limit) {
	q := p.quotas.of(id)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.limit.Rate != l.Rate {
		q.shape(l.Rate)
	}
	q.limit = l
	if l == (Limit{}) {
		p.quotas.forget(id)
	}
}

// Room says whether the limit of an endpoint (asked at reach.GateConnection) or
// a CLB (at reach.GateListener) would let one more flow in now, and if not, why.
func (p *Plane) Room(gate reach.Gate, id string) (why reach.Reason, ok bool) {
	q := p.quotas.find(id)
	if q == nil {
		return why, true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.room(gate)
}

// Keys of the reasons for which a limit keeps a flow out. Args: "limit", and
// "name" of the object. That of an endpoint is given at reach.GateConnection,
// those of a CLB at reach.GateListener.
const (
	ReasonEndpointFlows = "reach.connection.full"
	ReasonBalancerFlows = "reach.listener.full"
	ReasonBalancerRate  = "reach.listener.toofast"
)

// quotas are the limited objects by ID.
type quotas struct {
	mu  sync.RWMutex
	all map[string]*quota
}

func (s *quotas) find(id string) *quota {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.all[id]
}

// of makes the object known: its flows are counted from the first one on, so
// that a limit that comes later knows how many there are.
func (s *quotas) of(id string) *quota {
	if id == "" {
		return nil
	}
	if q := s.find(id); q != nil {
		return q
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]*quota{}
	}
	if s.all[id] == nil {
		s.all[id] = &quota{}
	}
	return s.all[id]
}

// forget lets the flows that are left keep what they have.
func (s *quotas) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, id)
}

// quota is an object's flows and what limits them.
type quota struct {
	shaper atomic.Pointer[shaper] // nil: no rate

	mu    sync.Mutex // guards the rest
	limit Limit
	own   *shaper // the shaper, also while there is no rate
	flows int
	until int64 // when the new flows of late are over, each taking 1/PerSecond
}

func (l Limit) step() int64 { return int64(time.Second) / int64(l.PerSecond) }

// room says whether one more flow is not too many and not too soon. It is called
// with the lock.
func (q *quota) room(gate reach.Gate) (reach.Reason, bool) {
	l := q.limit
	key, limit := "", 0
	switch {
	case l.Flows > 0 && q.flows >= l.Flows:
		key, limit = ReasonBalancerFlows, l.Flows
		if gate == reach.GateConnection {
			key = ReasonEndpointFlows
		}
	case l.PerSecond > 0 && q.until-monotonic() > int64(time.Second)-l.step():
		key, limit = ReasonBalancerRate, l.PerSecond
	default:
		return reach.Reason{}, true
	}
	return reach.Reason{Key: key, Args: map[string]string{"name": l.Name, "limit": fmt.Sprint(limit)}}, false
}

// enter counts one more flow, if there is room for it.
func (q *quota) enter(gate reach.Gate) (why reach.Reason, ok bool) {
	if q == nil {
		return why, true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if why, ok = q.room(gate); !ok {
		return why, false
	}
	q.flows++
	if l := q.limit; l.PerSecond > 0 {
		q.until = max(q.until, monotonic()) + l.step()
	}
	return why, true
}

func (q *quota) leave() {
	if q == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flows--
}

// enter takes the flow into the numbers of its endpoint and its CLB, or makes
// its verdict one that says why not.
func (j *joining) enter() bool {
	all, v := &j.front.plane.quotas, &j.a.Verdict
	link, balancer := all.of(v.Endpoint), all.of(v.Balancer)
	gate := reach.GateConnection
	why, ok := link.enter(gate)
	if ok {
		gate = reach.GateListener
		if why, ok = balancer.enter(gate); !ok {
			link.leave()
		}
	}
	if !ok {
		v.Allowed, v.Gate, v.Reason = false, gate, why
		return false
	}
	j.quotas = [2]*quota{link, balancer}
	return true
}

// leave takes it out again.
func (j *joining) leave() {
	for i, q := range j.quotas {
		q.leave()
		j.quotas[i] = nil
	}
}
