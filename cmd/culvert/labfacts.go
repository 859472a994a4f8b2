package main

import (
	"errors"

	"culvert.internal/cloud"
	"culvert.internal/lab"
)

// checkFacts are what names and addresses of a lab follow from.
type checkFacts struct {
	called    map[string]string // what the file calls things, by ID
	instances map[string]cloud.Instance
	idcs      map[string]cloud.IDC
	endpoints map[string]cloud.Endpoint
	places    map[string][]cloud.Interface
	balancers map[string]cloud.Balancer
	listeners map[string][]cloud.Listener // by CLB
	services  map[string]cloud.Service
	behind    map[string][]cloud.Resource // by service
	order     struct {
		instances []cloud.Instance
		idcs      []cloud.IDC
		endpoints []cloud.Endpoint
		balancers []cloud.Balancer
	}
}

func (f *checkFacts) read(tx *cloud.Tx) error {
	var errs [7]error
	var places []cloud.Interface
	var listeners []cloud.Listener
	var services []cloud.Service
	var resources []cloud.Resource
	f.order.instances, errs[0] = tx.Instances.List(nil)
	f.order.idcs, errs[1] = tx.IDCs.List(nil)
	f.order.endpoints, errs[2] = tx.Endpoints.List(nil)
	f.order.balancers, errs[3] = tx.Balancers.List(nil)
	places, errs[4] = tx.Interfaces.List(nil)
	listeners, errs[5] = tx.Listeners.List(nil)
	services, errs[6] = tx.Services.List(nil)
	resources, err := tx.Resources.List(nil)
	f.instances, f.idcs, f.endpoints = map[string]cloud.Instance{}, map[string]cloud.IDC{}, map[string]cloud.Endpoint{}
	f.places, f.balancers, f.listeners = map[string][]cloud.Interface{}, map[string]cloud.Balancer{}, map[string][]cloud.Listener{}
	f.services, f.behind = map[string]cloud.Service{}, map[string][]cloud.Resource{}
	for _, i := range f.order.instances {
		f.instances[i.ID] = i
	}
	for _, i := range f.order.idcs {
		f.idcs[i.ID] = i
	}
	for _, e := range f.order.endpoints {
		f.endpoints[e.ID] = e
	}
	for _, b := range f.order.balancers {
		f.balancers[b.ID] = b
	}
	for _, p := range places {
		f.places[p.Endpoint] = append(f.places[p.Endpoint], p)
	}
	for _, l := range listeners {
		f.listeners[l.Balancer] = append(f.listeners[l.Balancer], l)
	}
	for _, s := range services {
		f.services[s.ID] = s
	}
	for _, r := range resources {
		f.behind[r.Service] = append(f.behind[r.Service], r)
	}
	return errors.Join(append(errs[:], err)...)
}

// host is what somebody who expects a connection would type.
func (c *checker) host(x lab.Expectation) string {
	f := &c.facts
	switch x.Noun {
	case "endpoint":
		e := f.endpoints[x.Target]
		if x.Zone != "" {
			return c.engine.ZoneDomain(e, x.Zone)
		}
		if domain := c.engine.EndpointDomain(e); domain != "" {
			return domain
		}
		for _, p := range f.places[e.ID] {
			return p.IP.String()
		}
	case "instance":
		return f.instances[x.Target].IP.String()
	case "balancer":
		return f.balancers[x.Target].IP.String()
	}
	return x.Target
}

// port is a port of something with its protocol.
type port struct {
	protocol string
	number   uint16
}

// ports are those that clients of an endpoint can use.
func (f *checkFacts) ports(e cloud.Endpoint) (out []port) {
	s := f.services[e.Service]
	for _, m := range s.Mappings {
		out = append(out, port{m.Protocol, m.Port})
	}
	seen := map[port]bool{}
	for _, r := range f.behind[e.Service] {
		for _, l := range f.listeners[r.Balancer] {
			if p := (port{l.Protocol, l.Port}); !seen[p] && s.Mappings == nil {
				seen[p] = true
				out = append(out, p)
			}
		}
	}
	return out
}

// matrix is every running client with every port of endpoints and CLBs, as far as
// the file has names for them.
func (f *checkFacts) matrix() (out []lab.Expectation) {
	type client struct{ id, vpc string }
	var clients []client
	for _, i := range f.order.instances {
		if i.Running {
			clients = append(clients, client{i.ID, i.VPC})
		}
	}
	for _, i := range f.order.idcs {
		clients = append(clients, client{i.ID, i.VPC})
	}
	for _, k := range clients {
		add := func(noun, target string, p port) {
			from, to := f.called[k.id], f.called[target]
			if from != "" && to != "" {
				out = append(out, lab.Expectation{Client: k.id, From: from, Noun: noun, Target: target, To: to, Port: p.number, Protocol: p.protocol})
			}
		}
		for _, e := range f.order.endpoints {
			for _, p := range f.ports(e) {
				add("endpoint", e.ID, p)
			}
		}
		for _, b := range f.order.balancers {
			if b.VPC == k.vpc && b.IP.IsValid() {
				for _, l := range f.listeners[b.ID] {
					add("balancer", b.ID, port{l.Protocol, l.Port})
				}
			}
		}
	}
	return out
}
