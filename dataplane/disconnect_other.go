//go:build unix && !linux

package dataplane

import (
	"net"
	"syscall"
)

// disconnect cannot be done here: the RST goes out with the close.
func disconnect(*net.TCPConn) bool { return false }

// hasError takes the error along: whoever reads or writes next is not told of it.
func hasError(c syscall.Conn) (failed bool) {
	_ = control(c, func(fd int) error {
		errno, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ERROR)
		failed = err == nil && errno != 0
		return err
	})
	return failed
}

// hungUp is not known here: some of these systems say so of a half-closed
// connection too.
func hungUp(syscall.Conn) bool { return false }
