package main

import (
	"errors"
	"net/netip"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// visitor makes short connections, some at a time, on one thread: connect,
// send a message, read it back, read the end, close. The backend closes first.
type visitor struct {
	order  order
	poll   *poller
	byFD   []*call
	next   int
	live   int
	result done
}

func connects(o order) (done, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	poll, err := newPoller()
	if err != nil {
		return done{}, err
	}
	defer poll.close()
	v := &visitor{order: o, poll: poll, byFD: make([]*call, 1<<16)}
	defer func() {
		for _, c := range v.byFD {
			if c != nil {
				_ = unix.Close(c.fd)
			}
		}
	}()
	err = v.run()
	return v.result, err
}

func (v *visitor) run() error {
	began := time.Now()
	from, before, last := time.Time{}, int64(0), began
	for now := began; ; now = time.Now() {
		if from.IsZero() && now.Sub(began) >= warmUp {
			from, before = now, v.result.Count
		}
		if !from.IsZero() && now.Sub(from) >= v.order.For {
			v.result.PerSecond = float64(v.result.Count-before) / now.Sub(from).Seconds()
			return nil
		}
		for v.live < v.order.Streams {
			if err := v.dial(); err != nil {
				return err
			}
		}
		events, err := v.poll.wait(100 * time.Millisecond)
		if err != nil {
			return err
		}
		if len(events) > 0 {
			last = now
		} else if now.Sub(last) > 5*time.Second {
			return errors.New("no connection goes on for 5 s")
		}
		for _, e := range events {
			if c := v.byFD[e.Fd]; c != nil {
				v.turn(c)
			}
		}
	}
}

// dial begins the next connection.
func (v *visitor) dial() error {
	o := v.order
	v.next++
	fd, err := dialTCP(o.Sources[v.next%len(o.Sources)], netip.AddrPortFrom(o.At, portAnswer), unix.SOCK_NONBLOCK, o.Congestion)
	if err != nil {
		return err // also when there are no ports left
	}
	c := &call{fd: fd, number: uint64(v.next) << 20}
	v.byFD[fd] = c
	v.live++
	// On one machine it is mostly there already.
	events := uint32(unix.EPOLLIN)
	if err := c.begin(); errors.Is(err, unix.EAGAIN) {
		events = unix.EPOLLOUT
	} else if err != nil {
		v.over(c, false)
		return nil
	}
	c.sent = events == unix.EPOLLIN
	return v.poll.add(fd, events)
}

// turn goes on with a connection that is ready.
func (v *visitor) turn(c *call) {
	if !c.sent {
		c.sent = true
		if c.begin() != nil || v.poll.change(c.fd, unix.EPOLLIN) != nil {
			v.over(c, false)
		}
		return
	}
	if c.received == len(c.in) {
		var more message // which must not come
		n, errno := recvNow(c.fd, more[:])
		if errno != unix.EAGAIN && errno != unix.EINTR {
			v.over(c, errno == 0 && n == 0)
		}
		return
	}
	all, end, err := c.read()
	switch {
	case err != nil || end:
		v.over(c, false)
	case all:
		v.turn(c) // the end has often come with it
	}
}

// over counts a connection. One without its whole answer is lost.
func (v *visitor) over(c *call, well bool) {
	switch {
	case !well:
		v.result.Lost++
	case c.in != c.out:
		v.result.Wrong++
	default:
		v.result.Count++
	}
	v.live--
	v.byFD[c.fd] = nil
	_ = unix.Close(c.fd)
}
