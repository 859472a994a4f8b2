package lab

import (
	"culvert.internal/cloud"
)

// endpoints makes the endpoints of an account in a region.
func (l *loader) endpoints(p *person, in *item, r cloud.Region) error {
	if err := l.cloudServices(r); err != nil {
		return err
	}
	for _, it := range in.rows["endpoints"] {
		var err error
		if r.Cloud == cloud.Ctyun {
			err = l.single(p, it, r)
		} else {
			err = l.endpoint(p, it, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// The decisions of a connection as a file writes them.
const (
	allowed = "allowed"
	denied  = "denied"
	waiting = "waiting"
)

// connection reads what was decided; nil: as the service would.
func (l *loader) connection(it *item) *cloud.KnownConnection {
	if !it.has("decision") {
		it.only("lab.decision.missing", "decided-by")
		if it.has("domain") {
			it.only("lab.decision.missing", "domain")
		}
		return nil
	}
	k := &cloud.KnownConnection{Domain: it.text("domain")}
	switch it.text("decision") {
	case allowed:
		k.Decision = cloud.Allowed
	case denied:
		k.Decision = cloud.Refused
	case waiting:
		it.only("lab.decision.waiting", "decided-by")
	default:
		v := it.at("decision")
		l.suggest(v, "lab.decision", near(v.Text, []string{allowed, denied, waiting}), "value", v.spelled())
		it.bad = true
	}
	if by := it.text("decided-by"); by == "@"+cloud.Zilliz {
		k.By = cloud.Zilliz
	} else if by != "" {
		id, ok := it.ref("decided-by", "account")
		k.By, it.bad = id, it.bad || !ok
	}
	return k
}

// serviceOf is the service that an endpoint names.
func (l *loader) serviceOf(p *person, it *item, r cloud.Region) (id string, ok bool) {
	if it.has("deleted-service") {
		it.only("lab.service.both", "service")
		return "", !it.bad
	}
	it.only("lab.provider", "provider")
	if !it.has("service") {
		l.fault(it.Node, "lab.key.missing", "key", "service")
		it.bad = true
		return "", false
	}
	if own := l.names[within("service", p.Login, r.ID)]; len(own[it.text("service")]) > 0 {
		return it.ref("service", within("service", p.Login, r.ID))
	}
	if s, known := l.cloudService(it.text("service"), r); known {
		return s, true
	}
	return it.ref("service", within("service", r.ID))
}

// cloudServices notes the services of the cloud itself by their names.
func (l *loader) cloudServices(r cloud.Region) error {
	scope := within("cloud", r.ID)
	if r.Cloud != cloud.Ctyun || l.names[scope] != nil {
		return nil
	}
	list, err := l.im.As(cloud.Account{}).CloudServices(l.ctx, r.ID)
	for _, s := range list {
		l.names.add(scope, s.Name, s.ID)
	}
	return err
}

func (l *loader) cloudService(name string, r cloud.Region) (string, bool) {
	ids := l.names[within("cloud", r.ID)][name]
	return first(ids), len(ids) > 0
}

func (l *loader) endpoint(p *person, it *item, r cloud.Region) error {
	in := cloud.EndpointInput{Bandwidth: it.text("bandwidth"), Name: it.text("name"), How: cloud.BySelect, Description: it.text("description"), Known: l.connection(it)}
	ok := [3]bool{true, true, true}
	in.Service, ok[0] = l.serviceOf(p, it, r)
	in.VPC, ok[1] = it.ref("vpc", within("vpc", p.Login, r.ID))
	if ok[1] && in.VPC != "" {
		in.Groups, ok[2] = it.refs("groups", within("group", in.VPC))
	}
	known := ok == [3]bool{true, true, true}
	ids := it.id("ep", r)
	for _, row := range it.rows["zones"] {
		z := cloud.ZoneInput{Zone: row.text("zone"), IP: row.text("ip"), Refused: row.yes("disconnected", false), Waits: row.yes("waiting", false)}
		switch {
		case in.Known == nil || in.Known.Decision != cloud.Allowed:
			row.only("lab.place", "disconnected", "waiting")
		case z.Refused || z.Waits:
			row.only("lab.place.open", "resource")
		}
		if ok[1] && in.VPC != "" {
			var placed bool
			z.VSwitch, placed = row.ref("vswitch", within("vswitch", in.VPC))
			known = known && placed && !row.bad
		}
		if known && row.has("resource") {
			id, err := l.im.Resource(in.Service, z.Zone, row.text("resource"))
			if err != nil {
				return err
			}
			if z.Resource = id; id == "" {
				l.fault(row.at("resource"), "lab.resource", "value", row.text("resource"), "zone", z.Zone)
				known = false
			}
		}
		in.Zones = append(in.Zones, z)
		ids = append(ids, given{row, "id", "eni", r})
	}
	return l.finish(p, it, r, in, ids, known)
}

// single makes an endpoint of ctyun.
func (l *loader) single(p *person, it *item, r cloud.Region) error {
	in := cloud.EndpointInput{
		How: cloud.ByName, IP: it.text("ip"), PrivateDomain: it.yes("private-domain", false), Known: l.connection(it),
	}
	ok := [3]bool{true, true, true}
	in.ServiceName, ok[0] = l.serviceOf(p, it, r)
	if _, known := l.cloudService(it.text("service"), r); known {
		in.How, in.Service = cloud.ByCloud, in.ServiceName
	}
	in.VPC, ok[1] = it.ref("vpc", within("vpc", p.Login, r.ID))
	if ok[1] && in.VPC != "" {
		in.VSwitch, ok[2] = it.ref("vswitch", within("vswitch", in.VPC))
	}
	ids := append(it.id("ep", r), given{it, "eni", "eni", r})
	return l.finish(p, it, r, in, ids, ok == [3]bool{true, true, true})
}

// finish makes an endpoint.
func (l *loader) finish(p *person, it *item, r cloud.Region, in cloud.EndpointInput, ids []given, known bool) error {
	var e cloud.Endpoint
	make := func() (err error) {
		e, err = l.im.As(p.Account).CreateEndpoint(l.ctx, r.ID, in)
		return err
	}
	if it.has("deleted-service") {
		provider, ok := it.ref("provider", "account")
		known = known && ok && it.has("provider")
		if !it.has("provider") || !it.has("decision") || it.text("decision") == allowed {
			l.fault(it.at("deleted-service"), "lab.service.deleted")
			it.bad = true
		}
		gone := cloud.Service{ID: it.text("deleted-service"), Account: provider, Region: r.ID, Name: it.text("deleted-service")}
		in.Service, in.ServiceName = gone.ID, gone.ID
		make = func() (err error) {
			e, err = l.im.Orphan(p.Account, gone, in)
			return err
		}
	}
	ok := false
	var err error
	if known {
		ok, err = it.makeFor(p, ids, make)
	}
	if !ok {
		e.ID = ""
	} else {
		l.count("endpoint")
	}
	name := it.text("name")
	if r.Cloud == cloud.Ctyun {
		name = it.text("key")
	}
	l.anywhere(p, it, "endpoint", name, e.ID)
	return err
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
