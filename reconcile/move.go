package reconcile

import (
	"context"
	"net/netip"
	"strings"

	"culvert.internal/cloud"
)

// noteMove remembers that a port is not where it was published.
func (l *Lab) noteMove(m cloud.Move) {
	m.ID = strings.Join([]string{m.Network, m.VPC, m.Address.String()}, "/")
	if l.done.moves[m.ID] == m.Host {
		return
	}
	l.done.moves[m.ID] = m.Host
	l.moves = append(l.moves, m)
}

// rememberMoves stores the moves noticed since the last time, so that the
// ports are in the same place after a restart.
func (l *Lab) rememberMoves(ctx context.Context) error {
	for len(l.moves) > 0 {
		if err := l.engine.RememberMove(ctx, l.moves[0]); err != nil {
			return err
		}
		l.moves = l.moves[1:]
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
