package cloud

import (
	"context"
	"errors"
	"net/netip"
	"time"
)

// VSwitch is a subnet of a VPC in one zone (ALI-01). Twin is the prefix of the
// same length in which its addresses live on this host.
type VSwitch struct {
	ID          string
	Account     string
	Region      string
	VPC         string
	Zone        string
	Name        string
	CIDR        netip.Prefix
	Twin        netip.Prefix
	ACL         string // ID of its network ACL, empty for none (TYQ-02)
	Description string
	Created     time.Time
}

func (s VSwitch) about() about {
	return about{kind: "vswitch", id: s.ID, account: s.Account, parent: s.VPC}
}

// TwinOf answers the host address of one of the vSwitch's addresses.
func (s VSwitch) TwinOf(a netip.Addr) netip.Addr {
	if !s.CIDR.Contains(a) {
		return netip.Addr{}
	}
	return addr4(number4(s.Twin.Addr()) + number4(a) - number4(s.CIDR.Addr()))
}

// VSwitchInput is the form of a vSwitch.
type VSwitchInput struct {
	VPC, Zone, Name, CIDR, Description string
}

// VSwitchView is a vSwitch with what a page shows beside it.
type VSwitchView struct {
	VSwitch
	VPCName string
	ACLName string // empty for none
	Used    int    // addresses given out
	Free    int    // addresses left
}

// VSwitches answers the account's vSwitches in a region, those of one VPC when
// vpc is not empty.
func (c *Caller) VSwitches(ctx context.Context, region, vpc string) ([]VSwitchView, error) {
	var out []VSwitchView
	err := c.read(ctx, func(tx *Tx) error {
		w := Where{"account": c.account.ID, "region": region}
		if vpc != "" {
			w["vpc"] = vpc
		}
		list, err := tx.VSwitches.List(w)
		if err != nil {
			return err
		}
		out, err = vswitchViews(tx, list)
		return err
	})
	return out, err
}

// VSwitch answers one of the account's vSwitches.
func (c *Caller) VSwitch(ctx context.Context, id string) (VSwitchView, error) {
	var v VSwitchView
	err := c.read(ctx, func(tx *Tx) error {
		s, err := c.vswitch(tx, id)
		if err != nil {
			return err
		}
		all, err := vswitchViews(tx, []VSwitch{s})
		v = first(all)
		return err
	})
	return v, err
}

// vswitchViews counts the addresses of vSwitches. A CLB on the Internet has a
// vSwitch but no address in it.
func vswitchViews(tx *Tx, list []VSwitch) ([]VSwitchView, error) {
	if len(list) == 0 {
		return nil, nil
	}
	ids := each(list, func(s VSwitch) string { return s.ID })
	used := map[string]int{}
	var err error
	count := func(n map[string]int, failed error, sign int) {
		err = errors.Join(err, failed)
		for id, k := range n {
			used[id] += sign * k
		}
	}
	n, failed := tx.Instances.Tally("vswitch", Where{"vswitch": ids})
	count(n, failed, 1)
	n, failed = tx.NICs.Tally("vswitch", Where{"vswitch": ids})
	count(n, failed, 1)
	n, failed = tx.Interfaces.Tally("vswitch", Where{"vswitch": ids})
	count(n, failed, 1)
	n, failed = tx.Balancers.Tally("vswitch", Where{"vswitch": ids})
	count(n, failed, 1)
	n, failed = tx.Balancers.Tally("vswitch", Where{"vswitch": ids, "ip": netip.Addr{}})
	count(n, failed, -1)
	err = errors.Join(err, learn(tx.ACLs, each(list, func(s VSwitch) string { return s.ACL })...))
	if err = errors.Join(err, learn(tx.VPCs, each(list, func(s VSwitch) string { return s.VPC })...)); err != nil {
		return nil, err
	}
	return one(list, func(s VSwitch) (VSwitchView, error) {
		v := VSwitchView{VSwitch: s, Used: used[s.ID], Free: int(size(s.CIDR)) - 4 - used[s.ID]}
		if s.ACL != "" {
			a, err := tx.ACLs.Get(s.ACL)
			if err != nil {
				return v, err
			}
			v.ACLName = a.Name
		}
		vpc, err := tx.VPCs.Get(s.VPC)
		v.VPCName = vpc.Name
		return v, err
	})
}

func (c *Caller) vswitch(tx *Tx, id string) (VSwitch, error) {
	s, err := tx.VSwitches.Get(id)
	if err != nil || s.Account != c.account.ID {
		return VSwitch{}, orMissing(err, "vswitch", id)
	}
	return s, nil
}

// CreateVSwitch makes a subnet. CIDR lies inside the VPC's and overlaps no
// other vSwitch of it; /16 to /29 (ALI-02).
func (c *Caller) CreateVSwitch(ctx context.Context, regionID string, in VSwitchInput) (VSwitch, error) {
	r, err := region(regionID)
	if err != nil {
		return VSwitch{}, err
	}
	var s VSwitch
	err = c.write(ctx, func(tx *Tx) error {
		var ck check
		s, err = c.makeVSwitch(tx, &ck, r, in, "")
		if err != nil {
			return err
		}
		return ck.err()
	})
	return s, err
}

// makeVSwitch validates and stores a vSwitch; prefix goes before the names of
// the fields, because the endpoint wizard can make one inside its own form
// (EP-11).
func (c *Caller) makeVSwitch(tx *Tx, ck *check, r Region, in VSwitchInput, prefix string) (VSwitch, error) {
	before := len(ck.fields)
	ck.name(prefix+"name", in.Name, 1, 128)
	ck.description(prefix+"description", in.Description)
	if in.Zone == "" {
		ck.fail(prefix+"zone", "error.choose")
	} else if !r.HasZone(in.Zone) {
		ck.fail(prefix+"zone", "error.zone", "zone", in.Zone)
	}
	cidr := ck.cidr(prefix+"cidr", in.CIDR, 16, 29)
	if c.unreserved(ck, prefix+"cidr", r, cidr); ck.bad(prefix + "cidr") {
		cidr = netip.Prefix{}
	}
	if in.VPC == "" {
		ck.fail(prefix+"vpc", "error.choose")
		return VSwitch{}, nil
	}
	vpc, err := c.vpc(tx, in.VPC)
	if err != nil {
		return VSwitch{}, err
	}
	if vpc.Region != r.ID {
		return VSwitch{}, notFound("vpc", in.VPC)
	}
	if cidr.IsValid() {
		if err := c.fits(tx, ck, prefix+"cidr", vpc, cidr); err != nil {
			return VSwitch{}, err
		}
	}
	if len(ck.fields) > before {
		return VSwitch{}, nil
	}
	all, err := twins(tx)
	if err != nil {
		return VSwitch{}, err
	}
	twin, ok := freeTwin(c.e.opt.Base, cidr, vpc.ID, all)
	if c.account.Operator {
		twin, ok = packedTwin(c.e.opt.Base, cidr, all)
	}
	if !ok {
		return VSwitch{}, conflict("error.underlay.full", args("base", c.e.opt.Base.String()))
	}
	tx.memo.twin(vpc.ID, twin)
	s := VSwitch{
		ID: c.e.newID("vsw", r), Account: c.account.ID, Region: r.ID, VPC: vpc.ID, Zone: in.Zone,
		Name: in.Name, CIDR: cidr, Twin: twin, Description: in.Description, Created: now(),
	}
	return s, tx.VSwitches.Put(s)
}

func (c *Caller) fits(tx *Tx, ck *check, field string, vpc VPC, cidr netip.Prefix) error {
	siblings, err := tx.VSwitches.List(Where{"vpc": vpc.ID})
	if err != nil {
		return err
	}
	if !vpc.CIDR.Contains(cidr.Addr()) || cidr.Bits() < vpc.CIDR.Bits() {
		ck.suggest(field, "error.vswitch.outside", freeCIDR(vpc, siblings).String(), "value", cidr.String(), "vpc", vpc.Name, "cidr", vpc.CIDR.String())
		return nil
	}
	for _, s := range siblings {
		if s.CIDR.Overlaps(cidr) {
			ck.suggest(field, "error.vswitch.overlap", freeCIDR(vpc, siblings).String(), "value", cidr.String(), "other", s.Name, "cidr", s.CIDR.String())
			return nil
		}
	}
	return nil
}

// freeCIDR is the first free /24 of the VPC (smaller when the VPC is).
func freeCIDR(vpc VPC, siblings []VSwitch) netip.Prefix {
	bits := max(24, vpc.CIDR.Bits())
	step := uint32(1) << (32 - bits)
	for a := number4(vpc.CIDR.Addr()); a < number4(vpc.CIDR.Addr())+size(vpc.CIDR); a += step {
		p := netip.PrefixFrom(addr4(a), bits)
		free := true
		for _, s := range siblings {
			free = free && !s.CIDR.Overlaps(p)
		}
		if free {
			return p
		}
	}
	return netip.PrefixFrom(vpc.CIDR.Addr(), bits)
}

// DefaultVSwitch is what "create a default vSwitch" fills in for a VPC and a
// zone (EP-11): the first free /24.
func (c *Caller) DefaultVSwitch(ctx context.Context, vpc, zone string) (VSwitchInput, error) {
	in := VSwitchInput{VPC: vpc, Zone: zone}
	err := c.read(ctx, func(tx *Tx) error {
		v, err := c.vpc(tx, vpc)
		if err != nil {
			return err
		}
		siblings, err := tx.VSwitches.List(Where{"vpc": vpc})
		if err != nil {
			return err
		}
		in.Name = "vsw-" + zone
		in.CIDR = freeCIDR(v, siblings).String()
		return nil
	})
	return in, err
}

// UpdateVSwitch changes the name and the description.
func (c *Caller) UpdateVSwitch(ctx context.Context, id string, in VSwitchInput) (VSwitch, error) {
	var ck check
	ck.name("name", in.Name, 1, 128)
	ck.description("description", in.Description)
	if err := ck.err(); err != nil {
		return VSwitch{}, err
	}
	var s VSwitch
	err := c.write(ctx, func(tx *Tx) (err error) {
		if s, err = c.vswitch(tx, id); err != nil {
			return err
		}
		s.Name, s.Description = in.Name, in.Description
		return tx.VSwitches.Put(s)
	})
	return s, err
}

// DeleteVSwitch removes an unused subnet; what uses its addresses is named.
func (c *Caller) DeleteVSwitch(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		s, err := c.vswitch(tx, id)
		if err != nil {
			return err
		}
		used, err := taken(tx, id)
		if err != nil {
			return err
		}
		// A balancer for the Internet has its vSwitch but no address in it.
		outside, err := tx.Balancers.List(Where{"vswitch": id, "ip": ""})
		if err != nil {
			return err
		}
		blockers := make([]Ref, 0, len(used)+len(outside))
		for _, r := range used {
			blockers = append(blockers, r)
		}
		for _, b := range outside {
			blockers = append(blockers, Ref{"balancer", b.ID, b.Name, b.Account})
		}
		if len(blockers) > 0 {
			sortRefs(blockers)
			return conflict("error.vswitch.used", args("name", s.Name), blockers...)
		}
		return tx.VSwitches.Delete(id)
	})
}
