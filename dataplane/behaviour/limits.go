package behaviour

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// limits are about what one endpoint may take.
var limits = []Row{
	rateRow("rate of one connection", 1, 100e6),
	rateRow("rate of eight connections", 8, 100e6),
	rateRow("high rate of eight connections", 8, 1000e6),
	// There are more directions than pipes, so that some find none and are copied.
	rateRow("rate of eighty connections", 80, 400e6),
	{
		Name: "rate is set, lowered and lifted under way",
		Why:  "a limit holds for what lives, and nothing is lost by it",
		do: func(t *trial) {
			t.needs("a rate", t.rig.Limit != nil)
			client, server := t.pair()
			t.must(t.rig.Limit(10e9, 0))
			t.through(client, server, 1, 4<<20)
			t.must(t.rig.Limit(100e6, 0))
			const slow = 6 << 20 // half a second
			began := time.Now()
			t.through(client, server, 1, slow)
			if took := time.Since(began); took < 300*time.Millisecond {
				t.failf("%d bytes took %v", slow, took)
			}
			sent := t.sending(client, 2, 64<<20) // five seconds
			t.must(follow(server, 2, 1<<20))
			t.must(t.rig.Limit(0, 0))
			began = time.Now()
			n, err := io.Copy(io.Discard, server)
			t.must(err)
			if took := time.Since(began); took > 4*time.Second || n != 63<<20 {
				t.failf("%d bytes took %v without a rate", n, took)
			}
			sent()
			t.must(server.Close())
			t.gone()
		},
	},
	{
		Name: "reset while the rate is used up",
		Why:  "who waits for a rate is told of the other side's end",
		do: func(t *trial) {
			t.needs("a rate", t.rig.Limit != nil)
			t.must(t.rig.Limit(1e6, 0))
			client, server := t.pair()
			t.fill(client, 1)
			t.reset(server)
			t.wantResetOnWrite("the client", client)
			t.gone()
		},
	},
	{
		Name:  "rate of packets",
		Why:   "packets over the rate are dropped and counted, and the others go",
		Timed: true,
		do:    packetRate,
	},
	{
		Name:  "rate of packets and streams",
		Why:   "neither takes the other one's share, and what comes rarely is not what is dropped",
		Timed: true,
		do:    mixedRate,
	},
	{
		Name: "limit of connections",
		Why:  "one too many is reset, none that lives is, and a place that is free is given again",
		do: func(t *trial) {
			t.needs("a limit of connections", t.rig.Limit != nil)
			t.must(t.rig.Limit(0, 3))
			conns := t.handover(0)
			var clients, servers []*net.TCPConn
			for range 3 {
				client, server := t.join(conns)
				clients, servers = append(clients, client), append(servers, server)
			}
			for range 20 {
				t.wantNoRoom(t.rig.Front)
			}
			// What comes in by another address is counted with it.
			t.wantNoRoom(t.rig.Other)
			t.must(t.rig.Limit(0, 1))
			for i := range clients {
				t.pass(clients[i], servers[i])
				t.pass(servers[i], clients[i])
			}
			t.wantNoRoom(t.rig.Front)
			for i := range clients {
				t.must(clients[i].Close())
				t.must(servers[i].Close())
			}
			t.gone()
			client, server := t.join(conns)
			t.wantNoRoom(t.rig.Front)
			t.pass(client, server)
		},
	},
}

// Rates are measured for so long, and hold within off of what was asked for.
const (
	measured = 10 * time.Second
	off      = 0.05
)

func rateRow(name string, connections int, bits int64) Row {
	return Row{
		Name:  name + fmt.Sprintf(", %d Mbit/s each way", bits/1e6),
		Why:   "a rate is kept to, both ways at once, and shared evenly",
		Timed: true,
		do: func(t *trial) {
			t.needs("a rate", t.rig.Limit != nil)
			t.must(t.rig.Limit(bits, 0))
			conns := t.handover(0)
			var up, down []*net.TCPConn
			for range connections {
				client, server := t.join(conns)
				up, down = append(up, server), append(down, client)
			}
			var group sync.WaitGroup
			for what, to := range map[string][]*net.TCPConn{"to the backend": up, "to the client": down} {
				counts := counted(to)
				group.Go(func() { t.wantRate(what, counts, bits) })
			}
			for _, c := range append(slices.Clone(up), down...) {
				go flood(c)
			}
			group.Wait()
			t.mustAll()
		},
	}
}

// wantNoRoom opens a connection that is reset, which a dial may see already.
func (t *trial) wantNoRoom(to netip.AddrPort) {
	c, err := t.dialTo(to)
	if isReset(err) {
		return
	}
	t.must(err)
	t.wantReset("one too many", c)
}

func flood(c net.Conn) {
	block := make([]byte, 64<<10)
	for {
		if _, err := c.Write(block); err != nil {
			return
		}
	}
}

// counted reads all that arrives at some connections and counts the bytes.
func counted(to []*net.TCPConn) []atomic.Int64 {
	counts := make([]atomic.Int64, len(to))
	for i, c := range to {
		go func() {
			buf := make([]byte, 256<<10)
			for {
				n, err := c.Read(buf)
				counts[i].Add(int64(n))
				if err != nil {
					return
				}
			}
		}()
	}
	return counts
}

// wantRate looks at what arrives at some connections. It may be called beside
// the row; mustAll then stops it.
func (t *trial) wantRate(what string, counts []atomic.Int64, bits int64) {
	// shares are what each connection gets in a time, as a part of an equal one,
	// and the same of all of them.
	shares := func(d time.Duration) (each []float64, all float64) {
		began, from := time.Now(), make([]int64, len(counts))
		for i := range counts {
			from[i] = counts[i].Load()
		}
		t.sleep(d)
		equal := float64(bits) / 8 * time.Since(began).Seconds() / float64(len(counts))
		for i := range counts {
			each = append(each, float64(counts[i].Load()-from[i])/equal)
			all += each[i] / float64(len(counts))
		}
		return each, all
	}
	// The first burst may stand in the kernel's buffers for some seconds: what it
	// has to send again waits longer each time.
	if !until(t.ctx, func() bool {
		each, all := shares(time.Second / 2)
		return all < 1+off && slices.Min(each) > 0.5 && slices.Max(each) < 1.5
	}) {
		t.note(fmt.Errorf("what arrives %s is not shared", what))
		return
	}
	each, all := shares(measured)
	if all < 1-off || all > 1+off {
		t.note(fmt.Errorf("%.3f of %d Mbit/s arrive %s", all, bits/1e6, what))
	}
	for _, share := range each {
		if share < 0.75 || share > 1.25 {
			t.note(fmt.Errorf("one of %d connections had %.2f of an equal share %s", len(counts), share, what))
		}
	}
}

// Packets of a rate: so many bits a second are 10,000 packets of this size.
const (
	packetBits = 100e6
	packetSize = 1250
)

// packetRate sends twice what may go.
func packetRate(t *trial) {
	t.needs("counts of drops", t.rig.Dropped != nil)
	got := t.packetsAtRate()
	c := t.packetClient()
	sent := t.floodPackets(c, time.Second/2)
	from, start := got.Load(), time.Now()
	more := t.floodPackets(c, 3*time.Second)
	took := time.Since(start).Seconds()
	rate, offered := float64(got.Load()-from)*8/took, float64(more)*packetSize*8/took
	if offered < 1.2*packetBits {
		t.failf("only %.1f Mbit/s were sent, which is no test of %.0f", offered/1e6, packetBits/1e6)
	}
	if rate < 0.75*packetBits || rate > packetBits*(1+off) {
		t.failf("%.1f Mbit/s of packets arrived of %.1f sent, want %.0f", rate/1e6, offered/1e6, packetBits/1e6)
	}
	dropped, err := t.rig.Dropped()
	t.must(err)
	sent += more
	if most := uint64(sent) - uint64(got.Load())/packetSize; float64(dropped)*packetSize*8 < (offered-packetBits)*took/2 || dropped > most {
		t.failf("%d of %d packets were counted as over the rate, %d are missing", dropped, sent, most)
	}
}

// packetsAtRate sets the rate and counts the bytes of packets that arrive.
func (t *trial) packetsAtRate() *atomic.Int64 {
	t.needs("UDP", t.rig.UDP)
	t.needs("a rate", t.rig.Limit != nil)
	t.must(t.rig.Limit(packetBits, 0))
	var got atomic.Int64
	t.serveUDP(0, func(b []byte, _ netip.AddrPort) []byte {
		got.Add(int64(len(b)))
		return nil
	})
	return &got
}

// floodPackets sends twice the rate for a time and answers how many packets.
func (t *trial) floodPackets(c net.Conn, d time.Duration) int {
	packet := make([]byte, packetSize)
	sent := 0
	for began := time.Now(); time.Since(began) < d; t.sleep(time.Millisecond) {
		// After a slow moment no more at once than a socket holds.
		behind := int(2*packetBits/8/packetSize*time.Since(began).Seconds()) - sent
		for range min(behind, 80) {
			_, err := c.Write(packet)
			t.must(err)
			sent++
		}
	}
	return sent
}

// mixedRate has a stream that takes all it gets beside a small and a large
// packet now and then, and then beside twice as many packets as may go.
func mixedRate(t *trial) {
	got := t.packetsAtRate()
	client, server := t.pair()
	stream := &counted([]*net.TCPConn{server})[0]
	go flood(client)
	// shares are those of the rate while something is done.
	shares := func(do func()) (ofPackets, ofStream float64) {
		packets, bytes, start := got.Load(), stream.Load(), time.Now()
		do()
		whole := packetBits / 8 * time.Since(start).Seconds()
		return float64(got.Load()-packets) / whole, float64(stream.Load()-bytes) / whole
	}
	t.eventually("the first burst is over", func() bool {
		_, ofStream := shares(func() { t.sleep(time.Second / 2) })
		return ofStream > 1-off && ofStream < 1+off
	})
	c := t.packetClient()
	const small, large, times = packetSize, 24 * packetSize, 12
	_, ofStream := shares(func() {
		for range times {
			t.write(c, string(make([]byte, small)))
			t.write(c, string(make([]byte, large)))
			t.sleep(time.Second / 4)
		}
	})
	if n := got.Load(); n < (times-1)*(small+large) || ofStream < 0.75 {
		t.failf("%d of %d bytes of packets that came rarely beside a stream arrived, and it had %.2f of the rate", n, times*(small+large), ofStream)
	}
	t.floodPackets(c, time.Second/2)
	ofPackets, ofStream := shares(func() { t.floodPackets(c, 3*time.Second) })
	// A slow moment may have saved something up.
	if all := ofPackets + ofStream; ofPackets < 0.35 || ofStream < 0.35 || all < 0.75 || all > 1+3*off {
		t.failf("packets had %.2f of the rate and a stream %.2f", ofPackets, ofStream)
	}
}
