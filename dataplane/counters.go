package dataplane

import (
	"sync/atomic"

	"culvert.internal/reach"
)

// Counters of one front since it was first applied.
type Counters struct {
	Accepted uint64 // flows joined with a backend
	Refused  uint64 // flows the judge refused
	Failed   uint64 // allowed flows that found no backend, or no room
	Behind   uint64 // of Refused and Failed, those that had come as far as a CLB
	Active   int    // flows of now
	In, Out  uint64 // bytes carried from and to clients, exact, also of live flows
	Dropped  uint64 // UDP packets dropped, the sum of Drops
	Drops    reach.Drops
	Starved  uint64 // times no file was left to accept a connection with
	// Flows that a reset of the client, or of the backend, ended.
	ResetsIn, ResetsOut uint64
}

type dropReason int

const (
	dropShut dropReason = iota
	dropRefused
	dropLimit
	dropFailed
	dropFull
	dropRate
	dropReasons
)

type counters struct {
	accepted, refused, failed, behind, in, out, starved atomic.Uint64
	resetsIn, resetsOut                                 atomic.Uint64
	drops                                               [dropReasons]atomic.Uint64
	active                                              atomic.Int64
	peak                                                int64 // of active, guarded by the front's mu
}

func (f *front) drop(why dropReason, packets uint64) {
	if packets > 0 {
		f.count.drops[why].Add(packets)
	}
}

// stirs is a number that grows with every count.
func (c *counters) stirs() uint64 {
	n := c.accepted.Load() + c.refused.Load() + c.failed.Load() + c.in.Load() + c.out.Load() + c.starved.Load() +
		c.resetsIn.Load() + c.resetsOut.Load()
	for i := range c.drops {
		n += c.drops[i].Load()
	}
	return n
}

// Stirred calls fn with the counters of every front that counted anything since
// the call before, that has live flows, or that is new. It costs next to nothing
// for all others. Calls of Stirred come one after another.
func (p *Plane) Stirred(fn func(key string, c Counters)) {
	for _, f := range p.allFronts() {
		// One more, so that a new front differs from one that was told.
		if n := f.count.stirs() + 1; n != f.told || f.count.active.Load() > 0 || f.busy {
			f.told, f.busy = n, f.count.active.Load() > 0
			fn(f.key, f.counters())
		}
	}
}

// Counters returns the counters of a key, zero when there is no such front.
func (p *Plane) Counters(key string) Counters {
	f := p.front(key)
	if f == nil {
		return Counters{}
	}
	return f.counters()
}

func (f *front) counters() Counters {
	c := &f.count
	drops := reach.Drops{
		Shut: c.drops[dropShut].Load(), Refused: c.drops[dropRefused].Load(), Limit: c.drops[dropLimit].Load(),
		Failed: c.drops[dropFailed].Load(), Full: c.drops[dropFull].Load(),
		Rate: c.drops[dropRate].Load(),
	}
	return Counters{
		Accepted: c.accepted.Load(), Refused: c.refused.Load(), Failed: c.failed.Load(), Behind: c.behind.Load(),
		Active: int(c.active.Load()), In: c.in.Load(), Out: c.out.Load(),
		Dropped: drops.Sum(), Drops: drops, Starved: c.starved.Load(),
		ResetsIn: c.resetsIn.Load(), ResetsOut: c.resetsOut.Load(),
	}
}

// Flows says how many flows there are in the whole plane, also those that are
// being joined, and how many there may be.
func (p *Plane) Flows() (live, most int) { return int(p.flows.Load()), p.most() }

// TakePeak answers the most flows of a key that were live at the same time
// since it was last asked, however short they were, and begins anew with those
// of now.
func (p *Plane) TakePeak(key string) int {
	f := p.front(key)
	if f == nil {
		return 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.count.active.Load()
	peak := max(f.count.peak, now)
	f.count.peak = now
	return int(peak)
}
