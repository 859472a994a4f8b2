package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// load is what a server did under one kind of load.
type load struct {
	perSecond    float64
	p50, p99     time.Duration
	wrong, lost  int64
	cpuPerAnswer time.Duration
}

// saturate asks as fast as the server answers. Half of the processors do that.
// They never wait for an answer, so that the server has nobody to wake, but
// rest when there is none and leave their processor to it.
func saturate(at netip.AddrPort, kinds [2][]query, d time.Duration) (load, error) {
	var c counters
	var group sync.WaitGroup
	threads := max(1, runtime.NumCPU()/2)
	errs := make(chan error, threads)
	began := time.Now()
	for i := range threads {
		group.Go(func() {
			if err := exactTimer(); err != nil {
				errs <- err
				return
			}
			errs <- flood(at, kinds, &c, uint64(i), began.Add(d))
		})
	}
	group.Wait()
	took := time.Since(began)
	close(errs)
	for err := range errs {
		if err != nil {
			return load{}, err
		}
	}
	return load{perSecond: float64(c.answers.Load()) / took.Seconds(), wrong: c.wrong.Load(), lost: c.lost.Load()}, nil
}

// flood keeps the windows of some sockets full until the time is over.
func flood(at netip.AddrPort, kinds [2][]query, c *counters, seed uint64, until time.Time) error {
	var clients []*client
	for i := range sockets {
		k, err := dial(at, kinds[i%2], c, seed*sockets+uint64(i))
		if err != nil {
			return err
		}
		defer k.close()
		if err := k.fill(time.Now()); err != nil {
			return err
		}
		clients = append(clients, k)
	}
	for now := time.Now(); now.Before(until); now = time.Now() {
		idle := true
		for _, k := range clients {
			n, err := k.turn(now)
			if err != nil {
				return err
			}
			idle = idle && n == 0
		}
		if idle {
			nap(restFor)
		}
	}
	return nil
}

// paced sends queries at a fixed rate, whatever comes back, and measures how
// long each answer took. A query that has no answer in time counts as lost.
func paced(at netip.AddrPort, kinds [2][]query, rate int, d time.Duration) (load, error) {
	var c counters
	queries := slices.Concat(kinds[0], kinds[1])
	k, err := dial(at, queries, &c, 1)
	if err != nil {
		return load{}, err
	}
	defer k.close()
	began := time.Now()
	total := int(d.Seconds() * float64(rate))
	sent := make([]atomic.Int64, 1<<16)
	which := make([]atomic.Int32, 1<<16)
	done := make(chan error, 1)
	go func() { done <- pace(k, began, rate, total, sent, which) }()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var took []time.Duration
	for len(took) < total && time.Since(began) < d+patience {
		n, err := k.receive(unix.MSG_WAITFORONE)
		if err != nil {
			return load{}, err
		}
		now := time.Since(began)
		for i := range n {
			answer := k.in.got(i)
			if len(answer) < 12 {
				c.wrong.Add(1)
				continue
			}
			number := binary.BigEndian.Uint16(answer)
			if !queries[which[number].Load()].right(answer) {
				c.wrong.Add(1)
				continue
			}
			took = append(took, now-time.Duration(sent[number].Load()))
		}
	}
	if err := <-done; err != nil {
		return load{}, err
	}
	if len(took) == 0 {
		return load{}, errors.New("no answer came")
	}
	slices.Sort(took)
	return load{
		perSecond: float64(len(took)) / d.Seconds(), p50: took[len(took)/2], p99: took[len(took)*99/100],
		wrong: c.wrong.Load(), lost: int64(total-len(took)) - c.wrong.Load(),
	}, nil
}

// exactTimer gives the goroutine a thread whose sleeps are exact: Go's own are
// no finer than a millisecond. The thread ends with the goroutine.
func exactTimer() error {
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("an exact timer: %w", err)
	}
	return nil
}

func nap(d time.Duration) {
	ts := unix.NsecToTimespec(d.Nanoseconds())
	_ = unix.Nanosleep(&ts, nil)
}

// pace sends each query when it is due.
func pace(k *client, began time.Time, rate, total int, sent []atomic.Int64, which []atomic.Int32) error {
	if err := exactTimer(); err != nil {
		return err
	}
	step := time.Second / time.Duration(rate)
	for i := range total {
		if wait := step*time.Duration(i) - time.Since(began); wait > 0 {
			nap(wait)
		}
		number := uint16(i)
		q := k.rand.IntN(len(k.queries))
		k.out = append(k.out[:0], k.queries[q].packet...)
		binary.BigEndian.PutUint16(k.out, number)
		which[number].Store(int32(q))
		sent[number].Store(int64(time.Since(began)))
		if err := k.send(); err != nil {
			return err
		}
	}
	return nil
}
