package lab

import (
	"sort"
	"strings"

	"culvert.internal/cloud"
)

// serviceNode is a service; one that is being deleted is no part of the lab any
// more.
func (f *facts) serviceNode(s cloud.Service) *Node {
	if s.Deleting {
		return nil
	}
	n := mapping().opt("id", s.ID)
	resources := f.resources[s.ID]
	if s.Mappings == nil {
		n.yes("auto-accept", s.AutoAccept).yes("zone-affinity", s.ZoneAffinity).opt("proxy-protocol", s.Proxy).opt("description", s.Description)
		rowsAt(n, "resources", resources, func(r cloud.Resource) *Node {
			return row().opt("zone", r.Zone).opt("balancer", f.called(r.Balancer)).ifYes("manual", r.Manual)
		})
	} else {
		n.opt("name", s.Given).opt("vpc", f.called(s.VPC)).yes("auto-accept", s.AutoAccept).opt("proxy-protocol", s.Proxy)
		rowsAt(n, "mappings", s.Mappings, func(m cloud.Mapping) *Node {
			return row().opt("protocol", m.Protocol).num("service-port", int(m.ServicePort)).num("port", int(m.Port))
		})
		for _, r := range resources {
			if r.Balancer != "" {
				n.opt("balancer", f.called(r.Balancer))
				continue
			}
			n.opt("instance", f.called(r.Instance))
			if r.NIC != "" {
				n.opt("nic", f.called(r.NIC))
			}
		}
	}
	own := false
	var others []string
	for _, g := range f.grants[s.ID] {
		if g.Grantee == s.Account {
			own = true
			continue
		}
		others = append(others, f.grantee(g.Grantee, s.Mappings != nil))
	}
	n.words("whitelist", others)
	if !own {
		n.yes("owner-listed", false)
	}
	return n
}

func (f *facts) grantee(id string, mapped bool) string {
	if login := f.login[id]; login != "" {
		return login
	}
	if mapped && id != cloud.Everybody {
		return cloud.DomainPrefix + id
	}
	return id
}

// endpoint is an endpoint as it was asked for: what is being deleted is left
// out.
func (f *facts) endpoint(e cloud.Endpoint) *Node {
	if e.Deleting {
		return nil
	}
	r, _ := cloud.FindRegion(e.Region)
	single := r.Cloud == cloud.Ctyun
	n, root := mapping(), f.in.Domain
	if single {
		root = f.in.CtyunDomain
	} else {
		n.opt("name", e.Name)
	}
	n.opt("id", e.ID)
	s, there := f.service[e.Service]
	switch {
	case !there || s.Deleting:
		n.opt("deleted-service", e.Service).opt("provider", f.login[e.Provider])
	case s.Account == cloud.Operator:
		n.opt("service", s.Name)
	default:
		n.opt("service", e.Service)
	}
	n.opt("vpc", f.called(e.VPC))
	var places []cloud.Interface
	for _, i := range f.places[e.ID] {
		if !i.Deleting {
			places = append(places, i)
		}
	}
	if single {
		for _, i := range places {
			n.opt("vswitch", f.called(i.VSwitch)).opt("ip", i.IP.String()).opt("eni", i.ID)
		}
		n.ifYes("private-domain", e.PrivateDomain)
	} else {
		n.words("groups", f.all(e.Groups)).opt("description", e.Description)
		rowsAt(n, "zones", places, func(i cloud.Interface) *Node {
			z := row().opt("zone", i.Zone).opt("vswitch", f.called(i.VSwitch)).opt("ip", i.IP.String()).opt("id", i.ID)
			if e.Decision == cloud.Allowed {
				z.ifYes("disconnected", i.Refused).ifYes("waiting", i.Resource == "" && !i.Refused)
			}
			return z.opt("resource", f.assigned(e, i))
		})
	}
	switch e.Decision {
	case cloud.Allowed:
		n.opt("decision", allowed)
	case cloud.Refused:
		n.opt("decision", denied)
	default:
		n.opt("decision", waiting)
	}
	n.opt("decided-by", f.login[e.DecidedBy])
	n.unless("domain", e.Domain, root)
	if e.Bandwidth > 0 {
		n.num("bandwidth", e.Bandwidth)
	}
	return n
}

// assigned is the CLB that a zone's traffic goes to, where its service has
// several there.
func (f *facts) assigned(e cloud.Endpoint, i cloud.Interface) string {
	if i.Resource == "" {
		return ""
	}
	n, balancer := 0, ""
	for _, r := range f.resources[e.Service] {
		if r.Zone == i.Zone {
			n++
		}
		if r.ID == i.Resource {
			balancer = r.Balancer
		}
	}
	if n < 2 {
		return ""
	}
	return f.called(balancer)
}

func (f *facts) project(p cloud.Project) *Node {
	n := mapping().opt("name", p.Name).opt("id", p.ID)
	clusters := f.clusters[p.ID]
	rowsAt(n, "clusters", clusters, func(k cloud.Cluster) *Node {
		one := row().opt("name", k.Name).opt("id", k.ID).opt("region", k.Region).unless("plan", k.Plan, cloud.Plans()[0]).num("port", int(k.Port))
		if !k.BuiltIn {
			one.yes("built-in", false)
		}
		if !k.Public {
			one.yes("public", false)
		}
		return one
	})
	seen := map[string]bool{}
	rowsAt(n, "gateways", clusters, func(k cloud.Cluster) *Node {
		if seen[k.Service] {
			return nil
		}
		seen[k.Service] = true
		var accounts []string
		for _, g := range f.grants[k.Service] {
			if g.Grantee != cloud.Zilliz {
				accounts = append(accounts, f.login[g.Grantee])
			}
		}
		return row().opt("region", k.Region).opt("service", k.Service).words("accounts", accounts)
	})
	return rowsAt(n, "private-links", f.links[p.ID], func(l cloud.PrivateLink) *Node {
		one := row().opt("id", l.ID).opt("region", l.Region).opt("endpoint", l.Endpoint)
		if !f.there[l.Endpoint] {
			one.opt("consumer", f.login[l.Consumer])
		}
		return one
	})
}

func (f *facts) zone(z cloud.PrivateZone) *Node {
	n := mapping().opt("name", z.Shown).opt("id", z.ID).yes("proxy", z.Proxy).opt("remark", z.Remark)
	vpcs := append([]string(nil), z.VPCs...)
	sort.Strings(vpcs)
	for i, id := range vpcs {
		vpcs[i] = f.calledIn(id, within("vpc", z.Account))
	}
	n.words("vpcs", vpcs)
	return rowsAt(n, "records", f.records[z.ID], func(r cloud.Record) *Node {
		one := row().opt("id", r.ID).opt("host", r.Host).opt("type", r.Type).opt("value", valueOf(r))
		if r.Type == cloud.MX {
			one.num("priority", r.Priority)
		}
		if r.TTL != cloud.DefaultTTL {
			one.num("ttl", r.TTL)
		}
		if r.Weight > 0 {
			one.num("weight", r.Weight)
		}
		return one.opt("remark", r.Remark).ifYes("paused", r.Paused)
	})
}

// valueOf is a record's value as the form takes it: a name of one label needs
// its last dot.
func valueOf(r cloud.Record) string {
	switch r.Type {
	case cloud.CNAME, cloud.PTR, cloud.MX, cloud.SRV:
		name := r.Value[strings.LastIndex(r.Value, " ")+1:]
		if !strings.Contains(name, ".") {
			return r.Value + "."
		}
	}
	return r.Value
}
