package dataplane

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"culvert.internal/reach"
)

// senderTries is how many source addresses are tried when the ports of one
// have run out.
const senderTries = 4

// senders rotates the source addresses of connections to backends, so that
// not one address's 28,000 ports to a backend bound the connections a minute.
// Each pool has a turn of its own: with one for all, pools that are used in
// turn would use every other address.
type senders struct{ pools atomic.Pointer[[]*senderPool] }

type senderPool struct {
	prefix netip.Prefix
	turn   atomic.Uint32
}

// SetSenders replaces the ranges of Options.Senders. Flows that live keep the
// source they have; a range that stays goes on where it was.
func (p *Plane) SetSenders(ranges []netip.Prefix) { p.senders.set(ranges) }

func (s *senders) set(ranges []netip.Prefix) {
	for {
		old := s.pools.Load()
		var all []*senderPool
		for _, r := range ranges {
			k := -1
			if old != nil {
				k = slices.IndexFunc(*old, func(p *senderPool) bool { return p.prefix == r })
			}
			if k >= 0 {
				all = append(all, (*old)[k])
			} else {
				all = append(all, &senderPool{prefix: r})
			}
		}
		if s.pools.CompareAndSwap(old, &all) {
			return
		}
	}
}

// next chooses an address for a verdict's range: a host of a mapped pool
// inside it. Without such a pool it is the range's first host, and dialling
// says that it is not mapped.
func (s *senders) next(from netip.Prefix) netip.Addr {
	for _, pool := range *s.pools.Load() {
		if pool.prefix.Overlaps(from) {
			inside := pool.prefix
			if inside.Bits() < from.Bits() {
				inside = from
			}
			return nthHost(inside, pool.turn.Add(1)-1)
		}
	}
	return nthHost(from, 0)
}

// nthHost is the n-th address of a range, cyclically, without the first and
// the last one where the range has more than two.
func nthHost(p netip.Prefix, n uint32) netip.Addr {
	p = p.Masked()
	if !p.Addr().Is4() || p.Bits() == 32 {
		return p.Addr()
	}
	size, skip := uint64(1)<<(32-p.Bits()), uint64(0)
	if size > 2 {
		size, skip = size-2, 1
	}
	a := p.Addr().As4()
	at := uint64(binary.BigEndian.Uint32(a[:])) + skip + uint64(n)%size
	binary.BigEndian.PutUint32(a[:], uint32(at))
	return netip.AddrFrom4(a)
}

var errNoBackend = errors.New("the verdict names no backend")

// connect joins a flow with a backend of its verdict: the one whose turn it
// is, or else the next one at once. The backend returned with an error is the
// last one tried.
func (p *Plane) connect(ctx context.Context, listener string, flow reach.Flow, v reach.Verdict, timeout time.Duration) (net.Conn, reach.Backend, error) {
	left := slices.Clone(v.Backends)
	var last reach.Backend
	err := errNoBackend
	for len(left) > 0 && ctx.Err() == nil {
		i := p.wheels.pick(listener, left, p.suspects.has)
		last = left[i]
		left = slices.Delete(left, i, i+1)
		var conn net.Conn
		if conn, err = p.dial(ctx, flow, v, last, timeout); err == nil {
			p.suspects.clear(targetOf(last))
			return conn, last, nil
		}
		p.doubt(last, err)
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return nil, last, err
}

func (p *Plane) dial(ctx context.Context, flow reach.Flow, v reach.Verdict, b reach.Backend, timeout time.Duration) (conn net.Conn, err error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(timeout, p.opt.ConnectTimeout))
	defer cancel()
	for range senderTries {
		from := flow.Source
		if v.Sender.IsValid() {
			from = p.senders.next(v.Sender)
		}
		conn, err = p.net.Dial(ctx, string(flow.Protocol), b.VPC, from, b.Addr)
		if err == nil || Code(err) != "no-port" {
			return conn, err
		}
	}
	return nil, err
}

// doubt takes note of a failed connect: the backend is avoided for a moment
// and its probes look at once. What failed on our own side says nothing about
// the backend.
func (p *Plane) doubt(b reach.Backend, err error) {
	switch Code(err) {
	case "refused", "timeout", "reset", "unreachable":
		p.suspects.add(targetOf(b))
		p.nudge(targetOf(b))
	}
}
