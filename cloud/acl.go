package cloud

import (
	"context"
	"errors"
	"regexp"
	"time"
	"unicode/utf8"
)

// NetworkACL is a list of rules for what enters and leaves subnets (TYQ-02). A
// subnet has at most one, an ACL may serve subnets of many VPCs of its account
// and region. Only ctyun has them.
//
// It is stateful: rules judge who opens a connection. The rules of a direction
// are judged in their order, the first that is about a flow decides, and what
// none is about is denied. A subnet without an ACL passes everything, and what
// stays inside one subnet is not judged.
type NetworkACL struct {
	ID          string
	Account     string
	Region      string
	Name        string
	Description string
	Created     time.Time
}

func (a NetworkACL) about() about { return about{kind: "acl", id: a.ID, account: a.Account} }

// ACLInput is the form of a network ACL.
type ACLInput struct{ Name, Description string }

// ACLView is a network ACL with how many rules it has in each direction and
// how many subnets it serves.
type ACLView struct {
	NetworkACL
	In, Out, Subnets int
}

// mostACLRules is how many rules a direction of an ACL can have.
const mostACLRules = 100

var aclName = regexp.MustCompile(`^[\p{Han}A-Za-z0-9._-]{1,64}$`)

// aclName checks a name as the vendor's page takes it.
func (c *check) aclName(field, v string) {
	n := utf8.RuneCountInString(v)
	switch {
	case n == 0:
		c.fail(field, "error.required")
	case n > 64:
		c.fail(field, "error.length", "min", "1", "max", "64", "n", itoa(n))
	case !aclName.MatchString(v):
		c.fail(field, "error.acl.name")
	}
}

func (in ACLInput) check() error {
	var ck check
	ck.aclName("name", in.Name)
	ck.description("description", in.Description)
	return ck.err()
}

// HasACLs says whether subnets of the region can have a network ACL.
func (r Region) HasACLs() bool { return r.Cloud == Ctyun }

func (c *Caller) acl(tx *Tx, id string) (NetworkACL, error) {
	a, err := tx.ACLs.Get(id)
	if err != nil || a.Account != c.account.ID {
		return NetworkACL{}, orMissing(err, "acl", id)
	}
	return a, nil
}

// ACL answers one of the account's network ACLs.
func (c *Caller) ACL(ctx context.Context, id string) (ACLView, error) {
	var v ACLView
	err := c.read(ctx, func(tx *Tx) error {
		a, err := c.acl(tx, id)
		if err != nil {
			return err
		}
		all, err := aclViews(tx, []NetworkACL{a})
		v = first(all)
		return err
	})
	return v, err
}

// ACLs answers the account's network ACLs in a region.
func (c *Caller) ACLs(ctx context.Context, region string) ([]NetworkACL, error) {
	var out []NetworkACL
	err := c.read(ctx, func(tx *Tx) (err error) {
		out, err = tx.ACLs.List(Where{"account": c.account.ID, "region": region})
		return err
	})
	return out, err
}

// aclViews counts the rules and the subnets of ACLs.
func aclViews(tx *Tx, list []NetworkACL) ([]ACLView, error) {
	if len(list) == 0 {
		return nil, nil
	}
	ids := each(list, func(a NetworkACL) string { return a.ID })
	in, failed := tx.ACLRules.Tally("acl", Where{"acl": ids, "direction": Ingress})
	out, err := tx.ACLRules.Tally("acl", Where{"acl": ids, "direction": Egress})
	err = errors.Join(failed, err)
	subnets, failed := tx.VSwitches.Tally("acl", Where{"acl": ids})
	if err = errors.Join(failed, err); err != nil {
		return nil, err
	}
	return one(list, func(a NetworkACL) (ACLView, error) {
		return ACLView{a, in[a.ID], out[a.ID], subnets[a.ID]}, nil
	})
}

// FindACLs answers a page of the account's network ACLs in a region: searched
// by ID, name and description, sorted by "name" or "created".
func (c *Caller) FindACLs(ctx context.Context, region string, f Find) (Found[ACLView], error) {
	var out Found[ACLView]
	err := c.read(ctx, func(tx *Tx) (err error) {
		l := lists{
			base:  Where{"account": c.account.ID, "region": region},
			words: []string{"id", "name", "description"},
			sorts: map[string]string{"name": "name", "created": "created"},
		}
		out, err = find(tx.ACLs, f, l, func(rows []NetworkACL) ([]ACLView, error) { return aclViews(tx, rows) })
		return err
	})
	return out, err
}

// CreateACL makes a network ACL without rules: it denies everything to the
// subnets it will be given.
func (c *Caller) CreateACL(ctx context.Context, regionID string, in ACLInput) (NetworkACL, error) {
	r, err := region(regionID)
	if err != nil {
		return NetworkACL{}, err
	}
	if !r.HasACLs() {
		return NetworkACL{}, notFound("acl", r.ID)
	}
	if err := in.check(); err != nil {
		return NetworkACL{}, err
	}
	a := NetworkACL{ID: c.e.newID("acl", r), Account: c.account.ID, Region: r.ID, Name: in.Name, Description: in.Description, Created: now()}
	return a, c.write(ctx, func(tx *Tx) error { return tx.ACLs.Put(a) })
}

// UpdateACL changes the name and the description.
func (c *Caller) UpdateACL(ctx context.Context, id string, in ACLInput) (NetworkACL, error) {
	if err := in.check(); err != nil {
		return NetworkACL{}, err
	}
	var a NetworkACL
	err := c.write(ctx, func(tx *Tx) (err error) {
		if a, err = c.acl(tx, id); err != nil {
			return err
		}
		a.Name, a.Description = in.Name, in.Description
		return tx.ACLs.Put(a)
	})
	return a, err
}

// DeleteACL removes a network ACL with its rules; the subnets it still serves
// stand in the way.
func (c *Caller) DeleteACL(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *Tx) error {
		a, err := c.acl(tx, id)
		if err != nil {
			return err
		}
		blockers, err := aclSubnets(tx, id)
		if err != nil {
			return err
		}
		if len(blockers) > 0 {
			return conflict("error.acl.used", args("name", a.Name), blockers...)
		}
		rules, err := tx.ACLRules.List(Where{"acl": id})
		if err != nil {
			return err
		}
		for _, r := range rules {
			if err := tx.ACLRules.Delete(r.ID); err != nil {
				return err
			}
		}
		return tx.ACLs.Delete(id)
	})
}
