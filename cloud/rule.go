package cloud

import (
	"cmp"
	"context"
	"net/netip"
	"strings"
	"time"
)

// The values of a rule's fields.
const (
	Ingress = "ingress"
	Egress  = "egress"
	Accept  = "accept"
	Drop    = "drop"
	AnyIP   = "all"
	ICMP    = "icmp"
	TCP     = "tcp"
	UDP     = "udp"
)

// SecurityRule is one rule of a group. Peer is the source of an ingress rule
// and the destination of an egress rule: a block, or, when PeerGroup is set,
// the members of that group. PortFrom and PortTo are 0 for all ports and for
// ICMP. Priority is 1 (first) to 100; among equals a drop rule wins.
type SecurityRule struct {
	ID          string
	Account     string
	Group       string
	Direction   string
	Policy      string
	Priority    int
	Protocol    string
	PortFrom    uint16
	PortTo      uint16
	Peer        netip.Prefix
	PeerGroup   string
	Description string
	Created     time.Time
}

func (r SecurityRule) about() about {
	return about{kind: "rule", id: r.ID, account: r.Account, parent: r.Group}
}

// RuleInput is the form of a rule. Ports is "80", "80/443" or "80-443", empty
// or "-1/-1" for all; Peer is a block, an address or a group ID.
type RuleInput struct {
	Direction, Policy, Priority, Protocol, Ports, Peer, Description string
}

// ruleOrder sorts rules as they are judged: by priority, drop before accept.
func ruleOrder(a, b SecurityRule) int {
	return cmp.Or(cmp.Compare(a.Direction, b.Direction)*-1, cmp.Compare(a.Priority, b.Priority), cmp.Compare(b.Policy, a.Policy), a.Created.Compare(b.Created))
}

// AddRule adds a rule to a group.
func (c *Caller) AddRule(ctx context.Context, group string, in RuleInput) (SecurityRule, error) {
	var rule SecurityRule
	err := c.write(ctx, func(tx *Tx) error {
		g, err := c.group(tx, group)
		if err != nil {
			return err
		}
		var ck check
		rule, err = c.rule(tx, &ck, g, in)
		if err != nil {
			return err
		}
		if err := ck.err(); err != nil {
			return err
		}
		r, err := region(g.Region)
		if err != nil {
			return err
		}
		rule.ID, rule.Account, rule.Group, rule.Created = c.e.newID("sgr", r), g.Account, g.ID, now()
		return tx.SecurityRules.Put(rule)
	})
	return rule, err
}

func (c *Caller) rule(tx *Tx, ck *check, g SecurityGroup, in RuleInput) (SecurityRule, error) {
	rule := SecurityRule{
		Direction:   ck.oneOf("direction", in.Direction, "", Ingress, Egress),
		Policy:      ck.oneOf("policy", in.Policy, Accept, Accept, Drop),
		Protocol:    ck.oneOf("protocol", in.Protocol, "", AnyIP, TCP, UDP, ICMP),
		Priority:    ck.number("priority", in.Priority, 1, 1, 100),
		Description: in.Description,
	}
	ck.description("description", in.Description)
	rule.PortFrom, rule.PortTo = ck.ports("ports", rule.Protocol, in.Ports)
	peer := strings.TrimSpace(in.Peer)
	switch {
	case peer == "":
		ck.fail("peer", "error.required")
	case strings.HasPrefix(peer, "sg-") || isUUID(peer):
		other, err := c.group(tx, peer)
		if err != nil || other.VPC != g.VPC {
			if err != nil && AsError(err) == nil {
				return rule, err
			}
			ck.fail("peer", "error.rule.group", "value", peer)
		}
		rule.PeerGroup = peer
	case !strings.Contains(peer, "/"):
		a, err := netip.ParseAddr(peer)
		if err != nil || !a.Is4() {
			ck.fail("peer", "error.rule.peer", "value", peer)
			break
		}
		rule.Peer = netip.PrefixFrom(a, 32)
	default:
		rule.Peer = ck.cidr("peer", peer, 0, 32)
	}
	return rule, nil
}

// ports reads a port range; all ports and ICMP are 0, 0.
func (c *check) ports(field, protocol, v string) (from, to uint16) {
	v = strings.TrimSpace(v)
	if protocol != TCP && protocol != UDP {
		if protocol != "" && v != "" && v != "-1/-1" {
			c.fail(field, "error.rule.noports")
		}
		return 0, 0
	}
	if v == "" || v == "-1/-1" {
		return 0, 0
	}
	lo, hi, ranged := strings.Cut(strings.ReplaceAll(v, "-", "/"), "/")
	if !ranged {
		hi = lo
	}
	f := c.number(field, lo, 0, 1, 65535)
	if c.bad(field) {
		return 0, 0
	}
	t := c.number(field, hi, 0, 1, 65535)
	if !c.bad(field) && t < f {
		c.suggest(field, "error.rule.range", itoa(t)+"/"+itoa(f), "from", itoa(f), "to", itoa(t))
	}
	return uint16(f), uint16(t)
}

// DeleteRule removes a rule.
func (c *Caller) DeleteRule(ctx context.Context, group, rule string) error {
	return c.write(ctx, func(tx *Tx) error {
		if _, err := c.group(tx, group); err != nil {
			return err
		}
		r, err := tx.SecurityRules.Get(rule)
		if err != nil || r.Group != group {
			return orMissing(err, "rule", rule)
		}
		return tx.SecurityRules.Delete(rule)
	})
}
