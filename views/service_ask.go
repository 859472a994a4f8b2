package views

import (
	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// carries says whether anything flows through the service now.
func (p ServiceDetail) carries() bool {
	for _, n := range p.Live {
		if n > 0 {
			return true
		}
	}
	return false
}

// strangers are the installation's accounts that are not on the whitelist.
func (p ServiceDetail) strangers() []cloud.Account {
	granted := map[string]bool{}
	for _, g := range p.Service.Grants {
		granted[g.Grantee] = true
	}
	var out []cloud.Account
	for _, a := range p.Accounts {
		if !granted[a.ID] {
			out = append(out, a)
		}
	}
	return out
}

// form is what Confirm shows of a refusal: its blockers are in the asking.
func (p ServiceDelete) form() ui.Form { return blockersShown(p.Form) }

func (p ResourceRemove) form() ui.Form { return blockersShown(p.Form) }

// blockersShown takes a refusal whose blockers are shown elsewhere out of a
// form.
func blockersShown(form ui.Form) ui.Form {
	if form.Err != nil && len(form.Err.Blockers) > 0 {
		return form.With(nil)
	}
	return form
}

// connected are the endpoints that keep a service from being deleted.
func (p ServiceDelete) connected() (blockers []cloud.Ref, idle int) {
	for _, e := range p.Service.Connections {
		if e.Connection != cloud.Disconnected {
			blockers = append(blockers, cloud.Ref{Kind: "endpoint", ID: e.ID, Name: e.Name, Account: e.Account})
		} else {
			idle++
		}
	}
	return blockers, idle
}

func (p ServiceDelete) asking(f *Frame) ui.Asking {
	a := ui.Asking{
		Title: f.T("service.delete", "id", p.Service.ID), Back: f.servicePath(p.Service.ID, ""),
		Do: ui.Button{Label: f.T("do.delete"), Icon: "trash", Danger: true},
	}
	blockers, idle := p.connected()
	switch {
	case len(blockers) > 0:
		a.Lead, a.Blockers = f.T("service.delete.first"), blockers
	case len(p.Service.Resources) > 0:
		a.Lead = f.T("service.delete.then")
		for _, r := range p.Service.Resources {
			a.Blockers = append(a.Blockers, cloud.Ref{Kind: "balancer", ID: r.Balancer, Name: r.Name, Account: r.Account})
		}
	default:
		a.Effects = []string{f.T("service.delete.effect.a")}
		if idle > 0 {
			a.Effects = append(a.Effects, f.T("service.delete.effect.b", "n", idle))
		}
	}
	return a
}

// next is where the first thing in the way can be cleared.
func (p ServiceDelete) next(f *Frame) (href, word string) {
	if blockers, _ := p.connected(); len(blockers) > 0 {
		return f.servicePath(p.Service.ID, "connections"), f.T("service.delete.goto.c")
	}
	if len(p.Service.Resources) > 0 {
		return f.servicePath(p.Service.ID, "resources"), f.T("service.delete.goto.r")
	}
	return "", ""
}

// asking names the endpoints that are assigned to the resource.
func (p ResourceRemove) asking(f *Frame) ui.Asking {
	r := p.Resource
	a := ui.Asking{
		Title: f.T("service.resources.remove", "name", r.Name), Back: f.servicePath(p.Service.ID, "resources"),
		Do: ui.Button{Label: f.T("do.remove"), Icon: "trash", Danger: true},
	}
	for _, e := range p.Service.Connections {
		for _, z := range e.Zones {
			if z.Resource == r.ID {
				a.Blockers = append(a.Blockers, cloud.Ref{Kind: "endpoint", ID: e.ID, Name: e.Name, Account: e.Account})
			}
		}
	}
	if len(a.Blockers) > 0 {
		a.Lead = f.T("service.resources.busy", "zone", r.Zone)
	} else {
		a.Effects = []string{f.T("service.resources.effect", "zone", r.Zone, "name", r.Name)}
	}
	return a
}
