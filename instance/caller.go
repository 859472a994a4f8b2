package instance

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"culvert.internal/reach"
)

// admit decides whether a built-in server, at one of the instance's addresses,
// may answer a caller. seen is the caller as the instance sees it: its address
// in the VPC or on premises; the clouds' sender, whose flow the data plane has
// judged already; or this host itself, which the judge lets in where it is
// attached.
func (d *Doors) admit(spec Spec, p reach.Protocol, at, caller netip.AddrPort) (seen netip.Addr, flow reach.Flow, v reach.Verdict) {
	vpc, addr, known := d.network.Origin(spec.VPC, caller.Addr())
	flow = reach.Flow{Protocol: p, VPC: vpc, Entry: spec.VPC, Source: addr, Target: at.Addr(), Port: at.Port()}
	if !known {
		flow.Source = caller.Addr()
	}
	if known && vpc == "" {
		return addr, flow, reach.Verdict{Allowed: true}
	}
	return flow.Source, flow, d.judge.Judge(flow)
}

// gate is a TCP listener of a built-in server that hands on only callers who
// may be there; others are reset. The connections it hands on are one set.
type gate struct {
	net.Listener
	doors *Doors
	room  *room
	at    netip.AddrPort // as the instance knows it
	flows flows
}

// Accept answers the next admitted caller; the remote address is the one the
// instance sees.
func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		spec, caller := g.room.now(), hostPort(c.RemoteAddr())
		seen, flow, v := g.doors.admit(spec, reach.TCP, g.at, caller)
		if !v.Allowed {
			reset(c)
			g.doors.refuse(spec.ID, DoorServer, flow, v, caller.Port())
			continue
		}
		k := g.flows.add(c, g.at.Addr(), netip.AddrPortFrom(seen, caller.Port()))
		if k == nil {
			reset(c)
			return nil, net.ErrClosed
		}
		// The port the instance knows, not one that moved on the host.
		k.local = g.at
		return k, nil
	}
}

// once remembers refused callers for a while, so that a stream of datagrams
// is one record.
type once struct {
	mu   sync.Mutex
	seen map[netip.AddrPort]time.Time
}

const (
	onceFor  = time.Minute
	onceMost = 4096
)

func (o *once) first(caller netip.AddrPort, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if until, ok := o.seen[caller]; ok && now.Before(until) {
		return false
	}
	if o.seen == nil || len(o.seen) >= onceMost {
		o.seen = map[netip.AddrPort]time.Time{}
	}
	o.seen[caller] = now.Add(onceFor)
	return true
}
