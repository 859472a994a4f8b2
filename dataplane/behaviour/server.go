package behaviour

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
)

// server is a TCP server at a place.
type server struct {
	ln    net.Listener
	group sync.WaitGroup

	mu    sync.Mutex
	over  bool
	conns map[*net.TCPConn]struct{}
}

// serve gives every connection of a place to fn, in a goroutine of its own.
// They are closed with the row or with stop, if not before.
func (t *trial) serve(place int, fn func(*net.TCPConn)) *server {
	var lc net.ListenConfig
	lc.SetMultipathTCP(false)
	var ln net.Listener
	t.must(t.in(t.rig.Backends[place].Addr(), func() (err error) {
		ln, err = lc.Listen(t.ctx, "tcp4", t.rig.Backends[place].String())
		return err
	}))
	s := &server{ln: ln, conns: map[*net.TCPConn]struct{}{}}
	s.group.Go(func() { s.accept(fn) })
	t.later(s.stop)
	return s
}

func (s *server) accept(fn func(*net.TCPConn)) {
	for {
		conn, err := s.ln.Accept()
		if err != nil {
			return
		}
		c := conn.(*net.TCPConn)
		s.mu.Lock()
		if s.over {
			_ = c.Close()
		} else {
			s.conns[c] = struct{}{}
			s.group.Go(func() { fn(c) })
		}
		s.mu.Unlock()
	}
}

// stop closes the place and all its connections.
func (s *server) stop() {
	_ = s.ln.Close()
	s.mu.Lock()
	s.over = true
	for c := range s.conns {
		_ = c.Close()
	}
	s.conns = map[*net.TCPConn]struct{}{}
	s.mu.Unlock()
	s.group.Wait()
}

// handover gives the connections of a place to the row.
func (t *trial) handover(place int) <-chan *net.TCPConn {
	conns := make(chan *net.TCPConn, 1024)
	t.serve(place, func(c *net.TCPConn) { conns <- c })
	return conns
}

// echo answers with what it reads, to the end.
func echo(c *net.TCPConn) {
	// Only copying by hand is the same on every system.
	_, _ = io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c})
	_ = c.Close()
}

// say answers with a text and ends.
func say(text string) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		_, _ = io.WriteString(c, text)
		_ = c.Close()
	}
}

// silence makes a place answer no connect: its queue of connections is full,
// so that the kernel drops what comes.
func (t *trial) silence(place int) {
	var undo func()
	err := t.in(t.rig.Backends[place].Addr(), func() (err error) {
		undo, err = fullPlace(t.ctx, t.rig.Backends[place])
		return err
	})
	if errors.Is(err, errors.ErrUnsupported) {
		t.needs("a full place on this system", false)
	}
	t.must(err)
	t.later(undo)
}

// serveUDP answers each packet of a place by reply, where that is not nil.
func (t *trial) serveUDP(place int, reply func(b []byte, from netip.AddrPort) []byte) *packetServer {
	pc := t.packets(place)
	_ = pc.SetReadBuffer(4 << 20)
	s := &packetServer{conn: pc}
	s.group.Go(func() {
		buf := make([]byte, 64<<10)
		for {
			n, from, err := pc.ReadFromUDPAddrPort(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				continue
			}
			if out := reply(buf[:n], from); out != nil {
				_, _ = pc.WriteToUDPAddrPort(out, from)
			}
		}
	})
	t.later(s.stop)
	return s
}

// packets is a UDP socket at a place.
func (t *trial) packets(place int) (pc *net.UDPConn) {
	at := t.rig.Backends[place]
	t.must(t.in(at.Addr(), func() (err error) {
		pc, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
		return err
	}))
	return pc
}

type packetServer struct {
	conn  *net.UDPConn
	group sync.WaitGroup
}

func (s *packetServer) stop() {
	_ = s.conn.Close()
	s.group.Wait()
}

func echoPacket(b []byte, _ netip.AddrPort) []byte { return b }

// dialUDP is a client with a port of its own, or with one that is given.
func (t *trial) dialUDP(from netip.AddrPort, to netip.AddrPort) *net.UDPConn {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	d := dialer("udp", from)
	var c net.Conn
	t.must(t.in(from.Addr(), func() (err error) {
		c, err = d.DialContext(ctx, "udp4", to.String())
		return err
	}))
	return own(t, c.(*net.UDPConn))
}

func (t *trial) packetClient() *net.UDPConn {
	return t.dialUDP(netip.AddrPortFrom(t.rig.Clients[0], 0), t.rig.Front)
}
