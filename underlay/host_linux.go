package underlay

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// host is an instance, or a network on premises: a namespace that is joined
// with the router of a VPC by one interface for each NIC.
type host struct {
	*space
	id    string
	next  int // index of its next interface, in it
	links map[link]end
}

// link is how a host stands in a VPC.
type link struct {
	vpc     string
	at      netip.Prefix // its address, in a range
	gateway netip.Addr
	site    bool // all addresses of the range are its
}

// whole is what the router sends to the host.
func (l link) whole() netip.Prefix {
	if l.site {
		return l.at.Masked()
	}
	return netip.PrefixFrom(l.at.Addr(), l.at.Addr().BitLen())
}

// end is the other end of a link, in the router; here it is eth and a number.
type end struct {
	router *router
	index  int
	number int
}

// Host gives an instance a namespace, in which it has these addresses of a VPC,
// the primary one first; it keeps its namespace while it has none. The gateway
// is the last address but two of a range, which clouds keep for themselves.
func (n *Netns) Host(id, vpc string, addrs []netip.Addr) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var want []link
	for _, a := range addrs {
		m := n.network(vpc).ranges.find(a)
		if m == nil {
			return fmt.Errorf("place %s at %s of network %q: %w", id, a, vpc, ErrNotMapped)
		}
		want = append(want, link{vpc: vpc, at: netip.PrefixFrom(a, m.prefix.Bits()), gateway: last(m.prefix).Prev().Prev()})
	}
	return n.stand(id, want)
}

// Site gives a network on premises a namespace, in which it has all of its
// addresses but the gateway, and joins it with a VPC, if there is one.
func (n *Netns) Site(id, vpc string, cidr netip.Prefix, gateway, client netip.Addr) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var want []link
	if vpc != "" {
		want = append(want, link{vpc: vpc, at: netip.PrefixFrom(client, cidr.Bits()), gateway: gateway, site: true})
	}
	return n.stand(id, want)
}

// last is the last address of a range.
func last(p netip.Prefix) netip.Addr {
	a := p.Masked().Addr().As4()
	binary.BigEndian.PutUint32(a[:], binary.BigEndian.Uint32(a[:])|uint32(1<<(32-p.Bits())-1))
	return netip.AddrFrom4(a)
}

// stand makes the links of a host those that are wanted.
func (n *Netns) stand(id string, want []link) error {
	h := n.hosts[id]
	if h == nil {
		s, err := newSpace(n.home, plain()...)
		if err != nil {
			return fmt.Errorf("the namespace of %s: %w", id, err)
		}
		h = &host{space: s, id: id, next: firstIndex, links: map[link]end{}}
		n.hosts[id] = h
	}
	for l, e := range h.links {
		if !slices.Contains(want, l) {
			h.leave(l, e)
		}
	}
	for i, l := range want {
		if _, ok := h.links[l]; ok {
			continue
		}
		r, err := n.routerOf(l.vpc)
		if err == nil {
			err = h.join(r, l, i == 0)
		}
		if err != nil {
			return fmt.Errorf("join %s with network %q: %w", id, l.vpc, err)
		}
	}
	return nil
}

// join makes one more interface of a host, eth0 for its primary one.
func (h *host) join(r *router, l link, primary bool) error {
	e := end{r, r.next, 0}
	if !primary {
		e.number = h.free()
	}
	own := h.next
	r.next++
	h.next++
	if err := r.control.pair(e.index, h.fd, own, fmt.Sprintf("eth%d", e.number)); err != nil {
		return err
	}
	if err := h.routes(e, l, own); err != nil {
		_ = r.control.unlink(e.index)
		if l.site {
			_ = r.control.unroute(localRoute(single(l.gateway)))
		}
		return err
	}
	h.links[l] = e
	if l.site {
		r.routed.insert(&mapping{vpc: h.id, prefix: l.whole()})
	} else {
		r.stands[l.at.Addr()] = h.space
	}
	return nil
}

// free is the first number that no secondary interface has.
func (h *host) free() int {
	for i := 1; ; i++ {
		taken := false
		for _, e := range h.links {
			taken = taken || e.number == i
		}
		if !taken {
			return i
		}
	}
}

// routes makes the way from the router to the host and back.
func (h *host) routes(e end, l link, own int) error {
	if err := e.router.control.up(e.index); err != nil {
		return err
	}
	if l.site {
		if err := e.router.control.route(localRoute(single(l.gateway))); err != nil {
			return err
		}
	}
	// In the table of the router's own addresses the longest prefix counts, so
	// that this one address of a range is somewhere else.
	err := e.router.control.route(route{table: unix.RT_TABLE_LOCAL, kind: unix.RTN_UNICAST, to: l.whole(), index: e.index, from: l.gateway})
	if err != nil {
		return err
	}
	return h.configure(func(n netlink) error {
		if err := errors.Join(n.up(own), e.router.control.ready(e.index), n.address(own, l.at)); err != nil {
			return err
		}
		table := uint8(unix.RT_TABLE_MAIN)
		if e.number > 0 {
			// What one NIC received is answered by the same.
			table = e.table()
			if err := n.rule(unix.RTM_NEWRULE, l.at.Addr(), table); err != nil {
				return err
			}
		}
		near := route{table: table, kind: unix.RTN_UNICAST, to: single(l.gateway), index: own}
		if l.site {
			if err := n.route(localRoute(l.whole())); err != nil {
				return err
			}
			near.table = unix.RT_TABLE_LOCAL
		}
		if err := n.route(near); err != nil {
			return err
		}
		return n.route(route{table: table, kind: unix.RTN_UNICAST, to: everywhere, via: l.gateway, index: own, from: l.at.Addr()})
	})
}

// table is the routing table of a secondary interface.
func (e end) table() uint8 { return uint8(100 + e.number) }

var everywhere = netip.PrefixFrom(netip.IPv4Unspecified(), 0)

func single(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// leave takes an interface of a host away, with all routes through it.
func (h *host) leave(l link, e end) {
	_ = e.router.control.unlink(e.index)
	delete(h.links, l)
	if !l.site {
		delete(e.router.stands, l.at.Addr())
		if e.number > 0 {
			_ = h.configure(func(n netlink) error { return n.rule(unix.RTM_DELRULE, l.at.Addr(), e.table()) })
		}
		return
	}
	_ = e.router.control.unroute(localRoute(single(l.gateway)))
	_ = h.configure(func(n netlink) error { return n.unroute(localRoute(l.whole())) })
	if m := e.router.routed.find(l.at.Addr()); m != nil {
		e.router.routed.remove(m)
	}
}

// Gone gives the namespace of an instance or a network on premises up, when the
// programs in it have ended. Nobody but Close waits for them: they may take long.
func (n *Netns) Gone(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	h := n.hosts[id]
	if h == nil {
		return
	}
	for l, e := range h.links {
		h.leave(l, e)
	}
	delete(n.hosts, id)
	n.ending.Go(func() {
		_ = EndPrograms(h.file)
		h.close()
	})
}

// Space is the namespace of an instance or a network on premises.
func (n *Netns) Space(id string) (*os.File, error) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	h := n.hosts[id]
	if h == nil {
		return nil, nil
	}
	fd, err := unix.FcntlInt(uintptr(h.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	return os.NewFile(uintptr(fd), "network namespace of "+id), nil
}
