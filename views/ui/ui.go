// Package ui is the component kit of the console: every page is put together
// from these parts and from plain HTML with the classes of static/app.css.
//
// # A page
//
// A page is a templ component in views (or in views/<cloud> when only that
// cloud has it): a function of the frame and of one struct with what it shows.
// It holds no words of its own, only keys, and no addresses but those that
// f.Link makes.
//
//	type VPCList struct {
//		Items []cloud.VPC
//		Pager ui.Pager
//	}
//
//	templ VPCListPage(f *Frame, p VPCList) {
//		@Layout(f, f.T("vpc.title")) {
//			@ui.Head(ui.Title{Text: f.T("vpc.title")}) {
//				@ui.Btn(ui.Button{Label: f.T("vpc.create"), Icon: "plus", Href: f.Link("/vpcs/new"), Main: true})
//			}
//			@ui.Sheet("", "", "") {
//				if len(p.Items) == 0 {
//					@ui.Empty(f.T("vpc.none"), f.T("vpc.none.how")) {
//						@ui.Btn(ui.Button{Label: f.T("vpc.create"), Href: f.Link("/vpcs/new")})
//					}
//				} else {
//					@ui.Table(f.T("vpc.title"), ui.Col{Label: f.T("word.name")}, ui.Col{Label: f.T("vpc.cidr")}, ui.Col{Label: f.T("word.actions"), Ops: true}) {
//						for _, v := range p.Items {
//							<tr>
//								@ui.IDCell(f.T("word.name"), v.Name, f.Link("/vpcs/"+v.ID), v.ID)
//								@ui.Cell(f.T("vpc.cidr")) { <code>{ v.CIDR.String() }</code> }
//								@ui.Ops() { <a href={ f.Link("/vpcs/" + v.ID + "/delete") }>{ f.T("do.delete.ask") }</a> }
//							</tr>
//						}
//					}
//					@ui.Pages(f, p.Pager)
//				}
//			}
//		}
//	}
//
// # A form
//
// The handler makes a Form (values and, after a refusal, errors), the fields
// read it: value, error, aria wiring and focus come by the field's name.
//
//	@ui.FormBox(ui.FormOf{Method: "post", Main: create}) {
//		@ui.ErrorSummary(f, p.Form)
//		<fieldset>
//			<legend>{ f.T("word.basics") }</legend>
//			@ui.Text(f, p.Form, ui.Field{Name: "name", Label: f.T("word.name"), Need: true, Hint: f.T("vpc.name.hint")})
//			@ui.Select(f, p.Form, ui.Field{Name: "zone", Label: f.T("word.zone")}, zones)
//		</fieldset>
//		@ui.Foot(f.T("vpc.cost")) {
//			@ui.Btn(create)
//			@ui.Btn(ui.Button{Label: f.T("do.cancel"), Href: f.Link("/vpcs"), Plain: true})
//		}
//	}
//
// with create := ui.Button{Label: f.T("do.create"), Main: true}. FormBox puts
// a hidden copy of its main button first, so that Enter presses that one and
// never "remove row".
//
// A wizard is one form: its steps are GETs of the same address with every
// field in the query (DESIGN idea 7). Carry the fields of other steps with
// Keep, let only the last button POST:
//
//	@ui.FormBox(ui.FormOf{Method: "get", Main: next}) {
//		@ui.Keep(p.Form, "name", "zone")        // fields another step shows
//		…
//		@ui.Btn(next)                           // Button{Name: "step", Value: "3", Main: true}
//		@ui.Btn(ui.Button{Label: f.T("do.submit"), Post: true, Main: true}) // on the last step
//	}
//
// A select that others depend on has Refresh: true; FormBox's Refresh button
// fetches the page again when pressed, with JavaScript at once and in place.
//
// # What changes while one looks
//
// Live wraps a part of a page that fetches itself again when a thing it shows
// changes, by kind or ID; Poll does so every few seconds too, for what is
// observed. Both fetch the page they are part of: there is no second way to
// render anything.
//
//	@ui.Live("zones", f.Path, p.Endpoint.ID, "observation") {
//		…
//	}
package ui

import (
	"strings"

	"github.com/a-h/templ"

	"culvert.internal/cloud"
)

// Frame is what a component needs of the page's frame; *views.Frame is one.
type Frame interface {
	T(key string, pairs ...any) string
	T2(key string, args map[string]string) string
	// Ref is the address of a resource's page, empty when it has none or when
	// it belongs to another account.
	Ref(cloud.Ref) string
	// AccountName is an account's name for this reader, empty for an unknown one.
	AccountName(id string) string
}

// Kind says how things stand; it gives a state its colour and its mark.
type Kind string

// The kinds of states.
const (
	OK   Kind = "ok"   // passes
	Wait Kind = "wait" // waits for a person
	Bad  Kind = "bad"  // refused or failed
	Off  Kind = "off"  // absent
	Run  Kind = "run"  // the system is at work
)

func (k Kind) class() string {
	if k == "" {
		return "is-off"
	}
	return "is-" + string(k)
}

func (k Kind) icon() string {
	if k == "" {
		return "s-off"
	}
	return "s-" + string(k)
}

// Breaks shows a domain name so that it may wrap after its dots.
func Breaks(s string) templ.Component { return breaks(s) }

// breaks lets a domain name wrap after its dots; it adds no space that a
// selection would copy.
func breaks(s string) templ.Component {
	return templ.Raw(strings.ReplaceAll(templ.EscapeString(s), ".", ".<wbr>"))
}
