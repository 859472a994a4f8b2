package instance

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"culvert.internal/reach"
)

// admit decides whether a caller may get to what listens at one of the addresses
// of an instance. seen is the caller as the instance sees it: its address
// in the VPC or on premises; the clouds' sender, whose flow the data plane has
// judged already; or this host itself, which the judge lets in where it is
// attached.
func (d *Doors) admit(in string, p reach.Protocol, at, caller netip.AddrPort) (seen netip.Addr, flow reach.Flow, v reach.Verdict) {
	vpc, addr, known := d.network.Origin(in, caller.Addr())
	flow = reach.Flow{Protocol: p, VPC: vpc, Entry: in, Source: addr, Target: at.Addr(), Port: at.Port()}
	if !known {
		flow.Source = caller.Addr()
	}
	if known && vpc == "" {
		return addr, flow, reach.Verdict{Allowed: true}
	}
	return flow.Source, flow, d.judge.Judge(flow)
}

// Crosses decides on what a program sends straight to another one of the same
// VPC, for an underlay that asks. What was sent and is refused is told of once a
// minute.
// Networks on premises have no rules of their own: whatever is sent to them may
// go.
func (d *Doors) Crosses(vpc, protocol string, from, to netip.AddrPort, sent bool) bool {
	if in, _, ok := d.network.Origin(vpc, to.Addr()); ok && in != vpc {
		return true
	}
	_, flow, v := d.admit(vpc, reach.Protocol(protocol), to, from)
	if !v.Allowed && sent && d.refused.first(crossing{vpc, protocol, from, to}, time.Now()) {
		d.refuse("", DoorProgram, flow, v, from.Port())
	}
	return v.Allowed
}

type crossing struct {
	vpc, protocol string
	from, to      netip.AddrPort
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
		seen, flow, v := g.doors.admit(spec.VPC, reach.TCP, g.at, caller)
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

// once remembers who was refused for a while, so that a stream of datagrams is
// one record.
type once[K comparable] struct {
	mu   sync.Mutex
	seen map[K]time.Time
}

const (
	onceFor  = time.Minute
	onceMost = 4096
)

func (o *once[K]) first(who K, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if until, ok := o.seen[who]; ok && now.Before(until) {
		return false
	}
	if o.seen == nil || len(o.seen) >= onceMost {
		o.seen = map[K]time.Time{}
	}
	o.seen[who] = now.Add(onceFor)
	return true
}
