package dataplane

import (
	"net"
	"unsafe"

	"golang.org/x/sys/unix"
)

// disconnect sends a RST now and says whether it could. Linux does so when a
// TCP socket is connected to an address of no family (connect(2)); x/sys has
// no name for that address. The call does not wait, and goes without the
// scheduler's knowledge so that a busy process does not interrupt a row of
// them.
func disconnect(conn *net.TCPConn) bool {
	return nil == control(conn, func(fd int) error {
		none := unix.RawSockaddr{Family: unix.AF_UNSPEC}
		_, _, errno := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&none)), unsafe.Sizeof(none))
		if errno != 0 {
			return errno
		}
		return nil
	})
}
