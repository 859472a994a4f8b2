// Package sqlite keeps Culvert's facts in one SQLite file.
//
//	db, err := sqlite.Open(filepath.Join(dir, "culvert.db"))
//	err = db.Write(ctx, func(tx *cloud.Tx) error { return tx.VPCs.Put(vpc) })
//
// A noun is a table of its own and a file of its own here, with a list of its
// columns; schema.go turns that list into statements, migrations/ holds the
// tables themselves. There is one connection that writes and a few that read:
// in WAL mode readers see the last commit and never wait for the writer.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"culvert.internal/cloud"
	engine "modernc.org/sqlite"
	code "modernc.org/sqlite/lib"
)

// DB is an open file: a cloud.Store.
type DB struct {
	writer, reader *pool
	tables         tables
}

// Open opens the file at path, or makes it, and brings its tables up to date.
// A file written by a newer Culvert is refused. Only its owner may read it: it
// holds password hashes and session keys.
func Open(path string) (*DB, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	db := &DB{tables: newTables()}
	// IMMEDIATE: a transaction that reads first and then writes would
	// otherwise fail when another process wrote in between.
	if db.writer, err = newPool(path, 1, "BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	if err := migrate(db.writer); err != nil {
		return nil, errors.Join(fmt.Errorf("bring %s up to date: %w", path, err), db.writer.close())
	}
	if db.reader, err = newPool(path, max(4, runtime.NumCPU()), "BEGIN", "query_only(1)"); err != nil {
		return nil, errors.Join(err, db.writer.close())
	}
	return db, nil
}

// Close waits for running transactions and closes the file.
func (db *DB) Close() error { return errors.Join(db.reader.close(), db.writer.close()) }

// Read runs fn over one snapshot; what fn writes is refused.
func (db *DB) Read(ctx context.Context, fn func(*cloud.Tx) error) error {
	return db.reader.run(ctx, func(x *tx) error { return fn(db.tables.in(x)) })
}

// Write runs fn in a transaction of its own, after the ones before it. It is
// committed if fn answers nil and rolled back otherwise, also if fn panics. A
// Write inside fn would wait for ever.
func (db *DB) Write(ctx context.Context, fn func(*cloud.Tx) error) error {
	return db.writer.run(ctx, func(x *tx) error { return fn(db.tables.in(x)) })
}

// known gives the failures that cloud tells apart their names; a reference
// that leads nowhere, or would, is dangling.
func known(err, dangling error) error {
	var e *engine.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() {
	case code.SQLITE_CONSTRAINT_UNIQUE, code.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fmt.Errorf("%w: %w", cloud.ErrTaken, err)
	case code.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fmt.Errorf("%w: %w", dangling, err)
	}
	return err
}
