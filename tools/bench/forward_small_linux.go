package main

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// call is a connection with one message under way.
type call struct {
	number   uint64
	out, in  message
	received int
	fd       int
	sent     bool
}

// begin sends the next message.
func (c *call) begin() error {
	c.number++
	c.out.set(c.number)
	c.received = 0
	if n, errno := sendNow(c.fd, c.out[:]); errno != 0 {
		return fmt.Errorf("send a message: %w", errno)
	} else if n != len(c.out) {
		return fmt.Errorf("only %d bytes of a message went out", n)
	}
	return nil
}

// read takes what has come of the answer, and answers whether that is all of
// it. The end of a connection is io.EOF's work here too: 0 bytes.
func (c *call) read() (all, end bool, err error) {
	n, errno := recvNow(c.fd, c.in[c.received:])
	switch {
	case errno == unix.EAGAIN || errno == unix.EINTR:
		return false, false, nil
	case errno != 0:
		return false, false, fmt.Errorf("receive a message: %w", errno)
	case n == 0:
		return false, true, nil
	}
	c.received += n
	return c.received == len(c.in), false, nil
}

// pingPong sends messages and waits for each to come back: over one connection
// as somebody does who waits for it, over many as they become ready.
func pingPong(o order) (done, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	how := unix.SOCK_NONBLOCK
	if o.Streams == 1 {
		how = 0
	}
	var calls []*call
	defer func() {
		for _, c := range calls {
			_ = unix.Close(c.fd)
		}
	}()
	for i := range o.Streams {
		// Connections are made one after the other, waiting.
		fd, err := dialTCP(o.Sources[i%len(o.Sources)], netip.AddrPortFrom(o.At, portEcho), 0, o.Congestion)
		if err != nil {
			return done{}, err
		}
		calls = append(calls, &call{fd: fd, number: uint64(i) << 40})
		if err := unix.SetNonblock(fd, how != 0); err != nil {
			return done{}, err
		}
	}
	if o.Streams == 1 {
		return one(calls[0], o.For)
	}
	return many(calls, o.For)
}

// one is the loop of a single connection.
func one(c *call, d time.Duration) (done, error) {
	wait := unix.NsecToTimeval((5 * time.Second).Nanoseconds())
	if err := unix.SetsockoptTimeval(c.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return done{}, err
	}
	var result done
	took := make([]time.Duration, 0, 1<<20)
	began := time.Now()
	for now := began; now.Sub(began) < d+warmUp; {
		if err := c.begin(); err != nil {
			return result, err
		}
		for c.received < len(c.in) {
			n, err := unix.Read(c.fd, c.in[c.received:])
			if errors.Is(err, unix.EINTR) {
				continue
			}
			if n == 0 || err != nil {
				return result, fmt.Errorf("no answer to a message: %w", errors.Join(err, errEnd))
			}
			c.received += n
		}
		then := now
		now = time.Now()
		result.Count++
		if c.in != c.out {
			result.Wrong++
		}
		if then.Sub(began) > warmUp {
			took = append(took, now.Sub(then))
		}
	}
	result.PerSecond = float64(len(took)) / d.Seconds()
	result.P50, result.P99 = percentiles(took)
	return result, nil
}

var errEnd = errors.New("the connection ended")

// many is the loop of several connections, on one thread.
func many(calls []*call, d time.Duration) (done, error) {
	var result done
	poll, err := newPoller()
	if err != nil {
		return result, err
	}
	defer poll.close()
	byFD := make([]*call, 1<<16)
	for _, c := range calls {
		byFD[c.fd] = c
		if err := errors.Join(poll.add(c.fd, unix.EPOLLIN), c.begin()); err != nil {
			return result, err
		}
	}
	began, last := time.Now(), time.Now()
	var before int64
	from := time.Time{}
	for now := began; ; now = time.Now() {
		if from.IsZero() && now.Sub(began) >= warmUp {
			from, before = now, result.Count
		}
		if !from.IsZero() && now.Sub(from) >= d {
			result.PerSecond = float64(result.Count-before) / now.Sub(from).Seconds()
			return result, nil
		}
		events, err := poll.wait(100 * time.Millisecond)
		if err != nil {
			return result, err
		}
		if len(events) > 0 {
			last = now
		} else if now.Sub(last) > 5*time.Second {
			return result, errors.New("no answer to any message for 5 s")
		}
		for _, e := range events {
			c := byFD[e.Fd]
			all, end, err := c.read()
			if err != nil || end {
				return result, errors.Join(err, errEnd)
			}
			if !all {
				continue
			}
			result.Count++
			if c.in != c.out {
				result.Wrong++
			}
			if err := c.begin(); err != nil {
				return result, err
			}
		}
	}
}
