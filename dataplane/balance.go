package dataplane

import (
	"net/netip"
	"sync"
	"time"

	"culvert.internal/reach"
)

// wheels balance flows over backends by smooth weighted round robin (nginx's
// way): every backend gains its weight, the richest is chosen and pays the
// sum. Shares are exact over every round, neighbours are mixed, and weights
// may change between two choices. There is one wheel per listener.
type wheels struct {
	mu  sync.Mutex
	all map[string]*wheel
}

type wheel struct {
	credit map[string]int // by backend ID
	used   time.Time
}

// wheelRest is how long a wheel may stand still before it is forgotten;
// wheelSize bounds the backends it remembers.
const (
	wheelRest = 15 * time.Minute
	wheelSize = 1024
)

// pick returns the index of the backend the next flow of a listener goes to;
// avoid are those that are taken only if there are no others.
func (w *wheels) pick(listener string, from []reach.Backend, avoid *suspects) int {
	if len(from) == 1 {
		return 0
	}
	avoided := avoid.among(from)
	w.mu.Lock()
	defer w.mu.Unlock()
	wh := w.all[listener]
	if wh == nil || len(wh.credit) > wheelSize {
		wh = &wheel{credit: map[string]int{}}
		if w.all == nil {
			w.all = map[string]*wheel{}
		}
		w.all[listener] = wh
	}
	wh.used = time.Now()
	best, sum := -1, 0
	for i, b := range from {
		if avoided != nil && avoided[i] {
			continue
		}
		weight := max(b.Weight, 1)
		wh.credit[b.ID] += weight
		sum += weight
		if best < 0 || wh.credit[b.ID] > wh.credit[from[best].ID] {
			best = i
		}
	}
	wh.credit[from[best].ID] -= sum
	return best
}

// prune forgets wheels nobody turns any more.
func (w *wheels) prune(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for k, wh := range w.all {
		if now.Sub(wh.used) > wheelRest {
			delete(w.all, k)
		}
	}
}

// target is an address a backend or a probe has.
type target struct {
	vpc  string
	addr netip.AddrPort
}

func targetOf(b reach.Backend) target { return target{b.VPC, b.Addr} }

// suspects are the targets whose last connect failed. For a moment, or until
// one succeeds, flows try the others first, so that a host that swallows
// packets costs one client the connect timeout and not every one.
type suspects struct {
	mu    sync.Mutex
	until map[target]time.Time
}

const suspicion = 2 * time.Second

func (s *suspects) add(t target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.until == nil {
		s.until = map[target]time.Time{}
	}
	s.until[t] = time.Now().Add(suspicion)
}

func (s *suspects) clear(t target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.until, t)
}

// among says which backends are suspects; nil: none is, or all are.
func (s *suspects) among(from []reach.Backend) []bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.until) == 0 {
		return nil
	}
	now, n := time.Now(), 0
	out := make([]bool, len(from))
	for i, b := range from {
		if until, ok := s.until[targetOf(b)]; ok && now.Before(until) {
			out[i] = true
			n++
		}
	}
	if n == 0 || n == len(from) {
		return nil
	}
	return out
}

func (s *suspects) prune(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t, until := range s.until {
		if now.After(until) {
			delete(s.until, t)
		}
	}
}
