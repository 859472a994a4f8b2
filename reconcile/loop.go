package reconcile

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime/debug"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

func (l *Lab) loop(ctx context.Context) error {
	changed, stop := l.engine.Changed()
	defer stop()
	defer l.stopDNS()
	sweep := time.NewTicker(l.opt.Sweep)
	defer sweep.Stop()
	// Draining is asked about, not announced; only while something drains.
	drain := time.NewTicker(50 * time.Millisecond)
	defer drain.Stop()
	if err := l.restore(ctx); err != nil {
		return err
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
			err = l.catchUp(ctx)
		case <-l.poke:
			err = l.apply(ctx, l.takeSick())
		case <-drain.C:
			err = errors.Join(l.reap(ctx), l.apply(ctx, l.settled()))
		case <-sweep.C:
			err = l.sweep(ctx)
		}
		if err != nil && ctx.Err() == nil {
			// The next sweep tries everything again.
			l.log.Error("reconcile", "err", err)
		}
	}
}

// restore applies everything stored; the lab is ready afterwards. It is tried
// again until it succeeds.
func (l *Lab) restore(ctx context.Context) error {
	l.flows = l.engine.Limits().EndpointFlows
	for {
		err := l.preferMoves(ctx)
		if err == nil {
			err = l.engine.View(ctx, l.learnIntroduced)
		}
		if err == nil {
			err = l.recall(ctx)
		}
		if err == nil {
			err = l.sweep(ctx)
		}
		if ctx.Err() != nil {
			return nil
		}
		l.mu.Lock()
		l.err = err
		l.mu.Unlock()
		if err == nil {
			// All that was read to get here is garbage now, and as much as what
			// stays: a quiet lab would hold it for minutes.
			debug.FreeOSMemory()
			if len(l.done.endpoints) >= manyKeys {
				// What stays is nearly all there is, so that waiting for as much
				// garbage again would double it. Half of it is collected soon
				// enough, for a processor that is idle nearly always.
				debug.SetGCPercent(50)
			}
			return nil
		}
		l.log.Error("restore the lab", "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

// recall reads what was observed before this run, so that a start that finds
// everything as it was writes nothing.
func (l *Lab) recall(ctx context.Context) error {
	return l.engine.View(ctx, func(tx *cloud.Tx) error {
		return each(tx.Observations, func(o cloud.Observation) {
			l.done.observable[o.ID] = seenMark(o)
		})
	})
}

// preferMoves brings back the places of ports that were moved earlier.
func (l *Lab) preferMoves(ctx context.Context) error {
	return l.engine.View(ctx, func(tx *cloud.Tx) error {
		moves, err := tx.Moves.List(nil)
		for _, m := range moves {
			l.net.Prefer(m.VPC, m.Network, m.Address, m.Host.Port())
			l.done.moves[m.ID] = m
		}
		return err
	})
}

// catchUp applies what the events since the last one are about.
func (l *Lab) catchUp(ctx context.Context) error {
	l.names.SetRoots(l.roots()...)
	// Every service and CLB of ctyun sends from there, and every endpoint has that
	// limit.
	flows := l.engine.Limits().EndpointFlows
	changed := flows != l.flows
	l.flows = flows
	if moved, err := l.reserve(); err != nil || moved || changed {
		return errors.Join(err, l.sweep(ctx))
	}
	for {
		events, err := l.engine.EventsSince(ctx, l.seq, 1000)
		if err != nil || len(events) == 0 {
			return err
		}
		last := events[len(events)-1].Seq
		err = l.apply(ctx, keysOf(events))
		l.went(last)
		if err != nil {
			return err
		}
		l.seq = last
	}
}

// reserve brings the range that ctyun's services send from onto the host, and
// says whether it is another one than before. Ranges with the same pool differ
// too: rules must hold all of the range.
func (l *Lab) reserve() (bool, error) {
	snat := l.engine.SNAT()
	pool, twin := l.engine.SNATPool()
	if snat == l.snat && pool == l.pool {
		return false, nil
	}
	if pool != l.pool && l.pool.IsValid() {
		l.net.Unmap("", l.pool)
		l.pool = netip.Prefix{} // going back to it must map it again
	}
	if err := l.net.Map("", pool, twin); err != nil {
		return false, fmt.Errorf("map the range of ctyun's services: %w", err)
	}
	l.snat, l.pool = snat, pool
	own, _ := l.engine.SenderPool()
	l.plane.SetSenders([]netip.Prefix{own, pool})
	return true, nil
}

// sweep applies everything, and reads each table once for it.
func (l *Lab) sweep(ctx context.Context) error {
	var last int64
	err := l.bring(ctx, func(tx *cloud.Tx) (_ *cloud.Tx, keys map[key]bool, err error) {
		if last, err = tx.Events.Last(); err != nil {
			return nil, nil, err
		}
		keys, tx = map[key]bool{}, readWhole(tx)
		l.done.addTo(keys)
		return tx, keys, allKeys(tx, keys)
	})
	l.went(last)
	if err != nil {
		return err
	}
	l.seq = max(l.seq, last)
	return nil
}

// health is called by the data plane for the first verdict of a probe and for
// every change.
func (l *Lab) health(id string, healthy bool, why string) {
	p, ok := parseProbe(id)
	if !ok {
		return
	}
	l.world.SetHealth(reach.Health{
		Balancer: p.balancer, Listener: p.listener, Backend: p.member,
		Known: true, Healthy: healthy, Why: why, Since: time.Now(),
	})
	l.mu.Lock()
	l.sick[p.balancer] = true
	l.mu.Unlock()
	select {
	case l.poke <- struct{}{}:
	default:
	}
}

// takeSick answers the CLBs of which the names of endpoints have to know: those
// that died or came back. Only that matters beyond the judge, which knows all.
func (l *Lab) takeSick() map[key]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	keys := map[key]bool{}
	for id := range l.sick {
		if l.alive(id) == l.done.dead[id] {
			keys[key{balancers, id}] = true
		}
	}
	clear(l.sick)
	return keys
}
