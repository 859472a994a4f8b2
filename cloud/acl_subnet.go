package cloud

import (
	"context"
	"slices"
)

// aclSubnets are the first subnets that an ACL serves.
func aclSubnets(tx *Tx, acl string) ([]Ref, error) {
	list, err := tx.VSwitches.Page(Query{Where: Where{"acl": acl}, Order: "name", Limit: mostHolders})
	out := make([]Ref, len(list))
	for i, s := range list {
		out[i] = Ref{"vswitch", s.ID, s.Name, s.Account}
	}
	return out, err
}

// ACLSubnets answers the first subnets that a network ACL serves, by name.
func (c *Caller) ACLSubnets(ctx context.Context, acl string) ([]Ref, error) {
	var out []Ref
	err := c.read(ctx, func(tx *Tx) error {
		a, err := c.acl(tx, acl)
		if err != nil {
			return err
		}
		out, err = aclSubnets(tx, a.ID)
		return err
	})
	return out, err
}

// FindACLSubnets answers a page of the subnets that a network ACL serves:
// searched by ID, name, range and VPC, sorted by "name", "vpc" or "cidr".
func (c *Caller) FindACLSubnets(ctx context.Context, acl string, f Find) (Found[VSwitchView], error) {
	var out Found[VSwitchView]
	err := c.read(ctx, func(tx *Tx) error {
		a, err := c.acl(tx, acl)
		if err != nil {
			return err
		}
		l := lists{
			base:  Where{"acl": a.ID},
			words: []string{"id", "name", "cidr", "vpc", "vpc.name"},
			sorts: map[string]string{"name": "name", "vpc": "vpc.name", "cidr": "cidr"},
		}
		out, err = find(tx.VSwitches, f, l, func(rows []VSwitch) ([]VSwitchView, error) { return vswitchViews(tx, rows) })
		return err
	})
	return out, err
}

// AssociateACL gives subnets a network ACL. One that has another ACL already is
// refused: it must be taken from that one first, or given this one on its own
// page (SetSubnetACL).
func (c *Caller) AssociateACL(ctx context.Context, acl string, subnets []string) error {
	return c.write(ctx, func(tx *Tx) error {
		a, err := c.acl(tx, acl)
		if err != nil {
			return err
		}
		var ck check
		if len(subnets) == 0 {
			ck.fail("subnets", "error.choose")
		}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(subnets))) {
			if err := c.associate(tx, &ck, a, id); err != nil {
				return err
			}
		}
		return ck.err()
	})
}

func (c *Caller) associate(tx *Tx, ck *check, a NetworkACL, id string) error {
	s, err := c.vswitch(tx, id)
	if AsError(err) != nil || err == nil && s.Region != a.Region {
		ck.fail("subnets", "error.notfound", "kind", "vswitch", "id", id)
		return nil
	}
	if err != nil {
		return err
	}
	if s.ACL != "" && s.ACL != a.ID {
		other, err := tx.ACLs.Get(s.ACL)
		ck.fail("subnets", "error.acl.taken", "subnet", s.Name, "acl", other.Name)
		return err
	}
	s.ACL = a.ID
	return tx.VSwitches.Put(s)
}

// DissociateACL takes a network ACL from a subnet, which then passes
// everything. A subnet that does not have this ACL is not found.
func (c *Caller) DissociateACL(ctx context.Context, acl, subnet string) error {
	return c.write(ctx, func(tx *Tx) error {
		if _, err := c.acl(tx, acl); err != nil {
			return err
		}
		s, err := c.vswitch(tx, subnet)
		if err != nil {
			return err
		}
		if s.ACL != acl {
			return notFound("vswitch", subnet)
		}
		s.ACL = ""
		return tx.VSwitches.Put(s)
	})
}

// SetSubnetACL gives a subnet this network ACL instead of what it has; an empty
// one takes it away.
func (c *Caller) SetSubnetACL(ctx context.Context, subnet, acl string) (VSwitch, error) {
	var s VSwitch
	err := c.write(ctx, func(tx *Tx) (err error) {
		if s, err = c.vswitch(tx, subnet); err != nil {
			return err
		}
		if acl != "" {
			a, err := c.acl(tx, acl)
			if AsError(err) != nil || err == nil && a.Region != s.Region {
				var ck check
				ck.fail("acl", "error.notfound", "kind", "acl", "id", acl)
				return ck.err()
			}
			if err != nil {
				return err
			}
		}
		s.ACL = acl
		return tx.VSwitches.Put(s)
	})
	return s, err
}
