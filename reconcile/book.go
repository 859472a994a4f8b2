package reconcile

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/dataplane"
	"culvert.internal/instance"
	"culvert.internal/reach"
)

// bookInterval is the time between two writes of the book.
const bookInterval = 250 * time.Millisecond

// book collects attempts and counters and writes them in batches: one row per
// refusal through the single writer would hold every user's change up.
type book struct {
	engine  *cloud.Engine
	world   *reach.World
	samples *sampler
	meter   *meter

	owners    directory[string] // VPC: account
	providers directory[string] // endpoint: account of its service

	queue   *queue
	touched map[string]*tally
	stirred map[string]dataplane.Counters // not looked at yet
}

// tally is a counter as stored: what was stored when the process started, and
// what the data plane has counted since.
type tally struct {
	base, last cloud.Counter
	seen       dataplane.Counters
	unsaved    bool // the last write failed
}

func newBook(e *cloud.Engine, w *reach.World, now func() time.Time) *book {
	samples := newSampler(now)
	return &book{engine: e, world: w, samples: samples, meter: newMeter(samples), queue: newQueue(), touched: map[string]*tally{}, stirred: map[string]dataplane.Counters{}}
}

func (b *book) own(vpc, account string)          { b.owners.put(vpc, account) }
func (b *book) provide(endpoint, account string) { b.providers.put(endpoint, account) }

// flow is told about every flow of the data plane that has ended; meanwhile it
// is among the live connections.
func (b *book) flow(a dataplane.Attempt) {
	v := &a.Verdict
	// Allowed by the judge and yet not joined: no backend, no room.
	allowed := v.Allowed && a.Backend.Name != ""
	b.meter.flow(reach.Refusal{Gate: v.Gate, Reason: cmp.Or(v.Reason.Key, a.End)}, !allowed)
	k := likenessOf(&a.Flow, v, allowed)
	k.key, k.end = a.Key, a.End
	if !b.queue.admit(k) {
		return
	}
	out := b.attempt(a.At, a.Flow, a.SourcePort, a.Verdict)
	out.Took, out.In, out.Out, out.End, out.Allowed = a.Took, int64(a.In), int64(a.Out), a.End, allowed
	if a.Backend.Name != "" {
		out.Backend = a.Backend.Name + " " + a.Backend.Addr.String()
	}
	b.queue.put(k, out)
}

// door is told about every refusal at a door.
func (b *book) door(a instance.Attempt) {
	v := &a.Verdict
	if !v.Allowed {
		b.samples.refused(v.Endpoint, v.Service, v.Balancer)
		b.meter.door(v.Endpoint, v.Service, v.Balancer)
	}
	b.meter.flow(reach.Refusal{Gate: v.Gate, Reason: v.Reason.Key}, !v.Allowed)
	if k := likenessOf(&a.Flow, v, v.Allowed); b.queue.admit(k) {
		b.queue.put(k, b.attempt(a.Time, a.Flow, a.SourcePort, a.Verdict))
	}
}

func likenessOf(f *reach.Flow, v *reach.Verdict, allowed bool) likeness {
	k := likeness{
		protocol: f.Protocol, vpc: f.VPC, entry: f.Entry, source: f.Source, target: f.Target, name: f.Name, port: f.Port,
		allowed: allowed, gate: v.Gate, reason: v.Reason.Key,
	}
	if !allowed {
		k.failed = v.Reason.Args["error"]
	}
	return k
}

func (b *book) attempt(at time.Time, f reach.Flow, port uint16, v reach.Verdict) cloud.Attempt {
	vpc := f.Entry
	if vpc == "" {
		vpc = f.VPC
	}
	target := f.Target
	if !target.IsValid() {
		// An AddrPort without an address loses its port too.
		target = netip.IPv4Unspecified()
	}
	consumer, _ := b.owners.get(vpc)
	provider, _ := b.providers.get(v.Endpoint)
	return cloud.Attempt{
		Time: at.UTC(), VPC: vpc, Protocol: string(f.Protocol), Source: netip.AddrPortFrom(f.Source, port),
		Client: b.world.Name(f.VPC, f.Source), Target: netip.AddrPortFrom(target, f.Port), Name: f.Name,
		Interface: v.ENI, Endpoint: v.Endpoint, Service: v.Service, Balancer: v.Balancer, Zone: v.Zone,
		Consumer: consumer, Provider: provider, Allowed: v.Allowed,
		Gate: string(v.Gate), Reason: v.Reason.Key, Args: v.Reason.Args,
	}
}

// run writes the book until ctx ends, and once more then.
func (b *book) run(ctx context.Context, plane *dataplane.Plane, known func(id string) bool, log *slog.Logger) error {
	tick := time.NewTicker(bookInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			err := b.write(last, plane, known, log)
			return errors.Join(err, b.samples.write(last, b.engine))
		case <-tick.C:
			if err := b.write(ctx, plane, known, log); err != nil && ctx.Err() == nil {
				log.Error("write attempts and counters", "err", err)
			}
		}
	}
}

func (b *book) write(ctx context.Context, plane *dataplane.Plane, known func(id string) bool, log *slog.Logger) error {
	attempts, lost := b.queue.take()
	if lost > 0 {
		log.Warn("more attempts than the book takes", "not written down", lost)
	}
	b.samples.begin()
	counters, err := b.count(ctx, plane, known)
	if err == nil && len(attempts)+len(counters) > 0 {
		err = b.engine.Record(ctx, attempts, counters)
	}
	if err != nil {
		// What was not written goes with the next batch.
		b.queue.back(attempts)
		for _, c := range counters {
			t := b.touched[c.ID]
			t.unsaved, b.stirred[c.ID] = true, t.seen
		}
	}
	if b.samples.end() {
		err = errors.Join(err, b.samples.write(ctx, b.engine))
	}
	return err
}

// count answers the counters that changed since they were last written. It
// looks at the fronts that did anything: nearly all did nothing, nearly always.
func (b *book) count(ctx context.Context, plane *dataplane.Plane, known func(id string) bool) ([]cloud.Counter, error) {
	plane.Stirred(func(id string, c dataplane.Counters) {
		if known(id) && (b.touched[id] != nil || c != dataplane.Counters{}) {
			b.stirred[id] = c
		}
	})
	var unknown []string
	for id := range b.stirred {
		if b.touched[id] == nil {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) > 0 {
		stored, err := b.engine.Counters(ctx, unknown...)
		if err != nil {
			return nil, err // what stirred is looked at again
		}
		for _, id := range unknown {
			b.touched[id] = &tally{base: stored[id]}
		}
	}
	var out []cloud.Counter
	for id, c := range b.stirred {
		t := b.touched[id]
		again := restarted(t.seen, c)
		b.sample(plane, id, t, c)
		now := cloud.Counter{ID: id, Accepted: int64(c.Accepted), Refused: int64(c.Refused + c.Failed), In: int64(c.In), Out: int64(c.Out), Dropped: int64(c.Dropped), Crowded: int64(c.Drops.Limit), OverRate: int64(c.Drops.Rate)}
		if !t.unsaved && (now == t.last || now == (cloud.Counter{ID: id}) && t.last.ID == "") {
			continue
		}
		t.unsaved = false
		if again {
			t.base = sum(t.base, t.last)
		}
		t.last = now
		total := sum(t.base, now)
		total.ID, total.Time = id, time.Now().UTC()
		out = append(out, total)
	}
	clear(b.stirred)
	return out, nil
}

// sample tells the sampler what a front did since it was last read.
func (b *book) sample(plane *dataplane.Plane, id string, t *tally, c dataplane.Counters) {
	did, behind := since(t.seen, c)
	b.meter.front(id, t.seen, c)
	peak := 0
	if c.Active > 0 || t.seen.Active > 0 || did.Accepted > 0 {
		peak = plane.TakePeak(id)
	}
	t.seen = c
	b.samples.front(id, did, behind, c.Active, peak)
}

func sum(a, b cloud.Counter) cloud.Counter {
	return cloud.Counter{
		ID: b.ID, Accepted: a.Accepted + b.Accepted, Refused: a.Refused + b.Refused, In: a.In + b.In, Out: a.Out + b.Out,
		Dropped: a.Dropped + b.Dropped, Crowded: a.Crowded + b.Crowded, OverRate: a.OverRate + b.OverRate,
	}
}
