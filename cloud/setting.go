package cloud

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
)

// Secret answers the installation's secret of that name, n random bytes that
// are made on first use: the keys of the sessions.
func (e *Engine) Secret(ctx context.Context, name string, n int) ([]byte, error) {
	var out []byte
	err := e.store.Write(ctx, func(tx *Tx) error {
		s, err := tx.Settings.Get("secret." + name)
		if errors.Is(err, ErrMissing) {
			out = make([]byte, n)
			if _, err := rand.Read(out); err != nil {
				return err
			}
			return tx.Settings.Put(Setting{ID: "secret." + name, Value: hex.EncodeToString(out)})
		}
		if err != nil {
			return err
		}
		out, err = hex.DecodeString(s.Value)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return out, nil
}
