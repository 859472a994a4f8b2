package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// What the DNS part does: long enough for a rate, short enough for a minute.
const (
	dnsNames  = 4000
	dnsRounds = 5
	dnsTurn   = time.Second
	dnsRate   = 10_000 // queries a second for latencies
)

// names measures the DNS server beside others that serve the same names. The
// servers take turns, so that what else the machine does meets all of them.
func (b *bench) names(ctx context.Context, dir string) error {
	dir = filepath.Join(dir, "dns")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	list := hosts(dnsNames)
	var queries [2][]query // without and with EDNS0
	for _, h := range list {
		queries[0] = append(queries[0], newQuery(h.name, h.addr, false))
		queries[1] = append(queries[1], newQuery(h.name, h.addr, true))
	}
	all, missing, err := peers(ctx, dir, list, queries[1][0])
	if err != nil {
		return err
	}
	defer func() {
		for _, p := range all {
			p.stop()
		}
	}()
	full, calm := make([][]load, len(all)), make([][]load, len(all))
	for round := range dnsRounds + 1 {
		for i := range all {
			at := (i + round) % len(all)
			f, c, err := all[at].turn(queries)
			if err != nil {
				return fmt.Errorf("%s: %w", all[at].name, err)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if round > 0 { // the first one warms up
				full[at], calm[at] = append(full[at], f), append(calm[at], c)
			}
		}
	}
	report(all, missing, full, calm)
	return nil
}

// report prints the medians of each server, and Culvert beside the best.
func report(all []*dnsServer, missing []string, full, calm [][]load) {
	slowest := math.Inf(1)
	for i := range all {
		slowest = min(slowest, middle(full[i], func(l load) float64 { return l.perSecond }))
	}
	section("DNS", fmt.Sprintf(`%d names with one address each, over UDP on loopback, half of the queries with EDNS0; each answer is checked.
Culvert is its package dns in a process of its own with a view of these names; the others have what suits one machine.
%d rounds in turn, medians. Answers/s and the server's processor time: %d sockets with %d queries under way each, asked
by half of the processors. p50 and p99: %d queries a second, %.0f %% of what the slowest of them can do.`,
		dnsNames, dnsRounds, max(1, runtime.NumCPU()/2)*sockets, window, dnsRate, 100*dnsRate/slowest))
	for _, m := range missing {
		fmt.Printf("  %s is not installed and is left out (make bench-deps)\n", m)
	}
	fmt.Printf("  %-10s %10s %9s %9s %9s %7s %7s\n", "", "answers/s", "CPU each", "p50", "p99", "lost", "wrong")
	micro := func(of func(load) time.Duration) func(load) float64 {
		return func(l load) float64 { return float64(of(l).Nanoseconds()) / 1000 }
	}
	for i, p := range all {
		fmt.Printf("  %-10s %10.0f %6.2f µs %6.0f µs %6.0f µs %7d %7d   %s\n", p.name,
			middle(full[i], func(l load) float64 { return l.perSecond }),
			middle(full[i], micro(func(l load) time.Duration { return l.cpuPerAnswer })),
			middle(calm[i], micro(func(l load) time.Duration { return l.p50 })),
			middle(calm[i], micro(func(l load) time.Duration { return l.p99 })),
			sum(full[i], func(l load) int64 { return l.lost })+sum(calm[i], func(l load) int64 { return l.lost }),
			sum(full[i], func(l load) int64 { return l.wrong })+sum(calm[i], func(l load) int64 { return l.wrong }),
			p.version)
	}
	compare(all, full, calm)
}

// turn is one server's part of a round.
func (p *dnsServer) turn(queries [2][]query) (full, calm load, err error) {
	before := p.cpu()
	if full, err = saturate(p.at, queries, dnsTurn); err != nil {
		return full, calm, err
	}
	if n := full.perSecond * dnsTurn.Seconds(); n > 0 {
		full.cpuPerAnswer = time.Duration(float64(p.cpu()-before) / n)
	}
	calm, err = paced(p.at, queries, dnsRate, dnsTurn)
	return full, calm, err
}

// compare prints Culvert beside the best of the others, round by round.
func compare(all []*dnsServer, full, calm [][]load) {
	if len(all) < 2 {
		return
	}
	for _, what := range []struct {
		title string
		more  bool // is better
		goal  float64
		in    [][]load
		of    func(load) float64
	}{
		{"answers/s, culvert / best of the others", true, 1.5, full, func(l load) float64 { return l.perSecond }},
		{"CPU each, culvert / best of the others", false, 0, full, func(l load) float64 { return float64(l.cpuPerAnswer) }},
		{"p99, culvert / best of the others", false, 0, calm, func(l load) float64 { return float64(l.p99) }},
	} {
		var ratios []float64
		for r := range what.in[0] {
			best := what.of(what.in[1][r])
			for _, other := range what.in[2:] {
				if v := what.of(other[r]); v > best == what.more {
					best = v
				}
			}
			ratios = append(ratios, what.of(what.in[0][r])/best)
		}
		slices.Sort(ratios)
		goal := ""
		if what.goal > 0 {
			goal = fmt.Sprintf("goal > %g  ok", what.goal)
			if ratios[len(ratios)/2] <= what.goal {
				goal = fmt.Sprintf("goal > %g  BELOW", what.goal)
			}
		}
		fmt.Printf("  %-44s %9.2f  rounds %.2f  %s\n", what.title, ratios[len(ratios)/2], ratios, goal)
	}
}

func sum(all []load, of func(load) int64) (n int64) {
	for _, l := range all {
		n += of(l)
	}
	return n
}
