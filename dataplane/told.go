package dataplane

import (
	"net/netip"
	"sync"
	"time"
)

// told remembers whom it was reported of that they were turned away, so that
// there is one record per flow, and a bounded number whatever a flood does:
// while it is full, nobody is reported.
type told struct {
	mu     sync.Mutex
	until  map[netip.AddrPort]time.Time
	pruned time.Time
}

// toldSize bounds how many turned-away clients are remembered, toldFor how
// long.
const (
	toldSize  = 4096
	toldFor   = DefaultIdleUDP
	toldPrune = time.Second
)

// first says whether somebody is to be reported, and remembers it.
func (t *told) first(who netip.AddrPort) bool {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if until, known := t.until[who]; known && now.Before(until) {
		return false
	}
	if len(t.until) >= toldSize {
		if now.Sub(t.pruned) < toldPrune {
			return false
		}
		t.pruned = now
		for k, until := range t.until {
			if now.After(until) {
				delete(t.until, k)
			}
		}
		if len(t.until) >= toldSize {
			return false
		}
	}
	if t.until == nil {
		t.until = map[netip.AddrPort]time.Time{}
	}
	t.until[who] = now.Add(toldFor)
	return true
}

func (t *told) forget(who netip.AddrPort) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.until, who)
}
