package cloud

import (
	"context"
	"net/netip"
)

// SNAT is the range from which the backends of ctyun's services see traffic
// come (TYS-12, X-22). VPCs and subnets there may not overlap it (B.4).
func (e *Engine) SNAT() netip.Prefix { return e.installed.Load().SNAT }

// The lengths a SNAT range may have. A shorter one is used up to its first /20.
const (
	shortestSNAT = 16
	longestSNAT  = 24
	snatPool     = 20
)

// SNATPool is the slice of SNAT that this installation uses, and its twin on
// the host.
func (e *Engine) SNATPool() (pool, twin netip.Prefix) {
	bits := max(e.SNAT().Bits(), snatPool)
	return netip.PrefixFrom(e.SNAT().Addr(), bits), netip.PrefixFrom(addr4(number4(ownSlot(e.opt.Base).Addr())+1<<12), bits)
}

// snat reads the setting of the range.
func (c *check) snat(field, value string) netip.Prefix {
	p := c.cidr(field, value, shortestSNAT, longestSNAT)
	c.ordinary(field, p, SenderRange())
	return p
}

// unreserved refuses a range of a network of ctyun that overlaps SNAT.
func (c *Caller) unreserved(ck *check, field string, r Region, p netip.Prefix) {
	if snat := c.e.SNAT(); r.Cloud == Ctyun && p.IsValid() && snat.Overlaps(p) {
		ck.fail(field, "error.cidr.reserved", "value", p.String(), "range", snat.String())
	}
}

// mayReserve refuses a SNAT range that a network of ctyun, or one on premises,
// has already.
func (e *Engine) mayReserve(tx *Tx, ck *check, value string) error {
	p, err := netip.ParsePrefix(value)
	if err != nil {
		return nil // told already
	}
	for _, r := range RegionsOf(Ctyun) {
		vpcs, err := tx.VPCs.List(Where{"region": r.ID})
		if err != nil {
			return err
		}
		for _, v := range vpcs {
			if v.CIDR.Overlaps(p) {
				ck.fail(SNATKnob, "error.setting.snat.used", "value", value, "vpc", v.Name, "cidr", v.CIDR.String())
				return nil
			}
		}
	}
	idcs, err := tx.IDCs.List(nil)
	for _, i := range idcs {
		if i.CIDR.Overlaps(p) {
			ck.fail(SNATKnob, "error.setting.snat.used", "value", value, "vpc", i.Name, "cidr", i.CIDR.String())
			return nil
		}
	}
	return err
}

// OpenSource lets the range into a security group, on every port: the rule
// that the documents ask for (TYS-12).
func (c *Caller) OpenSource(ctx context.Context, group string) (SecurityRule, error) {
	return c.AddRule(ctx, group, RuleInput{Direction: Ingress, Policy: Accept, Protocol: AnyIP, Peer: c.e.SNAT().String()})
}
