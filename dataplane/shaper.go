package dataplane

import (
	"sync"
	"time"
)

// shaper holds the flows of an object to a rate, the two directions apart: 0
// from clients, 1 to them.
type shaper struct{ way [2]bucket }

// bucket is a token bucket in bytes. A stream that has something to read is a
// member of its ring, and takes before it reads; whoever comes by first fills
// the bucket and deals out what is in it to the members, in equal parts. So
// flows share evenly whichever loop carries them and however late it is, and
// nobody is woken for it: a loop that has flows waiting looks again after its
// grain.
type bucket struct {
	mu     sync.Mutex
	rate   int64 // bytes per second; 0: as many as one likes
	tokens int64
	at     int64 // when it was filled last, on the monotonic clock
	sated  int64 // until then no member is given more
	loose  bool  // packets have taken since it was dealt out last
	ring   []*turn
	next   int // in the ring, to be given first
}

// turn is the place of one direction of a flow. It belongs to the bucket's lock.
type turn struct {
	place int   // in the ring, from 1; 0: no member
	own   int64 // dealt out and not used yet
}

const (
	// depth is how long nobody may come by before tokens are lost: many times
	// the grain, because machines are busy. It is what may be sent at once after
	// a pause.
	depth = 100 * time.Millisecond
	// A part that is dealt out is worth a read.
	leastPart = 4 << 10
	mostPart  = 256 << 10
	partTime  = time.Millisecond
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
func (b *bucket) part() int64 { return min(max(bytesIn(b.rate, partTime), leastPart), mostPart) }

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
	b.deal(now)
}

// deal gives the members what there is, if that is worth it.
func (b *bucket) deal(now int64) {
	n := int64(len(b.ring))
	if n == 0 || b.tokens < b.part() || now < b.sated {
		return
	}
	pool := b.tokens
	if b.loose {
		pool -= pool / (n + 1) // packets do not wait: theirs is set aside
		b.loose = false
	}
	before := pool
	each := max(b.part(), pool/n)
	most := max(b.part(), bytesIn(b.rate, depth)/n)
	for range n {
		if pool < leastPart {
			break
		}
		b.next = (b.next + 1) % len(b.ring)
		t := b.ring[b.next]
		part := max(min(each, pool, most-t.own), 0)
		t.own += part
		pool -= part
	}
	if b.tokens -= before - pool; pool == before {
		b.sated = now + int64(partTime)
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
	if t.place == 0 {
		if len(b.ring) == 0 {
			t.own = min(want, b.tokens)
			b.tokens -= t.own
		}
		b.ring = append(b.ring, t)
		t.place = len(b.ring)
	}
	n := min(t.own, want)
	t.own -= n
	return n
}

// back ends the membership of a direction that has nothing to read or cannot
// pass it on, and gives up what it has and took too much.
func (b *bucket) back(t *turn, unused int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens += unused + t.own
	t.own = 0
	if t.place == 0 {
		return
	}
	last := b.ring[len(b.ring)-1]
	b.ring[t.place-1], last.place = last, t.place
	b.ring[len(b.ring)-1] = nil
	b.ring, t.place = b.ring[:len(b.ring)-1], 0
}

// spend is for packets, which do not wait: of so many of one size it says how
// many may go.
func (b *bucket) spend(packets, size int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rate == 0 || size == 0 {
		return packets
	}
	b.fill()
	b.loose = true
	n := min(packets, int(b.tokens)/size)
	b.tokens -= int64(n * size)
	return n
}
