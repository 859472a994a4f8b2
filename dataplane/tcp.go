package dataplane

import (
	"net/netip"
	"sync/atomic"

	"culvert.internal/reach"
)

// tcpSocket is a TCP port: one file, bound all its life, listening while it is
// open.
type tcpSocket struct {
	front  *front
	at     netip.AddrPort // as published
	hostAt netip.AddrPort
	vpc    string
	berth  berth
	door   door
	port   atomic.Pointer[Port]
}

func (f *front) bindTCP(at netip.AddrPort, in berth) (socket, error) {
	sock, host, err := f.plane.net.Bind("tcp", f.vpc, at)
	if err != nil {
		return nil, err
	}
	s := &tcpSocket{front: f, at: at, hostAt: host, vpc: f.vpc, berth: in}
	s.port.Store(&Port{Protocol: reach.TCP, Port: at.Port()})
	if s.door, err = f.plane.engine.tcp(s, sock); err != nil {
		return nil, err
	}
	return s, nil
}

// keepPort stores what is wanted of a port, if that has changed: flows keep what
// they began with.
func keepPort(at *atomic.Pointer[Port], port Port) {
	if *at.Load() != port {
		at.Store(&port)
	}
}

func (s *tcpSocket) host() netip.AddrPort { return s.hostAt }

func (s *tcpSocket) file() berth { return s.berth }

func (s *tcpSocket) set(port Port) { keepPort(&s.port, port) }

func (s *tcpSocket) open() error { return s.door.open() }

func (s *tcpSocket) shut() error { return s.door.shut() }

func (s *tcpSocket) close() {
	shut := *s.port.Load()
	shut.Open = false
	s.port.Store(&shut)
	s.door.close()
}

// enter reserves room for a client that was accepted and begins its story in j.
// Without any, it has been reported already and is to be reset.
func (s *tcpSocket) enter(j *joining, client netip.AddrPort) bool {
	full, ok := s.front.reserve(reach.TCP)
	a := s.front.begin(reach.TCP, s.vpc, s.at, client)
	if !ok {
		s.front.turnAwayCrowded(a, full)
		return false
	}
	*j = joining{front: s.front, socket: s, port: &s.port, from: client, a: a}
	return true
}
