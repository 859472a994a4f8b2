package sqlite_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/store/sqlite"
)

// TestCancelled: whenever a reader goes away, the connection it had is good for
// the next one. A transaction that had begun just then stayed open, and every
// later question on that connection failed.
func TestCancelled(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "culvert.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	count := func(tx *cloud.Tx) error {
		_, err := tx.VPCs.Count(nil)
		return err
	}
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for n := range 1500 {
				ctx, cancel := context.WithCancel(t.Context())
				gone := time.AfterFunc(time.Duration((n*7+worker*13)%120)*time.Microsecond, cancel)
				_ = db.Read(ctx, count) // it may have been too late, or not
				gone.Stop()
				cancel()
				if err := db.Read(t.Context(), count); err != nil {
					t.Errorf("after a reader that went away: %v", err)
					return
				}
			}
		})
	}
	all.Wait()
}
