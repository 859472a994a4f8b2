package behaviour

import "time"

// counting is about figures that are exact to the byte.
var counting = []Row{
	{
		Name: "counters of a live connection",
		Why:  "what is shown while it lives is what was carried",
		do: func(t *trial) {
			t.needs("live connections", t.rig.Connections != nil)
			client, server := t.pair() // a byte each way
			t.through(client, server, 1, 999)
			t.through(server, client, 2, 6)
			t.wantCarried(Carried{In: 1000, Out: 7})
			// Large ones go another way than small ones.
			t.through(client, server, 3, 5_000_001)
			t.through(server, client, 4, 3_000_001)
			t.wantCarried(Carried{In: 5_001_001, Out: 3_000_008})
			t.must(client.Close())
			t.must(server.Close())
			t.wantCarried()
		},
	},
	{
		Name: "counters of an endpoint",
		Why:  "what was carried is counted to the byte, during and after",
		do: func(t *trial) {
			t.needs("counters", t.rig.Counters != nil)
			conns := t.handover(0)
			var up, down uint64
			for i, n := range sizes {
				client, server := t.join(conns)
				up, down = up+1, down+1
				t.wantCounted(Counters{In: up, Out: down, Accepted: i + 1, Active: 1})
				back := sizes[len(sizes)-1-i]
				t.exchange(client, server, n, back, 70001)
				up, down = up+uint64(n), down+uint64(back)
				t.wantCounted(Counters{In: up, Out: down, Accepted: i + 1})
			}
		},
	},
	{
		Name: "counters beside a stalled reader",
		Why:  "bytes count when they were handed on, and all of them are once they arrived",
		do: func(t *trial) {
			t.needs("counters", t.rig.Counters != nil)
			client, server := t.pair()
			n := t.fill(client, 3)
			now, err := t.rig.Counters()
			t.must(err)
			if now.In > uint64(n)+1 {
				t.failf("%d bytes counted, %d written", now.In, n+1)
			}
			t.must(follow(server, 3, n))
			t.wantCounted(Counters{In: uint64(n) + 1, Out: 1, Accepted: 1, Active: 1})
		},
	},
	{
		Name: "counters after resets",
		Why:  "a connection that broke is counted like others",
		do: func(t *trial) {
			t.needs("counters", t.rig.Counters != nil)
			conns := t.handover(0)
			for range 10 {
				client, server := t.join(conns)
				t.through(server, client, 1, 1000)
				t.reset(client)
				t.wantReset("the backend", server)
			}
			t.wantCounted(Counters{In: 10, Out: 10010, Accepted: 10})
		},
	},
	{
		Name: "counters of packets",
		Why:  "packets are counted by their bytes",
		do: func(t *trial) {
			t.needs("UDP", t.rig.UDP)
			t.needs("counters", t.rig.Counters != nil)
			t.serveUDP(0, echoPacket)
			c := t.packetClient()
			for i := range 100 {
				t.echoOnce(c, numbered(uint32(i), 10+i))
			}
			want := uint64(100*10 + 99*50)
			t.wantCounted(Counters{In: want, Out: want, Accepted: 1, Active: 1})
		},
	},
}

// wantCarried waits until the live connections have carried so much.
func (t *trial) wantCarried(want ...Carried) {
	var got []Carried
	if !settled(t, func() bool {
		var err error
		got, err = t.rig.Connections()
		t.must(err)
		if len(got) != len(want) {
			return false
		}
		for i := range got {
			if got[i] != want[i] {
				return false
			}
		}
		return true
	}) {
		t.failf("live connections have %+v, want %+v", got, want)
	}
}

// wantCounted waits until the counters of the endpoint are so.
func (t *trial) wantCounted(want Counters) {
	var got Counters
	if !settled(t, func() bool {
		var err error
		got, err = t.rig.Counters()
		t.must(err)
		return got == want
	}) {
		t.failf("counted %+v, want %+v", got, want)
	}
}

// settled waits for a figure: bytes arrive a moment before they are counted.
func settled(t *trial, cond func() bool) bool {
	began := time.Now()
	return until(t.ctx, func() bool { return cond() || time.Since(began) > 3*time.Second }) && cond()
}
