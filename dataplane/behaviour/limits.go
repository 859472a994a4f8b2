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
		Name: "rate is set and lifted under way",
		Why:  "a limit holds for what lives, and nothing is lost by it",
		do: func(t *trial) {
			t.needs("a rate", t.rig.Limit != nil)
			client, server := t.pair()
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
			for _, c := range append(slices.Clone(up), down...) {
				go flood(c)
			}
			var group sync.WaitGroup
			for what, to := range map[string][]*net.TCPConn{"to the backend": up, "to the client": down} {
				group.Go(func() { t.wantRate(what, to, bits) })
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

// wantRate counts what arrives at some connections. It may be called beside the
// row; mustAll then stops it.
func (t *trial) wantRate(what string, to []*net.TCPConn, bits int64) {
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
	sum := func() (all int64, each []int64) {
		for i := range counts {
			n := counts[i].Load()
			all, each = all+n, append(each, n)
		}
		return all, each
	}
	t.sleep(time.Second / 2) // what was saved up is over
	began := time.Now()
	all, each := sum()
	t.sleep(measured)
	took := time.Since(began)
	now, then := sum()
	want := float64(bits) / 8 * took.Seconds()
	if got := float64(now - all); got < want*(1-off) || got > want*(1+off) {
		t.note(fmt.Errorf("%.1f Mbit/s %s, want %.1f", got*8/took.Seconds()/1e6, what, float64(bits)/1e6))
	}
	for i := range each {
		if got, share := float64(then[i]-each[i]), want/float64(len(to)); got < share*0.75 || got > share*1.25 {
			t.note(fmt.Errorf("one of %d connections had %.0f bytes %s, an equal share is %.0f", len(to), got, what, share))
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
	sent += t.floodPackets(c, 3*time.Second)
	rate := float64(got.Load()-from) * 8 / time.Since(start).Seconds()
	if rate < packetBits*0.75 || rate > packetBits*(1+off) {
		t.failf("%.1f Mbit/s of packets arrived of %.1f sent, want %.0f", rate/1e6, 2*packetBits/1e6, packetBits/1e6)
	}
	dropped, err := t.rig.Dropped()
	t.must(err)
	if most := uint64(sent) - uint64(got.Load())/packetSize; dropped < uint64(sent)/4 || dropped > most {
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
		for float64(sent) < 2*packetBits/8/packetSize*time.Since(began).Seconds() {
			_, err := c.Write(packet)
			t.must(err)
			sent++
		}
	}
	return sent
}

// mixedRate has a stream that takes all it gets beside a packet now and then,
// and then beside twice as many packets as may go.
func mixedRate(t *trial) {
	got := t.packetsAtRate()
	client, server := t.pair()
	go flood(client)
	var stream atomic.Int64
	go func() {
		buf := make([]byte, 256<<10)
		for {
			n, err := server.Read(buf)
			stream.Add(int64(n))
			if err != nil {
				return
			}
		}
	}()
	t.sleep(time.Second / 2)
	c := t.packetClient()
	const rare = 12
	for range rare {
		t.write(c, string(make([]byte, packetSize)))
		t.sleep(time.Second / 4)
	}
	if n := got.Load() / packetSize; n < rare-2 {
		t.failf("%d of %d packets that came one by one beside a stream arrived", n, rare)
	}
	t.floodPackets(c, time.Second/2)
	packets, bytes, start := got.Load(), stream.Load(), time.Now()
	t.floodPackets(c, 3*time.Second)
	whole := packetBits / 8 * time.Since(start).Seconds()
	ofPackets, ofStream := float64(got.Load()-packets)/whole, float64(stream.Load()-bytes)/whole
	if ofPackets < 0.35 || ofStream < 0.35 || ofPackets+ofStream > 1+off {
		t.failf("packets had %.2f of the rate and a stream %.2f", ofPackets, ofStream)
	}
}
