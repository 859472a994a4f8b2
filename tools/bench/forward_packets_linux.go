package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// How packets are sent: one way as fast as one thread can, which finds out what
// arrives; there and back as many at a time as fit into a forwarder's one socket
// as Linux makes it, so that a lost packet is rare.
const (
	flows  = 8
	train  = 16 // packets of a flow that are sent at once, one way
	napFor = 20 * time.Microsecond
	giveUp = 40 * time.Millisecond // a packet that has not come by then is lost
)

// underWay is how many packets of a flow are on their way there and back.
// Large ones take more of a socket's room.
func underWay(size int) int {
	if size > 512 {
		return 9
	}
	return 24
}

// A packet begins with the number of the run and its own one and ends with a
// sum of both. Runs are numbered by the clock, so that late packets of earlier
// ones are known.
func stamp(p []byte, run, n uint64) {
	binary.LittleEndian.PutUint64(p, run)
	binary.LittleEndian.PutUint64(p[8:], n)
	binary.LittleEndian.PutUint64(p[len(p)-8:], sumOf(run, n))
}

func sumOf(run, n uint64) uint64 { return (run ^ n) * 0x9e3779b97f4a7c15 }

// stamped reads a packet; ok says whether it is whole.
func stamped(p []byte) (run, n uint64, ok bool) {
	if len(p) < 24 {
		return 0, 0, false
	}
	run, n = binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:])
	return run, n, binary.LittleEndian.Uint64(p[len(p)-8:]) == sumOf(run, n)
}

// socketUDP makes a socket that does not wait; room is what the load asks for,
// so that no packet is lost at its own ends.
func socketUDP(at netip.AddrPort, to netip.AddrPort) (int, error) {
	return open(unix.SOCK_DGRAM|unix.SOCK_NONBLOCK, func(fd int) error {
		err := errors.Join(unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<20), unix.Bind(fd, sockaddr(at)))
		if err == nil && to.IsValid() {
			err = unix.Connect(fd, sockaddr(to))
		}
		if err != nil {
			return fmt.Errorf("a socket from %s to %s: %w", at, to, err)
		}
		return nil
	})
}

// volley is the client of packets: some flows on one thread.
type volley struct {
	run    uint64
	size   int
	fds    []int
	result done
	before int64 // the count when warming up was over
	from   time.Time
}

func newVolley(o order, port uint16) (*volley, error) {
	if err := exactTimer(); err != nil {
		return nil, err
	}
	v := &volley{run: uint64(time.Now().UnixNano()), size: o.Size}
	for range flows {
		// One source is enough: each flow has a port.
		fd, err := socketUDP(netip.AddrPortFrom(o.Sources[0], 0), netip.AddrPortFrom(o.At, port))
		if err != nil {
			v.close()
			return nil, err
		}
		v.fds = append(v.fds, fd)
	}
	return v, nil
}

func (v *volley) close() {
	runtime.UnlockOSThread()
	for _, fd := range v.fds {
		_ = unix.Close(fd)
	}
}

// measured keeps the time, and answers whether it is over.
func (v *volley) measured(began, now time.Time, d time.Duration) bool {
	if v.from.IsZero() {
		if now.Sub(began) >= warmUp {
			v.from, v.before = now, v.result.Count
		}
		return false
	}
	if now.Sub(v.from) < d {
		return false
	}
	v.result.PerSecond = float64(v.result.Count-v.before) / now.Sub(v.from).Seconds()
	return true
}

// oneWay sends packets to the sink, which says by itself how many it has
// received.
func oneWay(o order) (done, error) {
	v, err := newVolley(o, portSink)
	if err != nil {
		return done{}, err
	}
	defer v.close()
	credit, err := socketUDP(netip.AddrPortFrom(o.Sources[0], portCredit), netip.AddrPort{})
	if err != nil {
		return done{}, err
	}
	defer unix.Close(credit)
	out := newPackets(train, o.Size, false)
	var sent uint64
	began := time.Now()
	for now, i := began, 0; !v.measured(began, now, o.For); now, i = time.Now(), i+1 {
		for k := range out.data {
			stamp(out.data[k], v.run, sent+uint64(k))
		}
		n, errno := out.send(v.fds[i%flows], train)
		switch errno {
		case 0, unix.EAGAIN, unix.EINTR:
		case unix.ECONNREFUSED, unix.ENOBUFS: // what was sent before was not taken
		default:
			return v.result, fmt.Errorf("send packets: %w", errno)
		}
		sent += uint64(n)
		if i%64 == 0 {
			v.hear(credit)
		}
	}
	for wait := time.Now(); time.Since(wait) < giveUp; nap(napFor) {
		v.hear(credit)
	}
	v.result.Lost = int64(sent) - v.result.Count - v.result.Wrong
	if v.result.Count == 0 {
		return v.result, errors.New("no packet arrived")
	}
	return v.result, nil
}

// hear takes what the sink has said.
func (v *volley) hear(credit int) {
	var said [24]byte
	for {
		n, errno := recvNow(credit, said[:])
		if errno != 0 || n < len(said) {
			return
		}
		if binary.LittleEndian.Uint64(said[:]) == v.run {
			v.result.Count = int64(binary.LittleEndian.Uint64(said[8:]))
			v.result.Wrong = int64(binary.LittleEndian.Uint64(said[16:]))
		}
	}
}

// flow is one of the flows of packets that come back.
type flow struct {
	*volley
	fd    int
	slots []slot
	out   []byte // what is sent next, one packet behind the other
}

// slot is a packet that is under way.
type slot struct {
	number uint64
	at     time.Time
}

// thereAndBack sends packets to the echo; each that comes back lets the next
// one go.
func thereAndBack(o order) (done, error) {
	v, err := newVolley(o, portBack)
	if err != nil {
		return done{}, err
	}
	defer v.close()
	began := time.Now()
	var all []*flow
	for _, fd := range v.fds {
		f := &flow{volley: v, fd: fd, slots: make([]slot, underWay(o.Size))}
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_UDP, segment, o.Size); err != nil {
			return done{}, fmt.Errorf("many packets in one call: %w", err)
		}
		for i := range f.slots {
			f.slots[i].number = uint64(i)
			f.again(&f.slots[i], began)
		}
		f.send()
		all = append(all, f)
	}
	in := newPackets(len(all[0].slots), o.Size+8, false)
	looked := began
	for now := began; !v.measured(began, now, o.For); now = time.Now() {
		idle, look := true, now.Sub(looked) > giveUp/4
		if look {
			looked = now
		}
		for _, f := range all {
			n, err := f.turn(in, now, look)
			if err != nil {
				return v.result, err
			}
			idle = idle && n == 0
		}
		if idle {
			nap(napFor)
		}
	}
	if v.result.Count == 0 {
		return v.result, errors.New("no packet came back")
	}
	return v.result, nil
}

// turn takes what has come back and sends as many new ones; look gives up those
// that are too late.
func (f *flow) turn(in *packets, now time.Time, look bool) (int, error) {
	n, errno := in.receive(f.fd, unix.MSG_DONTWAIT)
	switch errno {
	case 0, unix.EAGAIN, unix.EINTR, unix.ECONNREFUSED:
	default:
		return 0, fmt.Errorf("receive packets: %w", errno)
	}
	for i := range n {
		p := in.got(i)
		run, number, ok := stamped(p)
		if !ok || run != f.run || len(p) != f.size {
			f.result.Wrong++
			continue
		}
		// One that had been given up counts for nothing.
		if s := &f.slots[number%uint64(len(f.slots))]; s.number == number {
			f.result.Count++
			f.again(s, now)
		}
	}
	for i := range f.slots {
		if s := &f.slots[i]; look && now.Sub(s.at) > giveUp {
			f.result.Lost++
			f.again(s, now)
		}
	}
	f.send()
	return n, nil
}

// again lines the next packet of a slot up.
func (f *flow) again(s *slot, now time.Time) {
	s.number, s.at = s.number+uint64(len(f.slots)), now
	start := len(f.out)
	f.out = append(f.out, make([]byte, f.size)...)
	stamp(f.out[start:], f.run, s.number)
}

// send sends what is lined up in one call: the kernel cuts it into packets, so
// that the load takes less than who is measured. What does not go out is given
// up in time.
func (f *flow) send() {
	if len(f.out) > 0 {
		_, _ = sendNow(f.fd, f.out)
		f.out = f.out[:0]
	}
}
