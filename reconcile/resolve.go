package reconcile

import (
	"context"
	"net/netip"

	"culvert.internal/dns"
	"culvert.internal/reach"
)

// Resolve asks the names of a VPC as a client at an address there does, and
// tells every step. The address may be invalid: then zone affinity does not
// apply. A type that is none is A. What is stored by now counts.
func (l *Lab) Resolve(ctx context.Context, vpc string, source netip.Addr, name, qtype string) reach.Resolution {
	l.await(ctx)
	t, ok := dns.TypeOf(qtype)
	if !ok {
		t = dns.TypeA
	}
	var client netip.Addr
	if source.IsValid() {
		client, _ = l.net.Twin(vpc, source)
	}
	trace := l.names.Explain(ctx, vpc, name, t, client)
	out := reach.Resolution{Name: trace.Name, Type: trace.Type, Zone: trace.Zone, Rcode: trace.Rcode, Answer: resolved(trace.Answer)}
	for _, s := range trace.Steps {
		out.Steps = append(out.Steps, reach.ResolveStep{
			Name: s.Name, By: string(s.By), Source: s.Source, Outcome: string(s.Outcome), Wildcard: s.Wildcard, Answer: resolved(s.Answer),
		})
	}
	return out
}

func resolved(lines []dns.Line) []reach.ResolveLine {
	var out []reach.ResolveLine
	for _, l := range lines {
		out = append(out, reach.ResolveLine{Name: l.Name, Type: l.Type, Value: l.Value, TTL: l.TTL})
	}
	return out
}
