package instance

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
)

// flows is the set of open connections of one instance or server.
type flows struct {
	mu   sync.Mutex
	open map[*conn]struct{}
	shut bool // nothing may be added
}

// conn is a connection in a set of flows, with the addresses it has in the
// VPC.
type conn struct {
	net.Conn
	of            *flows
	local, remote netip.AddrPort
}

// add takes a connection into the set; nil when the set is shut, and the
// connection is then still the caller's to close.
func (f *flows) add(c net.Conn, from netip.Addr, to netip.AddrPort) *conn {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.shut {
		return nil
	}
	if f.open == nil {
		f.open = map[*conn]struct{}{}
	}
	k := &conn{Conn: c, of: f, local: netip.AddrPortFrom(from, hostPort(c.LocalAddr()).Port()), remote: to}
	f.open[k] = struct{}{}
	return k
}

// cut shuts the set and resets every connection in it.
func (f *flows) cut() {
	f.mu.Lock()
	f.shut = true
	all := make([]*conn, 0, len(f.open))
	for c := range f.open {
		all = append(all, c)
	}
	f.mu.Unlock()
	for _, c := range all {
		reset(c)
	}
}

// allow opens the set again after cut.
func (f *flows) allow() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shut = false
}

// Close closes the connection and takes it out of its set.
func (c *conn) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite ends the stream in one direction; on a packet connection it does
// nothing.
func (c *conn) CloseWrite() error {
	if t, ok := c.Conn.(*net.TCPConn); ok {
		return t.CloseWrite()
	}
	return nil
}

// LocalAddr is the instance's address and port.
func (c *conn) LocalAddr() net.Addr { return c.inVPC(c.local) }

// RemoteAddr is what was dialled, as an address of the VPC.
func (c *conn) RemoteAddr() net.Addr { return c.inVPC(c.remote) }

func (c *conn) inVPC(a netip.AddrPort) net.Addr {
	if c.Conn.LocalAddr().Network() == "udp" {
		return net.UDPAddrFromAddrPort(a)
	}
	return net.TCPAddrFromAddrPort(a)
}

// reset closes a connection so that the other side notices at once and takes
// it for what it is: not an end, a cut.
func reset(c net.Conn) {
	inner := c
	if k, ok := c.(*conn); ok {
		inner = k.Conn
	}
	if t, ok := inner.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

// join carries bytes both ways until both directions have ended. An end in
// one direction is passed on as such, an error as a reset of both sides.
// early is what was already read from a.
func join(a, b net.Conn, early []byte) {
	var both sync.WaitGroup
	one := func(dst, src net.Conn, first []byte) {
		err := carry(dst, src, first)
		if err != nil {
			reset(dst)
			reset(src)
		}
	}
	both.Go(func() { one(b, a, early) })
	both.Go(func() { one(a, b, nil) })
	both.Wait()
	_ = a.Close()
	_ = b.Close()
}

func carry(dst, src net.Conn, first []byte) error {
	if len(first) > 0 {
		if _, err := dst.Write(first); err != nil {
			return err
		}
	}
	// Only two bare TCP connections let the kernel move the bytes.
	if _, err := io.Copy(bare(dst), bare(src)); err != nil {
		return err
	}
	if w, ok := bare(dst).(interface{ CloseWrite() error }); ok {
		if err := w.CloseWrite(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
	}
	return nil
}

func bare(c net.Conn) net.Conn {
	if k, ok := c.(*conn); ok {
		return k.Conn
	}
	return c
}
