package cloud

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// Plans of a cluster; both are dedicated ones, which private links are for
// (ZIL-16).
const (
	PlanStandard   = "standard"
	PlanEnterprise = "enterprise"
)

// Plans lists the plans, the default first.
func Plans() []string { return []string{PlanStandard, PlanEnterprise} }

// ClusterPort is the port of the first cluster of a project in a region; the
// others have the next ones.
const ClusterPort = 19530

// ClusterRegions are the regions that clusters can be in (ZIL-12).
func ClusterRegions() []string { return []string{"cn-hangzhou", "cn-beijing", "cn-shenzhen"} }

// Cluster is a cluster of Zilliz Cloud (ZIL-15). Those of a project in one
// region stand behind one endpoint service, each at a port of its own (ZIL-16).
type Cluster struct {
	ID       string // "in05-" and 12 hexadecimal digits
	Account  string
	Project  string
	Name     string
	Provider string // of the cloud it is in: Aliyun
	Region   string
	Plan     string
	Port     uint16
	Instance string // what it runs on, of the account Zilliz
	Service  string // ID of the endpoint service before it
	// BuiltIn says that the program answers for it; otherwise it is whatever
	// somebody runs at its address on this host.
	BuiltIn bool
	Public  bool // its public endpoint is open (ZIL-16)
	Created time.Time
}

func (k Cluster) about() about {
	return about{kind: "cluster", id: k.ID, account: k.Account, parent: k.Project}
}

// ClusterInput is the form of a cluster. An empty Plan is the first one.
type ClusterInput struct {
	Name, Provider, Region, Plan string
	// Port is the one that a lab file gives; no page asks for it. 0: a free one.
	Port uint16
}

func (c *Caller) cluster(tx *Tx, project, id string) (Cluster, error) {
	k, err := tx.Clusters.Get(id)
	if err != nil || k.Account != c.account.ID || k.Project != project {
		return Cluster{}, orMissing(err, "cluster", id)
	}
	return k, nil
}

// CreateCluster makes a cluster; the first one of a project in a region also
// gets the network, the load balancers and the endpoint service there. The
// fields are "name", "provider", "region" and "plan".
func (c *Caller) CreateCluster(ctx context.Context, project string, in ClusterInput) (Cluster, error) {
	var k Cluster
	err := c.write(ctx, func(tx *Tx) error {
		p, err := c.project(tx, project)
		if err != nil {
			return err
		}
		k = Cluster{
			ID: c.e.mint("cluster", newClusterID), Account: c.account.ID, Project: p.ID, Name: strings.TrimSpace(in.Name),
			BuiltIn: true, Public: true, Created: now(),
		}
		var ck check
		ck.name("name", k.Name, 1, 64)
		k.Provider = ck.oneOf("provider", in.Provider, "", Aliyun)
		k.Region = ck.oneOf("region", in.Region, "", ClusterRegions()...)
		k.Plan = ck.oneOf("plan", in.Plan, Plans()[0], Plans()...)
		siblings, err := tx.Clusters.List(Where{"project": p.ID})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(siblings, func(o Cluster) bool { return o.Name == k.Name }) {
			ck.fail("name", "error.cluster.name", "value", k.Name)
		}
		if err := ck.err(); err != nil {
			return err
		}
		siblings = slices.DeleteFunc(siblings, func(o Cluster) bool { return o.Region != k.Region })
		if limit := c.e.Limits().Listeners; len(siblings) >= limit {
			return &Error{Kind: Exceeded, Key: "error.cluster.many", Args: args("max", itoa(limit))}
		}
		if k.Port = in.Port; k.Port == 0 {
			k.Port = freePort(siblings)
		}
		return c.place(tx, p, &k)
	})
	return k, err
}

// freePort is the lowest port that no cluster of a gateway has.
func freePort(siblings []Cluster) uint16 {
	port := uint16(ClusterPort)
	for slices.ContainsFunc(siblings, func(o Cluster) bool { return o.Port == port }) {
		port++
	}
	return port
}

// place puts a cluster behind the gateway of its project and region.
func (c *Caller) place(tx *Tx, p Project, k *Cluster) error {
	op, its, err := c.zilliz(tx)
	if err != nil {
		return err
	}
	r, err := region(k.Region)
	if err != nil {
		return err
	}
	g, there, err := findGateway(its, p.ID, k.Region)
	if err != nil {
		return err
	}
	if !there {
		if g, err = op.makeGateway(its, r, p); err != nil {
			return err
		}
	}
	if err := op.listen(its, g, k.Port); err != nil {
		return err
	}
	if !there {
		if err := op.serveGateway(its, r, p, &g); err != nil {
			return err
		}
	}
	k.Instance, k.Service = g.Instance.ID, g.Service.ID
	return tx.Clusters.Put(*k)
}

// changeCluster changes one cluster as change says.
func (c *Caller) changeCluster(ctx context.Context, project, id string, change func(*Tx, *check, *Cluster) error) (Cluster, error) {
	var k Cluster
	err := c.write(ctx, func(tx *Tx) (err error) {
		if k, err = c.cluster(tx, project, id); err != nil {
			return err
		}
		var ck check
		if err := errors.Join(change(tx, &ck, &k), ck.err()); err != nil {
			return err
		}
		return tx.Clusters.Put(k)
	})
	return k, err
}

// RenameCluster changes the name.
func (c *Caller) RenameCluster(ctx context.Context, project, id, name string) (Cluster, error) {
	return c.changeCluster(ctx, project, id, func(tx *Tx, ck *check, k *Cluster) error {
		k.Name = strings.TrimSpace(name)
		ck.name("name", k.Name, 1, 64)
		others, err := tx.Clusters.List(Where{"project": project, "name": k.Name})
		if len(others) > 0 && others[0].ID != k.ID {
			ck.fail("name", "error.cluster.name", "value", k.Name)
		}
		return err
	})
}

// SetClusterBuiltIn says whether the built-in program answers for the cluster or
// whatever else listens at its address on this host.
func (c *Caller) SetClusterBuiltIn(ctx context.Context, project, id string, on bool) (Cluster, error) {
	return c.changeCluster(ctx, project, id, func(_ *Tx, _ *check, k *Cluster) error {
		k.BuiltIn = on
		return nil
	})
}

// SetClusterPublic opens or closes the public endpoint (ZIL-16). This host is
// all the Internet that a lab has: the endpoint is a TCP port on a loopback
// address, and what it carries reaches the cluster as a CLB's traffic does.
// Closing it cuts what lives.
func (c *Caller) SetClusterPublic(ctx context.Context, project, id string, on bool) (Cluster, error) {
	return c.changeCluster(ctx, project, id, func(_ *Tx, _ *check, k *Cluster) error {
		k.Public = on
		return nil
	})
}

// DeleteCluster removes a cluster. The last one of its project and region takes
// the endpoint service with it, so private links there stand in its way.
func (c *Caller) DeleteCluster(ctx context.Context, project, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		k, err := c.cluster(tx, project, id)
		if err != nil {
			return err
		}
		_, its, err := c.zilliz(tx)
		if err != nil {
			return err
		}
		g, err := gatewayOf(its, k)
		if err != nil {
			return err
		}
		left, err := tx.Clusters.Count(Where{"service": k.Service})
		if err != nil {
			return err
		}
		links, err := tx.PrivateLinks.List(Where{"service": k.Service})
		if err != nil {
			return err
		}
		if left == 1 && len(links) > 0 {
			return conflict("error.cluster.links", args("name", k.Name, "region", k.Region), linkRefs(links)...)
		}
		if err := deleteAll(its.Observations, Where{"id": k.ID}, nil); err != nil {
			return err
		}
		if err := tx.Clusters.Delete(k.ID); err != nil {
			return err
		}
		if left > 1 {
			return unlisten(its, g, k.Port)
		}
		return dropGateway(its, g)
	})
}
