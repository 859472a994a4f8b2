package cloud

import (
	"context"
	"errors"
	"net/netip"
	"strings"
)

// ClusterView is a cluster with what a page shows beside it.
type ClusterView struct {
	Cluster
	ProjectName string
	State       State
	Problem     string   // catalogue key of why it is Failed, with Detail
	Detail      string   // the system's text
	Zones       []string // of its region, where endpoints can be (ZIL-12)
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

// States of a cluster beside Creating and Failed.
const Running State = "running"

// ClusterStates lists the states of a cluster.
func ClusterStates() []State { return []State{Creating, Running, Failed} }

// Clusters answers the clusters of one of the account's projects, oldest first.
func (c *Caller) Clusters(ctx context.Context, project string) ([]ClusterView, error) {
	var out []ClusterView
	err := c.read(ctx, func(tx *Tx) error {
		p, err := c.project(tx, project)
		if err != nil {
			return err
		}
		list, err := tx.Clusters.List(Where{"project": p.ID})
		if err != nil {
			return err
		}
		if err := learnClusters(tx, list); err != nil {
			return err
		}
		out, err = one(list, func(k Cluster) (ClusterView, error) { return clusterView(tx, p, k) })
		return err
	})
	return out, err
}

// Cluster answers one cluster of a project.
func (c *Caller) Cluster(ctx context.Context, project, id string) (ClusterView, error) {
	var v ClusterView
	err := c.read(ctx, func(tx *Tx) error {
		k, err := c.cluster(tx, project, id)
		if err != nil {
			return err
		}
		p, err := tx.Projects.Get(k.Project)
		if err != nil {
			return err
		}
		v, err = clusterView(tx, p, k)
		return err
	})
	return v, err
}

// learnClusters reads what a page of clusters shows, in a number of questions
// that does not depend on how many there are.
func learnClusters(tx *Tx, list []Cluster) error {
	services := each(list, func(k Cluster) string { return k.Service })
	resources, err := learnBy(tx.Resources, "service", func(r Resource) string { return r.Service }, services...)
	if err != nil {
		return err
	}
	balancers := each(resources, func(r Resource) string { return r.Balancer })
	_, failed := learnBy(tx.Listeners, "balancer", func(l Listener) string { return l.Balancer }, balancers...)
	_, links := learnBy(tx.PrivateLinks, "service", func(l PrivateLink) string { return l.Service }, services...)
	return errors.Join(failed, links,
		learn(tx.Services, services...), learn(tx.Balancers, balancers...),
		learn(tx.Instances, each(list, func(k Cluster) string { return k.Instance })...),
		learn(tx.Observations, append(balancers, each(list, func(k Cluster) string { return k.ID })...)...),
	)
}

func clusterView(tx *Tx, p Project, k Cluster) (ClusterView, error) {
	v := ClusterView{Cluster: k, ProjectName: p.Name, Prefix: k.prefix(), PrivateHost: k.privateHost(), State: Running}
	g, err := gatewayOf(tx, k)
	if err != nil {
		return v, err
	}
	s, err := tx.VSwitches.Get(g.Instance.VSwitch)
	if err != nil {
		return v, err
	}
	v.ServiceName, v.Zones = g.Service.Name, g.zones()
	v.Backend = netip.AddrPortFrom(s.TwinOf(g.Instance.IP), k.Port)
	move := strings.Join([]string{TCP, g.Instance.VPC, netip.AddrPortFrom(g.Instance.IP, k.Port).String()}, "/")
	if m, err := tx.Moves.Get(move); err == nil {
		v.Backend = m.Host
	} else if !errors.Is(err, ErrMissing) {
		return v, err
	}
	v.PublicAt = netip.AddrPortFrom(g.Instance.Door, k.Port)
	seen := []string{k.ID}
	for _, b := range g.Balancers {
		seen, v.Balancers = append(seen, b.ID), append(v.Balancers, b.ID)
		listeners, err := tx.Listeners.List(Where{"balancer": b.ID})
		if err != nil {
			return v, err
		}
		for _, l := range listeners {
			if l.Port == k.Port {
				v.Listeners = append(v.Listeners, l.ID)
			}
		}
	}
	for _, id := range seen {
		o, err := observation(tx, id)
		if err != nil {
			return v, err
		}
		if v.Problem == "" {
			v.Problem, v.Detail = o.Problem, o.Detail
		}
		if !o.Open && v.State == Running {
			v.State = Creating
		}
	}
	if v.Problem != "" {
		v.State = Failed
	}
	v.Links, err = tx.PrivateLinks.List(Where{"service": k.Service})
	return v, err
}
