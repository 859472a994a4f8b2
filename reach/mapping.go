package reach

import (
	"net/netip"
	"strconv"
	"strings"
)

// mapping finds the port behind the service that a flow's port stands for.
func (k *walk) mapping(e Endpoint) bool {
	s := k.services[e.Service]
	if s.Mappings == nil {
		return true
	}
	fix := Ref{"service", s.ID, s.Name}
	port := Port{k.f.Protocol, k.f.Port}
	to, ok := s.Mappings[port]
	if !ok {
		return k.stop(GateMapping, fix, "reach.mapping.none", "protocol", strings.ToUpper(string(port.Protocol)), "port", strconv.Itoa(int(port.Number)), "ports", mapped(s))
	}
	k.port = to
	return k.pass(GateMapping, fix, "reach.mapping.ok", "protocol", strings.ToUpper(string(port.Protocol)), "port", strconv.Itoa(int(port.Number)), "serviceport", strconv.Itoa(int(to)))
}

// mapped names the ports of a service in order.
func mapped(s Service) string {
	var out []string
	for _, p := range s.ports() {
		out = append(out, p.String())
	}
	return strings.Join(out, ", ")
}

// behind goes on with what is assigned to the interface.
func (k *walk) behind(i Interface, e Endpoint) bool {
	s := k.services[e.Service]
	switch {
	case i.Host != "":
		return k.direct(s, i.Host)
	case i.Own.VPC != "":
		k.v.Backends, k.v.Sender = []Backend{i.Own}, s.Sender
		return k.pass(GateBackend, Ref{"service", s.ID, s.Name}, "reach.backend.own", "service", s.Name)
	}
	b, ok := k.balancers[i.Balancer]
	if !ok {
		return k.stop(GateBackend, Ref{"service", s.ID, s.Name}, "reach.backend.gone", "service", s.Name)
	}
	return k.balancer(b)
}

// direct goes to a NIC of an instance that a service names itself. Nobody
// probes it.
func (k *walk) direct(s Service, id string) bool {
	h, ok := k.hosts[id]
	if !ok {
		return k.stop(GateBackend, Ref{"service", s.ID, s.Name}, "reach.backend.gone", "service", s.Name)
	}
	to := Backend{ID: h.ID, Instance: h.instance(), Name: h.Name, VPC: h.VPC, Addr: netip.AddrPortFrom(h.Addr, k.port), Weight: 1}
	if !h.Running {
		return k.stop(GateBackend, h.ref(), "reach.backend.stopped", "backend", h.Name)
	}
	if k.failed[h.Zone] {
		return k.stop(GateBackend, h.ref(), "reach.backend.zone", "backend", h.Name, "zone", h.Zone)
	}
	return k.pass(GateBackend, h.ref(), "reach.backend.host", "backend", h.Name, "address", to.Addr.String()) &&
		k.ingress(Balancer{Sender: s.Sender, Pool: s.Pool}, []Backend{to})
}

// without says whether a gate is none of this path: an endpoint of ctyun has
// no zones and no groups, one of aliyun no mappings, and what is not behind a
// CLB no listener.
func (k *walk) without(g Gate) bool {
	e, ok := k.endpoints[k.v.Endpoint]
	if !ok {
		return g == GateMapping
	}
	// A name that has not resolved leads to no interface yet.
	i, known := k.interfaces[k.v.ENI]
	mapped := k.services[e.Service].Mappings != nil
	switch g {
	case GateZone:
		return mapped || known && i.Zone == ""
	case GateENI:
		return len(e.Groups) == 0
	case GateMapping:
		return !mapped
	case GateListener:
		return mapped && i.Balancer == ""
	case GateIngress:
		return i.Own.VPC != ""
	}
	return false
}
