package dataplane

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// batchSize is how many packets one system call may fetch.
const batchSize = 16

// batch is what recvmmsg(2) fills. Its buffers are big enough for any packet
// and held only while there are packets.
type batch struct {
	msgs  [batchSize]mmsg
	iovs  [batchSize]unix.Iovec
	froms [batchSize]unix.RawSockaddrInet4
	bufs  [batchSize][64 << 10]byte
}

// mmsg is struct mmsghdr, which x/sys has no name for.
type mmsg struct {
	hdr unix.Msghdr
	n   uint32
}

// batches are those that nobody uses now. More than a few are never needed at
// a time, and a sync.Pool would give a megabyte away with every collection.
var batches = make(chan *batch, 8)

func takeBatch() *batch {
	select {
	case b := <-batches:
		return b
	default:
	}
	b := &batch{}
	for i := range b.msgs {
		b.iovs[i].Base = &b.bufs[i][0]
		b.iovs[i].SetLen(len(b.bufs[i]))
		b.msgs[i].hdr.Iov = &b.iovs[i]
		b.msgs[i].hdr.SetIovlen(1)
		b.msgs[i].hdr.Name = (*byte)(unsafe.Pointer(&b.froms[i]))
	}
	return b
}

func (b *batch) giveBack() {
	select {
	case batches <- b:
	default:
	}
}

// fetch receives what is there, at most a batch.
func (b *batch) fetch(fd uintptr) (int, error) {
	for i := range b.msgs {
		b.msgs[i].hdr.Namelen = unix.SizeofSockaddrInet4
	}
	for {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&b.msgs[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

func (b *batch) packet(i int) (netip.AddrPort, []byte) {
	from := &b.froms[i]
	port := binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&from.Port))[:])
	return netip.AddrPortFrom(netip.AddrFrom4(from.Addr), port), b.bufs[i][:b.msgs[i].n]
}

// receiveAll hands every packet to take until the socket is closed, and tells
// lost of those that found no room in the socket.
func receiveAll(conn *net.UDPConn, take func(netip.AddrPort, []byte), lost func(uint64)) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	var missed uint32
	var b *batch
	n := 0
	read := func(fd uintptr) bool {
		b = takeBatch()
		var err error
		if n, err = b.fetch(fd); err == nil {
			return true
		}
		n = 0
		b.giveBack()
		b = nil
		// Another error is one that a packet of ours brought back; the next
		// read is clean.
		if !errors.Is(err, unix.EAGAIN) {
			return true
		}
		if now, err := missedBy(int(fd)); err == nil && now != missed {
			lost(uint64(now - missed))
			missed = now
		}
		return false
	}
	for raw.Read(read) == nil {
		for i := range n {
			take(b.packet(i))
		}
		if b != nil {
			b.giveBack()
			b = nil
		}
	}
}

// missedBy asks how many packets a socket had no room for.
func missedBy(fd int) (uint32, error) {
	const drops = 8 // SK_MEMINFO_DROPS
	var info [16]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info[0])), uintptr(unsafe.Pointer(&size)), 0)
	switch {
	case errno != 0:
		return 0, errno
	case size <= drops*4:
		return 0, unix.EOPNOTSUPP
	}
	return info[drops], nil
}
