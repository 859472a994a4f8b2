package reconcile

import (
	"sync"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
)

// meter adds up what the book reads off the fronts, for the metrics. It is only
// ever told differences, so that a sum does not fall when one of its parts goes
// away, and it counts from the start of the program.
type meter struct {
	samples *sampler

	mu       sync.Mutex
	of       map[string]*metered // by interface, endpoint, service and CLB
	refusals map[reach.Refusal]uint64
	attempts uint64
	starved  uint64
}

type metered struct {
	reach.Traffic // but for Open and the rates
	lately        minute
}

func newMeter(s *sampler) *meter {
	return &meter{samples: s, of: map[string]*metered{}, refusals: map[reach.Refusal]uint64{}}
}

// front adds what a front did between two readings, to itself and to what it
// belongs to. Only the book calls it, after the sampler's begin.
func (m *meter) front(key string, before, now dataplane.Counters) {
	before.Active = now.Active
	if before == now {
		return // nearly all of them, nearly always
	}
	if restarted(before, now) {
		before = dataplane.Counters{}
	}
	did := reach.Traffic{
		Accepted: now.Accepted - before.Accepted, Refused: now.Refused - before.Refused, Failed: now.Failed - before.Failed,
		In: now.In - before.In, Out: now.Out - before.Out,
		ClientResets: now.ResetsIn - before.ResetsIn, BackendResets: now.ResetsOut - before.ResetsOut,
		Drops: now.Drops.Since(before.Drops),
	}
	p, _ := m.samples.parts.get(key)
	at := m.samples.last
	m.mu.Lock()
	defer m.mu.Unlock()
	m.starved += now.Starved - before.Starved
	m.add(key, did, at)
	m.add(p.endpoint, did, at)
	m.add(p.service, did, at)
	// A flow that was refused before it came as far as a CLB is none of the
	// CLB's; those that failed had all come there.
	did.Refused = now.Behind - before.Behind - min(did.Failed, now.Behind-before.Behind)
	m.add(p.balancer, did, at)
}

func (m *meter) add(id string, did reach.Traffic, at time.Time) {
	if id == "" {
		return
	}
	t := m.get(id)
	t.Accepted += did.Accepted
	t.Refused += did.Refused
	t.Failed += did.Failed
	t.In += did.In
	t.Out += did.Out
	t.ClientResets += did.ClientResets
	t.BackendResets += did.BackendResets
	t.Drops = t.Drops.Plus(did.Drops)
	t.lately.add(at, did.In, did.Out)
}

func (m *meter) get(id string) *metered {
	t := m.of[id]
	if t == nil {
		t = &metered{}
		m.of[id] = t
	}
	return t
}

// flow counts one report of a flow that is over.
func (m *meter) flow(why reach.Refusal, refused bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.attempts++
	if refused {
		m.refusals[why]++
	}
}

// door counts a flow that a door refused: it never reaches a front.
func (m *meter) door(ids ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		if id != "" {
			m.get(id).Refused++
		}
	}
}

// drop forgets what is gone.
func (m *meter) drop(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.of, id)
}

// minute is what was carried in the last moments of ten seconds: six that are
// over and the one that has begun.
type minute [7]struct {
	moment  int64 // its number
	in, out uint64
}

const moment = 10 * time.Second

func (r *minute) add(at time.Time, in, out uint64) {
	n := at.UnixNano() / int64(moment)
	s := &r[n%int64(len(r))]
	if s.moment != n {
		s.moment, s.in, s.out = n, 0, 0
	}
	s.in += in
	s.out += out
}

// rate is in bits per second.
func (r *minute) rate(at time.Time) (in, out uint64) {
	n := at.UnixNano() / int64(moment)
	for _, s := range r {
		if s.moment < n && s.moment >= n-int64(len(r)-1) {
			in, out = in+s.in, out+s.out
		}
	}
	const seconds = uint64(6 * moment / time.Second)
	return in * 8 / seconds, out * 8 / seconds
}

// Meters answers what was counted since the program started. It reads counters
// that are there anyway.
func (l *Lab) Meters() reach.Meters {
	keys := l.fronts.keys()
	out := l.book.meter.read()
	for _, key := range keys {
		for _, p := range l.plane.Status(key).Ports {
			out.Ports[reach.PortState{Protocol: p.Protocol, State: portState(p)}]++
		}
		open := l.plane.Counters(key).Active
		if open == 0 {
			continue
		}
		p, _ := l.book.samples.parts.get(key)
		for _, id := range []string{key, p.endpoint, p.service, p.balancer} {
			if id != "" {
				t := out.Traffic[id]
				t.Open += open
				out.Traffic[id] = t
			}
		}
	}
	out.Flows, out.Room = l.plane.Flows()
	out.AttemptsLost = l.plane.Lost()
	out.AttemptsUnwritten, out.AttemptsAlike = l.book.queue.totals()
	return out
}

func portState(p dataplane.PortStatus) string {
	switch {
	case p.Open:
		return reach.PortOpen
	case p.Bound:
		return reach.PortClosed
	}
	return reach.PortFailed
}

func (m *meter) read() reach.Meters {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := reach.Meters{
		Traffic: make(map[string]reach.Traffic, len(m.of)), Refusals: make(map[reach.Refusal]uint64, len(m.refusals)),
		Ports: map[reach.PortState]int{}, Attempts: m.attempts, Starved: m.starved,
	}
	at := m.samples.now()
	for id, t := range m.of {
		v := t.Traffic
		v.InRate, v.OutRate = t.lately.rate(at)
		out.Traffic[id] = v
	}
	for why, n := range m.refusals {
		out.Refusals[why] = n
	}
	return out
}
