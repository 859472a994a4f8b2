package dataplane

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"culvert.internal/reach"
)

// tcpSocket is a TCP port: one file, bound all its life, listening while it is
// open.
type tcpSocket struct {
	front  *front
	at     netip.AddrPort // as published
	hostAt netip.AddrPort
	vpc    string
	ln     *net.TCPListener
	port   atomic.Pointer[Port]

	mu      sync.Mutex // guards open and shut
	opened  bool
	stopped chan struct{} // closed when the accept loop of now has ended
}

func (f *front) bindTCP(at netip.AddrPort) (socket, error) {
	file, host, err := f.plane.net.Bind("tcp", f.vpc, at)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	ln, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("take over the socket of %s: %w", at, err)
	}
	tcp, ok := ln.(*net.TCPListener)
	if !ok {
		_ = ln.Close()
		return nil, fmt.Errorf("the socket of %s is a %T", at, ln)
	}
	return &tcpSocket{front: f, at: at, hostAt: host, vpc: f.vpc, ln: tcp}, nil
}

func (s *tcpSocket) host() netip.AddrPort { return s.hostAt }

func (s *tcpSocket) set(port Port) { s.port.Store(&port) }

func (s *tcpSocket) open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opened {
		select {
		case <-s.stopped: // the loop gave up: begin anew
		default:
			return nil
		}
	}
	if err := startListening(s.ln); err != nil {
		return fmt.Errorf("listen on %s: %w", s.hostAt, err)
	}
	s.opened, s.stopped = true, make(chan struct{})
	stopped := s.stopped
	s.front.plane.wg.Go(func() {
		defer close(stopped)
		s.accept()
	})
	return nil
}

func (s *tcpSocket) shut() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.opened {
		return nil
	}
	if err := stopListening(s.ln); err != nil {
		return fmt.Errorf("stop listening on %s: %w", s.hostAt, err)
	}
	<-s.stopped
	s.opened = false
	return nil
}

func (s *tcpSocket) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	shut := *s.port.Load()
	shut.Open = false
	s.port.Store(&shut)
	_ = s.ln.Close()
	if s.opened {
		<-s.stopped
		s.opened = false
	}
}

// accept takes connections until the socket stops listening.
func (s *tcpSocket) accept() {
	p, pause := s.front.plane, time.Duration(0)
	for {
		conn, err := s.ln.AcceptTCP()
		switch {
		case err == nil:
			pause = 0
			if full, ok := s.front.reserve(reach.TCP); !ok {
				a := s.attempt(conn)
				reset(conn)
				s.front.turnAwayCrowded(a, full)
				continue
			}
			// The loop is a goroutine of the group, so the group is not over.
			p.wg.Go(func() {
				defer s.front.release(reach.TCP)
				s.serve(conn)
			})
		case errors.Is(err, net.ErrClosed), errors.Is(err, syscall.EINVAL):
			return
		case errors.Is(err, syscall.ECONNABORTED):
		default:
			// Out of files or memory. The connection stays in the queue, so
			// trying again at once would spin until somebody gives one back.
			if pause == 0 {
				p.log.Warn("cannot accept a connection, waiting for open files to be closed", "key", s.front.key, "at", s.hostAt, "error", err)
			}
			s.front.count.starved.Add(1)
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			if !p.wait(pause) {
				return
			}
		}
	}
}

// wait sleeps, and says whether the plane still works.
func (p *Plane) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// turnAway resets a client.
func (s *tcpSocket) turnAway(conn *net.TCPConn, a Attempt, end string) {
	reset(conn)
	s.front.turnedAway(a, end)
}

func (s *tcpSocket) attempt(conn *net.TCPConn) Attempt {
	return s.front.newAttempt(reach.TCP, s.vpc, s.at, conn.RemoteAddr().(*net.TCPAddr).AddrPort())
}

// serve takes one connection from its judgement to its end.
func (s *tcpSocket) serve(conn *net.TCPConn) {
	f, p := s.front, s.front.plane
	a := s.attempt(conn)
	for {
		judged, port := f.judged(), s.port.Load()
		a.Verdict, a.Backend = p.judge.Judge(a.Flow), reach.Backend{}
		if !a.Verdict.Allowed {
			s.turnAway(conn, a, EndRefused)
			return
		}
		if !port.Open {
			s.turnAway(conn, a, EndCut)
			return
		}
		server, backend, err := p.connect(p.ctx, f.listener(a), a.Flow, a.Verdict, port.ConnectTimeout)
		a.Backend = backend
		if err != nil {
			a.Verdict = unconnected(a.Verdict, backend, err)
			s.turnAway(conn, a, EndConnectFailed)
			return
		}
		l := f.newLink(a, s, conn, server)
		l.idle = orDefault(port.IdleTimeout, DefaultIdleTCP)
		l.kill = func() { p.engine.Cut(l) }
		if !f.admit(l, judged) {
			reset(server)
			continue
		}
		a.Took = time.Since(a.At)
		p.report(a)
		p.engine.Carry(l)
		l.over()
		p.report(l.ended(a))
		return
	}
}
