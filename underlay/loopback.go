package underlay

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
)

// ErrUnsupported is what NewLoopback answers where 127/8 is not one big
// range of ready addresses: everywhere but on Linux.
var ErrUnsupported = errors.New("the loopback underlay needs Linux, where every address of 127.0.0.0/8 can be used without configuration")

// ErrNotMapped says that an address belongs to no range of its VPC.
var ErrNotMapped = errors.New("the address is in no mapped range")

// Loopback maps VPC ranges to prefixes of 127/8. IPv4 only. Its methods may
// be called at the same time.
type Loopback struct {
	mu      sync.RWMutex
	vpcs    map[string]*table   // by range
	twins   table               // all of them, by twin
	sites   map[string][]string // networks on premises, by the VPC they are attached to
	moves   map[moveKey]*Move
	prefers map[moveKey]uint16

	// socket is called on every socket before it is bound or connected.
	socket func(fd int) error
}

// NewLoopback returns an underlay without any range. The error on systems
// other than Linux is ErrUnsupported.
func NewLoopback() (*Loopback, error) {
	if !supported {
		return nil, ErrUnsupported
	}
	return &Loopback{
		vpcs:    map[string]*table{},
		sites:   map[string][]string{},
		twins:   table{side: func(m *mapping) netip.Prefix { return m.twin }},
		moves:   map[moveKey]*Move{},
		prefers: map[moveKey]uint16{},
	}, nil
}

var (
	loopbackNet = netip.MustParsePrefix("127.0.0.0/8")
	hostNet     = netip.MustParsePrefix("127.0.0.0/16")
	thisHost    = netip.MustParsePrefix("127.0.0.1/32")
)

// Map gives the range prefix of a VPC the twin. Both are IPv4, of the same
// length, and the twin lies in 127/8 but not in 127.0.0.0/16, which is the
// host's own; the one exception is 127.0.0.1/32, by which the host itself
// stands in a VPC. Mapping the same pair again does nothing; a range or a
// twin that overlaps another one is refused.
func (l *Loopback) Map(vpc string, prefix, twin netip.Prefix) error {
	if err := checkPair(prefix, twin); err != nil {
		return fmt.Errorf("map %s of network %q to %s: %w", prefix, vpc, twin, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.vpcs[vpc]
	if t == nil {
		t = &table{side: func(m *mapping) netip.Prefix { return m.prefix }}
	}
	if m := t.overlap(prefix); m != nil {
		if m.prefix == prefix && m.twin == twin {
			return nil
		}
		return fmt.Errorf("map %s of network %q to %s: overlaps %s, which is mapped to %s", prefix, vpc, twin, m.prefix, m.twin)
	}
	if m := l.twins.overlap(twin); m != nil {
		return fmt.Errorf("map %s of network %q to %s: the twin overlaps %s, the twin of %s of network %q", prefix, vpc, twin, m.twin, m.prefix, m.vpc)
	}
	m := &mapping{vpc: vpc, prefix: prefix, twin: twin}
	t.insert(m)
	l.twins.insert(m)
	l.vpcs[vpc] = t
	return nil
}

func checkPair(prefix, twin netip.Prefix) error {
	switch {
	case !prefix.IsValid() || !prefix.Addr().Is4() || !twin.IsValid() || !twin.Addr().Is4():
		return errors.New("both must be IPv4 prefixes")
	case prefix != prefix.Masked() || twin != twin.Masked():
		return errors.New("host bits are set")
	case prefix.Bits() != twin.Bits():
		return errors.New("the lengths differ")
	case twin.Bits() < loopbackNet.Bits() || !loopbackNet.Contains(twin.Addr()):
		return errors.New("the twin is not inside 127.0.0.0/8")
	case twin.Overlaps(hostNet) && twin != thisHost:
		return errors.New("127.0.0.0/16 belongs to the host")
	}
	return nil
}

// Unmap takes a range and its twin away. Sockets that are open stay open.
// Unknown ranges are ignored.
func (l *Loopback) Unmap(vpc string, prefix netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.vpcs[vpc]
	if t == nil {
		return
	}
	m := t.find(prefix.Addr())
	if m == nil || m.prefix != prefix {
		return
	}
	t.remove(m)
	l.twins.remove(m)
	if len(t.rows) == 0 {
		delete(l.vpcs, vpc)
	}
	for k := range l.moves {
		if k.vpc == vpc && prefix.Contains(k.at.Addr()) {
			delete(l.moves, k)
		}
	}
	for k := range l.prefers {
		if k.vpc == vpc && prefix.Contains(k.at.Addr()) {
			delete(l.prefers, k)
		}
	}
}

// Twin is where an address of a VPC lives on this host.
func (l *Loopback) Twin(vpc string, addr netip.Addr) (netip.Addr, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.twin(vpc, addr)
}

func (l *Loopback) twin(vpc string, addr netip.Addr) (netip.Addr, bool) {
	t := l.vpcs[vpc]
	if t == nil {
		return netip.Addr{}, false
	}
	addr = addr.Unmap()
	m := t.find(addr)
	if m == nil {
		return netip.Addr{}, false
	}
	return swap(addr, m.prefix, m.twin), true
}

// Origin is the reverse of Twin: the VPC a host address stands for, and the
// address in it. The VPC is "" for the clouds' own senders. Which network saw
// the address does not matter here: a twin stands for one address only.
func (l *Loopback) Origin(_ string, host netip.Addr) (vpc string, addr netip.Addr, ok bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	host = host.Unmap()
	m := l.twins.find(host)
	if m == nil {
		return "", netip.Addr{}, false
	}
	return m.vpc, swap(host, m.twin, m.prefix), true
}
