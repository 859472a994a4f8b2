package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// batch is how many packets the backend takes at once, packetMax how large one
// may be; what is shorter than probeMax is none of the load's.
const (
	batch     = 64
	packetMax = 1500
	probeMax  = 64
	creditOf  = 256 // packets between two words of the sink
	runMax    = 40  // packets in one call, of which 65,535 bytes may be
)

// sinks starts the backend's packet servers, each on a thread of its own.
func sinks(at netip.Addr, client netip.Addr) error {
	sink, err := socketUDP(netip.AddrPortFrom(at, portSink), netip.AddrPort{})
	if err != nil {
		return err
	}
	back, err := socketUDP(netip.AddrPortFrom(at, portBack), netip.AddrPort{})
	if err != nil {
		return err
	}
	credit, err := socketUDP(netip.AddrPortFrom(at, portCredit), netip.AddrPort{})
	if err != nil {
		return err
	}
	s := &counter{credit: credit, to: sockaddr(netip.AddrPortFrom(client, portCredit))}
	go serve(sink, s.take, s.tell)
	go serve(back, func(p *packets, n int) { sendBack(back, p, n) }, func() {})
	return nil
}

// serve receives packets for ever. While they come it does not wait for the
// next ones, so that the sender has nobody to wake, but rests for moments; rest
// is called in each of them.
func serve(fd int, take func(*packets, int), rest func()) {
	if err := exactTimer(); err != nil {
		fmt.Fprintln(os.Stderr, "bench: the backend:", err)
		os.Exit(1)
	}
	p := newPackets(batch, packetMax, true)
	last := time.Now()
	for {
		n, errno := p.receive(fd, unix.MSG_DONTWAIT)
		switch {
		case errno == 0 && n > 0:
			take(p, n)
			for i := range n {
				p.reset(i)
				p.iovs[i].SetLen(packetMax)
			}
			last = time.Now()
		case time.Since(last) < 50*time.Millisecond:
			rest()
			nap(napFor)
		default:
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 1000)
			last = time.Now()
		}
	}
}

// sendBack sends packets to where they came from, those of one flow that came
// together in one call.
func sendBack(fd int, p *packets, n int) {
	for i := 0; i < n; {
		size, run := len(p.got(i)), 0
		for i+run < n && run < runMax && len(p.got(i+run)) == size && p.names[i+run] == p.names[i] {
			p.iovs[i+run].SetLen(size)
			run++
		}
		p.sendRun(fd, i, run, size)
		i += run
	}
}

// counter counts the packets of one run after the other and says so to the
// client, past every forwarder.
type counter struct {
	run, count, wrong, told uint64
	credit                  int
	to                      *unix.SockaddrInet4
}

func (s *counter) take(p *packets, n int) {
	for i := range n {
		got := p.got(i)
		run, _, ok := stamped(got)
		switch {
		case len(got) < probeMax: // somebody asks for the server's health
		case !ok:
			s.wrong++
		case run > s.run:
			s.run, s.count, s.wrong, s.told = run, 1, 0, 0
		case run == s.run:
			s.count++
		}
	}
	if s.count-s.told >= creditOf {
		s.tell()
	}
}

func (s *counter) tell() {
	if s.count == s.told {
		return
	}
	s.told = s.count
	var said [24]byte
	binary.LittleEndian.PutUint64(said[:], s.run)
	binary.LittleEndian.PutUint64(said[8:], s.count)
	binary.LittleEndian.PutUint64(said[16:], s.wrong)
	_ = unix.Sendto(s.credit, said[:], unix.MSG_DONTWAIT, s.to)
}
