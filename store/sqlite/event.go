package sqlite

import (
	"fmt"

	"culvert.internal/cloud"
)

func events() *table[cloud.Event] {
	return newTable("event", func(e *cloud.Event) []column {
		return []column{
			{"seq", &e.Seq},
			{"time", moment{&e.Time}},
			{"actor", &e.Actor},
			{"account", &e.Account},
			{"peer", &e.Peer},
			{"kind", &e.Kind},
			{"resource", &e.Resource},
			{"parent", &e.Parent},
			{"operation", &e.Operation},
			{"before", raw{&e.Before}},
			{"after", raw{&e.After}},
		}
	})
}

// eventLog is the event table inside one transaction: a cloud.EventLog.
type eventLog struct{ *bound[cloud.Event] }

func (l eventLog) Append(e cloud.Event) error {
	if err := l.insert(e); err != nil {
		return fmt.Errorf("append an event: %w", err)
	}
	return nil
}

func (l eventLog) Since(seq int64, limit int) ([]cloud.Event, error) {
	return l.all("events since", l.list+" WHERE seq > ? ORDER BY seq LIMIT ?", seq, most(limit))
}

func (l eventLog) Recent(q cloud.EventQuery) ([]cloud.Event, error) {
	cond, args := eventWhere(q)
	query := l.list + " WHERE " + cond
	order := " ORDER BY seq DESC LIMIT ?"
	if q.Oldest {
		order = " ORDER BY seq LIMIT ?"
	}
	switch {
	case q.Account != "" && q.Resource != "":
		query, args = query+" AND ? IN (account, peer, actor)", append(args, q.Account)
	case q.Account != "":
		// Each role has its index; the newest of all are among the newest of each.
		query = l.list + " WHERE seq IN ("
		one := args
		args = nil
		for i, role := range []string{"account", "peer", "actor"} {
			if i > 0 {
				query += " UNION ALL "
			}
			query += "SELECT * FROM (SELECT seq FROM event WHERE " + role + " = ? AND " + cond + order + ")"
			args = append(append(append(args, q.Account), one...), most(q.Limit))
		}
		query += ")"
	}
	return l.all("recent events", query+order, append(args, most(q.Limit))...)
}

// eventWhere is everything that a query selects but the account.
func eventWhere(q cloud.EventQuery) (string, []any) {
	before := q.Before
	if before <= 0 {
		before = 1<<63 - 1
	}
	cond, args := "seq < ? AND seq > ?", []any{before, max(q.After, 0)}
	also := func(more string, with ...any) { cond, args = cond+" AND "+more, append(args, with...) }
	if q.Resource != "" {
		also("resource = ?", q.Resource)
	}
	if q.Kind != "" {
		also("kind = ?", q.Kind)
	}
	if q.People {
		also("actor <> ?", cloud.SystemActor)
	}
	for _, word := range q.Words {
		also(`(instr(lower(resource || ' ' || parent), ?) > 0
			OR ? IN ('', account, actor) AND instr(lower(coalesce(before, '') || ' ' || coalesce(after, '')), ?) > 0)`, fold(word), q.Account, fold(word))
	}
	return cond, args
}

func (l eventLog) Last() (seq int64, err error) {
	if err := l.row("SELECT coalesce(max(seq), 0) FROM event", nil, &seq); err != nil {
		return 0, fmt.Errorf("last event: %w", err)
	}
	return seq, nil
}

// most is a limit as SQL has it: none is -1.
func most(limit int) int {
	if limit <= 0 {
		return -1
	}
	return limit
}
