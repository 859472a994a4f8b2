package cloud

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sort"
	"time"
)

// Samples are kept twice: finely for the last hour, coarsely for the last day.
// Both grow by the same amounts in the same transaction, so a sum over either
// is exact.
//
// The bound: a resource has at most 3600/10+2 = 362 fine rows and 86400/300+2
// = 290 coarse ones (a range, the moment that has begun, and one that is about
// to leave), 652 together of about 110 bytes, index included: 72 KB for a
// resource that was busy the whole day. Moments in which nothing happened have
// no row, so an idle resource has none; a deleted one takes its rows along.
const (
	FineStep   = 10 * time.Second
	FineKept   = time.Hour
	CoarseStep = 5 * time.Minute
	CoarseKept = 24 * time.Hour
)

// Sample is what one endpoint, endpoint service or CLB did within one moment.
// An endpoint's sample is the sum of its interfaces, a service's of its
// endpoints; a CLB's is what came to its own address and what came to it
// through endpoints. What belonged to what is settled when it happens.
type Sample struct {
	ID      string        // ep-…, epsrv-…, lb-…
	Step    time.Duration // length of the moment: FineStep or CoarseStep
	Time    time.Time     // its beginning, a multiple of Step
	Open    int64         // connections that were open at its end
	Peak    int64         // the most that were open within it
	New     int64         // connections let through
	Refused int64         // connections refused, or without a backend
	In, Out int64         // bytes from and to clients
}

// Watch is how much of a moment was watched: less than Step while the program
// did not run.
type Watch struct {
	Step    time.Duration
	Time    time.Time
	Watched time.Duration
}

// SampleLog keeps the samples.
type SampleLog interface {
	// Add adds samples to the rows of their resource, step and moment: amounts
	// are summed up, the highest Peak and the last Open stay. Watches add up to
	// their step at most.
	Add([]Sample, []Watch) error
	// Of answers a resource's samples from a moment on, oldest first.
	Of(id string, step time.Duration, since time.Time) ([]Sample, error)
	// Watched answers the watched moments from one on, oldest first.
	Watched(step time.Duration, since time.Time) ([]Watch, error)
	// Trim deletes what is older than a moment.
	Trim(step time.Duration, before time.Time) error
}

// Span is how far back a chart goes.
type Span string

// The spans. Any other is LastHour.
const (
	LastHour Span = "hour"
	LastDay  Span = "day"
)

// Chart is what a resource did in the last hour or day, one point for each
// moment, oldest first, without gaps.
type Chart struct {
	ID   string
	Span Span
	Step time.Duration
	// From and To are its first moment's beginning and its last one's end.
	From, To time.Time
	Points   []Point
}

// Point is one moment of a chart. Nobody watched it if Watched is 0: then its
// numbers are unknown and not zero.
type Point struct {
	Time    time.Time
	Watched time.Duration
	Open    int64
	Peak    int64
	New     int64
	Refused int64
	In, Out int64
}

// RecordSamples adds fine samples and watches to both resolutions, and deletes
// what has become too old at the time at. Samples of resources that are gone
// are left out.
func (e *Engine) RecordSamples(ctx context.Context, at time.Time, samples []Sample, watches []Watch) error {
	// The last Open of a moment is the one that stays.
	sort.SliceStable(samples, func(i, j int) bool { return samples[i].Time.Compare(samples[j].Time) < 0 })
	return e.store.Write(ctx, func(tx *Tx) error {
		rows, err := alive(tx, samples)
		if err != nil {
			return err
		}
		seen := slices.Clone(watches)
		for _, r := range []struct{ step, kept time.Duration }{{FineStep, FineKept}, {CoarseStep, CoarseKept}} {
			for i := range rows {
				rows[i].Step, rows[i].Time = r.step, rows[i].Time.Truncate(r.step)
			}
			for i := range seen {
				seen[i].Step, seen[i].Time = r.step, seen[i].Time.Truncate(r.step)
			}
			if err := tx.Samples.Add(rows, seen); err != nil {
				return err
			}
			if err := tx.Samples.Trim(r.step, at.Truncate(r.step).Add(-r.kept-r.step)); err != nil {
				return err
			}
		}
		return nil
	})
}

// alive are the samples of resources that are there, and those of endpoints
// once more for their account: who has thousands of endpoints reads one sum.
func alive(tx *Tx, samples []Sample) ([]Sample, error) {
	known := map[string]string{} // by resource: its account's ID of sums; empty: none
	gone := map[string]bool{}
	var out []Sample
	for _, s := range samples {
		sums, asked := known[s.ID]
		if !asked {
			var err error
			sums, err = sumsOf(tx, s.ID)
			if gone[s.ID] = errors.Is(err, ErrMissing); err != nil && !gone[s.ID] {
				return nil, err
			}
			known[s.ID] = sums
		}
		if gone[s.ID] {
			continue
		}
		out = append(out, s)
		if sums != "" {
			s.ID, s.Open, s.Peak = sums, 0, 0
			out = append(out, s)
		}
	}
	return out, nil
}

// accountSums is the ID under which what went through all endpoints of an
// account in a region is kept; only its amounts mean something.
func accountSums(account, region string) string { return account + "@" + region }

// sumsOf answers where a resource's samples count once more; ErrMissing when
// it is gone.
func sumsOf(tx *Tx, id string) (string, error) {
	e, err := tx.Endpoints.Get(id)
	if err == nil {
		return accountSums(e.Account, e.Region), nil
	}
	if errors.Is(err, ErrMissing) {
		_, err = tx.Services.Get(id)
	}
	if errors.Is(err, ErrMissing) {
		_, err = tx.Balancers.Get(id)
	}
	return "", err
}

// Chart answers what the account's own endpoint, endpoint service or CLB did
// up to the time at. The hour ends with the last moment that is over; the day
// ends with the one that has begun, so that it also shows what just happened.
func (c *Caller) Chart(ctx context.Context, id string, span Span, at time.Time) (Chart, error) {
	out := Chart{ID: id, Span: LastHour, Step: FineStep}
	kept := FineKept
	// What has just ended may not be written yet.
	end := at.Add(-time.Second).Truncate(FineStep)
	if span == LastDay {
		out.Span, out.Step, kept = LastDay, CoarseStep, CoarseKept
		end = at.Truncate(CoarseStep).Add(CoarseStep)
	}
	out.From, out.To = end.Add(-kept), end
	err := c.read(ctx, func(tx *Tx) error {
		if err := c.mayChart(tx, id); err != nil {
			return err
		}
		samples, err := tx.Samples.Of(id, out.Step, out.From)
		if err != nil {
			return err
		}
		watches, err := tx.Samples.Watched(out.Step, out.From)
		out.fill(samples, watches)
		return err
	})
	return out, err
}

func (c *Caller) mayChart(tx *Tx, id string) error {
	_, err := c.endpoint(tx, id)
	if AsError(err) != nil {
		_, err = c.service(tx, id)
	}
	if AsError(err) != nil {
		_, err = c.balancer(tx, id)
	}
	return err
}

func (c *Chart) fill(samples []Sample, watches []Watch) {
	out := make([]Point, int(c.To.Sub(c.From)/c.Step))
	for i := range out {
		out[i].Time = c.From.Add(time.Duration(i) * c.Step)
	}
	place := func(t time.Time) *Point {
		if i := int(t.Sub(c.From) / c.Step); i < len(out) {
			return &out[i]
		}
		return &Point{} // has begun since
	}
	for _, w := range watches {
		place(w.Time).Watched = w.Watched
	}
	for _, s := range samples {
		p := place(s.Time)
		p.Open, p.Peak, p.New, p.Refused, p.In, p.Out = s.Open, s.Peak, s.New, s.Refused, s.In, s.Out
		// What was written down was watched, were it only for an instant.
		p.Watched = cmp.Or(p.Watched, time.Nanosecond)
	}
	// A day's last moment that nobody has looked at yet is not unknown.
	if last := len(out) - 1; c.Span == LastDay && out[last].Watched == 0 {
		out = out[:last]
	}
	c.Points = out
}

// Traffic sums up what went through the account's endpoints of a region in the
// 24 hours before at, also through those that are gone since.
func (c *Caller) Traffic(ctx context.Context, region string, at time.Time) (Sample, error) {
	var sum Sample
	err := c.read(ctx, func(tx *Tx) error {
		list, err := tx.Samples.Of(accountSums(c.account.ID, region), CoarseStep, at.Truncate(CoarseStep).Add(CoarseStep-CoarseKept))
		for _, s := range list {
			sum.New += s.New
			sum.Refused += s.Refused
			sum.In += s.In
			sum.Out += s.Out
		}
		return err
	})
	return sum, err
}
