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
	all, err := caller.Instances(ctx, region, "")
	if err != nil {
		return p, fmt.Errorf("list instances: %w", err)
	}
	named := map[string]int{}
	for _, i := range all {
		named[i.Name]++
		if i.VPC == vpc && i.Running && p.Client.ID == "" {
			p.Client = i
		}
	}
	if p.Client.ID != "" {
		p.SOCKS, p.Unique = b.Doors.SOCKS(p.Client.ID), named[p.Client.Name] == 1
	}
	return p, nil
}
