package underlay

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// mapping is one range of a VPC and its twin on the host.
type mapping struct {
	vpc    string
	prefix netip.Prefix
	twin   netip.Prefix
}

// table holds ranges that do not overlap, in the order of their first
// address, so that the range of an address is one binary search away. side
// picks which of the two prefixes of a mapping it is ordered by.
type table struct {
	side func(*mapping) netip.Prefix
	rows []*mapping
}

// after is the index of the first range that begins behind addr.
func (t *table) after(addr netip.Addr) int {
	lo, hi := 0, len(t.rows)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if t.side(t.rows[mid]).Addr().Compare(addr) <= 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

func (t *table) find(addr netip.Addr) *mapping {
	i := t.after(addr)
	if i == 0 || !t.side(t.rows[i-1]).Contains(addr) {
		return nil
	}
	return t.rows[i-1]
}

// overlap returns a range that shares an address with p. Because rows do not
// overlap each other, only the two neighbours of p can.
func (t *table) overlap(p netip.Prefix) *mapping {
	i := t.after(p.Addr())
	if i > 0 && t.side(t.rows[i-1]).Overlaps(p) {
		return t.rows[i-1]
	}
	if i < len(t.rows) && t.side(t.rows[i]).Overlaps(p) {
		return t.rows[i]
	}
	return nil
}

func (t *table) insert(m *mapping) {
	t.rows = slices.Insert(t.rows, t.after(t.side(m).Addr()), m)
}

func (t *table) remove(m *mapping) {
	if i := slices.Index(t.rows, m); i >= 0 {
		t.rows = slices.Delete(t.rows, i, i+1)
	}
}

// swap moves addr from the range from to the range to, which has the same
// length: 10.10.2.5 in 10.10.2.0/24 is 127.16.2.5 in 127.16.2.0/24.
func swap(addr netip.Addr, from, to netip.Prefix) netip.Addr {
	a, f, t := addr.As4(), from.Addr().As4(), to.Addr().As4()
	host := binary.BigEndian.Uint32(a[:]) - binary.BigEndian.Uint32(f[:])
	var out [4]byte
	binary.BigEndian.PutUint32(out[:], binary.BigEndian.Uint32(t[:])+host)
	return netip.AddrFrom4(out)
}
