package handlers

import (
	"context"
	"fmt"

	"culvert.internal/cloud"
	"culvert.internal/views"
)

// from finds an instance that runs in a VPC, from which its addresses can be
// used.
func (b *Base) from(ctx context.Context, caller *cloud.Caller, region, vpc, name string) (views.From, error) {
	p := views.From{VPC: vpc, VPCName: name, Resolver: b.Live.Resolver(vpc)}
	running := cloud.Find{Filter: map[string]string{"vpc": vpc, "running": "yes"}, Size: 1}
	found, err := caller.FindInstances(ctx, region, running)
	if err != nil {
		return p, fmt.Errorf("list instances: %w", err)
	}
	for _, i := range found.Items {
		p.Client, p.SOCKS = i, b.Doors.SOCKS(i.ID)
		alike, err := caller.InstancesNamed(ctx, region, i.Name)
		if err != nil {
			return p, fmt.Errorf("count instances called %s: %w", i.Name, err)
		}
		p.Unique = alike == 1
	}
	return p, nil
}
