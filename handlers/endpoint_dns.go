package handlers

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/views"
)

// dnsAccess is what the page of an endpoint on the cloud's DNS shows besides;
// nil for other endpoints. gateway is what was typed.
func (h *Endpoint) dnsAccess(ctx context.Context, caller *cloud.Caller, p views.EndpointDetail, gateway string) (*views.DNSAccess, error) {
	e := p.Endpoint
	answers := slices.ContainsFunc(e.Mappings, func(m cloud.Mapping) bool { return m.Port == cloud.DNSPort })
	if e.Provider != cloud.Operator || len(e.Zones) == 0 || !answers {
		return nil, nil
	}
	d := &views.DNSAccess{IP: e.Zones[0].IP, Gateway: strings.TrimSpace(gateway)}
	for _, at := range p.Ports {
		if at.At.Port() == cloud.DNSPort && at.Host.IsValid() {
			d.Host = append(d.Host, at)
		}
	}
	vpc, err := caller.VPC(ctx, e.VPC)
	if err != nil {
		return nil, fmt.Errorf("read VPC %s: %w", e.VPC, err)
	}
	d.Attached = vpc.Host
	if d.Premises, err = caller.IDCs(ctx, e.Region, e.VPC); err != nil {
		return nil, fmt.Errorf("list networks on premises: %w", err)
	}
	if a, err := netip.ParseAddr(d.Gateway); err == nil && a.Is4() {
		d.Via = a
	} else if d.Gateway == "" && len(d.Premises) > 0 {
		d.Via = d.Premises[0].Gateway
	}
	return d, nil
}
