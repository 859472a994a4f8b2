package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

const instancePath = homePath + "/instances"

func (l *lab) instance(name string) cloud.InstanceView {
	l.k.t.Helper()
	all, err := l.caller.Instances(l.k.t.Context(), "eu-central-1", "")
	if err != nil {
		l.k.t.Fatal(err)
	}
	for _, i := range all {
		if i.Name == name {
			return i
		}
	}
	l.k.t.Fatalf("no instance %s", name)
	return cloud.InstanceView{}
}

// ALI-05: an instance created without a group uses the VPC's default group,
// which the system makes; the page says so before and after.
func TestInstanceWithoutGroups(t *testing.T) {
	l := tutorial(t)
	at := instancePath + "/new"
	p := l.get(at + "?vswitch=" + l.vswitch(l.vpc1))
	p.says(t, "Choose none and the VPC's default group is used", "ICMP, SSH 22 and RDP 3389 in", "sg-vpc1")
	p = l.follow(l.press(at, p, "name", "ECS9", "program", "web", "port", "8080", "text", "Hello"))
	p.says(t, "Instance ECS9 is created at 10.10.2.2", "sg-default", "port 8080")
	i := l.instance("ECS9")
	g, err := l.caller.SecurityGroup(t.Context(), i.Groups[0])
	if err != nil || !g.Default || g.VPC != l.vpc1.ID {
		t.Fatalf("its group is %+v, %v", g.SecurityGroup, err)
	}
	l.get(groupPath+"/"+g.ID).says(t, "default group", "Made by the system when an instance was created without a group", "Members of sg-default")
}

// ALI-03: address, groups and program as chosen. The groups offered are those
// of the vSwitch's VPC; others are taken out with a message.
func TestInstanceWithEverything(t *testing.T) {
	l := tutorial(t)
	at := instancePath + "/new"
	l.get(at).says(t, "Choose a vSwitch first")
	p := l.again(at, l.get(at), "", "", "vswitch", l.vswitch(l.vpc2), "name", "ECS8", "ip", "192.168.24.20")
	g := l.group("sg-default")
	if p.Find(`input[name="groups"][value="`+g.ID+`"]`).Length() != 1 || strings.Contains(p.main(), l.group("sg-vpc1").ID) {
		t.Fatalf("the groups offered are not VPC2's: %s", p.main())
	}
	moved := l.again(at, p, "", "", "groups", g.ID, "vswitch", l.vswitch(l.vpc1))
	moved.says(t, "“Security groups” no longer fits and was cleared")
	if v := fields(moved.Find("main form.form")); len(v["groups"]) != 0 || v.Get("name") != "ECS8" || v.Get("ip") != "192.168.24.20" {
		t.Errorf("after another vSwitch the form holds %v", v)
	}
	l.follow(l.press(at, p, "groups", g.ID, "program", "echo", "port", "")).says(t, "Echo, port 7", "192.168.24.20")
	if i := l.instance("ECS8"); !slices.Equal(i.Groups, []string{g.ID}) || i.Program != cloud.ProgramEcho || i.Port != 7 {
		t.Errorf("stored: %+v", i.Instance)
	}
}

// an address outside the vSwitch is refused with the reason; so is
// every other mistake, at its field.
func TestInstanceMistakes(t *testing.T) {
	l := tutorial(t)
	at := instancePath + "/new"
	fine := []string{"name", "fine", "vswitch", l.vswitch(l.vpc2), "ip", "", "groups", "", "program", "web", "port", "80", "text", ""}
	for _, c := range []struct{ field, value, says string }{
		{"name", "x", "2 to 128"},
		{"vswitch", "", "Choose"},
		{"vswitch", "vsw-gone", "no vSwitch vsw-gone"},
		{"ip", "192.168.20.200", "192.168.24.0/24"},
		{"ip", "10.0.0.2", "192.168.24.0/24"},
		{"ip", "192.168.24.11", "ECS2"},
		{"ip", "192.168.24.255", "reserved"},
		{"ip", "ECS3", "ECS3"},
		{"groups", l.group("sg-vpc1").ID, "not in this VPC"},
		{"program", "nginx", "nginx"},
		{"port", "0", "65535"},
		{"port", "http", "http"},
		{"text", strings.Repeat("x", 4097), "4096"},
	} {
		p := l.post(at, withoutEmptyGroups(changed(fine, c.field, c.value))...)
		if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem(c.field), c.says) {
			t.Errorf("%s=%q answers %d %q", c.field, c.value, p.status, p.problem(c.field))
		}
		if c.field != "groups" && c.field != "vswitch" && c.field != "program" && p.value(c.field) != c.value {
			t.Errorf("%s=%q came back as %q", c.field, c.value, p.value(c.field))
		}
	}
}

// withoutEmptyGroups leaves the group out that nobody ticked, as a browser
// does.
func withoutEmptyGroups(pairs []string) []string {
	i := slices.Index(pairs, "groups")
	if i >= 0 && pairs[i+1] == "" {
		return slices.Delete(slices.Clone(pairs), i, i+2)
	}
	return pairs
}

func TestInstanceEditGroupsRunDelete(t *testing.T) {
	l := tutorial(t)
	i := l.ecs["ECS2"]
	at := instancePath + "/" + i.ID
	p := l.get(at + "/edit")
	if p.value("name") != "ECS2" || p.value("program") != "web" || p.value("port") != "80" || p.value("text") == "" {
		t.Errorf("the form holds %v", fields(p.Find("main form.form")))
	}
	if p := l.press(at+"/edit", p, "port", "x"); p.status != http.StatusUnprocessableEntity || p.problem("port") == "" || p.value("port") != "x" {
		t.Errorf("a wrong port answers %d %q", p.status, p.problem("port"))
	}
	l.follow(l.press(at+"/edit", p, "name", "ECS2b", "program", "none")).says(t, "ECS2b", "python3 -m http.server --bind "+i.Twin.String())

	p = l.get(at + "/groups")
	if v := fields(p.Find("main form.form")); !slices.Equal(v["groups"], i.Groups) {
		t.Errorf("ticked: %v, carried: %v", v["groups"], i.Groups)
	}
	if p := l.post(at + "/groups"); p.status != http.StatusUnprocessableEntity || p.problem("groups") == "" {
		t.Errorf("no group answers %d %q", p.status, p.problem("groups"))
	}
	g, err := l.caller.CreateSecurityGroup(t.Context(), "eu-central-1", cloud.GroupInput{VPC: l.vpc2.ID, Name: "sg-new", Template: cloud.TemplateOpen})
	if err != nil {
		t.Fatal(err)
	}
	l.follow(l.post(at+"/groups", "groups", g.ID, "groups", i.Groups[0])).says(t, "sg-new", "sg-default")

	l.follow(l.post(at+"/run", "running", "no")).says(t, "ECS2b is stopped", "Stopped", "opens nothing")
	if p := l.get(at); p.Find("#cmd[disabled]").Length() != 1 {
		t.Error("the terminal of a stopped instance takes commands")
	}
	l.follow(l.post(at+"/run", "running", "yes")).says(t, "ECS2b is started", "Running")

	// A backend server is not deleted: the CLB is named, with a link.
	a := l.k.browser()
	a.as(0)
	if err := l.caller.BuildLab(t.Context(), "eu-central-1"); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*page{l.get(at + "/delete"), l.post(at + "/delete")} {
		p.says(t, "CLB instance clb-web", "is a backend of")
		if !strings.Contains(strings.Join(p.hrefs(".banner"), " "), "/load-balancers/lb-") {
			t.Errorf("the CLB is not linked: %v", p.hrefs(".banner"))
		}
	}
	if p := l.post(at + "/delete"); p.status != http.StatusConflict {
		t.Errorf("deleting answers %d", p.status)
	}
	ecs1 := instancePath + "/" + l.ecs["ECS1"].ID
	l.get(ecs1+"/delete").says(t, "10.10.2.1 becomes free in vSwitch vsw-vpc1-b")
	l.follow(l.post(ecs1+"/delete")).says(t, "Instance ECS1 is deleted")
	l.get(instancePath+"?q=192.168.24.12").says(t, "ECS3")
}

func TestInstanceBelongsToAccountAndRegion(t *testing.T) {
	l := tutorial(t)
	other := l.k.browser()
	other.as(1)
	for _, path := range []string{"", "/edit", "/groups", "/delete"} {
		if p := other.get(instancePath + "/" + l.ecs["ECS1"].ID + path); p.status != http.StatusNotFound {
			t.Errorf("account B gets %d from %q", p.status, path)
		}
	}
	for _, path := range []string{"", "/edit", "/groups", "/run", "/delete"} {
		if p := other.post(instancePath+"/"+l.ecs["ECS1"].ID+path, "cmd", "help", "running", "no", "name", "mine"); p.status != http.StatusNotFound {
			t.Errorf("account B gets %d posting to %q", p.status, path)
		}
	}
	if p := l.get("/aliyun/cn-shenzhen/instances/" + l.ecs["ECS1"].ID); p.status != http.StatusNotFound {
		t.Errorf("Hangzhou answers %d", p.status)
	}
	l.get("/aliyun/cn-shenzhen/instances").says(t, "No instance in this region yet")
	l.get("/aliyun/cn-shenzhen/instances/new").says(t, "There is no vSwitch yet", "Create vSwitch")
}
