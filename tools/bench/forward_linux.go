package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// field is the whole arrangement: one client, one backend, and the ways
// between them.
type field struct {
	site            *site
	client, backend *crew
	all             []*forwarder
	missing         []string
	rounds          int
	turn            time.Duration
	score           score
}

// forward measures Culvert's data plane beside HAProxy, nginx and no forwarder
// at all. They take turns, so that what else the machine does meets them all.
func (b *bench) forward(ctx context.Context, dir string) (err error) {
	var said bytes.Buffer
	defer func() {
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("%w\n%s", err, said.String())
		}
	}()
	dir = filepath.Join(dir, "forward")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	l, err := newLab(b.bin, dir)
	if err != nil {
		return err
	}
	defer l.free()
	l.log = &said // it warns of more attempts than it can write down
	f := &field{rounds: 7, turn: 1200 * time.Millisecond}
	if b.short {
		f.rounds, f.turn = 3, 500*time.Millisecond
	}
	defer f.end()
	if err := f.begin(ctx, l, dir); err != nil {
		return err
	}
	f.introduce()
	// First of all, while the programs are fresh: later they have memory to
	// spare, and much to write down.
	if b.wants("idle connections") {
		if err := f.idle(ctx); err != nil {
			return fmt.Errorf("idle connections: %w", err)
		}
	}
	if b.wants("allow a connection") {
		if err := f.allow(ctx); err != nil {
			return fmt.Errorf("allow a connection: %w", err)
		}
	}
	for _, r := range append(rowsTCP(), rowsUDP()...) {
		if b.wants(r.title) {
			if err := f.measure(ctx, r); err != nil {
				return fmt.Errorf("%s: %w", r.title, err)
			}
		}
	}
	fmt.Printf("\n  %d of %d goals are reached.\n", f.score.reached, f.score.goals)
	return nil
}

// wants says whether a row is to be measured.
func (b *bench) wants(title string) bool { return strings.Contains(title, b.rows) }

// begin starts everything, the backend first.
func (f *field) begin(ctx context.Context, l *lab, dir string) (err error) {
	if f.site, err = build(ctx, l); err != nil {
		return fmt.Errorf("build the lab: %w", err)
	}
	if f.backend, err = hire(); err != nil {
		return err
	}
	if f.client, err = hire(); err != nil {
		return err
	}
	if err := f.pace(ctx, ""); err != nil {
		return err
	}
	if err := f.site.publish(ctx); err != nil {
		return err
	}
	if err := f.site.reached(ctx); err != nil {
		return err
	}
	f.all, f.missing, err = f.site.forwarders(ctx, dir)
	return err
}

// end stops what begin started; the lab is its caller's.
func (f *field) end() {
	for _, way := range f.all {
		if way.peer != nil && way.name != culvert {
			way.stop()
		}
	}
	for _, c := range []*crew{f.client, f.backend} {
		if c != nil {
			c.dismiss()
		}
	}
}

// pace tells the backend how its connections are paced from now on.
func (f *field) pace(ctx context.Context, congestion string) error {
	_, err := f.backend.do(ctx, order{Do: "backend", At: f.site.backend, Sources: f.site.sources, Congestion: congestion})
	return err
}

// outcome is one turn of one forwarder.
type outcome struct {
	done
	each time.Duration // processor time for one of what was counted
}

// play has one order done through one forwarder.
func (f *field) play(ctx context.Context, way *forwarder, o order) (outcome, error) {
	o.At, o.Sources, o.For = way.at, f.site.sources, f.turn
	before := way.cpu()
	d, err := f.client.do(ctx, o)
	if err != nil {
		return outcome{}, fmt.Errorf("%s: %w", way.name, err)
	}
	out := outcome{done: d}
	if d.Count > 0 {
		out.each = time.Duration(float64(way.cpu()-before) * o.per() / float64(d.Count))
	}
	return out, nil
}

// per is of how many counted things processor time is told.
func (o order) per() float64 {
	if o.Do == "bulk" {
		return 1e9
	}
	return 1
}

// measure lets the forwarders take turns at a row and prints it.
func (f *field) measure(ctx context.Context, r forwardRow) error {
	ways := slices.DeleteFunc(slices.Clone(f.all), func(w *forwarder) bool { return r.udp && !w.udp })
	if r.order.Congestion != "" {
		undo := everywhere(r.order.Congestion)
		defer func() {
			undo()
			_ = f.pace(context.WithoutCancel(ctx), "") // as the machine does, again
		}()
		if err := f.pace(ctx, r.order.Congestion); err != nil {
			return err
		}
	}
	results := map[string][]outcome{}
	for round := range f.rounds {
		for i := range ways {
			way := ways[(i+round)%len(ways)]
			out, err := f.play(ctx, way, r.order)
			if err != nil {
				return err
			}
			results[way.name] = append(results[way.name], out)
		}
	}
	f.print(r, ways, results)
	return nil
}

// everywhere sets the machine's congestion control, for the sockets of
// forwarders that have no setting of their own, as long as it is not undone.
// Without the right to do that it does nothing.
func everywhere(congestion string) (undo func()) {
	before := machineCongestion()
	if os.WriteFile(congestionFile, []byte(congestion), 0) != nil {
		fmt.Printf("  Only the load's own sockets are %s here: %s may not be written.\n", congestion, congestionFile)
		return func() {}
	}
	return func() { _ = os.WriteFile(congestionFile, []byte(before), 0) }
}
