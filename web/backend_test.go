package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"culvert.internal/reach"
)

// LSN-04: weights of the default server group in place, servers added by the
// panel My Servers, removed after a question.
func TestServerGroup(t *testing.T) {
	l := tutorial(t)
	b := l.buy()
	at := clbPath + "/" + b.ID + "/servers"
	ecs1, ecs2, ecs3 := l.ecs["ECS1"], l.ecs["ECS2"], l.ecs["ECS3"]

	p := l.get(at + "/add")
	if strings.Contains(p.text("dialog"), ecs1.ID) {
		t.Error("ECS1 of the other VPC is listed (X-02)")
	}
	if p = l.get(at + "/add?panel=weights"); p.status != http.StatusUnprocessableEntity {
		t.Errorf("nothing ticked answers %d", p.status)
	}
	p = l.get(at + "/add?panel=weights&pick=" + ecs2.ID + "&pick=" + ecs3.ID)
	form := p.Find("main form.form").Last()
	if p = l.do(http.MethodPost, form.AttrOr("action", ""), fields(form, "weight."+ecs3.ID, "300")); p.status != http.StatusUnprocessableEntity {
		t.Fatalf("a weight of 300 answers %d", p.status)
	}
	form = p.Find("main form.form").Last()
	if p = l.do(http.MethodPost, form.AttrOr("action", ""), fields(form, "weight."+ecs3.ID, "50")); p.status != http.StatusSeeOther || p.location() != at {
		t.Fatalf("Add answers %d to %q: %s", p.status, p.location(), p.text("dialog"))
	}
	p = l.get(at)
	for id, weight := range map[string]string{ecs2.ID: "100", ecs3.ID: "50"} {
		if got := p.Find(`[name="weight.`+id+`"]`).AttrOr("value", ""); got != weight {
			t.Errorf("the weight of %s is %q", id, got)
		}
	}
	if !strings.Contains(p.text("main"), "67%") {
		t.Error("the shares are not shown")
	}

	if p = l.post(at, "weight."+ecs2.ID, "x", "weight."+ecs3.ID, "40"); p.status != http.StatusUnprocessableEntity || p.Find("[aria-invalid]").AttrOr("value", "") != "x" {
		t.Errorf("a weight that is no number answers %d", p.status)
	}
	if p = l.post(at, "weight."+ecs2.ID, "0", "weight."+ecs3.ID, "40"); p.status != http.StatusSeeOther {
		t.Errorf("good weights answer %d", p.status)
	}
	now, err := l.caller.Balancer(t.Context(), b.ID)
	if err != nil || len(now.Backends) != 2 || now.Backends[0].Weight+now.Backends[1].Weight != 40 {
		t.Errorf("the group is %+v, %v", now.Backends, err)
	}

	if p = l.get(at + "/" + ecs2.ID + "/remove"); p.status != http.StatusOK || p.Find("main .btn-danger").Length() != 1 {
		t.Errorf("the question before removing answers %d", p.status)
	}
	if p = l.post(at + "/" + ecs2.ID + "/remove"); p.status != http.StatusSeeOther {
		t.Errorf("removing answers %d", p.status)
	}
	if p = l.get(at + "/" + ecs2.ID + "/remove"); p.status != http.StatusNotFound {
		t.Errorf("after that it answers %d", p.status)
	}
}

// checked is a lab whose probes have found something.
type checked struct {
	still
	health []reach.Health
}

func (c *checked) Health(string) []reach.Health { return c.health }

// LSN-08: Normal where a probe found a server well, else what it met.
func TestHealthOfServers(t *testing.T) {
	found := &checked{}
	l := tutorialWith(t, found)
	b := l.buy()
	made := l.wire(b, "80")
	at := clbPath + "/" + b.ID + "/health"
	if p := l.get(at); strings.Count(p.text("#health"), "Unknown") != 2 {
		t.Errorf("before the first check: %q", p.text("#health"))
	}
	id := func(name string) string { return b.ID + "/" + l.ecs[name].ID }
	found.health = []reach.Health{
		{Balancer: b.ID, Listener: made.ID, Backend: id("ECS2"), Known: true, Healthy: true, Since: time.Now()},
		{Balancer: b.ID, Listener: made.ID, Backend: id("ECS3"), Known: true, Why: "refused", Since: time.Now()},
	}
	said := l.get(at).text("#health")
	for _, want := range []string{"Normal", "Abnormal", "nothing listens at 192.168.24.12:80"} {
		if !strings.Contains(said, want) {
			t.Errorf("the page does not say %q: %s", want, said)
		}
	}
	if row := l.get(clbPath).Find("tbody tr").First().Text(); !strings.Contains(row, "Abnormal 1/2") {
		t.Errorf("the list says %q", row)
	}
	for _, why := range []string{"timeout", "reset", "unreachable", "no-port", "no-file", "malformed", "status 503", "error", "stopped"} {
		found.health[1].Why = why
		cell := l.get(at).Find("#health tbody tr").Last().Find("td").Last().Text()
		if strings.Contains(cell, "health.why") || strings.TrimSpace(cell) == "" || strings.TrimSpace(cell) == why {
			t.Errorf("%q is told as %q", why, cell)
		}
	}
	if _, err := l.caller.RunInstance(t.Context(), l.ecs["ECS3"].ID, false); err != nil {
		t.Fatal(err)
	}
	if said := l.get(at).text("#health"); !strings.Contains(said, "instance is stopped") {
		t.Errorf("a stopped server is told as %q", said)
	}
}
