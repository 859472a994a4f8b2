package dataplane

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"culvert.internal/reach"
)

// Attempt is one flow somebody tried, as reported to Options.Attempt.
type Attempt struct {
	ID         uint64 // of the flow, unique in this process
	At         time.Time
	Key        string // of the front
	Flow       reach.Flow
	SourcePort uint16
	Verdict    reach.Verdict // without its backends
	Backend    reach.Backend // the chosen one, zero when there was none
	// Took is the time from the first packet until the flow was refused or, if
	// it was joined, until it ended.
	Took    time.Duration
	In, Out uint64 // bytes from and to the client
	End     string // one of the End constants
}

// Keys of reasons the data plane itself adds to a verdict, at reach.GateBackend.
const (
	// ReasonConnect: no backend could be connected. Args: "backend" the last
	// one's name, "error" a code of Code.
	ReasonConnect = "reach.backend.connect"
	// ReasonLimit: the plane has no room for one more flow. Args: "limit".
	ReasonLimit = "reach.backend.limit"
	// ReasonCrowded: a port or a front has as many flows as it may. Args:
	// "limit".
	ReasonCrowded = "reach.backend.crowded"
)

// reports are the records that wait to be told. Whoever writes one never waits
// and seldom wakes anybody: under load the teller takes many at a time.
type reports struct {
	mu     sync.Mutex
	queue  []record
	spare  []record // the queue that was told last, to be filled again
	closed bool
	wake   chan struct{}
	lost   atomic.Uint64
}

// tellEvery is how often the queue is emptied at most.
const tellEvery = time.Millisecond

// report hands a record to the teller, or counts it as lost.
func (p *Plane) report(r record) {
	if p.opt.Attempt == nil {
		return
	}
	q := &p.reports
	q.mu.Lock()
	first := len(q.queue) == 0
	if full := len(q.queue) >= p.opt.AttemptQueue; full || q.closed {
		q.mu.Unlock()
		q.lost.Add(1)
		return
	}
	q.queue = append(q.queue, r)
	q.mu.Unlock()
	if first {
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
}

// tell hands the records to Options.Attempt until the queue is closed.
func (p *Plane) tell() {
	q := &p.reports
	pause := time.NewTimer(tellEvery)
	defer pause.Stop()
	for range q.wake {
		for more := true; more; {
			q.mu.Lock()
			batch := q.queue
			q.queue, q.spare = q.spare[:0], nil
			q.mu.Unlock()
			for i := range batch {
				p.opt.Attempt(batch[i].attempt())
			}
			clear(batch)
			q.mu.Lock()
			q.spare, more = batch, len(q.queue) > 0
			closed := q.closed
			q.mu.Unlock()
			if more && !closed {
				pause.Reset(tellEvery)
				<-pause.C
			}
		}
	}
}

// close lets the teller end when it has told what is there.
func (q *reports) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	close(q.wake)
}

// Lost says how many attempts were dropped because their consumer was slow.
func (p *Plane) Lost() uint64 { return p.reports.lost.Load() }

// stopAt turns an allowing verdict into one that stopped at the backend gate.
func stopAt(v reach.Verdict, key string, args map[string]string) reach.Verdict {
	v.Allowed, v.Gate, v.Reason = false, reach.GateBackend, reach.Reason{Key: key, Args: args}
	return v
}

// Code names what went wrong with a connect: "refused", "timeout", "reset",
// "unreachable", "no-port" (source ports ran out), "no-file" (open files ran
// out), "stopped" or "error".
func Code(err error) string {
	var ne net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "unreachable"
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.EADDRINUSE), errors.Is(err, syscall.EAGAIN):
		return "no-port"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "no-file"
	case errors.Is(err, context.Canceled):
		return "stopped"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &ne) && ne.Timeout():
		return "timeout"
	}
	return "error"
}
