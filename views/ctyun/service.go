package ctyun

import (
	"strconv"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// serviceStates are the documented states in their order (TYD-11).
func serviceStates() []cloud.State { return append(cloud.ServiceStates(), cloud.Buried) }

// approval is 连接审批 in a word.
func approval(f *views.Frame, s cloud.ServiceView) string {
	if s.AutoAccept {
		return f.T("mapping.approval.no")
	}
	return f.T("mapping.approval.yes")
}

func approvals(f *views.Frame) []ui.Option {
	return []ui.Option{
		{Value: "yes", Label: f.T("mapping.approval.yes"), Note: f.T("mapping.approval.yes.hint")},
		{Value: "no", Label: f.T("mapping.approval.no"), Note: f.T("mapping.approval.no.hint")},
	}
}

// behind is what stands behind a service: its kind, its name and its page.
func behind(f *views.Frame, r cloud.ResourceView) (kind, name, href string) {
	if r.Instance != "" {
		return f.T("backend.instance"), r.Name, f.Link("/instances/" + r.Instance)
	}
	return f.T("backend.balancer"), r.Name, f.Link("/load-balancers/" + r.Balancer)
}

// nic is the NIC of an instance that is behind a service.
func nic(f *views.Frame, r cloud.ResourceView) string {
	if r.NIC == "" {
		return f.T("nic.primary")
	}
	return f.T("nic.secondary")
}

// tabs are 基本信息, 连接管理, 权限管理, 端口映射 (TYD-01) and what the shared page
// has too.
func tabs(f *views.Frame, p views.ServiceDetail) []ui.Tab {
	s := p.Service
	counts := map[string]string{
		"connections": strconv.Itoa(s.Connections), "grants": strconv.Itoa(len(s.Grants)), "mappings": strconv.Itoa(len(s.Mappings)),
	}
	var out []ui.Tab
	for _, id := range []string{"", "connections", "grants", "mappings", "charts", "attempts"} {
		label := f.T("chart.tab")
		if id != "charts" {
			label = f.T("service.tab." + tabName(id))
		}
		out = append(out, ui.Tab{Label: label, Href: f.ServicePath(s.ID, id), Count: counts[id], Current: shown(p) == id})
	}
	return append(out, ui.Tab{Label: f.T("service.tab.events"), Href: f.Link("/events?resource=" + s.ID)})
}

func tabName(id string) string {
	if id == "" {
		return "basics"
	}
	return id
}

// shown is the tab that is shown; one that is not known is the first.
func shown(p views.ServiceDetail) string {
	switch p.Tab {
	case "connections", "grants", "mappings", "charts", "attempts":
		return p.Tab
	}
	return ""
}

func protocol(p string) string { return strings.ToUpper(p) }

func number(p uint16) string { return strconv.Itoa(int(p)) }

// refused is the refusal without what the question shows itself.
func refused(form ui.Form) ui.Form {
	if form.Err != nil && len(form.Err.Blockers) > 0 {
		return form.With(nil)
	}
	return form
}
