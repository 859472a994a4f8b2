package dataplane_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
)

// packets adds a UDP backend that answers each packet by reply.
func (l *lab) packets(id string, last byte, reply func(b []byte, from netip.AddrPort) []byte) net.PacketConn {
	l.t.Helper()
	at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 168, 24, last}), l.port)
	l.set(func(v *reach.Verdict) {
		v.Backends = append(v.Backends[:len(v.Backends):len(v.Backends)], reach.Backend{ID: id, Name: id, VPC: "vpc-2", Addr: at, Weight: 100})
	})
	if reply == nil {
		return nil
	}
	pc, err := l.net.ListenPacket("vpc-2", at)
	l.must(err)
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 64<<10)
		for {
			n, from, err := pc.ReadFrom(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if out := reply(buf[:n], from.(*net.UDPAddr).AddrPort()); err == nil && out != nil {
				_, _ = pc.WriteTo(out, from)
			}
		}
	})
	l.t.Cleanup(func() {
		_ = pc.Close()
		wg.Wait()
	})
	return pc
}

func echoPacket(b []byte, _ netip.AddrPort) []byte { return b }

func (l *lab) udpFront(open bool) netip.AddrPort {
	l.t.Helper()
	return l.apply("eni-1", frontAddr, dataplane.Port{Protocol: reach.UDP, Port: l.port, Open: open, IdleTimeout: time.Second})
}

func (l *lab) dialUDP(to netip.AddrPort) net.Conn {
	l.t.Helper()
	conn, err := l.net.Dial(l.t.Context(), "udp", "vpc-1", clientAddr, to)
	l.must(err)
	l.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// exchange sends a packet until it is answered: packets may be lost.
func (l *lab) exchange(c net.Conn, what string) string {
	l.t.Helper()
	buf := make([]byte, 64<<10)
	for range 50 {
		if _, err := c.Write([]byte(what)); err != nil {
			l.t.Fatal(err)
		}
		l.must(c.SetReadDeadline(time.Now().Add(500 * time.Millisecond)))
		if n, err := c.Read(buf); err == nil {
			return string(buf[:n])
		}
	}
	l.t.Fatalf("no answer to %q", what)
	return ""
}

// silence fails if a packet is answered, or refused.
func (l *lab) silence(c net.Conn) {
	l.t.Helper()
	for range 3 {
		_, err := c.Write([]byte("anybody?"))
		l.must(err)
		l.must(c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)))
		if n, err := c.Read(make([]byte, 100)); !errors.Is(err, os.ErrDeadlineExceeded) {
			l.t.Fatalf("%d bytes, %v; want silence", n, err)
		}
	}
}

// C, "UDP echo": works, from the front's address, source in the SNAT range.
func TestUDPEcho(t *testing.T) {
	l := newLab(t)
	var seen sync.Map
	l.packets("ecs-2", 2, func(b []byte, from netip.AddrPort) []byte {
		_, addr, _ := l.net.Origin("vpc-2", from.Addr())
		seen.Store(from, addr)
		return b
	})
	to := l.udpFront(true)
	clients := []net.Conn{l.dialUDP(to), l.dialUDP(to)}
	for i := range 20 {
		for j, c := range clients {
			what := fmt.Sprintf("packet %d of %d", i, j)
			if got := l.exchange(c, what); got != what {
				t.Fatalf("%q came back as %q", what, got)
			}
		}
	}
	if got := l.exchange(clients[0], ""); got != "" {
		t.Fatalf("an empty packet came back as %q", got)
	}
	big := string(make([]byte, 60000))
	if got := l.exchange(clients[1], big); got != big {
		t.Fatalf("%d bytes came back as %d", len(big), len(got))
	}
	flows := 0
	seen.Range(func(_, addr any) bool {
		flows++
		if !sendRange.Contains(addr.(netip.Addr)) {
			t.Errorf("the backend saw %s", addr)
		}
		return true
	})
	l.eventually("two flows and as many bytes back as there", func() bool {
		c := l.plane.Counters("eni-1")
		return flows == 2 && c.Accepted == 2 && c.In > 60000 && c.In == c.Out
	})
	l.endedAs(dataplane.EndIdle)
	l.eventually("flows end when idle", func() bool { return l.plane.Drained("eni-1") })
}

// A UDP port that is not open owns its port and keeps silent, also for flows
// it had.
func TestUDPThatIsNotOpenIsSilent(t *testing.T) {
	l := newLab(t)
	l.packets("ecs-2", 2, echoPacket)
	to := l.udpFront(false)
	c := l.dialUDP(to)
	l.silence(c)
	if n := l.plane.Counters("eni-1").Dropped; n == 0 {
		t.Fatal("nothing was counted as dropped")
	}
	l.udpFront(true)
	l.exchange(c, "hello")
	l.udpFront(false)
	l.silence(c)
	host := l.plane.Status("eni-1").Ports[0].Host
	if pc, err := net.ListenPacket("udp4", host.String()); err == nil {
		_ = pc.Close()
		t.Fatal("another program got the port")
	}
	l.udpFront(true)
	l.exchange(c, "hello")
	began := time.Now()
	l.plane.Apply("eni-1", nil)
	l.eventually("its flows end", func() bool { return l.plane.Drained("eni-1") })
	if took := time.Since(began); took > dataplane.DefaultDrain/2 {
		t.Fatalf("a flow that cannot answer lived on for %v", took)
	}
}

// A refusal drops, one record per flow; once allowed the same client gets through.
func TestUDPRefusalIsOneRecord(t *testing.T) {
	l := newLab(t)
	l.packets("ecs-2", 2, echoPacket)
	to := l.udpFront(true)
	l.deny()
	c := l.dialUDP(to)
	l.silence(c)
	l.silence(c)
	if a := l.endedAs(dataplane.EndRefused); a.Verdict.Gate != reach.GateConnection || a.Flow.Protocol != reach.UDP {
		t.Fatalf("%+v", a)
	}
	l.mu.Lock()
	n := len(l.attempts)
	l.mu.Unlock()
	if n != 1 {
		t.Fatalf("%d records of one flow", n)
	}
	l.allow()
	l.exchange(c, "hello")
	// Deny again: the live flow is cut and its client is refused.
	l.deny()
	if n := l.plane.Cut("eni-1", nil); n != 1 {
		t.Fatalf("cut %d", n)
	}
	l.silence(c)
}

// The number of flows is bounded; more are dropped and one record says so.
func TestUDPFlowsAreBounded(t *testing.T) {
	l := newLab(t, func(o *dataplane.Options) { o.UDPFlows = 4 })
	l.packets("ecs-2", 2, echoPacket)
	to := l.udpFront(true)
	for range 4 {
		l.exchange(l.dialUDP(to), "hello")
	}
	fifth := l.dialUDP(to)
	l.silence(fifth)
	if a := l.endedAs(dataplane.EndLimit); a.Verdict.Reason.Args["limit"] != "4" {
		t.Fatalf("%+v", a)
	}
	l.exchange(fifth, "once the others are idle")
}

// A dead UDP backend is noticed by its host's answer; the flow moves on.
func TestDeadUDPBackendIsPassedOver(t *testing.T) {
	l := newLab(t)
	l.packets("ecs-2", 2, nil)
	l.packets("ecs-3", 3, echoPacket)
	to := l.udpFront(true)
	for range 5 {
		l.exchange(l.dialUDP(to), "hello")
	}
}

// A client that does not read holds nobody up.
func TestUDPDropsRatherThanBlocks(t *testing.T) {
	l := newLab(t)
	l.packets("ecs-2", 2, func([]byte, netip.AddrPort) []byte { return make([]byte, 8000) })
	to := l.udpFront(true)
	lazy, eager := l.dialUDP(to), l.dialUDP(to)
	for range 2000 {
		_, err := lazy.Write([]byte("more"))
		l.must(err)
	}
	if got := l.exchange(eager, "hello"); len(got) != 8000 {
		t.Fatalf("%d bytes", len(got))
	}
}
