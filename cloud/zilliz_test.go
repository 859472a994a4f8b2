package cloud_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

const hangzhou = "cn-hangzhou"

// project is the caller's first project.
func (b *bench) project(c *cloud.Caller) string {
	b.Helper()
	list, err := c.Projects(b.Context())
	b.ok(err)
	return list[0].ID
}

// fresh makes a project with a cluster in each of the regions.
func (b *bench) fresh(c *cloud.Caller, name string, regions ...string) (project string, clusters []cloud.Cluster) {
	b.Helper()
	p, err := c.CreateProject(b.Context(), name)
	b.ok(err)
	for _, r := range regions {
		k, err := c.CreateCluster(b.Context(), p.ID, cloud.ClusterInput{Name: "c-" + r, Provider: cloud.Aliyun, Region: r})
		b.ok(err)
		clusters = append(clusters, k)
	}
	return p.ID, clusters
}

// customer is a VPC in Hangzhou with a vSwitch in each zone and a group.
type customer struct {
	vpc, group string
	switches   map[string]string // by zone
}

func (b *bench) customer(c *cloud.Caller, region string) customer {
	b.Helper()
	ctx := b.Context()
	vpc, err := c.CreateVPC(ctx, region, cloud.VPCInput{Name: "app", CIDR: "10.0.0.0/16"})
	b.ok(err)
	out := customer{vpc: vpc.ID, switches: map[string]string{}}
	r, _ := cloud.FindRegion(region)
	for n, z := range r.Zones {
		s, err := c.CreateVSwitch(ctx, region, cloud.VSwitchInput{VPC: vpc.ID, Zone: z, Name: z, CIDR: "10.0." + string(rune('0'+n)) + ".0/24"})
		b.ok(err)
		out.switches[z] = s.ID
	}
	g, err := c.CreateSecurityGroup(ctx, region, cloud.GroupInput{VPC: vpc.ID, Name: "sg", Template: cloud.TemplateOpen})
	b.ok(err)
	out.group = g.ID
	return out
}

// endpoint makes an endpoint for a service in zones of its region.
func (b *bench) endpoint(c *cloud.Caller, at customer, region, service string, zones ...string) (cloud.Endpoint, error) {
	in := cloud.EndpointInput{Name: "zilliz", How: cloud.BySelect, Service: service, VPC: at.vpc, Groups: []string{at.group}}
	for _, z := range zones {
		in.Zones = append(in.Zones, cloud.ZoneInput{Zone: z, VSwitch: at.switches[z]})
	}
	return c.CreateEndpoint(b.Context(), region, in)
}

// TestProjects: ZIL-01: every account has a project from its first visit on;
// names are its own; what is in use names what uses it.
func TestProjects(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	list, err := b.b.Projects(ctx)
	b.ok(err)
	again, err := b.b.Projects(ctx)
	b.ok(err)
	if len(list) != 1 || list[0].Name != cloud.DefaultProject || len(again) != 1 || again[0].ID != list[0].ID {
		t.Errorf("the first projects are %+v, then %+v", list, again)
	}
	b.refused(b.b.DeleteProject(ctx, list[0].ID), cloud.Conflict)
	for name, key := range map[string]string{
		"": "error.required", strings.Repeat("x", 65): "error.length", cloud.DefaultProject: "error.project.name", "https://x": "error.webaddress",
	} {
		_, err := b.b.CreateProject(ctx, name)
		b.refused(err, cloud.Invalid, "name", key)
	}
	p, err := b.b.CreateProject(ctx, " Search ")
	b.ok(err)
	p, err = b.b.RenameProject(ctx, p.ID, "Books")
	b.ok(err)
	if p.Name != "Books" || !regexp.MustCompile(`^proj-[0-9a-f]{22}$`).MatchString(p.ID) {
		t.Errorf("the project is %+v", p)
	}
	_, err = b.b.RenameProject(ctx, p.ID, cloud.DefaultProject)
	b.refused(err, cloud.Invalid, "name", "error.project.name")
	k, err := b.b.CreateCluster(ctx, p.ID, cloud.ClusterInput{Name: "c", Provider: cloud.Aliyun, Region: hangzhou})
	b.ok(err)
	e := b.refused(b.b.DeleteProject(ctx, p.ID), cloud.Conflict)
	if len(e.Blockers) != 1 || e.Blockers[0].ID != k.ID {
		t.Errorf("in the way: %+v", e.Blockers)
	}
	b.ok(b.b.DeleteCluster(ctx, p.ID, k.ID))
	b.ok(b.b.DeleteProject(ctx, p.ID))
	// Nothing of it is another account's.
	for _, err := range []error{
		func() error { _, err := b.a.Project(ctx, list[0].ID); return err }(),
		func() error { _, err := b.a.Clusters(ctx, list[0].ID); return err }(),
		func() error { _, err := b.a.PrivateLinks(ctx, list[0].ID); return err }(),
		func() error { _, err := b.a.LinkDraft(ctx, list[0].ID, ""); return err }(),
		b.a.DeleteProject(ctx, list[0].ID),
		b.a.AddLinkAccount(ctx, linkAt(list[0].ID, hangzhou), b.a.Account().ID),
	} {
		b.refused(err, cloud.NotFound)
	}
}

// TestClusters: ZIL-12, ZIL-15, ZIL-16: the clusters of a project in a region
// stand behind one service in three zones, each at its port, and go with it.
func TestClusters(t *testing.T) {
	b := open(t, cloud.Limits{Listeners: 2})
	ctx := t.Context()
	project, made := b.fresh(b.b, "Books", hangzhou, "cn-beijing")
	for field, in := range map[string]cloud.ClusterInput{
		"name":     {Provider: cloud.Aliyun, Region: hangzhou},
		"provider": {Name: "x", Provider: cloud.Ctyun, Region: hangzhou},
		"region":   {Name: "x", Provider: cloud.Aliyun, Region: frankfurt},
		"plan":     {Name: "x", Provider: cloud.Aliyun, Region: hangzhou, Plan: "free"},
	} {
		_, err := b.b.CreateCluster(ctx, project, in)
		if e := b.refused(err, cloud.Invalid); len(e.Fields) != 1 || e.Fields[0].Field != field {
			t.Errorf("%s: %+v", field, e.Fields)
		}
	}
	_, err := b.b.CreateCluster(ctx, project, cloud.ClusterInput{Name: made[0].Name, Provider: cloud.Aliyun, Region: hangzhou})
	b.refused(err, cloud.Invalid, "name", "error.cluster.name")
	second, err := b.b.CreateCluster(ctx, project, cloud.ClusterInput{Name: "two", Provider: cloud.Aliyun, Region: hangzhou, Plan: cloud.PlanEnterprise})
	b.ok(err)
	_, err = b.b.CreateCluster(ctx, project, cloud.ClusterInput{Name: "three", Provider: cloud.Aliyun, Region: hangzhou})
	b.refused(err, cloud.Exceeded)

	list, err := b.b.Clusters(ctx, project)
	b.ok(err)
	one, two, other := list[0], list[2], list[1]
	if one.Service != two.Service || one.Instance != two.Instance || one.Port != 19530 || two.Port != 19531 || other.Port != 19530 || other.Service == one.Service {
		t.Errorf("the clusters are %+v", list)
	}
	if !slices.Equal(one.Zones, []string{"cn-hangzhou-h", "cn-hangzhou-j", "cn-hangzhou-k"}) {
		t.Errorf("zones %v", one.Zones)
	}
	if !regexp.MustCompile(`^in[0-9]{2}-[0-9a-f]{12}$`).MatchString(one.ID) || one.PrivateHost != one.ID+"-privatelink.ali-cn-hangzhou.vectordb.zilliz.com.cn" {
		t.Errorf("the cluster is %s at %s", one.ID, one.PrivateHost)
	}
	if len(one.Balancers) != 2 || len(one.Listeners) != 2 || one.Backend == two.Backend || one.Backend.Addr() != two.Backend.Addr() || one.State != cloud.Creating {
		t.Errorf("the cluster is %+v", one)
	}
	if b.engine.Base().Contains(one.Backend.Addr()) == false || one.PublicAt.Port() != one.Port || !one.PublicAt.Addr().IsLoopback() {
		t.Errorf("it is at %v and %v", one.Backend, one.PublicAt)
	}
	k, err := b.b.SetClusterBuiltIn(ctx, project, one.ID, false)
	b.ok(err)
	k, err = b.b.SetClusterPublic(ctx, project, k.ID, false)
	b.ok(err)
	if k.BuiltIn || k.Public {
		t.Errorf("still on: %+v", k)
	}
	_, err = b.b.RenameCluster(ctx, project, k.ID, "two")
	b.refused(err, cloud.Invalid, "name", "error.cluster.name")

	// A port is free again, and with the last cluster everything goes.
	b.ok(b.b.DeleteCluster(ctx, project, one.ID))
	k, err = b.b.CreateCluster(ctx, project, cloud.ClusterInput{Name: "again", Provider: cloud.Aliyun, Region: hangzhou})
	b.ok(err)
	if k.Port != 19530 || k.Service != two.Service {
		t.Errorf("the next cluster is %+v", k)
	}
	for _, id := range []string{k.ID, second.ID, other.ID} {
		b.ok(b.b.DeleteCluster(ctx, project, id))
	}
	b.nothingOf(one.Service, other.Service)
}

// nothingOf wants nothing of these services to be left.
func (b *bench) nothingOf(services ...string) {
	b.Helper()
	b.ok(b.engine.View(b.Context(), func(tx *cloud.Tx) error {
		for _, s := range services {
			if n, err := tx.Services.Count(cloud.Where{"id": s}); err != nil || n > 0 {
				b.Errorf("service %s is still there: %v", s, err)
			}
			if n, err := tx.Grants.Count(cloud.Where{"service": s}); err != nil || n > 0 {
				b.Errorf("%d grants of %s are still there: %v", n, s, err)
			}
		}
		vpcs, err := tx.VPCs.Count(cloud.Where{"account": cloud.Zilliz})
		if err != nil {
			return err
		}
		regions, err := tx.Clusters.Tally("service", nil)
		if vpcs != len(regions) {
			b.Errorf("%d networks of the operator for %d services", vpcs, len(regions))
		}
		return err
	}))
}

// TestClustersAreNobodys: what the clusters run on is in no list, no quota and
// no log of an account, and nobody can be its account; a consumer reads whose
// the service is (EP-03).
func TestClustersAreNobodys(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	project, _ := b.fresh(b.a, "Books", hangzhou)
	b.ok(b.a.AddLinkAccount(ctx, linkAt(project, hangzhou), b.b.Account().ID))
	for _, c := range []*cloud.Caller{b.a, b.b} {
		vpcs, err := c.VPCs(ctx, hangzhou)
		b.ok(err)
		services, err := c.FindServices(ctx, hangzhou, cloud.Find{})
		b.ok(err)
		clbs, err := c.Balancers(ctx, hangzhou)
		b.ok(err)
		instances, err := c.Instances(ctx, hangzhou, "")
		b.ok(err)
		if slices.ContainsFunc(vpcs, func(v cloud.VPC) bool { return v.Account == cloud.Zilliz }) || services.Total+len(clbs) > 0 ||
			slices.ContainsFunc(instances, func(i cloud.InstanceView) bool { return i.Account == cloud.Zilliz }) {
			t.Errorf("lists show %v, %v, %v, %v", vpcs, services.Items, clbs, instances)
		}
	}
	events, err := b.a.Events(ctx, "", 0, 1000)
	b.ok(err)
	for _, e := range events {
		if e.Account == cloud.Zilliz {
			t.Errorf("the log shows %s %s", e.Operation, e.Kind)
		}
	}
	full, err := b.a.Fullest(ctx)
	b.ok(err)
	for _, q := range full {
		if q.On.Account == cloud.Zilliz {
			t.Errorf("a limit is told of %+v", q.On)
		}
	}
	accounts, err := b.engine.Accounts(ctx)
	b.ok(err)
	if slices.ContainsFunc(accounts, func(a cloud.Account) bool { return a.Operator }) {
		t.Error("the operator is in the list of accounts")
	}
	_, err = b.engine.SignInDemo(ctx, cloud.Zilliz)
	b.refused(err, cloud.Denied)
	_, err = b.engine.SignIn(ctx, "@zilliz", "x", "")
	b.refused(err, cloud.Invalid)
	open, err := b.b.AvailableServices(ctx, hangzhou)
	b.ok(err)
	if len(open) != 1 || open[0].Owner != "Zilliz Cloud" || len(open[0].Zones) != 3 {
		t.Errorf("the consumer chooses from %+v", open)
	}
}

// TestDemoOfZilliz: the demo lab has a cluster in every region that has any and
// a network to begin from; an older one gets them once, and what was deleted
// stays away (ZIL-01, ZIL-12).
func TestDemoOfZilliz(t *testing.T) {
	b, kept := openKept(t, cloud.Limits{})
	ctx := t.Context()
	clusters := func() []cloud.ClusterView {
		list, err := b.a.Clusters(ctx, b.project(b.a))
		b.ok(err)
		return list
	}
	var regions []string
	for _, k := range clusters() {
		regions = append(regions, k.Region)
	}
	if !slices.Equal(regions, cloud.ClusterRegions()) {
		t.Errorf("clusters in %v", regions)
	}
	clients, err := b.a.Instances(ctx, hangzhou, "")
	b.ok(err)
	if len(clients) != 1 || clients[0].Zone != "cn-hangzhou-h" || clients[0].VPCName != "VPC-HZ" {
		t.Errorf("clients in Hangzhou: %+v", clients)
	}
	b.ok(b.a.DeleteCluster(ctx, b.project(b.a), clusters()[1].ID))
	b.ok(b.engine.SeedDemo(ctx))
	if n := len(clusters()); n != 2 {
		t.Errorf("%d clusters after a restart", n)
	}
	b.ok(kept.Write(ctx, func(tx *cloud.Tx) error { return tx.Settings.Delete("demo.zilliz") }))
	b.ok(b.engine.SeedDemo(ctx))
	if n := len(clusters()); n != 3 {
		t.Errorf("an older lab has %d clusters", n)
	}
	again, err := b.a.Instances(ctx, hangzhou, "")
	b.ok(err)
	if len(again) != 1 {
		t.Errorf("%d clients in Hangzhou", len(again))
	}
}
