package reconcile

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
)

// A front's counts go to everything it belongs to; one that is made again
// counts from nothing, and no sum falls.
func TestMeter(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := newSampler(func() time.Time { return now })
	s.last = now
	m := newMeter(s)
	s.parts.put("eni-1", parts{"ep-1", "epsrv-1", "lb-1"})
	s.parts.put("eni-2", parts{"ep-2", "epsrv-1", ""})
	first := dataplane.Counters{
		Accepted: 10, Refused: 4, Failed: 2, Behind: 3, In: 100, Out: 1000, Active: 3, ResetsIn: 1, ResetsOut: 2, Dropped: 15, Starved: 1,
		Drops: reach.Drops{Shut: 1, Refused: 2, Limit: 3, Failed: 4, Full: 5},
	}
	m.front("eni-1", dataplane.Counters{}, first)
	m.front("eni-1", first, first)
	m.front("eni-2", dataplane.Counters{}, dataplane.Counters{Accepted: 1, In: 7})
	m.front("eni-1", first, dataplane.Counters{Accepted: 5}) // made again
	m.door("ep-1", "epsrv-1", "")
	drops := reach.Drops{Shut: 1, Refused: 2, Limit: 3, Failed: 4, Full: 5}
	want := map[string]reach.Traffic{
		"eni-1":   {Accepted: 15, Refused: 4, Failed: 2, In: 100, Out: 1000, ClientResets: 1, BackendResets: 2, Drops: drops},
		"eni-2":   {Accepted: 1, In: 7},
		"ep-1":    {Accepted: 15, Refused: 5, Failed: 2, In: 100, Out: 1000, ClientResets: 1, BackendResets: 2, Drops: drops},
		"ep-2":    {Accepted: 1, In: 7},
		"epsrv-1": {Accepted: 16, Refused: 5, Failed: 2, In: 107, Out: 1000, ClientResets: 1, BackendResets: 2, Drops: drops},
		// Of six that were not let through three had come as far as the CLB,
		// and two of these failed.
		"lb-1": {Accepted: 15, Refused: 1, Failed: 2, In: 100, Out: 1000, ClientResets: 1, BackendResets: 2, Drops: drops},
	}
	got := m.read()
	if d := cmp.Diff(want, got.Traffic); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got.Starved != 1 || drops.Sum() != 15 {
		t.Errorf("starved %d times, %d dropped", got.Starved, drops.Sum())
	}
	m.drop("epsrv-1")
	m.front("eni-2", dataplane.Counters{Accepted: 1, In: 7}, dataplane.Counters{Accepted: 2, In: 7})
	if n := m.read().Traffic["epsrv-1"].Accepted; n != 1 {
		t.Errorf("a service of the same name has %d connections", n)
	}
}

// The rate is that of the last minute that is over.
func TestMinute(t *testing.T) {
	var r minute
	at := time.Unix(1_800_000_000, 0)
	rate := func(after time.Duration, in, out uint64) {
		t.Helper()
		if i, o := r.rate(at.Add(after)); i != in || o != out {
			t.Errorf("after %v: %d and %d bit/s, want %d and %d", after, i, o, in, out)
		}
	}
	rate(0, 0, 0)
	r.add(at, 600, 0)
	r.add(at.Add(9*time.Second), 0, 6000)
	rate(9*time.Second, 0, 0) // that moment is not over
	rate(10*time.Second, 80, 800)
	r.add(at.Add(30*time.Second), 60, 0)
	rate(40*time.Second, 88, 800)
	rate(69*time.Second, 88, 800)
	rate(70*time.Second, 8, 0)
	r.add(at.Add(71*time.Second), 1, 1)
	rate(99*time.Second, 8+0, 0)
	rate(time.Hour, 0, 0)
}
