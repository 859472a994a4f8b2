package main

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"golang.org/x/sys/unix"
)

const allowCycles = 20

// allow measures how soon a connection works that somebody has just allowed:
// from sending the dialog's form to the first byte of a client that keeps
// trying all the time.
func (f *field) allow(ctx context.Context) error {
	took, err := f.site.allowed(ctx, netip.AddrPortFrom(f.site.at, portEcho), allowCycles)
	if err != nil {
		return err
	}
	p50, _ := percentiles(took)
	fmt.Printf("\n  allow a connection: from the form to the first byte of a client that keeps trying, %d times\n", len(took))
	fmt.Printf("  %-14s p50 %.1f ms, p95 %.1f ms\n", culvert, ms(p50), ms(took[len(took)*95/100]))
	return nil
}

// allowed answers how long that took each time.
func (s *site) allowed(ctx context.Context, to netip.AddrPort, cycles int) ([]time.Duration, error) {
	at := "/endpoint-services/" + s.service + "/connections/" + s.endpoint
	var took []time.Duration
	for range cycles {
		if err := s.lab.post(ctx, at+"/deny", url.Values{}); err != nil {
			return nil, err
		}
		if err := until(ctx, 10*time.Second, func(context.Context) error {
			if once(s.sources[0], to) == nil {
				return fmt.Errorf("a denied connection still works")
			}
			return nil
		}); err != nil {
			return nil, err
		}
		trying, stop := context.WithTimeout(ctx, 10*time.Second)
		arrived := make(chan time.Time, 1)
		go func() {
			defer close(arrived)
			for trying.Err() == nil {
				if once(s.sources[0], to) == nil {
					arrived <- time.Now()
					return
				}
				nap(200 * time.Microsecond)
			}
		}()
		began := time.Now()
		err := s.lab.post(ctx, at+"/allow", url.Values{"alloc": {"auto"}})
		then, ok := <-arrived
		stop()
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return nil, fmt.Errorf("an allowed connection does not work")
		}
		took = append(took, then.Sub(began))
	}
	return took, nil
}

// once tries to get one message there and back.
func once(from netip.Addr, to netip.AddrPort) error {
	fd, err := dialTCP(from, to, 0, "")
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	wait := unix.NsecToTimeval(2e9)
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return err
	}
	var out, in message
	out.set(7)
	return whole(fd, &out, &in)
}
