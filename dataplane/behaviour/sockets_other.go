//go:build !linux

package behaviour

import (
	"context"
	"errors"
	"net"
	"net/netip"
)

// On these systems no rig can be made yet; the functions below keep the
// package compiling.

func dialer(network string, from netip.AddrPort) *net.Dialer {
	if network == "udp" {
		return &net.Dialer{LocalAddr: net.UDPAddrFromAddrPort(from)}
	}
	return &net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(from)}
}

func fullPlace(context.Context, netip.AddrPort) (func(), error) { return nil, errors.ErrUnsupported }

func heldSockets(*Rig) ([]string, error) { return nil, errors.ErrUnsupported }

func heldFlows(*Rig) ([]string, error) { return nil, errors.ErrUnsupported }

func pending(uintptr) bool { return true }

func cork(*net.TCPConn, bool) error { return errors.ErrUnsupported }

func sendUrgent(*net.TCPConn) error { return errors.ErrUnsupported }
