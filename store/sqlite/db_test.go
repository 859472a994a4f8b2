package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"culvert.internal/cloud"
)

// TestKilled kills a process that writes without a pause, several times, and
// finds every commit that was acknowledged, none by half, and a sound file.
func TestKilled(t *testing.T) {
	if path := os.Getenv("CULVERT_TEST_VICTIM"); path != "" {
		writeForEver(t, path)
	}
	path := filepath.Join(t.TempDir(), "culvert.db")
	var acknowledged int64
	for round, lines := range []int{1, 40, 25} {
		acknowledged = killAfter(t, path, lines)
		db, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Read(t.Context(), func(tx *cloud.Tx) error {
			last, err := tx.Events.Last()
			if err != nil {
				return err
			}
			// One more may have been committed before it could say so.
			if last != acknowledged && last != acknowledged+1 {
				t.Errorf("round %d: %d commits are there, %d were acknowledged", round, last, acknowledged)
			}
			n, err := tx.Counters.Get("n")
			if n.Accepted != last {
				t.Errorf("round %d: counter is %d at event %d", round, n.Accepted, last)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := pragma(t, db, "integrity_check"); !slices.Equal(got, []string{"ok"}) {
			t.Errorf("round %d: %v", round, got)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter runs the victim until it has said so many lines, kills it and
// answers the last number it said.
func killAfter(t *testing.T, path string, lines int) (said int64) {
	t.Helper()
	victim := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	victim.Env = append(os.Environ(), "CULVERT_TEST_VICTIM="+path)
	victim.Stderr = os.Stderr
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	scan := bufio.NewScanner(out)
	for scan.Scan() {
		if said, err = strconv.ParseInt(scan.Text(), 10, 64); err != nil {
			t.Fatal(err)
		}
		if lines--; lines == 0 {
			if err := victim.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := victim.Wait(); err == nil || lines > 0 {
		t.Fatalf("the victim ended by itself: %v", err)
	}
	return said
}

func writeForEver(t *testing.T, path string) {
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for {
		var n cloud.Counter
		err := db.Write(context.Background(), func(tx *cloud.Tx) error {
			n, _ = tx.Counters.Get("n") // missing at first
			n.ID = "n"
			n.Accepted++
			if err := tx.Counters.Put(n); err != nil {
				return err
			}
			return tx.Events.Append(cloud.Event{Kind: "counter", Resource: "n"})
		})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(n.Accepted)
	}
}

// TestTwoOpen: the file may be open twice, by a program that looks into the
// data of a running Culvert for example; nobody's write is lost.
func TestTwoOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "culvert.db")
	var wg sync.WaitGroup
	for range 2 {
		db, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		wg.Go(func() {
			for range 100 {
				err := db.Write(t.Context(), func(tx *cloud.Tx) error {
					n, _ := tx.Counters.Get("n") // missing at first
					n.ID = "n"
					n.Accepted++
					return tx.Counters.Put(n)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := ask(t, mustOpen(t, path), "SELECT accepted FROM counter"); !slices.Equal(got, []string{"200"}) {
		t.Errorf("counted to %v of 200", got)
	}
}

// TestMigrations: an empty file gets every table, opening again changes
// nothing, and a file from the future is refused untouched.
func TestMigrations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "culvert.db")
	schema := func() []string {
		db, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		return ask(t, db, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
	}
	first := schema()
	for _, sql := range first {
		if strings.HasPrefix(sql, "CREATE TABLE") && !strings.HasSuffix(sql, " STRICT") && !strings.Contains(sql, "sqlite_sequence") {
			t.Errorf("not a STRICT table: %s", sql)
		}
	}
	if again := schema(); !slices.Equal(first, again) {
		t.Error("opening again changed the tables")
	}
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	pragma(t, db, "user_version = 999")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "999") {
		t.Errorf("a file from the future: %v", err)
	}
}

// TestFileIsPrivate: the file and what SQLite puts beside it.
func TestFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a ? b # c %41.db")
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Error(err)
		} else if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %v", info.Name(), mode)
		}
	}
}

func TestOpenFails(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "garbage")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{garbage, t.TempDir(), filepath.Join(t.TempDir(), "no", "folder")} {
		if db, err := Open(path); err == nil {
			t.Errorf("opened %s", path)
			_ = db.Close()
		}
	}
}

// TestIndexes: what refers to another row is found without reading the whole
// table, or deleting that row would be slow; so are the engine's questions.
func TestIndexes(t *testing.T) {
	db := openTemp(t)
	for _, table := range ask(t, db, "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%'") {
		for _, column := range ask(t, db, "SELECT \"from\" FROM pragma_foreign_key_list(?)", table) {
			notScanned(t, db, "SELECT 1 FROM "+quote(table)+" WHERE "+quote(column)+"=?", "x")
		}
	}
	ts := newTables()
	one := []string{"a", "b"}
	selects(t, db, ts.accounts, cloud.Where{"login": "a"})
	selects(t, db, ts.vpcs, cloud.Where{"account": "a", "region": "r"})
	selects(t, db, ts.vswitches, cloud.Where{"vpc": "a"})
	selects(t, db, ts.securityRules, cloud.Where{"group": "a"})
	selects(t, db, ts.securityRules, cloud.Where{"peer_group": "a"})
	selects(t, db, ts.vswitches, cloud.Where{"acl": "a"})
	selects(t, db, ts.aclRules, cloud.Where{"acl": "a", "direction": "ingress"})
	selects(t, db, ts.instances, cloud.Where{"vswitch": "a"})
	selects(t, db, ts.nics, cloud.Where{"vswitch": "a"})
	selects(t, db, ts.nics, cloud.Where{"instance": "a"})
	selects(t, db, ts.idcs, cloud.Where{"vpc": "a"})
	selects(t, db, ts.balancers, cloud.Where{"vswitch": "a"})
	selects(t, db, ts.backends, cloud.Where{"balancer": "a", "instance": "b"})
	selects(t, db, ts.listeners, cloud.Where{"balancer": "a"})
	selects(t, db, ts.services, cloud.Where{"region": "a", "id": one})
	selects(t, db, ts.services, cloud.Where{"name": "a"})
	selects(t, db, ts.grants, cloud.Where{"grantee": "a"})
	selects(t, db, ts.grants, cloud.Where{"service": "a"})
	selects(t, db, ts.endpoints, cloud.Where{"provider": "a", "region": "r", "decision": "", "deleting": false})
	selects(t, db, ts.endpoints, cloud.Where{"service": "a"})
	selects(t, db, ts.interfaces, cloud.Where{"endpoint": "a", "zone": "z"})
	selects(t, db, ts.interfaces, cloud.Where{"vswitch": "a"})
	selects(t, db, ts.interfaces, cloud.Where{"resource": "a"})
	selects(t, db, ts.moves, cloud.Where{"vpc": "a"})
	selects(t, db, ts.counters, cloud.Where{"id": one})
}

func selects[T any](t *testing.T, db *DB, table *table[T], w cloud.Where) {
	t.Helper()
	cond, args, err := table.where(w)
	if err != nil {
		t.Fatal(err)
	}
	notScanned(t, db, table.list+cond+" ORDER BY rowid", args...)
}

func notScanned(t *testing.T, db *DB, query string, args ...any) {
	t.Helper()
	for _, step := range ask(t, db, "EXPLAIN QUERY PLAN "+query, args...) {
		if strings.HasPrefix(step, "SCAN ") && !strings.HasPrefix(step, "SCAN json_each") {
			t.Errorf("%s: %s", query, step)
		}
	}
}

// ask answers the last column of every row.
func ask(t *testing.T, db *DB, query string, args ...any) (out []string) {
	t.Helper()
	err := db.writer.run(t.Context(), func(x *tx) error {
		rows, err := x.query(query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		at := make([]any, len(columns))
		for i := range at {
			at[i] = new(any)
		}
		for rows.Next() {
			if err := rows.Scan(at...); err != nil {
				return err
			}
			out = append(out, fmt.Sprint(*at[len(at)-1].(*any)))
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func pragma(t *testing.T, db *DB, what string) []string {
	t.Helper()
	return ask(t, db, "PRAGMA "+what)
}
