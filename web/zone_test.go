package web_test

import (
	"net/http"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// TestFailedZone: the administrator's page makes a zone fail after asking, every
// page of the region says so to everybody, and restores it; it works without
// scripts. Parts of open pages that show it fetch themselves again, a stopped
// instance is stopped there too, and a CLB says that its backup zone carries.
func TestFailedZone(t *testing.T) {
	l := tutorial(t)
	clb := clbPath + "/" + l.buy().ID
	if _, err := l.caller.RunInstance(t.Context(), l.ecs["ECS3"].ID, false); err != nil {
		t.Fatal(err)
	}
	k, admin, other := l.k, l.browser, l.k.browser()
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
	for at, part := range map[string]string{"/instances": "#list", "/instances/" + l.ecs["ECS2"].ID: "#standing"} {
		admin.get(homePath+at).shows(t, part+"[data-live~=zone]", "the zone has failed")
	}
	admin.get(homePath+"/instances/"+l.ecs["ECS3"].ID).shows(t, "#standing", "Stopped")
	admin.get(clb).shows(t, "#standing", "the backup zone carries now")
	admin.get(homePath+"/events").shows(t, "tbody", "made the zone fail", "Frankfurt Zone B")
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
	admin.in("zh", homePath+"/events").shows(t, "tbody", "恢复了可用区", "让可用区故障")
	// The hosted console has no regions of its own: its clusters are in Alibaba's.
	hosted := k.browser()
	hosted.asIn(0, "zilliz")
	hosted.get(zillizPath+"/admin/zones").shows(t, "#zone-list", "Hangzhou Zone K", "Make it fail")
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

	// Allow connects it again, and says so; what only a hand assigns is not promised.
	assigned := servicePath + "/" + s.ID + "/resources/eu-central-1b/"
	if p := l.post(assigned+second.ID+"/auto", "auto", "no"); p.status != http.StatusSeeOther {
		t.Fatalf("by hand only answers %d", p.status)
	}
	allow := servicePath + "/" + s.ID + "/connections/" + e.ID + "/allow"
	for _, at := range []string{allow, at + "connect"} {
		if note := l.get(at).text("label:has([value=auto]) small"); !strings.Contains(note, "clb-web") || strings.Contains(note, "clb-second") {
			t.Errorf("automatically it gets %q", note)
		}
	}
	if p := l.post(assigned+second.ID+"/auto", "auto", "yes"); p.status != http.StatusSeeOther {
		t.Fatalf("automatically answers %d", p.status)
	}
	for _, want := range []string{"its connection becomes Connected", "is allowed already"} {
		if p := l.submit(l.get(allow)); p.status != http.StatusSeeOther {
			t.Fatalf("allowing answers %d: %s", p.status, p.text("#errors"))
		}
		l.observe(e.ID, true)
		l.get(list).shows(t, "main .banner", want)
	}

	// A resource in use offers to move who uses it.
	used := l.endpoint(e.ID).Zones[0]
	resource := servicePath + "/" + s.ID + "/resources/eu-central-1b/" + used.Balancer
	p = l.get(resource + "/remove")
	p.shows(t, "main", "web-from-vpc1", "Replace Service Resource")
	p = l.get(resource + "/replace")
	p.shows(t, "main form", "All 1 that use it", "Only those chosen")
	if p.Find("input[name=which][value=all][checked]").Length() != 1 || p.Find("input[name=endpoints]").Length() != 1 {
		t.Error("not all are chosen, or the endpoint cannot be")
	}
	if p := l.submit(p, "which", "some"); p.status != http.StatusUnprocessableEntity || p.Find("#f-endpoints-err").Length() != 1 {
		t.Errorf("none chosen answers %d", p.status)
	}
	if p := l.submit(p, "mode", cloud.MoveForced); p.status != http.StatusSeeOther {
		t.Fatalf("replacing answers %d: %s", p.status, p.text("#errors"))
	}
	l.get(list).shows(t, "main .banner", "New connections of 1 endpoint in")
	l.observe(e.ID, false)
	now := l.endpoint(e.ID).Zones[0]
	moving := servicePath + "/" + s.ID + "/resources/eu-central-1b/" + now.Balancer + "/replace"
	if p := l.get(moving); p.Find("input[name=endpoints]").Length() != 0 {
		t.Error("what cannot be moved now is offered")
	} else if p := l.submit(p); p.status != http.StatusConflict && p.status != http.StatusUnprocessableEntity {
		t.Errorf("moving nothing answers %d", p.status)
	}
	if now.Balancer == used.Balancer {
		t.Error("it was not moved")
	}
	p = l.get(resource + "/remove")
	if p := l.do(http.MethodPost, resource+"/remove", fields(p.Find("main form.form"))); p.status != http.StatusSeeOther {
		t.Errorf("removing what nobody uses answers %d: %s", p.status, p.text("main"))
	}
}
