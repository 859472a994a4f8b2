package views

import (
	"net/url"
	"strings"
)

// projectPart stands in the paths of a menu for the project that is looked at.
const projectPart = ":project"

// MenuLink is the address of a link of the navigation.
func (f *Frame) MenuLink(path string) string {
	return f.Link(strings.Replace(path, projectPart, url.PathEscape(f.Project.ID), 1))
}

// at is the path of the navigation's link that leads to this page, or to what
// it is below: the longest one that fits.
func (f *Frame) at() string {
	best, found := "", false
	for _, g := range f.Edition.Menu {
		for _, i := range g.Items {
			here := f.Here(strings.Replace(i.Path, projectPart, f.Project.ID, 1))
			if here && (!found || len(i.Path) > len(best)) {
				best, found = i.Path, true
			}
		}
	}
	if !found {
		return "-"
	}
	return best
}

// InProject is the address of a page of the project that is looked at:
// InProject("/clusters").
func (f *Frame) InProject(path string) string { return f.ProjectPath(f.Project.ID, path) }

// ProjectPath is the address of a page of a project.
func (f *Frame) ProjectPath(id, path string) string {
	return f.Link("/projects/" + url.PathEscape(id) + path)
}

// hosted is the address of a page of the console that has projects, empty when
// this installation has no such console.
func (f *Frame) hosted(path string) string {
	for _, e := range f.Editions {
		if e.Place != "" {
			return e.Home() + path
		}
	}
	return ""
}
