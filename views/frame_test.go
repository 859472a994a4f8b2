package views

import (
	"testing"
	"time"

	"culvert.internal/cloud"
	"culvert.internal/reach"
	"culvert.internal/views/text"
)

// Keys that are put together at run time, from the parts that exist. COM-11:
// every region and zone of the catalogue has its names.
func TestKeysMadeOfParts(t *testing.T) {
	var keys []string
	add := func(prefix string, parts ...string) {
		for _, p := range parts {
			keys = append(keys, prefix+p)
		}
	}
	for _, r := range cloud.Regions() {
		add("cloud.", r.Cloud)
		add("region.", r.ID)
		for _, z := range r.Zones {
			add("", "zone."+z, "zone.short."+z, "zone.clb."+z)
		}
	}
	for _, g := range reach.Gates() {
		add("gate.", string(g))
	}
	for _, s := range cloud.ConnectionStates() {
		add("state.connection.", string(s))
	}
	for _, s := range []cloud.State{cloud.Creating, cloud.Active, cloud.Deleting} {
		add("state.endpoint.", string(s))
	}
	for kind := range pages {
		add("kind.", kind)
	}
	add("account.theme.", "auto", "light", "dark")
	for _, key := range keys {
		if !text.Has(key) {
			t.Errorf("%s is not in the catalogue", key)
		}
	}
}

func frame() *Frame {
	return &Frame{
		Lang: text.EN, Region: "eu-central-1", Account: cloud.Account{ID: "1", Name: "账号A", NameEN: "Account A"},
		Edition: &Edition{ID: "aliyun", Cloud: cloud.Aliyun},
		Path:    "/aliyun/eu-central-1/endpoints/ep-1?tab=zones&q=a",
		Now:     time.Date(2026, 11, 22, 12, 0, 0, 0, time.Local),
	}
}

// COM-04: addresses carry the region; changing it stays in the same list.
func TestAddresses(t *testing.T) {
	f := frame()
	for _, c := range []struct{ what, got, want string }{
		{"a page", f.Link("/vpcs"), "/aliyun/eu-central-1/vpcs"},
		{"the list in another region", f.In("cn-beijing"), "/aliyun/cn-beijing/endpoints"},
		{"this page in the other language", f.Other(), "/aliyun/eu-central-1/endpoints/ep-1?lang=zh&q=a&tab=zones"},
		{"this page without the search", f.With("q", ""), "/aliyun/eu-central-1/endpoints/ep-1?tab=zones"},
		{"this page without its query", f.With("q", "", "tab", ""), "/aliyun/eu-central-1/endpoints/ep-1"},
		{"an own resource", f.Ref(cloud.Ref{Kind: "vpc", ID: "vpc-1", Account: "1"}), "/aliyun/eu-central-1/vpcs/vpc-1"},
		{"an own resource elsewhere", f.Ref(cloud.Ref{Kind: "vpc", ID: "vpc-bp1abcdefghijklmnopq"}), "/aliyun/cn-hangzhou/vpcs/vpc-bp1abcdefghijklmnopq"},
		{"another account's resource", f.Ref(cloud.Ref{Kind: "vpc", ID: "vpc-1", Account: "2"}), ""},
		{"a thing without a page", f.Ref(cloud.Ref{Kind: "interface", ID: "eni-1", Account: "1"}), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s is at %q, want %q", c.what, c.got, c.want)
		}
	}
	f.Path = "/aliyun/eu-central-1"
	if got := f.In("cn-beijing"); got != "/aliyun/cn-beijing" {
		t.Errorf("the overview of another region is at %q", got)
	}
	if !f.Here("") || f.Here("/endpoints") {
		t.Error("the overview does not know where it is")
	}
	f.Path = "/aliyun/eu-central-1/endpoints/ep-1"
	if f.Here("") || !f.Here("/endpoints") || f.Here("/endpoint") {
		t.Error("an endpoint's page does not know where it is")
	}
}

func TestWordsOfTheFrame(t *testing.T) {
	f, other := frame(), frame()
	other.Edition = &Edition{ID: "ctyun", Cloud: cloud.Ctyun, Words: text.Ctyun()}
	for _, c := range []struct{ what, got, want string }{
		{"an edition's own word", other.T("kind.vswitch"), "subnet"},
		{"the shared word", f.T("kind.vswitch"), "vSwitch"},
		{"the reader's name", f.Name(), "Account A"},
		{"a zone", f.ZoneName("eu-central-1b"), "Frankfurt Zone B"},
		{"an unknown zone", f.ZoneName("mars-1a"), "mars-1a"},
		{"bytes", f.Bytes(999), "999 B"},
		{"kilobytes", f.Bytes(1234), "1.2 KB"},
		{"gigabytes", f.Bytes(4_100_000_000), "4.1 GB"},
		{"a minute", f.Ago(f.Now.Add(-90 * time.Second)), "1 minute ago"},
		{"days", f.Ago(f.Now.Add(-50 * time.Hour)), "2 days ago"},
		{"today", f.Clock(f.Now.Add(-time.Hour)), "11:00:00"},
		{"yesterday", f.Clock(f.Now.Add(-24 * time.Hour)), "11-21 12:00:00"},
		{"a state", f.State("connection", cloud.Disconnected), "Disconnected"},
	} {
		if c.got != c.want {
			t.Errorf("%s is %q, want %q", c.what, c.got, c.want)
		}
	}
}
