package e2e

import (
	"bytes"
	order "encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
)

// What the DNS server of startUpstream answers: one address, and many when the
// name begins with "long", which it cuts over UDP.
const (
	upstreamAddr = "192.0.2.77"
	upstreamMany = 100
)

// startUpstream runs a DNS server that knows every name, for labs that must
// not ask the outside world, and answers its address. It ends with the test.
func startUpstream(t *testing.T) string {
	t.Helper()
	at, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	packets, err := net.ListenPacket("udp4", at)
	if err != nil {
		t.Fatal(err)
	}
	streams, err := net.Listen("tcp4", at)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		buf := make([]byte, 4096)
		for {
			n, from, err := packets.ReadFrom(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if reply := knowsAll(buf[:n], true); err == nil && reply != nil {
				_, _ = packets.WriteTo(reply, from)
			}
		}
	})
	all.Go(func() {
		for {
			conn, err := streams.Accept()
			if err != nil {
				return
			}
			all.Go(func() { serveUpstream(conn) })
		}
	})
	t.Cleanup(func() {
		_ = packets.Close()
		_ = streams.Close()
		all.Wait()
	})
	return at
}

func serveUpstream(conn net.Conn) {
	defer conn.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		query := make([]byte, order.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		reply := knowsAll(query, false)
		if _, err := conn.Write(append(order.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)); err != nil {
			return
		}
	}
}

// knowsAll answers a query for an address (RFC 1035, 4.1), and that there is
// nothing of any other type.
func knowsAll(query []byte, udp bool) []byte {
	const header = 12
	if len(query) < header+6 {
		return nil
	}
	end := header // of the question
	for end < len(query) && query[end] != 0 {
		end += 1 + int(query[end])
	}
	if end += 5; end > len(query) {
		return nil
	}
	n, flags := 1, uint16(0x8180) // a response, recursion desired and available
	if bytes.HasPrefix(bytes.ToLower(query[header+1:]), []byte("long")) {
		n = upstreamMany
		if udp {
			n, flags = 0, flags|0x0200 // cut
		}
	}
	if order.BigEndian.Uint16(query[end-4:]) != 1 {
		n = 0
	}
	reply := append([]byte{}, query[:2]...)
	for _, v := range []uint16{flags, 1, uint16(n), 0, 0} {
		reply = order.BigEndian.AppendUint16(reply, v)
	}
	reply = append(reply, query[header:end]...)
	for i := range n {
		// The name of the question, A, IN, 60 s, four bytes.
		reply = append(reply, 0xc0, header, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, byte(77+i))
	}
	return reply
}
