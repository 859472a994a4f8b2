package web_test

import (
	"strings"
	"testing"
)

// A page of another version of the program hears so before anything else, and
// only such a page.
func TestPagesOfAnotherVersionHearSo(t *testing.T) {
	k := demo(t)
	b := k.browser()
	b.as(0)
	address := streamOf(b.get(homePath))
	if !strings.Contains(address, "build="+testBuild) {
		t.Fatalf("the page's stream does not tell its version: %s", address)
	}
	old := strings.Replace(address, "build="+testBuild, "build=older", 1)
	if got := b.stream(k.url + old).next(); got != "outdated: "+testBuild {
		t.Errorf("an older page hears %q first", got)
	}
	same := b.stream(k.url + address)
	if p := b.post(homePath+"/vpcs/new", "name", "vpc-new", "cidr", "10.77.0.0/16"); p.status != 303 {
		t.Fatalf("create a VPC: %d", p.status)
	}
	if got := same.next(); !strings.HasPrefix(got, "changed: ") {
		t.Errorf("a page of this version hears %q first", got)
	}
}

// The answer to a form that was sent holds what was typed: it is not thrown away.
func TestSentFormsAreKept(t *testing.T) {
	b := demo(t).browser()
	b.as(0)
	if n := b.get(homePath + "/vpcs/new").Find("[data-keep]").Length(); n != 0 {
		t.Error("a form that is only shown is kept")
	}
	if p := b.post(homePath+"/vpcs/new", "cidr", "nonsense"); p.status != 422 || p.Find("[data-outdated][data-keep]").Length() != 1 {
		t.Errorf("a refused form answers %d and is not kept", p.status)
	}
}
