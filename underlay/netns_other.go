//go:build !linux

package underlay

import (
	"errors"
	"net/netip"
	"os"
)

// NetnsOptions says what programs inside find.
type NetnsOptions struct {
	ResolvConf string
	Nameserver netip.Addr
}

// Netns is for Linux only.
type Netns struct{ *Loopback }

// NewNetns refuses.
func NewNetns(NetnsOptions) (*Netns, error) {
	return nil, errors.New("network namespaces need Linux")
}

// In has nowhere to go.
func (n *Netns) In(string, netip.Addr, func() error) error { return errors.ErrUnsupported }

// EndPrograms has nothing to end.
func EndPrograms(*os.File) error { return nil }

// RightsError says what this process may not do.
type RightsError struct{ Tried error }

func (e *RightsError) Error() string { return e.Tried.Error() }
