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

	order [batchSize]uint8

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

// places are the buffers of a whole batch.
var places = func() (all [batchSize]uint8) {
	for i := range all {
		all[i] = uint8(i)
	}
	return all
}()

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
func (b *packets) size(i uint8) (all, each int) {
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

// row is packets of one sender, in their order, that one call can send: of one
// size, of which only the last one may be shorter.
type row struct {
	bufs        []uint8 // places of their buffers
	bytes       int
	count, each int // packets and their size
}

// groups calls fn with the buffers of a batch by sender. Senders that send at
// the same time mix their packets, and each one's own stay in order.
func (b *packets) groups(n int, fn func(from inet4, bufs []uint8)) {
	var seen [batchSize]bool
	for i := range n {
		if seen[i] {
			continue
		}
		bufs := b.order[:0]
		for j := i; j < n; j++ {
			if !seen[j] && b.froms[j].Port == b.froms[i].Port && b.froms[j].Addr == b.froms[i].Addr {
				seen[j] = true
				bufs = append(bufs, uint8(j))
			}
		}
		fn(b.from(i), bufs)
	}
}

// rows cuts the buffers of a sender into rows.
func (b *packets) rows(bufs []uint8, fn func(row)) {
	for len(bufs) > 0 {
		r := row{}
		r.bytes, r.each = b.size(bufs[0])
		r.count = segments(r.bytes, r.each)
		n := 1
		for whole := r.bytes == r.count*r.each; whole && r.each > 0 && n < len(bufs); n++ {
			all, size := b.size(bufs[n])
			more := segments(all, size)
			if all == 0 || size != r.each && (more != 1 || size > r.each) || r.bytes+all > mostBytes || r.count+more > mostSegments {
				break
			}
			r.bytes, r.count = r.bytes+all, r.count+more
			whole = all == more*r.each
		}
		r.bufs, bufs = bufs[:n], bufs[n:]
		fn(r)
	}
}

// segments is how many packets of a size are in so many bytes; no byte is a
// packet too.
func segments(bytes, each int) int {
	if bytes == 0 {
		return 1
	}
	return (bytes + each - 1) / each
}

// each calls fn with every packet of a row.
func (b *packets) each(r row, fn func([]byte)) {
	for _, i := range r.bufs {
		all, _ := b.size(i)
		if all == 0 {
			fn(nil)
		}
		for data := range slices.Chunk(b.bufs[i][:all], max(r.each, 1)) {
			fn(data)
		}
	}
}

// first is the first n packets of a row; the others are forgotten.
func (b *packets) first(r row, n int) row {
	r.count, r.bytes = n, n*r.each
	left := r.bytes
	for i, at := range r.bufs {
		have := int(b.msgs[at].n)
		if have >= left {
			b.msgs[at].n = uint32(left)
			r.bufs = r.bufs[:i+1]
			break
		}
		left -= have
	}
	return r
}

// send sends a row to the other side of a connected socket, or to an address,
// and answers how many packets and bytes went, and why if some did not. Where
// the kernel does not cut, they go one by one.
func (b *packets) send(fd int32, to *inet4, r row) (went, bytes int, errno unix.Errno) {
	for i, at := range r.bufs {
		b.vec[i].Base = &b.bufs[at][0]
		b.vec[i].SetLen(int(b.msgs[at].n))
	}
	errno = b.sendVec(fd, to, len(r.bufs), r.count, r.each)
	switch {
	case errno == noErr:
		return r.count, r.bytes, noErr
	case r.count == 1 || errno != unix.EINVAL && errno != unix.EIO && errno != unix.EMSGSIZE && errno != unix.EOPNOTSUPP:
		return 0, 0, errno
	}
	errno = noErr
	b.each(r, func(data []byte) {
		if e := b.sendOne(fd, to, data); e != noErr {
			errno = e
		} else {
			went, bytes = went+1, bytes+len(data)
		}
	})
	return went, bytes, errno
}

// sendOne sends bytes as one packet.
func (b *packets) sendOne(fd int32, to *inet4, data []byte) unix.Errno {
	b.vec[0].Base = unsafe.SliceData(data)
	b.vec[0].SetLen(len(data))
	return b.sendVec(fd, to, 1, 1, 0)
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
func missedBy(fd int32) (n uint32, ok bool) {
	const drops = 8 // SK_MEMINFO_DROPS
	var info [16]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info[0])), uintptr(unsafe.Pointer(&size)), 0)
	return info[drops], errno == noErr && size > drops*4
}
