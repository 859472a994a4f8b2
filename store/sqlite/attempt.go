package sqlite

import (
	"fmt"
	"net/netip"
	"strings"

	"culvert.internal/cloud"
)

func attempts() *table[cloud.Attempt] {
	t := newTable("attempt", func(a *cloud.Attempt) []column {
		return []column{
			{"seq", &a.Seq},
			{"time", moment{&a.Time}},
			{"cloud", &a.Cloud},
			{"vpc", &a.VPC},
			{"protocol", &a.Protocol},
			{"source", addrPort{&a.Source}},
			{"client", &a.Client},
			{"target", addrPort{&a.Target}},
			{"name", &a.Name},
			{"interface", &a.Interface},
			{"endpoint", &a.Endpoint},
			{"service", &a.Service},
			{"balancer", &a.Balancer},
			{"zone", &a.Zone},
			{"consumer", &a.Consumer},
			{"provider", &a.Provider},
			{"allowed", &a.Allowed},
			{"gate", &a.Gate},
			{"reason", &a.Reason},
			{"args", document[map[string]string]{&a.Args}},
			{"backend", &a.Backend},
			{"took", &a.Took},
			{"in", &a.In},
			{"out", &a.Out},
			{"end", &a.End},
			{"more", &a.More},
		}
	})
	t.addMany = t.add + strings.Repeat(", "+t.marks, manyRows-1)
	return t
}

// attemptLog is the attempt table inside one transaction: a cloud.AttemptLog.
// Sequence numbers have no gaps, because rows leave at the old end only.
type attemptLog struct{ *bound[cloud.Attempt] }

func (l attemptLog) Append(list []cloud.Attempt) error {
	if err := l.insertAll(list); err != nil {
		return fmt.Errorf("append attempts: %w", err)
	}
	return nil
}

func (l attemptLog) Recent(q cloud.AttemptQuery) ([]cloud.Attempt, error) {
	cond, args := attemptWhere(q, q.Account)
	order := " ORDER BY seq DESC"
	if q.Oldest {
		order = " ORDER BY seq"
	}
	return l.all("recent attempts", l.list+cond+order+" LIMIT ? OFFSET ?", append(args, most(q.Limit), max(q.Skip, 0))...)
}

func (l attemptLog) Tally(q cloud.AttemptQuery) (allowed, refused, rows int, err error) {
	// An account's attempts are those it made and those it received from
	// others: each has its index.
	sides := []string{""}
	if q.Account != "" {
		sides = []string{"consumer = ?", "provider = ? AND consumer <> ?"}
	}
	for _, side := range sides {
		own := q
		own.Account = ""
		cond, args := attemptWhere(own, q.Account)
		if side != "" && cond == "" {
			cond = " WHERE " + side
		} else if side != "" {
			cond += " AND " + side
		}
		for range strings.Count(side, "?") {
			args = append(args, q.Account)
		}
		var a, r, n int
		const sums = "coalesce(sum(allowed * (1 + more)), 0), coalesce(sum((NOT allowed) * (1 + more)), 0), count(*)"
		if err := l.row("SELECT "+sums+" FROM attempt"+cond, args, &a, &r, &n); err != nil {
			return 0, 0, 0, fmt.Errorf("tally attempts: %w", err)
		}
		allowed, refused, rows = allowed+a, refused+r, rows+n
	}
	return allowed, refused, rows, nil
}

func (l attemptLog) Trim(keep int) error {
	_, err := l.exec("DELETE FROM attempt WHERE seq <= (SELECT max(seq) FROM attempt) - ?", max(keep, 0))
	if err != nil {
		return fmt.Errorf("trim attempts: %w", err)
	}
	return nil
}

// attemptWhere is what a query selects; reader is the account whose eyes the
// words are looked for with.
func attemptWhere(q cloud.AttemptQuery, reader string) (cond string, args []any) {
	var conds []string
	also := func(cond string, with ...any) {
		conds = append(conds, cond)
		args = append(args, with...)
	}
	if q.Account != "" {
		also("? IN (consumer, provider)", q.Account)
	}
	if q.Cloud != "" {
		also("cloud = ?", q.Cloud)
	}
	if q.Endpoint != "" {
		also("endpoint = ?", q.Endpoint)
	}
	if q.Service != "" {
		also("service = ?", q.Service)
	}
	if q.Balancer != "" {
		also("balancer = ?", q.Balancer)
	}
	if q.VPC != "" {
		also("vpc = ?", q.VPC)
	}
	if q.Source.IsValid() {
		at := strings.TrimSuffix(netip.AddrPortFrom(q.Source, 0).String(), "0")
		also("substr(source, 1, ?) = ?", len(at), at)
	}
	if q.Refused {
		also("NOT allowed")
	}
	if q.Allowed {
		also("allowed")
	}
	for _, word := range q.Words {
		const both, own = "endpoint || ' ' || service || ' ' || gate", "client || ' ' || source || ' ' || target || ' ' || name"
		also("(instr(lower("+both+"), ?) > 0 OR (? = '' OR consumer = ?) AND instr(lower("+own+"), ?) > 0)", fold(word), reader, reader, fold(word))
	}
	if !q.Since.IsZero() {
		also("time >= ?", q.Since.UnixMicro())
	}
	if len(conds) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conds, " AND "), args
}
