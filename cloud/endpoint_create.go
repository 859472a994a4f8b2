package cloud

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
)

// New is the value of a select that asks for a thing to be made inside the
// form (EP-11).
const New = "new"

// The ways to name a service (EP-03, TYE-03).
const (
	ByName   = "name"   // 通过服务名称添加 / Add by Service Name; 按名称查找服务
	BySelect = "select" // 选择可用服务 / Select Service
	ByCloud  = "cloud"  // 云服务
)

// ZoneInput is one row of Zone and vSwitch. Its fields are "zone.N",
// "vswitch.N", "ip.N" (empty: assigned), N from 1; with VSwitch New also
// "newvswitch.N.name" and "newvswitch.N.cidr".
type ZoneInput struct {
	Zone, VSwitch, IP string
	NewName, NewCIDR  string
	// Resource is the resource that a lab file assigns to the zone; no page asks.
	Resource string
	// Refused and Waits are zones of an accepted connection that the provider has
	// closed or not connected yet, as a lab file has them.
	Refused, Waits bool
}

// EndpointInput is the form of an endpoint. Its fields are "name", "how",
// "service" or "servicename", "vpc", "groups", the rows of Zones and
// "description"; with New among Groups also "newgroup.name",
// "newgroup.template" and "newgroup.ports".
type EndpointInput struct {
	Name        string
	How         string
	Service     string // BySelect: the service's ID
	ServiceName string // ByName: com.aliyuncs.privatelink.…
	VPC         string
	Groups      []string
	NewGroup    GroupInput
	Zones       []ZoneInput
	Description string

	// Of ctyun instead of Groups and Zones.
	VSwitch       string
	PrivateDomain bool // 创建内网域名 (TYE-06)

	// IP is the wanted address in VSwitch and Known what is known of the
	// connection already; a lab file has them and no page asks.
	IP        string
	Bandwidth string
	Known     *KnownConnection
}

// KnownConnection is a connection as a lab file has it. With one, an endpoint
// may be that of an account that the whitelist holds no more, and in a zone that
// its service has left.
type KnownConnection struct {
	Decision Decision
	By       string // DecidedBy
	Domain   string // root of the domain names; empty: as for new ones
}

// FindService answers the service of a name or ID that the account may use in
// the region: one whose whitelist does not hold the account is NotFound, as an
// unknown one is.
func (c *Caller) FindService(ctx context.Context, region, name string) (ServiceView, error) {
	var v ServiceView
	err := c.read(ctx, func(tx *Tx) error {
		s, err := c.usable(tx, region, name, false)
		if err != nil {
			return err
		}
		v, err = c.serviceView(tx, s, false)
		return err
	})
	return v, err
}

// usable is FindService; with known the whitelist is not asked.
func (c *Caller) usable(tx *Tx, region, name string, known bool) (Service, error) {
	name = strings.TrimSpace(name)
	s, err := tx.Services.Get(name)
	if errors.Is(err, ErrMissing) {
		var named []Service
		if named, err = tx.Services.List(Where{"name": name}); len(named) == 1 {
			s = named[0]
		} else if err == nil {
			err = ErrMissing
		}
	}
	if err != nil || s.Region != region || s.Deleting {
		return Service{}, orMissing(err, "service", name)
	}
	if known {
		return s, nil
	}
	if ok, err := c.granted(tx, s.ID); err != nil || !ok {
		return Service{}, orMissing(err, "service", name)
	}
	return s, nil
}

// CreateEndpoint makes an endpoint with an interface in each zone. When the
// service accepts by itself the connection is allowed at once.
func (c *Caller) CreateEndpoint(ctx context.Context, regionID string, in EndpointInput) (Endpoint, error) {
	r, err := region(regionID)
	if err != nil {
		return Endpoint{}, err
	}
	var e Endpoint
	err = c.write(ctx, func(tx *Tx) error {
		e, err = c.makeEndpoint(tx, r, in)
		return err
	})
	return e, err
}

func (c *Caller) makeEndpoint(tx *Tx, r Region, in EndpointInput) (e Endpoint, err error) {
	e = Endpoint{
		ID: c.e.newID("ep", r), Account: c.account.ID, Region: r.ID, Name: strings.TrimSpace(in.Name),
		VPC: in.VPC, Description: in.Description, Domain: c.e.Domain(), PrivateDomain: true, Created: now(),
	}
	if r.Cloud == Ctyun {
		err = c.createSingle(tx, r, &e, in)
		return e, err
	}
	in.Known.tell(&e)
	var ck check
	ck.endpointName("name", e.Name)
	ck.description("description", in.Description)
	e.Bandwidth = ck.bandwidth(in.Bandwidth)
	s, err := c.chosenService(tx, &ck, r, in)
	if err != nil {
		return e, err
	}
	e.Service, e.Provider = s.ID, s.Account
	if err := c.placeEndpoint(tx, &ck, r, &e, in); err != nil {
		return e, err
	}
	if e.VPC == "" || e.Service == "" {
		// Without both of them no zone can be judged.
		return e, ck.err()
	}
	if err := tx.Endpoints.Put(e); err != nil {
		return e, err
	}
	tx.memo.more("vpc", e.VPC)
	if len(in.Zones) == 0 {
		ck.fail("zone.1", "error.choose")
	}
	for n, z := range in.Zones {
		if err := c.addInterface(tx, &ck, r, e, z, "."+itoa(n+1), in.Known != nil); err != nil {
			return e, err
		}
	}
	if err := ck.err(); err != nil {
		return e, err
	}
	if in.Known == nil && s.AutoAccept {
		err = c.allow(tx, &e, s, "", nil)
	}
	return e, err
}

// tell puts what is known into an endpoint before it is stored.
func (k *KnownConnection) tell(e *Endpoint) {
	if k == nil {
		return
	}
	if e.Decision, e.DecidedBy = k.Decision, k.By; k.Decision != Undecided {
		e.DecidedAt = e.Created
	}
	e.Domain = cmp.Or(k.Domain, e.Domain)
}

func (c *Caller) chosenService(tx *Tx, ck *check, r Region, in EndpointInput) (Service, error) {
	hows := []string{ByName, BySelect}
	if r.Cloud == Ctyun {
		hows = []string{ByCloud, ByName}
	}
	how := ck.oneOf("how", in.How, "", hows...)
	field, name := "service", in.Service
	if how == ByName {
		field, name = "servicename", in.ServiceName
	}
	if how == "" {
		return Service{}, nil
	}
	if strings.TrimSpace(name) == "" {
		missing := "error.required"
		if field == "service" && r.Cloud == Ctyun {
			missing = "error.choose" // 选择服务 is a list there
		}
		ck.fail(field, missing)
		return Service{}, nil
	}
	s, err := c.usable(tx, r.ID, name, in.Known != nil)
	if err == nil && r.Cloud == Ctyun && (how == ByCloud) != (s.Account == Operator) {
		err = notFound("service", name)
	}
	if AsError(err) != nil {
		key := "error.endpoint.service"
		for _, other := range Regions() {
			if other.ID != r.ID && strings.Contains(name, "."+other.ID+".") {
				key = "error.endpoint.service.region"
			}
		}
		ck.fail(field, key, "value", name, "region", r.ID)
		return Service{}, nil
	}
	return s, err
}

// placeEndpoint checks the VPC, its quota and the groups, and makes the group
// the form asks for.
func (c *Caller) placeEndpoint(tx *Tx, ck *check, r Region, e *Endpoint, in EndpointInput) error {
	if in.VPC == "" {
		ck.fail("vpc", "error.choose")
		return nil
	}
	vpc, err := c.vpc(tx, in.VPC)
	if err != nil {
		return err
	}
	if vpc.Region != r.ID {
		return notFound("vpc", in.VPC)
	}
	n, err := tx.memo.count(tx.Endpoints.Count, "vpc", vpc.ID)
	if err != nil {
		return err
	}
	if limit := c.e.Limits().EndpointsPerVPC; n >= limit {
		return &Error{Kind: Exceeded, Key: "error.quota.endpoints", Args: args("max", itoa(limit), "vpc", vpc.Name)}
	}
	groups := slices.DeleteFunc(slices.Clone(in.Groups), func(g string) bool { return g == "" })
	if len(groups) == 0 {
		ck.fail("groups", "error.choose")
	}
	if k := slices.Index(groups, New); k >= 0 {
		in.NewGroup.VPC = vpc.ID
		g, err := c.makeGroup(tx, ck, r, in.NewGroup, "newgroup.")
		if err != nil {
			return err
		}
		groups = slices.Delete(groups, k, k+1)
		if g.ID != "" {
			groups = append(groups, g.ID)
		}
	}
	e.Groups = groups
	return c.checkGroups(tx, ck, "groups", groups, vpc.ID)
}

// AddZone gives an endpoint an interface in one more zone; the fields have no
// row number. Of an allowed connection it waits for the provider (Wait), who
// connects it with ConnectZone, unless the service accepts by itself or has
// nobody who could.
func (c *Caller) AddZone(ctx context.Context, id string, in ZoneInput) error {
	return c.write(ctx, func(tx *Tx) error {
		e, err := c.endpoint(tx, id)
		if err != nil {
			return err
		}
		if inCtyun(e.Region) {
			return notFound("endpoint", id) // it has one interface
		}
		if err := c.may(tx, e, ActAddZone); err != nil {
			return err
		}
		r, err := region(e.Region)
		if err != nil {
			return err
		}
		var ck check
		if err := c.addInterface(tx, &ck, r, e, in, "", false); err != nil {
			return err
		}
		if err := ck.err(); err != nil {
			return err
		}
		if e.Decision != Allowed {
			return nil
		}
		s, err := tx.Services.Get(e.Service)
		if err != nil {
			return missing(err, "service", e.Service)
		}
		owner, err := tx.Accounts.Get(s.Account)
		if err != nil || !s.AutoAccept && !owner.Operator {
			return err
		}
		return assignResources(tx, e, s, nil, in.Zone)
	})
}

// RemoveZone takes the interface of a zone away once its connections have
// drained; an endpoint keeps at least one.
func (c *Caller) RemoveZone(ctx context.Context, id, eni string) error {
	return c.write(ctx, func(tx *Tx) error {
		e, err := c.endpoint(tx, id)
		if err != nil {
			return err
		}
		if err := c.may(tx, e, ActRemoveZone); err != nil {
			return err
		}
		i, err := tx.Interfaces.Get(eni)
		if err != nil || i.Endpoint != e.ID {
			return orMissing(err, "interface", eni)
		}
		left, err := tx.Interfaces.Count(Where{"endpoint": e.ID, "deleting": false})
		if err != nil {
			return err
		}
		if left <= 1 {
			return conflict("error.endpoint.zone.last", args("name", e.Name))
		}
		i.Deleting = true
		return tx.Interfaces.Put(i)
	})
}
