package cloud

import (
	"context"
	"slices"
	"strings"
)

// ScopeChange is what 设置生效范围 would change (PVZ-05, PVZ-06): from then on
// the VPCs of Added resolve the zone's names by its records, those of Removed
// no longer.
type ScopeChange struct {
	Zone                 PrivateZoneView
	Added, Removed, Kept []VPC
	// Shadows are the zones above or below this one in the VPCs it will be
	// bound to.
	Shadows []Shadow
}

// Changes says whether there is anything to confirm.
func (s ScopeChange) Changes() bool { return len(s.Added)+len(s.Removed) > 0 }

// Shadow is another zone of a VPC that is above or below a zone: of two zones
// of one VPC the one with the longer name answers for what is below both.
type Shadow struct {
	VPC   VPC
	Other PrivateZone
	Above bool // the zone is above Other: names at and below Other are Other's
}

// ScopeChange answers what SetScope would do, or refuse.
func (c *Caller) ScopeChange(ctx context.Context, id string, vpcs []string) (ScopeChange, error) {
	var s ScopeChange
	err := c.read(ctx, func(tx *Tx) error {
		z, err := c.privateZone(tx, id)
		if err != nil {
			return err
		}
		s, err = c.scopeChange(tx, z, vpcs)
		return err
	})
	return s, err
}

// SetScope binds a zone to these VPCs and to no others; none takes it out of
// force. Field errors are at "vpcs".
func (c *Caller) SetScope(ctx context.Context, id string, vpcs []string) (PrivateZone, error) {
	var z PrivateZone
	err := c.write(ctx, func(tx *Tx) (err error) {
		if z, err = c.privateZone(tx, id); err != nil {
			return err
		}
		s, err := c.scopeChange(tx, z, vpcs)
		if err != nil {
			return err
		}
		z.VPCs = each(slices.Concat(s.Kept, s.Added), func(v VPC) string { return v.ID })
		return tx.PrivateZones.Put(z)
	})
	return z, err
}

func (c *Caller) scopeChange(tx *Tx, z PrivateZone, vpcs []string) (ScopeChange, error) {
	views, err := privateZoneViews(tx, []PrivateZone{z})
	if err != nil {
		return ScopeChange{}, err
	}
	s := ScopeChange{Zone: first(views)}
	vpcs = slices.Compact(slices.Sorted(slices.Values(vpcs)))
	for _, v := range s.Zone.Bound {
		if slices.Contains(vpcs, v.ID) {
			s.Kept = append(s.Kept, v)
		} else {
			s.Removed = append(s.Removed, v)
		}
	}
	var ck check
	if most := c.e.Limits().ZoneVPCs; len(vpcs) > most {
		ck.fail("vpcs", "error.privatezone.vpcs", "max", itoa(most), "n", itoa(len(vpcs)))
	}
	for _, id := range vpcs {
		v, err := c.vpc(tx, id)
		if err != nil {
			return s, err
		}
		if inCtyun(v.Region) {
			return s, notFound("vpc", id)
		}
		if !slices.Contains(z.VPCs, id) {
			s.Added = append(s.Added, v)
		}
		if err := s.others(tx, &ck, v); err != nil {
			return s, err
		}
	}
	return s, ck.err()
}

// others compares the zone with those that a VPC is bound to.
func (s *ScopeChange) others(tx *Tx, ck *check, v VPC) error {
	list, err := boundTo(tx, v.ID)
	if err != nil {
		return err
	}
	for _, o := range list {
		switch {
		case o.ID == s.Zone.ID:
		case o.Name == s.Zone.Name:
			ck.fail("vpcs", "error.privatezone.twice", "vpc", v.Name, "name", o.Shown, "id", o.ID)
		case below(o.Name, s.Zone.Name), below(s.Zone.Name, o.Name):
			s.Shadows = append(s.Shadows, Shadow{VPC: v, Other: o, Above: below(o.Name, s.Zone.Name)})
		}
	}
	return nil
}

// Shadows answers the zones above and below one of the account's zones in the
// VPCs it is bound to.
func (c *Caller) Shadows(ctx context.Context, id string) ([]Shadow, error) {
	var s ScopeChange
	err := c.read(ctx, func(tx *Tx) error {
		z, err := c.privateZone(tx, id)
		if err != nil {
			return err
		}
		s, err = c.scopeChange(tx, z, z.VPCs)
		return err
	})
	return s.Shadows, err
}

// ScopeVPCs answers the account's VPCs that a zone can be bound to, in the
// order of the regions, that hold the word in name, ID, CIDR or region.
func (c *Caller) ScopeVPCs(ctx context.Context, word string) ([]VPC, error) {
	var out []VPC
	err := c.read(ctx, func(tx *Tx) error {
		for _, r := range RegionsOf(Aliyun) {
			q := Query{Where: Where{"account": c.account.ID, "region": r.ID}}
			for _, w := range words(word) {
				if !strings.Contains(r.ID, strings.ToLower(w)) {
					q.Terms = append(q.Terms, Term{Text: w, In: []string{"id", "name", "cidr"}})
				}
			}
			list, err := tx.VPCs.Page(q)
			if err != nil {
				return err
			}
			out = append(out, list...)
		}
		return nil
	})
	return out, err
}
