package underlay

import (
	"net/netip"
	"os"
)

// Host says that an instance has these addresses of a VPC. On a loopback
// underlay that needs nothing.
func (l *Loopback) Host(string, string, []netip.Addr) error { return nil }

// Site says where a network on premises is attached to. Its addresses have
// twins as those of a VPC have, so there is nothing to attach.
func (l *Loopback) Site(string, string, netip.Prefix, netip.Addr, netip.Addr) error { return nil }

// Gone forgets an instance or a network on premises.
func (l *Loopback) Gone(string) {}

// Forget says that a VPC is no more; its ranges are unmapped by now.
func (l *Loopback) Forget(string) {}

// Close has nothing to give up.
func (l *Loopback) Close() {}

// Space is the network namespace of an instance. There is none here.
func (l *Loopback) Space(string) (*os.File, error) { return nil, nil }
