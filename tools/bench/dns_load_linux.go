package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// query is a packed question and the address that is its right answer. Its ID
// is the first two bytes, which whoever sends it writes.
type query struct {
	packet []byte
	asked  int // length of the header and the question
	want   [4]byte
}

// newQuery packs a question for the A records of a name, every second one
// with EDNS0, as clients are mixed.
func newQuery(name string, addr netip.Addr, edns bool) query {
	p := []byte{0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	for label := range labels(name) {
		p = append(append(p, byte(len(label))), label...)
	}
	p = append(p, 0, 0, 1, 0, 1)
	q := query{asked: len(p), want: addr.As4()}
	if edns {
		p[11] = 1
		p = append(p, 0, 0, 41, 1232>>8, 1232&0xff, 0, 0, 0, 0, 0, 0)
	}
	q.packet = p
	return q
}

// right says whether an answer is one to this question: one record, the
// address. Servers point to the question's name or repeat it.
func (q query) right(answer []byte) bool {
	if len(answer) < q.asked+16 || answer[2]&0x80 == 0 || answer[3]&15 != 0 || binary.BigEndian.Uint16(answer[6:]) != 1 {
		return false
	}
	rest := answer[q.asked:]
	if rest[0] >= 0xc0 {
		rest = rest[2:]
	} else if name := q.asked - 16; len(rest) >= name+14 {
		rest = rest[name:]
	}
	return len(rest) >= 14 && [4]byte(rest[10:]) == q.want
}

// How the load is made. Outstanding queries of all sockets together fit into a
// server's one socket as Linux makes it, so that a lost packet is rare and
// means something.
const (
	sockets   = 8
	window    = 24
	patience  = 250 * time.Millisecond
	answerMax = 512
)

// mmsg is struct mmsghdr, which x/sys has no name for.
type mmsg struct {
	hdr unix.Msghdr
	n   uint32
}

// client is a connected UDP socket that blocks, apart from Go's poller, and
// the memory of its system calls. Its queries are of one length.
type client struct {
	fd       int
	queries  []query
	out      []byte // the queries that are sent next, one behind the other
	in       [window]mmsg
	ins      [window]unix.Iovec
	bufs     [window][answerMax]byte
	numbers  [window]uint16    // of the query in a slot
	asked    [window]int       // which one it is
	at       [window]time.Time // when it was sent
	looked   time.Time         // when silent slots were looked for
	rand     *rand.Rand
	counters *counters
}

type counters struct{ answers, wrong, lost atomic.Int64 }

func dial(at netip.AddrPort, queries []query, c *counters, seed uint64) (*client, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	wait := unix.NsecToTimeval(patience.Nanoseconds())
	if err := errors.Join(
		unix.Connect(fd, &unix.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait),
	); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("a socket to %s: %w", at, err)
	}
	k := &client{fd: fd, queries: queries, counters: c, rand: rand.New(rand.NewPCG(seed, 5))}
	for i := range k.in {
		k.ins[i].Base = &k.bufs[i][0]
		k.ins[i].SetLen(answerMax)
		k.in[i].hdr.Iov = &k.ins[i]
		k.in[i].hdr.SetIovlen(1)
	}
	return k, nil
}

func (k *client) close() { _ = unix.Close(k.fd) }

// ask lines up a new question in a slot.
func (k *client) ask(slot int, now time.Time) {
	k.asked[slot] = k.rand.IntN(len(k.queries))
	k.again(slot, now)
}

// again lines up the question of a slot under a new number. The slot is in the
// number, so that an answer finds it.
func (k *client) again(slot int, now time.Time) {
	k.at[slot] = now
	if k.numbers[slot] += window; k.numbers[slot] < window {
		k.numbers[slot] = uint16(slot)
	}
	start := len(k.out)
	k.out = append(k.out, k.queries[k.asked[slot]].packet...)
	binary.BigEndian.PutUint16(k.out[start:], k.numbers[slot])
}

// send sends what is lined up, in one system call: the kernel cuts it into
// packets. So making the load takes less than answering it.
func (k *client) send() error {
	out := k.out
	k.out = k.out[:0]
	if len(out) == 0 {
		return nil
	}
	if _, err := unix.Write(k.fd, out); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// receive fetches answers, with unix.MSG_DONTWAIT those that are there, with
// unix.MSG_WAITFORONE at least one. None came in time when it answers 0.
func (k *client) receive(how uintptr) (int, error) {
	for {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(k.fd), uintptr(unsafe.Pointer(&k.in[0])), window, how, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, nil
		default:
			return 0, fmt.Errorf("receive: %w", errno)
		}
	}
}

// fill sends a full window of questions, and has the kernel cut what is sent.
func (k *client) fill(now time.Time) error {
	const udpSegment = 103 // UDP_SEGMENT
	if err := unix.SetsockoptInt(k.fd, unix.IPPROTO_UDP, udpSegment, len(k.queries[0].packet)); err != nil {
		return fmt.Errorf("many packets in one call: %w", err)
	}
	for slot := range window {
		k.numbers[slot] = uint16(slot)
		k.ask(slot, now)
	}
	return k.send()
}

// turn takes the answers that are there and asks as many new questions. A
// question that has no answer for too long is asked again.
func (k *client) turn(now time.Time) error {
	n, err := k.receive(unix.MSG_DONTWAIT)
	if err != nil {
		return err
	}
	for i := range n {
		answer := k.bufs[i][:k.in[i].n]
		if len(answer) < 12 {
			k.counters.wrong.Add(1)
			continue
		}
		number := binary.BigEndian.Uint16(answer)
		slot := int(number % window)
		if k.numbers[slot] != number {
			continue // came after it was given up
		}
		if k.queries[k.asked[slot]].right(answer) {
			k.counters.answers.Add(1)
		} else {
			k.counters.wrong.Add(1)
		}
		k.ask(slot, now)
	}
	if now.Sub(k.looked) > patience/4 {
		k.looked = now
		for slot := range window {
			if now.Sub(k.at[slot]) > patience {
				k.counters.lost.Add(1)
				k.again(slot, now)
			}
		}
	}
	return k.send()
}

// load is what a server did under one kind of load.
type load struct {
	perSecond    float64
	p50, p99     time.Duration
	wrong, lost  int64
	cpuPerAnswer time.Duration
}

// saturate asks as fast as the server answers. Half of the processors do that
// and never sleep: the server wakes nobody, and has the other half for itself.
func saturate(at netip.AddrPort, kinds [2][]query, d time.Duration) (load, error) {
	var c counters
	var group sync.WaitGroup
	threads := max(1, runtime.NumCPU()/2)
	errs := make(chan error, threads)
	began := time.Now()
	for i := range threads {
		group.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			errs <- flood(at, kinds, &c, uint64(i), began.Add(d))
		})
	}
	group.Wait()
	took := time.Since(began)
	close(errs)
	for err := range errs {
		if err != nil {
			return load{}, err
		}
	}
	return load{perSecond: float64(c.answers.Load()) / took.Seconds(), wrong: c.wrong.Load(), lost: c.lost.Load()}, nil
}

// flood keeps the windows of some sockets full until the time is over.
func flood(at netip.AddrPort, kinds [2][]query, c *counters, seed uint64, until time.Time) error {
	var clients []*client
	for i := range sockets {
		k, err := dial(at, kinds[i%2], c, seed*sockets+uint64(i))
		if err != nil {
			return err
		}
		defer k.close()
		if err := k.fill(time.Now()); err != nil {
			return err
		}
		clients = append(clients, k)
	}
	for now := time.Now(); now.Before(until); now = time.Now() {
		for _, k := range clients {
			if err := k.turn(now); err != nil {
				return err
			}
		}
	}
	return nil
}

// paced sends queries at a fixed rate, whatever comes back, and measures how
// long each answer took. A query that has no answer in time counts as lost.
func paced(at netip.AddrPort, kinds [2][]query, rate int, d time.Duration) (load, error) {
	var c counters
	queries := slices.Concat(kinds[0], kinds[1])
	k, err := dial(at, queries, &c, 1)
	if err != nil {
		return load{}, err
	}
	defer k.close()
	began := time.Now()
	total := int(d.Seconds() * float64(rate))
	sent := make([]atomic.Int64, 1<<16)
	which := make([]atomic.Int32, 1<<16)
	done := make(chan error, 1)
	go func() { done <- pace(k, began, rate, total, sent, which) }()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var took []time.Duration
	for len(took) < total && time.Since(began) < d+patience {
		n, err := k.receive(unix.MSG_WAITFORONE)
		if err != nil {
			return load{}, err
		}
		now := time.Since(began)
		for i := range n {
			answer := k.bufs[i][:k.in[i].n]
			if len(answer) < 12 {
				c.wrong.Add(1)
				continue
			}
			number := binary.BigEndian.Uint16(answer)
			if !queries[which[number].Load()].right(answer) {
				c.wrong.Add(1)
				continue
			}
			took = append(took, now-time.Duration(sent[number].Load()))
		}
	}
	if err := <-done; err != nil {
		return load{}, err
	}
	if len(took) == 0 {
		return load{}, errors.New("no answer came")
	}
	slices.Sort(took)
	return load{
		perSecond: float64(len(took)) / d.Seconds(), p50: took[len(took)/2], p99: took[len(took)*99/100],
		wrong: c.wrong.Load(), lost: int64(total-len(took)) - c.wrong.Load(),
	}, nil
}

// pace sends each query when it is due. It sleeps in the kernel, with its timer
// made exact: Go's timers are no finer than a millisecond.
func pace(k *client, began time.Time, rate, total int, sent []atomic.Int64, which []atomic.Int32) error {
	runtime.LockOSThread() // and not unlocked: the thread with its exact timer ends here
	if err := unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("an exact timer: %w", err)
	}
	step := time.Second / time.Duration(rate)
	for i := range total {
		if wait := step*time.Duration(i) - time.Since(began); wait > 0 {
			ts := unix.NsecToTimespec(wait.Nanoseconds())
			_ = unix.Nanosleep(&ts, nil)
		}
		number := uint16(i)
		q := k.rand.IntN(len(k.queries))
		k.out = append(k.out[:0], k.queries[q].packet...)
		binary.BigEndian.PutUint16(k.out, number)
		which[number].Store(int32(q))
		sent[number].Store(int64(time.Since(began)))
		if err := k.send(); err != nil {
			return err
		}
	}
	return nil
}
