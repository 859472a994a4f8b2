package cloud

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
)

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

// LinkPlace is where private links lead: to the clusters of a project that are
// with a provider in a region; both are those of the cluster (ZIL-05).
type LinkPlace struct {
	Project, Provider, Region string
}

func linkRefs(links []PrivateLink) []Ref {
	var out []Ref
	for _, l := range links {
		out = append(out, Ref{"privatelink", l.ID, l.Endpoint, l.Account})
	}
	return out
}

func (c *Caller) privateLink(tx *Tx, project, id string) (PrivateLink, error) {
	l, err := tx.PrivateLinks.Get(id)
	if err != nil || l.Account != c.account.ID || l.Project != project {
		return PrivateLink{}, orMissing(err, "privatelink", id)
	}
	return l, nil
}

// linkGateway answers the gateway that private links of a place lead to. Without
// a cluster there is none, which is wrong with "region".
func (c *Caller) linkGateway(tx *Tx, at LinkPlace) (Project, gateway, error) {
	p, err := c.project(tx, at.Project)
	if err != nil {
		return p, gateway{}, err
	}
	var ck check
	ck.oneOf("provider", at.Provider, "", Aliyun)
	ck.oneOf("region", at.Region, "", ClusterRegions()...)
	if len(ck.fields) > 0 {
		return p, gateway{}, ck.err()
	}
	g, there, err := findGateway(tx, p.ID, at.Region)
	if err == nil && !there {
		ck.fail("region", "error.link.region", "project", p.Name, "region", at.Region)
		err = ck.err()
	}
	return p, g, err
}

// AddLinkAccount checks a main account ID and lets the account see the endpoint
// service (ZIL-04, ZIL-06, EP-03). The fields are "provider", "region" and
// "account".
func (c *Caller) AddLinkAccount(ctx context.Context, at LinkPlace, account string) error {
	account = strings.TrimSpace(account)
	return c.write(ctx, func(tx *Tx) error {
		_, g, err := c.linkGateway(tx, at)
		if err != nil {
			return err
		}
		var ck check
		if err := c.verify(tx, &ck, g, account); err != nil {
			return err
		}
		if err := ck.err(); err != nil {
			return err
		}
		_, its, err := c.zilliz(tx)
		if err != nil {
			return err
		}
		return grant(its, g.Service, account)
	})
}

// verify checks that an ID is a main account's. Whose sub-account one is is told
// only to those who work for the same main account.
func (c *Caller) verify(tx *Tx, ck *check, g gateway, account string) error {
	main, standing, err := findMainAccount(tx, account)
	if err != nil {
		return err
	}
	switch {
	case account == "":
		ck.fail("account", "error.required")
	case !accountID.MatchString(account):
		ck.fail("account", "error.link.account.format", "value", account)
	case standing == UnknownAccount, !c.e.Usable(main):
		ck.fail("account", "error.link.account.unknown", "value", account)
	case standing == SubAccount && main.ID == c.account.ID:
		ck.suggest("account", "error.link.account.sub", main.ID, "value", account)
	case standing == SubAccount:
		ck.fail("account", "error.link.account.sub", "value", account)
	}
	if len(ck.fields) > 0 {
		return nil
	}
	n, err := tx.Grants.Count(Where{"service": g.Service.ID, "grantee": account})
	if n > 0 {
		ck.fail("account", "error.link.account.twice", "value", account)
	}
	return err
}

// RemoveLinkAccount takes an account off again; its private links stand in the
// way.
func (c *Caller) RemoveLinkAccount(ctx context.Context, at LinkPlace, account string) error {
	return c.write(ctx, func(tx *Tx) error {
		_, g, err := c.linkGateway(tx, at)
		if err != nil {
			return err
		}
		id := g.Service.ID + "/" + account
		if _, err := tx.Grants.Get(id); err != nil || account == Zilliz {
			return orMissing(err, "account", account)
		}
		links, err := tx.PrivateLinks.List(Where{"service": g.Service.ID, "consumer": account})
		if err != nil {
			return err
		}
		if len(links) > 0 {
			return conflict("error.link.account.used", args("id", account), linkRefs(links)...)
		}
		_, its, err := c.zilliz(tx)
		if err != nil {
			return err
		}
		return its.Grants.Delete(id)
	})
}

var endpointID = regexp.MustCompile(`^ep-[a-z0-9]{20}$`)

// CreatePrivateLink registers an endpoint and accepts its connection (ZIL-09,
// ZIL-10). The fields are "provider", "region", "account" and "endpoint".
func (c *Caller) CreatePrivateLink(ctx context.Context, at LinkPlace, endpoint string) (PrivateLink, error) {
	return c.registerLink(ctx, at, strings.TrimSpace(endpoint), "")
}

// registerLink is CreatePrivateLink; with a consumer the endpoint was that
// account's and is gone.
func (c *Caller) registerLink(ctx context.Context, at LinkPlace, endpoint, consumer string) (PrivateLink, error) {
	var l PrivateLink
	err := c.write(ctx, func(tx *Tx) error {
		p, g, err := c.linkGateway(tx, at)
		if err != nil {
			return err
		}
		accounts, err := linkAccounts(tx, g.Service)
		if err != nil {
			return err
		}
		var ck check
		if len(accounts) == 0 {
			ck.fail("account", "error.link.account.none")
		}
		e, err := c.registrable(tx, &ck, p, g, accounts, endpoint, consumer)
		if err != nil {
			return err
		}
		if err := ck.err(); err != nil {
			return err
		}
		l = PrivateLink{
			ID: c.e.mint("privatelink", newLinkID), Account: c.account.ID, Project: p.ID, Provider: at.Provider, Region: at.Region,
			Service: g.Service.ID, Endpoint: e.ID, Consumer: e.Account, Created: now(),
		}
		if err := tx.PrivateLinks.Put(l); err != nil {
			return err
		}
		if err := dropLinkForm(tx, p.ID, at.Region); err != nil {
			return err
		}
		if consumer != "" {
			return nil
		}
		op, its, err := c.zilliz(tx)
		if err != nil {
			return err
		}
		return op.accept(its, g.Service.ID, e.ID, AllowInput{Auto: true})
	})
	return l, err
}

// registrable checks that an endpoint may become a private link, or with a
// consumer that a link may be left of one that is gone.
func (c *Caller) registrable(tx *Tx, ck *check, p Project, g gateway, accounts []string, id, consumer string) (Endpoint, error) {
	if id == "" {
		ck.fail("endpoint", "error.required")
		return Endpoint{}, nil
	}
	if !endpointID.MatchString(id) {
		ck.fail("endpoint", "error.link.endpoint.format", "value", id)
		return Endpoint{}, nil
	}
	links, err := tx.PrivateLinks.List(Where{"endpoint": id})
	if err != nil {
		return Endpoint{}, err
	}
	e, err := tx.Endpoints.Get(id)
	if err != nil && !errors.Is(err, ErrMissing) {
		return e, err
	}
	switch {
	case consumer != "" && err == nil:
		ck.fail("consumer", "error.import.consumer", "value", id)
		return e, nil
	case consumer != "":
		e, err = Endpoint{ID: id, Account: consumer, Region: g.Service.Region, Service: g.Service.ID}, nil
	}
	fail := func(key string) {
		ck.fail("endpoint", key, "value", id, "region", g.Service.Region, "service", g.Service.Name)
	}
	switch {
	case len(links) > 0 && links[0].Project == p.ID:
		fail("error.link.endpoint.twice")
	case len(links) > 0:
		fail("error.link.endpoint.elsewhere")
	case err != nil:
		fail("error.link.endpoint.unknown")
	case e.Region != g.Service.Region:
		fail("error.link.endpoint.region")
	case len(accounts) > 0 && !slices.Contains(accounts, e.Account):
		fail("error.link.endpoint.account")
	case e.Service != g.Service.ID:
		fail("error.link.endpoint.service")
	case e.Deleting:
		fail("error.link.endpoint.deleting")
	}
	return e, nil
}

// linkAccounts are the main accounts on the service's whitelist that passed the
// check, oldest first.
func linkAccounts(tx *Tx, s Service) ([]string, error) {
	grants, err := tx.Grants.List(Where{"service": s.ID})
	grants = slices.DeleteFunc(grants, func(g Grant) bool { return g.Grantee == s.Account })
	return each(grants, func(g Grant) string { return g.Grantee }), err
}

// DeletePrivateLink takes a private link away: its endpoint is disconnected.
func (c *Caller) DeletePrivateLink(ctx context.Context, project, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		l, err := c.privateLink(tx, project, id)
		if err != nil {
			return err
		}
		if err := deleteAll(tx.Observations, Where{"id": l.ID}, nil); err != nil {
			return err
		}
		if err := tx.PrivateLinks.Delete(l.ID); err != nil {
			return err
		}
		e, err := tx.Endpoints.Get(l.Endpoint)
		if errors.Is(err, ErrMissing) || err == nil && (e.Deleting || e.Decision != Allowed) {
			return nil
		}
		if err != nil {
			return err
		}
		op, its, err := c.zilliz(tx)
		if err != nil {
			return err
		}
		return op.deny(its, e)
	})
}
