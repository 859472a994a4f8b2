//go:build unix

package dataplane

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
)

// backlog is how many connections may wait to be accepted; the kernel lowers
// it to what it allows.
const backlog = 4096

// startListening makes a bound socket listen. SO_REUSEADDR goes on with it: the
// connections it accepts inherit it, and without it they would keep the port
// from being bound again, by us after a restart or by listening anew. While
// the socket listens, nobody can share its port by the option.
func startListening(ln *net.TCPListener) error { return control(ln, listenOn) }

func listenOn(fd int) error {
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	return os.NewSyscallError("listen", syscall.Listen(fd, backlog))
}

// stopListening turns a listener back into a bound socket. Connections nobody
// accepted yet are reset. A pending Accept fails with EINVAL.
func stopListening(ln *net.TCPListener) error { return control(ln, unlistenOn) }

func unlistenOn(fd int) error {
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 0); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	return os.NewSyscallError("shutdown", syscall.Shutdown(fd, syscall.SHUT_RD))
}

func control(c syscall.Conn, fn func(fd int) error) error {
	rc, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = rc.Control(func(fd uintptr) { inner = fn(int(fd)) })
	return errors.Join(err, inner)
}

// waitForError waits until a socket that was read to its end has an error
// (true) or is given up on this side (false).
func waitForError(c syscall.Conn) bool {
	rc, err := c.SyscallConn()
	if err != nil {
		return false
	}
	failed := false
	_ = rc.Read(func(fd uintptr) bool {
		errno, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_ERROR)
		failed = err == nil && errno != 0
		return failed || err != nil
	})
	return failed
}

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// packetBuffers are those of UDP flows, whose many short reads would wear the
// pool out: it gives buffers away whenever there is a collection.
var packetBuffers = make(chan *[bufferSize]byte, 64)

// reader reads a socket into a buffer it holds only while there is data.
type reader struct {
	raw  syscall.RawConn
	own  chan *[bufferSize]byte // where buffers come from; nil: the pool
	err  error
	buf  *[bufferSize]byte
	n    int
	read func(fd uintptr) bool
}

func newReader(c syscall.Conn) *reader {
	r := &reader{}
	r.raw, r.err = c.SyscallConn()
	r.read = r.try
	return r
}

// newPacketReader reads packets.
func newPacketReader(c syscall.Conn) *reader {
	r := newReader(c)
	r.own = packetBuffers
	return r
}

func (r *reader) take() *[bufferSize]byte {
	if r.own == nil {
		return buffers.Get().(*[bufferSize]byte)
	}
	select {
	case b := <-r.own:
		return b
	default:
		return new([bufferSize]byte)
	}
}

func (r *reader) try(fd uintptr) bool {
	r.buf = r.take()
	for {
		r.n, r.err = syscall.Read(int(fd), r.buf[:])
		if !errors.Is(r.err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(r.err, syscall.EAGAIN) {
		r.done()
		return false
	}
	return true
}

// next waits for data. It is valid until done, which must be called after each
// next that returned some. io.EOF is the end of a stream, and an empty packet.
func (r *reader) next() ([]byte, error) {
	if r.raw == nil {
		return nil, r.err
	}
	if err := r.raw.Read(r.read); err != nil {
		r.done()
		return nil, err
	}
	switch {
	case r.err != nil:
		r.done()
		return nil, r.err
	case r.n == 0:
		r.done()
		return nil, io.EOF
	}
	return r.buf[:r.n], nil
}

func (r *reader) done() {
	switch {
	case r.buf == nil:
	case r.own == nil:
		buffers.Put(r.buf)
	default:
		select {
		case r.own <- r.buf:
		default:
		}
	}
	r.buf = nil
}

// sendNow sends a packet on a connected socket without waiting.
func sendNow(conn net.Conn, data []byte) error {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return errors.ErrUnsupported
	}
	return control(c, func(fd int) error {
		_, err := syscall.Write(fd, data)
		return os.NewSyscallError("write", err)
	})
}

// sendNowTo sends a packet to an address without waiting.
func sendNowTo(conn *net.UDPConn, data []byte, to netip.AddrPort) error {
	return control(conn, func(fd int) error {
		return os.NewSyscallError("sendto", syscall.Sendto(fd, data, 0, &syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}))
	})
}

// openFiles raises the limit of open files to the highest that is allowed, and
// answers it.
func openFiles() int {
	var lim syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &lim); err != nil {
		return 8192
	}
	if lim.Cur < lim.Max {
		raised := syscall.Rlimit{Cur: lim.Max, Max: lim.Max}
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised) == nil {
			lim = raised
		}
	}
	return int(min(uint64(lim.Cur), 1<<21))
}
