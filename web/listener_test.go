package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"culvert.internal/cloud"
)

func step(p *page) string { return p.text("ol.steps [aria-current]") }

// [001] step 2 (LSN-02 to LSN-07): the whole wizard as a person without
// JavaScript walks it, with the example's values.
func TestListenerWizard(t *testing.T) {
	l := tutorial(t)
	b := l.buy()
	ecs2, ecs3 := l.ecs["ECS2"].ID, l.ecs["ECS3"].ID

	p := l.get(clbPath + "/" + b.ID + "/listeners/new")
	names := p.Find("ol.steps li").Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) })
	if want := []string{"Protocol and Listener", "Backend Servers", "Health Check", "Confirm"}; !slices.Equal(names, want) {
		t.Errorf("the steps are %q", names)
	}
	for _, said := range []string{"Select Listener Protocol", "Listening Port", "Configure Listener", "Next"} {
		if !strings.Contains(p.text("main"), said) {
			t.Errorf("step 1 does not say %q", said)
		}
	}
	for _, off := range []string{"http", "https"} {
		if _, disabled := p.Find(`[name=protocol][value=` + off + `]`).Attr("disabled"); !disabled {
			t.Errorf("%s can be chosen", off)
		}
	}

	p = l.send(p, "go", "2", "protocol", "tcp", "port", "80")
	if p.status != http.StatusOK || step(p) != "Backend Servers" {
		t.Fatalf("Next answers %d and opens %q: %s", p.status, step(p), p.text("#errors"))
	}
	if !strings.Contains(p.text("main"), "Default Server Group") || !strings.Contains(p.text("main"), "Add More") {
		t.Error("step 2 does not offer the default server group")
	}

	// only the CLB's VPC, so ECS1 cannot be there.
	p = l.send(p, "panel", "pick")
	panel := p.Find("dialog[open][data-modal]")
	if got := strings.TrimSpace(panel.Find("h2").First().Text()); got != "My Servers" {
		t.Errorf("the panel is called %q", got)
	}
	listed := panel.Find("input[name=pick]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("value", "") })
	slices.Sort(listed)
	want := []string{ecs2, ecs3}
	slices.Sort(want)
	if !slices.Equal(listed, want) {
		t.Errorf("the panel lists %q, want %q", listed, want)
	}
	if !strings.Contains(panel.Find(".errata").Text(), "ECS2 and ECS3") {
		t.Error("the erratum is not marked")
	}

	v := fields(p.Find("main form.form").First())
	v["pick"] = []string{ecs2, ecs3}
	v.Set("panel", "weights")
	p = l.get(clbPath + "/" + b.ID + "/listeners/new?" + v.Encode())
	for _, id := range []string{ecs2, ecs3} {
		if got := p.Find(`dialog input[name="weight.`+id+`"]`).AttrOr("value", ""); got != "100" {
			t.Errorf("the weight of %s is %q", id, got)
		}
	}
	p = l.send(p, "panel", "add")
	rows := p.Find("main tbody tr").Length()
	if rows != 2 || p.Find("dialog").Length() != 0 {
		t.Fatalf("%d servers after Add: %s", rows, p.text("main"))
	}
	if got := p.Find("#f-backendport").AttrOr("value", ""); got != "80" {
		t.Errorf("the backend port is %q", got)
	}

	p = l.send(p, "go", "3", "backendport", "80")
	if step(p) != "Health Check" {
		t.Fatalf("Next opens %q: %s", step(p), p.text("#errors"))
	}
	for field, value := range map[string]string{"interval": "2", "timeout": "5", "healthy": "3", "unhealthy": "3"} {
		if got := p.Find(`[name="`+field+`"]`).AttrOr("value", ""); got != value {
			t.Errorf("%s is %q by default", field, got)
		}
	}

	p = l.send(p, "go", "4")
	if step(p) != "Confirm" {
		t.Fatalf("Next opens %q: %s", step(p), p.text("#errors"))
	}
	for _, said := range []string{"TCP", "Weighted round robin", "ECS2", "ECS3", "192.168.24.11:80", "100", "Submit"} {
		if !strings.Contains(p.text("main"), said) {
			t.Errorf("Confirm does not show %q", said)
		}
	}
	if p.Find(`form button[formmethod=post]`).Length() == 0 {
		t.Error("Submit does not post")
	}

	form := p.Find("main form.form").First()
	p = l.do(http.MethodPost, form.AttrOr("action", ""), fields(form))
	if p.status != http.StatusSeeOther {
		t.Fatalf("Submit answers %d: %s", p.status, p.text("main"))
	}
	p = l.get(p.location())
	if ok := p.Find("main .btn-main"); strings.TrimSpace(ok.Text()) != "OK" || ok.AttrOr("href", "") != clbPath {
		t.Errorf("OK leads to %q", ok.AttrOr("href", ""))
	}
	made, err := l.caller.Balancer(t.Context(), b.ID)
	if err != nil || len(made.Listeners) != 1 || len(made.Backends) != 2 {
		t.Fatalf("made %d listeners, %d backends, %v", len(made.Listeners), len(made.Backends), err)
	}
	if got := made.Listeners[0]; got.Port != 80 || got.BackendPort != 80 || got.Protocol != "tcp" || !got.Running {
		t.Errorf("made %+v", got)
	}
}

// Mistakes of the open step are shown when Next is pressed, not before and not
// those of later steps; the same address shows the same thing again.
func TestListenerWizardMistakes(t *testing.T) {
	l := tutorial(t)
	at := clbPath + "/" + l.buy().ID + "/listeners/new"
	if p := l.get(at + "?step=1"); p.Find("#errors").Length() != 0 {
		t.Errorf("an untouched step complains: %s", p.text("#errors"))
	}
	for range 2 {
		p := l.get(at + "?step=1&go=2&protocol=tcp&port=70000")
		if p.status != http.StatusUnprocessableEntity || step(p) != "Protocol and Listener" {
			t.Fatalf("a bad port answers %d and opens %q", p.status, step(p))
		}
		if p.Find("#errors li").Length() != 1 || !strings.Contains(p.text("#errors"), "65535") {
			t.Errorf("the page says %q", p.text("#errors"))
		}
		if got := p.Find("#f-port").AttrOr("value", ""); got != "70000" {
			t.Errorf("the port became %q", got)
		}
	}
	p := l.get(at + "?step=1&go=2&protocol=tcp&port=")
	if p = l.send(p, "go", "2", "port", "80"); p.Find("#f-backendport").AttrOr("value", "") != "80" {
		t.Errorf("after a mistake the backend port is %q", p.Find("#f-backendport").AttrOr("value", ""))
	}
	p = l.send(p, "go", "3", "backendport", "")
	if p.Find("#f-backendport[aria-invalid]").AttrOr("value", "") != "" {
		t.Error("a backend port that was emptied is filled in again")
	}
	p = l.get(at + "?step=2&go=3&protocol=tcp&port=80&backendport=80")
	if step(p) != "Backend Servers" || !strings.Contains(p.text("#errors"), "Add More") {
		t.Errorf("no servers: %q says %q", step(p), p.text("#errors"))
	}
	p = l.get(at + "?step=2&panel=weights&protocol=tcp&port=80&backendport=80")
	if p.Find("dialog").Length() != 1 || !strings.Contains(p.text("dialog"), "Select at least one server") {
		t.Errorf("nothing ticked: the panel says %q", p.text("dialog"))
	}
	id := l.ecs["ECS2"].ID
	p = l.get(at + "?step=2&panel=add&protocol=tcp&port=80&backendport=80&pick=" + id + "&weight." + id + "=101")
	if p.status != http.StatusUnprocessableEntity || p.Find("dialog [aria-invalid]").Length() != 1 {
		t.Errorf("a weight of 101 answers %d: %s", p.status, p.text("dialog"))
	}
	p = l.get(at + "?step=3&go=4&protocol=tcp&port=80&backendport=80&servers=" + id + "&weight." + id + "=1&interval=0")
	if step(p) != "Health Check" || p.Find("#f-interval[aria-invalid]").Length() != 1 {
		t.Errorf("an interval of 0: %q says %q", step(p), p.text("#errors"))
	}
}

// Going back keeps everything; a check that the new protocol does not have is
// changed with a word about it.
func TestListenerWizardBack(t *testing.T) {
	l := tutorial(t)
	at := clbPath + "/" + l.buy().ID + "/listeners/new"
	id := l.ecs["ECS2"].ID
	p := l.get(at + "?step=2&protocol=tcp&port=8080&backendport=81&healthkind=http&name=web&servers=" + id + "&weight." + id + "=7")
	p = l.send(p, "go", "1")
	if step(p) != "Protocol and Listener" || p.Find("#f-port").AttrOr("value", "") != "8080" {
		t.Fatalf("Previous opens %q with %q", step(p), p.Find("#f-port").AttrOr("value", ""))
	}
	p = l.send(p, "go", "2", "protocol", "udp")
	if got := p.Find(`[name="weight.`+id+`"]`).AttrOr("value", ""); got != "7" {
		t.Errorf("the weight became %q", got)
	}
	p = l.send(p, "go", "3")
	if got := p.Find("[name=healthkind][checked]").AttrOr("value", ""); got != "udp" || !strings.Contains(p.text("main"), "the check was changed") {
		t.Errorf("the check is %q: %s", got, p.text("main"))
	}
	p = l.send(p, "go", "4")
	p = l.send(p, "go", "2")
	p = l.send(p, "remove", id)
	if p.Find("main tbody tr").Length() != 0 || p.Find("#errors").Length() != 0 {
		t.Errorf("after Remove: %s", p.text("main"))
	}
}

// wire gives a CLB a listener on TCP 80 and both servers.
func (l *lab) wire(b cloud.BalancerView, port string) cloud.Listener {
	l.k.t.Helper()
	made, err := l.caller.SaveListener(l.k.t.Context(), b.ID, "", cloud.ListenerInput{
		Protocol: "tcp", Port: port, BackendPort: "80",
		Servers: []cloud.BackendInput{{Instance: l.ecs["ECS2"].ID}, {Instance: l.ecs["ECS3"].ID}},
	})
	if err != nil {
		l.k.t.Fatal(err)
	}
	return made
}

// A port that has a listener is refused at step 1, and by Submit too.
func TestListenerPortTaken(t *testing.T) {
	l := tutorial(t)
	b := l.buy()
	l.wire(b, "80")
	at := clbPath + "/" + b.ID + "/listeners/new"
	p := l.get(at)
	p = l.send(p, "go", "2", "port", "80")
	if step(p) != "Protocol and Listener" || !strings.Contains(p.text("#errors"), "TCP 80") {
		t.Errorf("%q says %q", step(p), p.text("#errors"))
	}
	id := l.ecs["ECS2"].ID
	p = l.post(at, "step", "4", "protocol", "tcp", "port", "80", "backendport", "80", "servers", id, "weight."+id, "100")
	if p.status != http.StatusUnprocessableEntity || step(p) != "Protocol and Listener" {
		t.Errorf("Submit answers %d and opens %q", p.status, step(p))
	}
}

// Editing starts from what is there; start, stop and delete.
func TestListenerEditRunDelete(t *testing.T) {
	l := tutorial(t)
	b := l.buy()
	made := l.wire(b, "80")
	at := clbPath + "/" + b.ID
	p := l.get(at + "/listeners/" + made.ID + "/edit")
	if got := p.Find("#f-port").AttrOr("value", ""); got != "80" {
		t.Errorf("the port is %q", got)
	}
	p = l.send(p, "go", "2", "port", "81")
	if n := p.Find("main tbody tr").Length(); n != 2 {
		t.Errorf("%d servers", n)
	}
	p = l.send(p, "go", "3")
	p = l.send(p, "go", "4")
	form := p.Find("main form.form").First()
	if p = l.do(http.MethodPost, form.AttrOr("action", ""), fields(form)); p.status != http.StatusSeeOther || p.location() != at {
		t.Fatalf("Submit answers %d to %q: %s", p.status, p.location(), p.text("main"))
	}
	if p = l.get(at); !strings.Contains(p.text("main"), "TCP 81") {
		t.Errorf("after editing the page says %q", p.text("main"))
	}

	p = l.post(at+"/listeners/"+made.ID+"/run", "running", "no")
	if p.status != http.StatusSeeOther {
		t.Fatalf("Stop answers %d", p.status)
	}
	if row := l.get(at).Find("tbody tr").First().Text(); !strings.Contains(row, "Stopped") || !strings.Contains(row, "Start") {
		t.Errorf("after Stop the row says %q", row)
	}
	l.post(at+"/listeners/"+made.ID+"/run", "running", "yes")
	if now, err := l.caller.Listener(t.Context(), b.ID, made.ID); err != nil || !now.Running {
		t.Errorf("after Start: %+v %v", now, err)
	}
	if p = l.get(at + "/listeners/" + made.ID + "/delete"); !strings.Contains(p.text("main"), "last listener") {
		t.Errorf("the page before deleting says %q", p.text("main"))
	}
	if p = l.post(at + "/listeners/" + made.ID + "/delete"); p.status != http.StatusSeeOther {
		t.Errorf("deleting answers %d", p.status)
	}
	if p = l.get(at + "/listeners/" + made.ID + "/edit"); p.status != http.StatusNotFound {
		t.Errorf("after that it answers %d", p.status)
	}
}
