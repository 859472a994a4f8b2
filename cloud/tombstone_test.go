package cloud_test

import (
	"fmt"
	"slices"
	"testing"

	"culvert.internal/cloud"
)

// TestDeleteMapped: X-26, TYD-10: accepted endpoints keep a service and are
// named with their owners; others do not. While it goes nobody is accepted, and
// then it is a tombstone (X-23, TYD-11) and its endpoints have failed.
func TestDeleteMapped(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	s := b.mapped()
	b.invite(s)
	own, theirs, waits := b.single(b.a, "vpcep-client-180815", s), b.single(b.b, "vpc-b", s), b.single(b.b, "vpc-b", s)
	for _, e := range []cloud.Endpoint{own, theirs} {
		b.ok(b.a.Allow(ctx, s.ID, e.ID, cloud.AllowInput{Auto: true}))
	}
	refusal := b.refused(b.a.DeleteService(ctx, s.ID), cloud.Conflict)
	want := []cloud.Ref{{Kind: "endpoint", ID: own.ID, Name: own.ID, Account: own.Account}, {Kind: "endpoint", ID: theirs.ID, Name: theirs.ID, Account: theirs.Account}}
	if refusal.Key != "error.service.connected" || !slices.Equal(refusal.Blockers, want) {
		t.Errorf("in the way: %v %+v", refusal, refusal.Blockers)
	}
	holders, idle, err := b.a.ServiceHolders(ctx, s.ID)
	if err != nil || !slices.Equal(holders, want) || idle != 1 {
		t.Errorf("held by %v, %d others: %v", holders, idle, err)
	}
	// One that is being deleted keeps it until it is gone, a rejected one does not.
	b.ok(b.a.DeleteEndpoint(ctx, own.ID))
	b.ok(b.a.Deny(ctx, s.ID, theirs.ID))
	if refusal := b.refused(b.a.DeleteService(ctx, s.ID), cloud.Conflict); len(refusal.Blockers) != 1 || refusal.Blockers[0].ID != own.ID {
		t.Errorf("in the way: %+v", refusal.Blockers)
	}
	v, err := b.a.Endpoint(ctx, own.ID)
	b.ok(err)
	b.ok(b.engine.Gone(ctx, v.Zones[0].ID))
	b.refused(b.b.DeleteService(ctx, s.ID), cloud.NotFound)
	b.ok(b.a.DeleteService(ctx, s.ID))
	b.ok(b.a.DeleteService(ctx, s.ID))
	if v, err := b.a.Service(ctx, s.ID); err != nil || v.State != cloud.Deleting {
		t.Errorf("it is %s: %v", v.State, err)
	}
	if _, err := b.a.Tombstone(ctx, s.ID); err == nil {
		t.Error("it has a tombstone before it is gone")
	}
	for _, e := range []cloud.Endpoint{waits, theirs} {
		b.refused(b.a.Allow(ctx, s.ID, e.ID, cloud.AllowInput{Auto: true}), cloud.Conflict)
	}
	b.refused(b.a.Deny(ctx, s.ID, waits.ID), cloud.Conflict)
	before := b.last()
	b.ok(b.engine.ServiceGone(ctx, s.ID))
	b.ok(b.engine.ServiceGone(ctx, s.ID)) // it is asked again
	if b.last() == before {
		t.Error("its end is no event")
	}
	_, err = b.a.Service(ctx, s.ID)
	b.refused(err, cloud.NotFound)
	stone, err := b.a.Tombstone(ctx, s.ID)
	if err != nil || stone.Name != s.Name || !stone.Created.Equal(s.Created) || stone.Deleted.Before(s.Created) {
		t.Errorf("the tombstone is %+v: %v", stone, err)
	}
	_, err = b.b.Tombstone(ctx, s.ID)
	b.refused(err, cloud.NotFound)
	for _, e := range []cloud.Endpoint{waits, theirs} {
		if v, err := b.b.Endpoint(ctx, e.ID); err != nil || v.State != cloud.Failed || !v.NoService {
			t.Errorf("an endpoint of it is %s: %v", v.State, err)
		}
		b.ok(b.b.DeleteEndpoint(ctx, e.ID))
	}
	if err := b.engine.View(ctx, func(tx *cloud.Tx) error {
		for name, count := range map[string]func(cloud.Where) (int, error){"grants": tx.Grants.Count, "resources": tx.Resources.Count} {
			if n, err := count(cloud.Where{"service": s.ID}); err != nil || n != 0 {
				t.Errorf("%d %s are left: %v", n, name, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// A service that nobody deletes is not gone.
	other := b.mapped()
	b.ok(b.engine.ServiceGone(ctx, other.ID))
	if _, err := b.a.Service(ctx, other.ID); err != nil {
		t.Errorf("it is gone by itself: %v", err)
	}
}

// TestTombstones: an account keeps its last hundred in a region, which can be
// searched and sorted.
func TestTombstones(t *testing.T) {
	b := open(t, cloud.Limits{})
	ctx := t.Context()
	var made []cloud.Service
	in := b.mappedForm()
	for n := range 103 {
		in.Name = fmt.Sprintf("web-%03d", n)
		s, err := b.a.CreateService(ctx, guangzhou, in)
		b.ok(err)
		b.ok(b.a.DeleteService(ctx, s.ID))
		b.ok(b.engine.ServiceGone(ctx, s.ID))
		made = append(made, s)
	}
	for _, c := range []struct {
		find  cloud.Find
		total int
		first string
	}{
		{cloud.Find{}, 100, made[3].ID},
		{cloud.Find{Sort: "name", Size: 10}, 100, made[3].ID},
		{cloud.Find{Sort: "deleted", Desc: true, Size: 10}, 100, made[102].ID},
		{cloud.Find{Sort: "created", Desc: true, Page: 10, Size: 10}, 100, made[12].ID},
		{cloud.Find{Words: "WEB-05"}, 10, made[50].ID},
		{cloud.Find{Words: made[99].ID}, 1, made[99].ID},
		{cloud.Find{Words: made[0].ID}, 0, ""},
	} {
		found, err := b.a.FindTombstones(ctx, guangzhou, c.find)
		b.ok(err)
		first := ""
		if len(found.Items) > 0 {
			first = found.Items[0].ID
		}
		if found.Total != c.total || first != c.first {
			t.Errorf("%+v finds %d, the first is %s", c.find, found.Total, first)
		}
	}
	for _, other := range []struct {
		c      *cloud.Caller
		region string
	}{{b.b, guangzhou}, {b.a, shanghai}} {
		if found, err := other.c.FindTombstones(ctx, other.region, cloud.Find{}); err != nil || found.Total != 0 {
			t.Errorf("elsewhere: %d, %v", found.Total, err)
		}
	}
}
