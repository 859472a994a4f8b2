package behaviour

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// maxPacket is the most that a UDP packet over IPv4 carries.
const maxPacket = 65507

// packets are about UDP.
var packets = []Row{
	packetRow("UDP echo", "a question is answered from the address it was sent to", Setup{},
		func(t *trial) {
			t.serveUDP(0, echoPacket)
			c := t.packetClient()
			for i := range 200 {
				t.echoOnce(c, fmt.Appendf(nil, "packet %d", i))
			}
		}),
	packetRow("UDP packets of every size", "no packet is cut, changed or split, from 1 byte to 65,507", Setup{},
		func(t *trial) {
			t.serveUDP(0, echoPacket)
			c := t.packetClient()
			for _, n := range []int{1, 2, 64, 512, 1232, 1400, 1472, 1473, 4096, 9000, 16384, 16385, 32768, 60000, 65000, maxPacket - 1, maxPacket} {
				t.echoOnce(c, numbered(uint32(n), n))
			}
		}),
	packetRow("UDP empty packet", "a packet without a byte is one too, both ways", Setup{},
		func(t *trial) {
			t.serveUDP(0, echoPacket)
			c := t.packetClient()
			t.echoOnce(c, []byte("before"))
			t.echoOnce(c, nil)
			t.echoOnce(c, []byte("after"))
			// Also as the first one of a flow.
			t.echoOnce(t.packetClient(), nil)
		}),
	packetRow("UDP sizes mixed at speed", "packets that are sent on together are still the same ones", Setup{},
		func(t *trial) {
			t.serveUDP(0, echoPacket)
			c := t.packetClient()
			t.must(volley(c, 1, 3000, 16, func(i int) int {
				return []int{64, 64, 64, 1400, 1400, 17, 4000, 1400, 64, 9000}[i%10]
			}))
		}),
	packetRow("UDP order within a flow", "a flow's packets keep their order", Setup{},
		func(t *trial) {
			t.serveUDP(0, echoPacket)
			t.must(volley(t.packetClient(), 1, 5000, 32, func(int) int { return 64 }))
		}),
	packetRow("UDP clients are separate", "an answer reaches who asked, also where two use the same port number", Setup{},
		func(t *trial) {
			t.serveUDP(0, echoPacket)
			one := t.packetClient()
			port := one.LocalAddr().(*net.UDPAddr).AddrPort().Port()
			errs := make(chan error, 3)
			for i, c := range []*net.UDPConn{one, t.packetClient(), t.dialUDP(netip.AddrPortFrom(t.rig.Clients[1], port), t.rig.Front)} {
				go func() { errs <- volley(c, uint32(i), 500, 8, func(int) int { return 100 + i }) }()
			}
			for range cap(errs) {
				t.must(<-errs)
			}
		}),
	packetRow("UDP backend answers more than once, and later", "answers are not counted against questions", Setup{},
		func(t *trial) {
			pc := t.packets(0)
			own(t, pc)
			c := t.packetClient()
			var from netip.AddrPort
			var err error
			t.eventually("a packet arrives", func() bool {
				t.must(send1(c, []byte("hello")))
				t.must(pc.SetReadDeadline(time.Now().Add(200 * time.Millisecond)))
				_, from, err = pc.ReadFromUDPAddrPort(make([]byte, 100))
				return err == nil
			})
			for i := range 20 {
				b := numbered(uint32(i), 200)
				_, err := pc.WriteToUDPAddrPort(b, from)
				t.must(err)
				t.must(receive(c, b))
			}
		}),
	packetRow("UDP flow after an idle end", "a client that was silent for long is served again", Setup{Idle: idle},
		func(t *trial) {
			t.serveUDP(0, echoPacket)
			c := t.packetClient()
			t.echoOnce(c, []byte("first"))
			t.noFlows()
			t.echoOnce(c, []byte("second"))
		}),
	packetRow("UDP trickle is not idle", "answers alone keep a flow", Setup{Idle: idle},
		func(t *trial) {
			sources := sync.Map{}
			t.serveUDP(0, func(b []byte, from netip.AddrPort) []byte {
				sources.Store(from, true)
				return b
			})
			c, i := t.packetClient(), uint32(0)
			t.trickled(func() error {
				i++
				return ask(c, numbered(i, 64))
			})
			n := 0
			sources.Range(func(any, any) bool { n++; return true })
			if n != 1 {
				t.failf("the backend saw %d flows of one", n)
			}
		}),
	packetRow("UDP backend gone", "who asks again reaches another place", Setup{Places: 2, Idle: 5 * time.Second},
		func(t *trial) {
			s := t.serveUDP(0, echoPacket)
			t.serveUDP(1, echoPacket)
			var all []*net.UDPConn
			for i := range 6 {
				c := t.packetClient()
				t.echoOnce(c, numbered(uint32(i), 64))
				all = append(all, c)
			}
			s.stop()
			for i, c := range all {
				t.askUntil(c, numbered(uint32(i+100), 64))
			}
		}),
	packetRow("UDP backend restarted", "who asks again is served by the new one", Setup{Idle: 5 * time.Second},
		func(t *trial) {
			c := t.packetClient()
			for i := range 3 {
				s := t.serveUDP(0, echoPacket)
				t.askUntil(c, numbered(uint32(i), 64))
				s.stop()
				_ = send1(c, []byte("into the void"))
			}
		}),
	packetRow("UDP client that does not read", "drops rather than blocks: another client does not notice", Setup{},
		func(t *trial) {
			t.serveUDP(0, func(b []byte, _ netip.AddrPort) []byte {
				if bytes.Equal(b, []byte("more")) {
					return make([]byte, 8000)
				}
				return b
			})
			lazy, eager := t.packetClient(), t.packetClient()
			t.echoOnce(eager, []byte("hello"))
			for range 3000 {
				t.must(send1(lazy, []byte("more")))
			}
			for i := range 50 {
				began := time.Now()
				t.askUntil(eager, numbered(uint32(i), 64))
				if took := time.Since(began); took > 3*loose {
					t.failf("an answer took %v", took)
				}
			}
		}),
}

func packetRow(name, why string, setup Setup, do func(*trial)) Row {
	return Row{Name: name, Why: why, Setup: setup, do: func(t *trial) {
		t.needs("UDP", t.rig.UDP)
		do(t)
	}}
}

// numbered is a packet of a length, whose bytes follow from its number.
func numbered(number uint32, length int) []byte {
	b := make([]byte, length)
	_, _ = io.ReadFull(stream(byte(number)), b)
	if length >= 4 {
		binary.BigEndian.PutUint32(b, number)
	}
	return b
}

// send1 sends a packet. That somebody was not there before is no matter.
func send1(c *net.UDPConn, b []byte) error {
	_, err := c.Write(b)
	if isRefused(err) {
		_, err = c.Write(b)
	}
	return err
}

// receive waits for a packet and compares it.
func receive(c *net.UDPConn, want []byte) error {
	buf := make([]byte, 64<<10)
	_ = c.SetReadDeadline(time.Now().Add(answerTime))
	n, err := c.Read(buf)
	if err != nil {
		return fmt.Errorf("no packet of %d bytes: %w", len(want), err)
	}
	if !bytes.Equal(buf[:n], want) {
		return fmt.Errorf("a packet of %d bytes came as one of %d, or with others", len(want), n)
	}
	return nil
}

// answerTime is how long an answer is waited for before it counts as lost.
const answerTime = 3 * time.Second

// ask sends a packet and wants it back.
func ask(c *net.UDPConn, b []byte) error {
	if err := send1(c, b); err != nil {
		return err
	}
	return receive(c, b)
}

// echoOnce asks where nothing may be lost.
func (t *trial) echoOnce(c *net.UDPConn, b []byte) { t.must(ask(c, b)) }

// askUntil asks until an answer comes: what is sent to somebody who is not
// there is lost, and so is what had no room.
func (t *trial) askUntil(c *net.UDPConn, b []byte) {
	buf := make([]byte, 64<<10)
	t.eventually("an answer comes", func() bool {
		if err := send1(c, b); err != nil && !isRefused(err) {
			t.must(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		for {
			n, err := c.Read(buf)
			if err == nil && bytes.Equal(buf[:n], b) {
				return true
			}
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return false
			}
		}
	})
}

// noFlows waits until the forwarder has given the flows of the places up.
func (t *trial) noFlows() {
	t.eventually("the flows end", func() bool {
		var held []string
		err := t.in(t.rig.Backends[0].Addr(), func() (err error) {
			held, err = heldFlows(t.rig)
			return err
		})
		t.must(err)
		return len(held) == 0
	})
}

// volley sends n packets with a window of those under way, and wants all of
// them back in their order.
func volley(c *net.UDPConn, id uint32, n, window int, size func(int) int) error {
	packet := func(i int) []byte { return numbered(id<<16|uint32(i), size(i)) }
	for next, back := 0, 0; back < n; {
		for next < n && next-back < window {
			if err := send1(c, packet(next)); err != nil {
				return err
			}
			next++
		}
		if err := receive(c, packet(back)); err != nil {
			return fmt.Errorf("client %d, packet %d of %d: %w", id, back, n, err)
		}
		back++
	}
	return nil
}
