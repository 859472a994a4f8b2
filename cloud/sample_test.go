package cloud_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"culvert.internal/cloud"
)

// sampled is the bench with the lab of the tutorial built: an endpoint of A to
// a service of A's on a CLB of A's.
func sampled(t *testing.T) (b *bench, endpoint, service, balancer string) {
	b = open(t, cloud.Limits{})
	b.ok(b.a.BuildLab(t.Context(), frankfurt))
	tut, err := b.a.Tutorial(t.Context(), frankfurt)
	b.ok(err)
	return b, tut.Endpoint, tut.Service, tut.Balancer
}

func (b *bench) chart(id string, span cloud.Span, at time.Time) cloud.Chart {
	b.Helper()
	c, err := b.a.Chart(b.Context(), id, span, at)
	b.ok(err)
	return c
}

func sum(c cloud.Chart) (s cloud.Sample) {
	for _, p := range c.Points {
		s.New, s.Refused, s.In, s.Out, s.Peak = s.New+p.New, s.Refused+p.Refused, s.In+p.In, s.Out+p.Out, max(s.Peak, p.Peak)
	}
	return s
}

// TestSampleSums: the day's moments are the exact sums of the hour's.
func TestSampleSums(t *testing.T) {
	b, ep, _, _ := sampled(t)
	begin := time.Unix(1_800_000_000, 0).UTC()
	dice := rand.New(rand.NewPCG(1, 2))
	want := map[time.Time]cloud.Sample{}
	end := begin
	for i := range 360 {
		end = begin.Add(time.Duration(i) * cloud.FineStep)
		s := cloud.Sample{
			ID: ep, Time: end.Add(3 * time.Second).Truncate(cloud.FineStep), Open: dice.Int64N(9), Peak: 9 + dice.Int64N(9),
			New: dice.Int64N(99), Refused: dice.Int64N(9), In: dice.Int64N(1 << 40), Out: dice.Int64N(1 << 40),
		}
		b.ok(b.engine.RecordSamples(t.Context(), end, []cloud.Sample{s}, []cloud.Watch{{Time: s.Time, Watched: cloud.FineStep}}))
		w := want[s.Time.Truncate(cloud.CoarseStep)]
		want[s.Time.Truncate(cloud.CoarseStep)] = cloud.Sample{
			Open: s.Open, Peak: max(w.Peak, s.Peak), New: w.New + s.New, Refused: w.Refused + s.Refused, In: w.In + s.In, Out: w.Out + s.Out,
		}
	}
	hour, day := b.chart(ep, cloud.LastHour, end.Add(11*time.Second)), b.chart(ep, cloud.LastDay, end)
	if len(hour.Points) != 360 || len(day.Points) != 288 {
		t.Fatalf("%d and %d points", len(hour.Points), len(day.Points))
	}
	if sum(hour) != sum(day) {
		t.Errorf("the hour adds up to %+v, the day to %+v", sum(hour), sum(day))
	}
	for _, p := range day.Points {
		w, busy := want[p.Time]
		if got := (cloud.Sample{Open: p.Open, Peak: p.Peak, New: p.New, Refused: p.Refused, In: p.In, Out: p.Out}); got != w {
			t.Errorf("%s: %+v, want %+v", p.Time, got, w)
		}
		if busy != (p.Watched == cloud.CoarseStep) {
			t.Errorf("%s was watched for %v", p.Time, p.Watched)
		}
	}
	traffic, err := b.a.Traffic(t.Context(), frankfurt, end)
	b.ok(err)
	if traffic.In != sum(day).In || traffic.New != sum(day).New {
		t.Errorf("the account's traffic is %+v, its endpoint's %+v", traffic, sum(day))
	}
	if other, err := b.b.Traffic(t.Context(), frankfurt, end); err != nil || other != (cloud.Sample{}) {
		t.Errorf("the other account's traffic is %+v, %v", other, err)
	}
}

// TestSamplesAreBounded: whoever is busy without a pause for a day and a half has no
// more rows than the arithmetic at FineStep says, and who is deleted has none.
func TestSamplesAreBounded(t *testing.T) {
	b, ep, service, balancer := sampled(t)
	begin := time.Unix(1_800_000_000, 0).UTC()
	count := func() (rows, watched int) {
		b.ok(b.engine.View(t.Context(), func(tx *cloud.Tx) error {
			for _, step := range []time.Duration{cloud.FineStep, cloud.CoarseStep} {
				for _, id := range []string{ep, service, balancer} {
					list, err := tx.Samples.Of(id, step, time.Unix(0, 0))
					if err != nil {
						return err
					}
					rows += len(list)
				}
				list, err := tx.Samples.Watched(step, time.Unix(0, 0))
				if err != nil {
					return err
				}
				watched += len(list)
			}
			return nil
		}))
		return rows, watched
	}
	// Batches of ten minutes keep the test short; the bound holds after each.
	const batch, moments = 60, 12_960
	for i := 0; i < moments; i += batch {
		var samples []cloud.Sample
		var watches []cloud.Watch
		var at time.Time
		for j := range batch {
			at = begin.Add(time.Duration(i+j) * cloud.FineStep)
			for _, id := range []string{ep, service, balancer, "lb-gw8nobody", "eni-gw8nobody", ""} {
				samples = append(samples, cloud.Sample{ID: id, Time: at, New: 1})
			}
			watches = append(watches, cloud.Watch{Time: at, Watched: cloud.FineStep})
		}
		b.ok(b.engine.RecordSamples(t.Context(), at, samples, watches))
		if rows, watched := count(); rows > 3*652 || watched > 652 {
			t.Fatalf("%d rows of 3 resources and %d watched moments at %s", rows, watched, at)
		}
	}
	if rows, watched := count(); rows != 3*(362+290) || watched != 362+290 {
		t.Errorf("%d rows and %d watched moments at the end", rows, watched)
	}
	at := begin.Add((moments - 1) * cloud.FineStep)
	if got := sum(b.chart(ep, cloud.LastHour, at.Add(11*time.Second))).New; got != 360 {
		t.Errorf("the last hour holds %d", got)
	}
	if got := sum(b.chart(ep, cloud.LastDay, at)).New; got != 8640 {
		t.Errorf("the last day holds %d", got)
	}
	// Deleted resources take their samples along, also those still on the way.
	ctx := t.Context()
	b.ok(b.a.DeleteEndpoint(ctx, ep))
	b.gone(ctx, ep)
	late := []cloud.Sample{{ID: ep, Time: at, New: 1}}
	b.ok(b.engine.RecordSamples(ctx, at, late, nil))
	if rows, _ := count(); rows != 2*(362+290) {
		t.Errorf("%d rows after the endpoint was deleted", rows)
	}
}

// gone says of every interface of an endpoint that it has drained.
func (b *bench) gone(ctx context.Context, endpoint string) {
	b.Helper()
	var list []cloud.Interface
	b.ok(b.engine.View(ctx, func(tx *cloud.Tx) (err error) {
		list, err = tx.Interfaces.List(cloud.Where{"endpoint": endpoint})
		return err
	}))
	for _, i := range list {
		b.ok(b.engine.Gone(ctx, i.ID))
	}
}

// TestChartOwners: a chart is its owner's. The consumer sees the endpoint, the
// provider the service and the CLB, and neither the other's.
func TestChartOwners(t *testing.T) {
	b, ep, service, balancer := sampled(t)
	for _, id := range []string{ep, service, balancer} {
		for _, span := range []cloud.Span{cloud.LastHour, cloud.LastDay, "week", ""} {
			c, err := b.a.Chart(t.Context(), id, span, time.Now())
			b.ok(err)
			if want := map[cloud.Span]time.Duration{cloud.LastDay: cloud.CoarseStep}[span]; c.Step != max(want, cloud.FineStep) {
				t.Errorf("%q has steps of %v", span, c.Step)
			}
			_, err = b.b.Chart(t.Context(), id, span, time.Now())
			b.refused(err, cloud.NotFound)
		}
	}
	for _, id := range []string{"eni-gw8x", "", "ep-gw8none", "epsrv-gw8none", "lb-gw8none", "1234567890123456"} {
		_, err := b.a.Chart(t.Context(), id, cloud.LastHour, time.Now())
		b.refused(err, cloud.NotFound)
	}
}

// TestNothingSampled: without a sampler nothing is known, which is not zero.
func TestNothingSampled(t *testing.T) {
	b, ep, _, _ := sampled(t)
	at := time.Unix(1_800_000_123, 0)
	for _, span := range []cloud.Span{cloud.LastHour, cloud.LastDay} {
		for _, p := range b.chart(ep, span, at).Points {
			if p.Watched != 0 {
				t.Fatalf("%s: %s was watched", span, p.Time)
			}
		}
	}
	// A clock that stands wrong for a moment watches nothing twice.
	w := cloud.Watch{Time: at, Watched: 7 * time.Second}
	b.ok(b.engine.RecordSamples(t.Context(), at, nil, []cloud.Watch{w, w, w}))
	c := b.chart(ep, cloud.LastHour, at.Add(20*time.Second))
	longest := time.Duration(0)
	for _, p := range c.Points {
		longest = max(longest, p.Watched)
	}
	if longest != cloud.FineStep {
		t.Errorf("a moment of ten seconds was watched for %v", longest)
	}
}
