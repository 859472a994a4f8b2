package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/store/storetest"
)

func openTemp(tb testing.TB) *DB {
	tb.Helper()
	return mustOpen(tb, filepath.Join(tb.TempDir(), "culvert.db"))
}

func mustOpen(tb testing.TB, path string) *DB {
	tb.Helper()
	db, err := Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return db
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	for i := 0; b.Loop(); i++ {
		db, err := Open(filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadEndpoints reads 10,000 endpoints with their interfaces: what a
// full sweep costs.
func BenchmarkReadEndpoints(b *testing.B) {
	db := openTemp(b)
	storetest.FillEndpoints(b, db, 10_000)
	for b.Loop() {
		err := db.Read(context.Background(), func(tx *cloud.Tx) error {
			list, err := tx.Endpoints.List(cloud.Where{"region": "eu-central-1"})
			if err != nil {
				return err
			}
			if len(list) != 10_000 {
				return fmt.Errorf("%d endpoints", len(list))
			}
			_, err = tx.Interfaces.List(nil)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOneEndpoint reads one of 10,000 endpoints with its interfaces: what
// one page or one change costs.
func BenchmarkOneEndpoint(b *testing.B) {
	db := openTemp(b)
	storetest.FillEndpoints(b, db, 10_000)
	id := fmt.Sprintf("ep-gw8%017d", 5000)
	for b.Loop() {
		err := db.Read(context.Background(), func(tx *cloud.Tx) error {
			if _, err := tx.Endpoints.Get(id); err != nil {
				return err
			}
			_, err := tx.Interfaces.List(cloud.Where{"endpoint": id})
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkChange is a user's change: read, write, event, commit.
func BenchmarkChange(b *testing.B) {
	db := openTemp(b)
	storetest.FillEndpoints(b, db, 10_000)
	id := fmt.Sprintf("ep-gw8%017d", 5000)
	for n := 0; b.Loop(); n++ {
		err := db.Write(context.Background(), func(tx *cloud.Tx) error {
			e, err := tx.Endpoints.Get(id)
			if err != nil {
				return err
			}
			e.Description = fmt.Sprint("change ", n)
			if err := tx.Endpoints.Put(e); err != nil {
				return err
			}
			return tx.Events.Append(cloud.Event{Kind: "endpoint", Resource: id, Account: e.Account})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAttempts is one flush of 1,000 attempts into a log that is full.
func BenchmarkAttempts(b *testing.B) {
	db := openTemp(b)
	batch := make([]cloud.Attempt, 1000)
	for i := range batch {
		batch[i] = cloud.Attempt{VPC: "vpc-1", Endpoint: "ep-1", Service: "epsrv-1", Balancer: "lb-1", Consumer: "a", Provider: "b"}
	}
	for b.Loop() {
		err := db.Write(context.Background(), func(tx *cloud.Tx) error {
			if err := tx.Attempts.Append(batch); err != nil {
				return err
			}
			return tx.Attempts.Trim(10_000)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSamples writes what 20 busy ones of 10,000 endpoints did, with their
// services and CLBs, into a day that is full: what the sampler costs a second.
func BenchmarkSamples(b *testing.B) {
	db := openTemp(b)
	storetest.FillEndpoints(b, db, 10_000)
	engine, err := cloud.Open(db, cloud.Options{})
	if err != nil {
		b.Fatal(err)
	}
	at := time.Unix(1_800_000_000, 0)
	samples := func() []cloud.Sample {
		out := make([]cloud.Sample, 20)
		for i := range out {
			out[i] = cloud.Sample{ID: fmt.Sprintf("ep-gw8%017d", i*100), Time: at, Peak: 1, New: 1, In: 100, Out: 1000}
		}
		return out
	}
	record := func() {
		at = at.Add(cloud.FineStep)
		if err := engine.RecordSamples(context.Background(), at, samples(), []cloud.Watch{{Time: at, Watched: cloud.FineStep}}); err != nil {
			b.Fatal(err)
		}
	}
	for range 8640 {
		record()
	}
	for b.Loop() {
		record()
	}
}
