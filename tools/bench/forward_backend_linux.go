package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// backend is the server behind every forwarder.
type backend struct {
	poll      *poller
	kinds     []byte // by fd: what it is
	listeners []int
	in        message
}

// What an fd of the backend's loop is.
const (
	isNothing = iota
	isBulkListener
	isEchoListener
	isAnswerListener
	isEcho
	isAnswer
)

// backend starts the server, or tells the one that runs how its connections
// are paced from now on.
func (w *worker) backend(o order) (done, error) {
	if w.served == nil {
		b := &backend{kinds: make([]byte, 1<<16)}
		if err := b.listen(o.At); err != nil {
			return done{}, err
		}
		if err := sinks(o.At, o.Sources[0]); err != nil {
			return done{}, err
		}
		go b.run()
		w.served = b
	}
	for _, fd := range w.served.listeners {
		// Connections take it from their listener.
		name := o.Congestion
		if name == "" {
			name = machineCongestion()
		}
		if err := congestion(fd, name); err != nil {
			return done{}, fmt.Errorf("congestion control %s: %w", name, err)
		}
	}
	return done{}, nil
}

func (b *backend) listen(at netip.Addr) error {
	var err error
	if b.poll, err = newPoller(); err != nil {
		return err
	}
	for i, port := range portsTCP {
		fd, err := listenTCP(netip.AddrPortFrom(at, port))
		if err != nil {
			return err
		}
		b.kinds[fd] = byte(isBulkListener + i)
		b.listeners = append(b.listeners, fd)
		if err := b.poll.add(fd, unix.EPOLLIN); err != nil {
			return err
		}
	}
	return nil
}

// run serves what is small on one thread; streams have one each.
func (b *backend) run() {
	runtime.LockOSThread()
	for {
		events, err := b.poll.wait(time.Hour)
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench: the backend waits:", err)
			os.Exit(1)
		}
		for _, e := range events {
			fd := int(e.Fd)
			switch kind := b.kinds[fd]; kind {
			case isBulkListener, isEchoListener, isAnswerListener:
				b.accept(fd, kind)
			default:
				b.answer(fd, kind)
			}
		}
	}
}

func (b *backend) accept(ln int, kind byte) {
	flags := unix.SOCK_CLOEXEC | unix.SOCK_NONBLOCK
	if kind == isBulkListener {
		flags = unix.SOCK_CLOEXEC
	}
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(ln), 0, 0, uintptr(flags), 0, 0)
		if errno != 0 {
			return
		}
		fd := int(n)
		switch kind {
		case isBulkListener:
			go stream(fd)
			continue
		case isEchoListener:
			b.kinds[fd] = isEcho
		default:
			b.kinds[fd] = isAnswer
			// The request may be there already.
			if b.answer(fd, isAnswer) {
				continue
			}
		}
		if err := b.poll.add(fd, unix.EPOLLIN|unix.EPOLLRDHUP); err != nil {
			_ = unix.Close(fd)
		}
	}
}

// answer sends back what came. Messages are small and come one at a time, so
// that there is always room for them. It answers whether the connection is
// over.
func (b *backend) answer(fd int, kind byte) bool {
	n, errno := recvNow(fd, b.in[:])
	switch {
	case errno == unix.EAGAIN || errno == unix.EINTR:
		return false
	case errno == 0 && n > 0:
		if sent, errno := sendNow(fd, b.in[:n]); errno == 0 && sent == n && kind == isEcho {
			return false
		}
	}
	b.kinds[fd] = isNothing
	_ = unix.Close(fd)
	return true
}

// block is what streams consist of, again and again. Each of its words is a
// different one.
var block = func() []byte {
	b := make([]byte, blockSize)
	for i := 0; i < len(b); i += 8 {
		binary.LittleEndian.PutUint64(b[i:], uint64(i+1)*0x9e3779b97f4a7c15)
	}
	return b
}()

const blockSize = 256 << 10

// stream sends to whoever asks with one byte, until a second one comes; then
// it says how much that was and closes.
func stream(fd int) {
	defer unix.Close(fd)
	var asked [1]byte
	if n, err := unix.Read(fd, asked[:]); n != 1 || err != nil {
		return
	}
	var total uint64
	for {
		n, err := unix.Write(fd, block[total%blockSize:])
		if err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		total += uint64(max(n, 0))
		n, _, err = unix.Recvfrom(fd, asked[:], unix.MSG_DONTWAIT)
		if n > 0 {
			break
		}
		if err == nil || !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
			return
		}
	}
	var trailer [8]byte
	binary.LittleEndian.PutUint64(trailer[:], total)
	if _, err := unix.Write(fd, trailer[:]); err != nil {
		return
	}
	_ = unix.Shutdown(fd, unix.SHUT_WR)
	for { // until the client has gone
		if n, err := unix.Read(fd, asked[:]); n == 0 || err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
