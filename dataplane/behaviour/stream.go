package behaviour

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
)

// stream is an endless row of bytes, the same for the same seed.
func stream(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

// send writes the first n bytes of a stream, in parts of which the sizes vary
// up to a largest one.
func send(c io.Writer, seed byte, n int64, largest int) error {
	from, buf := stream(seed), make([]byte, largest)
	for step := 1; n > 0; step = (2*step + 1) % 99991 { // a prime: it never stands still
		part := buf[:min(int64(step%largest+1), n)]
		_, _ = from.Read(part)
		if _, err := c.Write(part); err != nil {
			return fmt.Errorf("with %d bytes to go: %w", n, err)
		}
		n -= int64(len(part))
	}
	return nil
}

// expect reads the first n bytes of a stream, and then the end in order.
func expect(c io.Reader, seed byte, n int64) error {
	if err := follow(c, seed, n); err != nil {
		return err
	}
	if more, err := c.Read(make([]byte, 1)); more != 0 || err != io.EOF {
		return fmt.Errorf("after all %d bytes: %d more and %w, want the end in order", n, more, orEnd(err))
	}
	return nil
}

// follow reads the first n bytes of a stream.
func follow(c io.Reader, seed byte, n int64) error {
	from, got, want := stream(seed), make([]byte, 64<<10), make([]byte, 64<<10)
	for at := int64(0); at < n; {
		m, err := c.Read(got[:min(int64(len(got)), n-at)])
		_, _ = from.Read(want[:m])
		if !bytes.Equal(got[:m], want[:m]) {
			return fmt.Errorf("bytes from %d to %d of %d are others than were sent", at, at+int64(m), n)
		}
		at += int64(m)
		if err != nil && at < n {
			return fmt.Errorf("after %d of %d bytes: %w", at, n, err)
		}
	}
	return nil
}

// urgentByte may be left out of a stream, as it is unless somebody asks for it
// to be left in its place.
const urgentByte = '!'

// followPast is follow, behind a byte that may be there or not.
func followPast(c io.Reader, seed byte, n int64) error {
	var all, first [1]byte
	if _, err := io.ReadFull(c, all[:]); err != nil {
		return fmt.Errorf("behind an urgent byte: %w", err)
	}
	_, _ = stream(seed).Read(first[:])
	if all[0] == urgentByte && first[0] != urgentByte {
		return follow(c, seed, n)
	}
	return follow(io.MultiReader(bytes.NewReader(all[:]), c), seed, n)
}

// sending sends a stream and half-closes, beside what the row does. The result
// waits for that.
func (t *trial) sending(c *net.TCPConn, seed byte, n int64) (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = send(c, seed, n, 70001) // what is missing is missed on the other side
		_ = c.CloseWrite()
	}()
	return func() { <-done }
}

// exchange sends a stream each way at once, with the end behind the last byte.
func (t *trial) exchange(client, server *net.TCPConn, up, down int64, largest int) {
	var group sync.WaitGroup
	errs := make(chan error, 4)
	for _, way := range []struct {
		what     string
		from, to *net.TCPConn
		seed     byte
		n        int64
	}{
		{"to the backend", client, server, 1, up},
		{"to the client", server, client, 2, down},
	} {
		group.Go(func() {
			if err := send(way.from, way.seed, way.n, largest); err != nil {
				errs <- fmt.Errorf("write %s: %w", way.what, err)
			}
			_ = way.from.CloseWrite()
		})
		group.Go(func() {
			if err := expect(way.to, way.seed, way.n); err != nil {
				errs <- fmt.Errorf("%s: %w", way.what, err)
				_ = client.Close()
				_ = server.Close()
			}
		})
	}
	group.Wait()
	select {
	case err := <-errs:
		t.must(err)
	default:
	}
}

// sizes are around what buffers, segments and pipes hold.
var sizes = []int64{0, 1, 1447, 4095, 4096, 65535, 65536, 65537, 131072, 200001, 1 << 20, 5<<20 + 1}

// streams are about bytes: none lost, none changed, none too many.
var streams = []Row{
	{
		Name: "close after the last byte, both ways",
		Why:  "no byte is lost on close, whatever the size",
		do: func(t *trial) {
			conns := t.handover(0)
			for i, n := range sizes {
				client, server := t.join(conns)
				t.exchange(client, server, n, sizes[len(sizes)-1-i], 70001)
			}
			t.gone()
		},
	},
	{
		Name: "backend that says all and closes at once",
		Why:  "no byte is lost although the backend is gone before the client reads",
		do: func(t *trial) {
			conns := t.handover(0)
			for i, n := range sizes {
				client, server := t.dial(), t.accepted(conns)
				sent := make(chan error, 1)
				go func() {
					err := send(server, byte(i), n, 70001)
					_ = server.Close()
					sent <- err
				}()
				err := expect(client, byte(i), n)
				t.must(<-sent)
				t.must(err)
				t.must(client.Close())
			}
			t.gone()
		},
	},
	{
		Name: "client that says all and closes at once",
		Why:  "no byte is lost although the client is gone before the backend reads",
		do: func(t *trial) {
			conns := t.handover(0)
			for i, n := range sizes {
				client, server := t.join(conns)
				sent := make(chan error, 1)
				go func() {
					err := send(client, byte(i), n, 70001)
					_ = client.Close()
					sent <- err
				}()
				err := expect(server, byte(i), n)
				t.must(<-sent)
				t.must(err)
				t.must(server.Close())
			}
			t.gone()
		},
	},
	{
		Name: "64 MB both ways at once",
		Why:  "a large transfer arrives unchanged",
		do: func(t *trial) {
			client, server := t.pair()
			t.exchange(client, server, 64<<20, 64<<20, 256<<10)
			t.gone()
		},
	},
	{
		Name: "many small writes both ways at once",
		Why:  "bytes keep their order when each comes alone",
		do: func(t *trial) {
			client, server := t.pair()
			t.exchange(client, server, 20000, 20000, 1)
			t.gone()
		},
	},
	{
		Name: "large and small by turns",
		Why:  "nothing is lost where a way of copying is left for another",
		do: func(t *trial) {
			client, server := t.pair()
			for i := range 8 {
				for _, n := range []int64{1 << 20, 1, 300000, 100, 65536, 65536, 7} {
					t.through(client, server, byte(i), n)
					t.through(server, client, byte(i+100), n)
				}
			}
			t.exchange(client, server, 1000, 1000, 100)
			t.gone()
		},
	},
	{
		Name: "urgent byte in a stream",
		Why:  "a read that stops at its mark is not the end of what there is",
		do: func(t *trial) {
			client, server := t.pair()
			for _, way := range []struct{ from, to *net.TCPConn }{{client, server}, {server, client}} {
				for i := range byte(20) {
					// All at once, so that one read could have it all.
					t.must(cork(way.from, true))
					t.must(send(way.from, i, 1000, 1000))
					t.must(sendUrgent(way.from))
					t.must(send(way.from, i+100, 1000, 1000))
					t.must(cork(way.from, false))
					t.must(follow(way.to, i, 1000))
					t.must(followPast(way.to, i+100, 1000))
				}
			}
			t.exchange(client, server, 1000, 1000, 100)
			t.gone()
		},
	},
	{
		Name: "urgent byte in a large stream",
		Why:  "a splice that stops at its mark is not the end of what there is",
		do: func(t *trial) {
			client, server := t.pair()
			const much = 4 << 20
			for _, way := range []struct{ from, to *net.TCPConn }{{client, server}, {server, client}} {
				sent := make(chan error, 1)
				go func() {
					err := send(way.from, 1, much, 70001)
					if err == nil {
						err = sendUrgent(way.from)
					}
					if err == nil {
						err = send(way.from, 2, much, 70001)
					}
					sent <- errors.Join(err, way.from.CloseWrite())
				}()
				t.must(follow(way.to, 1, much))
				t.must(followPast(way.to, 2, much))
				t.must(<-sent)
			}
			t.gone()
		},
	},
	{
		Name: "100 connections at once",
		Why:  "connections do not mix",
		do: func(t *trial) {
			t.serve(0, echo)
			errs := make(chan error, 100)
			for i := range cap(errs) {
				client := t.dial()
				go func() { errs <- echoed(client, byte(i), 100_000+int64(i)*1000) }()
			}
			for range cap(errs) {
				t.must(<-errs)
			}
			t.gone()
		},
	},
}

// through sends a stream one way and waits for it.
func (t *trial) through(from, to *net.TCPConn, seed byte, n int64) {
	sent := make(chan error, 1)
	go func() { sent <- send(from, seed, n, int(n)+1) }()
	err := follow(to, seed, n)
	if err != nil {
		_ = from.Close()
	}
	t.must(<-sent)
	t.must(err)
}

// echoed sends a stream to a backend that echoes, and follows it back.
func echoed(c *net.TCPConn, seed byte, n int64) error {
	sent := make(chan error, 1)
	go func() {
		err := send(c, seed, n, 70001)
		_ = c.CloseWrite()
		sent <- err
	}()
	err := expect(c, seed, n)
	if err != nil {
		_ = c.Close()
	}
	return firstOf(err, <-sent)
}

func firstOf(errs ...error) error {
	i := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	if i < 0 {
		return nil
	}
	return errs[i]
}
