package web_test

import (
	"net/http"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// site is a VPC of ctyun with a subnet and a cloud server, for account A.
func (b *browser) site() (*cloud.Caller, cloud.VPC, cloud.VSwitch, cloud.Instance) {
	t := b.k.t
	t.Helper()
	a := b.asIn(0, "ctyun")
	b.get("/login?lang=en")
	c, ctx := b.k.engine.As(a), t.Context()
	v, err := c.CreateVPC(ctx, "cn-gz4", cloud.VPCInput{Name: "prod", CIDR: "192.168.0.0/16"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.CreateVSwitch(ctx, "cn-gz4", cloud.VSwitchInput{VPC: v.ID, Zone: "cn-gz4a", Name: "subnet-a", CIDR: "192.168.1.0/24"})
	if err != nil {
		t.Fatal(err)
	}
	i, err := c.CreateInstance(ctx, "cn-gz4", cloud.InstanceInput{Name: "web-1", VSwitch: s.ID, Program: cloud.ProgramWeb, Port: "8080"})
	if err != nil {
		t.Fatal(err)
	}
	return c, v, s, i
}

// TYS-10: an instance's page lists its NICs; secondary ones come, change their
// groups and go, and mistakes are told at their fields.
func TestNICPages(t *testing.T) {
	b := demo(t).browser()
	c, v, s, i := b.site()
	at := ctyunPath + "/instances/" + i.ID
	b.get(at).says(t, "Primary NIC", i.IP.String())
	new := at + "/nics/new"
	b.get(new).says(t, "subnet-a", "prod")
	for _, bad := range []struct{ field, value, says string }{
		{"vswitch", "", "Choose"},
		{"ip", i.IP.String(), "web-1"},
		{"ip", "10.0.0.1", "subnet-a"},
		{"groups", "sg-x", "sg-x"},
	} {
		p := b.post(new, changed([]string{"vswitch", s.ID, "ip", "", "groups", ""}, bad.field, bad.value)...)
		if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem(bad.field), bad.says) {
			t.Errorf("%s=%q answers %d %q", bad.field, bad.value, p.status, p.problem(bad.field))
		}
	}
	b.follow(b.post(new, "vswitch", s.ID, "ip", "192.168.1.77")).says(t, "web-1 has a secondary NIC at 192.168.1.77", "Secondary NIC")
	nics, err := c.NICs(t.Context(), "cn-gz4", i.ID)
	if err != nil || len(nics) != 1 {
		t.Fatalf("%v %v", nics, err)
	}
	b.get(ctyunPath+"/instances?q=192.168.1.77").says(t, "web-1")
	b.get(ctyunPath+"/vswitches/"+s.ID).says(t, "192.168.1.77", nics[0].Twin.String())
	g, err := c.CreateSecurityGroup(t.Context(), "cn-gz4", cloud.GroupInput{VPC: v.ID, Name: "sg-narrow", Template: cloud.TemplateEmpty})
	if err != nil {
		t.Fatal(err)
	}
	nic := at + "/nics/" + nics[0].ID
	if p := b.post(nic + "/groups"); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem("groups"), "Choose") {
		t.Errorf("no groups answer %d %q", p.status, p.problem("groups"))
	}
	b.follow(b.post(nic+"/groups", "groups", g.ID)).says(t, "sg-narrow")
	b.get(nic+"/delete").says(t, "192.168.1.77 becomes free in subnet subnet-a")
	b.follow(b.post(nic+"/delete")).says(t, "secondary NIC 192.168.1.77 is removed")
	if p := b.get(nic + "/groups"); p.status != http.StatusNotFound {
		t.Errorf("a removed NIC answers %d", p.status)
	}
	b.get(ctyunPath+"/events").says(t, "added the secondary NIC", "changed the groups of the secondary NIC", "removed the secondary NIC")

	// The other console has none of it.
	l := tutorial(t)
	ecs1 := l.ecs["ECS1"]
	if p := l.get(homePath + "/instances/" + ecs1.ID); p.Find("#nics").Length() != 0 {
		t.Error("an ECS has NICs")
	}
	for _, path := range []string{"/instances/" + ecs1.ID + "/nics/new", "/idcs", "/idcs/new", "/idcs/host"} {
		if p := l.get(homePath + path); p.status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, p.status)
		}
	}
}

// TYN-03, X-20: networks on premises: this host first, then the account's own,
// with commands to be a client and routes for three systems.
func TestIDCPages(t *testing.T) {
	b := demo(t).browser()
	c, v, _, i := b.site()
	at := ctyunPath + "/idcs"
	p := b.get(at)
	p.says(t, "This host", "Not attached", "No on-premises network yet")
	b.follow(b.post(ctyunPath+"/vpcs/"+v.ID+"/host", "attach", "yes", "from", "idcs")).says(t, "prod")
	if first := b.get(at).Find("tbody tr").First().Text(); !strings.Contains(first, "This host") || !strings.Contains(first, "prod") {
		t.Errorf("the first row says %q", first)
	}
	fine := []string{"name", "HQ", "link", "direct", "cidr", "10.8.0.0/24", "gateway", "", "vpc", v.ID}
	for _, bad := range []struct{ field, value, says string }{
		{"name", "", "Needs a value"},
		{"cidr", "10.8.0.1/24", "10.8.0.0/24"},
		{"cidr", "192.168.9.0/24", "overlaps 192.168.0.0/16 of VPC prod"},
		{"cidr", "198.19.128.0/24", "198.19.128.0/20"},
		{"gateway", "10.9.0.1", "10.8.0.0/24"},
		{"link", "x", "x"},
		{"vpc", "gone", "gone"},
	} {
		p := b.post(at+"/new", changed(fine, bad.field, bad.value)...)
		if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem(bad.field), bad.says) {
			t.Errorf("%s=%q answers %d %q", bad.field, bad.value, p.status, p.problem(bad.field))
		}
	}
	made := b.follow(b.post(at+"/new", fine...))
	list, err := c.IDCs(t.Context(), "cn-gz4", "")
	if err != nil || len(list) != 1 {
		t.Fatalf("%v %v", list, err)
	}
	idc := list[0]
	made.says(t, "HQ", "Direct Connect", idc.Twin.String(), "10.8.0.10 is "+idc.TwinOf(idc.Client()).String()+" on this host")
	page := at + "/" + idc.ID
	b.get(page+"?to=192.168.1.200").says(t,
		"sudo ip route add 192.168.1.200/32 via 10.8.0.1", "route -p add 192.168.1.200 mask 255.255.255.255 10.8.0.1",
		"sudo route -n add -host 192.168.1.200 10.8.0.1")
	if p := b.get(page + "?to=nonsense"); !strings.Contains(p.problem("to"), "nonsense") {
		t.Errorf("nonsense is told as %q", p.problem("to"))
	}
	b.get(ctyunPath+"/vpcs/"+v.ID).says(t, "HQ", "10.8.0.0/24")
	b.get(ctyunPath+"/vpcs/"+v.ID+"/delete").says(t, "on-premises network HQ")
	if p := b.get(ctyunPath + "/why?vpc=" + v.ID + "&source=10.8.0.20&target=" + i.IP.String()); p.Find(`select[name=from] option[selected]`).AttrOr("value", "") != "idc:"+idc.ID+"/"+v.ID {
		t.Errorf("an attempt from the IDC is asked about as %q", p.Find(`select[name=from] option[selected]`).Text())
	}
	for _, from := range []string{"idc:gone/" + v.ID, "idc:" + idc.ID + "/gone", "idc:"} {
		if p := b.get(ctyunPath + "/why?from=" + from + "&target=" + i.IP.String() + "&port=80"); p.problem("from") == "" {
			t.Errorf("from=%s answers %d %q", from, p.status, p.text("main"))
		}
	}

	b.follow(b.post(page+"/attach", "vpc", "")).says(t, "HQ is detached", "Attached to no VPC")
	if p := b.post(page+"/attach", "vpc", "gone"); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem("vpc"), "gone") {
		t.Errorf("no such VPC answers %d %q", p.status, p.problem("vpc"))
	}
	b.follow(b.post(page+"/attach", "vpc", v.ID)).says(t, "HQ is attached to prod")
	b.follow(b.post(page+"/edit", "name", "HQ 2", "link", "vpn", "gateway", "10.8.0.254")).says(t, "HQ 2", "10.8.0.254")
	b.get(at+"?q=10.8").says(t, "HQ 2", "This host")
	b.get(at+"?q=zzz").says(t, "This host", "zzz")
	b.get(page+"/delete").says(t, "Its clients no longer reach prod")
	b.follow(b.post(page+"/delete")).says(t, "HQ 2 is deleted")
}
