package dataplane

import (
	"time"

	"culvert.internal/reach"
)

// sweepEvery is how often live flows are looked at, and so the grain of idle
// and drain times.
const sweepEvery = 250 * time.Millisecond

// sweep ends what nobody else notices: idle flows, flows whose front was
// removed a while ago, flows whose reader hangs while the writer is gone. One
// goroutine looks at counters, so that flows pay nothing for their timeouts.
func (p *Plane) sweep() {
	for p.wait(sweepEvery) {
		now := time.Now()
		for _, f := range p.allFronts() {
			// Nearly all of them are idle, nearly always.
			if f.count.active.Load() > 0 || f.removed.Load() {
				p.sweepFront(f, now)
			}
		}
		p.wheels.prune(now)
		p.suspects.prune(now)
	}
}

func (p *Plane) sweepFront(f *front, now time.Time) {
	type doomed struct {
		link *link
		end  string
	}
	var ends []doomed
	pressed := f.press.Swap(false)
	f.each(func(l *link) {
		if end := l.overdue(now.UnixNano(), pressed); end != "" {
			ends = append(ends, doomed{l, end})
		}
	})
	for _, d := range ends {
		d.link.abort(d.end)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.forget() {
		delete(p.fronts, f.key)
		p.list = nil
	}
}

// A UDP flow of so few packets from its client is a question and its answer,
// such as DNS sends from a new port each time. While room is short, it does not
// keep its place for longer than this, and conversations keep theirs.
const (
	briefPackets = 2
	briefIdle    = 3 * time.Second
)

// overdue says how a link should end now, or "".
func (l *link) overdue(now int64, pressed bool) string {
	if until := l.until.Load(); until != 0 && now > until {
		return EndDrained
	}
	asked := l.asked.Load()
	if moved := l.in.Load() + l.out.Load() + uint64(asked) + uint64(l.answered.Load()); moved != l.seen {
		l.seen, l.since = moved, now
		return ""
	}
	udp := l.route.flow.Protocol == reach.UDP
	idle := DefaultIdleTCP
	if udp {
		idle = DefaultIdleUDP
	}
	brief := pressed && udp && asked <= briefPackets
	if rest := time.Duration(now - l.since); rest >= orDefault(l.port.IdleTimeout, idle) || brief && rest >= briefIdle {
		return EndIdle
	}
	return l.carrier.stuck()
}
