package dataplane_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"culvert.internal/dataplane"
	"culvert.internal/reach"
)

// handover is a backend that gives its connections to the test.
func handover(l *lab) chan *net.TCPConn {
	conns := make(chan *net.TCPConn, 16)
	l.backend("ecs-2", 2, 100, func(c *net.TCPConn) { conns <- c })
	l.t.Cleanup(func() {
		for {
			select {
			case c := <-conns:
				_ = c.Close()
			default:
				return
			}
		}
	})
	return conns
}

// pair is a connection through the plane, seen from both sides.
func pair(l *lab) (client, server *net.TCPConn) {
	l.t.Helper()
	conns := handover(l)
	client = l.mustDial(l.front("eni-1", true))
	server = <-conns
	l.t.Cleanup(func() { _ = server.Close() })
	_ = server.SetDeadline(time.Now().Add(20 * time.Second))
	// A backend that resets before the plane has noticed its own connect would
	// count as one that could not be connected.
	l.eventually("both are joined", func() bool { return len(l.plane.Connections("eni-1")) == 1 })
	return client, server
}

// What each side does and what the other one must see of it.
func TestEndsOfAConnection(t *testing.T) {
	readAll := func(l *lab, c *net.TCPConn, want string) {
		l.t.Helper()
		b, err := io.ReadAll(c)
		if err != nil || string(b) != want {
			l.t.Fatalf("read %q, %v; want %q", b, err, want)
		}
	}
	write := func(l *lab, c *net.TCPConn, s string) {
		l.t.Helper()
		_, err := io.WriteString(c, s)
		l.must(err)
	}
	rst := func(l *lab, c *net.TCPConn) {
		l.t.Helper()
		l.must(c.SetLinger(0))
		l.must(c.Close())
	}
	for name, c := range map[string]struct {
		run func(l *lab, client, server *net.TCPConn)
		end string
	}{
		"client half-closes and still gets its answer": {func(l *lab, client, server *net.TCPConn) {
			write(l, client, "question")
			l.must(client.CloseWrite())
			readAll(l, server, "question")
			write(l, server, "answer")
			l.must(server.Close())
			readAll(l, client, "answer")
		}, dataplane.EndClient},
		"backend half-closes and still gets the rest": {func(l *lab, client, server *net.TCPConn) {
			write(l, server, "greeting")
			l.must(server.CloseWrite())
			readAll(l, client, "greeting")
			write(l, client, "late")
			l.must(client.Close())
			readAll(l, server, "late")
		}, dataplane.EndBackend},
		"client resets": {func(l *lab, client, server *net.TCPConn) {
			rst(l, client)
			l.wantReset(server)
		}, dataplane.EndClientReset},
		"backend resets": {func(l *lab, client, server *net.TCPConn) {
			rst(l, server)
			l.wantReset(client)
		}, dataplane.EndBackendReset},
		"client resets after its half-close": {func(l *lab, client, server *net.TCPConn) {
			l.must(client.CloseWrite())
			readAll(l, server, "")
			rst(l, client)
			// Nobody writes, and still nothing is left half open.
			l.eventually("the flow is over", func() bool { return l.plane.Drained("eni-1") })
			l.eventually("the backend sees the reset", func() bool {
				_, err := server.Write([]byte("x"))
				return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
			})
		}, dataplane.EndClientReset},
		"backend resets after its half-close": {func(l *lab, client, server *net.TCPConn) {
			l.must(server.CloseWrite())
			readAll(l, client, "")
			rst(l, server)
			// Nobody writes, and still nothing is left half open.
			l.eventually("the flow is over", func() bool { return l.plane.Drained("eni-1") })
			l.eventually("the client sees the reset", func() bool {
				_, err := client.Write([]byte("x"))
				return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
			})
		}, dataplane.EndBackendReset},
		"client resets while the backend does not read": {func(l *lab, client, server *net.TCPConn) {
			fill(l, client)
			rst(l, client)
			l.wantReset(server)
		}, dataplane.EndClientReset},
		"backend resets while the client does not read": {func(l *lab, client, server *net.TCPConn) {
			fill(l, server)
			rst(l, server)
			l.wantReset(client)
		}, dataplane.EndBackendReset},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			client, server := pair(l)
			c.run(l, client, server)
			l.endedAs(c.end)
			l.eventually("nothing is left", func() bool { return l.plane.Drained("eni-1") })
			// The counters know who reset, and nobody else did.
			in, out := uint64(0), uint64(0)
			switch c.end {
			case dataplane.EndClientReset:
				in = 1
			case dataplane.EndBackendReset:
				out = 1
			}
			if n := l.plane.Counters("eni-1"); n.ResetsIn != in || n.ResetsOut != out {
				t.Fatalf("counted %+v", n)
			}
			l.eventually("no flow takes room", func() bool { live, most := l.plane.Flows(); return live == 0 && most > 0 })
		})
	}
}

// fill writes until the other side's silence stops the writer, and says how
// much went in.
func fill(l *lab, c *net.TCPConn) (n int) {
	l.t.Helper()
	l.must(c.SetWriteBuffer(64 << 10))
	block := make([]byte, 64<<10)
	for {
		l.must(c.SetWriteDeadline(time.Now().Add(time.Second)))
		m, err := c.Write(block)
		n += m
		if err != nil {
			return n
		}
		if n > 64<<20 {
			l.t.Fatalf("%d bytes were taken and nobody read one", n)
		}
	}
}

// A stalled reader stops the writer within some MB, and all of it arrives.
func TestBackPressure(t *testing.T) {
	l := newLab(t)
	client, server := pair(l)
	n := fill(l, client)
	l.must(client.CloseWrite())
	got, err := io.Copy(io.Discard, server)
	l.must(err)
	if got != int64(n) {
		t.Fatalf("%d bytes written, %d arrived", n, got)
	}
	if c := l.plane.Counters("eni-1"); c.In != uint64(n) {
		t.Fatalf("%d bytes carried, counted %d", n, c.In)
	}
}

// Streams both ways at once arrive unchanged, and the counters are exact to
// the byte, per connection and per front, during and after.
func TestStreamsAndCounters(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, echo)
	to := l.front("eni-1", true)
	var wg sync.WaitGroup
	var total uint64
	for i := range 8 {
		size := 1<<20 + i*12345
		total += uint64(size)
		wg.Go(func() {
			conn, err := l.dial(to)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			data := make([]byte, size)
			src := rand.NewChaCha8([32]byte{byte(i)})
			_, _ = src.Read(data)
			sent := sha256.Sum256(data)
			var sending sync.WaitGroup
			sending.Go(func() {
				for part := range chunks(data) {
					if _, err := conn.Write(part); err != nil {
						t.Error(err)
					}
				}
				_ = conn.CloseWrite()
			})
			back := sha256.New()
			if n, err := io.Copy(back, conn); err != nil || n != int64(size) || !bytes.Equal(back.Sum(nil), sent[:]) {
				t.Errorf("%d of %d bytes came back, %v", n, size, err)
			}
			sending.Wait()
		})
	}
	wg.Wait()
	l.eventually("all ended", func() bool { return l.plane.Drained("eni-1") })
	if c := l.plane.Counters("eni-1"); c.In != total || c.Out != total || c.Accepted != 8 || c.Active != 0 {
		t.Fatalf("%d bytes each way in 8 flows, counted %+v", total, c)
	}
}

func chunks(b []byte) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for step := 1; len(b) > 0; step = step*2 + 1 {
			n := min(step%70001, len(b))
			if !yield(b[:n]) {
				return
			}
			b = b[n:]
		}
	}
}

func TestLiveConnectionIsListedWithItsBytes(t *testing.T) {
	l := newLab(t)
	client, server := pair(l)
	_, err := client.Write(make([]byte, 1000))
	l.must(err)
	_, err = io.ReadFull(server, make([]byte, 1000))
	l.must(err)
	_, err = server.Write(make([]byte, 7))
	l.must(err)
	_, err = io.ReadFull(client, make([]byte, 7))
	l.must(err)
	l.eventually("the bytes of a live flow", func() bool {
		all := l.plane.Connections("eni-1")
		return len(all) == 1 && all[0].In == 1000 && all[0].Out == 7
	})
	c := l.plane.Connections("eni-1")[0]
	if c.Client.Addr() != clientAddr || c.Backend.ID != "ecs-2" || c.Endpoint != "ep-1" || c.Port != l.port || c.Protocol != reach.TCP || c.Started.IsZero() {
		t.Fatalf("%+v", c)
	}
	// The backend sees an address of the verdict's range.
	if _, addr, ok := l.net.Origin("vpc-2", server.RemoteAddr().(*net.TCPAddr).AddrPort().Addr()); !ok || !sendRange.Contains(addr) {
		t.Fatalf("the backend sees %s", server.RemoteAddr())
	}
	l.must(client.CloseWrite())
	if _, err := server.Read(make([]byte, 1)); err != io.EOF {
		t.Fatal(err)
	}
	l.must(server.Close())
	if a := l.endedAs(dataplane.EndClient); a.In != 1000 || a.Out != 7 {
		t.Fatalf("%+v", a)
	}
}

// A live connection that nobody uses ends with the listener's idle time, one
// that is used does not.
func TestIdleTimeout(t *testing.T) {
	l := newLab(t)
	l.backend("ecs-2", 2, 100, echo)
	to := l.apply("eni-1", frontAddr, dataplane.Port{Protocol: reach.TCP, Port: l.port, Open: true, IdleTimeout: time.Second})
	idle, busy := l.mustDial(to), l.mustDial(to)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		b := make([]byte, 1)
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
			if _, err := busy.Write(b); err != nil {
				t.Errorf("the busy connection ended: %v", err)
				return
			}
			if _, err := busy.Read(b); err != nil {
				t.Errorf("the busy connection ended: %v", err)
				return
			}
		}
	})
	l.wantReset(idle)
	close(stop)
	wg.Wait()
	if a := l.endedAs(dataplane.EndIdle); a.Took < time.Second {
		t.Fatalf("idle after %v", a.Took)
	}
	if n := len(l.plane.Connections("eni-1")); n != 1 {
		t.Fatalf("%d connections are left", n)
	}
}
