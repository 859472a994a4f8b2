package storetest

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
)

// sampleKey tells one row from another.
type sampleKey struct {
	id   string
	step time.Duration
	at   int64
}

func (k sampleKey) time() time.Time { return time.Unix(k.at, 0).UTC() }

// testSamples compares the sample log with maps.
func testSamples(t *testing.T, open Opener) {
	s := newStore(t, open)
	rows, watched := map[sampleKey]cloud.Sample{}, map[sampleKey]time.Duration{}
	steps := []time.Duration{time.Second, time.Minute}
	rapid.Check(t, func(t *rapid.T) {
		key := func() sampleKey {
			return sampleKey{
				rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id"), rapid.SampledFrom(steps).Draw(t, "step"),
				rapid.Int64Range(0, 9).Draw(t, "time"),
			}
		}
		amount := func(what string) int64 { return rapid.Int64Range(0, 1<<40).Draw(t, what) }
		var samples []cloud.Sample
		for range rapid.IntRange(0, 4).Draw(t, "samples") {
			k := key()
			add := cloud.Sample{
				ID: k.id, Step: k.step, Time: k.time(), Open: amount("open"), Peak: amount("peak"), New: amount("new"),
				Refused: amount("refused"), In: amount("in"), Out: amount("out"),
			}
			samples = append(samples, add)
			old := rows[k]
			add.Peak = max(add.Peak, old.Peak)
			add.New, add.Refused, add.In, add.Out = add.New+old.New, add.Refused+old.Refused, add.In+old.In, add.Out+old.Out
			rows[k] = add
		}
		var watches []cloud.Watch
		for range rapid.IntRange(0, 2).Draw(t, "watches") {
			k := key()
			k.id = ""
			long := time.Duration(rapid.Int64Range(0, int64(2*k.step)).Draw(t, "watched"))
			watches = append(watches, cloud.Watch{Step: k.step, Time: k.time(), Watched: long})
			watched[k] = min(watched[k]+long, k.step)
		}
		old := key()
		if err := s.Write(t.Context(), func(tx *cloud.Tx) error {
			if err := tx.Samples.Add(samples, watches); err != nil {
				return err
			}
			if old.at > 2 {
				return nil
			}
			return tx.Samples.Trim(old.step, old.time())
		}); err != nil {
			t.Fatal(err)
		}
		if old.at <= 2 {
			for k := range rows {
				if k.step == old.step && k.at < old.at {
					delete(rows, k)
				}
			}
			for k := range watched {
				if k.step == old.step && k.at < old.at {
					delete(watched, k)
				}
			}
		}
		if err := s.Read(t.Context(), func(tx *cloud.Tx) error { return compareSamples(t, tx.Samples, rows, watched, key()) }); err != nil {
			t.Fatal(err)
		}
	})
}

func compareSamples(t *rapid.T, log cloud.SampleLog, rows map[sampleKey]cloud.Sample, watched map[sampleKey]time.Duration, q sampleKey) error {
	var want []cloud.Sample
	for k, r := range rows {
		if k.step != q.step || k.at < q.at {
			continue
		}
		if k.id == q.id {
			want = append(want, r)
		}
	}
	slices.SortFunc(want, func(a, b cloud.Sample) int { return a.Time.Compare(b.Time) })
	got, err := log.Of(q.id, q.step, q.time())
	if err != nil {
		return err
	}
	if d := differ(want, got); d != "" {
		t.Fatalf("samples of %+v (-want +got):\n%s", q, d)
	}
	var seen []cloud.Watch
	for k, long := range watched {
		if k.step == q.step && k.at >= q.at {
			seen = append(seen, cloud.Watch{Step: k.step, Time: k.time(), Watched: long})
		}
	}
	slices.SortFunc(seen, func(a, b cloud.Watch) int { return cmp.Compare(a.Time.Unix(), b.Time.Unix()) })
	have, err := log.Watched(q.step, q.time())
	if err != nil {
		return err
	}
	if d := differ(seen, have); d != "" {
		t.Fatalf("watched since %+v (-want +got):\n%s", q, d)
	}
	return nil
}

// testSamplesGo: the samples of a deleted resource go with it, and nobody
// else's.
func testSamplesGo(t *testing.T, open Opener) {
	s := newStore(t, open)
	seed(t, s)
	ids := []string{"endpoint-x", "service-x", "balancer-x", "endpoint-y"}
	write(t, s, func(tx *cloud.Tx) error {
		for _, id := range ids {
			if err := tx.Samples.Add([]cloud.Sample{{ID: id, Step: time.Second, Time: time.Unix(1, 0)}}, nil); err != nil {
				return err
			}
		}
		return cmp.Or(
			tx.Endpoints.Put(cloud.Endpoint{ID: "endpoint-x", Account: "account-0", Provider: "account-0", VPC: "vpc-0"}),
			tx.Services.Put(cloud.Service{ID: "service-x", Account: "account-0", Name: "x"}),
			tx.Balancers.Put(cloud.Balancer{ID: "balancer-x", Account: "account-0"}),
			tx.Endpoints.Delete("endpoint-x"), tx.Services.Delete("service-x"), tx.Balancers.Delete("balancer-x"),
		)
	})
	read(t, s, func(tx *cloud.Tx) error {
		for _, id := range ids {
			left, err := tx.Samples.Of(id, time.Second, time.Unix(0, 0))
			if err != nil {
				return err
			}
			if want := id == "endpoint-y"; (len(left) > 0) != want {
				t.Errorf("%s: %d samples are left", id, len(left))
			}
		}
		return nil
	})
}
