package storetest

import (
	"cmp"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
)

// testEvents compares the event log with a list.
func testEvents(t *testing.T, open Opener) {
	s := newStore(t, open)
	var have []cloud.Event
	people := []string{"a", "b", "c", cloud.SystemActor}
	rapid.Check(t, func(t *rapid.T) {
		var added []cloud.Event
		if err := s.Write(t.Context(), func(tx *cloud.Tx) error {
			for range rapid.IntRange(0, 3).Draw(t, "events") {
				e := random(t, reflect.TypeFor[cloud.Event](), "event").Interface().(cloud.Event)
				e.Actor = rapid.SampledFrom(people).Draw(t, "actor")
				e.Account = rapid.SampledFrom(people).Draw(t, "account")
				e.Peer = rapid.SampledFrom(append(people, "")).Draw(t, "peer")
				e.Resource = rapid.SampledFrom([]string{"r1", "r2"}).Draw(t, "resource")
				if err := tx.Events.Append(e); err != nil {
					return err
				}
				e.Seq = int64(len(have) + len(added) + 1)
				added = append(added, e)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		have = append(have, added...)
		if err := s.Read(t.Context(), func(tx *cloud.Tx) error { return compareEvents(t, tx.Events, have) }); err != nil {
			t.Fatal(err)
		}
	})
}

func compareEvents(t *rapid.T, log cloud.EventLog, have []cloud.Event) error {
	last, err := log.Last()
	if err != nil {
		return err
	}
	if last != int64(len(have)) {
		t.Fatalf("last event is %d of %d", last, len(have))
	}
	seq := rapid.Int64Range(-1, int64(len(have))+2).Draw(t, "seq")
	limit := rapid.IntRange(0, 5).Draw(t, "limit")
	q := cloud.EventQuery{
		Account:  rapid.SampledFrom([]string{"", "a", "b", "nobody"}).Draw(t, "of account"),
		Resource: rapid.SampledFrom([]string{"", "", "r1", "r3"}).Draw(t, "of resource"),
		People:   rapid.Bool().Draw(t, "people"),
		Before:   seq, After: rapid.Int64Range(0, int64(len(have))).Draw(t, "after"),
		Words:  rapid.SampledFrom([][]string{nil, nil, {"R2"}, {"甲"}, {"a", "r"}}).Draw(t, "words"),
		Oldest: rapid.Bool().Draw(t, "oldest"), Limit: limit,
	}
	if len(have) > 0 && rapid.IntRange(0, 3).Draw(t, "of a kind if 0") == 0 {
		q.Kind = rapid.SampledFrom(have).Draw(t, "kind of").Kind
	}

	got, err := log.Since(seq, limit)
	if err != nil {
		return err
	}
	want := atMost(limit, keep(have, func(e cloud.Event) bool { return e.Seq > seq }))
	if d := differ(want, got); d != "" {
		t.Fatalf("%d events since %d (-want +got):\n%s", limit, seq, d)
	}
	if got, err = log.Recent(q); err != nil {
		return err
	}
	want = keep(have, func(e cloud.Event) bool {
		told := []string{e.Resource, e.Parent}
		if q.Account == "" || e.Account == q.Account || e.Actor == q.Account {
			told = append(told, string(e.Before), string(e.After))
		}
		text := folded(strings.Join(told, " "))
		return (seq <= 0 || e.Seq < seq) && e.Seq > q.After &&
			(q.Account == "" || e.Account == q.Account || e.Peer == q.Account || e.Actor == q.Account) &&
			(q.Resource == "" || e.Resource == q.Resource) && (q.Kind == "" || e.Kind == q.Kind) &&
			(!q.People || e.Actor != cloud.SystemActor) &&
			!slices.ContainsFunc(q.Words, func(w string) bool { return !strings.Contains(text, folded(w)) })
	})
	if !q.Oldest {
		slices.Reverse(want)
	}
	want = atMost(limit, want)
	if d := differ(want, got); d != "" {
		t.Fatalf("recent events of %+v (-want +got):\n%s", q, d)
	}
	return nil
}

func keep[T any](list []T, wanted func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return !wanted(v) })
}

// atMost is a limit; none is 0.
func atMost[T any](limit int, list []T) []T {
	if limit <= 0 || len(list) <= limit {
		return list
	}
	return list[:limit]
}

// testAttempts compares the attempt log with a list.
func testAttempts(t *testing.T, open Opener) {
	s := newStore(t, open)
	var have []cloud.Attempt
	seq := int64(0)
	some := []string{"", "a", "b"}
	rapid.Check(t, func(t *rapid.T) {
		var batch []cloud.Attempt
		for range rapid.SampledFrom([]int{0, 1, 2, 3, 4, 4, 64, 130}).Draw(t, "attempts") {
			a := random(t, reflect.TypeFor[cloud.Attempt](), "attempt").Interface().(cloud.Attempt)
			for _, at := range []*string{&a.Endpoint, &a.Service, &a.Balancer, &a.Consumer, &a.Provider} {
				*at = rapid.SampledFrom(some).Draw(t, "party")
			}
			a.Cloud = rapid.SampledFrom([]string{cloud.Aliyun, cloud.Ctyun}).Draw(t, "cloud")
			a.More = rapid.Int64Range(0, 3).Draw(t, "more")
			seq++
			a.Seq = seq
			batch = append(batch, a)
		}
		trim := rapid.IntRange(-10, 12).Draw(t, "keep if positive")
		if err := s.Write(t.Context(), func(tx *cloud.Tx) error {
			if err := tx.Attempts.Append(batch); err != nil || trim < 0 {
				return err
			}
			return tx.Attempts.Trim(trim)
		}); err != nil {
			t.Fatal(err)
		}
		have = append(have, batch...)
		if trim >= 0 {
			have = have[max(0, len(have)-trim):]
		}
		if err := s.Read(t.Context(), func(tx *cloud.Tx) error { return compareAttempts(t, tx.Attempts, have) }); err != nil {
			t.Fatal(err)
		}
	})
}

// tells says whether an attempt holds a word, as far as the account may know.
func tells(a cloud.Attempt, account, word string) bool {
	both := folded(strings.Join([]string{a.Endpoint, a.Service, a.Gate}, " "))
	own := folded(strings.Join([]string{a.Client, texts(a.Source), texts(a.Target), a.Name}, " "))
	return strings.Contains(both, folded(word)) || (account == "" || a.Consumer == account) && strings.Contains(own, folded(word))
}

func compareAttempts(t *rapid.T, log cloud.AttemptLog, have []cloud.Attempt) error {
	some := []string{"", "", "a", "b", "nobody"}
	q := cloud.AttemptQuery{
		Account:  rapid.SampledFrom(some).Draw(t, "account"),
		Cloud:    rapid.SampledFrom([]string{"", "", cloud.Aliyun, cloud.Ctyun}).Draw(t, "cloud"),
		Endpoint: rapid.SampledFrom(some).Draw(t, "endpoint"),
		Service:  rapid.SampledFrom(some).Draw(t, "service"),
		Balancer: rapid.SampledFrom(some).Draw(t, "balancer"),
		Refused:  rapid.Bool().Draw(t, "refused"),
		Allowed:  rapid.IntRange(0, 3).Draw(t, "allowed if 0") == 0,
		Words:    rapid.SampledFrom([][]string{nil, nil, {"A"}, {"10."}, {"b", "1"}}).Draw(t, "words"),
		Oldest:   rapid.Bool().Draw(t, "oldest"),
		Skip:     rapid.IntRange(0, 2).Draw(t, "skip"),
		Limit:    rapid.IntRange(0, 5).Draw(t, "limit"),
	}
	if len(have) > 0 && rapid.IntRange(0, 3).Draw(t, "of a client if 0") == 0 {
		of := rapid.SampledFrom(have).Draw(t, "client of")
		q.VPC, q.Source = of.VPC, of.Source.Addr()
	}
	if len(have) > 0 && rapid.Bool().Draw(t, "since") {
		q.Since = rapid.SampledFrom(have).Draw(t, "since").Time
	}
	got, err := log.Recent(q)
	if err != nil {
		return err
	}
	want := keep(have, func(a cloud.Attempt) bool {
		return (q.Account == "" || a.Consumer == q.Account || a.Provider == q.Account) &&
			(q.Cloud == "" || a.Cloud == q.Cloud) &&
			(q.Endpoint == "" || a.Endpoint == q.Endpoint) &&
			(q.Service == "" || a.Service == q.Service) &&
			(q.Balancer == "" || a.Balancer == q.Balancer) &&
			!(q.Refused && a.Allowed) && !(q.Allowed && !a.Allowed) &&
			(q.VPC == "" || a.VPC == q.VPC) && (!q.Source.IsValid() || a.Source.IsValid() && a.Source.Addr() == q.Source) &&
			!slices.ContainsFunc(q.Words, func(w string) bool { return !tells(a, q.Account, w) }) &&
			(q.Since.IsZero() || !a.Time.IsZero() && !a.Time.Before(q.Since))
	})
	allowed, refused, rows, err := log.Tally(q)
	if err != nil {
		return err
	}
	n := map[bool]int{}
	for _, a := range want {
		n[a.Allowed] += 1 + int(a.More)
	}
	if allowed != n[true] || refused != n[false] || rows != len(want) {
		t.Fatalf("tally of %+v is %d and %d in %d rows, want %d and %d in %d", q, allowed, refused, rows, n[true], n[false], len(want))
	}
	if !q.Oldest {
		slices.SortFunc(want, func(a, b cloud.Attempt) int { return cmp.Compare(b.Seq, a.Seq) })
	}
	want = want[min(q.Skip, len(want)):]
	want = atMost(q.Limit, want)
	if d := differ(want, got); d != "" {
		t.Fatalf("attempts of %+v (-want +got):\n%s", q, d)
	}
	return nil
}

// FillEndpoints stores n endpoints with one interface each, for measuring what
// reading them all takes.
func FillEndpoints(tb testing.TB, s cloud.Store, n int) {
	tb.Helper()
	seed(tb, s)
	const batch = 1000
	for from := 0; from < n; from += batch {
		write(tb, s, func(tx *cloud.Tx) error {
			for i := from; i < min(from+batch, n); i++ {
				e := cloud.Endpoint{
					ID: fmt.Sprintf("ep-gw8%017d", i), Account: "account-0", Provider: "account-1", Region: "eu-central-1",
					Name: fmt.Sprintf("endpoint-%d", i), Service: "service-1", VPC: "vpc-0", Groups: []string{"group-0"},
					Decision: cloud.Allowed, DecidedBy: "account-1", DecidedAt: time.Unix(1, 0).UTC(), Created: time.Unix(1, 0).UTC(),
				}
				if err := tx.Endpoints.Put(e); err != nil {
					return err
				}
				if err := tx.Interfaces.Put(cloud.Interface{
					ID: fmt.Sprintf("eni-gw8%017d", i), Account: e.Account, Provider: e.Provider, Endpoint: e.ID, Zone: "eu-central-1b",
					VPC: e.VPC, VSwitch: "vswitch-0", IP: netip.AddrFrom4([4]byte{10, 2, byte(i >> 8), byte(i)}), Created: e.Created, Resource: "resource-1",
				}); err != nil {
					return err
				}
			}
			return nil
		})
	}
}
