// Package store opens the place where Culvert keeps its facts. The engine
// knows only the interface cloud.Store; which engine is behind it is chosen
// here, by name:
//
//	s, err := store.Open("sqlite:culvert-data/culvert.db")
//
// A new engine is a folder beside sqlite that passes storetest, and one line
// in Open.
package store

import (
	"fmt"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/store/sqlite"
)

// Open opens the store that dsn names as ENGINE:PLACE, making it if there is
// none. The only engine is "sqlite", its place is a file.
func Open(dsn string) (cloud.Store, error) {
	engine, place, ok := strings.Cut(dsn, ":")
	if !ok || place == "" {
		return nil, fmt.Errorf("open store %q: want ENGINE:PLACE, such as sqlite:culvert.db", dsn)
	}
	switch engine {
	case "sqlite":
		db, err := sqlite.Open(place)
		if err != nil {
			return nil, err // and no *DB that is nil inside a Store
		}
		return db, nil
	default:
		return nil, fmt.Errorf("open store %q: no engine is called %q", dsn, engine)
	}
}
