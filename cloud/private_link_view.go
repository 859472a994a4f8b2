package cloud

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// ClusterDomain is the root of the clusters' private names.
const ClusterDomain = "vectordb.zilliz.com.cn"

// States of a private link (ZIL-10). It is Pending until the endpoint was
// observed connected; LinkGone means that the endpoint is not there any more,
// Deleting that it is about to go.
const (
	LinkCreated State = "created"
	LinkGone    State = "gone"
)

// LinkStates lists the states of a private link.
func LinkStates() []State { return []State{Pending, LinkCreated, Deleting, LinkGone} }

// linkState derives the state from the endpoint: there says whether it is.
func linkState(there bool, connection State) State {
	switch {
	case !there:
		return LinkGone
	case connection == Deleting:
		return Deleting
	case connection == Connected:
		return LinkCreated
	}
	return Pending
}

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

// prefix is what Zilliz Cloud gives a cluster for its private name (ZIL-11,
//
func (k Cluster) prefix() string { return k.ID + "-privatelink" }

// place is the name of the cluster's region below ClusterDomain.
func (k Cluster) place() string { return "ali-" + k.Region }

func (k Cluster) privateHost() string {
	return strings.Join([]string{k.prefix(), k.place(), ClusterDomain}, ".")
}

// recordForms are the records that answer for the private name. A zone of
// the whole name would have to hold the CNAME at its top, where none may be.
func (k Cluster) recordForms() []RecordForm {
	return []RecordForm{
		{Zone: k.place() + "." + ClusterDomain, Host: k.prefix()},
		{Zone: ClusterDomain, Host: k.prefix() + "." + k.place()},
	}
}

func (k Cluster) clusterName() ClusterName {
	return ClusterName{k.ID, k.Name, k.prefix(), k.privateHost(), k.Port, k.recordForms()}
}

// PrivateLinks answers the private links of a project, oldest first.
func (c *Caller) PrivateLinks(ctx context.Context, project string) ([]PrivateLinkView, error) {
	var out []PrivateLinkView
	err := c.read(ctx, func(tx *Tx) error {
		p, err := c.project(tx, project)
		if err != nil {
			return err
		}
		list, err := tx.PrivateLinks.List(Where{"project": p.ID})
		if err != nil {
			return err
		}
		out, err = c.linkViews(tx, list)
		return err
	})
	return out, err
}

// PrivateLink answers one private link of a project.
func (c *Caller) PrivateLink(ctx context.Context, project, id string) (PrivateLinkView, error) {
	var v PrivateLinkView
	err := c.read(ctx, func(tx *Tx) error {
		l, err := c.privateLink(tx, project, id)
		if err != nil {
			return err
		}
		all, err := c.linkViews(tx, []PrivateLink{l})
		v = first(all)
		return err
	})
	return v, err
}

// linkViews reads everything that a page of private links shows, in a number of
// questions that does not depend on how many there are.
func (c *Caller) linkViews(tx *Tx, list []PrivateLink) ([]PrivateLinkView, error) {
	if len(list) == 0 {
		return nil, nil
	}
	endpoints, err := tx.Endpoints.List(Where{"id": each(list, func(l PrivateLink) string { return l.Endpoint })})
	if err != nil {
		return nil, err
	}
	views, err := c.e.endpointViews(tx, endpoints)
	if err != nil {
		return nil, err
	}
	services := each(list, func(l PrivateLink) string { return l.Service })
	clusters, err := tx.Clusters.List(Where{"service": services})
	if err := errors.Join(err,
		learn(tx.Services, services...), learn(tx.Accounts, each(list, func(l PrivateLink) string { return l.Consumer })...),
	); err != nil {
		return nil, err
	}
	return one(list, func(l PrivateLink) (PrivateLinkView, error) {
		v := PrivateLinkView{PrivateLink: l}
		s, err := tx.Services.Get(l.Service)
		if err != nil {
			return v, err
		}
		a, err := tx.Accounts.Get(l.Consumer)
		if err != nil {
			return v, err
		}
		v.ServiceName, v.ConsumerName = s.Name, a.Name
		for _, k := range clusters {
			if k.Service == l.Service {
				v.Names = append(v.Names, k.clusterName())
			}
		}
		n := slices.IndexFunc(views, func(e EndpointView) bool { return e.ID == l.Endpoint })
		if v.State = linkState(false, ""); n < 0 {
			return v, nil
		}
		e := views[n]
		v.State, v.EndpointName = linkState(true, e.Connection), e.Name
		for _, z := range e.Zones {
			v.Zones = append(v.Zones, z.Zone)
			if v.Problem == "" {
				v.Problem, v.Detail = z.Observed.Problem, z.Observed.Detail
			}
		}
		return v, nil
	})
}
