package cloud

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// The actions of an ACL's rule.
const (
	Allow = "allow"
	Deny  = "deny"
)

// ACLRule is one rule of a network ACL. The rules of a direction are numbered
// from 1 without gaps and judged in that order. Ports of 0 are all ports, and
// those of rules for ICMP and for all protocols.
type ACLRule struct {
	ID              string
	Account         string
	ACL             string
	Direction       string // Ingress or Egress
	Order           int
	Action          string // Allow or Deny
	Protocol        string // AnyIP, TCP, UDP or ICMP
	Source          netip.Prefix
	SourceFrom      uint16
	SourceTo        uint16
	Destination     netip.Prefix
	DestinationFrom uint16
	DestinationTo   uint16
	Description     string
	Created         time.Time
}

func (r ACLRule) about() about {
	return about{kind: "aclrule", id: r.ID, account: r.Account, parent: r.ACL}
}

// Ports writes a range of ports as a form takes it, empty for all.
func Ports(from, to uint16) string {
	switch {
	case from == 0:
		return ""
	case from == to:
		return itoa(int(from))
	}
	return itoa(int(from)) + "-" + itoa(int(to))
}

// ACLRuleInput is the form of an ACL's rule. Ports are "80" or "80-90", empty
// for all; Source and Destination are blocks or addresses. Before is the ID of
// the rule that a new one stands before; empty: at the end.
type ACLRuleInput struct {
	Direction, Action, Protocol   string
	Source, SourcePorts           string
	Destination, DestinationPorts string
	Description                   string
	Before                        string
}

// aclRule reads a form; what it does not hold stays as it is.
func (c *check) aclRule(r ACLRule, in ACLRuleInput) ACLRule {
	r.Action = c.oneOf("action", in.Action, "", Allow, Deny)
	r.Protocol = c.oneOf("protocol", in.Protocol, "", AnyIP, TCP, UDP, ICMP)
	r.Source = c.blockOrAddress("source", in.Source)
	r.SourceFrom, r.SourceTo = c.ports("sourceports", r.Protocol, in.SourcePorts)
	r.Destination = c.blockOrAddress("destination", in.Destination)
	r.DestinationFrom, r.DestinationTo = c.ports("destinationports", r.Protocol, in.DestinationPorts)
	r.Description = in.Description
	c.description("description", in.Description)
	return r
}

// blockOrAddress reads a required block; an address is the block of itself.
func (c *check) blockOrAddress(field, v string) netip.Prefix {
	v = strings.TrimSpace(v)
	if a, err := netip.ParseAddr(v); err == nil && a.Is4() {
		return netip.PrefixFrom(a, 32)
	}
	return c.cidr(field, v, 0, 32)
}

// aclRules are the rules of one direction in their order.
func aclRules(tx *Tx, acl, direction string) ([]ACLRule, error) {
	return tx.ACLRules.Page(Query{Where: Where{"acl": acl, "direction": direction}, Order: "order"})
}

// renumber stores rules under the numbers of their places. Only the one that
// somebody moved is an event: the others made room, which nobody did to them.
func renumber(tx *Tx, rules []ACLRule, moved string) error {
	for i, r := range rules {
		if r.Order == i+1 {
			continue
		}
		r.Order = i + 1
		table := unlogged(tx.ACLRules)
		if r.ID == moved {
			table = tx.ACLRules
		}
		if err := table.Put(r); err != nil {
			return err
		}
	}
	return nil
}

// ACLRules answers the rules of one direction in the order they are judged.
func (c *Caller) ACLRules(ctx context.Context, acl, direction string) ([]ACLRule, error) {
	var out []ACLRule
	err := c.read(ctx, func(tx *Tx) error {
		a, err := c.acl(tx, acl)
		if err != nil {
			return err
		}
		out, err = aclRules(tx, a.ID, direction)
		return err
	})
	return out, err
}

// FindACLRules answers a page of one direction of an ACL's rules, in the order
// they are judged unless sorted by "action", "protocol", "source" or
// "destination": searched by description, protocol and blocks, narrowed down by
// "action" and "protocol".
func (c *Caller) FindACLRules(ctx context.Context, acl, direction string, f Find) (Found[ACLRule], error) {
	var out Found[ACLRule]
	err := c.read(ctx, func(tx *Tx) error {
		a, err := c.acl(tx, acl)
		if err != nil {
			return err
		}
		l := lists{
			base:    Where{"acl": a.ID, "direction": direction},
			words:   []string{"description", "protocol", "source", "destination", "action"},
			also:    aclRulePort,
			own:     "order",
			sorts:   map[string]string{"order": "order", "action": "action", "protocol": "protocol", "source": "source", "destination": "destination"},
			filters: map[string]filter{"action": same("action"), "protocol": same("protocol")},
		}
		out, err = find(tx.ACLRules, f, l, plain)
		return err
	})
	return out, err
}

// aclRulePort finds rules by a port they name.
func aclRulePort(word string) ([]Where, error) {
	ports, err := portWhere(word)
	if err != nil || len(ports) == 0 {
		return nil, err
	}
	n := ports[0]["port"]
	return []Where{{"source_from": n}, {"source_to": n}, {"destination_from": n}, {"destination_to": n}}, nil
}

// aclRule answers a rule of one of the account's ACLs.
func (c *Caller) aclRule(tx *Tx, acl, rule string) (ACLRule, error) {
	if _, err := c.acl(tx, acl); err != nil {
		return ACLRule{}, err
	}
	r, err := tx.ACLRules.Get(rule)
	if err != nil || r.ACL != acl {
		return ACLRule{}, orMissing(err, "aclrule", rule)
	}
	return r, nil
}

// ACLRule answers one rule.
func (c *Caller) ACLRule(ctx context.Context, acl, rule string) (ACLRule, error) {
	var r ACLRule
	err := c.read(ctx, func(tx *Tx) (err error) {
		r, err = c.aclRule(tx, acl, rule)
		return err
	})
	return r, err
}

// AddACLRule adds a rule before another one or at the end of its direction.
func (c *Caller) AddACLRule(ctx context.Context, acl string, in ACLRuleInput) (ACLRule, error) {
	var rule ACLRule
	err := c.write(ctx, func(tx *Tx) error {
		a, err := c.acl(tx, acl)
		if err != nil {
			return err
		}
		var ck check
		rule = ck.aclRule(ACLRule{Direction: ck.oneOf("direction", in.Direction, "", Ingress, Egress)}, in)
		rules, err := aclRules(tx, a.ID, rule.Direction)
		if err != nil {
			return err
		}
		at := len(rules)
		if in.Before != "" {
			if at = slices.IndexFunc(rules, func(r ACLRule) bool { return r.ID == in.Before }); at < 0 {
				ck.fail("before", "error.notfound", "kind", "aclrule", "id", in.Before)
			}
		}
		if err := ck.err(); err != nil {
			return err
		}
		if len(rules) >= mostACLRules {
			return &Error{Kind: Exceeded, Key: "error.acl.full", Args: args("name", a.Name, "max", itoa(mostACLRules))}
		}
		r, err := region(a.Region)
		if err != nil {
			return err
		}
		rule.ID, rule.Account, rule.ACL, rule.Order, rule.Created = c.e.newID("aclr", r), a.Account, a.ID, at+1, now()
		if err := renumber(tx, slices.Insert(rules, at, rule), ""); err != nil {
			return err
		}
		return tx.ACLRules.Put(rule)
	})
	return rule, err
}

// UpdateACLRule changes what a rule is about and what it does; it keeps its
// direction and its place.
func (c *Caller) UpdateACLRule(ctx context.Context, acl, rule string, in ACLRuleInput) (ACLRule, error) {
	var r ACLRule
	err := c.write(ctx, func(tx *Tx) (err error) {
		if r, err = c.aclRule(tx, acl, rule); err != nil {
			return err
		}
		var ck check
		r = ck.aclRule(r, in)
		if err := ck.err(); err != nil {
			return err
		}
		return tx.ACLRules.Put(r)
	})
	return r, err
}

// MoveACLRule puts a rule right before another one of its direction, or right
// after it. The place is told by a neighbour and not by a number, so that it
// means the same when somebody else has moved rules meanwhile.
func (c *Caller) MoveACLRule(ctx context.Context, acl, rule, neighbour string, after bool) (ACLRule, error) {
	var r ACLRule
	err := c.write(ctx, func(tx *Tx) (err error) {
		if r, err = c.aclRule(tx, acl, rule); err != nil {
			return err
		}
		rules, err := aclRules(tx, acl, r.Direction)
		if err != nil {
			return err
		}
		rules = slices.DeleteFunc(rules, func(o ACLRule) bool { return o.ID == r.ID })
		at := slices.IndexFunc(rules, func(o ACLRule) bool { return o.ID == neighbour })
		if at < 0 {
			return notFound("aclrule", neighbour)
		}
		if after {
			at++
		}
		if err := renumber(tx, slices.Insert(rules, at, r), r.ID); err != nil {
			return err
		}
		r.Order = at + 1
		return nil
	})
	return r, err
}

// DeleteACLRule removes a rule; those behind it move up.
func (c *Caller) DeleteACLRule(ctx context.Context, acl, rule string) error {
	return c.write(ctx, func(tx *Tx) error {
		r, err := c.aclRule(tx, acl, rule)
		if err != nil {
			return err
		}
		if err := tx.ACLRules.Delete(rule); err != nil {
			return err
		}
		rules, err := aclRules(tx, acl, r.Direction)
		if err != nil {
			return err
		}
		return renumber(tx, rules, "")
	})
}
