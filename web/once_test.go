package web_test

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

// A form that is sent twice does its thing once: without scripts a double
// click is two requests.
func TestSentTwice(t *testing.T) {
	k := demo(t)
	b := k.browser()
	b.as(0)
	form := fields(b.get(homePath+"/vpcs/new").Find("main form"), "name", "twice", "cidr", "10.77.0.0/16")
	if form.Get("once") == "" {
		t.Fatal("the form has no value of its own")
	}
	var both sync.WaitGroup
	answers := make([]*page, 2)
	for n := range answers {
		both.Go(func() { answers[n] = b.do(http.MethodPost, homePath+"/vpcs/new", form) })
	}
	both.Wait()
	if a, z := answers[0], answers[1]; a.status != 303 || z.status != 303 || a.location() != z.location() {
		t.Errorf("answered %d %s and %d %s", a.status, a.location(), z.status, z.location())
	}
	count := func() int { return b.get(homePath + "/vpcs?q=twice").Find("tbody tr").Length() }
	if n := count(); n != 1 {
		t.Errorf("%d VPCs were made", n)
	}

	// Deleting it twice is no error either.
	at := answers[0].location() + "/delete"
	gone := fields(b.get(at).Find("main form"))
	for range 2 {
		if p := b.do(http.MethodPost, at, gone); p.status != 303 || p.location() != homePath+"/vpcs" {
			t.Errorf("deleting answers %d %s", p.status, p.location())
		}
	}

	// Who changes the form and sends it again means it; so does who comes back later.
	form.Set("cidr", "10.78.0.0/16")
	if p := b.do(http.MethodPost, homePath+"/vpcs/new", form); p.status != 303 || count() != 1 {
		t.Errorf("a changed form answers %d, and there are %d", p.status, count())
	}
	k.ahead(time.Minute)
	if p := b.do(http.MethodPost, homePath+"/vpcs/new", form); p.status != 303 || count() != 2 {
		t.Errorf("a minute later the form answers %d, and there are %d", p.status, count())
	}

	// A refusal has done nothing: sent again, it is tried again.
	form.Set("cidr", "nonsense")
	for range 2 {
		if p := b.do(http.MethodPost, homePath+"/vpcs/new", form); p.status != http.StatusUnprocessableEntity {
			t.Errorf("a wrong form answers %d", p.status)
		}
	}
}
