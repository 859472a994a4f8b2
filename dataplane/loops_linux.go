package dataplane

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
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

	once  sync.Once
	err   error
	all   []*loop
	null  int           // a file that is nothing, see loopDoor.close
	spins atomic.Bool   // one loop spins at a time
	ports atomic.Uint32 // UDP ports made so far
}

// start makes the loops with the first door: a plane that carries nothing has
// none.
func (e *loops) start() error {
	e.once.Do(func() {
		if e.null, e.err = unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0); e.err != nil {
			return
		}
		for range runtime.NumCPU() {
			l, err := newLoop(e)
			if err != nil {
				e.err = fmt.Errorf("make an epoll loop: %w", err)
				break
			}
			e.all = append(e.all, l)
		}
		for _, l := range e.all {
			e.plane.wg.Go(l.run)
		}
	})
	return e.err
}

func (e *loops) stop() {
	e.once.Do(func() { e.err = ErrStopped })
	for _, l := range e.all {
		l.post(l.stop)
	}
	if len(e.all) > 0 {
		e.plane.wg.Go(func() {
			for _, l := range e.all {
				<-l.ended
			}
			_ = unix.Close(e.null)
		})
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
