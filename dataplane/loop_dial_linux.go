package dataplane

import (
	"cmp"
	"context"
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"
)

// dialing is a client on its way to a backend. Most connects are done when they
// are begun; it waits in the loop's dials for the others.
type dialing struct {
	joining
	loop     *loop
	client   int32
	fd       int32 // to the backend, or -1
	slot     int32 // while it waits, or -1
	deadline int64
	to       netip.AddrPort // on the host
	own      inet4          // of the socket that is connected
	second   bool           // it is where Network.Elsewhere said
}

var errWait = errors.New("the connect has not been decided yet")

// judge says whether the client may go on; if not, it has been turned away.
func (d *dialing) judge() bool {
	end := d.joining.judge()
	if end != "" {
		d.turnAway(end)
	}
	return end == ""
}

func (d *dialing) turnAway(end string) {
	sysReset(d.client)
	d.loop.live.Add(-1)
	d.giveUp(end)
}

// run tries one backend after the other until one is connected, or has to be
// waited for, or none is left.
func (d *dialing) run() {
	for !d.loop.stopping && d.next() {
		d.second = false
		d.deadline = d.loop.now + int64(d.timeout())
		if d.decided(d.connect()) {
			return
		}
	}
	if d.loop.stopping {
		d.err = context.Canceled
	}
	d.turnAway(EndConnectFailed)
}

// decided acts on how a connect went, and says whether nothing is left to be
// tried for now.
func (d *dialing) decided(err error) bool {
	if errors.Is(err, unix.ECONNREFUSED) && !d.second {
		var ok bool
		if d.to, ok = d.front.plane.net.Elsewhere("tcp", d.a.Backend.VPC, d.a.Backend.Addr); ok {
			d.second = true
			if moved := d.connect(); moved == nil || errors.Is(moved, errWait) {
				err = moved
			}
		}
	}
	if err == nil {
		err = d.introduce()
	}
	switch {
	case err == nil:
		d.front.plane.suspects.clear(targetOf(d.a.Backend))
		if d.join() {
			return true
		}
		// Something changed since the verdict.
		return !d.judge()
	case errors.Is(err, errWait):
		d.loop.dials[d] = struct{}{}
		return true
	}
	d.failed(err)
	return false
}

// introduce tells the backend who is calling. A socket that is new takes it
// whole.
func (d *dialing) introduce() error {
	b := d.introduction()
	if b == nil {
		return nil
	}
	n, errno := sysSend(d.fd, b, 0)
	if errno == noErr && n == len(b) {
		return nil
	}
	d.hangUp()
	return cmp.Or(errno, unix.ENOBUFS)
}

// connect begins a connect, and ends it if that takes no time.
func (d *dialing) connect() error {
	for tries := 1; ; tries++ {
		err := d.begin()
		if err == nil || errors.Is(err, errWait) {
			return err
		}
		d.hangUp()
		if Code(err) != "no-port" || tries == senderTries {
			return err
		}
	}
}

func (d *dialing) begin() error {
	b := d.a.Backend
	fd, host, err := d.front.plane.net.Open("tcp", b.VPC, d.sender(), b.Addr)
	if err != nil {
		return err
	}
	d.fd = int32(fd)
	if !d.second {
		d.to = host
	}
	tune(fd)
	to := inet4Of(d.to)
	errno := sysConnect(d.fd, to)
	if errno == unix.EINPROGRESS {
		// On this host it is decided by now, which only a second call tells.
		errno = sysConnect(d.fd, to)
	}
	switch errno {
	case noErr, unix.EISCONN:
		return d.itself()
	case unix.EALREADY, unix.EINPROGRESS:
		d.slot = d.loop.slot(d)
		if errno := d.loop.watch(d.fd, unix.EPOLLOUT|unix.EPOLLET, d.slot<<1); errno != noErr {
			return errno
		}
		return errWait
	}
	return errno
}

// itself finds a socket that the kernel joined with itself, because nobody
// listens and it happened to choose the port that was dialled.
func (d *dialing) itself() error {
	if d.own = sysName(d.fd); d.own == inet4Of(d.to) {
		return unix.ECONNREFUSED
	}
	return nil
}

// hangUp gives the connect up.
func (d *dialing) hangUp() {
	if d.slot >= 0 {
		d.loop.leaveSlot(d.slot)
		d.slot = -1
	}
	if d.fd >= 0 {
		sysReset(d.fd)
		d.fd = -1
	}
	delete(d.loop.dials, d)
}

// ready is called when a connect that was waited for has been decided.
func (d *dialing) ready(int32, uint32) {
	var err error
	switch errno := sysError(d.fd); {
	case errno != noErr:
		err = errno
	case sysConnect(d.fd, inet4Of(d.to)) == unix.EALREADY:
		return // not yet
	default:
		err = d.itself()
	}
	if err != nil {
		d.hangUp()
	}
	d.goOn(err)
}

// expire ends a connect whose time is up, or the loop's.
func (d *dialing) expire() {
	d.hangUp()
	d.goOn(context.DeadlineExceeded)
}

func (d *dialing) goOn(err error) {
	delete(d.loop.dials, d)
	if !d.decided(err) {
		d.run()
	}
}

// join makes the flow, unless something changed since its verdict.
func (d *dialing) join() bool {
	l := d.loop
	f := &loopFlow{link: d.link(d.own.addrPort()), loop: l, fd: [2]int32{d.client, d.fd}}
	f.carrier = f
	if !d.front.admit(&f.link, &d.joining) {
		d.hangUp()
		return false
	}
	if d.slot >= 0 {
		// What waited for the connect waits for the bytes.
		l.leaveSlot(d.slot)
		d.slot = -1
		_ = sysEpoll(l.ep, unix.EPOLL_CTL_DEL, d.fd, 0, 0)
	}
	f.begin()
	return true
}
