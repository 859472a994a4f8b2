package reconcile

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// directory is a small map that pages read while the loop changes it.
type directory[T any] struct {
	mu sync.RWMutex
	m  map[string]T
}

func (d *directory[T]) put(id string, v T) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.m == nil {
		d.m = map[string]T{}
	}
	d.m[id] = v
}

func (d *directory[T]) drop(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.m, id)
}

func (d *directory[T]) get(id string) (T, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	v, ok := d.m[id]
	return v, ok
}

func (d *directory[T]) has(id string) bool {
	_, ok := d.get(id)
	return ok
}

func (d *directory[T]) keys() []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Collect(maps.Keys(d.m))
}

// Explain judges a flow with every gate explained. A name without a target is
// resolved as the flow's client would resolve it.
func (l *Lab) Explain(ctx context.Context, f reach.Flow) reach.Verdict {
	if f.Name != "" && !f.Target.IsValid() {
		f.Name = strings.TrimSuffix(f.Name, ".")
		// A name that does not resolve is what the judge then explains. A client
		// on premises asks the resolver of the VPC it enters.
		vpc := cmp.Or(f.Entry, f.VPC)
		if found, err := l.names.Lookup(ctx, vpc, f.Name, l.world.Zone(f.VPC, f.Source)); err == nil && len(found) > 0 {
			f.Target = found[0]
		}
	}
	return l.world.Explain(f)
}

// Health answers what the probes of a CLB found, per listener and backend.
func (l *Lab) Health(balancer string) []reach.Health { return l.world.Health(balancer) }

// patience bounds how long a page waits for what is stored to be applied.
const patience = time.Second

// Guards answers what the gates of everything behind a service with these
// mappings say to its traffic; the service need not be there yet. What is
// stored by now counts: the page that follows the adding of a rule shows it.
func (l *Lab) Guards(ctx context.Context, mappings []cloud.Mapping, behind string) []reach.Guard {
	l.await(ctx)
	return l.world.Guards(l.mapped(mappings), behind)
}

// await waits until the loop has been through every event stored by now.
func (l *Lab) await(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var last int64
	if err := l.engine.View(ctx, func(tx *cloud.Tx) (err error) {
		last, err = tx.Events.Last()
		return err
	}); err != nil {
		return // what has been applied so far is the best answer
	}
	for {
		l.mu.Lock()
		through, more := l.through, l.more
		l.mu.Unlock()
		if through >= last {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-more:
		}
	}
}

// went notes that everything up to an event was tried, so that what cannot be
// applied keeps nobody waiting.
func (l *Lab) went(through int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.through = max(l.through, through)
	close(l.more)
	l.more = make(chan struct{})
}

// Busy counts the live flows by interface or CLB, of those that have any.
func (l *Lab) Busy() map[string]int { return l.plane.Busy() }

// Connections answers the live flows through an interface or a CLB.
func (l *Lab) Connections(id string) []reach.Connection {
	var out []reach.Connection
	for _, c := range l.plane.Connections(id) {
		out = append(out, reach.Connection{
			Key: c.Key, Protocol: c.Protocol, Client: c.Client, Backend: c.Backend, Balancer: c.Balancer, Since: c.Started, In: c.In, Out: c.Out,
		})
	}
	return out
}
