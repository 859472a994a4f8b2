package dataplane

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

func newEngine(p *Plane) engine {
	if p.opt.Portable {
		return pumps{p}
	}
	return &loops{plane: p}
}

// loops is the engine of Linux: one epoll loop per processor, and everything
// that a loop carries belongs to it alone. No connection has a goroutine, and
// none has a buffer while it is idle.
type loops struct {
	plane *Plane

	mu      sync.Mutex // guards the making of all and annexes
	all     []*loop
	annexes []*annex
	noAnnex atomic.Bool   // the system makes none
	spins   atomic.Bool   // one loop spins at a time
	ports   atomic.Uint32 // UDP ports made so far
}

// start makes the loops with the first door: a plane that carries nothing has
// none. It is not called once the plane stops.
func (e *loops) start() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.all) > 0 {
		return nil
	}
	var made []*loop
	for range runtime.NumCPU() {
		l, err := e.newLoop()
		if err != nil {
			for _, l := range made {
				l.close()
			}
			return fmt.Errorf("make an epoll loop: %w", err)
		}
		made = append(made, l)
	}
	e.all = made
	for _, l := range e.all {
		e.plane.wg.Go(l.run)
	}
	return nil
}

func (e *loops) newLoop() (*loop, error) {
	wake, err := newWake()
	if err != nil {
		return nil, err
	}
	l, err := newLoop(e, wake)
	if err != nil {
		sysClose(wake)
	}
	return l, err
}

func (e *loops) stop() {
	for _, a := range e.annexes {
		a.loop.post(a.loop.stop)
	}
	for _, l := range e.all {
		l.post(l.stop)
	}
}

// leave has every one of some loops do its last job for a file, and then closes
// it. It waits for that, so that the file's port can be bound again; not when
// the plane stops, where nobody does.
func (e *loops) leave(fd int32, jobs map[*loop]func()) {
	var left atomic.Int32
	left.Store(int32(len(jobs)))
	gone := make(chan struct{})
	one := func() {
		if left.Add(-1) == 0 {
			sysClose(fd)
			close(gone)
		}
	}
	for l, job := range jobs {
		if !l.post(func() { job(); one() }) {
			one()
		}
	}
	select {
	case <-gone:
	case <-e.plane.ctx.Done():
	}
}

// least is the loop that should have the next connection that l accepted: l
// itself, unless another one has clearly less to carry.
func (e *loops) least(l *loop) *loop {
	mine := l.live.Load()
	for _, o := range e.all {
		if theirs := o.live.Load(); 2*theirs+4 < mine {
			l, mine = o, theirs
		}
	}
	return l
}
