//go:build !linux

package dataplane

import "net"

// disconnect cannot be done here: the RST goes out with the close.
func disconnect(*net.TCPConn) bool { return false }
