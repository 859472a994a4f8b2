package reconcile

import (
	"slices"

	"culvert.internal/cloud"
	"culvert.internal/dataplane"
)

// limit is what an endpoint's connections may take together.
func (l *Lab) limit(e cloud.Endpoint) dataplane.Limit {
	out := dataplane.Limit{Name: e.Name, Rate: int64(e.Bandwidth) * 1_000_000}
	if r, _ := cloud.FindRegion(e.Region); r.Cloud == cloud.Ctyun {
		out.Flows = l.engine.Limits().EndpointFlows
	}
	return out
}

// balancerLimit is what a CLB's specification lets it carry (CLB-06).
func balancerLimit(b cloud.Balancer) dataplane.Limit {
	specs := cloud.Specs()
	i := slices.IndexFunc(specs, func(s cloud.Spec) bool { return s.ID == b.Spec })
	if i < 0 {
		return dataplane.Limit{}
	}
	return dataplane.Limit{Name: b.Name, Flows: specs[i].Connections, PerSecond: specs[i].PerSecond}
}

// Backends of a CLB that a service with PROXY protocol uses expect a header from
// probes too.

// learnIntroduced finds those CLBs before any is applied: the first probe of a
// backend decides.
func (l *Lab) learnIntroduced(tx *cloud.Tx) error {
	list, err := tx.Services.List(cloud.Where{"proxy": cloud.ProxyForms()})
	for _, s := range list {
		if l.done.introduced[s.ID], err = balancersOf(tx, s.ID); err != nil {
			return err
		}
	}
	return err
}

func balancersOf(tx *cloud.Tx, service string) ([]string, error) {
	list, err := tx.Resources.List(cloud.Where{"service": service})
	var out []string
	for _, r := range list {
		if r.Balancer != "" && !slices.Contains(out, r.Balancer) {
			out = append(out, r.Balancer)
		}
	}
	slices.Sort(out)
	return out, err
}

func (l *Lab) isIntroduced(balancer string) bool {
	for _, all := range l.done.introduced {
		if slices.Contains(all, balancer) {
			return true
		}
	}
	return false
}

// introduce notes what is behind a service whose backends are told who calls in a
// form, and probes what that changes anew.
func (s *step) introduce(form string) (err error) {
	was, now := s.done.introduced[s.id], []string(nil)
	if form != "" {
		if now, err = balancersOf(s.tx, s.id); err != nil {
			return err
		}
	}
	if slices.Equal(was, now) {
		return nil
	}
	if s.done.introduced[s.id] = now; len(now) == 0 {
		delete(s.done.introduced, s.id)
	}
	for _, id := range slices.Concat(was, now) {
		if err := s.probeAgain(id); err != nil {
			return err
		}
	}
	return nil
}

func (s *step) probeAgain(balancer string) error {
	b, err := s.tx.Balancers.Get(balancer)
	if missing, err := gone(err); missing || err != nil {
		return err
	}
	listeners, err := s.tx.Listeners.List(cloud.Where{"balancer": b.ID})
	if err != nil {
		return err
	}
	members, err := s.tx.Backends.List(cloud.Where{"balancer": b.ID})
	if err != nil {
		return err
	}
	return s.probe(b, listeners, members)
}
