package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// hold opens connections until there are as many as ordered, or closes what
// is too much. Each carries one message there and back and is then left alone.
func (w *worker) hold(o order) (done, error) {
	for len(w.held) > o.Streams {
		last := len(w.held) - 1
		_ = unix.Close(w.held[last])
		w.held = w.held[:last]
	}
	var out, in message
	for len(w.held) < o.Streams {
		n := len(w.held)
		fd, err := dialTCP(o.Sources[n%len(o.Sources)], netip.AddrPortFrom(o.At, portEcho), 0, "")
		if err != nil {
			return done{Count: int64(n), Note: err.Error()}, nil
		}
		wait := unix.NsecToTimeval(2e9)
		out.set(uint64(n))
		err = errors.Join(unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait), whole(fd, &out, &in))
		if err != nil {
			_ = unix.Close(fd)
			// That many is what there is room for.
			return done{Count: int64(n), Note: err.Error()}, nil
		}
		w.held = append(w.held, fd)
	}
	return done{Count: int64(len(w.held))}, nil
}

// whole sends a message, which must come back.
func whole(fd int, out, in *message) error {
	if _, err := unix.Write(fd, out[:]); err != nil {
		return err
	}
	for got := 0; got < len(in); {
		n, err := unix.Read(fd, in[got:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if n <= 0 || err != nil {
			return errors.Join(err, errEnd)
		}
		got += n
	}
	if *in != *out {
		return errors.New("a message came back changed")
	}
	return nil
}

// holding is what a program takes for the connections that it holds.
type holding struct {
	conns, memory, files float64
}

// How many connections are held: the difference of both counts is what one
// takes, so that what is there for the first ones does not count. An open file
// table of 20,000 has room for as many in any forwarder.
const (
	fewIdle   = 500
	manyIdle  = 5500
	idleTurns = 3
)

// idle measures what a forwarder takes for a connection that does nothing. What
// a program has taken once it keeps for later, so it must be a fresh one. Culvert
// has garbage too, which differs each time; so it is started several times.
func (f *field) idle(ctx context.Context) error {
	fmt.Printf("\n  idle connections, from %d to %d in a fresh program: what each one takes\n", fewIdle, manyIdle)
	fmt.Printf("  %-14s %11s %14s %9s\n", "", "memory", "files", "held")
	memory := func(h holding) float64 { return h.memory }
	files := func(h holding) float64 { return h.files }
	conns := func(h holding) float64 { return h.conns }
	all := map[string][]holding{}
	for _, way := range f.all {
		if way.peer == nil {
			continue
		}
		for turn := 0; turn == 0 || turn < idleTurns && way.name == culvert; turn++ {
			if way.name == culvert {
				if err := f.site.again(ctx, way); err != nil {
					return err
				}
			}
			h, err := f.grow(ctx, way)
			if err != nil {
				return fmt.Errorf("%s: %w", way.name, err)
			}
			all[way.name] = append(all[way.name], h)
		}
		turns := all[way.name]
		fmt.Printf("  %-14s %9.0f B %14.2f %9.0f\n", way.name, middle(turns, memory), middle(turns, files), middle(turns, conns))
	}
	best := splices
	if middle(all[copies], memory) < middle(all[splices], memory) {
		best = copies
	}
	if theirs := all[best]; len(theirs) > 0 {
		same := slices.Repeat(theirs, idleTurns)
		f.score.print("memory, culvert / "+best, ratios(all[culvert], same, memory), false, 0.1)
	}
	got := middle(all[culvert], files)
	fmt.Printf("  %-44s %9.2f  goal = 2  %s\n", "files of culvert", got, f.score.judge(math.Abs(got-2) < 0.005))
	return nil
}

// again starts the program again, with the same lab.
func (s *site) again(ctx context.Context, way *forwarder) error {
	if err := errors.Join(s.lab.stop(), s.lab.start()); err != nil {
		return err
	}
	way.peer = &peer{name: way.name, cmd: s.lab.cmd}
	return errors.Join(s.lab.answering(ctx), s.reached(ctx))
}

// grow holds few connections and then many.
func (f *field) grow(ctx context.Context, way *forwarder) (holding, error) {
	defer func() { _, _ = f.client.do(context.WithoutCancel(ctx), order{Do: "hold"}) }()
	var at [2]holding
	for i, n := range []int{fewIdle, manyIdle} {
		d, err := f.client.do(ctx, order{Do: "hold", Streams: n, At: way.at, Sources: f.site.sources})
		if err != nil {
			return holding{}, err
		}
		if i == 0 && d.Note != "" {
			return holding{}, fmt.Errorf("it holds only %d connections: %s", d.Count, d.Note)
		}
		at[i] = holding{conns: float64(d.Count), memory: way.memory(), files: way.files()}
	}
	more := at[1].conns - at[0].conns
	if more <= 0 {
		return holding{}, fmt.Errorf("it holds no more than %.0f connections", at[0].conns)
	}
	return holding{at[1].conns, (at[1].memory - at[0].memory) / more, (at[1].files - at[0].files) / more}, nil
}

// memory is the program's share of the machine's memory, in bytes, without
// what the kernel keeps for its sockets.
func (p *peer) memory() (sum float64) {
	for _, pid := range p.pids() {
		raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		_, rest, _ := strings.Cut(string(raw), "\nPss:")
		kib, _ := strconv.ParseFloat(strings.Fields(rest + " ?")[0], 64)
		sum += kib * 1024
	}
	return sum
}

// files counts the open files of a program: its sockets, and two ends of each
// pipe. Threads may have tables of their own, where the same one stands again.
func (p *peer) files() float64 {
	seen := map[string]bool{}
	count := 0
	for _, pid := range p.pids() {
		tables, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/fd", pid))
		for _, table := range tables {
			entries, _ := os.ReadDir(table)
			for _, e := range entries {
				name, err := os.Readlink(filepath.Join(table, e.Name()))
				if err != nil || seen[name] {
					continue
				}
				seen[name] = true
				switch {
				case strings.HasPrefix(name, "socket:"):
					count++
				case strings.HasPrefix(name, "pipe:"):
					count += 2
				}
			}
		}
	}
	return float64(count)
}
