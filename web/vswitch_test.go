package web_test

import (
	"net/http"
	"strings"
	"testing"
)

const vswitchPath = homePath + "/vswitches"

// ALI-02, EP-11: choosing the VPC proposes a free CIDR block; another VPC
// replaces the proposal but never what a person typed.
func TestVSwitchProposal(t *testing.T) {
	l := tutorial(t)
	at := vswitchPath + "/new"
	p := l.get(at + "?vpc=" + l.vpc1.ID + "&zone=eu-central-1a")
	if p.value("cidr") != "10.10.0.0/24" || p.value("name") != "vsw-eu-central-1a" {
		t.Fatalf("proposed %q %q", p.value("cidr"), p.value("name"))
	}
	p.says(t, "The VPC's CIDR block is 10.10.0.0/16", "127.16.0.0/12", "Assigned automatically")
	if p = l.again(at, p, "", "", "vpc", l.vpc2.ID); p.value("cidr") != "192.168.0.0/24" {
		t.Errorf("for VPC2 %q is proposed", p.value("cidr"))
	}
	p = l.again(at, p, "", "", "cidr", "192.168.77.0/24", "vpc", l.vpc2.ID)
	if p = l.again(at, p, "", "", "vpc", l.vpc1.ID); p.value("cidr") != "192.168.77.0/24" {
		t.Errorf("what was typed became %q", p.value("cidr"))
	}
	p = l.press(at, p)
	if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem("cidr"), "outside 10.10.0.0/16") {
		t.Fatalf("outside its VPC answers %d %q", p.status, p.problem("cidr"))
	}
	p = l.follow(l.press(at, l.again(at, p, "fix", "cidr=10.10.0.0/24")))
	p.says(t, "vSwitch vsw-eu-central-1a is created", "10.10.0.0/24", "Frankfurt Zone A", "127.")
}

func TestVSwitchFormMistakes(t *testing.T) {
	l := tutorial(t)
	at := vswitchPath + "/new"
	fine := []string{"vpc", l.vpc1.ID, "zone", "eu-central-1b", "name", "fine", "cidr", "10.10.9.0/24", "description", ""}
	for _, c := range []struct{ field, value, says string }{
		{"vpc", "", "Choose"},
		{"vpc", "vpc-gone", "no VPC vpc-gone"},
		{"zone", "", "Choose"},
		{"zone", "cn-hangzhou-h", "no zone"},
		{"name", "", "Needs a value"},
		{"cidr", "", "Needs a value"},
		{"cidr", "10.10.2.128/25", "overlaps 10.10.2.0/24 of vSwitch vsw-vpc1-b"},
		{"cidr", "10.10.9.1/24", "10.10.9.0/24"},
		{"cidr", "10.10.0.0/30", "/30"},
		{"description", "http://x", "http://"},
	} {
		p := l.post(at, append(append([]string{}, changed(fine, c.field, c.value)...), "proposed.name", "", "proposed.cidr", "")...)
		if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem(c.field), c.says) {
			t.Errorf("%s=%q answers %d %q", c.field, c.value, p.status, p.problem(c.field))
		}
		if c.field != "name" && p.value("name") != "fine" {
			t.Errorf("%s=%q loses the name: %q", c.field, c.value, p.value("name"))
		}
		if c.field == "cidr" && p.value("cidr") != c.value {
			t.Errorf("cidr %q came back as %q", c.value, p.value("cidr"))
		}
	}
}

// changed are pairs of name and value with one of them replaced.
func changed(pairs []string, name, value string) []string {
	out := append([]string{}, pairs...)
	for i := 0; i+1 < len(out); i += 2 {
		if out[i] == name {
			out[i+1] = value
		}
	}
	return out
}

// The page lists the addresses in use with their twins and their users; they
// stand in the way of deleting.
func TestVSwitchPage(t *testing.T) {
	l := tutorial(t)
	at := vswitchPath + "/" + l.vswitch(l.vpc2)
	ecs2 := l.ecs["ECS2"]
	l.get(at).says(t, "192.168.24.11", ecs2.Twin.String(), "ECS2", "192.168.24.12", "ECS3", "2 in use")
	for _, p := range []*page{l.get(at + "/delete"), l.post(at + "/delete")} {
		p.says(t, "instance ECS2", "instance ECS3", "in use")
		if !strings.Contains(strings.Join(p.hrefs(".banner"), " "), "/instances/"+ecs2.ID) {
			t.Errorf("ECS2 is not linked: %v", p.hrefs(".banner"))
		}
	}
	if p := l.post(at + "/delete"); p.status != http.StatusConflict {
		t.Errorf("deleting answers %d", p.status)
	}
	l.follow(l.press(at+"/edit", l.get(at+"/edit"), "name", "vsw-renamed")).says(t, "vsw-renamed")
	made := l.follow(l.post(vswitchPath+"/new", "vpc", l.vpc1.ID, "zone", "eu-central-1a", "name", "vsw-empty", "cidr", "10.10.50.0/24"))
	made.says(t, "vsw-empty", "No address in use yet")
	id := strings.TrimSuffix(strings.TrimPrefix(made.Find(`main .actions a[href$="/delete"]`).AttrOr("href", ""), vswitchPath+"/"), "/delete")
	l.get(vswitchPath+"/"+id+"/delete").says(t, "10.10.50.0/24 becomes free in VPC1")
	l.follow(l.post(vswitchPath+"/"+id+"/delete")).says(t, "vSwitch vsw-empty is deleted")
	l.get(vswitchPath+"?q=VPC2").says(t, "vsw-renamed")
}

// Where there is no VPC, the form says so and leads to it.
func TestVSwitchNeedsAVPC(t *testing.T) {
	l := tutorial(t)
	p := l.get("/aliyun/cn-beijing/vswitches/new")
	p.says(t, "There is no VPC yet")
	if p.Find("main form").Length() > 0 || !strings.Contains(strings.Join(p.hrefs("main"), " "), "/aliyun/cn-beijing/vpcs/new") {
		t.Error("the page does not lead to creating a VPC")
	}
}
