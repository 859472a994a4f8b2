package reconcile

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"

	"culvert.internal/cloud"
	"culvert.internal/dataplane"
	"culvert.internal/dns"
	"culvert.internal/reach"
)

func (s *step) endpoint() error {
	e, err := s.tx.Endpoints.Get(s.id)
	if missing, err := gone(err); missing || err != nil {
		if missing {
			err = errors.Join(err, s.links(s.id, cloud.Zilliz, false))
			s.dropEndpoint()
		}
		return err
	}
	service, err := s.tx.Services.Get(e.Service)
	if orphan, err := gone(err); err != nil {
		return err
	} else if orphan {
		service = cloud.Service{}
	}
	interfaces, err := s.tx.Interfaces.List(cloud.Where{"endpoint": e.ID})
	if err != nil {
		return err
	}
	decider, err := s.tx.Accounts.Get(e.DecidedBy)
	if err != nil && !errors.Is(err, cloud.ErrMissing) {
		return err
	}
	domains, out := s.domains(e, interfaces)
	s.world.PutEndpoint(reach.Endpoint{
		ID: e.ID, Name: e.Name, Service: e.Service, VPC: e.VPC, Domains: domains, Provider: e.Provider, Groups: e.Groups,
		Allowed: e.Decision == cloud.Allowed, Denied: e.Decision == cloud.Refused, DecidedBy: decider.ID, Deleting: e.Deleting,
		Out: out,
	})
	s.book.provide(e.ID, e.Provider)
	s.plane.SetLimit(e.ID, s.limit(e))

	done := s.done.endpoints[e.ID]
	was := done.interfaces
	done.vpc, done.interfaces = e.VPC, make([]string, 0, len(interfaces))
	var published []dns.Addr
	for _, i := range interfaces {
		done.interfaces = append(done.interfaces, i.ID)
		addr, err := s.applyInterface(e, i, service)
		if err != nil {
			return err
		}
		if addr.IP.IsValid() {
			published = append(published, addr)
		}
	}
	for _, id := range was {
		if !slices.Contains(done.interfaces, id) {
			s.dropInterface(id)
		}
	}
	done.names = s.publish(e, published, service.ZoneAffinity, done.names)
	s.done.endpoints[e.ID] = done
	return s.links(e.ID, e.Provider, len(published) > 0)
}

// domains are the names of an endpoint, and those of them that lead to a zone that
// has failed.
func (s *step) domains(e cloud.Endpoint, interfaces []cloud.Interface) (all []string, out map[string]string) {
	for _, i := range interfaces {
		if i.Zone == "" {
			continue
		}
		name := s.undotted(s.engine.ZoneDomain(e, i.Zone))
		all = append(all, name)
		if s.world.Failed(i.Zone) {
			if out == nil {
				out = map[string]string{}
			}
			out[name] = i.Zone
		}
	}
	if whole := s.engine.EndpointDomain(e); whole != "" {
		all = append(all, s.undotted(whole))
	}
	return all, out
}

func (s *step) dropEndpoint() {
	done := s.done.endpoints[s.id]
	for _, id := range done.interfaces {
		s.dropInterface(id)
	}
	for _, n := range done.names {
		s.names.RemoveName(done.vpc, n)
	}
	s.world.DropEndpoint(s.id)
	s.plane.SetLimit(s.id, dataplane.Limit{})
	s.book.meter.drop(s.id)
	delete(s.done.endpoints, s.id)
}

func (s *step) dropInterface(id string) {
	s.world.DropInterface(id)
	s.plane.Apply(id, nil)
	s.dropFront(id)
	s.book.samples.parts.drop(id)
	s.book.meter.drop(id)
	delete(s.done.observable, id)
	delete(s.done.moving, id)
}

// zoneOf is the availability zone that an interface stands in.
func (s *step) zoneOf(i cloud.Interface) (string, error) {
	if i.Zone != "" {
		return i.Zone, nil
	}
	at, err := s.tx.VSwitches.Get(i.VSwitch)
	return at.Zone, err
}

// applyInterface makes one interface what it should be and answers its address
// when its zone is connected. The service is empty when it is gone.
func (s *step) applyInterface(e cloud.Endpoint, i cloud.Interface, service cloud.Service) (dns.Addr, error) {
	zone, err := s.zoneOf(i)
	if err != nil {
		return dns.Addr{}, err
	}
	behind, err := s.behind(e, i)
	if err != nil {
		return dns.Addr{}, err
	}
	var assigned cloud.Resource
	if i.Resource != "" {
		assigned = behind
	}
	own, err := s.own(i, assigned)
	if err != nil {
		return dns.Addr{}, err
	}
	failed := s.world.Failed(zone)
	s.world.PutInterface(reach.Interface{
		ID: i.ID, Endpoint: e.ID, Zone: i.Zone, Place: zone, Refused: i.Refused, VPC: i.VPC, Addr: i.IP, Deleting: i.Deleting,
		Balancer: assigned.Balancer, Host: cmp.Or(assigned.NIC, assigned.Instance), Own: own,
	})
	s.book.samples.parts.put(i.ID, parts{e.ID, service.ID, assigned.Balancer})
	if i.Deleting {
		delete(s.done.moving, i.ID)
		s.plane.Apply(i.ID, nil)
		s.done.draining[i.ID] = true
		return dns.Addr{}, nil
	}
	open := e.Decision == cloud.Allowed && assigned.ID != "" && service.ID != "" && !e.Deleting
	published, err := s.published(service, behind, open && !failed)
	if err != nil {
		return dns.Addr{}, err
	}
	front := dataplane.Front{Key: i.ID, VPC: i.VPC, Addr: i.IP, Ports: published}
	seen := cloud.Observation{ID: i.ID, Account: i.Account, Peer: i.Provider, Parent: e.ID}
	seen = s.observe(seen, front, s.plane.Apply(i.ID, &front))
	seen.Old = open && !failed && s.moved(i, assigned.Balancer)
	if seen.Open = seen.Open && open && !failed; failed {
		seen.Problem, seen.Detail = cloud.ZoneProblem, ""
	}
	s.seen = append(s.seen, seen)
	if !open || failed {
		s.plane.Cut(i.ID, nil)
		delete(s.done.moving, i.ID)
		return dns.Addr{}, nil
	}
	return dns.Addr{IP: i.IP, Zone: i.Zone, Healthy: !s.done.dead[assigned.Balancer]}, nil
}

// behind is the resource whose ports an interface holds: the assigned one,
// else the one it would get, so that its ports are owned before anybody allows
// it.
func (s *step) behind(e cloud.Endpoint, i cloud.Interface) (cloud.Resource, error) {
	resources, err := s.tx.Resources.List(cloud.Where{"service": e.Service, "zone": i.Zone})
	if err != nil || len(resources) == 0 {
		return cloud.Resource{}, err
	}
	k := slices.IndexFunc(resources, func(r cloud.Resource) bool { return r.ID == i.Resource })
	return resources[max(k, 0)], nil
}

// own is the resolver of an interface's network, for a service of which nothing
// else is behind it.
func (s *step) own(i cloud.Interface, r cloud.Resource) (reach.Backend, error) {
	if r.ID == "" || r.Balancer != "" || r.Instance != "" {
		return reach.Backend{}, nil
	}
	v, err := s.tx.VPCs.Get(i.VPC)
	if at := s.opt.Nameserver; at.IsValid() {
		return reach.Backend{ID: v.ID, Name: "DNS", VPC: v.ID, Addr: netip.AddrPortFrom(at, cloud.DNSPort), Weight: 1}, err
	}
	return reach.Backend{ID: v.ID, Name: "DNS", VPC: ownVPC, Addr: netip.AddrPortFrom(v.Resolver, cloud.DNSPort), Weight: 1}, err
}

// published are the ports of what stands behind a service: those of its
// mappings, else its CLB's. A mapped port is open while something listens to
// it behind.
func (s *step) published(v cloud.Service, r cloud.Resource, open bool) ([]dataplane.Port, error) {
	if r.ID == "" {
		return nil, nil
	}
	var listeners []cloud.Listener
	if r.Balancer != "" {
		var err error
		if listeners, err = s.tx.Listeners.List(cloud.Where{"balancer": r.Balancer}); err != nil {
			return nil, err
		}
	}
	behind := ports(listeners, open)
	if v.Mappings == nil {
		return behind, nil
	}
	var out []dataplane.Port
	for _, m := range v.Mappings {
		p := dataplane.Port{Protocol: reach.Protocol(m.Protocol), Port: m.Port, Open: open}
		if r.Balancer != "" {
			k := slices.IndexFunc(behind, func(b dataplane.Port) bool { return b.Protocol == p.Protocol && b.Port == m.ServicePort })
			if p.Open = k >= 0 && behind[k].Open; k >= 0 {
				p.IdleTimeout = behind[k].IdleTimeout
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// alive says whether a CLB has a backend that is not known to be dead: its zone
// is then worth an answer of the DNS.
func (l *Lab) alive(balancer string) bool {
	health := l.world.Health(balancer)
	return len(health) == 0 || slices.ContainsFunc(health, func(h reach.Health) bool { return !h.Known || h.Healthy })
}

// publish makes the names of an endpoint those of its connected zones (EP-08).
func (s *step) publish(e cloud.Endpoint, addrs []dns.Addr, affinity bool, was []string) []string {
	var names []string
	if whole := s.engine.EndpointDomain(e); len(addrs) > 0 && whole != "" {
		whole = s.dotted(whole)
		s.names.SetName(e.VPC, dns.Name{FQDN: whole, Addrs: addrs, Affinity: affinity})
		names = append(names, whole)
	}
	for _, a := range addrs {
		if a.Zone == "" {
			continue
		}
		zone := s.dotted(s.engine.ZoneDomain(e, a.Zone))
		s.names.SetName(e.VPC, dns.Name{FQDN: zone, Addrs: []dns.Addr{a}})
		names = append(names, zone)
	}
	for _, n := range was {
		if !slices.Contains(names, n) {
			s.names.RemoveName(e.VPC, n)
		}
	}
	return names
}

// reap reports interfaces whose last connection has drained, and deleted
// services that the judge knows no longer.
func (l *Lab) reap(ctx context.Context) error {
	var failed []error
	settle := func(gone func(context.Context, string) error, ids map[string]bool, id string) {
		if err := gone(ctx, id); err != nil {
			failed = append(failed, err)
			return
		}
		delete(ids, id)
	}
	for id := range l.done.draining {
		if l.plane.Drained(id) {
			settle(l.engine.Gone, l.done.draining, id)
		}
	}
	for id := range l.done.leaving {
		settle(l.engine.ServiceGone, l.done.leaving, id)
	}
	return errors.Join(failed...)
}
