package lab

import (
	"cmp"
	"strconv"

	"culvert.internal/cloud"
)

// balancers makes the CLBs of an account in a region, with their listeners and
// server groups.
func (l *loader) balancers(p *person, in *item, r cloud.Region) error {
	for _, it := range in.rows["balancers"] {
		if err := l.balancer(p, it, r); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) balancer(p *person, it *item, r cloud.Region) error {
	c := l.im.As(p.Account)
	vpc, known := it.ref("vpc", within("vpc", p.Login, r.ID))
	vswitch := ""
	if known && vpc != "" {
		vswitch, known = it.ref("vswitch", within("vswitch", vpc))
	}
	in := cloud.BalancerInput{
		Billing: cmp.Or(it.text("billing"), cloud.PayAsYouGo), Zone: it.text("zone"), ZoneType: cloud.SingleZone, BackupZone: it.text("backup-zone"),
		Name: it.text("name"), Spec: cmp.Or(it.text("spec"), cloud.Specs()[0].ID), Address: cmp.Or(it.text("address"), cloud.Intranet),
		Network: it.text("network"), VPC: vpc, VSwitch: vswitch, IPVersion: cloud.IPv4, Feature: it.text("feature"), Flow: it.text("flow"),
		Quantity: "1", ResourceGroup: cloud.DefaultGroup, IP: it.text("ip"),
	}
	if it.has("backup-zone") {
		in.ZoneType = cloud.MultiZone
	}
	if in.Network == cloud.Classic {
		it.only("lab.balancer.classic", "vpc", "vswitch")
	}
	if in.Address == cloud.Internet {
		it.only("lab.balancer.internet", "ip")
	}
	var made []cloud.Balancer
	var err error
	ok := known
	if known {
		ok, err = it.makeFor(p, it.id("lb", r), func() (err error) {
			made, err = c.CreateBalancers(l.ctx, r.ID, in)
			return err
		})
	}
	id := ""
	if ok && err == nil {
		id = made[0].ID
		l.count("balancer")
	}
	l.noted(id, it.text("name"), within("balancer", p.Login, r.ID))
	l.anywhere(p, it, "balancer", it.text("name"), id)
	if err != nil {
		return err
	}
	members := map[string]bool{}
	for _, one := range it.rows["backends"] {
		if err := l.backend(p, one, id, within("instance", vpc), members); err != nil {
			return err
		}
	}
	for _, one := range it.rows["listeners"] {
		if err := l.listener(p, one, r, id); err != nil {
			return err
		}
	}
	return nil
}

// backend puts an instance into a server group beside its members.
func (l *loader) backend(p *person, it *item, balancer, scope string, members map[string]bool) error {
	instance, ok := it.ref("instance", scope)
	if !ok {
		return nil
	}
	if members[instance] {
		l.fault(it.at("instance"), "lab.backend.twice", "value", it.text("instance"))
	}
	members[instance] = true
	ok, err := it.inside(balancer, nil, func() error {
		return l.im.As(p.Account).AddBackends(l.ctx, balancer, []cloud.BackendInput{{Instance: instance, Weight: it.text("weight")}})
	})
	if ok {
		l.count("backend")
	}
	return err
}

func (l *loader) listener(p *person, it *item, r cloud.Region, balancer string) error {
	in := cloud.ListenerInput{
		Protocol: it.text("protocol"), Port: it.text("port"), Name: it.text("name"), Scheduler: it.text("scheduler"), Idle: it.text("idle"),
		BackendPort: it.text("backend-port"),
	}
	for _, h := range it.rows["health"] {
		in.HealthKind, in.HealthPort, in.Interval, in.Timeout = h.text("kind"), h.text("port"), h.text("interval"), h.text("timeout")
		in.Healthy, in.Unhealthy, in.Path, in.Host = h.text("healthy"), h.text("unhealthy"), h.text("path"), h.text("host")
		for _, c := range h.words("codes") {
			in.Codes = append(in.Codes, c.Text)
		}
		if in.HealthKind != "http" {
			h.only("lab.health.http", "path", "host", "codes")
		}
		it.bad = it.bad || h.bad
	}
	ok, err := it.inside(balancer, it.id("lsn", r), func() error {
		return l.im.Listener(p.Account, balancer, in, it.yes("running", true))
	})
	if ok {
		l.count("listener")
	}
	return err
}

// services makes the endpoint services of an account in a region with their
// whitelists.
func (l *loader) services(p *person, in *item, r cloud.Region) error {
	for _, it := range in.rows["services"] {
		if err := l.service(p, it, r); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) service(p *person, it *item, r cloud.Region) error {
	var s cloud.Service
	in, known := l.serviceInput(p, it, r)
	ok := known
	var err error
	if known {
		ok, err = it.makeFor(p, it.id("epsrv", r), func() (err error) {
			s, err = l.im.As(p.Account).CreateService(l.ctx, r.ID, in)
			return err
		})
	}
	l.serviceNamed(p, it.text("key"), s, ok, r)
	if !ok || err != nil {
		return err
	}
	l.count("service")
	if !it.yes("owner-listed", true) {
		if err := l.im.As(p.Account).RemoveGrant(l.ctx, s.ID, p.ID); err != nil {
			if err := it.refused(err); err != nil {
				return err
			}
		}
	}
	for _, w := range it.words("whitelist") {
		if err := l.grant(p, it, s, w, r); err != nil {
			return err
		}
	}
	return nil
}

// serviceNamed notes by what a service can be named: within its account and
// region by its key, anywhere by its owner's login and the key, by its ID and by
// the name that a consumer types.
func (l *loader) serviceNamed(p *person, key string, s cloud.Service, ok bool, r cloud.Region) {
	if !ok {
		s.ID, s.Name = "", ""
	}
	if key != "" {
		l.names.add(within("service", p.Login, r.ID), key, s.ID)
		l.names.add(within("service", r.ID), p.Login+"/"+key, s.ID)
	}
	l.noted(s.ID, s.Name, within("service", r.ID))
}

func (l *loader) serviceInput(p *person, it *item, r cloud.Region) (in cloud.ServiceInput, known bool) {
	known = true
	in.Description, in.Proxy = it.text("description"), it.text("proxy-protocol")
	in.AutoAccept, in.Affinity = yesNo(it.yes("auto-accept", false)), yesNo(it.yes("zone-affinity", false))
	in.Approval = yesNo(!it.yes("auto-accept", false))
	scope := within("balancer", p.Login, r.ID)
	for _, row := range it.rows["resources"] {
		id, ok := row.ref("balancer", scope)
		known = known && ok && !row.bad
		in.Resources = append(in.Resources, cloud.ResourceInput{Zone: row.text("zone"), Balancer: id, Manual: row.yes("manual", false)})
	}
	if r.Cloud != cloud.Ctyun {
		return in, known
	}
	in.Name = it.text("name")
	for _, row := range it.rows["mappings"] {
		known = known && !row.bad
		in.Mappings = append(in.Mappings, cloud.MappingInput{Protocol: row.text("protocol"), ServicePort: row.text("service-port"), Port: row.text("port")})
	}
	ok := [4]bool{true, true, true, true}
	in.VPC, ok[0] = it.ref("vpc", within("vpc", p.Login, r.ID))
	in.Balancer, ok[1] = it.ref("balancer", scope)
	if ok[0] && in.VPC != "" {
		in.Instance, ok[2] = it.ref("instance", within("instance", in.VPC))
	}
	if ok[2] && in.Instance != "" {
		in.NIC, ok[3] = it.ref("nic", within("nic", in.Instance))
	}
	if in.BackendType = cloud.BackendBalancer; it.has("instance") {
		in.BackendType = cloud.BackendInstance
		it.only("lab.service.backend", "balancer")
	} else {
		it.only("lab.service.nic", "nic")
	}
	return in, known && ok == [4]bool{true, true, true, true}
}

// grant puts an account on a whitelist: by its login, its ID or, of ctyun, by
// the entry that the console takes.
func (l *loader) grant(p *person, it *item, s cloud.Service, w *Node, r cloud.Region) error {
	entry := w.Text
	a, ours := l.accounts[entry]
	switch {
	case ours && r.Cloud == cloud.Ctyun:
		entry = cloud.DomainPrefix + a.DomainID
	case ours:
		entry = a.ID
	case len(l.names["account"][entry]) > 0:
		return nil // it could not be made
	case r.Cloud != cloud.Ctyun && !digits(entry):
		_, _ = l.find(w, "whitelist", "account")
		return nil
	}
	c := l.im.As(p.Account)
	var err error
	if r.Cloud == cloud.Ctyun {
		err = c.AddGrants(l.ctx, s.ID, []string{entry})
	} else {
		err = c.AddGrant(l.ctx, s.ID, entry)
	}
	return l.at(w, err)
}

// at turns a refusal into faults at one value.
func (l *loader) at(w *Node, err error) error {
	e := cloud.AsError(err)
	if e == nil {
		return err
	}
	for _, f := range e.Fields {
		l.suggest(w, f.Key, f.Suggest, flat(f.Args)...)
	}
	if len(e.Fields) == 0 {
		l.fault(w, e.Key, flat(e.Args)...)
	}
	return nil
}

func digits(s string) bool {
	_, err := strconv.ParseUint(s, 10, 64)
	return err == nil
}
