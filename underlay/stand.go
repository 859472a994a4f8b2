package underlay

import (
	"net/netip"
	"os"
	"slices"
)

// Host says that an instance has these addresses of a VPC. On a loopback
// underlay that needs nothing.
func (l *Loopback) Host(string, string, []netip.Addr) error { return nil }

// Site says which VPC a network on premises is attached to, so that its
// addresses are sources in it. They have twins as those of a VPC have.
func (l *Loopback) Site(id, vpc string, _ netip.Prefix, _, _ netip.Addr) error {
	l.Gone(id)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sites[vpc] = append(l.sites[vpc], id)
	return nil
}

// Asked says whether something that begins in a VPC may go from one of its
// programs straight to another one: a connection, a datagram, a ping. protocol
// is "tcp", "udp", "icmp" or the number of another one; what has no ports has
// port 0. sent is false for what only might be sent.
type Asked = func(vpc, protocol string, from, to netip.AddrPort, sent bool) bool

// Guard asks nobody: programs on twins talk to each other by this host's
// loopback.
func (l *Loopback) Guard(Asked) {}

// Gone forgets an instance or a network on premises.
func (l *Loopback) Gone(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for vpc, ids := range l.sites {
		if at := slices.Index(ids, id); at >= 0 {
			l.sites[vpc] = slices.Delete(ids, at, at+1)
		}
	}
}

// Forget says that a VPC is no more; its ranges are unmapped by now.
func (l *Loopback) Forget(string) {}

// Close has nothing to give up.
func (l *Loopback) Close() {}

// Space is the network namespace of an instance. There is none here.
func (l *Loopback) Space(string) (*os.File, error) { return nil, nil }
