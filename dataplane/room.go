package dataplane

import (
	"sync/atomic"

	"culvert.internal/reach"
)

// How much of the plane's room one front may take, in parts of what it leaves
// free: a front that floods UDP gets half of the room and two get a third
// each, so that some is always left for one that has few flows. TCP flows cost
// their client a socket too, and a front with many of them is often meant to
// have them; it gets four fifths.
const (
	shareTCP = 4
	shareUDP = 1
)

// held counts the flows of a front by protocol, also those that are being
// joined.
type held struct{ tcp, udp atomic.Int64 }

func (h *held) of(protocol reach.Protocol) (*atomic.Int64, int64) {
	if protocol == reach.UDP {
		return &h.udp, shareUDP
	}
	return &h.tcp, shareTCP
}

// reserve takes room for one more flow of a front, and says whether there was
// any, and what stood in the way if not.
func (f *front) reserve(protocol reach.Protocol) (full crowd, ok bool) {
	p := f.plane
	mine, share := f.held.of(protocol)
	n, m, most := p.flows.Add(1), mine.Add(1), int64(p.opt.MaxFlows)
	switch free := most - (n - 1); {
	case free <= 0:
		full = crowd{limit: p.opt.MaxFlows, all: true}
	case m > share*free:
		full = crowd{limit: int(m) - 1}
	default:
		return crowd{}, true
	}
	f.release(protocol)
	f.press.Store(true)
	return full, false
}

// release gives the room of a flow back.
func (f *front) release(protocol reach.Protocol) {
	mine, _ := f.held.of(protocol)
	mine.Add(-1)
	f.plane.flows.Add(-1)
}
