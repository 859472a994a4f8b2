package cloud

import (
	"context"
	"time"
)

// ClusterDomain is the root of the clusters' private names.
const ClusterDomain = "vectordb.zilliz.com.cn"

// PrivateLink is a connection from an endpoint of aliyun to the clusters of one
// project in one region (ZIL-09, ZIL-16).
type PrivateLink struct {
	ID       string // "pl-" and 16 letters and digits
	Account  string // the project's
	Project  string
	Provider string // Aliyun
	Region   string
	Service  string // ID of the endpoint service
	Endpoint string // 终端节点实例ID; it may be gone
	Consumer string // main account of the endpoint
	Created  time.Time
}

func (l PrivateLink) about() about {
	return about{kind: "privatelink", id: l.ID, account: l.Account, peer: l.Consumer, parent: l.Project}
}

// States of a private link (ZIL-10). It is Pending until the endpoint was
// observed connected; LinkGone means that the endpoint is not there any more,
// Deleting that it is about to go.
const (
	LinkCreated State = "created"
	LinkGone    State = "gone"
)

// LinkStates lists the states of a private link.
func LinkStates() []State { return []State{Pending, LinkCreated, Deleting, LinkGone} }

// PrivateLinkView is a private link with what a page shows beside it.
type PrivateLinkView struct {
	PrivateLink
	State        State
	Problem      string // catalogue key of what keeps it Pending, with Detail
	Detail       string
	ServiceName  string
	EndpointName string // empty when the endpoint is gone
	ConsumerName string
	Zones        []string // of the endpoint
	Names        []ClusterName
}

// ClusterName is the private name of one cluster that a link reaches.
type ClusterName struct {
	Cluster, Name string // ID and name
	Prefix        string // CLUSTERID-privatelink (ZIL-11)
	Host          string // the whole name
	Port          uint16
	Records       []RecordForm // the two ways to write its record
}

// RecordForm is a CNAME record that makes a cluster's private name resolve: the
// zone of the PrivateZone, and the host record in it.
type RecordForm struct {
	Zone, Host string
}

// LinkDraft is the dialog 创建私网连接 of one project and region as it is kept on
// the server (ZIL-09): closing the window loses nothing.
type LinkDraft struct {
	Project  string
	Provider string
	Region   string
	Regions  []string // where the project has clusters
	// Service is the endpoint service there, empty while the project has no
	// cluster in the region.
	Service     string
	ServiceName string
	Zones       []string
	Accounts    []LinkAccount // verified ones
	Endpoint    string        // what was typed last
	// Waiting are endpoints of the verified accounts that name the service and
	// are no link yet.
	Waiting []Ref
}

// LinkAccount is a main account that passed the check (ZIL-06): the service is
// among its available ones.
type LinkAccount struct {
	ID, Name string
	Links    int // private links from it
	Created  time.Time
}

// PrivateLinks answers the private links of a project, oldest first.
func (c *Caller) PrivateLinks(ctx context.Context, project string) ([]PrivateLinkView, error) {
	return nil, notFound("project", project)
}

// PrivateLink answers one private link of a project.
func (c *Caller) PrivateLink(ctx context.Context, project, id string) (PrivateLinkView, error) {
	return PrivateLinkView{}, notFound("privatelink", id)
}

// LinkDraft answers the dialog as it was left. An empty region is the one that
// was used last, else the first one with a cluster.
func (c *Caller) LinkDraft(ctx context.Context, project, region string) (LinkDraft, error) {
	return LinkDraft{}, notFound("project", project)
}

// KeepLinkDraft keeps what was typed as 终端节点实例ID.
func (c *Caller) KeepLinkDraft(ctx context.Context, project, region, endpoint string) error {
	return notFound("project", project)
}

// AddLinkAccount checks a main account ID and lets the account see the endpoint
// service (ZIL-04, ZIL-06, EP-03). The fields are "region" and "account".
func (c *Caller) AddLinkAccount(ctx context.Context, project, region, account string) error {
	return notFound("project", project)
}

// RemoveLinkAccount takes an account off again; its private links stand in the
// way.
func (c *Caller) RemoveLinkAccount(ctx context.Context, project, region, account string) error {
	return notFound("project", project)
}

// CreatePrivateLink registers an endpoint and accepts its connection (ZIL-09,
// ZIL-10). The fields are "region", "account" and "endpoint".
func (c *Caller) CreatePrivateLink(ctx context.Context, project, region, endpoint string) (PrivateLink, error) {
	return PrivateLink{}, notFound("project", project)
}

// DeletePrivateLink takes a private link away: its endpoint is disconnected.
func (c *Caller) DeletePrivateLink(ctx context.Context, project, id string) error {
	return notFound("privatelink", id)
}
