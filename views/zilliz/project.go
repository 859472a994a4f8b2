package zilliz

import (
	"culvert.internal/cloud"
	"culvert.internal/views"
	"culvert.internal/views/ui"
)

// ProjectForm makes a project or changes its name; Project is empty for a new
// one.
type ProjectForm struct {
	Form    ui.Form
	Project cloud.Project
}

func (p ProjectForm) title(f *views.Frame) string {
	if p.Project.ID == "" {
		return f.T("project.create")
	}
	return f.T("project.rename", "name", p.Project.Name)
}

func (p ProjectForm) button(f *views.Frame) ui.Button {
	if p.Project.ID == "" {
		return ui.Button{Label: f.T("do.create"), Main: true}
	}
	return ui.Button{Label: f.T("do.save"), Main: true}
}

// Trail is the way to a page of the project that is looked at: the project, a
// list and its path in the project, and pairs of label and address; a pair
// without an address is the page itself.
func Trail(f *views.Frame, list, path string, pairs ...string) []ui.Crumb {
	out := []ui.Crumb{
		{Label: f.T("project.title"), Href: f.Link("/projects")},
		{Label: f.Project.Name, Href: f.InProject("/clusters")},
		{Label: f.T(list), Href: f.InProject(path)},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, ui.Crumb{Label: pairs[i], Href: pairs[i+1]})
	}
	return out
}
