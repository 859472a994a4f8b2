package cloud

import (
	"context"
	"fmt"
)

// ZillizDemoRegion is where the demo lab has a network to begin the guide of
// Zilliz Cloud from.
const ZillizDemoRegion = "cn-hangzhou"

// demoZilliz is the setting that stands once this side has been built: what a
// user deletes of it afterwards stays away.
const demoZilliz = "demo.zilliz"

// seedZillizOnce builds what the guide of Zilliz Cloud starts from, unless that
// was done before or the accounts are not a demo's: a cluster in every region
// that has any, in the first project of account A, and a network with a client
// in Hangzhou.
func (e *Engine) seedZillizOnce(ctx context.Context, accounts []Account) error {
	if len(accounts) < 2 || !accounts[0].Demo || !accounts[1].Demo {
		return nil
	}
	var built int
	if err := e.store.Read(ctx, func(tx *Tx) (err error) {
		built, err = tx.Settings.Count(Where{"id": demoZilliz})
		return err
	}); err != nil || built > 0 {
		return err
	}
	a := e.As(accounts[0])
	if err := a.seedNetwork(ctx, ZillizDemoRegion, demoNetwork{
		zone: "cn-hangzhou-h", vpc: "VPC-HZ", cidr: "10.30.0.0/16", vswitch: "vsw-hz-h", subnet: "10.30.1.0/24",
		groups:    []demoGroup{{name: "sg-hz"}},
		instances: []InstanceInput{{Name: "app-hz", IP: "10.30.1.11"}},
	}); err != nil {
		return fmt.Errorf("build the network of Zilliz Cloud's demo lab: %w", err)
	}
	if err := a.seedClusters(ctx); err != nil {
		return fmt.Errorf("build the clusters of the demo lab: %w", err)
	}
	return e.store.Write(ctx, func(tx *Tx) error { return tx.Settings.Put(Setting{ID: demoZilliz}) })
}

// seedClusters makes those clusters that are not there yet.
func (c *Caller) seedClusters(ctx context.Context) error {
	projects, err := c.Projects(ctx)
	if err != nil {
		return err
	}
	have, err := c.Clusters(ctx, projects[0].ID)
	if err != nil {
		return err
	}
	for n, r := range ClusterRegions() {
		name := "cluster-" + itoa(n+1)
		if _, ok := named(have, name, func(k ClusterView) string { return k.Name }); ok {
			continue
		}
		if _, err := c.CreateCluster(ctx, projects[0].ID, ClusterInput{Name: name, Provider: Aliyun, Region: r}); err != nil {
			return err
		}
	}
	return nil
}
