package cloud

import (
	"context"
	"errors"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"
)

// Decision is what the provider said about a connection.
type Decision string

// Decisions. Undecided waits for the provider.
const (
	Undecided Decision = ""
	Allowed   Decision = "allowed"
	Refused   Decision = "denied"
)

// Endpoint is a consumer's way to a service (终端节点), with the facts of its
// connection.
type Endpoint struct {
	ID          string
	Account     string // consumer
	Provider    string // account of the service
	Region      string
	Name        string
	Service     string
	VPC         string
	Groups      []string // of its interfaces (ALI-06)
	Description string
	Decision    Decision
	DecidedBy   string // account, or empty when the service accepts by itself
	DecidedAt   time.Time
	Deleting    bool
	Bandwidth   int    // of its connection, Mbit/s each way; 0: as much as there is
	Domain      string // root of its domain names, as it was when it was made
	// PrivateDomain says that it has a domain name: 创建内网域名 of ctyun (TYE-06).
	PrivateDomain bool
	Created       time.Time
}

func (e Endpoint) about() about {
	return about{kind: "endpoint", id: e.ID, account: e.Account, peer: e.Provider, parent: e.Service}
}

// Interface is the endpoint ENI of one zone (COM-10, EP-06). Resource is the
// service resource its traffic goes to, assigned when the connection is
// allowed.
type Interface struct {
	ID       string
	Account  string
	Provider string
	Endpoint string
	Zone     string
	VPC      string
	VSwitch  string
	IP       netip.Addr
	Resource string
	// Refused says that the provider has closed this zone's connection by
	// itself; the other zones' go on.
	Refused bool
	// MovedFrom is the resource that it had before it was moved to the present
	// one; empty unless it was moved since it was last connected. What lived
	// at that moment may go on until Until, and a zero Until means that it was
	// cut at once.
	MovedFrom string
	Until     time.Time
	Deleting  bool
	Created   time.Time
}

func (i Interface) about() about {
	return about{kind: "interface", id: i.ID, account: i.Account, peer: i.Provider, parent: i.Endpoint}
}

// EndpointView is an endpoint with its states and what a page shows beside it.
type EndpointView struct {
	Endpoint
	State        State
	Connection   State
	Domain       string // 终端节点域名
	Zones        []ZoneView
	ServiceName  string    // com.aliyuncs.…
	NoService    bool      // the service is gone
	Mappings     []Mapping // of ctyun's service: the ports the endpoint has
	AutoAccept   bool
	ProviderName string
	ConsumerName string
	VPCName      string
	VPCCIDR      netip.Prefix
	GroupNames   []Ref
}

// ZoneView is one zone of an endpoint.
type ZoneView struct {
	Interface
	State        State
	Domain       string // 终端节点可用区的域名
	VSwitchName  string
	Place        string // the zone of its vSwitch, which ctyun's interfaces have too
	CIDR         netip.Prefix
	Twin         netip.Addr
	Balancer     string // ID of the assigned resource's CLB
	BalancerName string
	OldName      string // of the CLB that it was moved from
	Observed     Observation
}

// WaitsForProvider says whether it is the provider who must act.
func (v EndpointView) WaitsForProvider() bool {
	return !v.Deleting && !v.NoService && v.Decision == Undecided
}

// EndpointDomain is the endpoint's domain name (EP-08, REQUIREMENTS B.2), of
// ctyun vpcep-ID.REGION.ROOT; empty when it has none.
func (e *Engine) EndpointDomain(ep Endpoint) string { return ep.domain() }

func (e Endpoint) domain() string {
	if !e.PrivateDomain {
		return ""
	}
	if inCtyun(e.Region) {
		return strings.Join([]string{"vpcep-" + e.ID, e.Region, e.Domain}, ".")
	}
	return strings.Join([]string{e.ID, e.Service, e.Region, e.Domain}, ".")
}

// ZoneDomain is the domain name of one of its zones.
func (e *Engine) ZoneDomain(ep Endpoint, zone string) string {
	return strings.Join([]string{ep.ID + "-" + zone, ep.Service, ep.Region, ep.Domain}, ".")
}

func (c *Caller) endpoint(tx *Tx, id string) (Endpoint, error) {
	e, err := tx.Endpoints.Get(id)
	if err != nil || e.Account != c.account.ID {
		return Endpoint{}, orMissing(err, "endpoint", id)
	}
	return e, nil
}

// Endpoint answers one of the account's endpoints.
func (c *Caller) Endpoint(ctx context.Context, id string) (EndpointView, error) {
	var v EndpointView
	err := c.read(ctx, func(tx *Tx) error {
		e, err := c.endpoint(tx, id)
		if err != nil {
			return err
		}
		v, err = c.e.endpointView(tx, e)
		return err
	})
	return v, err
}

// endpointViews reads everything that a page of endpoints shows, in a number
// of questions that does not depend on how many there are.
func (e *Engine) endpointViews(tx *Tx, list []Endpoint) ([]EndpointView, error) {
	interfaces, err := learnBy(tx.Interfaces, "endpoint", func(i Interface) string { return i.Endpoint }, each(list, func(e Endpoint) string { return e.ID })...)
	if err != nil {
		return nil, err
	}
	resources := each(interfaces, func(i Interface) string { return i.Resource })
	var groups, accounts, clbs []string
	for _, ep := range list {
		groups, accounts = append(groups, ep.Groups...), append(accounts, ep.Account, ep.Provider)
	}
	if err := errors.Join(
		learn(tx.VPCs, each(list, func(e Endpoint) string { return e.VPC })...),
		learn(tx.Services, each(list, func(e Endpoint) string { return e.Service })...),
		learn(tx.Accounts, accounts...),
		learn(tx.SecurityGroups, groups...),
		learn(tx.VSwitches, each(interfaces, func(i Interface) string { return i.VSwitch })...),
		learn(tx.Observations, each(interfaces, func(i Interface) string { return i.ID })...),
		learn(tx.Resources, resources...),
	); err != nil {
		return nil, err
	}
	for _, id := range resources {
		if r, err := tx.Resources.Get(id); id != "" && err == nil {
			clbs = append(clbs, r.Balancer)
		}
	}
	for _, i := range interfaces {
		if i.MovedFrom != "" {
			clbs = append(clbs, path.Base(i.MovedFrom))
		}
	}
	if err := learn(tx.Balancers, clbs...); err != nil {
		return nil, err
	}
	return one(list, func(ep Endpoint) (EndpointView, error) { return e.endpointView(tx, ep) })
}

func (e *Engine) endpointView(tx *Tx, ep Endpoint) (EndpointView, error) {
	v := EndpointView{Endpoint: ep, Domain: e.EndpointDomain(ep)}
	vpc, err := tx.VPCs.Get(ep.VPC)
	if err != nil {
		return v, err
	}
	v.VPCName, v.VPCCIDR = vpc.Name, vpc.CIDR
	s, err := tx.Services.Get(ep.Service)
	switch {
	case errors.Is(err, ErrMissing):
		v.NoService = true
	case err != nil:
		return v, err
	}
	v.ServiceName, v.AutoAccept, v.Mappings = s.Name, s.AutoAccept, s.Mappings
	for id, at := range map[string]*string{ep.Provider: &v.ProviderName, ep.Account: &v.ConsumerName} {
		a, err := tx.Accounts.Get(id)
		if err != nil {
			return v, err
		}
		*at = a.Name
	}
	if v.GroupNames, err = groupRefs(tx, ep.Groups); err != nil {
		return v, err
	}
	interfaces, err := tx.Interfaces.List(Where{"endpoint": ep.ID})
	if err != nil {
		return v, err
	}
	facts := Facts{Decision: ep.Decision, Deleting: ep.Deleting, NoService: v.NoService}
	for _, i := range interfaces {
		z, err := e.zoneView(tx, ep, i)
		if err != nil {
			return v, err
		}
		v.Zones = append(v.Zones, z)
		if !i.Deleting {
			facts.Zones = append(facts.Zones, z.facts())
		}
	}
	v.State, v.Connection = facts.EndpointState(), facts.ConnectionState()
	if inCtyun(ep.Region) {
		v.State = facts.MergedState()
	}
	return v, nil
}

func (z ZoneView) facts() ZoneFacts {
	return ZoneFacts{
		Allocated: z.Resource != "", Refused: z.Refused, Moved: z.MovedFrom != "",
		Bound: z.Observed.Bound, Open: z.Observed.Open, Old: z.Observed.Old,
		Failed: z.Observed.Problem != "", Out: z.Observed.Problem == ZoneProblem,
	}
}

func (e *Engine) zoneView(tx *Tx, ep Endpoint, i Interface) (ZoneView, error) {
	z := ZoneView{Interface: i, Domain: e.ZoneDomain(ep, i.Zone)}
	s, err := tx.VSwitches.Get(i.VSwitch)
	if err != nil {
		return z, err
	}
	z.VSwitchName, z.Place, z.CIDR, z.Twin = s.Name, s.Zone, s.CIDR, s.TwinOf(i.IP)
	if z.Observed, err = observation(tx, i.ID); err != nil {
		return z, err
	}
	if i.Resource != "" {
		r, err := tx.Resources.Get(i.Resource)
		if err != nil && !errors.Is(err, ErrMissing) {
			return z, err
		}
		b, err := tx.Balancers.Get(r.Balancer)
		if err != nil && !errors.Is(err, ErrMissing) {
			return z, err
		}
		z.Balancer, z.BalancerName = b.ID, b.Name
	}
	if i.MovedFrom != "" {
		b, err := tx.Balancers.Get(path.Base(i.MovedFrom))
		if err != nil && !errors.Is(err, ErrMissing) {
			return z, err
		}
		z.OldName = b.Name
	}
	z.State = z.facts().State(ep.Decision, ep.Deleting || i.Deleting)
	return z, nil
}

// UpdateEndpoint changes the name and the description.
func (c *Caller) UpdateEndpoint(ctx context.Context, id, name, description string) (Endpoint, error) {
	return c.changeEndpoint(ctx, id, func(_ *Tx, ck *check, e *Endpoint) error {
		ck.endpointName("name", name)
		ck.description("description", description)
		e.Name, e.Description = name, description
		return nil
	})
}

// SetEndpointGroups replaces the groups of the endpoint's interfaces; at least
// one. Connections that live stay: groups are asked when one is opened.
func (c *Caller) SetEndpointGroups(ctx context.Context, id string, groups []string) (Endpoint, error) {
	return c.changeEndpoint(ctx, id, func(tx *Tx, ck *check, e *Endpoint) error {
		if len(groups) == 0 {
			ck.fail("groups", "error.choose")
		}
		e.Groups = slices.Clone(groups)
		return c.checkGroups(tx, ck, "groups", groups, e.VPC)
	})
}

func (c *Caller) changeEndpoint(ctx context.Context, id string, change func(*Tx, *check, *Endpoint) error) (Endpoint, error) {
	var e Endpoint
	err := c.write(ctx, func(tx *Tx) (err error) {
		if e, err = c.endpoint(tx, id); err != nil {
			return err
		}
		if inCtyun(e.Region) {
			return notFound("endpoint", id) // it has no name of its own and no groups
		}
		if err := c.may(tx, e, ActUpdate); err != nil {
			return err
		}
		var ck check
		if err := change(tx, &ck, &e); err != nil {
			return err
		}
		if err := ck.err(); err != nil {
			return err
		}
		return tx.Endpoints.Put(e)
	})
	return e, err
}

// may refuses an action that the state table does not allow now.
func (c *Caller) may(tx *Tx, ep Endpoint, a Action) error {
	v, err := c.e.endpointView(tx, ep)
	if err != nil {
		return err
	}
	return v.may(a)
}

// DeleteEndpoint stops new connections at once; the endpoint is Deleting until
// what lives has drained and then it is gone.
func (c *Caller) DeleteEndpoint(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		e, err := c.endpoint(tx, id)
		if err != nil {
			return err
		}
		if err := c.may(tx, e, ActDelete); err != nil {
			return err
		}
		e.Deleting = true
		interfaces, err := tx.Interfaces.List(Where{"endpoint": id})
		if err != nil {
			return err
		}
		for _, i := range interfaces {
			i.Deleting = true
			if err := tx.Interfaces.Put(i); err != nil {
				return err
			}
		}
		if len(interfaces) == 0 {
			return tx.Endpoints.Delete(id)
		}
		return tx.Endpoints.Put(e)
	})
}

// Gone removes an interface whose last connection has drained, and its
// endpoint when that was the last one of a deleted endpoint. Only the data
// plane's observer calls it.
func (e *Engine) Gone(ctx context.Context, id string) error {
	return e.write(ctx, SystemActor, func(tx *Tx) error {
		i, err := tx.Interfaces.Get(id)
		if errors.Is(err, ErrMissing) || err == nil && !i.Deleting {
			return nil
		}
		if err != nil {
			return err
		}
		if err := tx.Interfaces.Delete(id); err != nil {
			return err
		}
		if _, err := tx.Observations.Get(id); err == nil {
			if err := tx.Observations.Delete(id); err != nil {
				return err
			}
		}
		ep, err := tx.Endpoints.Get(i.Endpoint)
		if err != nil {
			return err
		}
		n, err := tx.Interfaces.Count(Where{"endpoint": ep.ID})
		if err != nil || n > 0 || !ep.Deleting {
			return err
		}
		return tx.Endpoints.Delete(ep.ID)
	})
}
