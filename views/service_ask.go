package views

import (
	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// carries says whether anything flows through the service now.
func (p ServiceDetail) carries() bool { return p.Flows > 0 }

// strangers are the installation's main accounts that are not on the whitelist.
func (p ServiceDetail) strangers() []cloud.Account {
	granted := map[string]bool{}
	for _, g := range p.Service.Grants {
		granted[g.Grantee] = true
	}
	var out []cloud.Account
	for _, a := range p.Accounts {
		if a.Main == "" && !granted[a.ID] {
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

func (p ServiceDelete) asking(f *Frame) ui.Asking {
	a := ui.Asking{
		Title: f.T("service.delete", "id", p.Service.ID), Back: f.ServicePath(p.Service.ID, ""),
		Do: ui.Button{Label: f.T("do.delete"), Icon: "trash", Danger: true},
	}
	switch {
	case len(p.Holders) > 0:
		a.Lead, a.Blockers = f.T("service.delete.first"), p.Holders
	case len(p.Service.Resources) > 0 && len(p.Service.Mappings) == 0:
		a.Lead = f.T("service.delete.then")
		for _, r := range p.Service.Resources {
			a.Blockers = append(a.Blockers, cloud.Ref{Kind: "balancer", ID: r.Balancer, Name: r.Name, Account: r.Account})
		}
	default:
		a.Effects = []string{f.T("service.delete.effect.a")}
		if p.Idle > 0 {
			a.Effects = append(a.Effects, f.T("service.delete.effect.b", "n", p.Idle))
		}
	}
	return a
}

// next is where the first thing in the way can be cleared.
func (p ServiceDelete) next(f *Frame) (href, word string) {
	if len(p.Holders) > 0 {
		return f.ServicePath(p.Service.ID, "connections"), f.T("service.delete.goto.c")
	}
	if len(p.Service.Resources) > 0 {
		return f.ServicePath(p.Service.ID, "resources"), f.T("service.delete.goto.r")
	}
	return "", ""
}

// asking names the endpoints that are assigned to the resource.
func (p ResourceRemove) asking(f *Frame) ui.Asking {
	r := p.Resource
	a := ui.Asking{
		Title: f.T("service.resources.remove", "name", r.Name), Back: f.ServicePath(p.Service.ID, "resources"),
		Do: ui.Button{Label: f.T("do.remove"), Icon: "trash", Danger: true},
	}
	for _, e := range p.Holders {
		a.Blockers = append(a.Blockers, cloud.Ref{Kind: "endpoint", ID: e.ID, Name: e.Name, Account: e.Account})
	}
	if len(a.Blockers) > 0 {
		a.Lead = f.T("service.resources.busy", "zone", r.Zone)
	} else {
		a.Effects = []string{f.T("service.resources.effect", "zone", r.Zone, "name", r.Name)}
	}
	return a
}

// resource is an address of a service resource.
func (f *Frame) resource(r cloud.ResourceView, what string) string {
	return f.Link("/endpoint-services/" + r.Service + "/resources/" + r.Zone + "/" + r.Balancer + "/" + what)
}
