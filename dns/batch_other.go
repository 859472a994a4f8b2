//go:build !linux

package dns

import (
	"context"
	"net"
)

// serveBatches needs system calls that only Linux has.
func (s *Server) serveBatches(context.Context, string, net.PacketConn) bool { return false }
