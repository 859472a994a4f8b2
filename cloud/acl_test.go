package cloud_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"culvert.internal/cloud"
)

const guangzhou = "cn-gz4"

// subnet makes a subnet in a region with network ACLs.
func (b *bench) subnet(c *cloud.Caller, name string) cloud.VSwitch {
	b.Helper()
	v, err := c.CreateVPC(b.Context(), guangzhou, cloud.VPCInput{Name: "vpc-" + name, CIDR: "10.20.0.0/16"})
	b.ok(err)
	s, err := c.CreateVSwitch(b.Context(), guangzhou, cloud.VSwitchInput{VPC: v.ID, Zone: guangzhou + "a", Name: name, CIDR: "10.20.1.0/24"})
	b.ok(err)
	return s
}

func (b *bench) acl(c *cloud.Caller, name string) cloud.NetworkACL {
	b.Helper()
	a, err := c.CreateACL(b.Context(), guangzhou, cloud.ACLInput{Name: name})
	b.ok(err)
	return a
}

func anyRule(direction, before string) cloud.ACLRuleInput {
	return cloud.ACLRuleInput{Direction: direction, Action: cloud.Allow, Protocol: cloud.AnyIP, Source: "0.0.0.0/0", Destination: "0.0.0.0/0", Before: before}
}

// TestACLForms: what a network ACL and its rules must be like, and whose they
// are (TYQ-02).
func TestACLForms(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	_, err := b.a.CreateACL(ctx, frankfurt, cloud.ACLInput{Name: "fine"})
	b.refused(err, cloud.NotFound)
	for name, want := range map[string]string{"": "error.required", "a b": "error.acl.name", "http://x": "error.acl.name", string(make([]byte, 65)): "error.length"} {
		_, err := b.a.CreateACL(ctx, guangzhou, cloud.ACLInput{Name: name})
		b.refused(err, cloud.Invalid, "name", want)
	}
	a := b.acl(b.a, "acl-web_1.0")
	fine := cloud.ACLRuleInput{
		Direction: cloud.Ingress, Action: cloud.Deny, Protocol: cloud.TCP, Source: "10.1.0.0/16", SourcePorts: "1024-65535",
		Destination: "10.20.1.9", DestinationPorts: "80", Description: "web",
	}
	for _, c := range []struct {
		field, want string
		set         func(*cloud.ACLRuleInput)
	}{
		{"direction", "error.choose", func(in *cloud.ACLRuleInput) { in.Direction = "" }},
		{"direction", "error.choice", func(in *cloud.ACLRuleInput) { in.Direction = "up" }},
		{"action", "error.choose", func(in *cloud.ACLRuleInput) { in.Action = "" }},
		{"action", "error.choice", func(in *cloud.ACLRuleInput) { in.Action = "accept" }},
		{"protocol", "error.choice", func(in *cloud.ACLRuleInput) { in.Protocol = "gre" }},
		{"source", "error.required", func(in *cloud.ACLRuleInput) { in.Source = " " }},
		{"source", "error.cidr", func(in *cloud.ACLRuleInput) { in.Source = "::/0" }},
		{"source", "error.cidr.hostbits", func(in *cloud.ACLRuleInput) { in.Source = "10.1.1.0/16" }},
		{"sourceports", "error.number", func(in *cloud.ACLRuleInput) { in.SourcePorts = "0" }},
		{"destination", "error.cidr", func(in *cloud.ACLRuleInput) { in.Destination = "web" }},
		{"destinationports", "error.rule.range", func(in *cloud.ACLRuleInput) { in.DestinationPorts = "90-80" }},
		{"destinationports", "error.rule.noports", func(in *cloud.ACLRuleInput) { in.Protocol = cloud.ICMP }},
		{"description", "error.length", func(in *cloud.ACLRuleInput) { in.Description = "x" }},
		{"before", "error.notfound", func(in *cloud.ACLRuleInput) { in.Before = "gone" }},
	} {
		in := fine
		c.set(&in)
		_, err := b.a.AddACLRule(ctx, a.ID, in)
		b.refused(err, cloud.Invalid, c.field, c.want)
	}
	r, err := b.a.AddACLRule(ctx, a.ID, fine)
	b.ok(err)
	if r.Order != 1 || r.Destination != prefix("10.20.1.9/32") || cloud.Ports(r.SourceFrom, r.SourceTo) != "1024-65535" || cloud.Ports(r.DestinationFrom, r.DestinationTo) != "80" {
		t.Errorf("stored %+v", r)
	}
	fine.Action, fine.Direction, fine.DestinationPorts = cloud.Allow, cloud.Egress, ""
	r, err = b.a.UpdateACLRule(ctx, a.ID, r.ID, fine)
	b.ok(err)
	if r.Action != cloud.Allow || r.Direction != cloud.Ingress || r.Order != 1 || r.DestinationFrom != 0 {
		t.Errorf("changed to %+v", r)
	}
	// The other account sees and changes none of it.
	_, err = b.b.ACL(ctx, a.ID)
	b.refused(err, cloud.NotFound)
	_, err = b.b.AddACLRule(ctx, a.ID, fine)
	b.refused(err, cloud.NotFound)
	_, err = b.b.UpdateACLRule(ctx, a.ID, r.ID, fine)
	b.refused(err, cloud.NotFound)
	b.refused(b.b.DeleteACLRule(ctx, a.ID, r.ID), cloud.NotFound)
	b.refused(b.b.AssociateACL(ctx, a.ID, []string{b.subnet(b.b, "theirs").ID}), cloud.NotFound)
	b.refused(b.b.DeleteACL(ctx, a.ID), cloud.NotFound)
}

// TestACLSubnets: a subnet has at most one ACL; an ACL serves subnets of many
// VPCs and cannot be deleted while it does.
func TestACLSubnets(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	one, two, theirs := b.subnet(b.a, "one"), b.subnet(b.a, "two"), b.subnet(b.b, "theirs")
	a, other := b.acl(b.a, "a"), b.acl(b.a, "other")
	b.refused(b.a.AssociateACL(ctx, a.ID, nil), cloud.Invalid, "subnets", "error.choose")
	for _, id := range []string{theirs.ID, "gone", b.vswitch(b.a, b.vpc(b.a, "VPC1").ID).ID} {
		b.refused(b.a.AssociateACL(ctx, a.ID, []string{one.ID, id}), cloud.Invalid, "subnets", "error.notfound")
	}
	_, err := b.a.SetSubnetACL(ctx, b.vswitch(b.a, b.vpc(b.a, "VPC1").ID).ID, a.ID)
	b.refused(err, cloud.Invalid, "acl", "error.notfound")
	b.ok(b.a.AssociateACL(ctx, a.ID, []string{one.ID, two.ID, two.ID}))
	b.refused(b.a.AssociateACL(ctx, other.ID, []string{two.ID}), cloud.Invalid, "subnets", "error.acl.taken")
	v, err := b.a.ACL(ctx, a.ID)
	b.ok(err)
	if v.Subnets != 2 {
		t.Errorf("serves %d subnets", v.Subnets)
	}
	e := b.refused(b.a.DeleteACL(ctx, a.ID), cloud.Conflict)
	if len(e.Blockers) != 2 || e.Blockers[0].Kind != "vswitch" || e.Blockers[0].Name != "one" {
		t.Errorf("blockers %+v", e.Blockers)
	}
	b.refused(b.a.DissociateACL(ctx, other.ID, one.ID), cloud.NotFound)
	b.ok(b.a.DissociateACL(ctx, a.ID, one.ID))
	_, err = b.a.SetSubnetACL(ctx, two.ID, other.ID)
	b.ok(err)
	seen, err := b.a.VSwitch(ctx, two.ID)
	b.ok(err)
	if seen.ACL != other.ID || seen.ACLName != "other" {
		t.Errorf("the subnet has %q (%s)", seen.ACL, seen.ACLName)
	}
	b.ok(b.a.DeleteACL(ctx, a.ID))
	// Deleting the subnet needs nothing more.
	b.ok(b.a.DeleteVSwitch(ctx, two.ID))
	hits, _, err := b.a.Search(ctx, []string{guangzhou}, "other", 5)
	b.ok(err)
	if len(hits) != 1 || hits[0].Kind != "acl" || hits[0].ID != other.ID {
		t.Errorf("the search finds %+v", hits)
	}
	found, err := b.a.FindACLs(ctx, guangzhou, cloud.Find{Words: "OTH", Sort: "name", Size: 20})
	b.ok(err)
	if found.Total != 1 || found.Items[0].ID != other.ID {
		t.Errorf("the list finds %+v", found)
	}
}

// TestACLOrder compares inserting, moving and deleting rules with a plain list:
// the rules are numbered from 1 without gaps, each direction on its own.
// TestACLEvents: who puts a rule first has changed that rule alone, whatever
// made room for it.
func TestACLEvents(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	a := b.acl(b.a, "acl")
	var ids []string
	for range 4 {
		rule, err := b.a.AddACLRule(ctx, a.ID, anyRule(cloud.Ingress, ""))
		b.ok(err)
		ids = append(ids, rule.ID)
	}
	since := b.last()
	first, err := b.a.AddACLRule(ctx, a.ID, anyRule(cloud.Ingress, ids[0]))
	b.ok(err)
	_, err = b.a.MoveACLRule(ctx, a.ID, ids[3], first.ID, false)
	b.ok(err)
	b.ok(b.a.DeleteACLRule(ctx, a.ID, first.ID))
	var got []string
	b.ok(b.engine.View(ctx, func(tx *cloud.Tx) error {
		events, err := tx.Events.Since(since, 100)
		for _, e := range events {
			got = append(got, string(e.Operation)+" "+e.Resource)
		}
		return err
	}))
	if want := []string{"create " + first.ID, "update " + ids[3], "delete " + first.ID}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestACLOrder(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		a := b.acl(b.a, fmt.Sprint("acl-", n))
		want := map[string][]string{}
		for range rapid.IntRange(1, 8).Draw(r, "steps") {
			d := rapid.SampledFrom([]string{cloud.Ingress, cloud.Egress}).Draw(r, "direction")
			some := func(what string) int { return rapid.IntRange(0, len(want[d])-1).Draw(r, what) }
			switch what := rapid.SampledFrom([]string{"add", "insert", "move", "delete"}).Draw(r, "step"); {
			case what == "add" || len(want[d]) == 0:
				rule, err := b.a.AddACLRule(ctx, a.ID, anyRule(d, ""))
				b.ok(err)
				want[d] = append(want[d], rule.ID)
			case what == "insert":
				at := some("before")
				rule, err := b.a.AddACLRule(ctx, a.ID, anyRule(d, want[d][at]))
				b.ok(err)
				want[d] = slices.Insert(want[d], at, rule.ID)
			case what == "move" && len(want[d]) > 1:
				id, neighbour, after := want[d][some("moved")], want[d][some("neighbour")], rapid.Bool().Draw(r, "after")
				_, err := b.a.MoveACLRule(ctx, a.ID, id, neighbour, after)
				if id == neighbour {
					b.refused(err, cloud.NotFound)
					break
				}
				b.ok(err)
				want[d] = slices.DeleteFunc(want[d], func(o string) bool { return o == id })
				at := slices.Index(want[d], neighbour)
				if after {
					at++
				}
				want[d] = slices.Insert(want[d], at, id)
			case what == "delete":
				at := some("deleted")
				b.ok(b.a.DeleteACLRule(ctx, a.ID, want[d][at]))
				want[d] = slices.Delete(want[d], at, at+1)
			}
		}
		for d, ids := range want {
			rules, err := b.a.ACLRules(ctx, a.ID, d)
			b.ok(err)
			for i, rule := range rules {
				if rule.Order != i+1 || i >= len(ids) || rule.ID != ids[i] {
					r.Fatalf("%s: rule %d has the order %d: %v, want %v", d, i, rule.Order, rules, ids)
				}
			}
			if len(rules) != len(ids) {
				r.Fatalf("%s: %d rules, want %d", d, len(rules), len(ids))
			}
		}
	})
}

// TestACLTwoEditors: what one has not seen is not overwritten: a rule that was
// changed or deleted meanwhile, and the ACL a subnet was given.
func TestACLTwoEditors(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	a, s := b.acl(b.a, "a"), b.subnet(b.a, "one")
	r, err := b.a.AddACLRule(ctx, a.ID, anyRule(cloud.Ingress, ""))
	b.ok(err)
	since := b.last()
	in := anyRule(cloud.Ingress, "")
	in.Protocol, in.SourcePorts = cloud.TCP, "1024-2048"
	_, err = b.a.UpdateACLRule(ctx, a.ID, r.ID, in)
	b.ok(err)
	mine := anyRule(cloud.Ingress, "")
	mine.Protocol, mine.SourcePorts = cloud.UDP, "1-9"
	_, err = b.a.Since(since).UpdateACLRule(ctx, a.ID, r.ID, mine)
	e := b.refused(err, cloud.Conflict, "protocol", "error.changed.to", "sourceports", "error.changed.to")
	at := slices.IndexFunc(e.Fields, func(f cloud.FieldError) bool { return f.Field == "sourceports" })
	if len(e.Fields) != 2 || !slices.Equal(e.Fields[at].Theirs, []string{"1024-2048"}) {
		t.Errorf("told %+v", e.Fields)
	}
	e = b.refused(b.a.Since(since).DeleteACLRule(ctx, a.ID, r.ID), cloud.Conflict)
	if e.Key != cloud.Overtaken {
		t.Errorf("deleting what was changed says %s", e.Key)
	}
	_, err = b.a.SetSubnetACL(ctx, s.ID, a.ID)
	b.ok(err)
	_, err = b.a.Since(since).SetSubnetACL(ctx, s.ID, b.acl(b.a, "mine").ID)
	e = b.refused(err, cloud.Conflict, "acl", "error.changed.to")
	if e.Fields[0].Args["value"] != "a" {
		t.Errorf("told %+v", e.Fields)
	}
	// Only renamed meanwhile: the subnet's ACL is not the name's business.
	since = b.last()
	_, err = b.a.UpdateVSwitch(ctx, s.ID, cloud.VSwitchInput{Name: "renamed"})
	b.ok(err)
	_, err = b.a.Since(since).SetSubnetACL(ctx, s.ID, "")
	b.ok(err)
}
