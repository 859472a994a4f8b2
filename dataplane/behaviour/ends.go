package behaviour

import (
	"net"
	"slices"
)

// ends are the ways in which a connection ends, and what the other side must
// see of each.
var ends = slices.Concat([]Row{
	{
		Name: "half-close by the client",
		Why:  "a client that has said all still gets its answer",
		do: func(t *trial) {
			client, server := t.pair()
			t.write(client, "question")
			t.must(client.CloseWrite())
			t.readAll(server, "question")
			t.later(t.sending(server, 7, 1<<20))
			t.must(expect(client, 7, 1<<20))
			t.gone()
		},
	},
	{
		Name: "half-close by the backend",
		Why:  "a backend that has said all still gets the rest",
		do: func(t *trial) {
			client, server := t.pair()
			t.write(server, "greeting")
			t.must(server.CloseWrite())
			t.readAll(client, "greeting")
			t.later(t.sending(client, 7, 1<<20))
			t.must(expect(server, 7, 1<<20))
			t.gone()
		},
	},
	{
		Name: "both half-close at once",
		Why:  "two ends in order are one",
		do: func(t *trial) {
			conns := t.handover(0)
			for range 20 {
				client, server := t.join(conns)
				t.must(client.CloseWrite())
				t.must(server.CloseWrite())
				t.readAll(client, "")
				t.readAll(server, "")
			}
			t.gone()
		},
	},
},
	mirrored("reset by the client", "reset by the backend", "a broken connection does not look like a complete one",
		func(t *trial, a, b side) {
			t.reset(a.conn)
			t.wantReset(b.name, b.conn)
			t.gone()
		}),
	mirrored("reset by the client after its half-close", "reset by the backend after its half-close",
		"who is gone is noticed although nobody reads him any more",
		func(t *trial, a, b side) {
			t.must(a.conn.CloseWrite())
			t.readAll(b.conn, "")
			t.reset(a.conn)
			t.gone() // nobody writes, and still nothing is left half open
			t.wantResetOnWrite(b.name, b.conn)
		}),
	mirrored("reset by the client after the backend's half-close", "reset by the backend after the client's half-close",
		"one that waits for the rest learns that it will not come",
		func(t *trial, a, b side) {
			t.must(b.conn.CloseWrite())
			t.readAll(a.conn, "")
			t.reset(a.conn)
			t.wantReset(b.name, b.conn)
			t.gone()
		}),
	mirrored("reset by the client while the backend does not read", "reset by the backend while the client does not read",
		"a reader that hangs keeps nothing alive",
		func(t *trial, a, b side) {
			t.fill(a.conn, 1)
			t.reset(a.conn)
			t.gone()
			t.wantReset(b.name, b.conn)
		}),
	mirrored("close by the client, late bytes of the backend", "close by the backend, late bytes of the client",
		"who writes to nobody learns it",
		func(t *trial, a, b side) {
			t.must(a.conn.Close())
			t.readAll(b.conn, "")
			t.wantResetOnWrite(b.name, b.conn)
			t.gone()
		}),
	mirrored("close by the client with bytes it did not read", "close by the backend with bytes it did not read",
		"a process that is gone is seen as a reset",
		func(t *trial, a, b side) {
			t.write(b.conn, "never read")
			t.must(waitReadable(a.conn))
			t.must(a.conn.Close())
			t.wantReset(b.name, b.conn)
			t.gone()
		}),
)

// side is one side of a pair.
type side struct {
	name string
	conn *net.TCPConn
}

// mirrored is a row for each direction.
func mirrored(first, second, why string, do func(t *trial, a, b side)) []Row {
	return []Row{
		{Name: first, Why: why, do: func(t *trial) {
			client, server := t.pair()
			do(t, side{"the client", client}, side{"the backend", server})
		}},
		{Name: second, Why: why, do: func(t *trial) {
			client, server := t.pair()
			do(t, side{"the backend", server}, side{"the client", client})
		}},
	}
}
