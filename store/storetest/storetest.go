// Package storetest is what every engine of cloud.Store must do: put, read and
// select each noun exactly, all or nothing, one writer after the other, with a
// snapshot for each reader. An engine's own tests run it:
//
//	func TestContract(t *testing.T) {
//		storetest.Run(t, func(place string) (cloud.Store, error) { return Open(place) })
//	}
//
// The tables are compared with a plain map under random operations, so a field
// that an engine forgets, rounds or mixes up is found without being listed.
package storetest

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"culvert.internal/cloud"
)

// Opener opens the store at a place (a file name in an existing folder) and
// makes it if there is none.
type Opener func(place string) (cloud.Store, error)

// Run holds an engine to the contract.
func Run(t *testing.T, open Opener) {
	for _, k := range kinds() {
		t.Run(k.name(), func(t *testing.T) {
			s := newStore(t, open)
			seed(t, s)
			t.Run("columns", func(t *testing.T) { k.columns(t, s) })
			t.Run("paths", func(t *testing.T) { k.refusals(t, s) })
			t.Run("model", func(t *testing.T) { k.model(t, s) })
		})
	}
	for _, c := range []struct {
		name string
		test func(*testing.T, Opener)
	}{
		{"unique", testUnique},
		{"references", testReferences},
		{"all or nothing", testAllOrNothing},
		{"event in the same transaction", testEventWithChange},
		{"read only", testReadOnly},
		{"snapshot", testSnapshot},
		{"serial writes", testSerialWrites},
		{"cancelled", testCancelled},
		{"reopen", testReopen},
		{"facts of endpoints", testEndpointFacts},
		{"events", testEvents},
		{"attempts", testAttempts},
		{"samples", testSamples},
		{"samples of what is gone", testSamplesGo},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}

func newStore(t *testing.T, open Opener) cloud.Store {
	t.Helper()
	s, err := open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func ctx(t testing.TB) context.Context {
	// A test that waits for a lock fails here and not after ten minutes.
	c, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return c
}

func write(t testing.TB, s cloud.Store, fn func(*cloud.Tx) error) {
	t.Helper()
	if err := s.Write(ctx(t), fn); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, s cloud.Store, fn func(*cloud.Tx) error) {
	t.Helper()
	if err := s.Read(ctx(t), fn); err != nil {
		t.Fatal(err)
	}
}

// wantError fails unless an error is the wanted one.
func wantError(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got error %v, want %v", got, want)
	}
}
