package dataplane

import (
	"errors"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"culvert.internal/reach"
)

// joining is a flow on its way from its first packet to a backend. The steps
// are the same for every engine:
//
//	reserve room, begin
//	again: judge, with the limits; may it not, giveUp
//	       next backend, connect, introduce; did none take it, failed and giveUp
//	       admit; did something change since the verdict, again
//	joined
type joining struct {
	front  *front
	socket socket
	port   *atomic.Pointer[Port] // of the socket
	from   netip.AddrPort        // on the host
	a      Attempt

	judged uint64 // the front's count of changes when it was judged
	as     *Port  // the port as it was then
	left   []reach.Backend
	tried  int // place in left of the one being tried, or -1
	err    error
	quotas [2]*quota // that it is counted by: its endpoint's, its CLB's
}

// judge asks the judge anew, and says how the flow ends if it may not be
// joined.
func (j *joining) judge() (end string) {
	j.judged, j.as = j.front.judged(), j.port.Load()
	j.a.Verdict, j.a.Backend = j.front.plane.judge.Judge(j.a.Flow), reach.Backend{}
	j.left, j.tried, j.err = j.a.Verdict.Backends, -1, errNoBackend
	j.leave() // what an earlier verdict let it into
	switch {
	case !j.a.Verdict.Allowed:
		return EndRefused
	case !j.as.Open:
		return EndCut
	case !j.enter():
		return EndLimit
	}
	return ""
}

// next chooses the backend to be tried, and says whether there is another one.
func (j *joining) next() bool {
	if j.tried >= 0 {
		// The judge's own list stays as it is.
		j.left = slices.Concat(j.left[:j.tried], j.left[j.tried+1:])
	}
	if len(j.left) == 0 {
		return false
	}
	p := j.front.plane
	j.tried = p.wheels.pick(j.front.listener(j.a), j.left, &p.suspects)
	j.a.Backend = j.left[j.tried]
	return true
}

// timeout bounds one connect.
func (j *joining) timeout() time.Duration {
	return orDefault(j.as.ConnectTimeout, j.front.plane.opt.ConnectTimeout)
}

// sender is the address the next connect comes from.
func (j *joining) sender() netip.Addr {
	if v := &j.a.Verdict; v.Sender.IsValid() {
		return j.front.plane.senders.next(v.Sender)
	}
	return j.a.Flow.Source
}

// failed takes note of a connect that failed: the backend is avoided for a
// moment and its probes look at once. What failed on our own side says nothing
// about the backend.
func (j *joining) failed(err error) {
	j.err = err
	j.front.plane.doubt(j.a.Backend, err)
}

func (p *Plane) doubt(b reach.Backend, err error) {
	switch Code(err) {
	case "refused", "timeout", "reset", "unreachable":
		p.suspects.add(targetOf(b))
		p.nudge(targetOf(b))
	}
}

// giveUp ends a flow that was not joined, and gives its room back.
func (j *joining) giveUp(end string) {
	j.leave()
	j.front.release(j.a.Flow.Protocol)
	j.turnAway(end)
}

// turnAway reports a flow that was not joined.
func (j *joining) turnAway(end string) {
	if end == EndConnectFailed {
		j.a.Verdict = unconnected(j.a.Verdict, j.a.Backend, j.err)
	}
	j.front.turnedAway(j.a, end)
}

// link is the flow as it is when it is joined; its carrier is still missing.
func (j *joining) link(sender netip.AddrPort) link {
	return link{
		front: j.front, socket: j.socket, port: j.as, id: j.a.ID, started: j.a.At.UnixNano(),
		client: inet4Of(netip.AddrPortFrom(j.a.Flow.Source, j.a.SourcePort)), sender: inet4Of(sender),
		since: time.Now().UnixNano(),
	}
}

var errNoBackend = errors.New("the verdict names no backend")

// senderTries is how many source addresses are tried when the ports of one
// have run out.
const senderTries = 4
