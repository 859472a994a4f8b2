package cloud

import (
	"context"
	"net/netip"
	"strings"
	"time"
)

// VPC is a private network of one account in one region (ALI-01, ALI-02).
type VPC struct {
	ID          string
	Account     string
	Region      string
	Name        string
	CIDR        netip.Prefix
	Description string
	// Resolver is the host address of this network's DNS resolver.
	Resolver netip.Addr
	// Host says that this host is attached: 127.0.0.1 is then a client in
	// this network.
	Host    bool
	Created time.Time
}

func (v VPC) about() about { return about{kind: "vpc", id: v.ID, account: v.Account} }

// VPCInput is the form of a VPC.
type VPCInput struct {
	Name, CIDR, Description string
}

// privateRanges are the address ranges a VPC may be cut from.
func privateRanges() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"),
	}
}

// cidr reads an IPv4 block; host bits that are set are refused with the block
// that was probably meant.
func (c *check) cidr(field, v string, minBits, maxBits int) netip.Prefix {
	v = strings.TrimSpace(v)
	if v == "" {
		c.fail(field, "error.required")
		return netip.Prefix{}
	}
	p, err := netip.ParsePrefix(v)
	if err != nil || !p.Addr().Is4() {
		c.fail(field, "error.cidr", "value", v)
		return netip.Prefix{}
	}
	if p.Bits() < minBits || p.Bits() > maxBits {
		c.fail(field, "error.cidr.bits", "value", v, "min", itoa(minBits), "max", itoa(maxBits))
		return netip.Prefix{}
	}
	if p != p.Masked() {
		c.suggest(field, "error.cidr.hostbits", p.Masked().String(), "value", v, "network", p.Masked().String())
		return netip.Prefix{}
	}
	return p
}

// ordinary refuses addresses that have a purpose of their own; more are ranges
// that are taken for one here.
func (c *check) ordinary(field string, p netip.Prefix, more ...netip.Prefix) {
	for _, own := range []string{"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"} {
		more = append(more, netip.MustParsePrefix(own))
	}
	for _, own := range more {
		if p.IsValid() && own.Overlaps(p) {
			c.fail(field, "error.cidr.special", "value", p.String(), "range", own.String())
			return
		}
	}
}

func (c *check) private(field string, p netip.Prefix) {
	if !p.IsValid() {
		return
	}
	for _, r := range privateRanges() {
		if r.Contains(p.Addr()) && r.Bits() <= p.Bits() {
			return
		}
	}
	c.fail(field, "error.cidr.private", "value", p.String())
}

// VPCs answers the account's networks in a region.
func (c *Caller) VPCs(ctx context.Context, region string) ([]VPC, error) {
	var out []VPC
	err := c.read(ctx, func(tx *Tx) (err error) {
		out, err = tx.VPCs.List(Where{"account": c.account.ID, "region": region})
		return err
	})
	return out, err
}

// VPC answers one of the account's networks.
func (c *Caller) VPC(ctx context.Context, id string) (VPC, error) {
	var v VPC
	err := c.read(ctx, func(tx *Tx) (err error) {
		v, err = c.vpc(tx, id)
		return err
	})
	return v, err
}

func (c *Caller) vpc(tx *Tx, id string) (VPC, error) {
	v, err := tx.VPCs.Get(id)
	if err != nil || v.Account != c.account.ID {
		return VPC{}, orMissing(err, "vpc", id)
	}
	return v, nil
}

// orMissing hides what belongs to someone else: it is "not found", as an
// unknown ID is.
func orMissing(err error, kind, id string) error {
	if err == nil {
		err = ErrMissing
	}
	return missing(err, kind, id)
}

// CreateVPC makes a network. CIDR is a private IPv4 block of /8 to /28; it may
// overlap any other network's (COM-09).
func (c *Caller) CreateVPC(ctx context.Context, regionID string, in VPCInput) (VPC, error) {
	r, err := region(regionID)
	if err != nil {
		return VPC{}, err
	}
	var ck check
	ck.name("name", in.Name, 1, 128)
	ck.description("description", in.Description)
	cidr := ck.cidr("cidr", in.CIDR, 8, 28)
	if c.unreserved(&ck, "cidr", r, cidr); !ck.bad("cidr") {
		ck.private("cidr", cidr)
	}
	if err := ck.err(); err != nil {
		return VPC{}, err
	}
	v := VPC{
		ID: c.e.newID("vpc", r), Account: c.account.ID, Region: r.ID, Name: in.Name,
		CIDR: cidr, Description: in.Description, Created: now(),
	}
	err = c.write(ctx, func(tx *Tx) (err error) {
		if v.Resolver, err = freeOwn(c.e.opt.Base, tx); err != nil {
			return err
		}
		return tx.VPCs.Put(v)
	})
	return v, err
}

// UpdateVPC changes the name and the description.
func (c *Caller) UpdateVPC(ctx context.Context, id string, in VPCInput) (VPC, error) {
	var ck check
	ck.name("name", in.Name, 1, 128)
	ck.description("description", in.Description)
	if err := ck.err(); err != nil {
		return VPC{}, err
	}
	return c.changeVPC(ctx, id, func(v *VPC) { v.Name, v.Description = in.Name, in.Description })
}

// AttachHost puts this host into the network as a client, or takes it out.
func (c *Caller) AttachHost(ctx context.Context, id string, attached bool) (VPC, error) {
	return c.changeVPC(ctx, id, func(v *VPC) { v.Host = attached })
}

func (c *Caller) changeVPC(ctx context.Context, id string, change func(*VPC)) (VPC, error) {
	var v VPC
	err := c.write(ctx, func(tx *Tx) (err error) {
		if v, err = c.vpc(tx, id); err != nil {
			return err
		}
		change(&v)
		return tx.VPCs.Put(v)
	})
	return v, err
}

// DeleteVPC removes an empty network; what is still in it is named.
func (c *Caller) DeleteVPC(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		v, err := c.vpc(tx, id)
		if err != nil {
			return err
		}
		var blockers []Ref
		switches, err := tx.VSwitches.List(Where{"vpc": id})
		if err != nil {
			return err
		}
		for _, s := range switches {
			blockers = append(blockers, Ref{"vswitch", s.ID, s.Name, s.Account})
		}
		groups, err := tx.SecurityGroups.List(Where{"vpc": id})
		if err != nil {
			return err
		}
		for _, g := range groups {
			blockers = append(blockers, Ref{"group", g.ID, g.Name, g.Account})
		}
		idcs, err := tx.IDCs.List(Where{"vpc": id})
		if err != nil {
			return err
		}
		for _, i := range idcs {
			blockers = append(blockers, Ref{"idc", i.ID, i.Name, i.Account})
		}
		zones, err := boundTo(tx, id)
		if err != nil {
			return err
		}
		for _, z := range zones {
			blockers = append(blockers, Ref{"privatezone", z.ID, z.Shown, z.Account})
		}
		if len(blockers) > 0 {
			return conflict("error.vpc.used", args("name", v.Name), blockers...)
		}
		return tx.VPCs.Delete(id)
	})
}
