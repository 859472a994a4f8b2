package dns

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// Bounds of the table: answers in it, those of one hash, and how many bytes
// and turns one may have. It takes 18 MB if somebody fills it with the longest
// names there are; a lab's names take some hundred bytes each.
const (
	slots    = 1 << 14
	ways     = 4
	maxEntry = 1024
	maxTurns = 32
)

// table keeps packed answers, so that what was asked before is not worked out
// again. It is no cache with a time of its own: a change of any view ends the
// generation of all that is in it before the change returns.
//
// It has a fixed size, and names that do not exist never push out one that
// does: a flood of invented names makes nothing slower but itself.
type table struct {
	generation atomic.Uint64
	seed       maphash.Seed
	slots      []atomic.Pointer[entry]
	victim     atomic.Uint32
}

// entry is the answer to one question as clients of one zone get it. It never
// changes.
type entry struct {
	generation uint64
	hash       uint64
	key        string
	// turns are the packed answers that follow each other, one if it is always
	// the same: header, lower-case question and records, without EDNS0.
	turns [][]byte
	// byZone says that clients of other zones may get another answer, which is
	// kept under a key with their zone.
	byZone bool
	// low is what anybody can have any number of: names that do not exist, and
	// those that others know.
	low bool
}

func newTable() *table {
	return &table{seed: maphash.MakeSeed(), slots: make([]atomic.Pointer[entry], slots)}
}

// set is where the answers to a question with this hash may be.
func (t *table) set(hash uint64) []atomic.Pointer[entry] {
	at := hash % (slots / ways) * ways
	return t.slots[at : at+ways]
}

// find is the answer of the present generation, nil when there is none.
func (t *table) find(key []byte) *entry {
	generation, hash := t.generation.Load(), maphash.Bytes(t.seed, key)
	set := t.set(hash)
	for i := range set {
		if e := set[i].Load(); e != nil && e.hash == hash && e.generation == generation && e.key == string(key) {
			return e
		}
	}
	return nil
}

// keep puts an answer where find sees it, unless those that are there are
// worth more. Its generation is that of the views it was read from.
func (t *table) keep(key []byte, e *entry) {
	size := len(key)
	for _, turn := range e.turns {
		size += len(turn)
	}
	if size > maxEntry {
		return
	}
	e.key, e.hash = string(key), maphash.Bytes(t.seed, key)
	set := t.set(e.hash)
	low := -1
	for i := range set {
		switch old := set[i].Load(); {
		case old == nil || old.generation != e.generation || old.hash == e.hash && old.key == e.key:
			set[i].Store(e)
			return
		case old.low:
			low = i
		}
	}
	switch {
	case low >= 0:
		set[low].Store(e)
	case !e.low:
		set[t.victim.Add(1)%ways].Store(e)
	}
}

// guard is the lock of the views. Who had it for writing may have changed
// them: no answer from before is in force when it is free again.
type guard struct {
	sync.RWMutex
	table *table
}

// Unlock ends the generation of all packed answers, then frees the lock.
func (g *guard) Unlock() {
	g.table.generation.Add(1)
	g.RWMutex.Unlock()
}
