package web_test

import (
	"net/http"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// TestFailedZone: the administrator's page makes a zone fail after asking, every
// page of the region says so to everybody, and restores it; it works without
// scripts (CLB-04).
func TestFailedZone(t *testing.T) {
	k := demo(t)
	admin, other := k.browser(), k.browser()
	admin.as(0)
	other.as(1)
	list := adminPath + "/zones"
	admin.get(list).shows(t, "main", "Frankfurt Zone A", "Frankfurt Zone B", "Hangzhou Zone K", "Make it fail")
	admin.in("zh", list).shows(t, "main", "法兰克福 可用区 B", "设为故障")
	ask := list + "/eu-central-1b/fail"
	if p := other.post(ask); p.status != http.StatusForbidden {
		t.Errorf("who is no administrator gets %d", p.status)
	}
	p := admin.get(ask)
	p.shows(t, "main", "Make Frankfurt Zone B fail?", "Instances that stop working: 4", "Nothing is deleted")
	if p := admin.sendForm(ask, p); p.status != http.StatusSeeOther {
		t.Fatalf("OK answers %d: %s", p.status, p.text("main"))
	}
	admin.get(list).shows(t, "#zone-list", "Failed", "Account A", "Restore")
	for _, b := range []*browser{admin, other} {
		b.get(homePath+"/instances").shows(t, "main", "Frankfurt Zone B has failed", "the zone has failed")
	}
	if p := admin.get(strings.Replace(homePath, "eu-central-1", "cn-hangzhou", 1)); p.Find("#failed-zones[hidden]").Length() != 1 {
		t.Error("another region shows it too")
	}
	if p := admin.get(list + "/eu-central-1z/fail"); p.status != http.StatusNotFound {
		t.Errorf("an unknown zone answers %d", p.status)
	}
	if p := admin.post(list + "/eu-central-1b/restore"); p.status != http.StatusSeeOther {
		t.Fatalf("restoring answers %d", p.status)
	}
	if p := other.get(homePath + "/instances"); strings.Contains(p.text("main"), "has failed") {
		t.Error("a restored zone still stands there as failed")
	}
}

// TestZoneOfConnection: the row of a connection unfolds to its zones with what
// may be done to each; the dialogs work without scripts and keep what was typed
// (ACC-02, B.3, B.8).
func TestZoneOfConnection(t *testing.T) {
	l := tutorial(t)
	s := l.offer()
	second := l.buy("name", "clb-second")
	l.wire(second, "80")
	if err := l.caller.AddResource(t.Context(), s.ID, cloud.ResourceInput{Zone: "eu-central-1b", Balancer: second.ID}); err != nil {
		t.Fatal(err)
	}
	e := l.join(s, "web-from-vpc1")
	if err := l.caller.Allow(t.Context(), s.ID, e.ID, cloud.AllowInput{Auto: true}); err != nil {
		t.Fatal(err)
	}
	l.observe(e.ID, true)
	list := servicePath + "/" + s.ID + "?tab=connections"
	p := l.get(list)
	p.shows(t, "details.row-zones", "Zone B Connected", "Replace Service Resource", "Disconnect Service Resource")
	at := servicePath + "/" + s.ID + "/connections/" + e.ID + "/zones/eu-central-1b/"
	if p := l.get(at + "connect"); p.status != http.StatusOK {
		t.Errorf("the dialog that is not offered answers %d", p.status)
	}
	p = l.get(at + "move")
	p.shows(t, "dialog", "Smooth migration", "Forced migration")
	bad := l.submit(p, "drain", "soon")
	if bad.status != http.StatusUnprocessableEntity || bad.Find("#f-drain-err").Length() != 1 || bad.Find("[name=drain]").AttrOr("value", "") != "soon" {
		t.Errorf("a drain of no number answers %d", bad.status)
	}
	if p := l.submit(p, "mode", cloud.MoveForced); p.status != http.StatusSeeOther {
		t.Fatalf("moving answers %d: %s", p.status, p.text("#errors"))
	}
	p = l.get(list)
	p.shows(t, "details.row-zones", "Zone B Migrated")
	if p := l.submit(l.get(at + "disconnect")); p.status != http.StatusSeeOther {
		t.Fatalf("disconnecting answers %d: %s", p.status, p.text("#errors"))
	}
	l.observe(e.ID, false)
	l.get(list).shows(t, "tbody", "Disconnected", "Allow")
	if p := l.submit(l.get(at + "disconnect")); p.status != http.StatusConflict && p.status != http.StatusUnprocessableEntity {
		t.Errorf("disconnecting once more answers %d", p.status)
	}

	// A resource in use offers to move who uses it.
	if err := l.caller.Allow(t.Context(), s.ID, e.ID, cloud.AllowInput{Auto: true}); err != nil {
		t.Fatal(err)
	}
	l.observe(e.ID, true)
	used := l.endpoint(e.ID).Zones[0]
	resource := servicePath + "/" + s.ID + "/resources/eu-central-1b/" + used.Balancer
	p = l.get(resource + "/remove")
	p.shows(t, "main", "web-from-vpc1", "Replace Service Resource")
	p = l.get(resource + "/replace")
	if p.Find("input[name=endpoints][checked]").Length() != 1 {
		t.Error("the endpoint is not chosen")
	}
	if p := l.submit(p, "mode", cloud.MoveForced); p.status != http.StatusSeeOther {
		t.Fatalf("replacing answers %d: %s", p.status, p.text("#errors"))
	}
	if now := l.endpoint(e.ID).Zones[0]; now.Balancer == used.Balancer {
		t.Error("it was not moved")
	}
	p = l.get(resource + "/remove")
	if p := l.do(http.MethodPost, resource+"/remove", fields(p.Find("main form.form"))); p.status != http.StatusSeeOther {
		t.Errorf("removing what nobody uses answers %d: %s", p.status, p.text("main"))
	}
}
