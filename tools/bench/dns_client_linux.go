package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync/atomic"
	"time"

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
	burst     = window / 2 // is waited for so long:
	burstFor  = 200 * time.Microsecond
	restFor   = 50 * time.Microsecond
	patience  = 250 * time.Millisecond
	answerMax = 512
)

// client is a connected UDP socket that blocks, apart from Go's poller, and
// the memory of its system calls. Its queries are of one length.
type client struct {
	fd       int
	queries  []query
	out      []byte // the queries that are sent next, one behind the other
	in       *packets
	numbers  [window]uint16    // of the query in a slot
	asked    [window]int       // which one it is
	at       [window]time.Time // when it was sent
	looked   time.Time         // when silent slots were looked for
	sent     time.Time         // when the last burst was sent
	next     time.Time         // when to look for answers again
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
	return &client{
		fd: fd, queries: queries, in: newPackets(window, answerMax, false), counters: c, rand: rand.New(rand.NewPCG(seed, 5)),
	}, nil
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
		n, errno := k.in.receive(k.fd, how)
		switch errno {
		case 0:
			return n, nil
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
	if err := unix.SetsockoptInt(k.fd, unix.IPPROTO_UDP, segment, len(k.queries[0].packet)); err != nil {
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
func (k *client) turn(now time.Time) (answers int, err error) {
	if now.Before(k.next) {
		return 0, nil
	}
	k.next = now.Add(restFor)
	n, err := k.receive(unix.MSG_DONTWAIT)
	if err != nil {
		return 0, err
	}
	for i := range n {
		answer := k.in.got(i)
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
	// Bursts take less of the load's own time than single queries.
	if len(k.out) < burst*len(k.queries[0].packet) && now.Sub(k.sent) < burstFor {
		return n, nil
	}
	k.sent = now
	return n, k.send()
}
