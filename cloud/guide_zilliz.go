package cloud

import (
	"context"
	"slices"
	"sort"
)

// ZillizGuide is how far the account has come with 002, the guide from an
// endpoint to a cluster of Zilliz Cloud, in one region; the steps have their
// own numbers. Whether traffic may pass is the judge's to say: the step
// "reach" is done by Reached.
type ZillizGuide struct {
	Walk
	Main     Account // whose ID Zilliz Cloud asks for (ZIL-08)
	Service  Ref     // empty until the account is verified
	Endpoint Endpoint
	Domain   string      // 默认服务域名
	Cluster  ClusterName // one that the endpoint reaches, of the account itself
	Zone     Ref
	Missed   []MissedRecord // records that were meant for the cluster
}

// The steps of the guide.
const (
	ZillizAccount   = "account"   // ZIL-06: the main account ID is verified
	ZillizEndpoint  = "endpoint"  // EP-01: an endpoint for the service
	ZillizAvailable = "available" // it is 可用
	ZillizRegister  = "register"  // ZIL-09: its ID is entered
	ZillizConnected = "connected" // ZIL-10: 连接状态 is 已连接
	ZillizZone      = "zone"      // PVZ-05: a zone is in force in the VPC
	ZillizRecord    = "record"    // PVZ-08: the cluster's name leads to the endpoint
	ZillizReach     = "reach"     // a client reaches the cluster
)

// Reached notes that the judge lets a client of the VPC through to the cluster.
func (g *ZillizGuide) Reached(client Ref) {
	last := &g.Steps[len(g.Steps)-1]
	last.Done, last.On = true, client
}

// Ready says whether only the judge is left to be asked.
func (g *ZillizGuide) Ready() bool { return g.Next() == len(g.Steps)-1 }

// ZillizGuide reads the guide's progress in a region off what is there: it
// follows the newest endpoint for a service of Zilliz Cloud.
func (c *Caller) ZillizGuide(ctx context.Context, region string) (ZillizGuide, error) {
	g := ZillizGuide{Main: c.account}
	err := c.read(ctx, func(tx *Tx) error {
		g = ZillizGuide{Main: c.account}
		if err := c.zillizService(tx, region, &g); err != nil {
			return err
		}
		found, err := tx.Endpoints.Page(Query{
			Where: Where{"account": c.account.ID, "region": region, "provider": Zilliz, "deleting": false}, Desc: true, Limit: 1,
		})
		if err != nil {
			return err
		}
		g.Endpoint = first(found)
		state, connection, registered := State(""), State(""), false
		if g.Endpoint.ID != "" {
			g.Service, g.Domain = Ref{"service", g.Endpoint.Service, "", Zilliz}, c.e.EndpointDomain(g.Endpoint)
			views, err := c.e.endpointViews(tx, found)
			if err != nil {
				return err
			}
			state, connection = views[0].State, views[0].Connection
			n, err := tx.PrivateLinks.Count(Where{"endpoint": g.Endpoint.ID})
			if err != nil {
				return err
			}
			registered = n > 0
		}
		zone, record, err := c.zillizNames(tx, &g)
		if err != nil {
			return err
		}
		on := endpointRef(g.Endpoint)
		g.Walk = Walk{"zilliz", []WalkStep{
			{ZillizAccount, g.Service.ID != "", Ref{}},
			{ZillizEndpoint, on.ID != "", on},
			{ZillizAvailable, state == Active, on},
			{ZillizRegister, registered, on},
			{ZillizConnected, connection == Connected, on},
			{ZillizZone, zone, g.Zone},
			{ZillizRecord, record, g.Zone},
			{ZillizReach, false, on},
		}}
		return nil
	})
	return g, err
}

// zillizService finds the service that the account may see.
func (c *Caller) zillizService(tx *Tx, region string, g *ZillizGuide) error {
	grants, err := tx.Grants.List(Where{"grantee": c.account.ID, "account": Zilliz})
	if err != nil {
		return err
	}
	for _, one := range grants {
		if in, _ := RegionOf(one.Service); in.ID == region {
			g.Service = Ref{"service", one.Service, "", Zilliz}
		}
	}
	return nil
}

// zillizNames finds what makes a cluster's private name resolve in the
// endpoint's VPC: a zone that is in force there, and its record.
func (c *Caller) zillizNames(tx *Tx, g *ZillizGuide) (zone, record bool, err error) {
	if g.Service.ID == "" {
		return false, false, nil
	}
	clusters, err := tx.Clusters.List(Where{"service": g.Service.ID, "account": c.account.ID})
	if err != nil || len(clusters) == 0 {
		return false, false, err
	}
	g.Cluster = clusters[0].clusterName()
	if g.Endpoint.ID == "" {
		return false, false, nil
	}
	zones, err := boundTo(tx, g.Endpoint.VPC)
	if err != nil {
		return false, false, err
	}
	ends, err := endsOf(tx, *g)
	if err != nil {
		return false, false, err
	}
	// The most specific zone answers; a shorter one is not asked.
	sort.Slice(zones, func(i, j int) bool { return len(zones[i].Name) > len(zones[j].Name) })
	for _, k := range clusters {
		n := k.clusterName()
		at := slices.IndexFunc(zones, func(z PrivateZone) bool { return z.Name == n.Host || below(n.Host, z.Name) })
		if at < 0 || record {
			continue
		}
		z := zones[at]
		zone, g.Zone, g.Cluster = true, Ref{"privatezone", z.ID, z.Shown, z.Account}, n
		if record, err = leadsTo(tx, z, n.Host, ends); err != nil {
			return zone, record, err
		}
	}
	if !record {
		g.Missed, err = missedRecords(tx, g.Endpoint.VPC, g.Cluster)
	}
	return zone, record, err
}

// endsOf are the values of a record that leads to the guide's endpoint.
func endsOf(tx *Tx, g ZillizGuide) (map[string]bool, error) {
	enis, err := tx.Interfaces.List(Where{"endpoint": g.Endpoint.ID})
	ends := map[string]bool{g.Domain: true}
	for _, i := range enis {
		ends[i.IP.String()] = true
	}
	return ends, err
}

// leadsTo says whether a zone has a record from the host to one of the ends.
func leadsTo(tx *Tx, z PrivateZone, host string, ends map[string]bool) (bool, error) {
	records, err := tx.Records.List(Where{"zone": z.ID, "type": []string{CNAME, A}, "paused": false})
	return slices.ContainsFunc(records, func(r Record) bool {
		return covers(r.FQDN(z.Name), host) && ends[r.Value]
	}), err
}
