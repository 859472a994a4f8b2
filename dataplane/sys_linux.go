package dataplane

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls of the loops. None of them blocks, so they go without the
// scheduler's knowledge, which costs as much as a small read.

const noErr = unix.Errno(0)

func sysRead(fd int32, b []byte) (int, unix.Errno) {
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), 0, 0, 0)
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

// sysSend writes without a signal if nobody is there any more; flags may say
// that more is to follow at once.
func sysSend(fd int32, b []byte, flags uintptr) (int, unix.Errno) {
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_NOSIGNAL|flags, 0, 0)
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

func sysSplice(from, to int32, n int) (int, unix.Errno) {
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_SPLICE, uintptr(from), 0, uintptr(to), 0, uintptr(n), unix.SPLICE_F_MOVE|unix.SPLICE_F_NONBLOCK)
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

func sysClose(fd int32) { _, _, _ = unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }

func sysShutdown(fd int32) unix.Errno {
	_, _, errno := unix.RawSyscall(unix.SYS_SHUTDOWN, uintptr(fd), unix.SHUT_WR, 0)
	return errno
}

func sysAccept(fd int32) (int32, inet4, unix.Errno) {
	var sa unix.RawSockaddrInet4
	size := uint32(unix.SizeofSockaddrInet4)
	n, _, errno := unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(&sa)), uintptr(unsafe.Pointer(&size)),
		unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	return int32(n), fromSockaddr(&sa), errno
}

func sysConnect(fd int32, to inet4) unix.Errno {
	sa := toSockaddr(to)
	_, _, errno := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&sa)), unix.SizeofSockaddrInet4)
	return errno
}

// sysName is the address of a socket.
func sysName(fd int32) inet4 {
	var sa unix.RawSockaddrInet4
	size := uint32(unix.SizeofSockaddrInet4)
	_, _, _ = unix.RawSyscall(unix.SYS_GETSOCKNAME, uintptr(fd), uintptr(unsafe.Pointer(&sa)), uintptr(unsafe.Pointer(&size)))
	return fromSockaddr(&sa)
}

// sysError fetches the error the kernel holds for a socket, if any.
func sysError(fd int32) unix.Errno {
	v, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return unix.EBADF
	}
	return unix.Errno(v)
}

// sysReset closes a TCP socket with a RST.
func sysReset(fd int32) {
	_ = unix.SetsockoptLinger(int(fd), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	sysClose(fd)
}

func sysEpollWait(ep int32, events []unix.EpollEvent) int {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(ep), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
	if errno != noErr {
		return 0
	}
	return int(n)
}

func sysYield() { _, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }

// sysEpoll changes what an epoll instance waits for at a socket.
func sysEpoll(ep int32, op uintptr, fd int32, events uint32, data int32) unix.Errno {
	ev := unix.EpollEvent{Events: events, Fd: data}
	_, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(ep), op, uintptr(fd), uintptr(unsafe.Pointer(&ev)), 0, 0)
	return errno
}

func toSockaddr(a inet4) unix.RawSockaddrInet4 {
	sa := unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: a.addr}
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&sa.Port))[:], a.port)
	return sa
}

func fromSockaddr(sa *unix.RawSockaddrInet4) inet4 {
	return inet4{sa.Addr, binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&sa.Port))[:])}
}

// The sockets of connections are cubic's: the machine's default may be one
// that paces, which on loopback and between namespaces halves what one stream
// carries. What a socket may receive ahead is bounded, because the kernel would
// let it grow to tens of megabytes: a few hundred clients that do not read would
// take the memory of all connections of the machine.
const (
	congestion    = "cubic"
	mostReceived  = 1 << 20 // bytes; the kernel lowers it to what it allows
	keepAliveIdle = 60      // seconds
)

// tune sets what every TCP socket of the loops has. What the kernel refuses is
// no harm.
func tune(fd int) {
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	_ = unix.SetsockoptString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION, congestion)
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, mostReceived)
}

// keepAlive lets it be noticed when the other host has vanished. Connections
// inherit it, like the rest, from the listener that accepts them; that of a
// backend is the idle timeout's and the probes' business.
func keepAlive(fd int) {
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, keepAliveIdle)
}
