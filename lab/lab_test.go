package lab

import (
	"context"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/store/sqlite"
)

// engine is an engine over a new store.
func engine(t testing.TB, opt cloud.Options) *cloud.Engine {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "culvert.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if !opt.Base.IsValid() {
		opt.Base = netip.MustParsePrefix("127.16.0.0/12")
	}
	e, err := cloud.Open(db, opt)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// made imports a file that has to be right.
func made(t testing.TB, e *cloud.Engine, data []byte) []Made {
	t.Helper()
	out, faults, err := Import(context.Background(), e, cloud.SystemActor, data, false)
	if err != nil || len(faults) > 0 {
		t.Fatalf("%v %v", err, faults)
	}
	return out
}

func exported(t testing.TB, e *cloud.Engine) []byte {
	t.Helper()
	out, err := Export(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A large lab is imported in seconds and exported in less than
// one; the same file comes out.
func TestLargeLab(t *testing.T) {
	s := Size{Endpoints: 3000, Ports: 2, Services: 1}
	if testing.Short() {
		s.Endpoints = 500
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	e := engine(t, cloud.Options{})
	begun := time.Now()
	made(t, e, Generate(s))
	imported := time.Since(begun)
	begun = time.Now()
	first := exported(t, e)
	t.Logf("%d endpoints: import %v, export %v", s.Endpoints, imported, time.Since(begun))
	again := engine(t, cloud.Options{})
	made(t, again, first)
	if second := exported(t, again); string(second) != string(first) {
		t.Error("exporting, importing and exporting again is another text")
	}
}
