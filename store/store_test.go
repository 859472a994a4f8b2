package store

import (
	"path/filepath"
	"testing"

	"culvert.internal/cloud"
)

func TestOpen(t *testing.T) {
	s, err := Open("sqlite:" + filepath.Join(t.TempDir(), "c.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), func(tx *cloud.Tx) error { return tx.Settings.Put(cloud.Setting{ID: "a"}) }); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for _, dsn := range []string{"", "sqlite:", "sqlite", "postgres:host", filepath.Join(t.TempDir(), "c.db")} {
		if s, err := Open(dsn); err == nil || s != nil {
			t.Errorf("Open(%q) = %v, %v", dsn, s, err)
		}
	}
}
