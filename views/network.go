package views

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// NetworkEdit is the page that changes the name and the description of a VPC,
// a vSwitch or a security group.
type NetworkEdit struct {
	Form  ui.Form
	Title string
	Trail []ui.Crumb
	// Hint says what the name takes.
	Hint string
	// Kept are the facts that cannot be changed.
	Kept []KeptFact
	Back string
}

// KeptFact is a label and what stays under it.
type KeptFact struct{ Label, Value string }

// NetworkDelete is the page that asks before something is deleted.
type NetworkDelete struct {
	Form  ui.Form
	Title string
	Trail []ui.Crumb
	// Lead says what exactly is meant, when the title does not.
	Lead string
	// Effects say what will happen, one sentence each.
	Effects []string
	// Blockers are known to stand in the way; Why is the sentence about them.
	Blockers []cloud.Ref
	Why      string
	Back     string
}

// asking is the page's question. After a refusal the engine's own reason and
// blockers take the place of what was known before.
func (p NetworkDelete) asking(f *Frame) (ui.Form, ui.Asking) {
	a := ui.Asking{
		Title: p.Title, Lead: p.Lead, Effects: p.Effects, Blockers: p.Blockers, Back: p.Back,
		Do: ui.Button{Label: f.T("network.delete"), Icon: "trash", Danger: true},
	}
	form := p.Form
	if form.Err != nil && len(form.Err.Blockers) > 0 {
		a.Blockers, a.Lead, form = form.Err.Blockers, f.T2(form.Err.Key, form.Err.Args), form.With(nil)
	} else if len(a.Blockers) > 0 {
		a.Lead = p.Why
	}
	if len(a.Blockers) > 0 {
		a.Effects = nil
	}
	return form, a
}

// Trail is the way to a page below a list: the overview, the list and then
// pairs of label and path below edition and region; a pair without a path is
// the page itself.
func (f *Frame) Trail(list, path string, pairs ...string) []ui.Crumb {
	out := []ui.Crumb{{Label: f.T("menu.home"), Href: f.Link("")}, {Label: f.T(list), Href: f.Link(path)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		c := ui.Crumb{Label: pairs[i]}
		if pairs[i+1] != "" {
			c.Href = f.Link(pairs[i+1])
		}
		out = append(out, c)
	}
	return out
}

// list joins names as the language does.
func (f *Frame) list(names []string) string {
	if f.Lang == "zh" {
		return strings.Join(names, "、")
	}
	return strings.Join(names, ", ")
}

// Gap is what stands between two sentences.
func (f *Frame) Gap() string {
	if f.Lang == "zh" {
		return ""
	}
	return " "
}

// pair puts two words beside each other: a space stands between them unless
// both are Chinese where they meet.
func (f *Frame) pair(a, b string) string {
	last, _ := utf8.DecodeLastRuneInString(a)
	first, _ := utf8.DecodeRuneInString(b)
	if unicode.Is(unicode.Han, last) && unicode.Is(unicode.Han, first) {
		return a + b
	}
	return a + " " + b
}

// finds says whether a list needs its search line: when it holds anything, or
// when somebody has searched.
func finds(q string, total int) bool { return q != "" || total > 0 }

// vpcOptions are the VPCs of a select.
func vpcOptions(vpcs []cloud.VPC) []ui.Option {
	out := make([]ui.Option, len(vpcs))
	for i, v := range vpcs {
		out[i] = ui.Option{Value: v.ID, Label: v.Name, Note: v.CIDR.String()}
	}
	return out
}

// dash stands for what is empty.
func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return "–"
	}
	return a.String()
}

func portText(p uint16) string { return strconv.Itoa(int(p)) }

func upper(s string) string { return strings.ToUpper(s) }

func lower(s string) string { return strings.ToLower(s) }
