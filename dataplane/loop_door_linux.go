package dataplane

import (
	"fmt"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"culvert.internal/reach"
)

// loopDoor is a door that every loop listens at: whichever has nothing else to
// do takes the next connection.
//
// One that has its file in an annex begins in the process's table too, where it
// is bound and told first what it is to be. Then the annex has it.
type loopDoor struct {
	engine *loops
	socket *tcpSocket
	annex  *annex // or nil
	fd     int32  // of the annex's table once moved; then only its loop looks at it

	mu     sync.Mutex // guards open, shut and close
	opened bool
	moved  bool
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
	all := e.all
	if d.annex, _ = s.berth.(*annex); d.annex != nil {
		all = []*loop{d.annex.loop}
		// What is lost on its way to a loop ends with a reset.
		_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	for _, l := range all {
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
	if err := d.do(listenOn); err != nil {
		return fmt.Errorf("listen on %s: %w", d.socket.hostAt, err)
	}
	d.opened = true
	for _, w := range d.loops {
		w.loop.post(w.list)
	}
	return nil
}

// do does something with the socket where its file is, and lets an annex have it
// afterwards.
func (d *loopDoor) do(fn func(fd int) error) error {
	if d.moved {
		return d.annex.do(func() error { return fn(int(d.fd)) })
	}
	if err := fn(int(d.fd)); err != nil {
		return err
	}
	return d.settle()
}

// settle lets an annex have the file.
func (d *loopDoor) settle() error {
	if d.annex == nil || d.moved {
		return nil
	}
	if err := d.annex.take(d); err != nil {
		_ = unlistenOn(int(d.fd)) // here nobody would accept
		return err
	}
	d.moved = true
	return nil
}

// shut needs no loop: one that accepts is told that nobody listens, and looks
// away.
func (d *loopDoor) shut() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.opened {
		return d.settle()
	}
	if err := d.do(unlistenOn); err != nil {
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
	if d.moved {
		_ = d.annex.do(func() error {
			d.loops[0].leave()
			sysClose(d.fd)
			return nil
		})
		return
	}
	if d.annex != nil {
		sysClose(d.fd)
		return
	}
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
			if a := w.door.annex; a != nil {
				a.handOn(w.door.socket, fd, client)
				continue
			}
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

// enterFrom begins with a client that came from an annex, or did not: then it
// was reset, and that is told.
func (l *loop) enterFrom(s *tcpSocket, fd int32, client inet4) {
	if fd < 0 {
		l.live.Add(-1)
		s.lost(client)
		return
	}
	_ = unix.SetsockoptLinger(int(fd), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{})
	l.enter(s, fd, client)
}

// lost reports a client for which there was no file.
func (s *tcpSocket) lost(client inet4) {
	s.front.count.starved.Add(1)
	s.front.turnAwayCrowded(s.front.begin(reach.TCP, s.vpc, s.at, client.addrPort()), crowd{limit: s.front.plane.most(), all: true})
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
