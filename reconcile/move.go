package reconcile

import (
	"context"
	"net/netip"
	"strings"

	"culvert.internal/cloud"
)

// place is where something of a VPC lives.
type place struct {
	vpc  string
	addr netip.Addr
}

// noteMove remembers that a port is not where it was published.
func (l *Lab) noteMove(m cloud.Move) {
	m.ID = strings.Join([]string{m.Network, m.VPC, m.Address.String()}, "/")
	if l.done.moves[m.ID] == m {
		return
	}
	l.done.moves[m.ID] = m
	l.moves = append(l.moves, m)
}

// dropFront forgets an interface or a CLB and the moves of its ports.
func (l *Lab) dropFront(id string) {
	if at, ok := l.fronts.get(id); ok {
		l.forgetMoves(at)
	}
	l.fronts.drop(id)
}

// forgetMoves forgets the moves of a place that nothing lives at any more.
func (l *Lab) forgetMoves(at place) {
	for id, m := range l.done.moves {
		if m.VPC == at.vpc && m.Address.Addr() == at.addr {
			delete(l.done.moves, id)
			l.stale = append(l.stale, id)
		}
	}
}

// rememberMoves stores the moves noticed since the last time, so that the
// ports are in the same place after a restart, and deletes the stale ones.
func (l *Lab) rememberMoves(ctx context.Context) error {
	for ; len(l.stale) > 0; l.stale = l.stale[1:] {
		if err := l.engine.ForgetMove(ctx, l.stale[0]); err != nil {
			return err
		}
	}
	for ; len(l.moves) > 0; l.moves = l.moves[1:] {
		if err := l.engine.RememberMove(ctx, l.moves[0]); err != nil {
			return err
		}
	}
	return nil
}

// Port answers where a published port is on this host, and its move if it is
// not the published one.
func (l *Lab) Port(vpc, network string, at netip.AddrPort) (netip.AddrPort, cloud.Move) {
	if m, ok := l.opt.Moved(network, vpc, at); ok {
		return m.Host, m
	}
	twin, ok := l.net.Twin(vpc, at.Addr())
	if !ok {
		return netip.AddrPort{}, cloud.Move{}
	}
	return netip.AddrPortFrom(twin, at.Port()), cloud.Move{}
}
