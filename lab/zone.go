package lab

import (
	"cmp"
	"strconv"

	"culvert.internal/cloud"
)

// projects makes the projects of Zilliz Cloud with their clusters, and lets the
// accounts in that they name.
func (l *loader) projects(p *person) error {
	for _, it := range p.rows["projects"] {
		var made cloud.Project
		ok, err := it.makeFor(p, it.id("project", cloud.Region{}), func() (err error) {
			made, err = l.im.As(p.Account).CreateProject(l.ctx, it.text("name"))
			return err
		})
		if ok {
			l.count("project")
		}
		if !ok {
			made.ID = ""
		}
		it.made = made.ID
		if err != nil {
			return err
		}
		gateways := map[string]*item{}
		for _, g := range it.rows["gateways"] {
			if gateways[g.text("region")] != nil {
				l.fault(g.at("region"), "lab.gateway.twice", "value", g.text("region"))
			}
			gateways[g.text("region")] = g
		}
		for _, k := range it.rows["clusters"] {
			if err := l.cluster(p, k, made.ID, gateways[k.text("region")]); err != nil {
				return err
			}
		}
		for _, g := range it.rows["gateways"] {
			if err := l.gateway(p, g, made.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *loader) cluster(p *person, it *item, project string, g *item) error {
	c := l.im.As(p.Account)
	ids := it.id("cluster", cloud.Region{})
	if _, there, err := l.im.Gateway(project, it.text("region")); err != nil {
		return err
	} else if r, ok := cloud.FindRegion(it.text("region")); g != nil && !there && ok {
		ids = append(ids, given{g, "service", "epsrv", r})
	}
	port, _ := strconv.ParseUint(cmp.Or(it.text("port"), "0"), 10, 31)
	if port > 65535 || it.text("port") == "0" {
		l.fault(it.at("port"), "error.number", "min", "1", "max", "65535", "value", it.text("port"))
		it.bad = true
	}
	ok, err := it.inside(project, ids, func() error {
		k, err := c.CreateCluster(l.ctx, project, cloud.ClusterInput{
			Name: it.text("name"), Provider: cloud.Aliyun, Region: it.text("region"), Plan: it.text("plan"), Port: uint16(port),
		})
		if err == nil && !it.yes("built-in", true) {
			_, err = c.SetClusterBuiltIn(l.ctx, project, k.ID, false)
		}
		if err == nil && !it.yes("public", true) {
			_, err = c.SetClusterPublic(l.ctx, project, k.ID, false)
		}
		return err
	})
	if ok {
		l.count("cluster")
	}
	return err
}

// gateway names the endpoint service of a project's clusters in a region and
// lets accounts see it.
func (l *loader) gateway(p *person, it *item, project string) error {
	if it.bad || project == "" {
		r, _ := cloud.FindRegion(it.text("region"))
		l.serviceNamed(p, it.text("key"), cloud.Service{}, false, r)
		return nil
	}
	s, there, err := l.im.Gateway(project, it.text("region"))
	if err != nil {
		return err
	}
	r, _ := cloud.FindRegion(it.text("region"))
	l.serviceNamed(p, it.text("key"), s, there, r)
	if !there {
		if len(l.faults) == 0 {
			l.fault(it.at("region"), "lab.gateway.none", "value", it.text("region"))
		}
		return nil
	}
	for _, w := range it.words("accounts") {
		id, ok := l.find(w, "accounts", "account")
		if !ok {
			continue
		}
		at := cloud.LinkPlace{Project: project, Provider: cloud.Aliyun, Region: it.text("region")}
		if err := l.at(w, l.im.As(p.Account).AddLinkAccount(l.ctx, at, id)); err != nil {
			return err
		}
	}
	return nil
}

// links makes the private links of an account's projects.
func (l *loader) links(p *person) error {
	for _, project := range p.rows["projects"] {
		for _, it := range project.rows["private-links"] {
			endpoint, consumer, ok := it.text("endpoint"), "", true
			if it.has("consumer") {
				consumer, ok = it.ref("consumer", "account")
			} else {
				endpoint, ok = it.ref("endpoint", within("endpoint"))
			}
			if !ok {
				continue
			}
			ok, err := it.inside(project.made, it.id("privatelink", cloud.Region{}), func() error {
				at := cloud.LinkPlace{Project: project.made, Provider: cloud.Aliyun, Region: it.text("region")}
				return l.im.Link(p.Account, at, endpoint, consumer)
			})
			if err != nil {
				return err
			}
			if ok {
				l.count("privatelink")
			}
		}
	}
	return nil
}

// zones makes the private zones of an account with their records.
func (l *loader) zones(p *person) error {
	c := l.im.As(p.Account)
	for _, it := range p.rows["private-zones"] {
		vpcs, ok := it.refs("vpcs", within("vpc", p.Login))
		var z cloud.PrivateZone
		var err error
		if ok {
			ok, err = it.makeFor(p, it.id("privatezone", cloud.Region{}), func() (err error) {
				z, err = c.CreatePrivateZone(l.ctx, cloud.PrivateZoneInput{
					Name: it.text("name"), Proxy: yesNo(it.yes("proxy", false)), Remark: it.text("remark"),
				})
				if err == nil && len(vpcs) > 0 {
					_, err = c.SetScope(l.ctx, z.ID, vpcs)
				}
				return err
			})
		}
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		l.count("privatezone")
		for n, row := range it.rows["records"] {
			if err := l.record(p, row, z.ID, n); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *loader) record(p *person, it *item, zone string, n int) error {
	typ := it.text("type")
	if typ != cloud.MX {
		it.only("lab.record.priority", "priority")
	}
	if typ != cloud.A && typ != cloud.AAAA {
		it.only("lab.record.weight", "weight")
	}
	ok, err := it.make(it.id("record", cloud.Region{}), func() error {
		return l.im.Record(p.Account, zone, cloud.RecordInput{
			Host: it.text("host"), Type: typ, Value: it.text("value"), Priority: it.text("priority"), TTL: it.text("ttl"),
			Weight: it.text("weight"), Remark: it.text("remark"),
		}, it.yes("paused", false), n)
	})
	if ok {
		l.count("record")
	}
	return err
}
