package dataplane

import (
	"sync"
	"time"
)

// shaper holds the flows of an object to a rate, the two directions apart: 0
// from clients, 1 to them.
type shaper struct{ way [2]bucket }

// bucket is a token bucket in bytes. A stream takes before it reads, and is then
// a member of a ring: whoever comes by first fills the bucket and deals out what
// is in it to the members in their order, in equal parts. So flows share evenly
// whichever loop carries them and however late it is, and nobody is woken for
// it: a loop that has flows waiting looks again after its grain. Who comes in is
// given last, and who does not ask any more is out. What is too little for the
// next one waits for more: in so even a round the same ones would always be
// short.
type bucket struct {
	mu      sync.Mutex
	rate    int64 // bytes per second; 0: as many as one likes
	tokens  int64 // below 0: lent, for depth at most
	at      int64 // when it was filled last, on the monotonic clock
	next    *turn // in the ring, to be given first
	n       int64 // members of the ring
	packets turn  // of all packets together, which do not wait
}

// turn is the place of one direction of a flow. It belongs to the bucket's lock.
type turn struct {
	before, after *turn // in the ring; nil: no member
	own           int64 // dealt out and not used yet
	asked         int64 // when it took last, on the monotonic clock
}

const (
	// depth is how long nobody may come by before tokens are lost, or a member
	// before it is out: many times the grain, because machines are busy. It is
	// what may be sent at once after a pause.
	depth = 100 * time.Millisecond
	// A part that is dealt out is worth a read. To many members it is less than
	// what a socket holds, so that who waits for a turn has enough to use it.
	partTime  = time.Millisecond
	leastPart = 4 << 10
	mostPart  = 256 << 10
	manyPart  = 16 << 10
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
	b.fill()
	if b.rate == 0 {
		b.tokens = bytesIn(rate, depth) / 10
	}
	b.rate = rate
	b.tokens = min(b.tokens, bytesIn(rate, depth))
}

func bytesIn(rate int64, d time.Duration) int64 { return rate * int64(d) / int64(time.Second) }

// part is the least that is dealt out.
func (b *bucket) part() int64 {
	return min(max(bytesIn(b.rate, partTime), leastPart), max(mostPart/max(b.n, 1), manyPart))
}

// fill adds what time has brought and deals it out.
func (b *bucket) fill() {
	now := monotonic()
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
	b.deal()
}

// deal gives the members what there is, if that is worth it.
func (b *bucket) deal() {
	n, part := b.n, b.part()
	if n == 0 || b.tokens < part {
		return
	}
	each, most := max(part, b.tokens/n), max(part, bytesIn(b.rate, depth)/n)
	for range n {
		t := b.next
		if b.at-t.asked > int64(depth) {
			b.leave(t)
			continue
		}
		more := max(min(each, most-t.own), 0)
		if more > b.tokens {
			return
		}
		b.give(t, more)
		b.next = t.after
	}
}

// take answers how many of the bytes that a direction wants may go now. With 0
// it asks again after a while.
func (b *bucket) take(t *turn, want int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rate == 0 {
		return want
	}
	if t.own == 0 {
		b.fill()
	}
	b.enter(t, want)
	n := min(t.own, want)
	t.own -= n
	return n
}

// unused returns what was taken too much.
func (b *bucket) unused(t *turn, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t.own += n
}

// spend is for packets: of so many of one size it says how many may go.
func (b *bucket) spend(packets, size int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rate == 0 || size == 0 {
		return packets
	}
	t, want := &b.packets, int64(packets)*int64(size)
	if t.own < want {
		b.fill()
	}
	b.enter(t, want)
	n := min(int64(packets), t.own/int64(size))
	t.own -= n * int64(size)
	return int(n)
}

// end is for a direction that takes no more.
func (b *bucket) end(t *turn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.leave(t)
}

func (b *bucket) give(t *turn, n int64) {
	t.own += n
	b.tokens -= n
}

// enter makes it a member, if it is none, behind all others. It is lent the
// first part, or who comes rarely would wait each time, and its packets always
// come too early.
func (b *bucket) enter(t *turn, want int64) {
	t.asked = monotonic()
	if t.after != nil {
		return
	}
	if b.tokens > -bytesIn(b.rate, depth) {
		b.give(t, min(want, max(b.tokens, b.part())))
	}
	if b.n++; b.n == 1 {
		b.next, t.before, t.after = t, t, t
		return
	}
	t.before, t.after = b.next.before, b.next
	t.before.after, t.after.before = t, t
}

// leave takes back what a member has and was not used.
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
