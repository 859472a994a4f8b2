package reconcile

import (
	"context"
	"sync"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/dataplane"
)

// How often samples are written. While little goes on, the moment that has
// begun is written every second, so that a crash loses no more than that; with
// more than fewSamples resources at work once a moment has to do, or the writer
// would be busy with nothing else. More than manySamples that cannot be written
// are given up.
const (
	sampleInterval = time.Second
	fewSamples     = 200
	manySamples    = 50_000
)

// parts is what an interface belongs to; empty for what there is not.
type parts struct{ endpoint, service, balancer string }

// sampler adds up what the book reads off the fronts for charts. Only the book
// calls it, but for refused, which may come from anywhere.
type sampler struct {
	now   func() time.Time
	parts directory[parts] // by interface

	last    time.Time // it looked
	wrote   time.Time // it wrote
	rows    map[sampleKey]*cloud.Sample
	looks   map[string]look // of this time, by resource
	watched map[time.Time]time.Duration

	mu    sync.Mutex
	doors map[string]int64 // refusals at doors since the last look
}

type sampleKey struct {
	id   string
	time int64 // Unix seconds of the moment's beginning
}

// look is what one look at the fronts found of one resource. Where several
// fronts make one resource, their peaks since the look before are summed up:
// what was open a quarter of a second apart counts as open at once.
type look struct{ open, peak int64 }

func newSampler(now func() time.Time) *sampler {
	if now == nil {
		now = time.Now
	}
	return &sampler{
		now: now, rows: map[sampleKey]*cloud.Sample{}, looks: map[string]look{},
		watched: map[time.Time]time.Duration{}, doors: map[string]int64{},
	}
}

// begin is the beginning of a look. The time since the one before was watched,
// unless it is so long that the program cannot have run.
func (s *sampler) begin() {
	from, now := s.last, s.now().UTC()
	s.last = now
	here := s.moment()
	if gap := now.Sub(from); gap > 0 && gap <= cloud.FineStep {
		if from.Before(here) {
			s.watched[from.Truncate(cloud.FineStep)] += here.Sub(from)
			from = here
		}
		s.watched[here] += now.Sub(from)
	}
	clear(s.looks)
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, n := range s.doors {
		s.row(id).Refused += n
	}
	clear(s.doors)
}

// moment is the beginning of the moment of this look.
func (s *sampler) moment() time.Time { return s.last.Truncate(cloud.FineStep) }

func (s *sampler) row(id string) *cloud.Sample {
	k := sampleKey{id, s.moment().Unix()}
	r := s.rows[k]
	if r == nil {
		r = &cloud.Sample{ID: id, Time: s.moment()}
		s.rows[k] = r
	}
	return r
}

// front adds what one front did since the look before: an interface's to its
// endpoint, service and CLB, a CLB's own to it. A flow that was refused before
// it came as far as a CLB is none of the CLB's.
func (s *sampler) front(key string, did cloud.Counter, behind int64, open, peak int) {
	if open == 0 && peak == 0 && did == (cloud.Counter{}) {
		return // nearly all of them, nearly always
	}
	p, ok := s.parts.get(key)
	if !ok {
		s.add(key, did, open, peak)
		return
	}
	s.add(p.endpoint, did, open, peak)
	s.add(p.service, did, open, peak)
	did.Refused = behind
	s.add(p.balancer, did, open, peak)
}

func (s *sampler) add(id string, did cloud.Counter, open, peak int) {
	if id == "" || open == 0 && peak == 0 && did == (cloud.Counter{}) {
		return
	}
	r := s.row(id)
	r.New += did.Accepted
	r.Refused += did.Refused
	r.In += did.In
	r.Out += did.Out
	l := s.looks[id]
	s.looks[id] = look{l.open + int64(open), l.peak + int64(peak)}
}

// refused counts a flow that a door refused, for what it was for: it never
// reaches a front.
func (s *sampler) refused(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if id != "" {
			s.doors[id]++
		}
	}
}

// end is the end of a look: it settles what is open, and says whether it is
// time to write.
func (s *sampler) end() (due bool) {
	for k, r := range s.rows {
		if k.time == s.moment().Unix() {
			l := s.looks[k.id]
			r.Open, r.Peak = l.open, max(r.Peak, l.peak)
		}
	}
	moved := !s.wrote.Truncate(cloud.FineStep).Equal(s.moment())
	few := len(s.rows) > 0 && len(s.rows) <= fewSamples
	return moved || few && s.last.Sub(s.wrote) >= sampleInterval
}

// write stores what was added up since the last write.
func (s *sampler) write(ctx context.Context, engine *cloud.Engine) error {
	samples := make([]cloud.Sample, 0, len(s.rows))
	for _, r := range s.rows {
		samples = append(samples, *r)
	}
	watches := make([]cloud.Watch, 0, len(s.watched))
	for at, long := range s.watched {
		watches = append(watches, cloud.Watch{Time: at, Watched: long})
	}
	s.wrote = s.last
	err := engine.RecordSamples(ctx, s.last, samples, watches)
	// What could not be written goes with the next, unless there is too much.
	if err == nil || len(s.rows) > manySamples {
		clear(s.rows)
		clear(s.watched)
	}
	return err
}

// since is what a front did between two readings of its counters. A front that
// was made again counts from 0.
func since(before, now dataplane.Counters) (cloud.Counter, int64) {
	if restarted(before, now) {
		before = dataplane.Counters{}
	}
	return cloud.Counter{
		Accepted: int64(now.Accepted - before.Accepted),
		Refused:  int64(now.Refused + now.Failed - before.Refused - before.Failed),
		In:       int64(now.In - before.In),
		Out:      int64(now.Out - before.Out),
	}, int64(now.Behind - before.Behind)
}

func restarted(before, now dataplane.Counters) bool {
	return now.Accepted < before.Accepted || now.In < before.In || now.Refused+now.Failed < before.Refused+before.Failed ||
		now.Dropped < before.Dropped
}
