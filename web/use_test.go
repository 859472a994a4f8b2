package web_test

import (
	"net/url"
	"strings"
	"testing"

	"culvert.internal/cloud"
)

// Beside an address stand the ways to use it: only those that make sense, and
// only from an instance that runs in the same VPC (DESIGN, "Doors").
func TestWaysToUseAnAddress(t *testing.T) {
	l := tutorial(t)
	e := l.join(l.offer(), "uses")
	at := homePath + "/endpoints/" + e.ID
	menu := l.get(at).Find("#" + "f-use-domain")
	if menu.Length() != 1 {
		t.Fatal("no menu beside the domain")
	}
	want := "http://" + e.Domain + "/"
	said := menu.Text()
	for _, line := range []string{"bin/culvert exec ECS1 -- curl " + want} {
		if !strings.Contains(said, line) {
			t.Errorf("no %q in %q", line, said)
		}
	}
	if got, want := menu.Find("a").AttrOr("href", ""), homePath+"/instances/"+l.ecs["ECS1"].ID+"?url="+url.QueryEscape(want); got != want {
		t.Errorf("the browser is opened by %q, want %q", got, want)
	}
	if cmd := menu.Find("button[name=cmd]").AttrOr("value", ""); cmd != "curl "+want {
		t.Errorf("the terminal is to run %q", cmd)
	}

	// A name that a shell would take apart is quoted.
	if _, err := l.caller.UpdateInstance(t.Context(), l.ecs["ECS1"].ID, cloud.InstanceInput{Name: "it's mine", Program: cloud.ProgramNone}); err != nil {
		t.Fatal(err)
	}
	if said := l.get(at).text("#f-use-domain"); !strings.Contains(said, `bin/culvert exec 'it'\''s mine' -- curl`) {
		t.Errorf("the name is not quoted: %q", said)
	}

	// Nothing to reach it from: the menu says so and offers to make it.
	if _, err := l.caller.RunInstance(t.Context(), l.ecs["ECS1"].ID, false); err != nil {
		t.Fatal(err)
	}
	menu = l.get(at).Find("#f-use-domain")
	if said := menu.Text(); strings.Contains(said, "culvert exec") || menu.Find("a[href*='/instances/new?vpc="+e.VPC+"']").Length() != 1 {
		t.Errorf("without an instance the menu says %q", said)
	}
}
