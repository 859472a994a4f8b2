package views

import (
	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// zillizStep is one step of the guide to Zilliz Cloud, on the page where it is
// done.
type zillizStep struct {
	N             int
	Key, Href     string
	Done, Current bool
}

func (s zillizStep) kind() ui.Kind {
	switch {
	case s.Done:
		return ui.OK
	case s.Current:
		return ui.Wait
	}
	return ui.Off
}

// zillizSteps are the steps with their ticks read off the real state.
func (p Home) zillizSteps(f *Frame) []zillizStep {
	g := p.Zilliz
	out := make([]zillizStep, 0, len(g.Steps))
	for i, s := range g.Steps {
		out = append(out, zillizStep{
			N: i + 1, Key: "zguide." + s.ID, Href: zillizHref(f, g, s), Done: s.Done, Current: i == g.Next(),
		})
	}
	return out
}

// console is the address of another cloud's console, empty when this
// installation has none.
func (f *Frame) console(id string) string {
	for _, e := range f.Editions {
		if e.ID == id {
			return "/" + id
		}
	}
	return ""
}

// listed is an address below a list of the menu, empty when the console does
// not have it.
func (f *Frame) listed(list, rest string) string {
	for _, g := range f.Edition.Menu {
		for _, i := range g.Items {
			if i.Path == list {
				return f.Link(list + rest)
			}
		}
	}
	return ""
}

// zillizHref is where a step is done, empty when that is nowhere here.
func zillizHref(f *Frame, g *cloud.ZillizGuide, s cloud.WalkStep) string {
	switch s.ID {
	case cloud.ZillizAccount:
		return f.Link("/account")
	case cloud.ZillizRegister:
		return f.console(cloud.Zilliz)
	case cloud.ZillizZone, cloud.ZillizRecord:
		if s.ID == cloud.ZillizRecord && g.Zone.ID != "" {
			return f.listed("/private-zones", "/"+g.Zone.ID)
		}
		return f.listed("/private-zones", "")
	case cloud.ZillizReach:
		if s.Done {
			return f.Link("/instances/" + s.On.ID)
		}
		return f.Link("/why")
	}
	if g.Endpoint.ID != "" {
		return f.Link("/endpoints/" + g.Endpoint.ID)
	}
	if g.Service.ID != "" {
		return f.Link("/endpoints/new?how=select&service=" + g.Service.ID)
	}
	return f.Link("/endpoints/new?how=select")
}
