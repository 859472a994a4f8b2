package instance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"net/netip"
	"strings"

	"culvert.internal/dns"
	"culvert.internal/reach"
)

// Refused is the error of a dial the judge does not allow.
type Refused struct {
	Flow    reach.Flow
	Verdict reach.Verdict
	Cause   error // why a name did not resolve, if that is the gate
}

func (e *Refused) Error() string {
	to := netip.AddrPortFrom(e.Flow.Target, e.Flow.Port).String()
	if e.Flow.Name != "" {
		to = fmt.Sprintf("%s:%d", e.Flow.Name, e.Flow.Port)
	}
	return fmt.Sprintf("%s %s is not allowed: gate %s (%s)", e.Flow.Protocol, to, e.Verdict.Gate, e.Verdict.Reason.Key)
}

// Unwrap is the lookup's error.
func (e *Refused) Unwrap() error { return e.Cause }

// Dial connects as the instance: network is "tcp" or "udp", host a name as its
// VPC's resolver knows it or an IPv4 literal. Several addresses of a name are
// tried in order. The connection's addresses are those of the VPC, and it is
// cut when the instance stops. The error is a *Refused when the judge stops
// the flow; ErrUnknown; or what the network says (ECONNREFUSED).
func (d *Doors) Dial(ctx context.Context, id, network, host string, port uint16) (net.Conn, error) {
	c, err := d.dial(ctx, id, network, host, port, DoorDial)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Browse is Dial by TCP for the instance's browser. A trace in ctx
// (net/http/httptrace) is told how long resolving and connecting took.
func (d *Doors) Browse(ctx context.Context, id, host string, port uint16) (net.Conn, error) {
	c, err := d.dial(ctx, id, "tcp", host, port, DoorBrowser)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (d *Doors) dial(ctx context.Context, id, network, host string, port uint16, door string) (*conn, error) {
	r := d.room(id)
	if r == nil {
		return nil, fmt.Errorf("dial from %q: %w", id, ErrUnknown)
	}
	spec := r.now()
	flow := reach.Flow{VPC: spec.VPC, Source: spec.Addr, Port: port}
	switch network {
	case "tcp", "tcp4":
		flow.Protocol = reach.TCP
	case "udp", "udp4":
		flow.Protocol = reach.UDP
	default:
		return nil, fmt.Errorf("dial from %s: %w", spec.Name, net.UnknownNetworkError(network))
	}
	targets, unresolved := d.targets(ctx, spec, host, &flow)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("dial %s from %s: %w", host, spec.Name, err)
	}
	var refused *Refused
	var failed error
	for _, flow.Target = range targets {
		v := d.judgeFrom(spec, flow, unresolved)
		if !v.Allowed {
			if refused == nil {
				refused = &Refused{Flow: flow, Verdict: v, Cause: unresolved}
			}
			continue
		}
		c, err := d.network.Dial(ctx, string(flow.Protocol), spec.VPC, spec.Addr, netip.AddrPortFrom(flow.Target, port))
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		if kept := r.flows.add(c, spec.Addr, netip.AddrPortFrom(flow.Target, port)); kept != nil {
			return kept, nil
		}
		_ = c.Close()
		if refused == nil {
			refused = &Refused{Flow: flow, Verdict: stopped(spec)}
		}
		break
	}
	if refused != nil {
		d.refuse(spec.ID, door, refused.Flow, refused.Verdict, 0)
		return nil, refused
	}
	return nil, failed
}

// targets answers the addresses of host: itself when it is a literal, which
// browsers send as names too (RFC 1928 leaves the choice to them). A name that
// does not resolve is one invalid target, for the judge to refuse.
func (d *Doors) targets(ctx context.Context, spec Spec, host string, flow *reach.Flow) ([]netip.Addr, error) {
	literal := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if ip, err := netip.ParseAddr(literal); err == nil {
		return []netip.Addr{ip.Unmap()}, nil
	}
	flow.Name = host
	if !spec.Running {
		return []netip.Addr{{}}, nil
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.DNSStart != nil {
		trace.DNSStart(httptrace.DNSStartInfo{Host: host})
	}
	ips, err := d.resolver.Lookup(ctx, spec.VPC, host, spec.Zone)
	if trace != nil && trace.DNSDone != nil {
		trace.DNSDone(httptrace.DNSDoneInfo{Err: err})
	}
	if err != nil || len(ips) == 0 {
		return []netip.Addr{{}}, err
	}
	return ips, nil
}

// judgeFrom asks the judge about a flow that leaves the instance. What the
// judge allows is still refused when the instance was stopped meanwhile, or
// when the target can be in no VPC: no mistake elsewhere opens this host's own
// addresses.
func (d *Doors) judgeFrom(spec Spec, flow reach.Flow, unresolved error) reach.Verdict {
	v := d.judge.Judge(flow)
	switch {
	case v.Allowed && !spec.Running:
		return stopped(spec)
	case v.Allowed && !routable(flow.Target):
		return reach.Verdict{Gate: reach.GateRoute, Reason: reach.Reason{
			Key: "reach.route.none", Args: map[string]string{"address": flow.Target.String(), "vpc": spec.VPC},
		}}
	case v.Gate == reach.GateName && errors.Is(unresolved, dns.ErrUpstream):
		v.Reason = reach.Reason{Key: "terminal.upstream", Args: map[string]string{"name": flow.Name}}
	}
	return v
}

// routable says whether an address can be one of a VPC at all.
func routable(a netip.Addr) bool {
	return a.Is4() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !a.IsMulticast() && !a.IsUnspecified() &&
		a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

func stopped(spec Spec) reach.Verdict {
	key := "reach.source.stopped"
	if spec.Out {
		key = "reach.source.zone"
	}
	return reach.Verdict{
		Gate:   reach.GateSource,
		Reason: reach.Reason{Key: key, Args: map[string]string{"client": spec.Name, "zone": spec.Zone}},
		Fix:    reach.Ref{Kind: "instance", ID: spec.ID, Name: spec.Name},
	}
}
