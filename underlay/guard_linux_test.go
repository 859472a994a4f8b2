package underlay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// answers are what a guard is told.
type answers struct {
	mu    sync.Mutex
	no    []string
	asked []string
}

func (a *answers) ask(vpc, protocol string, from, to netip.AddrPort, sent bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	what := fmt.Sprint(vpc, " ", protocol, " ", from.Addr(), " ", to)
	if sent {
		a.asked = append(a.asked, what)
	}
	return !slices.Contains(a.no, what)
}

func (a *answers) refuse(no ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.no = no
}

// since answers what was asked since the last time.
func (a *answers) since() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	asked := a.asked
	a.asked = nil
	return asked
}

// COM-09: what goes from one instance straight to another one of its VPC is asked
// about: each connection, each datagram but answers, each ping.
func TestGuard(t *testing.T) {
	a := &answers{}
	n, one, two := guarded(t, a), netip.MustParseAddr("10.10.2.1"), at("10.10.2.2:80")
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()

	// Connections.
	ln, err := n.Listen("vpc-1", two)
	must(t, err)
	defer ln.Close()
	const tcp = "vpc-1 tcp 10.10.2.1 10.10.2.2:80"
	a.since()
	c, err := n.Dial(ctx, "tcp", "vpc-1", one, two)
	must(t, err)
	defer c.Close()
	s, err := ln.Accept()
	must(t, err)
	defer s.Close()
	a.refuse(tcp)
	_, err = n.Dial(ctx, "tcp", "vpc-1", one, two)
	wantErr(t, err, syscall.EHOSTUNREACH)
	// What was let through goes on.
	must(t, exchange(c, s, make([]byte, 100_000)))
	if asked := a.since(); !slices.Equal(asked, []string{tcp, tcp}) {
		t.Errorf("asked %q", asked)
	}

	// The other VPC has the same addresses.
	_, err = n.Dial(ctx, "tcp", "vpc-2", one, two)
	wantErr(t, err, syscall.ECONNREFUSED)
	if asked := a.since(); !slices.Equal(asked, []string{"vpc-2 tcp 10.10.2.1 10.10.2.2:80"}) {
		t.Errorf("asked %q", asked)
	}

	// What the router answers itself is nobody's question: an endpoint's address.
	eni, err := n.Listen("vpc-1", at("10.10.2.77:80"))
	must(t, err)
	defer eni.Close()
	c, err = n.Dial(ctx, "tcp", "vpc-1", one, at("10.10.2.77:80"))
	must(t, err)
	must(t, c.Close())
	if asked := a.since(); len(asked) > 0 {
		t.Errorf("asked %q", asked)
	}
}

func TestGuardOfDatagrams(t *testing.T) {
	a := &answers{}
	n, one, two := guarded(t, a), netip.MustParseAddr("10.10.2.1"), at("10.10.2.2:80")
	pc, err := n.ListenPacket("vpc-1", two)
	must(t, err)
	defer pc.Close()
	u, err := n.Dial(t.Context(), "udp", "vpc-1", one, two)
	must(t, err)
	defer u.Close()
	question := "vpc-1 udp 10.10.2.1 10.10.2.2:80"
	answer := fmt.Sprintf("vpc-1 udp 10.10.2.2 10.10.2.1:%d", u.LocalAddr().(*net.UDPAddr).Port)
	client := u.LocalAddr()

	// Nobody may send back what was not asked for.
	a.refuse(answer)
	heard := func(c interface{ SetReadDeadline(time.Time) error }, read func([]byte) (int, error), patience time.Duration) error {
		must(t, c.SetReadDeadline(time.Now().Add(patience)))
		_, err := read(make([]byte, 10_000))
		return err
	}
	_, err = pc.WriteTo([]byte("hello"), client)
	must(t, err)
	if heard(u, u.Read, 100*time.Millisecond) == nil {
		t.Fatal("a datagram came that was refused")
	}
	atServer := func(b []byte) (int, error) {
		n, _, err := pc.ReadFrom(b)
		return n, err
	}
	// One that is sent in parts, too.
	for _, size := range []int{5, 5000} {
		_, err = u.Write(make([]byte, size))
		must(t, err)
		must(t, heard(pc, atServer, timeout))
		_, err = pc.WriteTo(make([]byte, size), client)
		must(t, err)
		must(t, heard(u, u.Read, timeout))
	}
	// An answer may go as long as its question may.
	a.refuse(answer, question)
	a.since()
	_, err = pc.WriteTo([]byte("late"), client)
	must(t, err)
	if heard(u, u.Read, 100*time.Millisecond) == nil {
		t.Error("the answer to a refused question came")
	}
	if asked := a.since(); !slices.Equal(asked, []string{answer}) {
		t.Errorf("sent was %q", asked)
	}
	_, err = u.Write([]byte("again"))
	must(t, err)
	wantErr(t, heard(u, u.Read, timeout), syscall.EHOSTUNREACH)
}

func TestGuardOfPings(t *testing.T) {
	a := &answers{}
	n, one := guarded(t, a), netip.MustParseAddr("10.10.2.1")
	var ping *os.File
	must(t, n.In("vpc-1", one, func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_ICMP)
		ping = os.NewFile(uintptr(fd), "ping")
		if err != nil {
			return err
		}
		return unix.Connect(fd, &unix.SockaddrInet4{Addr: [4]byte{10, 10, 2, 2}})
	}))
	defer ping.Close()
	answered := func() byte {
		t.Helper()
		_, err := ping.Write([]byte{8, 0, 0xf7, 0xff, 0, 0, 0, 0})
		must(t, err)
		must(t, ping.SetReadDeadline(time.Now().Add(timeout)))
		buf := make([]byte, 100)
		_, err = ping.Read(buf)
		must(t, err)
		return buf[20]
	}
	if kind := answered(); kind != 0 {
		t.Errorf("the answer is %d", kind)
	}
	// A refusal comes from the router and not from whom it is connected with. Other
	// requests than pings are asked about too: for the time, for one.
	a.refuse("vpc-1 icmp 10.10.2.1 10.10.2.2:0")
	for _, request := range [][]byte{{8, 0, 0xf7, 0xff, 0, 0, 0, 0}, append([]byte{13, 0, 0xf2, 0xff}, make([]byte, 16)...)} {
		_, err := ping.Write(request)
		must(t, err)
		must(t, ping.SetReadDeadline(time.Now().Add(timeout)))
		_, err = ping.Read(make([]byte, 100))
		wantErr(t, err, syscall.EHOSTUNREACH)
	}
}

// Connections do not wait behind another one's datagrams.
func TestGuardUnderAFlood(t *testing.T) {
	a := &answers{}
	n := guarded(t, a)
	pc, err := n.ListenPacket("vpc-1", at("10.10.2.2:80"))
	must(t, err)
	defer pc.Close()
	ln, err := n.Listen("vpc-1", at("10.10.2.2:80"))
	must(t, err)
	defer ln.Close()
	u, err := n.Dial(t.Context(), "udp", "vpc-1", netip.MustParseAddr("10.10.2.1"), at("10.10.2.2:80"))
	must(t, err)
	defer u.Close()
	stop, sent := make(chan struct{}), make(chan int)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				sent <- n
				return
			default:
				if _, err := u.Write([]byte("flood")); errors.Is(err, net.ErrClosed) {
					return
				}
			}
		}
	}()
	var took []time.Duration
	for range 200 {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		began := time.Now()
		c, err := n.Dial(ctx, "tcp", "vpc-1", netip.MustParseAddr("10.10.2.1"), at("10.10.2.2:80"))
		cancel()
		must(t, err)
		took = append(took, time.Since(began))
		must(t, c.Close())
	}
	close(stop)
	slices.Sort(took)
	t.Logf("beside %d datagrams a connection takes %v, %v at worst", <-sent, took[100], took[199])
	if took[190] > 500*time.Millisecond {
		t.Errorf("one of twenty connections takes %v or more", took[190])
	}
}

// Only datagrams have answers that pass because of their questions, and not for
// ever: who is silent for long has none to come, also when others talk.
func TestAnswers(t *testing.T) {
	one, two, other := at("10.10.2.1:5000"), at("10.10.2.2:53"), way{unix.IPPROTO_UDP, at("10.10.2.1:5001"), at("10.10.2.3:53")}
	for _, c := range []struct {
		protocol      byte
		between, then time.Duration // that pass before another packet, and before the answer
		want          bool
	}{
		{unix.IPPROTO_UDP, 0, 0, true},
		{unix.IPPROTO_UDP, 0, answerTime - time.Second, true},
		{unix.IPPROTO_UDP, answerTime + time.Second, time.Second, true},
		{unix.IPPROTO_UDP, 0, 2*answerTime + time.Second, false},
		{unix.IPPROTO_UDP, 2*answerTime - time.Second, answerTime - time.Second, false},
		{unix.IPPROTO_ICMP, 0, 0, false},
	} {
		g := &guard{
			ask:    func(_, _ string, from, _ netip.AddrPort, _ bool) bool { return from.Addr() == one.Addr() },
			lately: map[way]bool{}, turned: time.Now(),
		}
		question := way{c.protocol, one, two}
		if !g.lets(question) {
			t.Fatal("the question is refused")
		}
		g.turned = g.turned.Add(-c.between)
		g.lets(other)
		g.turned = g.turned.Add(-c.then)
		if got := g.lets(question.back()); got != c.want {
			t.Errorf("%s: a packet after %v, and %v later the answer comes: %v", question.name(), c.between, c.then, got)
		}
	}
}

// guarded is spaces with somebody who is asked.
func guarded(t *testing.T, a *answers) *Netns {
	t.Helper()
	return spaces(t, func(n *Netns) { n.Guard(a.ask) })
}

// exchange sends bytes one way and looks whether they come.
func exchange(from, to net.Conn, what []byte) error {
	sent := make(chan error, 1)
	go func() {
		_, err := from.Write(what)
		sent <- err
	}()
	got := make([]byte, len(what))
	for n := 0; n < len(got); {
		m, err := to.Read(got[n:])
		if err != nil {
			return err
		}
		n += m
	}
	if !bytes.Equal(got, what) {
		return fmt.Errorf("other bytes came")
	}
	return <-sent
}

// Whatever the queue holds, reading it ends and takes nothing that is not there.
func FuzzQueued(f *testing.F) {
	f.Add([]byte{})
	f.Add(slices.Concat(make([]byte, 4), []byte{0, 3}, make([]byte, 14), []byte{8, 0, 1, 0, 0, 0, 0, 1, 24, 0, 10, 0, 0x45}, make([]byte, 19)))
	f.Fuzz(func(t *testing.T, m []byte) {
		if _, packet, ok := queued(m); ok {
			w, _ := parse(packet)
			_ = w.back().name()
		}
		parse(m)
	})
}
