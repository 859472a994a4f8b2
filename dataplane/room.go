package dataplane

import (
	"cmp"
	"fmt"
	"sync/atomic"
	"syscall"

	"culvert.internal/reach"
)

// files is the budget of the process's own table of open files. A port takes one
// and a flow two; some are left to the rest of the program, so that a flood of
// flows keeps neither the console nor a new port from opening. Ports beyond a
// number have their files elsewhere, if they can (see berth), and count no more.
type files struct {
	most  int // files the process may open
	ports atomic.Int64
}

// leastFlows are the flows that ports always leave room for.
const leastFlows = 64

// spare is what is left to the rest of the program: databases, pages, names,
// doors, pipes.
func (b *files) spare() int { return max(b.most/50, min(b.most/4, 400)) }

// flows is how many flows there is room for beside the ports of now.
func (b *files) flows() int {
	return max((b.most-b.spare()-int(b.ports.Load()))/2, leastFlows)
}

// aside says whether the next port should have its file elsewhere: own are the
// ports in this table, by default a quarter of what it has room for. A flow
// takes two files, and a lab with as many ports as flows is one that is not used
// by many at a time.
func (b *files) aside(own int) bool {
	return int(b.ports.Load()) >= cmp.Or(own, (b.most-b.spare())/4)
}

// takePort reserves the file of a port.
func (b *files) takePort() (berth, error) {
	if n := b.ports.Add(1); int(n) > max(b.most-b.spare()-2*leastFlows, leastFlows) {
		b.ports.Add(-1)
		return nil, fmt.Errorf("%d ports are open, and the limit of %d open files leaves no room for another: %w", n-1, b.most, syscall.EMFILE)
	}
	return b, nil
}

func (b *files) leave() { b.ports.Add(-1) }

// most is how many flows there may be in the plane.
func (p *Plane) most() int {
	if p.opt.MaxFlows > 0 {
		return p.opt.MaxFlows
	}
	return p.files.flows()
}

// How much of the plane's room one front may take, in parts of what it leaves
// free: a front that floods UDP gets half of the room and two get a third
// each, so that some is always left for one that has few flows. TCP flows cost
// their client a socket too, and a front with many of them is often meant to
// have them; it gets nearly all.
const (
	shareTCP = 64
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
	most := p.most()
	n, m := p.flows.Add(1), mine.Add(1)
	switch free := int64(most) - (n - 1); {
	case free <= 0:
		full = crowd{limit: most, all: true}
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
