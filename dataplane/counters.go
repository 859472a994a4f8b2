package dataplane

import "sync/atomic"

// Counters of one front since it was first applied.
type Counters struct {
	Accepted uint64 // flows joined with a backend
	Refused  uint64 // flows the judge refused
	Failed   uint64 // allowed flows that found no backend, or no room
	Active   int    // flows of now
	In, Out  uint64 // bytes carried from and to clients, exact, also of live flows
	Dropped  uint64 // UDP packets dropped
	Starved  uint64 // times no file was left to accept a connection with
}

type counters struct {
	accepted, refused, failed, in, out, dropped, starved atomic.Uint64
	active                                               atomic.Int64
}

// Counters returns the counters of a key, zero when there is no such front.
func (p *Plane) Counters(key string) Counters {
	f := p.front(key)
	if f == nil {
		return Counters{}
	}
	c := &f.count
	return Counters{
		Accepted: c.accepted.Load(), Refused: c.refused.Load(), Failed: c.failed.Load(),
		Active: int(c.active.Load()), In: c.in.Load(), Out: c.out.Load(),
		Dropped: c.dropped.Load(), Starved: c.starved.Load(),
	}
}
