package cloud

import (
	"context"
	"net/netip"
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
}

// States of a cluster beside Creating and Failed.
const Running State = "running"

// ClusterStates lists the states of a cluster.
func ClusterStates() []State { return []State{Creating, Running, Failed} }

// ClusterView is a cluster with what a page shows beside it.
type ClusterView struct {
	Cluster
	ProjectName string
	State       State
	Problem     string   // catalogue key of why it is Failed, with Detail
	Detail      string   // the system's text
	Zones       []string // of its region, where endpoints can be (ZIL-12)
	Service     string   // ID of the endpoint service before it
	ServiceName string
	Prefix      string // CLUSTERID-privatelink (ZIL-11)
	PrivateHost string // CLUSTERID-privatelink.ali-REGION.vectordb.zilliz.com.cn
	// Backend is where the cluster runs on this host: a program of one's own
	// listens there when BuiltIn is off.
	Backend netip.AddrPort
	// PublicAt is where the public endpoint is on this host, whether it is open
	// or not.
	PublicAt netip.AddrPort
	// Balancers are the CLBs before it and Listeners their listeners of its port:
	// their probes say whether the cluster answers.
	Balancers, Listeners []string
	Links                []PrivateLink // of its project and region
}

// Clusters answers the clusters of one of the account's projects, oldest first.
func (c *Caller) Clusters(ctx context.Context, project string) ([]ClusterView, error) {
	return nil, notFound("project", project)
}

// Cluster answers one cluster of a project.
func (c *Caller) Cluster(ctx context.Context, project, id string) (ClusterView, error) {
	return ClusterView{}, notFound("cluster", id)
}

// CreateCluster makes a cluster; the first one of a project in a region also
// gets the network, the load balancers and the endpoint service there. The
// fields are "name", "provider", "region" and "plan".
func (c *Caller) CreateCluster(ctx context.Context, project string, in ClusterInput) (Cluster, error) {
	return Cluster{}, notFound("project", project)
}

// RenameCluster changes the name.
func (c *Caller) RenameCluster(ctx context.Context, project, id, name string) (Cluster, error) {
	return Cluster{}, notFound("cluster", id)
}

// SetClusterBuiltIn says whether the built-in program answers for the cluster or
// whatever else listens at its address on this host.
func (c *Caller) SetClusterBuiltIn(ctx context.Context, project, id string, on bool) (Cluster, error) {
	return Cluster{}, notFound("cluster", id)
}

// SetClusterPublic opens or closes the public endpoint (ZIL-16). It is a port
// on a loopback address of this host.
func (c *Caller) SetClusterPublic(ctx context.Context, project, id string, on bool) (Cluster, error) {
	return Cluster{}, notFound("cluster", id)
}

// DeleteCluster removes a cluster. The last one of its project and region takes
// the endpoint service with it, so private links there stand in its way.
func (c *Caller) DeleteCluster(ctx context.Context, project, id string) error {
	return notFound("cluster", id)
}
