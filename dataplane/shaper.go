package dataplane

import (
	"sync"
	"time"
)

// shaper holds the flows of an object to a rate, the two directions apart: 0
// from clients, 1 to them.
type shaper struct{ way [2]bucket }

// bucket is a token bucket in bytes. A stream that has something to read is a
// member of its ring, and draws before it reads; whoever comes by first fills
// the bucket and deals out what is in it to the members in their order, in
// equal parts. So flows share evenly whichever loop carries them and however
// late it is, and nobody is woken for it: a loop that has flows waiting looks
// again after its grain. Who comes in is given last. What is too little for the
// next one waits for more: in so even a round the same ones would always be
// short.
type bucket struct {
	mu     sync.Mutex
	rate   int64 // bytes per second; 0: as many as one likes
	tokens int64 // below 0 by what packets were lent
	at     int64 // when it was filled last, on the monotonic clock
	next   *turn // in the ring, to be given first
	n      int64 // members of the ring
	// Packets do not wait: all of them together are one member.
	packets turn
}

// turn is the place of one direction of a flow, or of all packets. It belongs to
// the bucket's lock.
type turn struct {
	before, after *turn // in the ring; nil: no member
	own           int64 // dealt out and not used yet
	short         int64 // when it came up short last, on the monotonic clock
}

const (
	// depth is how long nobody may come by before tokens are lost: many times
	// the grain, because machines are busy. It is what may be sent at once after
	// a pause, and how long packets pause before they come in anew.
	depth = 100 * time.Millisecond
	// lapse is how long a stream may be silent in the ring. Those of a loop say
	// when they go, and are only late; a pump that waits to read cannot say.
	lapse = time.Second
	// A part that is dealt out is worth a read. To many members it is less than
	// what a socket holds, so that who waits for a turn has enough to use it, and
	// not less than what is spliced.
	partTime  = time.Millisecond
	leastPart = 4 << 10
	mostPart  = 256 << 10
	manyPart  = 16 << 10
	// A packet goes as a whole.
	mostPacket = 64 << 10
)

var born = time.Now()

func monotonic() int64 { return int64(time.Since(born)) }

// shape changes the rate, in bits per second. It is called with the lock.
func (q *quota) shape(bits int64) {
	if q.own == nil && bits == 0 {
		return
	}
	if q.own == nil {
		q.own = &shaper{}
	}
	for i := range q.own.way {
		q.own.way[i].set(bits / 8)
	}
	if bits == 0 {
		q.shaper.Store(nil)
	} else {
		q.shaper.Store(q.own)
	}
}

func (b *bucket) set(rate int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(monotonic())
	for b.next != nil {
		b.leave(b.next) // what was dealt out was of the rate before
	}
	if b.rate == 0 {
		b.tokens = bytesIn(rate, depth) / 10
	}
	b.rate = rate
	b.tokens = min(max(b.tokens, 0), bytesIn(rate, depth))
}

func bytesIn(rate int64, d time.Duration) int64 { return rate * int64(d) / int64(time.Second) }

// part is the least that is worth a deal.
func (b *bucket) part() int64 {
	return min(max(bytesIn(b.rate, partTime), leastPart), max(mostPart/max(b.n, 1), manyPart))
}

// fill adds what time has brought.
func (b *bucket) fill(now int64) {
	past := min(now-b.at, int64(depth))
	if past <= 0 {
		return
	}
	b.at = now
	if b.rate == 0 {
		return
	}
	// What is less than a byte is left for later.
	more := bytesIn(b.rate, time.Duration(past))
	b.at -= past - more*int64(time.Second)/b.rate
	b.tokens = min(b.tokens+more, bytesIn(b.rate, depth))
}

// deal gives the members what there is, if that is worth it, and keeps a place
// free for the next one.
func (b *bucket) deal() {
	n, part := b.n, b.part()
	if b.tokens < part {
		return
	}
	each, most := max(part, b.tokens/n), max(part, bytesIn(b.rate, depth)/(n+1))
	for range n {
		t := b.next
		if b.at-t.short > int64(lapse) {
			b.leave(t)
			continue
		}
		room := most - t.own
		if t == &b.packets {
			room = max(most, mostPacket) - t.own
		}
		more := max(min(each, room), 0)
		if more > b.tokens {
			return
		}
		b.give(t, more)
		b.next = t.after
	}
}

// draw answers how many of so many things of a size may go now: bytes of a
// stream, of size 1, which asks again after a while, or packets.
func (b *bucket) draw(t *turn, n, size int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	want := int64(n) * int64(size)
	if b.rate == 0 || want == 0 {
		return n
	}
	if t.own < want {
		now := monotonic()
		if t == &b.packets && now-t.short > int64(depth) {
			b.leave(t)
		}
		t.short = now
		b.fill(now)
		b.enter(t)
		b.deal()
	}
	may := min(n, int(t.own/int64(size)))
	t.own -= int64(may) * int64(size)
	return may
}

// spend is draw for packets.
func (b *bucket) spend(packets, size int) int { return b.draw(&b.packets, packets, size) }

// back ends the membership of a direction that has nothing to read or cannot
// pass it on, and gives up what it has and drew too much.
func (b *bucket) back(t *turn, unused int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens += int64(unused)
	b.leave(t)
}

func (b *bucket) give(t *turn, n int64) {
	t.own += n
	b.tokens -= n
}

// enter makes it a member, if it is none, behind all others. Packets that come
// rarely would always come too early: they are lent a part, the largest at least.
func (b *bucket) enter(t *turn) {
	if t.after != nil {
		return
	}
	if t == &b.packets {
		b.give(t, max(b.part(), mostPacket))
	}
	if b.n++; b.n == 1 {
		b.next, t.before, t.after = t, t, t
		return
	}
	t.before, t.after = b.next.before, b.next
	t.before.after, t.after.before = t, t
}

// leave takes back what is dealt out and was not used.
func (b *bucket) leave(t *turn) {
	b.give(t, -t.own)
	if t.after == nil {
		return
	}
	if b.n--; b.n == 0 {
		b.next = nil
	} else if b.next == t {
		b.next = t.after
	}
	t.before.after, t.after.before = t.after, t.before
	t.before, t.after = nil, nil
}
