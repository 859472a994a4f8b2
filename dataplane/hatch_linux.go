package dataplane

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hatch hands files to a loop that has another table: in is of the giver's, out
// of the loop's. A file on its way is in neither.
type hatch struct {
	mu      sync.Mutex // keeps files and jobs in the same order
	in, out int32
}

func newHatch() (*hatch, error) {
	// Packets, so that each file comes by itself.
	two, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make a way for files: %w", err)
	}
	return &hatch{in: int32(two[0]), out: int32(two[1])}, nil
}

func (h *hatch) close() {
	sysClose(h.in)
	sysClose(h.out)
}

// hand has the loop do a job with a file of the caller's table, of which the
// loop gets a number of its own; -1 if its table is full. It waits while too
// many are on their way. The caller closes its own.
func (l *loop) hand(fd int32, job func(fd int32)) error {
	h := l.hatch
	h.mu.Lock()
	defer h.mu.Unlock()
	if errno := sysPass(h.in, fd); errno != noErr {
		return errno
	}
	if !l.post(func() { job(sysReceive(h.out)) }) {
		return ErrStopped // the file goes with the hatch
	}
	return nil
}

// passed is a control message with one file, as the kernel lays it out.
type passed struct {
	header unix.Cmsghdr
	fd     int32
	_      int32
}

// sysPass sends a file.
func sysPass(to, fd int32) unix.Errno {
	word := [1]byte{}
	iov := unix.Iovec{Base: &word[0]}
	iov.SetLen(1)
	with := passed{header: unix.Cmsghdr{Level: unix.SOL_SOCKET, Type: unix.SCM_RIGHTS}, fd: fd}
	with.header.SetLen(unix.CmsgLen(4))
	msg := unix.Msghdr{Iov: &iov, Control: (*byte)(unsafe.Pointer(&with))}
	msg.SetIovlen(1)
	msg.SetControllen(unix.CmsgLen(4))
	_, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(to), uintptr(unsafe.Pointer(&msg)), unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
	for errno == unix.EAGAIN || errno == unix.EINTR {
		_, _, errno = unix.Syscall(unix.SYS_SENDMSG, uintptr(to), uintptr(unsafe.Pointer(&msg)), unix.MSG_NOSIGNAL)
	}
	return errno
}

// sysReceive takes a file that was sent, -1 if there is no room for it.
func sysReceive(from int32) int32 {
	word := [1]byte{}
	iov := unix.Iovec{Base: &word[0]}
	iov.SetLen(1)
	with := passed{fd: -1}
	msg := unix.Msghdr{Iov: &iov, Control: (*byte)(unsafe.Pointer(&with))}
	msg.SetIovlen(1)
	msg.SetControllen(int(unsafe.Sizeof(with)))
	for {
		_, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(from), uintptr(unsafe.Pointer(&msg)), unix.MSG_DONTWAIT|unix.MSG_CMSG_CLOEXEC)
		if errno == noErr && msg.Flags&unix.MSG_CTRUNC == 0 && with.header.Type == unix.SCM_RIGHTS {
			return with.fd
		}
		if errno != unix.EINTR {
			return -1
		}
	}
}

// ownTable gives the calling thread a table of files of its own, with what is to
// be kept of the process's.
func ownTable(keep []int32) error {
	keep = append([]int32{0, 1, 2}, keep...)
	slices.Sort(keep)
	// One call that both copies and closes, because containers often refuse
	// unshare by itself.
	next, flags := int32(0), uint(unix.CLOSE_RANGE_UNSHARE)
	for _, fd := range keep {
		if fd > next {
			if err := unix.CloseRange(uint(next), uint(fd-1), flags); err != nil {
				return os.NewSyscallError("close_range", err)
			}
			flags = 0
		}
		next = fd + 1
	}
	return os.NewSyscallError("close_range", unix.CloseRange(uint(next), math.MaxUint32, flags))
}

// runtimeFiles are the numbers of what Go's runtime may use on any thread: its
// poller. It is there once a file was polled.
func (e *loops) runtimeFiles() ([]int32, error) {
	if r, w, err := os.Pipe(); err == nil {
		_, _ = r.Close(), w.Close()
	}
	var ours []int32
	for _, l := range e.all {
		ours = append(ours, l.ep, l.wake)
	}
	for _, a := range e.annexes {
		ours = append(ours, a.loop.wake)
	}
	const dir = "/proc/self/fd/"
	list, err := os.ReadDir(dir)
	var found []int32
	for _, f := range list {
		fd, errNumber := strconv.Atoi(f.Name())
		what, errLink := os.Readlink(dir + f.Name())
		if errors.Join(errNumber, errLink) != nil || slices.Contains(ours, int32(fd)) {
			continue
		}
		switch what {
		case "anon_inode:[eventpoll]", "anon_inode:[eventfd]":
			found = append(found, int32(fd))
		}
	}
	return found, err
}
