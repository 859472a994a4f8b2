package dataplane

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// annex holds the files of TCP ports for which the process's own table has no
// room: a thread with a table of files of its own, and a loop on it that only
// listens. A number of a file means something else there than everywhere else,
// so all that is done with the files of an annex is done by its loop, with bare
// system calls. What it accepts it hands to the other loops; of flows it keeps
// nothing, so that their files are in one table, as everything else is.
type annex struct {
	engine *loops
	loop   *loop
	ports  int // guarded by the engine's mu
}

// annexOwn are the files an annex keeps for itself: those of the Go runtime, its
// epoll, its hatch, what has just been accepted. What it reaches the loops by comes
// on top.
const annexOwn = 48

// leave gives up the room of a port.
func (a *annex) leave() {
	a.engine.mu.Lock()
	defer a.engine.mu.Unlock()
	a.ports--
}

// berth takes room for the file of a port: in an annex if there is to be one.
// Where the system has none, everything is in one table as long as that lasts.
func (e *loops) berth(aside bool) (berth, error) {
	if aside && !e.noAnnex.Load() {
		a, err := e.annex()
		if err == nil {
			return a, nil
		}
		if errors.Is(err, errNoTable) {
			e.noAnnex.Store(true)
			e.plane.log.Warn("no table of files can be made beside the process's own, so that the limit of open files bounds the ports", "error", err)
		}
	}
	return e.plane.files.takePort()
}

// annex takes room for one more port in one of the annexes.
func (e *loops) annex() (*annex, error) {
	if err := e.start(); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, a := range e.annexes {
		if a.ports < e.plane.files.most-annexOwn-2*len(e.all) {
			a.ports++
			return a, nil
		}
	}
	a := &annex{engine: e, ports: 1}
	if err := a.begin(); err != nil {
		return nil, err
	}
	e.annexes = append(e.annexes, a)
	return a, nil
}

// begin starts the annex's thread. It is called with the engine's lock.
func (a *annex) begin() error {
	keep, err := a.engine.runtimeFiles()
	if err != nil {
		return err
	}
	for _, l := range a.engine.all {
		if l.hatch == nil {
			if l.hatch, err = newHatch(); err != nil {
				return err
			}
		}
		keep = append(keep, l.hatch.in, l.wake)
	}
	h, err := newHatch()
	if err != nil {
		return err
	}
	wake, err := newWake()
	if err != nil {
		h.close()
		return err
	}
	made := make(chan error)
	ended := onOwnThread(func() {
		l, err := a.move(append(keep, h.out, wake), wake)
		if err == nil {
			l.hatch, a.loop = h, l
		}
		made <- err
		if err == nil {
			l.run()
		}
	})
	err = <-made
	sysClose(h.out) // the annex has its own by now
	a.engine.plane.wg.Go(func() {
		<-ended
		sysClose(h.in)
		sysClose(wake)
	})
	return err
}

// errNoTable is what this system will always say.
var errNoTable = errors.New("make a table of files")

// move gives the thread a table of its own and makes its loop.
func (a *annex) move(keep []int32, wake int32) (*loop, error) {
	if err := ownTable(keep); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoTable, err)
	}
	l, err := newLoop(a.engine, wake)
	if err == nil {
		l.annexed = true
	}
	return l, err
}

// onOwnThread runs fn on a thread that nothing else ever runs on and that ends
// with it, and with its table of files. It is never the first one, which does
// not end, and whose table is what the system shows as the process's.
func onOwnThread(fn func()) (ended <-chan struct{}) {
	end := make(chan struct{})
	go func() {
		defer close(end)
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// Held until the end, the next goroutine cannot get it.
			defer runtime.UnlockOSThread()
			<-onOwnThread(fn)
			return
		}
		fn() // and no unlocking
	}()
	return end
}

// take moves a port's socket into the annex. What is asked of the door from now
// on comes after it.
func (a *annex) take(d *loopDoor) error {
	fd := d.fd
	d.fd = -1
	err := a.loop.hand(fd, func(got int32) {
		if d.fd = got; got < 0 {
			l := a.engine.plane.log
			a.engine.plane.wg.Go(func() { l.Error("a port was lost on its way into an annex", "at", d.socket.hostAt) })
		}
	})
	if err != nil {
		d.fd = fd
		return err
	}
	sysClose(fd)
	return nil
}

// do runs a job in the annex's loop and waits for it.
func (a *annex) do(job func() error) error {
	done := make(chan error, 1)
	if !a.loop.post(func() { done <- job() }) {
		return ErrStopped
	}
	select {
	case err := <-done:
		return err
	case <-a.engine.plane.ctx.Done():
		return ErrStopped
	}
}

// handOn gives a connection to the loop that has the least to carry. Until the
// loop has it, its end is a reset, see take and enterFrom.
func (a *annex) handOn(s *tcpSocket, fd int32, client inet4) {
	l := a.engine.all[0]
	for _, o := range a.engine.all[1:] {
		if o.live.Load() < l.live.Load() {
			l = o
		}
	}
	l.live.Add(1)
	err := l.hand(fd, func(got int32) { l.enterFrom(s, got, client) })
	sysClose(fd)
	if err != nil {
		l.live.Add(-1)
		s.lost(client)
	}
}
