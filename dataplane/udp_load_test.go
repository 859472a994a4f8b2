package dataplane_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
)

// both serves TCP and UDP echo at one backend and publishes both on one port
// number of a front per address, another one than the backend's.
func (l *lab) both(idle time.Duration, fronts ...netip.Addr) {
	l.t.Helper()
	published := l.port
	l.port = freePort(l.t)
	l.packets("ecs-2", 2, echoPacket)
	ln, err := l.net.Listen("vpc-2", netip.AddrPortFrom(netip.MustParseAddr("192.168.24.2"), l.port))
	l.must(err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { echo(conn.(*net.TCPConn)) })
		}
	})
	l.t.Cleanup(func() {
		_ = ln.Close()
		wg.Wait()
	})
	l.port = published
	for i, addr := range fronts {
		l.apply(fmt.Sprintf("eni-%d", i+1), addr,
			dataplane.Port{Protocol: reach.TCP, Port: l.port, Open: true},
			dataplane.Port{Protocol: reach.UDP, Port: l.port, Open: true, IdleTimeout: idle})
	}
}

// dialUDPFrom is a client with a port of its own.
func (l *lab) dialUDPFrom(from netip.Addr, to netip.AddrPort) net.Conn {
	l.t.Helper()
	conn, err := l.net.Dial(l.t.Context(), "udp", "vpc-1", from, to)
	l.must(err)
	return conn
}

// volley sends n packets one after the other, each when the one before came
// back, and holds a place in the window from a packet to its echo.
func volley(c net.Conn, id uint32, n int, window chan struct{}) error {
	out, in := make([]byte, 64), make([]byte, 128)
	binary.BigEndian.PutUint32(out, id)
	for i := range n {
		binary.BigEndian.PutUint32(out[4:], uint32(i))
		window <- struct{}{}
		_, err := c.Write(out)
		if err == nil {
			_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
			var got int
			if got, err = c.Read(in); err == nil && !bytes.Equal(in[:got], out) {
				err = errors.New("another packet came back")
			}
		}
		<-window
		if err != nil {
			return fmt.Errorf("client %d, packet %d: %w", id, i, err)
		}
	}
	return nil
}

// talk echoes over one TCP connection until stop, and counts the rounds. It
// takes its turns in the window too.
func talk(c net.Conn, window chan struct{}, stop <-chan struct{}, rounds *atomic.Int64) error {
	out, in := bytes.Repeat([]byte("tcp "), 64), make([]byte, 256)
	for {
		select {
		case <-stop:
			return nil
		case window <- struct{}{}:
		}
		_, err := c.Write(out)
		if err == nil {
			_, err = io.ReadFull(c, in)
		}
		<-window
		if err != nil {
			return err
		}
		if !bytes.Equal(in, out) {
			return errors.New("other bytes came back")
		}
		rounds.Add(1)
	}
}

// TYS-07, X-28: 100,000 datagrams from 1,000 source ports arrive and return without
// loss, while TCP works on the same port number; the flows end when idle.
func TestUDPThousandClients(t *testing.T) {
	const each, window = 100, 64
	clients := 1000
	if *portable {
		clients = 200 // a goroutine each, which a busy machine makes wait
	}
	l := newLab(t)
	l.both(3*time.Second, frontAddr)
	to := netip.AddrPortFrom(frontAddr, l.port)
	stop, talked := make(chan struct{}), make(chan error, 1)
	var rounds atomic.Int64
	tcp := l.mustDial(to)
	_ = tcp.SetDeadline(time.Time{})
	places := make(chan struct{}, window)
	go func() { talked <- talk(tcp, places, stop, &rounds) }()
	began := time.Now()
	var wg sync.WaitGroup
	// All of them at once, or one would get the port of one that is done.
	conns := make([]net.Conn, clients)
	for i := range conns {
		conns[i] = l.dialUDPFrom(clientAddr, to)
	}
	for i, c := range conns {
		id := uint32(i)
		wg.Go(func() {
			defer c.Close()
			if err := volley(c, id, each, places); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	close(stop)
	l.must(<-talked)
	t.Logf("%d packets there and back in %v, %.0f/s, beside %d rounds of TCP", clients*each, took.Round(time.Millisecond), float64(clients*each)/took.Seconds(), rounds.Load())
	if rounds.Load() == 0 {
		t.Error("TCP stood still")
	}
	_ = tcp.Close()
	c := l.plane.Counters("eni-1")
	if c.Accepted != uint64(clients)+1 || c.Dropped != 0 {
		t.Errorf("%d flows, dropped %+v", c.Accepted, c.Drops)
	}
	l.eventually("every flow ends when idle", func() bool { return l.plane.Drained("eni-1") })
	if a := l.endedAs(dataplane.EndIdle); a.In != each*64 || a.Out != each*64 || a.Flow.Port != l.port || a.Backend.Addr.Port() == l.port {
		t.Errorf("a flow of %d and %d bytes to port %d, at the backend %s", a.In, a.Out, a.Flow.Port, a.Backend.Addr)
	}
}

// beyond the limit packets are dropped with a counted reason and
// one record per client; another endpoint does not notice.
func TestUDPFloodHarmsNobodyElse(t *testing.T) {
	for _, c := range []struct {
		name            string
		perPort, perAll int
		most            int // flows the flood may hold
	}{
		{"limit of a port", 64, 1000, 64},
		{"share of the plane", 1000, 100, 50},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, func(o *dataplane.Options) { o.UDPFlows, o.MaxFlows = c.perPort, c.perAll })
			other := netip.MustParseAddr("10.10.2.6")
			l.both(0, frontAddr, other)
			flooded, quiet := netip.AddrPortFrom(frontAddr, l.port), netip.AddrPortFrom(other, l.port)
			stop, ended := make(chan struct{}), make(chan error, 1)
			go func() { ended <- l.flood(flooded, stop) }()
			l.eventually("the flood is turned away", func() bool { return l.plane.Counters("eni-1").Drops.Limit > 100 })

			done, talked := make(chan struct{}), make(chan error, 1)
			var rounds atomic.Int64
			tcp := l.mustDial(quiet)
			places := make(chan struct{}, 4)
			go func() { talked <- talk(tcp, places, done, &rounds) }()
			var wg sync.WaitGroup
			for id := range uint32(20) {
				conn := l.dialUDPFrom(netip.MustParseAddr("10.10.2.2"), quiet)
				wg.Go(func() {
					defer conn.Close()
					if err := volley(conn, id, 50, places); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			close(done)
			l.must(<-talked)
			close(stop)
			l.must(<-ended)

			hit, spared := l.plane.Counters("eni-1"), l.plane.Counters("eni-2")
			t.Logf("flooded: %d flows, dropped %+v; beside it %d rounds of TCP", hit.Active, hit.Drops, rounds.Load())
			if hit.Active > c.most || hit.Active < c.most/2 || rounds.Load() == 0 {
				t.Errorf("%d live flows, want up to %d; %d rounds of TCP", hit.Active, c.most, rounds.Load())
			}
			if spared.Dropped != 0 || spared.Refused+spared.Failed != 0 || spared.Accepted != 21 {
				t.Errorf("the other endpoint: %+v", spared)
			}
			a := l.endedAs(dataplane.EndLimit)
			if a.Key != "eni-1" || a.Verdict.Reason.Key != dataplane.ReasonCrowded || a.Verdict.Endpoint != "ep-1" || a.Flow.Source != clientAddr {
				t.Errorf("%+v", a)
			}
			l.mu.Lock()
			defer l.mu.Unlock()
			records := 0
			for _, a := range l.attempts {
				if a.End == dataplane.EndLimit {
					records++
				}
			}
			if records != 1 {
				t.Errorf("%d records of one client", records)
			}
		})
	}
}

// When a port is nearly full, questions that were answered a while ago make
// room, and conversations stay.
func TestBriefUDPFlowsMakeRoom(t *testing.T) {
	l := newLab(t, func(o *dataplane.Options) { o.UDPFlows = 8 })
	l.both(0, frontAddr)
	to := netip.AddrPortFrom(frontAddr, l.port)
	talks := []net.Conn{l.dialUDP(to), l.dialUDP(to)}
	for _, c := range talks {
		for range 3 {
			l.exchange(c, "and so on")
		}
	}
	before := l.plane.Connections("eni-1")
	for range 6 {
		l.exchange(l.dialUDP(to), "a question")
	}
	ninth := l.dialUDP(to)
	l.silence(ninth)
	l.exchange(ninth, "once there is room")
	after := l.plane.Connections("eni-1")
	if len(before) != 2 || len(after) != 3 || before[0].ID != after[0].ID || before[1].ID != after[1].ID {
		t.Errorf("of %+v are left %+v", before, after)
	}
}

// flood sends packets, each from a new source port.
func (l *lab) flood(to netip.AddrPort, stop <-chan struct{}) error {
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		c, err := l.net.Dial(l.t.Context(), "udp", "vpc-1", clientAddr, to)
		if err != nil {
			return err
		}
		if _, err = c.Write([]byte("flood")); err != nil {
			return err
		}
		_ = c.Close()
	}
}

// A judge that takes its time over one client keeps no other one waiting, and
// the packets of that client wait in their order.
func TestUDPSlowVerdictStallsNobody(t *testing.T) {
	l := newLab(t)
	l.packets("ecs-2", 2, echoPacket)
	to := l.udpFront(true)
	quick := l.dialUDP(to)
	l.exchange(quick, "hello")
	asked, judge := make(chan struct{}), make(chan struct{})
	slow := l.dialUDPFrom(netip.MustParseAddr("10.10.2.3"), to)
	defer slow.Close()
	l.hold(netip.MustParseAddr("10.10.2.3"), asked, judge)
	for i := range 5 {
		_, err := fmt.Fprint(slow, i)
		l.must(err)
	}
	<-asked
	for i := range 100 {
		what := fmt.Sprint("meanwhile ", i)
		if got := l.exchange(quick, what); got != what {
			t.Fatalf("%q came back as %q", what, got)
		}
	}
	l.exchange(l.dialUDP(to), "a new client")
	close(judge)
	for i := range 5 {
		buf := make([]byte, 16)
		l.must(slow.SetReadDeadline(time.Now().Add(10 * time.Second)))
		n, err := slow.Read(buf)
		if err != nil || string(buf[:n]) != fmt.Sprint(i) {
			t.Fatalf("%q and %v, want %d", buf[:n], err, i)
		}
	}
}
