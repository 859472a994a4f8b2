package main

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mmsg is struct mmsghdr, which x/sys has no name for.
type mmsg struct {
	hdr unix.Msghdr
	n   uint32
}

// packets is the memory of system calls that carry many packets at once. Each
// has a place for data and, if there are names, for the address of its sender.
type packets struct {
	msgs  []mmsg
	iovs  []unix.Iovec
	names []unix.RawSockaddrInet4
	data  [][]byte
}

func newPackets(n, size int, names bool) *packets {
	p := &packets{msgs: make([]mmsg, n), iovs: make([]unix.Iovec, n), data: make([][]byte, n)}
	if names {
		p.names = make([]unix.RawSockaddrInet4, n)
	}
	room := make([]byte, n*size)
	for i := range n {
		p.data[i] = room[i*size : (i+1)*size : (i+1)*size]
		p.iovs[i].Base = &p.data[i][0]
		p.iovs[i].SetLen(size)
		p.msgs[i].hdr.Iov = &p.iovs[i]
		p.msgs[i].hdr.SetIovlen(1)
		p.reset(i)
	}
	return p
}

// reset gives the name of a packet its full length.
func (p *packets) reset(i int) {
	if p.names != nil {
		p.msgs[i].hdr.Name = (*byte)(unsafe.Pointer(&p.names[i]))
		p.msgs[i].hdr.Namelen = unix.SizeofSockaddrInet4
	}
}

// receive fetches packets, 0 when there are none. flags are those of recvmmsg;
// with unix.MSG_DONTWAIT the kernel is asked without a word to the scheduler.
func (p *packets) receive(fd int, flags uintptr) (int, unix.Errno) {
	call := unix.Syscall6
	if flags&unix.MSG_DONTWAIT != 0 {
		call = unix.RawSyscall6
	}
	n, _, errno := call(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&p.msgs[0])), uintptr(len(p.msgs)), flags, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}

// got is what was received as packet i.
func (p *packets) got(i int) []byte { return p.data[i][:min(int(p.msgs[i].n), len(p.data[i]))] }

// send sends the first n packets, and answers how many went out.
func (p *packets) send(fd, n int) (int, unix.Errno) {
	if n == 0 {
		return 0, 0
	}
	sent, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&p.msgs[0])), uintptr(n), unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(sent), 0
}

// sendRun sends some packets of one size to the address of the first one, in
// one call: the kernel cuts what it is given into packets.
func (p *packets) sendRun(fd, first, n, size int) {
	var control struct {
		unix.Cmsghdr
		size uint16
		_    [6]byte
	}
	control.Level, control.Type, control.size = unix.IPPROTO_UDP, segment, uint16(size)
	control.SetLen(unix.CmsgLen(2))
	msg := unix.Msghdr{Name: p.msgs[first].hdr.Name, Namelen: p.msgs[first].hdr.Namelen, Iov: &p.iovs[first]}
	msg.SetIovlen(n)
	msg.Control = (*byte)(unsafe.Pointer(&control))
	msg.SetControllen(unix.CmsgSpace(2))
	_, _, _ = unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&msg)), unix.MSG_DONTWAIT)
	runtime.KeepAlive(&control)
}

// segment is UDP_SEGMENT: into how large packets the kernel cuts.
const segment = 103
