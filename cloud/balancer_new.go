package cloud

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
)

// BalancerInput is the CLB purchase page. Field names are the struct's names
// in lower case.
type BalancerInput struct {
	Billing, Zone, ZoneType, BackupZone, Name, Spec, Address, Network string
	VPC, VSwitch, IPVersion, Feature, Flow, Quantity, ResourceGroup   string
	// IP is the wanted private address, which a lab file has and no page asks for.
	IP string
}

// CreateBalancers buys Quantity CLBs (1 to 20) of one kind; with more than one
// their names get a number.
func (c *Caller) CreateBalancers(ctx context.Context, regionID string, in BalancerInput) ([]Balancer, error) {
	r, err := region(regionID)
	if err != nil {
		return nil, err
	}
	var out []Balancer
	err = c.write(ctx, func(tx *Tx) error {
		if r.Cloud == Ctyun {
			if in, err = c.plainBalancer(tx, r, in); err != nil {
				return err
			}
		}
		out, err = c.makeBalancers(tx, r, in)
		return err
	})
	return out, err
}

func (c *Caller) makeBalancers(tx *Tx, r Region, in BalancerInput) ([]Balancer, error) {
	var ck check
	b, n := ck.balancer(r, in)
	b.Account = c.account.ID
	s, used, err := c.placeBalancer(tx, &ck, &b, in)
	if err != nil {
		return nil, err
	}
	var out []Balancer
	for k := range n {
		one := b
		one.ID, one.Created = c.e.newID("lb", r), now()
		if n > 1 && one.Name != "" {
			one.Name = fmt.Sprintf("%s-%d", b.Name, k+1)
		}
		if one.Name == "" {
			one.Name = one.ID
		}
		if s.ID != "" && b.Address == Intranet {
			field := "vswitch"
			if in.IP != "" {
				field = "ip"
			}
			one.IP = ck.assign(field, in.IP, s, used, Ref{"balancer", one.ID, one.Name, one.Account})
		}
		if err := ck.err(); err != nil {
			return nil, err
		}
		if err := tx.Balancers.Put(one); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// plainBalancer fills in what ctyun's form does not ask: a private load balancer
// of the largest specification, in the zone of its subnet. The form has "name",
// "vpc", "vswitch" and "feature".
func (c *Caller) plainBalancer(tx *Tx, r Region, in BalancerInput) (BalancerInput, error) {
	out := BalancerInput{
		Billing: PayAsYouGo, Zone: r.Zones[0], ZoneType: SingleZone, Name: in.Name, Spec: Specs()[len(Specs())-1].ID,
		Address: Intranet, Network: NetworkVPC, VPC: in.VPC, VSwitch: in.VSwitch, IPVersion: IPv4,
		Feature: in.Feature, Flow: ByTraffic, Quantity: "1", ResourceGroup: DefaultGroup, IP: in.IP,
	}
	if in.VSwitch == "" {
		return out, nil
	}
	s, err := c.vswitch(tx, in.VSwitch)
	if err == nil && r.HasZone(s.Zone) {
		out.Zone = s.Zone
	}
	return out, err
}

// features are the kinds of a region's load balancers, the default first.
func (r Region) features() []string {
	if r.Cloud == Ctyun {
		return []string{Enhanced, Classic}
	}
	return []string{Standard}
}

func (c *check) balancer(r Region, in BalancerInput) (Balancer, int) {
	b := Balancer{
		Region: r.ID, Name: strings.TrimSpace(in.Name), VPC: in.VPC, VSwitch: in.VSwitch,
		Billing:       c.oneOf("billing", in.Billing, "", PayAsYouGo, Subscription),
		Zone:          c.oneOf("zone", in.Zone, "", r.Zones...),
		ZoneType:      c.oneOf("zonetype", in.ZoneType, "", SingleZone, MultiZone),
		Spec:          c.oneOf("spec", in.Spec, "", specIDs()...),
		Address:       c.oneOf("address", in.Address, "", Intranet, Internet),
		Network:       c.oneOf("network", in.Network, NetworkVPC, NetworkVPC, Classic),
		IPVersion:     c.oneOf("ipversion", in.IPVersion, IPv4, IPv4),
		Feature:       c.oneOf("feature", in.Feature, r.features()[0], r.features()...),
		Flow:          c.oneOf("flow", in.Flow, ByTraffic, ByTraffic, ByBandwidth),
		ResourceGroup: c.oneOf("resourcegroup", in.ResourceGroup, DefaultGroup, DefaultGroup),
	}
	// CLB-05; an empty name is given the ID.
	if b.Name != "" && !clbName.MatchString(b.Name) {
		c.fail("name", "error.clb.name")
	}
	if b.ZoneType == MultiZone {
		b.BackupZone = c.oneOf("backupzone", in.BackupZone, "", r.Zones...)
		if b.BackupZone != "" && b.BackupZone == b.Zone {
			c.fail("backupzone", "error.clb.backup")
		}
	}
	return b, c.number("quantity", in.Quantity, 1, 1, 20)
}

func specIDs() []string {
	var out []string
	for _, s := range Specs() {
		out = append(out, s.ID)
	}
	return out
}

// placeBalancer checks the VPC and the vSwitch of the purchase page.
func (c *Caller) placeBalancer(tx *Tx, ck *check, b *Balancer, in BalancerInput) (VSwitch, map[netip.Addr]Ref, error) {
	if b.Network == Classic {
		b.VPC, b.VSwitch = "", ""
		if b.Address == Intranet {
			ck.fail("network", "error.clb.classic")
		}
		return VSwitch{}, nil, nil
	}
	if in.VPC == "" {
		ck.fail("vpc", "error.choose")
	}
	if in.VSwitch == "" {
		ck.fail("vswitch", "error.choose")
	}
	if in.VPC == "" || in.VSwitch == "" {
		return VSwitch{}, nil, nil
	}
	vpc, err := c.vpc(tx, in.VPC)
	if err != nil {
		return VSwitch{}, nil, err
	}
	s, err := c.vswitch(tx, in.VSwitch)
	if err != nil {
		return VSwitch{}, nil, err
	}
	switch {
	case vpc.Region != b.Region:
		return VSwitch{}, nil, notFound("vpc", vpc.ID)
	case s.VPC != vpc.ID:
		ck.fail("vswitch", "error.vswitch.vpc", "vswitch", s.Name, "vpc", vpc.Name)
	case b.Zone != "" && s.Zone != b.Zone:
		ck.fail("vswitch", "error.clb.zone", "vswitch", s.Name, "zone", s.Zone, "want", b.Zone)
	}
	used, err := taken(tx, s.ID)
	return s, used, err
}
