package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// warmUp is how long a load runs before it is measured.
const warmUp = 200 * time.Millisecond

// meter counts over a span of time that begins after warming up.
type meter struct {
	count       atomic.Int64
	began, over int64 // counts
	from, to    time.Time
}

func (m *meter) run(d time.Duration) {
	time.Sleep(warmUp)
	m.began, m.from = m.count.Load(), time.Now()
	time.Sleep(d)
	m.over, m.to = m.count.Load(), time.Now()
}

func (m *meter) perSecond() float64 {
	return float64(m.over-m.began) / m.to.Sub(m.from).Seconds()
}

// bulk takes streams from the backend. Every one tells how much it was.
func bulk(o order) (done, error) {
	var m meter
	var wrong atomic.Int64
	var stop atomic.Bool
	errs := make(chan error, o.Streams)
	var group sync.WaitGroup
	for i := range o.Streams {
		fd, err := dialTCP(o.Sources[i%len(o.Sources)], netip.AddrPortFrom(o.At, portBulk), 0, o.Congestion)
		if err != nil {
			return done{}, errors.Join(err, ended(&stop, &group))
		}
		group.Go(func() {
			defer unix.Close(fd)
			if err := take(fd, &m.count, &wrong, &stop); err != nil {
				stop.Store(true)
				errs <- err
			}
		})
	}
	m.run(o.For)
	_ = ended(&stop, &group)
	close(errs)
	return done{PerSecond: m.perSecond(), Count: m.count.Load(), Wrong: wrong.Load()}, <-errs
}

func ended(stop *atomic.Bool, group *sync.WaitGroup) error {
	stop.Store(true)
	group.Wait()
	return nil
}

// take reads a stream until it is told to stop, and then to its end, which
// says how long it was.
func take(fd int, count, wrong *atomic.Int64, stop *atomic.Bool) error {
	// A stream that stands still must end too.
	wait := unix.NsecToTimeval((5 * time.Second).Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return err
	}
	if _, err := unix.Write(fd, []byte{1}); err != nil {
		return fmt.Errorf("ask for a stream: %w", err)
	}
	buf := make([]byte, blockSize)
	var total uint64
	var last [8]byte
	asked := false
	for {
		n, err := unix.Read(fd, buf)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("a stream after %d bytes: %w", total, err)
		case n == 0:
			if want := binary.LittleEndian.Uint64(last[:]); !asked || total != want+8 {
				return fmt.Errorf("a stream ends after %d bytes and says %d", total, want)
			}
			return nil
		}
		if !right(buf[:n], total) {
			wrong.Add(1)
		}
		if n >= 8 {
			copy(last[:], buf[n-8:n])
		} else {
			copy(last[:], last[n:])
			copy(last[8-n:], buf[:n])
		}
		total += uint64(n)
		count.Add(int64(n))
		if !asked && stop.Load() {
			asked = true
			if _, err := unix.Write(fd, []byte{2}); err != nil {
				return fmt.Errorf("stop a stream: %w", err)
			}
		}
	}
}

// right looks at one word of a piece of a stream. Short pieces may be its end.
func right(piece []byte, at uint64) bool {
	if len(piece) < 4096 {
		return true
	}
	skip := -at % 8
	return binary.LittleEndian.Uint64(piece[skip:]) == binary.LittleEndian.Uint64(block[(at+skip)%blockSize:])
}
