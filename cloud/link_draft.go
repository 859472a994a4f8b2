package cloud

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// LinkForm is what stands in the dialog 创建私网连接 of one project and region
// (ZIL-09). It is a note of the reader's and no change of anything.
type LinkForm struct {
	ID       string // PROJECT/REGION
	Account  string
	Project  string
	Region   string
	Endpoint string // as typed
	Typed    time.Time
}

func linkForm(project, region string) string { return project + "/" + region }

func dropLinkForm(tx *Tx, project, region string) error {
	if err := tx.LinkForms.Delete(linkForm(project, region)); !errors.Is(err, ErrMissing) {
		return err
	}
	return nil
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

// LinkDraft answers the dialog as it was left. An empty region is the one that
// was used last, else the first one with a cluster.
func (c *Caller) LinkDraft(ctx context.Context, project, region string) (LinkDraft, error) {
	d := LinkDraft{Project: project, Provider: Aliyun, Region: region}
	err := c.read(ctx, func(tx *Tx) error {
		p, err := c.project(tx, project)
		if err != nil {
			return err
		}
		where, err := tx.Clusters.Tally("region", Where{"project": p.ID})
		if err != nil {
			return err
		}
		for _, r := range ClusterRegions() {
			if where[r] > 0 {
				d.Regions = append(d.Regions, r)
			}
		}
		forms, err := tx.LinkForms.Page(Query{Where: Where{"project": p.ID}, Order: "typed", Desc: true})
		if err != nil {
			return err
		}
		if d.Region == "" {
			d.Region = cmp.Or(first(forms).Region, first(d.Regions))
		}
		for _, f := range forms {
			if f.Region == d.Region {
				d.Endpoint = f.Endpoint
			}
		}
		g, there, err := findGateway(tx, p.ID, d.Region)
		if err != nil || !there {
			return err
		}
		d.Service, d.ServiceName, d.Zones = g.Service.ID, g.Service.Name, g.zones()
		return d.read(tx, g.Service)
	})
	return d, err
}

// read fills in who was let in and what waits.
func (d *LinkDraft) read(tx *Tx, s Service) error {
	grants, err := tx.Grants.List(Where{"service": s.ID})
	if err != nil {
		return err
	}
	links, err := tx.PrivateLinks.List(Where{"service": s.ID})
	if err != nil {
		return err
	}
	for _, g := range grants {
		if g.Grantee == s.Account {
			continue
		}
		a, err := tx.Accounts.Get(g.Grantee)
		if err != nil {
			return err
		}
		v := LinkAccount{ID: a.ID, Name: a.Name, Created: g.Created}
		for _, l := range links {
			if l.Consumer == a.ID {
				v.Links++
			}
		}
		d.Accounts = append(d.Accounts, v)
	}
	endpoints, err := tx.Endpoints.Page(Query{Where: Where{
		"service": s.ID, "deleting": false, "account": each(d.Accounts, func(a LinkAccount) string { return a.ID }),
	}, Limit: mostHolders})
	for _, e := range endpoints {
		if !slices.ContainsFunc(links, func(l PrivateLink) bool { return l.Endpoint == e.ID }) {
			d.Waiting = append(d.Waiting, Ref{"endpoint", e.ID, e.Name, e.Account})
		}
	}
	return err
}

// KeepLinkDraft keeps what was typed as 终端节点实例ID, whatever it is. What is a
// private link already is no draft: it may have been sent before 创建 and be late.
func (c *Caller) KeepLinkDraft(ctx context.Context, project, region, endpoint string) error {
	return c.e.store.Write(ctx, func(tx *Tx) error {
		p, err := c.project(tx, project)
		if err != nil {
			return err
		}
		var ck check
		ck.oneOf("region", region, "", ClusterRegions()...)
		if len(endpoint) > 256 {
			ck.fail("endpoint", "error.length", "min", "0", "max", "256", "n", itoa(len(endpoint)))
		}
		if err := ck.err(); err != nil {
			return err
		}
		endpoint := strings.TrimSpace(endpoint)
		links, err := tx.PrivateLinks.Tally("endpoint", Where{"project": p.ID, "endpoint": endpoint})
		if err != nil {
			return err
		}
		if links[endpoint] > 0 {
			return dropLinkForm(tx, p.ID, region)
		}
		return tx.LinkForms.Put(LinkForm{
			ID: linkForm(p.ID, region), Account: c.account.ID, Project: p.ID, Region: region, Endpoint: endpoint, Typed: now(),
		})
	})
}
