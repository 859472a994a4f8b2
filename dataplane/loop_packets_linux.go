package dataplane

import (
	"encoding/binary"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// batchSize is how many packets one system call may fetch.
const batchSize = 64

// mostSegments and mostBytes bound what one system call may send: more than the
// kernel cuts into packets it refuses.
const (
	mostSegments = 64
	mostBytes    = 65507
	largest      = 64 << 10
)

// packets is what recvmmsg(2) fills and sendmsg(2) sends on, one for every
// loop. A buffer may hold several packets of one size, if the kernel received
// them as one (UDP_GRO).
type packets struct {
	msgs  [batchSize]mmsg
	iovs  [batchSize]unix.Iovec
	froms [batchSize]unix.RawSockaddrInet4
	ctrls [batchSize]control8
	bufs  [batchSize][largest]byte

	out  unix.Msghdr
	vec  [batchSize]unix.Iovec
	to   unix.RawSockaddrInet4
	ctrl control8
}

// mmsg is struct mmsghdr, which x/sys has no name for.
type mmsg struct {
	hdr unix.Msghdr
	n   uint32
}

// control8 is a control message of up to eight bytes.
type control8 struct {
	hdr  unix.Cmsghdr
	data [8]byte
}

func newPackets() *packets {
	b := &packets{}
	for i := range b.msgs {
		b.iovs[i].Base = &b.bufs[i][0]
		b.iovs[i].SetLen(largest)
		h := &b.msgs[i].hdr
		h.Iov = &b.iovs[i]
		h.SetIovlen(1)
		h.Name = (*byte)(unsafe.Pointer(&b.froms[i]))
		h.Control = (*byte)(unsafe.Pointer(&b.ctrls[i]))
	}
	return b
}

// fetch receives what is there, at most a batch.
func (b *packets) fetch(fd int32) (int, unix.Errno) {
	for i := range b.msgs {
		b.msgs[i].hdr.Namelen = unix.SizeofSockaddrInet4
		b.msgs[i].hdr.SetControllen(int(unsafe.Sizeof(control8{})))
	}
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.msgs[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case noErr:
			return int(n), noErr
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

// from is the sender of a buffer's packets.
func (b *packets) from(i int) inet4 { return fromSockaddr(&b.froms[i]) }

// size is how long a buffer is, and each packet in it but the last one.
func (b *packets) size(i int) (all, each int) {
	all = int(b.msgs[i].n)
	c := &b.ctrls[i]
	if b.msgs[i].hdr.Controllen > 0 && c.hdr.Level == unix.SOL_UDP && c.hdr.Type == unix.UDP_GRO {
		each = int(binary.NativeEndian.Uint32(c.data[:]))
	}
	if each <= 0 || each > all {
		each = all
	}
	return all, each
}

// run is the longest row of buffers from a on, below end, that one call can
// send: of packets of one size, of which only the last one may be shorter. It
// answers where the row ends, its bytes, its packets and their size.
func (b *packets) run(a, end int) (next, bytes, count, each int) {
	bytes, each = b.size(a)
	count = segments(bytes, each)
	next = a + 1
	for whole := bytes == count*each; whole && each > 0 && next < end; next++ {
		all, size := b.size(next)
		more := segments(all, size)
		if all == 0 || size != each && (more != 1 || size > each) || bytes+all > mostBytes || count+more > mostSegments {
			break
		}
		bytes, count = bytes+all, count+more
		whole = all == more*each
	}
	return next, bytes, count, each
}

// segments is how many packets of a size are in so many bytes; no byte is a
// packet too.
func segments(bytes, each int) int {
	if bytes == 0 {
		return 1
	}
	return (bytes + each - 1) / each
}

// send sends the buffers from a to next, a row as run finds it, in one call: to
// the other side of a connected socket, or to an address.
func (b *packets) send(fd int32, to *inet4, a, next, count, each int) unix.Errno {
	for i := a; i < next; i++ {
		b.vec[i-a].Base = &b.bufs[i][0]
		b.vec[i-a].SetLen(int(b.msgs[i].n))
	}
	return b.sendVec(fd, to, next-a, count, each)
}

// sendOne sends bytes that are in no buffer as one packet.
func (b *packets) sendOne(fd int32, to *inet4, data []byte) unix.Errno {
	b.vec[0].Base = unsafe.SliceData(data)
	b.vec[0].SetLen(len(data))
	return b.sendVec(fd, to, 1, 1, 0)
}

// sendSingly sends the packets of a row one by one, where the kernel does not
// cut, and answers how many went and the last error.
func (b *packets) sendSingly(fd int32, to *inet4, a, next, each int) (went, bytes int, last unix.Errno) {
	for i := a; i < next; i++ {
		all, _ := b.size(i)
		for data := range slices.Chunk(b.bufs[i][:all], max(each, 1)) {
			if errno := b.sendOne(fd, to, data); errno != noErr {
				last = errno
			} else {
				went, bytes = went+1, bytes+len(data)
			}
		}
	}
	return went, bytes, last
}

func (b *packets) sendVec(fd int32, to *inet4, vecs, count, each int) unix.Errno {
	b.out = unix.Msghdr{Iov: &b.vec[0]}
	b.out.SetIovlen(vecs)
	if to != nil {
		b.to = toSockaddr(*to)
		b.out.Name, b.out.Namelen = (*byte)(unsafe.Pointer(&b.to)), unix.SizeofSockaddrInet4
	}
	if count > 1 {
		b.ctrl.hdr = unix.Cmsghdr{Level: unix.SOL_UDP, Type: unix.UDP_SEGMENT}
		b.ctrl.hdr.SetLen(unix.CmsgLen(2))
		binary.NativeEndian.PutUint16(b.ctrl.data[:], uint16(each))
		b.out.Control = (*byte)(unsafe.Pointer(&b.ctrl))
		b.out.SetControllen(unix.CmsgSpace(2))
	}
	for {
		_, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.out)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
		if errno != unix.EINTR {
			return errno
		}
	}
}

// missedBy asks how many packets a socket had no room for.
func missedBy(fd int32) uint32 {
	const drops = 8 // SK_MEMINFO_DROPS
	var info [16]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info[0])), uintptr(unsafe.Pointer(&size)), 0)
	if errno != noErr || size <= drops*4 {
		return 0
	}
	return info[drops]
}
