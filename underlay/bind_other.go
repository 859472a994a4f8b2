//go:build !linux

package underlay

import (
	"net/netip"
	"os"
)

// NewLoopback refuses to start on these systems, so nothing below is reached.
const supported = false

func (l *Loopback) bindHost(string, netip.AddrPort) (*os.File, error) { return nil, ErrUnsupported }

func (l *Loopback) open(string, netip.Addr) (int, error) { return -1, ErrUnsupported }

func (l *Loopback) mayBind(string, netip.AddrPort) bool { return false }

func listen(*os.File) error { return ErrUnsupported }

func lateBind(int, string) error { return ErrUnsupported }

func holder(string, netip.AddrPort) string { return "" }
