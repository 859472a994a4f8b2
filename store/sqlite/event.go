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
type eventLog struct{ bound[cloud.Event] }

func (l eventLog) Append(e cloud.Event) error {
	if err := l.insert(e); err != nil {
		return fmt.Errorf("append an event: %w", err)
	}
	return nil
}

func (l eventLog) Since(seq int64, limit int) ([]cloud.Event, error) {
	return l.all("events since", l.list+" WHERE seq > ? ORDER BY seq LIMIT ?", seq, most(limit))
}

func (l eventLog) Recent(account, resource string, before int64, limit int) ([]cloud.Event, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	query, args := l.list+" WHERE seq < ?", []any{before}
	if resource != "" {
		query, args = query+" AND resource = ?", append(args, resource)
	}
	if account != "" && resource != "" {
		query, args = query+" AND ? IN (account, peer, actor)", append(args, account)
	}
	if account != "" && resource == "" {
		// Each role has its index; the newest of all are among the newest of each.
		query = l.list + " WHERE seq IN ("
		args = nil
		for i, role := range []string{"account", "peer", "actor"} {
			if i > 0 {
				query += " UNION ALL "
			}
			query += "SELECT * FROM (SELECT seq FROM event WHERE " + role + " = ? AND seq < ? ORDER BY seq DESC LIMIT ?)"
			args = append(args, account, before, most(limit))
		}
		query += ")"
	}
	return l.all("recent events", query+" ORDER BY seq DESC LIMIT ?", append(args, most(limit))...)
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
