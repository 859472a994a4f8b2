package reconcile

import (
	"context"
	"io"
	"log/slog"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
	"culvert.internal/dataplane"
	"culvert.internal/reach"
	"culvert.internal/store"
)

// TestQueue: whatever comes, and whatever the store does, every attempt is
// counted once: as a row, in the row of one that is alike, or as lost; rows
// stay in order and within their bounds, and refusals find room in any flood.
func TestQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newQueue()
		came, told, lost := map[string]int{}, map[string]int{}, 0
		last := time.Time{}
		write := func() {
			rows, n := q.take()
			lost += n
			if len(rows) > 2*batchAttempts {
				t.Fatalf("%d rows wait", len(rows))
			}
			if rapid.IntRange(0, 3).Draw(t, "fails if 0") == 0 {
				q.back(rows)
				return
			}
			for _, a := range rows {
				if a.Time.Before(last) {
					t.Fatal("rows are out of order")
				}
				last = a.Time
				told[a.Name] += 1 + int(a.More)
			}
		}
		seq := int64(0)
		come := func(name string, allowed bool, n int) (rows int) {
			k := likeness{name: name, allowed: allowed}
			for range n {
				seq++
				came[name]++
				if q.admit(k) {
					q.put(k, cloud.Attempt{Name: name, Allowed: allowed, Time: time.Unix(seq, 0)})
					rows++
				}
			}
			return rows
		}
		names := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g"})
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				write()
			default:
				come(names.Draw(t, "who"), true, rapid.SampledFrom([]int{1, 10, 700, 3000}).Draw(t, "times"))
			}
		}
		// A refusal is written after any flood of what was let through.
		for len(q.rows) > 0 {
			write()
		}
		come("h", true, 5000)
		come("i", true, 5000)
		if come("refused", false, 1) != 1 {
			t.Fatal("a refusal finds no room")
		}
		for len(q.rows) > 0 {
			write()
		}
		all, seen := 0, 0
		for name, n := range came {
			all, seen = all+n, seen+told[name]
		}
		if unwritten, _ := q.totals(); all != seen+lost || uint64(lost) != unwritten {
			t.Fatalf("%d came, %d were told and %d lost (%d)", all, seen, lost, unwritten)
		}
		for range alikeAtOnce {
			q.take()
		}
		if len(q.alike) != 0 || q.room != batchAttempts {
			t.Fatalf("%d kinds are remembered, with room for %d", len(q.alike), q.room)
		}
	})
}

// flood is a book whose clients connect through one endpoint.
type flood struct {
	*book
	engine *cloud.Engine
	kept   cloud.Store
	plane  *dataplane.Plane
	a      dataplane.Attempt
}

const floodEndpoint, floodConsumer = "ep-gw800000000000000001", "1000000000000001"

func newFlood(tb testing.TB) *flood {
	kept, err := store.Open("sqlite:" + filepath.Join(tb.TempDir(), "culvert.db"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = kept.Close() })
	engine, err := cloud.Open(kept, cloud.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	const vpc = "vpc-gw800000000000000001"
	world, client := reach.NewWorld(), netip.MustParseAddr("10.10.2.1")
	world.PutHost(reach.Host{ID: "i-1", Name: "ECS1", VPC: vpc, Addr: client})
	f := &flood{book: newBook(engine, world, nil), engine: engine, kept: kept, plane: dataplane.New(nil, world, dataplane.Options{})}
	f.own(vpc, floodConsumer)
	f.provide(floodEndpoint, "1000000000000002")
	f.a = dataplane.Attempt{
		Key: "eni-1", Took: time.Millisecond, In: 100, Out: 1000, End: dataplane.EndClient, At: time.Now(),
		Flow: reach.Flow{Protocol: reach.TCP, VPC: vpc, Source: client, Target: netip.MustParseAddr("10.10.2.5"), Port: 80},
		Verdict: reach.Verdict{
			Allowed: true, Endpoint: floodEndpoint, ENI: "eni-gw80000000000000001", Service: "epsrv-gw8000000000000001",
			Balancer: "lb-gw800000000000000001", Listener: "lsn-1",
		},
		Backend: reach.Backend{ID: "ecs-2", Name: "ECS2", VPC: "vpc-gw800000000000000002", Addr: netip.MustParseAddrPort("192.168.24.2:80")},
	}
	return f
}

// connect reports n short connections as the data plane does.
func (f *flood) connect(n int, change func(*dataplane.Attempt, int)) {
	for i := range n {
		a := f.a
		a.SourcePort = uint16(1024 + i)
		change(&a, i)
		f.flow(a)
	}
}

func same(*dataplane.Attempt, int) {}

func (f *flood) writeDown(tb testing.TB) {
	tb.Helper()
	if err := f.write(context.Background(), f.plane, nil, slog.New(slog.NewTextHandler(io.Discard, nil))); err != nil {
		tb.Fatal(err)
	}
}

// TestFloodInTheLog: ten seconds of a flood leave a log in which every
// connection is counted, other clients and refusals are found by their reason,
// and most of the rows from before are still there.
func TestFloodInTheLog(t *testing.T) {
	f := newFlood(t)
	before := func(a *dataplane.Attempt, i int) { a.Flow.Port, a.Key = uint16(1000+i), "before" }
	for range 5 {
		f.connect(300, before)
		f.writeDown(t)
	}
	refuse := func(reason, code string) func(*dataplane.Attempt, int) {
		return func(a *dataplane.Attempt, _ int) {
			a.Verdict.Allowed, a.Verdict.Gate, a.Backend = false, reach.GateBackend, reach.Backend{}
			a.Verdict.Reason = reach.Reason{Key: reason, Args: map[string]string{"error": code}}
			a.End = dataplane.EndRefused
		}
	}
	const writes, each = 40, 3_750
	for n := range writes {
		f.connect(each, same)
		if n == 30 {
			f.connect(1, refuse(dataplane.ReasonConnect, "refused"))
			f.connect(1, refuse(dataplane.ReasonConnect, "timeout"))
			f.connect(1, func(a *dataplane.Attempt, _ int) { a.End = dataplane.EndBackendReset })
			f.connect(1, func(a *dataplane.Attempt, _ int) { a.Flow.Source = netip.MustParseAddr("10.10.2.2") })
		}
		f.writeDown(t)
	}
	if err := f.kept.Read(t.Context(), func(tx *cloud.Tx) error {
		allowed, refused, rows, err := tx.Attempts.Tally(cloud.AttemptQuery{Endpoint: floodEndpoint, Account: floodConsumer})
		if err != nil {
			return err
		}
		if allowed != 1500+writes*each+2 || refused != 2 {
			t.Errorf("%d let through and %d refused in the log", allowed, refused)
		}
		if rows < 3_000 || rows > 4_500 {
			t.Errorf("the log has %d rows", rows)
		}
		list, err := tx.Attempts.Recent(cloud.AttemptQuery{Refused: true})
		if err != nil || len(list) != 2 || list[0].Args["error"] != "timeout" || list[1].Args["error"] != "refused" {
			t.Errorf("the refusals in the log are %+v, %v", list, err)
		}
		list, err = tx.Attempts.Recent(cloud.AttemptQuery{Endpoint: floodEndpoint, Limit: 1})
		if err != nil || list[0].More < 1000 || list[0].Client != "ECS1" || list[0].Backend != "ECS2 192.168.24.2:80" {
			t.Errorf("the newest row is %+v, %v", list, err)
		}
		list, err = tx.Attempts.Recent(cloud.AttemptQuery{Source: netip.MustParseAddr("10.10.2.2"), VPC: f.a.Flow.VPC})
		if err != nil || len(list) != 1 {
			t.Errorf("the other client has %d rows, %v", len(list), err)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if unwritten, counted := f.queue.totals(); unwritten != 0 || counted < 100_000 {
		t.Errorf("%d are in no row and %d in that of another", unwritten, counted)
	}
}

// BenchmarkBook is one second of the book while 15,000 short connections go
// through an endpoint: what it is told and its four writes into a log that is
// full. The time of one is what the data plane does without in every second.
func BenchmarkBook(b *testing.B) {
	for name, change := range map[string]func(*dataplane.Attempt, int){
		"one client": same,
		"no two alike": func(a *dataplane.Attempt, i int) {
			a.Flow.Source = netip.AddrFrom4([4]byte{10, 10, byte(i >> 8), byte(i)})
		},
	} {
		b.Run(name, func(b *testing.B) {
			f := newFlood(b)
			second := func() {
				for range 4 {
					f.connect(15_000/4, change)
					f.writeDown(b)
				}
			}
			fill := func(a *dataplane.Attempt, i int) { a.Flow.Port = uint16(i) }
			for range 100 {
				f.connect(500, fill)
				f.writeDown(b)
			}
			for b.Loop() {
				second()
			}
		})
	}
}
