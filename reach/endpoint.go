package reach

func (k *walk) endpoint(i Interface, e Endpoint) bool {
	// An endpoint of ctyun has no groups.
	if len(e.Groups) > 0 {
		d := k.rules(e.Groups, true, k.f.Source, k.f.Port)
		fix := Ref{"group", d.group.ID, d.group.Name}
		if !d.accept {
			return k.stop(GateENI, fix, "reach.eni."+d.how(), d.words(k.f)...)
		}
		if k.explain {
			k.pass(GateENI, fix, "reach.eni.ok", d.words(k.f)...)
		}
	}
	if k.orphan(e) && !i.Deleting {
		return k.service(e)
	}
	return k.connection(i, e) && k.zone(i, e) && k.service(e) && k.mapping(e) && k.behind(i, e)
}

// orphan says whether an endpoint's service is gone: nobody is left who could
// accept its connection.
func (k *walk) orphan(e Endpoint) bool {
	_, served := k.services[e.Service]
	return !served && !e.Deleting
}

func (k *walk) connection(i Interface, e Endpoint) bool {
	self := Ref{"endpoint", e.ID, e.Name}
	fix := Ref{"connection", e.Service + "/" + e.ID, e.Name}
	args := []string{"endpoint", e.Name, "service", e.Service, "provider", e.Provider, "by", e.DecidedBy}
	switch {
	case e.Deleting || i.Deleting:
		return k.stop(GateConnection, self, "reach.connection.deleting", args...)
	case e.Denied:
		return k.stop(GateConnection, fix, "reach.connection.denied", args...)
	case !e.Allowed:
		return k.stop(GateConnection, fix, "reach.connection.waiting", args...)
	case k.full(GateConnection, e.ID, self):
		return false
	case e.DecidedBy == "":
		return k.pass(GateConnection, self, "reach.connection.automatic", args...)
	}
	return k.pass(GateConnection, self, "reach.connection.ok", args...)
}

func (k *walk) zone(i Interface, e Endpoint) bool {
	if at := i.stands(); k.failed[at] {
		return k.stop(GateZone, Ref{"endpoint", e.ID, e.Name}, "reach.zone.failed", "zone", at, "endpoint", e.Name)
	}
	if i.Zone == "" {
		return true
	}
	b, ok := k.balancers[i.Balancer]
	if !ok {
		key := "reach.zone.unassigned"
		if i.Refused {
			key = "reach.zone.refused"
		}
		return k.stop(GateZone, Ref{"connection", e.Service + "/" + e.ID, e.Name}, key, "zone", i.Zone, "provider", e.Provider, "endpoint", e.Name)
	}
	return k.pass(GateZone, Ref{"endpoint", e.ID, e.Name}, "reach.zone.ok", "zone", i.Zone, "balancer", b.Name)
}

func (k *walk) service(e Endpoint) bool {
	s, ok := k.services[e.Service]
	if !ok {
		return k.stop(GateService, Ref{}, "reach.service.gone", "service", e.Service)
	}
	k.v.Proxy = s.Proxy
	return k.pass(GateService, Ref{"service", s.ID, s.Name}, "reach.service.ok", "service", s.ID)
}
