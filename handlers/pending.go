package handlers

import (
	"context"
	"fmt"

	"culvert.internal/cloud"
)

// pending counts what waits for this account itself in the region: the number
// in the top bar.
func (b *Base) pending(ctx context.Context, caller *cloud.Caller, region string) (int, error) {
	all, err := caller.Pending(ctx, region)
	if err != nil {
		return 0, fmt.Errorf("count what waits: %w", err)
	}
	n := 0
	for _, w := range all {
		if w.Mine {
			n++
		}
	}
	return n, nil
}
