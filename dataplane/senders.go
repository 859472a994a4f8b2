package dataplane

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"sync/atomic"
)

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
