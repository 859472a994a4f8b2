package dataplane

import (
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// loopFlow is a connection that a loop carries. Side 0 is the client, 1 the
// backend; half 0 goes from the client to the backend, half 1 back.
type loopFlow struct {
	link
	loop   *loop
	fd     [2]int32
	slot   int32
	first  int8 // side that ended first, plus one
	queued bool // in the loop's again
	closed bool
	rests  uint8 // a bit for each direction that waits for its rate
	half   [2]half
	turns  *[2]turn // with the first rate
}

// half is one direction. It holds bytes only between a read and a write that
// did not take them all.
type half struct {
	chunk *chunk // copied, or
	pipe  *pipe  // spliced
	// thick counts reads in a row that brought much: then splicing is cheaper.
	thick    uint8
	readable bool // there may be something to read
	unsure   bool // and after a short read still: the end, or behind an urgent byte
	fin      bool // the end is behind what there is to read
	eof      bool // the end was read
	done     bool // and passed on
	blocked  bool // the other side takes nothing for now
	armed    bool // and epoll is asked to say when it does
}

// Below about 4 kB copying is cheaper than splicing, far above it splicing
// takes half the time. A flow has to show that it has much before it is spliced,
// and is until it shows that it has little.
const (
	copySize   = 64 << 10
	thickRead  = 16 << 10
	thickReads = 2
	thinRead   = 4 << 10

	watched = unix.EPOLLIN | unix.EPOLLPRI | unix.EPOLLRDHUP | unix.EPOLLET
)

var (
	closedBy = [2]string{EndClient, EndBackend}
	resetBy  = [2]string{EndClientReset, EndBackendReset}
)

func (f *loopFlow) counters(i int) (flow, front *atomic.Uint64) {
	if i == 0 {
		return &f.in, &f.front.count.in
	}
	return &f.out, &f.front.count.out
}

// begin watches both sides. What the client has sent by now is moved at once.
func (f *loopFlow) begin() {
	f.slot = f.loop.slot(f)
	for side, fd := range f.fd {
		if errno := f.loop.watch(fd, watched, f.slot<<1|int32(side)); errno != noErr {
			f.fail(EndStopped) // the kernel has no memory for it
			return
		}
	}
	f.half[0].readable = true
	f.move(0)
}

func (f *loopFlow) ready(side int32, events uint32) {
	h, back := &f.half[side], &f.half[1-side]
	if events&^unix.EPOLLOUT != 0 {
		h.readable = true
		h.unsure = h.unsure || events&^(unix.EPOLLIN|unix.EPOLLOUT) != 0
		h.fin = h.fin || events&unix.EPOLLRDHUP != 0
	}
	if events&(unix.EPOLLOUT|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		back.blocked = false
	}
	f.move(int(side))
	if back.holds() {
		f.move(int(1 - side))
	}
	// A side that is read will tell of its reset. Who looks at one that was
	// read to its end, or waits for the other one?
	waits := h.eof || h.blocked || f.rests&(1<<side) != 0
	if events&unix.EPOLLERR != 0 && !f.closed && waits && sysError(f.fd[side]) != noErr {
		f.fail(resetBy[side])
	}
}

// resume goes on with what was left after a turn.
func (f *loopFlow) resume() {
	f.queued = false
	f.move(0)
	f.move(1)
}

// move does what can be done in one direction.
func (f *loopFlow) move(i int) {
	h := &f.half[i]
	for left := turnBytes; !f.closed && !h.done; {
		if h.holds() && !f.flush(i) {
			f.giveBack(i, 0)
			return
		}
		switch {
		case h.eof:
			f.passEnd(i)
			return
		case !h.readable:
			f.loop.takeBack(h)
			return
		case left <= 0:
			if !f.queued {
				f.queued = true
				f.loop.again = append(f.loop.again, f)
			}
			return
		}
		n, most, splices := 0, copySize, h.thick >= thickReads && f.loop.lendPipe(h)
		if splices {
			most = pipeSize
		}
		if s := f.route.shaper(); s != nil {
			if most = f.may(s, i, most); most == 0 {
				return
			}
		} else if f.turns != nil {
			f.unshaped()
		}
		if splices {
			n = f.splice(i, most)
		} else {
			n = f.copy(i, most)
		}
		if left -= n; n < most {
			f.giveBack(i, most-n)
		}
	}
}

// may says how many of the bytes that a direction wants it may read now, and
// lets it rest if none.
func (f *loopFlow) may(s *shaper, i, want int) int {
	if f.turns == nil {
		f.turns = new([2]turn)
	}
	n := s.way[i].draw(&f.turns[i], want, 1)
	if n == 0 {
		if f.rests == 0 {
			f.loop.resting = append(f.loop.resting, f)
		}
		f.rests |= 1 << i
		f.loop.takeBack(&f.half[i])
	}
	return n
}

// giveBack returns what a direction may read and does not.
func (f *loopFlow) giveBack(i, unused int) {
	if f.turns != nil {
		f.route.through.own.way[i].back(&f.turns[i], unused)
	}
}

// unshaped leaves the buckets, whose rate was lifted.
func (f *loopFlow) unshaped() {
	f.giveBack(0, 0)
	f.giveBack(1, 0)
	f.turns = nil
}

// copy reads and writes once, at most so much, and answers how much it read.
func (f *loopFlow) copy(i, most int) int {
	h, buf := &f.half[i], f.loop.buf[:most]
	n, errno := sysRead(f.fd[i], buf)
	if !f.wasRead(i, n, errno) {
		return 0
	}
	if n < thickRead {
		h.thick = 0
	} else {
		h.thick = min(h.thick+1, thickReads)
	}
	if n < len(buf) {
		// A short read has emptied the socket: looking again would find
		// nothing, unless there was word of more.
		h.readable = h.unsure
	}
	var flags uintptr
	if h.fin && n < len(buf) {
		flags = unix.MSG_MORE // the next read finds the end, and both go as one
	}
	m, errno := sysSend(f.fd[1-i], buf[:n], flags)
	if f.wasWritten(i, m, errno) && m < n {
		h.chunk = f.loop.keep(buf[max(m, 0):n])
		f.wait(i)
	}
	return n
}

// splice moves from the socket into the pipe, at most so much; flush empties it.
func (f *loopFlow) splice(i, most int) int {
	h := &f.half[i]
	n, errno := sysSplice(f.fd[i], h.pipe.in, most)
	if h.unsure && (errno == unix.EAGAIN || errno == noErr && n == 0) {
		// At an urgent byte splice finds nothing or even an end, where a read
		// goes on. It also tells the true end.
		h.thick = 0
		return 0
	}
	if !f.wasRead(i, n, errno) {
		return 0
	}
	h.pipe.n = n
	if n < thinRead {
		h.thick = 0
	}
	return n
}

// wasRead says whether a read brought something.
func (f *loopFlow) wasRead(i, n int, errno unix.Errno) bool {
	h := &f.half[i]
	switch {
	case errno == unix.EAGAIN:
		h.readable, h.unsure = false, false
	case errno != noErr:
		f.fail(resetBy[i])
	case n == 0:
		h.eof = true
	default:
		return true
	}
	return false
}

// wasWritten counts what a write took, and says whether the flow lives on.
func (f *loopFlow) wasWritten(i, n int, errno unix.Errno) bool {
	switch errno {
	case noErr:
		flow, front := f.counters(i)
		flow.Add(uint64(n))
		front.Add(uint64(n))
	case unix.EAGAIN:
	default:
		f.fail(resetBy[1-i])
		return false
	}
	return true
}

func (h *half) holds() bool { return h.chunk != nil || h.pipe != nil && h.pipe.n > 0 }

// flush writes what is held, and says whether all of it went.
func (f *loopFlow) flush(i int) bool {
	h := &f.half[i]
	if h.blocked {
		return false
	}
	for h.holds() {
		var n int
		var errno unix.Errno
		if c := h.chunk; c != nil {
			n, errno = sysSend(f.fd[1-i], c.bytes(), 0)
		} else {
			n, errno = sysSplice(h.pipe.out, f.fd[1-i], h.pipe.n)
		}
		if !f.wasWritten(i, n, errno) {
			return false
		}
		if errno == unix.EAGAIN {
			f.wait(i)
			return false
		}
		if c := h.chunk; c == nil {
			h.pipe.n -= n
		} else if c.from += n; c.from == c.to {
			f.loop.drop(c)
			h.chunk = nil
		}
	}
	return true
}

// wait stops a direction until the other side takes bytes again.
func (f *loopFlow) wait(i int) {
	h, to := &f.half[i], 1-i
	h.blocked = true
	if !h.armed {
		h.armed = true
		_ = sysEpoll(f.loop.ep, unix.EPOLL_CTL_MOD, f.fd[to], watched|unix.EPOLLOUT, f.slot<<1|int32(to))
	}
}

// passEnd passes the end of a side on, and ends the flow with the second one.
func (f *loopFlow) passEnd(i int) {
	f.half[i].done = true
	f.loop.takeBack(&f.half[i])
	if f.first == 0 {
		f.first = int8(i) + 1
	}
	if f.half[1-i].done {
		// All bytes are in the kernel's hands, which delivers them after close.
		f.settle(closedBy[f.first-1])
		f.close(sysClose)
		return
	}
	if errno := sysShutdown(f.fd[1-i]); errno != noErr {
		f.fail(resetBy[1-i])
	}
}

// fail ends the flow in the loop.
func (f *loopFlow) fail(end string) {
	f.settle(end)
	f.close(sysReset)
}

func (f *loopFlow) cut() { f.loop.post(func() { f.close(sysReset) }) }

// stuck: the loop is told of resets.
func (f *loopFlow) stuck() string { return "" }

func (f *loopFlow) close(one func(int32)) {
	if f.closed {
		return
	}
	f.closed = true
	l := f.loop
	for side := range f.fd {
		h := &f.half[side]
		if h.chunk != nil {
			l.drop(h.chunk)
			h.chunk = nil
		}
		l.takeBack(h)
		f.giveBack(side, 0)
		one(f.fd[side])
	}
	l.leaveSlot(f.slot)
	l.live.Add(-1)
	f.link.over()
}
