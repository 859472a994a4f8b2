package dataplane

import (
	"errors"
	"net"
	"syscall"
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
			p.sweepFront(f, now)
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
	f.mu.Lock()
	for l := range f.links {
		if end := l.overdue(now, pressed); end != "" {
			ends = append(ends, doomed{l, end})
		}
	}
	f.mu.Unlock()
	for _, d := range ends {
		d.link.abort(d.end)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.forget() {
		delete(p.fronts, f.key)
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
func (l *link) overdue(now time.Time, pressed bool) string {
	if until := l.until.Load(); until != nil && now.After(*until) {
		return EndDrained
	}
	moves := l.in.moves.Load() + l.out.moves.Load() + l.in.bytes.Load() + l.out.bytes.Load()
	if moves != l.seen {
		l.seen, l.since = moves, now
		return ""
	}
	brief := pressed && l.info.Protocol == reach.UDP && l.in.moves.Load() <= briefPackets
	if rest := now.Sub(l.since); rest >= l.idle || brief && rest >= briefIdle {
		return EndIdle
	}
	return l.stuck()
}

// stuck finds out whether the side that a waiting write reads from has reset
// meanwhile.
func (l *link) stuck() string {
	if l.in.writing.Load() && hasError(l.client) {
		return EndClientReset
	}
	if l.out.writing.Load() && hasError(l.server) {
		return EndBackendReset
	}
	return ""
}

func hasError(conn net.Conn) bool {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	err := pendingError(c)
	return err != nil && !errors.Is(err, net.ErrClosed)
}
