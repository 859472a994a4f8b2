package reconcile

import (
	"net/netip"
	"sync"

	"culvert.internal/cloud"
	"culvert.internal/reach"
)

// What is written down of many attempts. A flood must neither keep the
// processors from the data plane nor push everything else out of the log, so
// each kind of attempt may be written alikeAtOnce times at once and, while it
// goes on, alikePerWrite times with every write of the book; the others are
// counted in the newest row of their kind (cloud.Attempt.More). All kinds
// together have room for batchAttempts at once and roomPerWrite while it goes
// on, of which forRefusals are for refusals alone; what finds none is counted
// and told, but not written down.
const (
	batchAttempts = 2_000
	roomPerWrite  = 500
	forRefusals   = 500
	alikeAtOnce   = 1_000
	alikePerWrite = 25
)

// likeness is what makes attempts alike: the client, the target and the outcome.
type likeness struct {
	protocol       reach.Protocol
	vpc, entry     string
	source, target netip.Addr
	name           string
	port           uint16
	key            string // of the front
	allowed        bool
	gate           reach.Gate
	reason, failed string // failed is the error of a backend
	end            string
}

// queue are the attempts that wait for the next write.
type queue struct {
	mu    sync.Mutex
	rows  []cloud.Attempt
	room  int
	alike map[likeness]*alike
	lost  int // since the last write
	// unwritten and counted are how many were lost, and how many are part of
	// another one's row, since the program started.
	unwritten, counted uint64
}

// alike is how many more of a kind may be written, and the row of the newest
// one that waits, counted from 1; 0: none does.
type alike struct{ left, row int }

func newQueue() *queue { return &queue{room: batchAttempts, alike: map[likeness]*alike{}} }

// admit says whether one more of a kind is written down; then put follows.
func (q *queue) admit(k likeness) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	reserved := 0
	if k.allowed {
		reserved = forRefusals
	}
	full := q.room <= reserved || len(q.rows) >= batchAttempts
	a := q.alike[k]
	if a == nil && !full {
		a = &alike{left: alikeAtOnce}
		q.alike[k] = a
	}
	switch {
	case !full && a.left > 0:
		a.left--
		q.room--
		return true
	case a != nil && a.row > 0:
		q.rows[a.row-1].More++
		q.counted++
	default:
		q.lost++
		q.unwritten++
	}
	return false
}

func (q *queue) put(k likeness, a cloud.Attempt) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rows = append(q.rows, a)
	if of := q.alike[k]; of != nil {
		of.row = len(q.rows)
	}
}

// take answers what waits, and how many were lost. Kinds that were quiet for a
// while are forgotten.
func (q *queue) take() (rows []cloud.Attempt, lost int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	rows, lost = q.rows, q.lost
	q.rows, q.lost = nil, 0
	q.room = min(batchAttempts, q.room+roomPerWrite)
	for k, a := range q.alike {
		a.row, a.left = 0, a.left+alikePerWrite
		if a.left >= alikeAtOnce {
			delete(q.alike, k)
		}
	}
	return rows, lost
}

// back puts rows that could not be written before what waits.
func (q *queue) back(rows []cloud.Attempt) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rows = append(rows, q.rows...)
	for _, a := range q.alike {
		if a.row > 0 {
			a.row += len(rows)
		}
	}
}

func (q *queue) totals() (unwritten, counted uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.unwritten, q.counted
}
