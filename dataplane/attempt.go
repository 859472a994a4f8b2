package dataplane

import (
	"context"
	"errors"
	"net"
	"os"
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
	Verdict    reach.Verdict
	Backend    reach.Backend // the chosen one, zero when there was none
	// Took is the time from the first packet until the flow was joined or
	// refused; when Done after it was joined, until it ended.
	Took    time.Duration
	In, Out uint64 // bytes from and to the client
	End     string // one of the End constants, empty while it lives
	Done    bool
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

// report hands an attempt to its consumer, or counts it as lost.
func (p *Plane) report(a Attempt) {
	if p.opt.Attempt == nil {
		return
	}
	select {
	case p.attempts <- a:
	default:
		p.lost.Add(1)
	}
}

// Lost says how many attempts were dropped because their consumer was slow.
func (p *Plane) Lost() uint64 { return p.lost.Load() }

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
