package cloud

import (
	"context"
	"slices"
	"time"
)

// Service is an endpoint service (终端节点服务) of a provider. Name is what a
// consumer types: com.aliyuncs.privatelink.REGION.ID, or of ctyun REGION.ID or
// REGION.GIVEN.ID (TYS-03).
type Service struct {
	ID           string
	Account      string // Operator: one of the cloud's own (云服务, TY-02)
	Region       string
	Name         string
	Given        string // 名称 (TYS-02), may be empty
	VPC          string // of what is behind it; of aliyun and of the operator: none
	AutoAccept   bool   // 自动接受连接请求 (EPS-02); 连接审批 turned off (TYS-06)
	ZoneAffinity bool   // (EPS-03)
	Proxy        string // form of PROXY protocol that backends are told with who calls (B.7); empty: none
	Mappings     []Mapping
	Description  string
	Deleting     bool // gone as soon as nothing of it runs
	Created      time.Time
}

func (s Service) about() about { return about{kind: "service", id: s.ID, account: s.Account} }

// Resource is what stands behind a service: a CLB in one zone (EPS-01), or, of
// ctyun and without a zone, an enhanced load balancer or a NIC of an instance
// (TYS-08). One that names neither is the resolver of the endpoint's VPC.
type Resource struct {
	ID       string
	Account  string
	Service  string
	Zone     string
	Balancer string
	Instance string
	NIC      string // a secondary one; empty: the instance's primary NIC
	Manual   bool   // it is assigned only by somebody who names it
	Created  time.Time
}

func (r Resource) about() about {
	return about{kind: "resource", id: r.ID, account: r.Account, parent: r.Service}
}

// Grant is one entry of a service's whitelist (服务白名单).
type Grant struct {
	ID      string // SERVICE/GRANTEE
	Account string // the service's owner
	Service string
	Grantee string
	Created time.Time
}

func (g Grant) about() about {
	return about{kind: "grant", id: g.ID, account: g.Account, peer: g.Grantee, parent: g.Service}
}

// ResourceInput is one row of Select Service Resource: a zone and a CLB
// deployed in it. Its fields are "zone.N" and "balancer.N", N from 1.
type ResourceInput struct {
	Zone, Balancer string
	Manual         bool // a lab file's; pages set it afterwards
}

// ServiceInput is the form of an endpoint service. AutoAccept and Affinity
// are "yes" or "no": neither has a silent default. The second part is
// ctyun's form (mapping.go).
type ServiceInput struct {
	Resources            []ResourceInput
	AutoAccept, Affinity string
	Description          string
	Proxy                string // one of ProxyForms, or ProxyOff, which empty is too

	Name, VPC               string
	Approval                string // "yes" or "no"
	Mappings                []MappingInput
	BackendType             string // BackendBalancer or BackendInstance
	Balancer, Instance, NIC string
}

func (c *Caller) service(tx *Tx, id string) (Service, error) {
	s, err := tx.Services.Get(id)
	if err != nil || s.Account != c.account.ID {
		return Service{}, orMissing(err, "service", id)
	}
	return s, nil
}

// Services answers the account's own services in a region.
func (c *Caller) Services(ctx context.Context, region string) ([]ServiceView, error) {
	return c.services(ctx, func(tx *Tx) ([]Service, error) {
		return tx.Services.List(Where{"account": c.account.ID, "region": region})
	}, true)
}

// AvailableServices answers what 选择可用服务 / Select Service lists: the
// services of the region whose whitelist holds the account (EP-03).
func (c *Caller) AvailableServices(ctx context.Context, region string) ([]ServiceView, error) {
	return c.services(ctx, func(tx *Tx) ([]Service, error) {
		grants, err := tx.Grants.List(Where{"grantee": []string{c.account.ID, Everybody}})
		if err != nil || len(grants) == 0 {
			return nil, err
		}
		ids := make([]string, len(grants))
		for i, g := range grants {
			ids[i] = g.Service
		}
		return tx.Services.List(Where{"region": region, "id": ids, "deleting": false})
	}, false)
}

func (c *Caller) services(ctx context.Context, list func(*Tx) ([]Service, error), own bool) ([]ServiceView, error) {
	var out []ServiceView
	err := c.read(ctx, func(tx *Tx) error {
		found, err := list(tx)
		if err != nil {
			return err
		}
		out, err = c.serviceViews(tx, found, own)
		return err
	})
	return out, err
}

// Service answers one of the account's services with its connections.
func (c *Caller) Service(ctx context.Context, id string) (ServiceView, error) {
	var v ServiceView
	err := c.read(ctx, func(tx *Tx) error {
		s, err := c.service(tx, id)
		if err != nil {
			return err
		}
		v, err = c.serviceView(tx, s, true)
		return err
	})
	return v, err
}

// ResourceCandidates answers the CLBs that may stand behind a service in a
// zone: the account's, deployed there, that support PrivateLink (CLB-15,
// EPS-09). An empty zone means any.
func (c *Caller) ResourceCandidates(ctx context.Context, region, zone string) ([]Balancer, error) {
	var out []Balancer
	err := c.read(ctx, func(tx *Tx) error {
		list, err := tx.Balancers.List(Where{"account": c.account.ID, "region": region})
		if err != nil {
			return err
		}
		for _, b := range list {
			if ok, _ := b.PrivateLink(); ok && (zone == "" || slices.Contains(b.Zones(), zone)) {
				out = append(out, b)
			}
		}
		return nil
	})
	return out, err
}

// CreateService makes an endpoint service; its owner's account is put on its
// whitelist (EPS-05).
func (c *Caller) CreateService(ctx context.Context, regionID string, in ServiceInput) (Service, error) {
	r, err := region(regionID)
	if err != nil {
		return Service{}, err
	}
	var s Service
	err = c.write(ctx, func(tx *Tx) error {
		have, err := tx.Services.Count(Where{"account": c.account.ID, "region": r.ID})
		if err != nil {
			return err
		}
		if limit := c.e.Limits().servicesIn(r); have >= limit {
			return &Error{Kind: Exceeded, Key: "error.quota.services", Args: args("max", itoa(limit))}
		}
		s, err = c.makeService(tx, r, in)
		return err
	})
	return s, err
}

func (c *Caller) makeService(tx *Tx, r Region, in ServiceInput) (Service, error) {
	id := c.e.newID("epsrv", r)
	s := Service{
		ID: id, Account: c.account.ID, Region: r.ID, Name: "com.aliyuncs.privatelink." + r.ID + "." + id,
		Description: in.Description, Created: now(),
	}
	if r.Cloud == Ctyun {
		err := c.createMapped(tx, r, &s, in)
		return s, err
	}
	var ck check
	s.AutoAccept = ck.oneOf("autoaccept", in.AutoAccept, "", "yes", "no") == "yes"
	s.ZoneAffinity = ck.oneOf("affinity", in.Affinity, "", "yes", "no") == "yes"
	s.Proxy = ck.proxy(in.Proxy)
	ck.description("description", in.Description)
	if len(in.Resources) == 0 {
		ck.fail("balancer.1", "error.choose")
	}
	if err := tx.Services.Put(s); err != nil {
		return s, err
	}
	for n, one := range in.Resources {
		if err := c.addResource(tx, &ck, s, r, one, "."+itoa(n+1)); err != nil {
			return s, err
		}
	}
	if err := ck.err(); err != nil {
		return s, err
	}
	if err := automatic(tx, s.ID); err != nil {
		return s, err
	}
	return s, grant(tx, s, s.Account)
}

// UpdateService changes the acceptance, the zone affinity, PROXY protocol and the
// description, or, of ctyun, 连接审批 and PROXY protocol.
func (c *Caller) UpdateService(ctx context.Context, id string, in ServiceInput) (Service, error) {
	var s Service
	err := c.write(ctx, func(tx *Tx) (err error) {
		if s, err = c.service(tx, id); err != nil {
			return err
		}
		var ck check
		if s.Deleting {
			return conflict("error.service.deleting", args("name", s.Name))
		}
		s.Proxy = ck.proxy(in.Proxy)
		if mapped(s) {
			s.AutoAccept = ck.oneOf("approval", in.Approval, "", "yes", "no") == "no"
			if err := ck.err(); err != nil {
				return err
			}
			if err := tx.Services.Put(s); err != nil || !s.AutoAccept {
				return err
			}
			return c.settleWaiting(tx, s)
		}
		s.AutoAccept = ck.oneOf("autoaccept", in.AutoAccept, "", "yes", "no") == "yes"
		s.ZoneAffinity = ck.oneOf("affinity", in.Affinity, "", "yes", "no") == "yes"
		ck.description("description", in.Description)
		s.Description = in.Description
		if err := ck.err(); err != nil {
			return err
		}
		return tx.Services.Put(s)
	})
	return s, err
}

// DeleteService removes a service that has no resources and no connected
// endpoints left; what stands in the way is named (REQUIREMENTS B.3).
func (c *Caller) DeleteService(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		s, err := c.service(tx, id)
		if err != nil {
			return err
		}
		v, err := c.serviceView(tx, s, true)
		if err != nil {
			return err
		}
		blockers, err := c.holders(tx, s)
		if err != nil {
			return err
		}
		if len(blockers) > 0 {
			return conflict("error.service.connected", args("id", s.ID), blockers...)
		}
		if mapped(s) {
			s.Deleting = true
			return tx.Services.Put(s)
		}
		for _, r := range v.Resources {
			blockers = append(blockers, Ref{"balancer", r.Balancer, r.Name, r.Account})
		}
		if len(blockers) > 0 {
			return conflict("error.service.resources", args("id", s.ID), blockers...)
		}
		for _, g := range v.Grants {
			if err := tx.Grants.Delete(g.ID); err != nil {
				return err
			}
		}
		return tx.Services.Delete(id)
	})
}
