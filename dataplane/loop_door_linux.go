package dataplane

import (
	"fmt"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// loopDoor is a door that every loop listens at: whichever has nothing else to
// do takes the next connection.
type loopDoor struct {
	engine *loops
	socket *tcpSocket
	fd     int32

	mu     sync.Mutex // guards open, shut and close
	opened bool
	loops  []*listening
}

// listening is a loop at a door. It is the loop's own.
type listening struct {
	loop   *loop
	door   *loopDoor
	slot   int32
	listed bool // with epoll
	pause  time.Duration
	until  int64 // of the pause
}

func (e *loops) tcp(s *tcpSocket, sock *os.File) (door, error) {
	fd, err := e.own(sock, s.at)
	if err != nil {
		return nil, err
	}
	tune(fd)
	keepAlive(fd)
	d := &loopDoor{engine: e, socket: s, fd: int32(fd)}
	for _, l := range e.all {
		d.loops = append(d.loops, &listening{loop: l, door: d, slot: -1})
	}
	return d, nil
}

// own takes a port's socket out of the hands of Go's own poller, for loops that
// are there from then on.
func (e *loops) own(sock *os.File, at netip.AddrPort) (fd int, err error) {
	defer sock.Close()
	if err := e.start(); err != nil {
		return -1, err
	}
	err = control(sock, func(s int) error {
		fd, err = unix.FcntlInt(uintptr(s), unix.F_DUPFD_CLOEXEC, 3)
		return err
	})
	if err != nil {
		return -1, fmt.Errorf("take over the socket of %s: %w", at, err)
	}
	return fd, nil
}

func (d *loopDoor) open() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.opened {
		return nil
	}
	if err := listenOn(int(d.fd)); err != nil {
		return fmt.Errorf("listen on %s: %w", d.socket.hostAt, err)
	}
	d.opened = true
	for _, w := range d.loops {
		w.loop.post(w.list)
	}
	return nil
}

// shut needs no loop: one that accepts is told that nobody listens, and looks
// away.
func (d *loopDoor) shut() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.opened {
		return nil
	}
	if err := unlistenOn(int(d.fd)); err != nil {
		return fmt.Errorf("stop listening on %s: %w", d.socket.hostAt, err)
	}
	d.opened = false
	return nil
}

// close closes the socket when every loop has looked away: another file of its
// number would be accepted from.
func (d *loopDoor) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opened = false
	jobs := make(map[*loop]func(), len(d.loops))
	for _, w := range d.loops {
		jobs[w.loop] = w.leave
	}
	d.engine.leave(d.fd, jobs)
}

// list waits for connections, with as many other loops as there are, of which
// one is woken for each.
func (w *listening) list() {
	if w.slot < 0 {
		w.slot = w.loop.slot(w)
	}
	errno := w.loop.watch(w.door.fd, unix.EPOLLIN|unix.EPOLLEXCLUSIVE, w.slot<<1)
	switch errno {
	case noErr, unix.EEXIST:
		w.listed = true
	default:
		w.rest(errno)
	}
}

// rest looks away for a while, because the kernel lacks what it needs to go on.
// Connections stay in the queue, so looking again at once would spin until
// somebody gives something back.
func (w *listening) rest(errno unix.Errno) {
	w.pause = w.door.socket.starved(w.pause, errno)
	w.until = monotonic() + int64(w.pause)
	w.unlist()
	w.loop.paused[w] = struct{}{}
}

func (w *listening) unlist() {
	if w.listed {
		_ = sysEpoll(w.loop.ep, unix.EPOLL_CTL_DEL, w.door.fd, 0, 0)
		w.listed = false
	}
}

func (w *listening) leave() {
	w.unlist()
	delete(w.loop.paused, w)
	if w.slot >= 0 {
		w.loop.leaveSlot(w.slot)
		w.slot = -1
	}
}

// acceptTurn bounds how many connections are accepted before others have their
// turn.
const acceptTurn = 16

func (w *listening) ready(int32, uint32) {
	for range acceptTurn {
		fd, client, errno := sysAccept(w.door.fd)
		switch errno {
		case noErr:
			w.pause = 0
			w.door.engine.least(w.loop).take(w.loop, w.door.socket, fd, client)
		case unix.EAGAIN:
			return
		case unix.ECONNABORTED, unix.EINTR:
		case unix.EINVAL: // nobody listens any more
			w.unlist()
			return
		default:
			w.rest(errno)
			return
		}
	}
}

// take begins with a client in the loop, which another one may have accepted.
func (l *loop) take(by *loop, s *tcpSocket, fd int32, client inet4) {
	l.live.Add(1)
	switch {
	case l == by:
		l.enter(s, fd, client)
	case !l.post(func() { l.enter(s, fd, client) }): // the plane stops
		sysReset(fd)
		l.live.Add(-1)
	}
}

func (l *loop) enter(s *tcpSocket, fd int32, client inet4) {
	d := l.dialing
	if d == nil {
		d = &dialing{}
	}
	l.dialing = nil
	if s.enter(&d.joining, client.addrPort()) {
		d.loop, d.client, d.fd, d.slot = l, fd, -1, -1
		if d.judge() {
			d.run()
		}
	} else {
		sysReset(fd)
		l.live.Add(-1)
	}
	if _, waits := l.dials[d]; !waits {
		l.dialing = d // most are done by now, and the next one needs no other
	}
}
