package dataplane_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	long    = flag.Bool("long", false, "run tests of many connections in full size")
	inCrowd = flag.Bool("crowd", false, "be a part of such a test, as the input orders")
)

// What a crowd's client and backend do runs in processes of their own, so that
// each has its files for itself, and the plane's memory is the plane's.

// order is what a part of the crowd is told, one line of JSON each.
type order struct {
	Do      string // "serve", "open", "work", "ask" or "close"
	At      netip.AddrPort
	Sources []netip.Addr
	Count   int           // connections to open, rounds to ask
	For     time.Duration // to work
	Reset   bool          // close hard
}

// result is what came of it.
type result struct {
	Failed string
	Rounds int64         // of those that work
	Median time.Duration // of those that are asked
	Worst  time.Duration
}

// part is a process of a crowd.
type part struct {
	t   *testing.T
	in  *json.Encoder
	out *json.Decoder
}

func startPart(t *testing.T) *part {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-crowd")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // it ends with its orders
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &part{t, json.NewEncoder(in), json.NewDecoder(bufio.NewReader(out))}
}

func (p *part) try(o order) result {
	p.t.Helper()
	var r result
	if err := errors.Join(p.in.Encode(o), p.out.Decode(&r)); err != nil {
		p.t.Fatalf("%s: %v", o.Do, err)
	}
	return r
}

func (p *part) do(o order) result {
	p.t.Helper()
	r := p.try(o)
	if r.Failed != "" {
		p.t.Fatalf("%s: %s", o.Do, r.Failed)
	}
	return r
}

// bePart does what it is told until there are no more orders.
func bePart() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	m := &member{}
	for {
		var o order
		if err := in.Decode(&o); err != nil {
			return
		}
		r, err := m.do(o)
		if err != nil {
			r.Failed = err.Error()
		}
		if err := out.Encode(r); err != nil {
			return
		}
	}
}

// member is the client or the backend of a crowd.
type member struct{ conns []*net.TCPConn }

func (m *member) do(o order) (result, error) {
	switch o.Do {
	case "serve":
		return result{}, serveEcho(o.At)
	case "open":
		return result{}, m.open(o)
	case "work":
		return m.work(o)
	case "ask":
		return askInTurn(o)
	case "close":
		for _, c := range m.conns {
			if o.Reset {
				_ = c.SetLinger(0)
			}
			_ = c.Close()
		}
		m.conns = nil
		return result{}, nil
	}
	return result{}, fmt.Errorf("no order %q", o.Do)
}

func serveEcho(at netip.AddrPort) error {
	ln, err := net.Listen("tcp4", at.String())
	if err != nil {
		return err
	}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 1024)
				for {
					n, err := c.Read(buf)
					if n > 0 {
						if _, err := c.Write(buf[:n]); err != nil {
							return
						}
					}
					if err != nil {
						return
					}
				}
			}()
		}
	}()
	return nil
}

func dialPlain(from netip.Addr, to netip.AddrPort) (*net.TCPConn, error) {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), Timeout: 10 * time.Second}
	d.SetMultipathTCP(false)
	c, err := d.Dial("tcp4", to.String())
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil
}

// open adds connections, each of which has carried a byte.
func (m *member) open(o order) error {
	errs := make(chan error, 16)
	added := make([]*net.TCPConn, o.Count)
	var next atomic.Int64
	for range cap(errs) {
		go func() {
			for i := int(next.Add(1)) - 1; i < o.Count; i = int(next.Add(1)) - 1 {
				c, err := dialPlain(o.Sources[i%len(o.Sources)], o.At)
				if err == nil {
					added[i], err = c, oneRound(c, []byte("x"))
				}
				if err != nil {
					errs <- fmt.Errorf("connection %d: %w", i, err)
					return
				}
			}
			errs <- nil
		}()
	}
	var all []error
	for range cap(errs) {
		all = append(all, <-errs)
	}
	m.conns = append(m.conns, slices.DeleteFunc(added, func(c *net.TCPConn) bool { return c == nil })...)
	return errors.Join(all...)
}

func oneRound(c net.Conn, b []byte) error {
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := c.Write(b); err != nil {
		return err
	}
	got := make([]byte, len(b))
	if _, err := io.ReadFull(c, got); err != nil {
		return err
	}
	if !bytes.Equal(got, b) {
		return errors.New("other bytes came back")
	}
	return nil
}

// work has the last connections ask and answer all the time.
func (m *member) work(o order) (result, error) {
	var r result
	var rounds atomic.Int64
	var group sync.WaitGroup
	busy := m.conns[len(m.conns)-o.Count:]
	errs := make(chan error, len(busy))
	until := time.Now().Add(o.For)
	for i, c := range busy {
		group.Go(func() {
			from, buf := rand.NewChaCha8([32]byte{byte(i), byte(i >> 8)}), make([]byte, 1000)
			for time.Now().Before(until) {
				n := 1 + i%len(buf)
				_, _ = from.Read(buf[:n])
				if err := oneRound(c, buf[:n]); err != nil {
					errs <- fmt.Errorf("connection %d after %d rounds of all: %w", i, rounds.Load(), err)
					return
				}
				rounds.Add(1)
			}
		})
	}
	group.Wait()
	close(errs)
	r.Rounds = rounds.Load()
	return r, <-errs
}

// askInTurn measures questions of one more connection.
func askInTurn(o order) (result, error) {
	c, err := dialPlain(o.Sources[0], o.At)
	if err != nil {
		return result{}, err
	}
	defer c.Close()
	var took []time.Duration
	for range o.Count {
		began := time.Now()
		if err := oneRound(c, bytes.Repeat([]byte("?"), 64)); err != nil {
			return result{}, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return result{Median: took[len(took)/2], Worst: took[len(took)-1]}, nil
}
