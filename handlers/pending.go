package handlers

import (
	"context"
	"fmt"

	"culvert.internal/cloud"
)

// pending counts what waits for this account itself in the region: the number
// in the top bar.
func (b *Base) pending(ctx context.Context, caller *cloud.Caller, region string) (int, error) {
	n, err := caller.PendingCount(ctx, region)
	if err != nil {
		return 0, fmt.Errorf("count what waits: %w", err)
	}
	return n, nil
}
