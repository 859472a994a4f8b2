package handlers

import (
	"context"
	"fmt"
	"slices"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views"
)

// zillizGuide is how far the account has come with the guide to Zilliz Cloud,
// where clusters can be. Whether a client gets through is the judge's to say.
func (h *Home) zillizGuide(ctx context.Context, caller *cloud.Caller, region string, p *views.Home) error {
	if !slices.Contains(cloud.ClusterRegions(), region) {
		return nil
	}
	g, err := caller.ZillizGuide(ctx, region)
	if err != nil {
		return fmt.Errorf("read the progress of the guide to Zilliz Cloud: %w", err)
	}
	p.Zilliz = &g
	if !g.Ready() {
		return nil
	}
	found, err := caller.FindInstances(ctx, region, cloud.Find{Filter: map[string]string{"vpc": g.Endpoint.VPC, "running": "yes"}, Size: 1})
	if err != nil {
		return fmt.Errorf("find a client of the guide: %w", err)
	}
	for _, i := range found.Items {
		v := h.Live.Explain(ctx, reach.Flow{Protocol: reach.TCP, VPC: i.VPC, Source: i.IP, Name: g.Cluster.Host, Port: g.Cluster.Port})
		if v.Allowed {
			g.Reached(cloud.Ref{Kind: "instance", ID: i.ID, Name: i.Name, Account: i.Account})
		}
	}
	return nil
}
