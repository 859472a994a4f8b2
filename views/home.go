package views

import (
	"strconv"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// Home is the overview of one account in one region.
type Home struct {
	Endpoints, Connected int
	Services, Users      int
	Flows                int
	In, Out              int64 // bytes within 24 hours
	Passed, Refused      int   // attempts within 24 hours
	Waiting              []cloud.Waiting
	Links                []HomeLink
	Attempts             []cloud.Attempt    // refused, newest first
	Tutorial             cloud.Tutorial     // of the shared page
	Guide                []cloud.Walk       // of ctyun's
	Zilliz               *cloud.ZillizGuide // nil where there are no clusters
	Form                 ui.Form            // of "build the lab for me"
}

// HomeLink is one endpoint as a line of "your connections".
type HomeLink struct {
	Endpoint cloud.EndpointView
	Flows    int
	// Sick: no backend behind it is healthy.
	Sick bool
}

// stands says in one word how a link is, with the kind that draws its arch.
func (l HomeLink) stands(f *Frame) (ui.Kind, string) {
	v := l.Endpoint
	switch {
	case v.Connection == cloud.Connected && l.Sick:
		return ui.Bad, f.T("home.links.sick")
	case f.ctyun():
		return ui.KindOf(v.State), f.State("endpoint", v.State)
	case v.Decision == cloud.Refused && v.Connection == cloud.Disconnected:
		return ui.Off, f.T("home.links.denied")
	case v.WaitsForProvider() && v.Connection == cloud.Disconnected:
		return ui.Wait, f.T("home.links.waiting")
	}
	return ui.KindOf(v.Connection), f.State("connection", v.Connection)
}

// waits says who waits for whom.
func (f *Frame) waits(w cloud.Waiting) string {
	key, who := "home.todo.ask", w.Consumer
	switch {
	case !w.Mine:
		key, who = "home.todo.others", w.Provider
	case w.Consumer.ID == f.Account.ID:
		key = "home.todo.self"
	}
	var zones []string
	for _, z := range w.Zones {
		zones = append(zones, f.ZoneShort(z))
	}
	return f.T(inZones(key, w), "endpoint", w.EndpointName, "who", who.DisplayName(string(f.Lang)),
		"service", f.ServiceKnownAs(w.Service, w.ServiceName), "zones", f.list(zones))
}

// inZones is a text's key, or that of the text for zones that wait.
func inZones(key string, w cloud.Waiting) string {
	if len(w.Zones) > 0 {
		key += ".zone"
	}
	return key
}

func (l HomeLink) kind(f *Frame) ui.Kind { k, _ := l.stands(f); return k }
func (l HomeLink) state(f *Frame) string { _, s := l.stands(f); return s }
func (p Home) figure(n int) string       { return strconv.Itoa(n) }
func (p Home) mine() int                 { return p.count(true) }
func (p Home) todo(f *Frame) string      { return f.T("home.todo.n", "n", p.mine()) }
func (p Home) traffic(f *Frame) string   { return f.Bytes(p.In + p.Out) }
func (p Home) trafficNote(f *Frame) string {
	return f.T("home.traffic.of", "in", f.Bytes(p.In), "out", f.Bytes(p.Out))
}

func (p Home) count(mine bool) int {
	n := 0
	for _, w := range p.Waiting {
		if w.Mine == mine {
			n++
		}
	}
	return n
}

// Step is one step of the tutorial, on the page where it is done.
type Step struct {
	N       int
	Done    bool
	Current bool
	Href    string
	Errata  string // key, if the original is wrong here
	Skipped bool
}

func (p Home) done() int {
	n := 0
	for _, d := range p.Tutorial.Done() {
		if d {
			n++
		}
	}
	return n
}

// steps are the six steps with their ticks read off the real state.
func (p Home) steps(f *Frame) []Step {
	t := p.Tutorial
	hrefs := [6]string{
		f.Link("/load-balancers/new"), f.Link("/load-balancers"), f.Link("/endpoint-services/new"),
		f.Link("/endpoints/new"), f.Link("/endpoint-services"), f.Link("/instances"),
	}
	if t.Balancer != "" {
		hrefs[1] = f.Link("/load-balancers/" + t.Balancer + "/listeners/new")
	}
	if t.Service != "" {
		hrefs[4] = f.Link("/endpoint-services/" + t.Service + "?tab=connections")
	}
	if t.Client != "" {
		hrefs[5] = f.Link("/instances/" + t.Client)
	}
	errata := map[int]string{2: "tutorial.2.errata", 4: "tutorial.4.errata", 6: "tutorial.6.errata"}
	next := t.Next()
	out := make([]Step, 0, 6)
	for i, done := range t.Done() {
		n := i + 1
		out = append(out, Step{
			N: n, Done: done, Current: t.Ready && n == next, Href: hrefs[i], Errata: errata[n],
			Skipped: n == 5 && t.Skipped,
		})
	}
	return out
}

func (s Step) title() string { return "tutorial." + strconv.Itoa(s.N) }

func (s Step) how() string { return s.title() + ".how" }

func (s Step) kind() ui.Kind {
	switch {
	case s.Done:
		return ui.OK
	case s.Current:
		return ui.Wait
	}
	return ui.Off
}
