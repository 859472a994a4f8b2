package lab

import (
	"context"
	"errors"
	"net/netip"
	"sort"

	"culvert.internal/cloud"
)

// facts is everything that an export holds, read in one go.
type facts struct {
	in        cloud.Installation
	accounts  []cloud.Account
	login     map[string]string // of an account, as files write it
	vpcs      group[cloud.VPC]
	switches  group[cloud.VSwitch]
	groups    group[cloud.SecurityGroup]
	rules     group[cloud.SecurityRule]
	acls      group[cloud.NetworkACL]
	aclRules  group[cloud.ACLRule]
	instances group[cloud.Instance]
	nics      group[cloud.NIC]
	idcs      group[cloud.IDC]
	balancers group[cloud.Balancer]
	listeners group[cloud.Listener]
	backends  group[cloud.Backend]
	services  group[cloud.Service]
	resources group[cloud.Resource]
	grants    group[cloud.Grant]
	endpoints group[cloud.Endpoint]
	places    group[cloud.Interface]
	zones     group[cloud.PrivateZone]
	records   group[cloud.Record]
	projects  group[cloud.Project]
	clusters  group[cloud.Cluster]
	links     group[cloud.PrivateLink]

	names   map[string]map[string]int // how many things of a scope have a name
	callers map[string]string         // the name of a thing by its ID
	scopes  map[string]string         // and where it is looked for
	service map[string]cloud.Service
	failed  map[string]bool
	there   map[string]bool // endpoints that are not being deleted
}

// group is rows by what they belong to, in order of creation.
type group[T any] map[string][]T

func (g group[T]) read(table cloud.Table[T], of func(T) string, err *error) group[T] {
	out := group[T]{}
	rows, failed := table.List(nil)
	*err = errors.Join(*err, failed)
	for _, v := range rows {
		key := of(v)
		out[key] = append(out[key], v)
	}
	return out
}

// Export is the whole lab as a file.
func Export(ctx context.Context, e *cloud.Engine) ([]byte, error) {
	f := &facts{in: e.Installation(), login: map[string]string{}, names: map[string]map[string]int{}, callers: map[string]string{}, scopes: map[string]string{}, service: map[string]cloud.Service{}}
	if err := e.View(ctx, f.read); err != nil {
		return nil, err
	}
	return []byte(Write(f.lab())), nil
}

func (f *facts) read(tx *cloud.Tx) (err error) {
	if f.accounts, err = tx.Accounts.List(nil); err != nil {
		return err
	}
	for _, a := range f.accounts {
		f.login[a.ID] = a.Login
	}
	failed, err := tx.Zones.List(cloud.Where{"failed": true})
	if err != nil {
		return err
	}
	f.failed = map[string]bool{}
	for _, z := range failed {
		f.failed[z.ID] = true
	}
	place := func(account, region string) string { return within(account, region) }
	f.vpcs = f.vpcs.read(tx.VPCs, func(v cloud.VPC) string { return place(v.Account, v.Region) }, &err)
	f.switches = f.switches.read(tx.VSwitches, func(s cloud.VSwitch) string { return s.VPC }, &err)
	f.groups = f.groups.read(tx.SecurityGroups, func(g cloud.SecurityGroup) string { return g.VPC }, &err)
	f.rules = f.rules.read(tx.SecurityRules, func(r cloud.SecurityRule) string { return r.Group }, &err)
	f.acls = f.acls.read(tx.ACLs, func(a cloud.NetworkACL) string { return place(a.Account, a.Region) }, &err)
	f.aclRules = f.aclRules.read(tx.ACLRules, func(r cloud.ACLRule) string { return r.ACL }, &err)
	f.instances = f.instances.read(tx.Instances, func(i cloud.Instance) string { return i.VPC }, &err)
	f.nics = f.nics.read(tx.NICs, func(n cloud.NIC) string { return n.Instance }, &err)
	f.idcs = f.idcs.read(tx.IDCs, func(i cloud.IDC) string { return place(i.Account, i.Region) }, &err)
	f.balancers = f.balancers.read(tx.Balancers, func(b cloud.Balancer) string { return place(b.Account, b.Region) }, &err)
	f.listeners = f.listeners.read(tx.Listeners, func(l cloud.Listener) string { return l.Balancer }, &err)
	f.backends = f.backends.read(tx.Backends, func(b cloud.Backend) string { return b.Balancer }, &err)
	f.services = f.services.read(tx.Services, func(s cloud.Service) string { return place(s.Account, s.Region) }, &err)
	f.resources = f.resources.read(tx.Resources, func(r cloud.Resource) string { return r.Service }, &err)
	f.grants = f.grants.read(tx.Grants, func(g cloud.Grant) string { return g.Service }, &err)
	f.endpoints = f.endpoints.read(tx.Endpoints, func(e cloud.Endpoint) string { return place(e.Account, e.Region) }, &err)
	f.places = f.places.read(tx.Interfaces, func(i cloud.Interface) string { return i.Endpoint }, &err)
	f.zones = f.zones.read(tx.PrivateZones, func(z cloud.PrivateZone) string { return z.Account }, &err)
	f.records = f.records.read(tx.Records, func(r cloud.Record) string { return r.Zone }, &err)
	f.projects = f.projects.read(tx.Projects, func(p cloud.Project) string { return p.Account }, &err)
	f.clusters = f.clusters.read(tx.Clusters, func(k cloud.Cluster) string { return k.Project }, &err)
	f.links = f.links.read(tx.PrivateLinks, func(l cloud.PrivateLink) string { return l.Project }, &err)
	if err == nil {
		f.name()
	}
	return err
}

// name notes what everything can be called by.
func (f *facts) name() {
	call := func(id, name string, scopes ...string) {
		f.callers[id], f.scopes[id] = name, scopes[0]
		for _, s := range scopes {
			if f.names[s] == nil {
				f.names[s] = map[string]int{}
			}
			f.names[s][name]++
		}
	}
	for scope, list := range f.vpcs {
		for _, v := range list {
			call(v.ID, v.Name, scope+"vpc", within("vpc", v.Account))
		}
	}
	for vpc, list := range f.switches {
		for _, s := range list {
			call(s.ID, s.Name, within("vswitch", vpc))
		}
	}
	for vpc, list := range f.groups {
		for _, g := range list {
			call(g.ID, g.Name, within("group", vpc))
		}
	}
	for vpc, list := range f.instances {
		for _, i := range list {
			call(i.ID, i.Name, within("instance", vpc))
		}
	}
	for scope, list := range f.acls {
		for _, a := range list {
			call(a.ID, a.Name, scope+"acl")
		}
	}
	for scope, list := range f.balancers {
		for _, b := range list {
			call(b.ID, b.Name, scope+"balancer")
		}
	}
	for _, list := range f.nics {
		for _, n := range list {
			call(n.ID, n.IP.String(), within("nic", n.Instance))
		}
	}
	for _, list := range f.services {
		for _, s := range list {
			f.service[s.ID] = s
		}
	}
	f.there = map[string]bool{}
	for _, list := range f.endpoints {
		for _, e := range list {
			f.there[e.ID] = !e.Deleting
		}
	}
}

// called is a thing's name where that is clear, or its ID. A name that is like
// another thing's ID is no clear one.
func (f *facts) called(id string) string { return f.calledIn(id, f.scopes[id]) }

func (f *facts) calledIn(id, scope string) string {
	name := f.callers[id]
	if _, alike := f.callers[name]; name == "" || alike || f.names[scope][name] != 1 || nameless(name) {
		return id
	}
	return name
}

// nameless says that a name cannot stand for a thing: it would be read as
// something else in the same place.
func nameless(name string) bool {
	if _, err := netip.ParsePrefix(name); err == nil {
		return true
	}
	_, err := netip.ParseAddr(name)
	return err == nil
}

func (f *facts) lab() *Node {
	n := mapping().num("lab", 1)
	settings := mapping()
	for _, k := range knobs() {
		settings.unless(k.ID, f.in.Value(k.ID), k.Standard())
	}
	if len(settings.Keys) > 0 {
		n.put("settings", settings)
	}
	var failed []string
	for _, r := range cloud.Regions() {
		for _, z := range r.Zones {
			if f.failed[z] {
				failed = append(failed, z)
			}
		}
	}
	n.words("failed-zones", failed)
	var people []cloud.Account
	for _, a := range f.accounts {
		if !a.Operator && a.Main == "" {
			people = append(people, a)
		}
	}
	return rowsAt(n, "accounts", people, f.account)
}

func (f *facts) account(a cloud.Account) *Node {
	n := mapping().opt("login", a.Login).opt("name", a.Name).opt("english", a.NameEN).opt("id", a.ID).opt("domain-id", a.DomainID)
	n.ifYes("administrator", a.Admin).ifYes("demo", a.Demo).ifYes("disabled", a.Disabled)
	rowsAt(n, "sub-accounts", f.accounts, func(s cloud.Account) *Node {
		if s.Main != a.ID {
			return nil
		}
		return row().opt("login", s.Login).opt("name", s.Name).opt("english", s.NameEN).opt("id", s.ID).ifYes("demo", s.Demo).ifYes("disabled", s.Disabled)
	})
	regions := mapping()
	for _, r := range cloud.Regions() {
		if in := f.region(a, r); len(in.Keys) > 0 {
			regions.put(r.ID, in)
		}
	}
	if len(regions.Keys) > 0 {
		n.put("regions", regions)
	}
	rowsAt(n, "projects", f.projects[a.ID], f.project)
	return rowsAt(n, "private-zones", f.zones[a.ID], f.zone)
}

func (f *facts) region(a cloud.Account, r cloud.Region) *Node {
	at := within(a.ID, r.ID)
	n := mapping()
	rowsAt(n, "acls", f.acls[at], f.acl)
	rowsAt(n, "vpcs", f.vpcs[at], f.vpc)
	rowsAt(n, "idcs", f.idcs[at], f.idc)
	rowsAt(n, "balancers", f.balancers[at], f.balancer)
	rowsAt(n, "services", f.services[at], f.serviceNode)
	return rowsAt(n, "endpoints", f.endpoints[at], f.endpoint)
}

func (f *facts) acl(a cloud.NetworkACL) *Node {
	rules := f.aclRules[a.ID]
	sort.SliceStable(rules, func(i, j int) bool {
		if rules[i].Direction != rules[j].Direction {
			return rules[i].Direction > rules[j].Direction // ingress first
		}
		return rules[i].Order < rules[j].Order
	})
	return rowsAt(mapping().opt("name", a.Name).opt("id", a.ID).opt("description", a.Description), "rules", rules, func(r cloud.ACLRule) *Node {
		n := row().opt("id", r.ID).opt("direction", r.Direction).opt("action", r.Action).opt("protocol", r.Protocol)
		n.opt("source", r.Source.String()).ports("source-ports", r.SourceFrom, r.SourceTo)
		n.opt("destination", r.Destination.String()).ports("destination-ports", r.DestinationFrom, r.DestinationTo)
		return n.opt("description", r.Description)
	})
}
