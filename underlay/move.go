package underlay

import (
	"cmp"
	"net/netip"
	"sort"
)

// Reason says why a port could not be bound as it is published.
type Reason string

// Reasons of a move.
const (
	// ReasonPermission: below 1024, and this process has no right to it.
	ReasonPermission Reason = "permission"
	// ReasonHeld: another socket has it, on this address or on all.
	ReasonHeld Reason = "held"
)

// Move is a published port that lives at another port on the host.
type Move struct {
	VPC     string
	Network string         // "tcp" or "udp"
	At      netip.AddrPort // as published, in the VPC
	Host    netip.AddrPort // where it is on the host
	// Holder is who has the port, as in "nginx (pid 123)"; empty when it
	// cannot be seen (another user's process, or nobody: a missing right).
	Holder string
	Reason Reason
}

type moveKey struct {
	network, vpc string
	at           netip.AddrPort
}

// Prefer names the host port of an earlier move, so that Bind tries it first
// and a moved port keeps its number over restarts. Dial uses it as well, until
// Bind has decided. The port's own number, or 0, forgets where it was: nothing
// of ours has it any more, and what somebody else binds is where it says.
func (l *Loopback) Prefer(vpc, network string, at netip.AddrPort, hostPort uint16) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := moveKey{network, vpc, at}
	if hostPort == 0 || hostPort == at.Port() {
		delete(l.prefers, k)
		delete(l.moves, k)
		return
	}
	l.prefers[k] = hostPort
}

// Port is the port on the host of a published one: the same, unless it moved.
func (l *Loopback) Port(network, vpc string, at netip.AddrPort) uint16 {
	port, _ := l.moved(network, vpc, at)
	return port
}

func (l *Loopback) moved(network, vpc string, at netip.AddrPort) (port uint16, known bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	k := moveKey{network, vpc, at}
	if m := l.moves[k]; m != nil {
		return m.Host.Port(), true
	}
	if p, ok := l.prefers[k]; ok {
		return p, true
	}
	return at.Port(), false
}

// Moved returns the move of one published port.
func (l *Loopback) Moved(network, vpc string, at netip.AddrPort) (Move, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if m := l.moves[moveKey{network, vpc, at}]; m != nil {
		return *m, true
	}
	return Move{}, false
}

// Moves returns every move, ordered by network, VPC and address.
func (l *Loopback) Moves() []Move {
	l.mu.RLock()
	defer l.mu.RUnlock()
	all := make([]Move, 0, len(l.moves))
	for _, m := range l.moves {
		all = append(all, *m)
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i], all[j]
		return cmp.Or(cmp.Compare(a.Network, b.Network), cmp.Compare(a.VPC, b.VPC), a.At.Compare(b.At)) < 0
	})
	return all
}

// settle records where a port ended up. A port that is back at its own number
// is forgotten, also as a preference.
func (l *Loopback) settle(m Move) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := moveKey{m.Network, m.VPC, m.At}
	if m.Host.Port() == m.At.Port() {
		delete(l.moves, k)
		delete(l.prefers, k)
		return
	}
	l.moves[k] = &m
	l.prefers[k] = m.Host.Port()
}
