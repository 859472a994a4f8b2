package cloud

import (
	"errors"
	"net/netip"
	"slices"
)

// gateway is what the clusters of one project in one region share (ZIL-16): a
// network of the operator's with one instance that all of them run on, CLBs that
// together are in every zone of the region (ZIL-12), and one endpoint service.
// It is made with the first cluster there and goes with the last one. Everything
// about its traffic is as with anybody's service.
type gateway struct {
	Instance  Instance
	Service   Service
	Resources []Resource
	Balancers []Balancer
}

// gatewayCIDR is the range of every gateway's network; each zone has one vSwitch
// of gatewayBits in it.
var gatewayCIDR = netip.MustParsePrefix("192.168.0.0/24")

const gatewayBits = 28

// findGateway answers the gateway of a project in a region; ok is false while
// there is no cluster.
func findGateway(tx *Tx, project, region string) (g gateway, ok bool, err error) {
	clusters, err := tx.Clusters.List(Where{"project": project, "region": region})
	if err != nil || len(clusters) == 0 {
		return g, false, err
	}
	g, err = gatewayOf(tx, clusters[0])
	return g, err == nil, err
}

func gatewayOf(tx *Tx, k Cluster) (g gateway, err error) {
	if g.Instance, err = tx.Instances.Get(k.Instance); err != nil {
		return g, err
	}
	if g.Service, err = tx.Services.Get(k.Service); err != nil {
		return g, err
	}
	if g.Resources, err = tx.Resources.List(Where{"service": k.Service}); err != nil {
		return g, err
	}
	for _, r := range g.Resources {
		b, err := tx.Balancers.Get(r.Balancer)
		if err != nil {
			return g, err
		}
		if !slices.Contains(g.Balancers, b) {
			g.Balancers = append(g.Balancers, b)
		}
	}
	return g, nil
}

// zones are those that endpoints can be in.
func (g gateway) zones() []string {
	return each(g.Resources, func(r Resource) string { return r.Zone })
}

// makeGateway makes the gateway without its service, which needs a CLB with a
// listener; c is the operator.
func (c *Caller) makeGateway(tx *Tx, r Region, p Project) (g gateway, err error) {
	vpc := VPC{ID: c.e.newID("vpc", r), Account: c.account.ID, Region: r.ID, Name: p.ID, CIDR: gatewayCIDR, Created: now()}
	if vpc.Resolver, err = freeOwn(c.e.opt.Base, tx); err != nil {
		return g, err
	}
	if err := tx.VPCs.Put(vpc); err != nil {
		return g, err
	}
	var ck check
	var switches []VSwitch
	for n, zone := range r.Zones {
		cidr := netip.PrefixFrom(addr4(number4(gatewayCIDR.Addr())+uint32(n)<<(32-gatewayBits)), gatewayBits)
		s, err := c.makeVSwitch(tx, &ck, r, VSwitchInput{VPC: vpc.ID, Zone: zone, Name: zone, CIDR: cidr.String()}, "")
		if err != nil {
			return g, err
		}
		switches = append(switches, s)
	}
	// What comes from a CLB needs no rule, and nothing else has business there.
	group, err := c.makeGroup(tx, &ck, r, GroupInput{VPC: vpc.ID, Name: "gateway", Template: TemplateEmpty}, "")
	if err := errors.Join(err, ck.err()); err != nil {
		return g, err
	}
	if g.Instance, err = c.makeInstance(tx, r, InstanceInput{Name: "gateway", VSwitch: switches[0].ID, Groups: []string{group.ID}}); err != nil {
		return g, err
	}
	g.Balancers, err = c.gatewayBalancers(tx, r, vpc.ID, switches)
	return g, err
}

// gatewayBalancers makes as few CLBs as are in every zone: each is in two.
func (c *Caller) gatewayBalancers(tx *Tx, r Region, vpc string, switches []VSwitch) ([]Balancer, error) {
	var out []Balancer
	for n := 0; n < len(switches); n += 2 {
		in := BalancerInput{
			Billing: PayAsYouGo, Zone: switches[n].Zone, ZoneType: MultiZone, BackupZone: switches[(n+1)%len(switches)].Zone,
			Name: "clb-" + itoa(n/2+1), Spec: Specs()[len(Specs())-1].ID, Address: Intranet, Network: NetworkVPC,
			VPC: vpc, VSwitch: switches[n].ID, IPVersion: IPv4, Feature: Standard, Flow: ByTraffic, Quantity: "1", ResourceGroup: DefaultGroup,
		}
		made, err := c.makeBalancers(tx, r, in)
		if err != nil {
			return nil, err
		}
		out = append(out, made...)
	}
	return out, nil
}

// serveGateway makes the endpoint service: one resource in each zone. No
// connection is accepted but by a private link (ZIL-10). Those who may choose
// among several tell them by their project.
func (c *Caller) serveGateway(tx *Tx, r Region, p Project, g *gateway) (err error) {
	in := ServiceInput{AutoAccept: "no", Affinity: "yes", Description: p.ID}
	for _, zone := range r.Zones {
		k := slices.IndexFunc(g.Balancers, func(b Balancer) bool { return slices.Contains(b.Zones(), zone) })
		in.Resources = append(in.Resources, ResourceInput{Zone: zone, Balancer: g.Balancers[k].ID})
	}
	g.Service, err = c.makeService(tx, r, in)
	return err
}

// listen opens a cluster's port on every CLB of its gateway.
func (c *Caller) listen(tx *Tx, g gateway, port uint16) error {
	for _, b := range g.Balancers {
		in := ListenerInput{
			Protocol: TCP, Port: itoa(int(port)), BackendPort: itoa(int(port)),
			Servers: []BackendInput{{Instance: g.Instance.ID}},
		}
		if _, err := c.saveListener(tx, b.ID, "", in); err != nil {
			return err
		}
	}
	return nil
}

// unlisten closes a cluster's port.
func unlisten(tx *Tx, g gateway, port uint16) error {
	for _, b := range g.Balancers {
		if err := deleteAll(tx.Listeners, Where{"balancer": b.ID}, func(l Listener) bool { return l.Port == port }); err != nil {
			return err
		}
	}
	return nil
}

// dropGateway takes everything away again; no cluster and no private link is
// left. Endpoints that name the service stay, without one.
func dropGateway(tx *Tx, g gateway) error {
	for _, b := range g.Balancers {
		if err := errors.Join(deleteAll(tx.Listeners, Where{"balancer": b.ID}, nil), deleteAll(tx.Backends, Where{"balancer": b.ID}, nil)); err != nil {
			return err
		}
	}
	vpc := Where{"vpc": g.Instance.VPC}
	groups, err := tx.SecurityGroups.List(vpc)
	if err != nil {
		return err
	}
	rules := Where{"group": each(groups, func(g SecurityGroup) string { return g.ID })}
	for _, drop := range []func() error{
		func() error { return deleteAll(tx.Resources, Where{"service": g.Service.ID}, nil) },
		func() error { return deleteAll(tx.Grants, Where{"service": g.Service.ID}, nil) },
		func() error { return tx.Services.Delete(g.Service.ID) },
		func() error { return deleteAll(tx.Balancers, vpc, nil) },
		func() error { return deleteAll(tx.Instances, vpc, nil) },
		func() error { return deleteAll(tx.SecurityRules, rules, nil) },
		func() error { return deleteAll(tx.SecurityGroups, vpc, nil) },
		func() error { return deleteAll(tx.VSwitches, vpc, nil) },
		func() error { return tx.VPCs.Delete(g.Instance.VPC) },
	} {
		if err := drop(); err != nil {
			return err
		}
	}
	return nil
}

// deleteAll deletes the rows of a selection that which says yes to, or all.
func deleteAll[T noun](table Table[T], w Where, which func(T) bool) error {
	rows, err := table.List(w)
	if err != nil {
		return err
	}
	for _, v := range rows {
		if which != nil && !which(v) {
			continue
		}
		if err := table.Delete(v.about().id); err != nil {
			return err
		}
	}
	return nil
}
