package sqlite

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate runs the migrations that the file has not seen yet, all of them or
// none. Migrations are never changed once a
// version with them was given out: a change is a new file.
func migrate(writer *pool) error {
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted by name
	if err != nil {
		return err
	}
	return writer.run(context.Background(), func(x *tx) error {
		var done int
		if err := x.row("PRAGMA user_version", nil, &done); err != nil {
			return fmt.Errorf("read the version: %w", err)
		}
		if done > len(files) {
			return fmt.Errorf("the file is at version %d and this Culvert knows %d: use a newer one", done, len(files))
		}
		for _, file := range files[done:] {
			script, err := migrations.ReadFile(file)
			if err != nil {
				return err
			}
			if _, err := x.conn.ExecContext(x.ctx, string(script)); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		// The version is kept by SQLite itself and takes no argument.
		_, err := x.conn.ExecContext(x.ctx, fmt.Sprintf("PRAGMA user_version = %d", len(files)))
		return err
	})
}
