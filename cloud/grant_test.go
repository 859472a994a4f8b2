package cloud_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// grantees are who a service's whitelist holds.
func (b *bench) grantees(service string) (out []string) {
	b.Helper()
	v, err := b.a.Service(b.Context(), service)
	b.ok(err)
	for _, g := range v.Grants {
		out = append(out, g.Grantee)
	}
	return out
}

// TestDomainGrants: TYD-04 to TYD-07, X-25, B.4: the entries of ctyun's
// whitelist, one operation at a time.
func TestDomainGrants(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	s := b.mapped()
	domain := func(id string) string { return cloud.DomainPrefix + id }
	many := func(n int) (out []string) {
		for i := range n {
			out = append(out, domain(fmt.Sprintf("%032d", i)))
		}
		return out
	}
	unknown := "1564ec50ef2a47c791ea5536353ed4b9"
	own, other := b.a.Account(), b.b.Account()
	for _, c := range []struct {
		what    string
		entries []string
		field   string
		key     string
		want    []string // beside the owner
	}{
		{"nothing", nil, "account.1", "error.required", nil},
		{"empty rows", []string{"", " "}, "account.1", "error.required", nil},
		{"a domain ID alone", []string{other.DomainID}, "account.1", "error.grant.domain", nil},
		{"one colon", []string{"iam:domain:" + unknown}, "account.1", "error.grant.domain", nil},
		{"no domain ID", []string{domain("")}, "account.1", "error.grant.domain", nil},
		{"capitals before it", []string{"IAM:DOMAIN::" + unknown}, "account.1", "error.grant.domain", nil},
		{"something behind it", []string{domain(unknown + "x y")}, "account.1", "error.grant.domain", nil},
		{"a star behind it", []string{domain(unknown + "*")}, "account.1", "error.grant.domain", nil},
		{"65 characters", []string{domain(strings.Repeat("a", 65))}, "account.1", "error.grant.domain", nil},
		{"64 characters", []string{domain(strings.Repeat("a", 64))}, "", "", []string{strings.Repeat("a", 64)}},
		{"an unknown one is kept as it is", []string{domain(unknown)}, "", "", []string{unknown}},
		{"an account of this installation, with spaces", []string{" " + domain(other.DomainID) + " "}, "", "", []string{other.ID}},
		{"the ID it has in the other cloud", []string{domain(other.ID)}, "account.1", "error.grant.domain", nil},
		{"the operator", []string{domain(cloud.Operator)}, "account.1", "error.grant.domain", nil},
		{"the own account", []string{domain(own.DomainID)}, "account.1", "error.grant.own", nil},
		{"twice in one form", []string{domain(unknown), "", domain(unknown)}, "account.3", "error.grant.twice", nil},
		{"everybody", []string{"*"}, "", "", []string{"*"}},
		{"everybody, written otherwise", []string{domain("*")}, "", "", []string{"*"}},
		{"everybody in both ways", []string{"*", domain("*")}, "account.2", "error.grant.twice", nil},
		{"a good one and a bad one", []string{domain(unknown), "x"}, "account.2", "error.grant.domain", nil},
		{"50", many(50), "", "", func() (out []string) {
			for _, e := range many(50) {
				out = append(out, strings.TrimPrefix(e, cloud.DomainPrefix))
			}
			return out
		}()},
		{"51", many(51), "account.51", "error.grant.many", nil},
	} {
		err := b.a.AddGrants(ctx, s.ID, c.entries)
		refusal := cloud.AsError(err)
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%s: %v", c.what, err)
		case c.field != "" && (refusal == nil || len(refusal.Fields) != 1 || refusal.Fields[0].Field != c.field || refusal.Fields[0].Key != c.key):
			t.Errorf("%s: %v, want %s at %s", c.what, err, c.key, c.field)
		}
		if got := b.grantees(s.ID); !slices.Equal(got, append([]string{own.ID}, c.want...)) {
			t.Errorf("%s: the whitelist is %v", c.what, got)
		}
		for _, id := range c.want {
			b.ok(b.a.RemoveGrant(ctx, s.ID, id))
		}
	}
	b.invite(s)
	b.refused(b.a.AddGrants(ctx, s.ID, []string{domain(other.DomainID)}), cloud.Invalid, "account.1", "error.grant.twice")
	if e := b.refused(b.a.RemoveGrant(ctx, s.ID, own.ID), cloud.Conflict); e.Key != "error.grant.keep" {
		t.Errorf("the own account is removed: %v", e)
	}
	b.refused(b.a.RemoveGrant(ctx, s.ID, unknown), cloud.NotFound)
	b.refused(b.b.AddGrants(ctx, s.ID, []string{"*"}), cloud.NotFound)
	b.refused(b.b.RemoveGrant(ctx, s.ID, other.ID), cloud.NotFound)
	// The other cloud's whitelists hold accounts by their IDs and nothing else.
	theirs := b.service(cloud.ServiceInput{})
	b.refused(b.a.AddGrants(ctx, theirs.ID, []string{"*"}), cloud.NotFound)
	b.refused(b.a.AddGrant(ctx, s.ID, other.ID), cloud.NotFound)
}

// TestFindByName: TYD-06, TYD-08, TYE-01, TYE-05: 验证 finds a service that the
// account may use in this region, and no other; what is not found looks the
// same whatever the reason is.
func TestFindByName(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	s := b.mapped()
	find := func(c *cloud.Caller, region, name string) bool {
		v, err := c.FindService(ctx, region, name)
		if err != nil {
			e := b.refused(err, cloud.NotFound)
			if e.Key != "error.notfound" || len(e.Blockers) > 0 || e.Args["id"] != strings.TrimSpace(name) {
				t.Errorf("%s in %s is refused with %v", name, region, e)
			}
		}
		return err == nil && v.ID == s.ID
	}
	for _, c := range []struct {
		what         string
		who          *cloud.Caller
		region, name string
		want         bool
	}{
		{"the owner", b.a, guangzhou, s.Name, true},
		{"with spaces around it", b.a, guangzhou, "\t" + s.Name + " ", true},
		{"in another region", b.a, shanghai, s.Name, false},
		{"in the other cloud", b.a, frankfurt, s.Name, false},
		{"a part of the name", b.a, guangzhou, s.Name[:len(s.Name)-1], false},
		{"nothing", b.a, guangzhou, "", false},
		{"a stranger", b.b, guangzhou, s.Name, false},
		{"a stranger by its ID", b.b, guangzhou, s.ID, false},
	} {
		if got := find(c.who, c.region, c.name); got != c.want {
			t.Errorf("%s: found %v", c.what, got)
		}
	}
	_, err := b.b.CreateEndpoint(ctx, guangzhou, b.singleForm(b.b, "vpc-b", s))
	b.refused(err, cloud.Invalid, "servicename", "error.endpoint.service")
	for _, entry := range []string{cloud.DomainPrefix + b.b.Account().DomainID, "*", "iam:domain::*"} {
		b.ok(b.a.AddGrants(ctx, s.ID, []string{entry}))
		if !find(b.b, guangzhou, s.Name) {
			t.Errorf("with %s it is not found", entry)
		}
		b.ok(b.a.RemoveGrant(ctx, s.ID, b.grantees(s.ID)[1]))
		if find(b.b, guangzhou, s.Name) {
			t.Errorf("without %s it is found", entry)
		}
	}
	// The search of the console finds what is open, and only that.
	searched := func() bool {
		hits, _, err := b.b.Search(ctx, []string{guangzhou}, s.Name, 10)
		b.ok(err)
		return slices.ContainsFunc(hits, func(h cloud.Hit) bool { return h.ID == s.ID })
	}
	if searched() {
		t.Error("a stranger searches it")
	}
	b.ok(b.a.AddGrants(ctx, s.ID, []string{"*"}))
	if !searched() {
		t.Error("a service for everybody is not searched")
	}
	// One that is being deleted is found by nobody.
	b.ok(b.a.DeleteService(ctx, s.ID))
	if find(b.a, guangzhou, s.Name) || find(b.b, guangzhou, s.Name) {
		t.Error("a service that is being deleted is found")
	}
}

// TestEvict: endpoints of accounts that were taken off the whitelist go on
// until somebody cuts them, and those of everybody are not cut (TYD-03,
// TYD-06).
func TestEvict(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	s := b.mapped(noApproval)
	b.invite(s)
	theirs, waiting := b.single(b.b, "vpc-b", s), cloud.Endpoint{}
	own := b.single(b.a, "vpcep-client-180815", s)
	_, err := b.a.UpdateService(ctx, s.ID, cloud.ServiceInput{Approval: "yes"})
	b.ok(err)
	waiting = b.single(b.b, "vpc-b", s)
	uninvited := func() (ids []string) {
		list, err := b.a.Uninvited(ctx, s.ID)
		b.ok(err)
		for _, e := range list {
			ids = append(ids, e.ID)
		}
		return ids
	}
	decision := func(c *cloud.Caller, id string) cloud.Decision {
		e, err := c.Endpoint(ctx, id)
		b.ok(err)
		return e.Decision
	}
	them := b.b.Account().ID
	if got := uninvited(); len(got) != 0 {
		t.Errorf("uninvited while they are on the list: %v", got)
	}
	b.ok(b.a.Evict(ctx, s.ID, them))
	if decision(b.b, theirs.ID) != cloud.Allowed {
		t.Error("an invited account was cut")
	}
	b.ok(b.a.RemoveGrant(ctx, s.ID, them))
	if got := uninvited(); !slices.Equal(got, []string{theirs.ID}) {
		t.Errorf("uninvited: %v, want %s", got, theirs.ID)
	}
	b.ok(b.a.AddGrants(ctx, s.ID, []string{"*"}))
	b.ok(b.a.Evict(ctx, s.ID, them))
	if got := uninvited(); len(got) != 0 || decision(b.b, theirs.ID) != cloud.Allowed {
		t.Errorf("with everybody on the list %v are uninvited, theirs is %q", got, decision(b.b, theirs.ID))
	}
	b.ok(b.a.RemoveGrant(ctx, s.ID, cloud.Everybody))
	b.refused(b.b.Evict(ctx, s.ID, them), cloud.NotFound)
	b.ok(b.a.Evict(ctx, s.ID, b.a.Account().ID))
	if decision(b.b, theirs.ID) != cloud.Allowed {
		t.Error("another account was cut")
	}
	b.ok(b.a.Evict(ctx, s.ID, them))
	if decision(b.b, theirs.ID) != cloud.Refused || decision(b.b, waiting.ID) != cloud.Undecided || decision(b.a, own.ID) != cloud.Allowed || len(uninvited()) != 0 {
		t.Errorf("after it: theirs %q, the waiting one %q, the own %q", decision(b.b, theirs.ID), decision(b.b, waiting.ID), decision(b.a, own.ID))
	}
}
