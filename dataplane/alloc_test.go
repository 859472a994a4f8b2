package dataplane_test

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"
)

// perMessage is how often the whole process allocates while one message goes
// to the backend and back, the counters on and read beside it.
func perMessage(l *lab, roundTrip func() error) float64 {
	l.t.Helper()
	for range 200 { // buffers grow, pools fill
		l.must(roundTrip())
	}
	before := l.plane.Counters("eni-1")
	allocs := testing.AllocsPerRun(2000, func() {
		if err := roundTrip(); err != nil {
			l.t.Error(err)
		}
		_ = l.plane.Counters("eni-1")
		_, _ = l.plane.Flows()
	})
	if after := l.plane.Counters("eni-1"); after.In == before.In || after.Out == before.Out {
		l.t.Errorf("nothing was counted: %+v", after)
	}
	return allocs
}

// Neither carrying and counting a message nor reading the counters allocates.
func TestNoAllocationPerMessage(t *testing.T) {
	if racing {
		t.Skip("pools forget some of what they are given while the race detector watches")
	}
	l := newLab(t)
	client, server := pair(l)
	var echoing sync.WaitGroup
	echoing.Go(func() {
		buf := make([]byte, 64)
		for {
			n, err := server.Read(buf)
			if err != nil {
				return
			}
			if _, err := server.Write(buf[:n]); err != nil {
				return
			}
		}
	})
	defer echoing.Wait()
	defer client.Close()
	buf := make([]byte, 64)
	if n := perMessage(l, func() error {
		if _, err := client.Write(buf); err != nil {
			return err
		}
		_, err := io.ReadFull(client, buf)
		return err
	}); n > 0 {
		t.Errorf("%v allocations for every message", n)
	}
}

// receiving is how often a packet and its answer allocate in being received and
// sent: not for being counted, but by the portable path's calls.
func receiving() float64 {
	if *portable || runtime.GOOS != "linux" {
		return 10
	}
	return 0
}

func TestAllocationsPerPacket(t *testing.T) {
	l := newLab(t)
	at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 24, 2}), l.port)
	l.packets("ecs-2", 2, nil)
	pc, err := l.net.ListenPacket("vpc-2", at)
	l.must(err)
	back := pc.(*net.UDPConn)
	var echoing sync.WaitGroup
	echoing.Go(func() {
		buf := make([]byte, 64)
		for {
			n, from, err := back.ReadFromUDPAddrPort(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			_, _ = back.WriteToUDPAddrPort(buf[:n], from)
		}
	})
	defer echoing.Wait()
	defer pc.Close()
	client := l.dialUDP(l.udpFront(true))
	l.exchange(client, "first")
	l.must(client.SetReadDeadline(time.Now().Add(time.Minute)))
	buf := make([]byte, 64)
	if n := perMessage(l, func() error {
		if _, err := client.Write(buf); err != nil {
			return err
		}
		_, err := client.Read(buf)
		return err
	}); n > receiving() {
		t.Errorf("%v allocations for every packet", n)
	}
}
