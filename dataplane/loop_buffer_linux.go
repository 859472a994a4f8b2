package dataplane

import (
	"time"

	"golang.org/x/sys/unix"
)

// chunk is what one read brought and no write took yet.
type chunk struct {
	data     [copySize]byte
	from, to int
}

func (c *chunk) bytes() []byte { return c.data[c.from:c.to] }

// spareChunks bounds the chunks a loop keeps for the next flow that needs one.
const spareChunks = 16

// keep takes bytes out of the loop's buffer.
func (l *loop) keep(b []byte) *chunk {
	var c *chunk
	if n := len(l.chunks); n > 0 {
		c, l.chunks = l.chunks[n-1], l.chunks[:n-1]
	} else {
		c = &chunk{}
	}
	c.from, c.to = 0, copy(c.data[:], b)
	return c
}

func (l *loop) drop(c *chunk) {
	if len(l.chunks) < spareChunks {
		l.chunks = append(l.chunks, c)
	}
}

// pipe is a way for pages from one socket to another that no process sees.
type pipe struct {
	in, out int32
	n       int // bytes in it
}

// pipeSize is how much a pipe takes; mostPipes bounds those of all loops, because
// each is two files, and the kernel gives a user without rights 64 of this size.
// A flow that gets none is copied, and where the kernel gives none it is not
// asked again for a while.
const (
	pipeSize   = 1 << 20
	mostPipes  = 64
	sparePipes = 8
	pipeRest   = time.Second
)

// lendPipe gives a direction a pipe, if it has none and there is one.
func (l *loop) lendPipe(h *half) bool {
	if h.pipe != nil {
		return true
	}
	if n := len(l.pipes); n > 0 {
		h.pipe, l.pipes = l.pipes[n-1], l.pipes[:n-1]
		return true
	}
	if l.made >= max(mostPipes/len(l.engine.all), 2) || l.now < l.noPipe {
		return false
	}
	p, err := newPipe()
	if err != nil {
		l.noPipe = l.now + int64(pipeRest)
		return false
	}
	l.made++
	h.pipe = p
	return true
}

func newPipe() (*pipe, error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
		return nil, err
	}
	p := &pipe{in: int32(fds[1]), out: int32(fds[0])}
	if _, err := unix.FcntlInt(uintptr(p.in), unix.F_SETPIPE_SZ, pipeSize); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// takeBack takes a direction's pipe back. One that is not empty is of no use to
// anybody else.
func (l *loop) takeBack(h *half) {
	p := h.pipe
	h.pipe = nil
	switch {
	case p == nil:
	case p.n > 0 || len(l.pipes) >= sparePipes:
		p.close()
		l.made--
	default:
		l.pipes = append(l.pipes, p)
	}
}

func (p *pipe) close() {
	sysClose(p.in)
	sysClose(p.out)
}
