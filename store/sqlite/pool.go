package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
)

// pool is a fixed number of connections to one file, opened as they are
// needed. Each keeps the statements it has prepared, because preparing one
// takes longer than running it; there are as many as the program has shapes of
// questions, no more.
type pool struct {
	db    *sql.DB
	begin string
	free  chan *conn // nil: not opened yet
}

type conn struct {
	*sql.Conn
	prepared map[string]*sql.Stmt
}

// newPool opens n connections with the settings that all share and the given
// pragmas. begin is how their transactions start.
func newPool(path string, n int, begin string, pragmas ...string) (*pool, error) {
	q := url.Values{
		// A misspelt column is an error and not a text.
		"_dqs": {"0"},
		"_pragma": append([]string{
			"busy_timeout(5000)",
			"journal_mode(WAL)",
			// Enough for a killed process; a power cut can lose the last
			// commits, but never more than those.
			"synchronous(NORMAL)",
			"foreign_keys(1)",
			"cache_size(-8000)",
			"journal_size_limit(67108864)",
			// A statement with triggers keeps what it would need to undo itself:
			// in a file, that is a system call for each page.
			"temp_store(MEMORY)",
		}, pragmas...),
	}
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(n)
	p := &pool{db: db, begin: begin, free: make(chan *conn, n)}
	for range n {
		p.free <- nil
	}
	return p, nil
}

// take waits for a free connection; it must be given back.
func (p *pool) take(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case c, ok := <-p.free:
		if !ok {
			return nil, sql.ErrConnDone
		}
		if c != nil {
			return c, nil
		}
		raw, err := p.db.Conn(ctx)
		if err != nil {
			p.free <- nil
			return nil, err
		}
		return &conn{raw, map[string]*sql.Stmt{}}, nil
	}
}

// close waits for the connections that are in use. Closing again does nothing.
func (p *pool) close() error {
	var errs []error
	for range cap(p.free) {
		c, ok := <-p.free
		if !ok {
			return nil
		}
		if c == nil {
			continue
		}
		for _, s := range c.prepared {
			errs = append(errs, s.Close())
		}
		errs = append(errs, c.Close())
	}
	close(p.free)
	return errors.Join(append(errs, p.db.Close())...)
}

// run calls fn inside a transaction and commits it if fn answers nil.
func (p *pool) run(ctx context.Context, fn func(*tx) error) error {
	c, err := p.take(ctx)
	if err != nil {
		return fmt.Errorf("wait for the store: %w", err)
	}
	defer func() { p.free <- c }()
	x := &tx{ctx: ctx, conn: c}
	done := false
	defer func() {
		x.conn = nil
		if !done {
			// Also when fn panics, and when the caller went away while the
			// transaction began: it may have begun all the same. It fails only
			// if there is none, or SQLite has done it already.
			_, _ = (&tx{ctx: context.WithoutCancel(ctx), conn: c}).exec("ROLLBACK")
		}
	}()
	if _, err := x.exec(p.begin); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := fn(x); err != nil {
		return err
	}
	if _, err := x.exec("COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	done = true
	return nil
}

// tx is one running transaction.
type tx struct {
	ctx  context.Context
	conn *conn // nil when it is over
}

// prepare answers the connection's statement for a query. At most one result
// of it may be open at a time, so results are read to their end before the
// next question.
func (x *tx) prepare(query string) (*sql.Stmt, error) {
	if x.conn == nil {
		return nil, sql.ErrTxDone
	}
	if s, ok := x.conn.prepared[query]; ok {
		return s, nil
	}
	s, err := x.conn.PrepareContext(x.ctx, query)
	if err != nil {
		return nil, err
	}
	x.conn.prepared[query] = s
	return s, nil
}

func (x *tx) query(query string, args ...any) (*sql.Rows, error) {
	s, err := x.prepare(query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(x.ctx, args...)
}

// row scans the only row of a query.
func (x *tx) row(query string, args []any, at ...any) error {
	s, err := x.prepare(query)
	if err != nil {
		return err
	}
	return s.QueryRowContext(x.ctx, args...).Scan(at...)
}

// exec answers the number of rows that were changed.
func (x *tx) exec(query string, args ...any) (int64, error) {
	s, err := x.prepare(query)
	if err != nil {
		return 0, err
	}
	res, err := s.ExecContext(x.ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
