package reconcile

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/store"
)

// moody is a store that refuses to write while it is told to.
type moody struct {
	cloud.Store
	no bool
}

func (m *moody) Write(ctx context.Context, fn func(*cloud.Tx) error) error {
	if m.no {
		return errors.New("no room")
	}
	return m.Store.Write(ctx, fn)
}

// TestSamplesWait: what the store does not take is written with the next, in
// the moment in which it happened and once; the fronts of one resource are one
// sum.
func TestSamplesWait(t *testing.T) {
	kept, err := store.Open("sqlite:" + filepath.Join(t.TempDir(), "culvert.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	disk := &moody{Store: kept}
	engine, err := cloud.Open(disk, cloud.Options{Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.SeedDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	accounts, err := engine.DemoAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const id = "lb-gw800000000000000000"
	if err := kept.Write(t.Context(), func(tx *cloud.Tx) error {
		return tx.Balancers.Put(cloud.Balancer{ID: id, Account: accounts[0].ID, Region: "eu-central-1"})
	}); err != nil {
		t.Fatal(err)
	}

	now := time.Unix(1_800_000_000, 0).UTC()
	s := newSampler(func() time.Time { return now })
	s.parts.put("eni-1", parts{balancer: id})
	s.parts.put("eni-2", parts{balancer: id})
	// look is a look at both interfaces, each of which took n connections.
	look := func(n int64, open int) error {
		s.begin()
		for _, key := range []string{"eni-1", "eni-2"} {
			s.front(key, cloud.Counter{Accepted: n, In: 10 * n}, 0, open, max(open, int(n)))
		}
		if s.end() {
			return s.write(t.Context(), engine)
		}
		return nil
	}
	if err := look(0, 0); err != nil {
		t.Fatal(err)
	}
	disk.no = true
	now = now.Add(8 * time.Second)
	if err := look(3, 1); err == nil {
		t.Fatal("it was written")
	}
	now = now.Add(4 * time.Second)
	if err := look(2, 0); err == nil {
		t.Fatal("it was written")
	}
	disk.no = false
	now = now.Add(2 * time.Second)
	if err := look(0, 0); err != nil {
		t.Fatal(err)
	}
	now = now.Add(9 * time.Second)
	if err := look(0, 0); err != nil {
		t.Fatal(err)
	}
	c, err := engine.As(accounts[0]).Chart(t.Context(), id, cloud.LastHour, now)
	if err != nil {
		t.Fatal(err)
	}
	got := c.Points[len(c.Points)-2:]
	for i, want := range []cloud.Point{
		{Time: time.Unix(1_800_000_000, 0).UTC(), Watched: 10 * time.Second, Open: 2, Peak: 6, New: 6, In: 60},
		{Time: time.Unix(1_800_000_010, 0).UTC(), Watched: 10 * time.Second, Open: 0, Peak: 4, New: 4, In: 40},
	} {
		if got[i] != want {
			t.Errorf("%+v, want %+v", got[i], want)
		}
	}
}
