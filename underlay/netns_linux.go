package underlay

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Netns gives every VPC a network namespace, in which its addresses are those
// that it says. IPv4 only. Its methods may be called at the same time.
type Netns struct {
	*Loopback // ranges of this host's own loopback

	home *os.File
	opt  NetnsOptions

	mu       sync.RWMutex
	ask      Asked
	networks map[string]*network
	pools    table // ranges that every VPC has, by prefix
	hosts    map[string]*host

	ending sync.WaitGroup // of what was hosts
	guards sync.WaitGroup
}

// NetnsOptions says what programs inside find.
type NetnsOptions struct {
	// ResolvConf is the file that they see as /etc/resolv.conf; it is written,
	// and names Nameserver.
	ResolvConf string
	Nameserver netip.Addr
}

// network is a VPC. Its namespace is its router, made when something of the
// VPC is used: all addresses of its ranges are there, except those that stand
// in a namespace of their own.
type network struct {
	ranges table
	router *router
}

type router struct {
	*space
	control netlink
	guard   *guard
	next    int                   // index of the next interface
	stands  map[netip.Addr]*space // where an address is that is not here
	routed  table                 // ranges of networks on premises; vpc is their ID
}

// NewNetns returns an underlay without any range. The error is a *RightsError
// when this process may not do what it takes.
func NewNetns(opt NetnsOptions) (*Netns, error) {
	lo, err := NewLoopback()
	if err != nil {
		return nil, err
	}
	home, err := openHome()
	if err != nil {
		return nil, fmt.Errorf("open this host's network namespace: %w", err)
	}
	n := &Netns{
		Loopback: lo, home: home, opt: opt, networks: map[string]*network{}, hosts: map[string]*host{},
		pools: table{side: byPrefix}, ask: func(string, string, netip.AddrPort, netip.AddrPort, bool) bool { return true },
	}
	if err := errors.Join(checkRights(n), n.writeResolvConf()); err != nil {
		n.Close()
		return nil, err
	}
	n.endLeft()
	return n, nil
}

func byPrefix(m *mapping) netip.Prefix { return m.prefix }

// Close ends the programs that are inside and gives every namespace up. A
// socket that is still open keeps its own.
func (n *Netns) Close() {
	n.endLeft()
	n.ending.Wait()
	defer n.guards.Wait() // without the lock: they ask
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, h := range n.hosts {
		h.space.close()
	}
	for _, w := range n.networks {
		w.router.close()
	}
	clear(n.hosts)
	clear(n.networks)
	_ = n.home.Close()
}

func (r *router) close() {
	if r != nil {
		r.guard.close()
		r.control.close()
		r.space.close()
	}
}

// Guard says who is asked about what goes from one instance of a VPC straight to
// another one, or to or from a network on premises. VPCs that are used before
// ask nobody. ask may come from several goroutines.
func (n *Netns) Guard(ask Asked) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ask = ask
}

// Map makes a range part of a VPC, or with the network "" of every VPC. A range
// that is its own twin is this host's and stays on its loopback.
func (n *Netns) Map(vpc string, prefix, twin netip.Prefix) error {
	if prefix == twin && loopbackNet.Contains(prefix.Addr()) {
		return n.Loopback.Map(vpc, prefix, twin)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.add(vpc, prefix); err != nil {
		return fmt.Errorf("map %s of network %q: %w", prefix, vpc, err)
	}
	return nil
}

func (n *Netns) add(vpc string, prefix netip.Prefix) error {
	ranges, routers := n.rangesOf(vpc)
	if m := ranges.overlap(prefix); m != nil {
		if m.prefix == prefix {
			return nil
		}
		return fmt.Errorf("overlaps %s", m.prefix)
	}
	for _, r := range routers {
		if err := r.control.route(localRoute(prefix)); err != nil && !errors.Is(err, unix.EEXIST) {
			return err
		}
	}
	ranges.insert(&mapping{vpc: vpc, prefix: prefix})
	return nil
}

// rangesOf are the ranges of a network, and the routers that have them.
func (n *Netns) rangesOf(vpc string) (*table, []*router) {
	if vpc != "" {
		w := n.network(vpc)
		if w.router == nil {
			return &w.ranges, nil
		}
		return &w.ranges, []*router{w.router}
	}
	var routers []*router
	for _, w := range n.networks {
		if w.router != nil {
			routers = append(routers, w.router)
		}
	}
	return &n.pools, routers
}

func (n *Netns) network(vpc string) *network {
	w := n.networks[vpc]
	if w == nil {
		w = &network{ranges: table{side: byPrefix}}
		n.networks[vpc] = w
	}
	return w
}

// localRoute makes every address of a range one of the namespace's own.
func localRoute(p netip.Prefix) route {
	return route{table: unix.RT_TABLE_LOCAL, kind: unix.RTN_LOCAL, to: p, index: loopbackIndex}
}

// Unmap takes a range away. Sockets that are open stay open. Unknown ranges are
// ignored.
func (n *Netns) Unmap(vpc string, prefix netip.Prefix) {
	n.Loopback.Unmap(vpc, prefix)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.networks[vpc] == nil && vpc != "" {
		return
	}
	ranges, routers := n.rangesOf(vpc)
	if m := ranges.find(prefix.Addr()); m != nil && m.prefix == prefix {
		ranges.remove(m)
		for _, r := range routers {
			_ = r.control.unroute(localRoute(prefix))
		}
	}
}

// Forget gives a VPC's namespace up; who still stands in it leaves.
func (n *Netns) Forget(vpc string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	w := n.networks[vpc]
	if w == nil {
		return
	}
	for _, h := range n.hosts {
		for l, e := range h.links {
			if l.vpc == vpc {
				h.leave(l, e)
			}
		}
	}
	w.router.close()
	delete(n.networks, vpc)
}

// Twin is the address itself, where it is one.
func (n *Netns) Twin(vpc string, addr netip.Addr) (netip.Addr, bool) {
	if twin, ok := n.Loopback.Twin(vpc, addr); ok {
		return twin, true
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	addr = addr.Unmap()
	w := n.networks[vpc]
	return addr, w != nil && w.ranges.find(addr) != nil || n.pools.find(addr) != nil
}

// Origin says what an address stands for that a socket in a VPC saw: one of the
// VPC's own, one of a network on premises, or one of the clouds' senders.
func (n *Netns) Origin(in string, addr netip.Addr) (vpc string, same netip.Addr, ok bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	addr = addr.Unmap()
	if n.pools.find(addr) != nil {
		return "", addr, true
	}
	w := n.networks[in]
	if w == nil {
		return "", netip.Addr{}, false
	}
	if w.ranges.find(addr) != nil {
		return in, addr, true
	}
	if w.router != nil {
		if m := w.router.routed.find(addr); m != nil {
			return m.vpc, addr, true
		}
	}
	return "", netip.Addr{}, false
}

// routerOf makes the namespace of a VPC if it has none yet.
func (n *Netns) routerOf(vpc string) (*router, error) {
	w := n.network(vpc)
	if w.router != nil {
		return w.router, nil
	}
	s, err := newSpace(n.home, append(plain(), setting{"ipv4/ip_forward", "1"},
		// Programs are who they are: what an instance sends must come from it.
		setting{"ipv4/conf/all/rp_filter", "1"},
		// One sender to one backend must not run out of ports: what ended a
		// second ago gives its port to the next one, and nearly all are used.
		setting{"ipv4/tcp_tw_reuse", "1"}, setting{"ipv4/ip_local_port_range", "1024 65535"},
		// Everybody who is refused is told so.
		setting{"ipv4/icmp_ratemask", "0"})...)
	if err != nil {
		return nil, err
	}
	r := &router{space: s, next: firstIndex, stands: map[netip.Addr]*space{}, routed: table{side: byPrefix}}
	if r.control, err = s.netlink(); err == nil {
		err = r.begin(&w.ranges, &n.pools)
	}
	if err == nil {
		r.guard, err = newGuard(s, vpc, n.ask)
	}
	if err != nil {
		r.close()
		return nil, fmt.Errorf("the namespace of network %q: %w", vpc, err)
	}
	r.guard.run(&n.guards)
	w.router = r
	return r, nil
}

func (r *router) begin(tables ...*table) error {
	for _, t := range tables {
		for _, m := range t.rows {
			if err := r.control.route(localRoute(m.prefix)); err != nil {
				return err
			}
		}
	}
	return nil
}

// plain are settings of every namespace: no addresses that nobody asked for,
// and no pacing, which halves what one connection carries on one machine.
func plain() []setting {
	var out []setting
	if _, err := os.Stat("/proc/sys/net/ipv6"); err == nil {
		out = append(out, setting{"ipv6/conf/default/disable_ipv6", "1"})
	}
	if all, err := os.ReadFile("/proc/sys/net/ipv4/tcp_available_congestion_control"); err == nil && strings.Contains(string(all), "cubic") {
		out = append(out, setting{"ipv4/tcp_congestion_control", "cubic"})
	}
	return out
}

func (n *Netns) writeResolvConf() error {
	if n.opt.ResolvConf == "" {
		return nil
	}
	text := "# Written by culvert serve: the resolver of the instance's VPC.\nnameserver " + n.opt.Nameserver.String() + "\n"
	return os.WriteFile(n.opt.ResolvConf, []byte(text), 0o644)
}
