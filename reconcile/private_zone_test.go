package reconcile_test

import (
	"path/filepath"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// TestPrivateZone: a zone answers in the VPCs it is bound to and only there
// (PVZ-10), a CNAME into an endpoint's domain leads to its addresses (PVZ-08),
// the proxy decides about names without a record (PVZ-04), and pausing,
// unbinding and a restart hold for the next question.
func TestPrivateZone(t *testing.T) {
	db := filepath.Join(t.TempDir(), "culvert.db")
	l := start(t, db, "127.112.0.0/14")
	ctx := t.Context()
	l.ok(l.a.BuildLab(ctx, frankfurt))
	l.until("connected", func() bool { return l.endpoint().Connection == cloud.Connected })
	e := l.endpoint()
	inside, outside := l.instance(l.a, "ECS1"), l.instance(l.a, "ECS2")
	dig := func(instance, what string) string {
		return strings.Join(strings.Fields(l.Doors().Terminal(ctx, instance, "dig "+what).Text), " ")
	}
	says := func(instance, what, want string) {
		t.Helper()
		l.until(what+" says "+want, func() bool { return strings.Contains(dig(instance, what), want) })
	}
	z, err := l.a.CreatePrivateZone(ctx, cloud.PrivateZoneInput{Name: "corp.example", Proxy: "no"})
	l.ok(err)
	db1, err := l.a.ChangeRecord(ctx, cloud.AddRecord, z.ID, "", cloud.RecordInput{Host: "db", Type: cloud.CNAME, Value: e.Domain})
	l.ok(err)
	_, err = l.a.ChangeRecord(ctx, cloud.AddRecord, z.ID, "", cloud.RecordInput{Host: "@", Type: cloud.TXT, Value: `say "yes"`})
	l.ok(err)
	_, err = l.a.SetScope(ctx, z.ID, []string{e.VPC})
	l.ok(err)
	ip := e.Zones[0].IP.String()
	says(inside.ID, "+short db.corp.example", e.Domain+". "+ip)
	says(inside.ID, "corp.example TXT", `"say \"yes\""`)
	says(inside.ID, "no.corp.example", "NXDOMAIN")
	if got := dig(outside.ID, "+short db.corp.example"); strings.Contains(got, ip) {
		t.Errorf("a VPC that the zone is not bound to answers %q", got)
	}
	// Another zone takes the name over while this one lets go of it.
	other, err := l.a.CreatePrivateZone(ctx, cloud.PrivateZoneInput{Name: "corp.example", Proxy: "no"})
	l.ok(err)
	_, err = l.a.ChangeRecord(ctx, cloud.AddRecord, other.ID, "", cloud.RecordInput{Host: "db", Type: cloud.A, Value: "10.9.9.9"})
	l.ok(err)
	_, err = l.a.SetScope(ctx, z.ID, nil)
	l.ok(err)
	_, err = l.a.SetScope(ctx, other.ID, []string{e.VPC, outside.VPC})
	l.ok(err)
	says(inside.ID, "+short db.corp.example", "10.9.9.9")
	says(outside.ID, "+short db.corp.example", "10.9.9.9")
	_, err = l.a.SetScope(ctx, other.ID, nil)
	l.ok(err)
	_, err = l.a.SetScope(ctx, z.ID, []string{e.VPC})
	l.ok(err)
	says(inside.ID, "+short db.corp.example", ip)

	_, err = l.a.ChangeRecord(ctx, cloud.PauseRecord, z.ID, db1.ID, cloud.RecordInput{})
	l.ok(err)
	says(inside.ID, "db.corp.example", "NXDOMAIN")
	_, err = l.a.ChangeRecord(ctx, cloud.EnableRecord, z.ID, db1.ID, cloud.RecordInput{})
	l.ok(err)
	says(inside.ID, "+short db.corp.example", ip)
	l.stop()
	l = start(t, db, "127.112.0.0/14")
	says(inside.ID, "+short db.corp.example", ip)
	_, err = l.a.SetScope(ctx, z.ID, nil)
	l.ok(err)
	l.until("the zone is gone", func() bool { return !strings.Contains(dig(inside.ID, "db.corp.example"), ip) })
	l.ok(l.a.DeletePrivateZone(ctx, z.ID))
}
