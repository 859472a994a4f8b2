package behaviour

import (
	"fmt"
	"io"
	"net"
	"time"

	"culvert.internal/proxyproto"
)

// introductions are headers of PROXY protocol.
var introductions = []Row{
	{
		Name: "header before a client that is silent",
		Why:  "a backend that speaks first knows who calls",
		do: func(t *trial) {
			conns := t.introduced(0)
			client := t.dial()
			server := t.accepted(conns)
			t.wantHeader(client, server)
			t.pass(server, client)
			t.pass(client, server)
			// A header is no byte of the client's.
			t.wantCounted(Counters{In: 1, Out: 1, Accepted: 1, Active: 1})
		},
	},
	{
		Name: "header before what a client says at once",
		Why:  "the header is whole and first, and the bytes behind it are the client's",
		do: func(t *trial) {
			conns := t.introduced(0)
			for i, n := range sizes {
				client := t.dial()
				sent := t.sending(client, byte(i), n)
				server := t.accepted(conns)
				t.wantHeader(client, server)
				t.must(expect(server, byte(i), n))
				sent()
				t.must(server.Close())
				t.readAll(client, "")
			}
			t.gone()
		},
	},
	{
		Name: "header before a client that ends at once",
		Why:  "the end is passed on behind the header, and answers still go",
		do: func(t *trial) {
			conns := t.introduced(0)
			client := t.dial()
			t.must(client.CloseWrite())
			server := t.accepted(conns)
			t.wantHeader(client, server)
			t.readAll(server, "")
			t.write(server, "late")
			t.must(server.Close())
			t.readAll(client, "late")
			t.gone()
			t.wantCounted(Counters{Out: 4, Accepted: 1})
		},
	},
	{
		Name:  "header for the next backend",
		Why:   "the one that takes the connection gets a whole header of its own",
		Setup: Setup{Places: 3, Connect: 200 * time.Millisecond},
		do: func(t *trial) {
			conns := t.introduced(1) // nobody is at the others
			for range 6 {
				client := t.dial()
				t.write(client, "hello")
				server := t.accepted(conns)
				t.wantHeader(client, server)
				b := make([]byte, 5)
				_, err := io.ReadFull(server, b)
				t.must(err)
				if string(b) != "hello" {
					t.failf("%q behind the header", b)
				}
			}
		},
	},
	{
		Name: "header and 16 MB both ways at once",
		Why:  "what is spliced follows the header",
		do: func(t *trial) {
			conns := t.introduced(0)
			client := t.dial()
			server := t.accepted(conns)
			t.wantHeader(client, server)
			t.exchange(client, server, 16<<20, 16<<20, 256<<10)
			t.gone()
		},
	},
}

func (t *trial) introduced(place int) <-chan *net.TCPConn {
	t.needs("introductions", t.rig.Introduce != nil)
	t.must(t.rig.Introduce())
	return t.handover(place)
}

// wantHeader reads the header of a client's connection, and no more.
func (t *trial) wantHeader(client, server *net.TCPConn) {
	b := make([]byte, proxyproto.Fixed, proxyproto.Most)
	_, err := io.ReadFull(server, b)
	t.must(err)
	b = b[:proxyproto.Fixed+int(b[14])<<8+int(b[15])]
	_, err = io.ReadFull(server, b[proxyproto.Fixed:])
	t.must(err)
	h, n, err := proxyproto.Parse(b)
	t.must(err)
	from := client.LocalAddr().(*net.TCPAddr).AddrPort()
	link := proxyproto.Link{VPC: clientVPC, Endpoint: "ep-1", Service: "epsrv-1"}
	want := fmt.Sprint(proxyproto.Aliyun.TLVs(link))
	switch {
	case n != len(b), h.Local, fmt.Sprint(h.TLVs) != want:
		t.failf("the header is %+v, want the records %v", h, want)
	case h.Source.Port() != from.Port(), h.Destination.Addr() != frontAt, h.Destination.Port() != t.rig.Front.Port():
		t.failf("the header is from %v to %v, want port %d to %v", h.Source, h.Destination, from.Port(), frontAt)
	case h.Source.Addr().String() != "10.10.2.1":
		t.failf("the header's client is %v, want its address in its network", h.Source)
	}
}
