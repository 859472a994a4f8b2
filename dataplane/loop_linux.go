package dataplane

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// watcher is what a loop has in a slot: something with one or two files.
type watcher interface {
	// ready is called in the loop with the events of the file of a side.
	ready(side int32, events uint32)
}

// loop waits for its files and does what there is to do, in one goroutine. All
// but what post and the others' looks at live need is that goroutine's alone.
type loop struct {
	engine  *loops
	plane   *Plane
	ep      int32
	wake    int32  // an eventfd
	hatch   *hatch // files come in here; made with the first annex
	annexed bool   // an annex's: its files are in a table that ends with its thread

	// What the kernel gives back with an event is a slot and a side. A slot is
	// used again only when the events that may still name it are done with.
	slots       []watcher
	free, freed []int32

	mail struct {
		sync.Mutex
		jobs, spare []func()
		ended       bool
	}
	asleep atomic.Bool
	live   atomic.Int32 // flows, also those on their way to it or to a backend

	now     int64 // of this turn, nanoseconds on the monotonic clock
	timed   int64 // when what has a time was looked at last
	rested  int64 // when the processor was given away last
	quick   int   // turns in a row of one event that came soon
	again   []*loopFlow
	again2  []*loopFlow
	dials   map[*dialing]struct{} // that wait
	dialing *dialing              // of nobody now
	paused  map[*listening]struct{}
	resting []*loopFlow // that wait for their rate
	rested2 []*loopFlow

	buf    []byte
	chunks []*chunk
	pipes  []*pipe
	made   int   // pipes there are
	noPipe int64 // until then none is asked for: the kernel gave none

	packets *packets // with the first UDP port

	stopping bool
	events   [128]unix.EpollEvent
}

const (
	// grain is how exact the times of dials and pauses are.
	grain = 5 * time.Millisecond
	// spinFor is how long a loop looks for the next event without sleeping
	// while they come one by one and soon, as those of one conversation do:
	// being woken takes as long as the rest of the way.
	spinFor    = 50 * time.Microsecond
	quickTurns = 4
	// share is how long a loop that is busy keeps its processor from the rest of
	// the program.
	share = time.Millisecond
	// turnBytes is how much one direction of a flow may move before others
	// have their turn.
	turnBytes = 1 << 20
)

func newWake() (int32, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	return int32(fd), err
}

// newLoop makes a loop that wake wakes.
func newLoop(e *loops, wake int32) (*loop, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	l := &loop{
		engine: e, plane: e.plane, ep: int32(ep), wake: wake, buf: make([]byte, copySize),
		dials: map[*dialing]struct{}{}, paused: map[*listening]struct{}{},
	}
	if errno := l.watch(l.wake, unix.EPOLLIN|unix.EPOLLET, l.slot(waker{})<<1); errno != noErr {
		sysClose(l.ep)
		return nil, errno
	}
	return l, nil
}

func (l *loop) close() {
	if l.annexed {
		return
	}
	if l.hatch != nil {
		l.hatch.close()
	}
	for _, p := range l.pipes {
		p.close()
	}
	sysClose(l.ep)
	sysClose(l.wake)
}

// waker has nothing to do: that the loop has woken is all there is to it.
type waker struct{}

func (waker) ready(int32, uint32) {}

// post hands the loop something to do in its goroutine. A loop that has ended
// does nothing any more, and says so.
func (l *loop) post(job func()) bool {
	l.mail.Lock()
	if l.mail.ended {
		l.mail.Unlock()
		return false
	}
	l.mail.jobs = append(l.mail.jobs, job)
	l.mail.Unlock()
	if l.asleep.Swap(false) {
		_, _ = unix.Write(int(l.wake), []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
	return true
}

// run works until it is stopped and everything it had has ended.
func (l *loop) run() {
	for {
		l.deliver()
		if l.stopping && l.live.Load() == 0 && l.leave() {
			break
		}
		n := l.wait()
		l.now = monotonic()
		for i := range n {
			ev := &l.events[i]
			if w := l.slots[ev.Fd>>1]; w != nil {
				w.ready(ev.Fd&1, ev.Events)
			}
		}
		l.free = append(l.free, l.freed...)
		l.freed = l.freed[:0]
		l.again, l.again2 = l.again2[:0], l.again
		for _, f := range l.again2 {
			f.resume()
		}
		if l.now-l.rested >= int64(share) {
			// The rest of the program has its turn on this processor too.
			l.rested = l.now
			runtime.Gosched()
		}
		if l.now-l.timed >= int64(grain) {
			l.timed = l.now
			l.lookAtTimes()
		}
	}
	l.close()
}

func (l *loop) deliver() {
	l.mail.Lock()
	jobs := l.mail.jobs
	l.mail.jobs, l.mail.spare = l.mail.spare[:0], nil
	l.mail.Unlock()
	if len(jobs) > 0 {
		l.now = monotonic()
	}
	for _, job := range jobs {
		job()
	}
	clear(jobs)
	l.mail.Lock()
	l.mail.spare = jobs
	l.mail.Unlock()
}

// leave says whether nothing came meanwhile; then nothing comes any more.
func (l *loop) leave() bool {
	l.mail.Lock()
	defer l.mail.Unlock()
	l.mail.ended = len(l.mail.jobs) == 0
	return l.mail.ended
}

func (l *loop) hasMail() bool {
	l.mail.Lock()
	defer l.mail.Unlock()
	return len(l.mail.jobs) > 0
}

// wait fetches events. It sleeps only when there is nothing at all to do.
func (l *loop) wait() int {
	if n := sysEpollWait(l.ep, l.events[:]); n > 0 || len(l.again) > 0 {
		if n > 1 {
			l.quick = 0
		}
		return n
	}
	if n := l.spin(); n > 0 {
		return n
	}
	// Whoever else is to run does so first, and what it sends is here when it
	// has: without a sleep, and nobody has had to wake us.
	sysYield()
	if n := sysEpollWait(l.ep, l.events[:]); n > 0 {
		return n
	}
	timeout := -1
	if len(l.dials)+len(l.paused)+len(l.resting) > 0 {
		timeout = int(grain / time.Millisecond)
	}
	l.asleep.Store(true)
	if l.hasMail() {
		l.asleep.Store(false)
		return 0
	}
	slept := monotonic()
	n, err := unix.EpollWait(int(l.ep), l.events[:], timeout)
	l.asleep.Store(false)
	l.rested = monotonic()
	if err != nil {
		if !errors.Is(err, unix.EINTR) {
			panic("dataplane: epoll_wait: " + err.Error())
		}
		return 0
	}
	if n == 1 && l.rested-slept < int64(2*spinFor) {
		l.quick++
	} else {
		l.quick = 0
	}
	return n
}

// spin looks for an event without sleeping, if that is likely to come soon.
func (l *loop) spin() int {
	if l.quick < quickTurns || !l.engine.spins.CompareAndSwap(false, true) {
		return 0
	}
	defer l.engine.spins.Store(false)
	l.asleep.Store(true) // mail wakes by an event too
	defer l.asleep.Store(false)
	for until := monotonic() + int64(spinFor); monotonic() < until; {
		if n := sysEpollWait(l.ep, l.events[:]); n > 0 {
			if n > 1 {
				l.quick = 0
			}
			return n
		}
	}
	l.quick = 0
	return 0
}

// slot gives a watcher a slot.
func (l *loop) slot(w watcher) int32 {
	if n := len(l.free); n > 0 {
		at := l.free[n-1]
		l.free = l.free[:n-1]
		l.slots[at] = w
		return at
	}
	l.slots = append(l.slots, w)
	return int32(len(l.slots) - 1)
}

func (l *loop) leaveSlot(at int32) {
	l.slots[at] = nil
	l.freed = append(l.freed, at)
}

func (l *loop) watch(fd int32, events uint32, data int32) unix.Errno {
	return sysEpoll(l.ep, unix.EPOLL_CTL_ADD, fd, events, data)
}

// lookAtTimes does what is due.
func (l *loop) lookAtTimes() {
	for d := range l.dials {
		if l.now >= d.deadline {
			d.expire()
		}
	}
	for w := range l.paused {
		if l.now >= w.until {
			delete(l.paused, w)
			w.list()
		}
	}
	l.resting, l.rested2 = l.rested2[:0], l.resting
	for _, f := range l.rested2 {
		f.rests = 0
		f.move(0)
		f.move(1)
	}
	clear(l.rested2)
}

// stop ends what is being connected. The flows are cut by their fronts.
func (l *loop) stop() {
	l.stopping = true
	for d := range l.dials {
		d.expire()
	}
}
