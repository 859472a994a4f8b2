package dataplane

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// pumps is the portable engine: Go's own listeners, a goroutine per direction of
// a flow, a buffer only while there is something in it.
type pumps struct{ plane *Plane }

func (pumps) stop() {}

// berth knows one table only.
func (e pumps) berth(bool) (berth, error) { return e.plane.files.takePort() }

// pumpDoor is a door with a goroutine that accepts.
type pumpDoor struct {
	plane  *Plane
	socket *tcpSocket
	ln     *net.TCPListener

	mu      sync.Mutex // guards the rest
	opened  bool
	stopped chan struct{} // closed when the accept loop of now has ended
}

func (e pumps) tcp(s *tcpSocket, sock *os.File) (door, error) {
	defer sock.Close()
	ln, err := net.FileListener(sock)
	if err != nil {
		return nil, fmt.Errorf("take over the socket of %s: %w", s.at, err)
	}
	tcp, ok := ln.(*net.TCPListener)
	if !ok {
		_ = ln.Close()
		return nil, fmt.Errorf("the socket of %s is a %T", s.at, ln)
	}
	return &pumpDoor{plane: e.plane, socket: s, ln: tcp}, nil
}

func (d *pumpDoor) open() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.opened {
		select {
		case <-d.stopped: // the loop gave up: begin anew
		default:
			return nil
		}
	}
	if err := startListening(d.ln); err != nil {
		return fmt.Errorf("listen on %s: %w", d.socket.hostAt, err)
	}
	d.opened, d.stopped = true, make(chan struct{})
	stopped := d.stopped
	d.plane.wg.Go(func() {
		defer close(stopped)
		d.accept()
	})
	return nil
}

func (d *pumpDoor) shut() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.opened {
		return nil
	}
	if err := stopListening(d.ln); err != nil {
		return fmt.Errorf("stop listening on %s: %w", d.socket.hostAt, err)
	}
	<-d.stopped
	d.opened = false
	return nil
}

func (d *pumpDoor) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.ln.Close()
	if d.opened {
		<-d.stopped
		d.opened = false
	}
}

// accept takes connections until the socket stops listening.
func (d *pumpDoor) accept() {
	var pause time.Duration
	for {
		conn, err := d.ln.AcceptTCP()
		switch {
		case err == nil:
			pause = 0
			j := &joining{}
			if !d.socket.enter(j, conn.RemoteAddr().(*net.TCPAddr).AddrPort()) {
				reset(conn)
				continue
			}
			// The loop is a goroutine of the group, so the group is not over.
			d.plane.wg.Go(func() { serve(d.plane.ctx, j, conn) })
		case errors.Is(err, net.ErrClosed), errors.Is(err, syscall.EINVAL):
			return
		case errors.Is(err, syscall.ECONNABORTED):
		default:
			// Out of files or memory. The connection stays in the queue, so
			// trying again at once would spin until somebody gives one back.
			pause = d.socket.starved(pause, err)
			if !d.plane.wait(pause) {
				return
			}
		}
	}
}

// starved counts an accept that failed for want of files or memory, and says
// how long to leave it at that; pause is the answer of the last time, 0 if there
// was none.
func (s *tcpSocket) starved(pause time.Duration, err error) time.Duration {
	if pause == 0 {
		// A log may be a file, and in an annex its number means another one.
		p := s.front.plane
		p.wg.Go(func() {
			p.log.Warn("cannot accept a connection, waiting for open files to be closed", "key", s.front.key, "at", s.hostAt, "error", err)
		})
	}
	s.front.count.starved.Add(1)
	return min(max(2*pause, 5*time.Millisecond), time.Second)
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

// serve takes one connection from its judgement to its end.
func serve(ctx context.Context, j *joining, conn *net.TCPConn) {
	for {
		if end := j.judge(); end != "" {
			reset(conn)
			j.giveUp(end)
			return
		}
		server, err := j.dial(ctx)
		if err != nil {
			reset(conn)
			j.giveUp(EndConnectFailed)
			return
		}
		f := &pumped{link: j.link(addrOf(server)), client: conn, server: server.(*net.TCPConn)}
		f.carrier = f
		if j.front.admit(&f.link, j) {
			f.carry()
			f.over()
			return
		}
		reset(server)
	}
}

// dial joins a flow with a backend of its verdict: the one whose turn it is, or
// else the next one at once.
func (j *joining) dial(ctx context.Context) (net.Conn, error) {
	for ctx.Err() == nil && j.next() {
		conn, err := j.dialOne(ctx)
		if b := j.introduction(); err == nil && b != nil {
			if _, err = conn.Write(b); err != nil {
				reset(conn)
			}
		}
		if err == nil {
			j.front.plane.suspects.clear(targetOf(j.a.Backend))
			return conn, nil
		}
		j.failed(err)
	}
	if ctx.Err() != nil {
		j.err = ctx.Err()
	}
	return nil, j.err
}

func (j *joining) dialOne(ctx context.Context) (conn net.Conn, err error) {
	ctx, cancel := context.WithTimeout(ctx, j.timeout())
	defer cancel()
	b := j.a.Backend
	for range senderTries {
		conn, err = j.front.plane.net.Dial(ctx, string(j.a.Flow.Protocol), b.VPC, j.sender(), b.Addr)
		if err == nil || Code(err) != "no-port" {
			return conn, err
		}
	}
	return nil, err
}
