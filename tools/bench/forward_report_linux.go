package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

// introduce prints what the numbers mean and who takes part.
func (f *field) introduce() {
	section("Forwarding", fmt.Sprintf(`The built program carries connections from the address of ECS1 to that of its endpoint and on to a backend; beside
it HAProxy, nginx, and no forwarder. All of them have the same client and the same backend, which are processes of
their own; what arrives is checked. %d rounds of %v in turn, medians; ratios are of one round each. CPU is the forwarder's.
Packets go one way as fast as one thread can send; what nobody had time to take is lost.
%s, Linux %s, congestion control %s.`, f.rounds, f.turn, processorName(), kernel(), machineCongestion()))
	for _, m := range f.missing {
		fmt.Printf("  %s is not installed and is left out (make bench-deps)\n", m)
	}
	for _, way := range f.all {
		fmt.Printf("  %-14s  %s\n", way.name, way.note)
	}
}

func processorName() string {
	raw, _ := os.ReadFile("/proc/cpuinfo")
	_, rest, _ := strings.Cut(string(raw), "model name")
	line, _, _ := strings.Cut(rest, "\n")
	_, name, _ := strings.Cut(line, ":")
	return fmt.Sprintf("%d x %s", runtime.NumCPU(), strings.TrimSpace(name))
}

func kernel() string {
	raw, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return strings.TrimSpace(string(raw))
}

// print prints the medians of a row and its goals.
func (f *field) print(r forwardRow, ways []*forwarder, results map[string][]outcome) {
	fmt.Printf("\n  %s\n", r.title)
	latency := slices.ContainsFunc(results[direct], func(o outcome) bool { return o.P50 > 0 })
	fmt.Printf("  %-14s %11s %14s", "", r.unit, "CPU "+r.cpu)
	if latency {
		fmt.Printf(" %9s %9s", "p50", "p99")
	}
	fmt.Printf(" %7s %7s\n", "lost", "wrong")
	for _, way := range ways {
		all := results[way.name]
		figure := fmt.Sprintf("%.0f", middle(all, rate)/r.scale)
		if r.scale > 1 {
			figure = fmt.Sprintf("%.2f", middle(all, rate)/r.scale)
		}
		spent := "–"
		if way.peer != nil {
			spent = fmt.Sprintf("%.2f", r.inCPU(1)*middle(all, each))
		}
		fmt.Printf("  %-14s %11s %14s", way.name, figure, spent)
		if latency {
			fmt.Printf(" %6.1f µs %6.1f µs", middle(all, p50)/1e3, middle(all, func(o outcome) float64 { return float64(o.P99) })/1e3)
		}
		var lost, wrong int64
		for _, o := range all {
			lost, wrong = lost+o.Lost, wrong+o.Wrong
		}
		fmt.Printf(" %7d %7d\n", lost, wrong)
	}
	for _, g := range r.goals {
		f.compare(r, g, results)
	}
}

// compare prints Culvert beside somebody else, round by round.
func (f *field) compare(r forwardRow, g goal, results map[string][]outcome) {
	against := g.against
	if against == haproxy {
		against = bestHAProxy(r.goals[0], results)
	}
	theirs := results[against]
	if len(theirs) == 0 {
		return
	}
	f.score.print(fmt.Sprintf("%s, culvert / %s", g.what, against), ratios(results[culvert], theirs, g.of), g.more, g.bound)
}

// ratios of ours and theirs round by round, sorted.
func ratios[T any](ours, theirs []T, of func(T) float64) []float64 {
	var out []float64
	for i := range ours {
		out = append(out, of(ours[i])/of(theirs[i]))
	}
	slices.Sort(out)
	return out
}

// bestHAProxy is the configuration of HAProxy that does a row better.
func bestHAProxy(g goal, results map[string][]outcome) string {
	a, b := middle(results[splices], g.of), middle(results[copies], g.of)
	if a >= b == g.more {
		return splices
	}
	return copies
}

func middle[T any](all []T, of func(T) float64) float64 {
	if len(all) == 0 {
		return 0
	}
	v := make([]float64, len(all))
	for i, o := range all {
		v[i] = of(o)
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// score counts goals.
type score struct{ goals, reached int }

// print prints the median of sorted ratios beside its goal; 0 is none.
func (s *score) print(what string, ratios []float64, more bool, bound float64) {
	ratio := ratios[len(ratios)/2]
	line := fmt.Sprintf("  %-44s %9.2f  rounds %.2f", what, ratio, ratios)
	sign, ok := "<=", ratio <= bound
	if more {
		sign, ok = ">=", ratio >= bound
	}
	if bound != 0 {
		line += fmt.Sprintf("  goal %s %g  %s", sign, bound, s.judge(ok))
	}
	fmt.Println(line)
}

// judge counts one goal.
func (s *score) judge(ok bool) string {
	s.goals++
	if !ok {
		return "MISSED"
	}
	s.reached++
	return "ok"
}
