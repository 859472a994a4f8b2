package dataplane

import (
	"net"
	"syscall"
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

// hasError says whether the kernel holds an error for a socket, and leaves it
// to whoever reads or writes next: it tells of each only once.
func hasError(c syscall.Conn) bool { return polled(c)&unix.POLLERR != 0 }

// hungUp says whether nothing goes either way any more: both ends were sent, or
// it was reset.
func hungUp(c syscall.Conn) bool { return polled(c)&unix.POLLHUP != 0 }

func polled(c syscall.Conn) (events int16) {
	_ = control(c, func(fd int) error {
		at := []unix.PollFd{{Fd: int32(fd)}}
		_, err := unix.Poll(at, 0)
		events = at[0].Revents
		return err
	})
	return events
}
