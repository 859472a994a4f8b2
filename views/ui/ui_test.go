package ui

import (
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"culvert.internal/cloud"
	"culvert.internal/views/text"
)

// reader is a frame for tests: English, links to everything of its own.
type reader struct{}

func (reader) T(key string, pairs ...any) string            { return text.EN.T(key, pairs...) }
func (reader) T2(key string, args map[string]string) string { return text.EN.T2(key, args) }

func (reader) Ref(r cloud.Ref) string {
	if r.Account != "me" {
		return ""
	}
	return "/" + r.ID
}

func (reader) AccountName(id string) string {
	return map[string]string{"me": "Account A", "you": "Account B"}[id]
}

func render(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func form(pairs ...string) Form {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return NewForm("/new", v)
}

// "did you mean 10.10.0.0/16?" is one press, with or without JavaScript.
func TestSuggestion(t *testing.T) {
	f := form("cidr", "10.10.1.0/16", "name", "VPC1").With(&cloud.Error{
		Kind: cloud.Invalid, Key: "error.invalid",
		Fields: []cloud.FieldError{{Field: "cidr", Key: "error.required", Suggest: "10.10.0.0/16"}},
	})
	d := render(t, Text(reader{}, f, Field{Name: "cidr", Label: "CIDR", Hint: "a hint", Need: true}))
	input := d.Find("input")
	for attr, want := range map[string]string{
		"value": "10.10.1.0/16", "aria-invalid": "true", "aria-describedby": "f-cidr-err f-cidr-hint", "id": "f-cidr", "aria-required": "true",
	} {
		if got := input.AttrOr(attr, ""); got != want {
			t.Errorf("%s is %q, want %q", attr, got, want)
		}
	}
	if _, focus := input.Attr("autofocus"); !focus {
		t.Error("the first bad field does not take the keyboard")
	}
	button := d.Find("button")
	if button.AttrOr("formmethod", "") != "get" || button.AttrOr("formaction", "") != "/new" {
		t.Error("the suggestion is not fetched from the form's page")
	}
	fixed := NewForm("/new", url.Values{"cidr": {"10.10.1.0/16"}, "name": {"VPC1"}, button.AttrOr("name", ""): {button.AttrOr("value", "")}})
	if fixed.Value("cidr") != "10.10.0.0/16" || fixed.Value("name") != "VPC1" || fixed.Values.Has(fixField) {
		t.Errorf("after pressing the suggestion the form holds %v", fixed.Values)
	}
}

func TestOnlyTheFirstBadFieldTakesTheKeyboard(t *testing.T) {
	f := form().With(&cloud.Error{Fields: []cloud.FieldError{{Field: "a", Key: "error.required"}, {Field: "b", Key: "error.required"}}})
	both := templ.Join(
		Number(reader{}, f, Field{Name: "c", Label: "C", Autofocus: true}),
		Radios(reader{}, f, Field{Name: "a", Label: "A"}, []Option{{Value: "1", Label: "one"}, {Value: "2", Label: "two"}}),
	)
	d := render(t, both)
	if got := d.Find("[autofocus]"); got.Length() != 1 || got.AttrOr("id", "") != "f-a" {
		t.Errorf("%d fields want the keyboard, the first is %q", got.Length(), got.AttrOr("id", ""))
	}
}

// The engine checks fields in an order of its own: the summary and the
// keyboard follow the page. What has no field comes last.
func TestErrorsFollowThePage(t *testing.T) {
	f := form().With(&cloud.Error{Key: "error.invalid", Fields: []cloud.FieldError{
		{Field: "gone", Key: "error.required"}, {Field: "b", Key: "error.required"}, {Field: "a", Key: "error.required"},
	}})
	page := templ.Join(
		ErrorSummary(reader{}, f),
		Text(reader{}, f, Field{Name: "a", Label: "A"}),
		Select(reader{}, f, Field{Name: "b", Label: "B"}, nil),
	)
	render(t, page) // a refused page is rendered twice
	d := render(t, page)
	links := d.Find("#errors a").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("href", "") })
	if got := strings.Join(links, " "); got != "#f-a #f-b #f-gone" {
		t.Errorf("the summary lists %s", got)
	}
	if got := d.Find("[autofocus]"); got.Length() != 1 || got.AttrOr("id", "") != "f-a" {
		t.Errorf("%d fields want the keyboard, the first is %q", got.Length(), got.AttrOr("id", ""))
	}
}

// DESIGN idea 7: Enter presses the main action, never "remove row".
func TestEnterPressesTheMainButton(t *testing.T) {
	main := Button{Label: "Next", Name: "step", Value: "2", Main: true}
	d := render(t, FormBox(FormOf{Method: "get", Main: main}))
	first := d.Find("button").First()
	if first.AttrOr("name", "") != "step" || first.AttrOr("value", "") != "2" || !first.HasClass("vh") || first.AttrOr("tabindex", "") != "-1" {
		t.Error("the form's first button is not a hidden copy of its main one")
	}
	if _, ok := d.Find("form").Attr("novalidate"); !ok {
		t.Error("the browser judges the form")
	}
}

func TestBlockersAreNamed(t *testing.T) {
	err := &cloud.Error{Kind: cloud.Conflict, Key: "error.409.title", Blockers: []cloud.Ref{
		{Kind: "endpoint", ID: "ep-1", Name: "web", Account: "me"},
		{Kind: "endpoint", ID: "ep-2", Account: "you"},
	}}
	d := render(t, ErrorSummary(reader{}, form().With(err)))
	if d.Find(`[role=alert] a[href="/ep-1"]`).Text() != "web" {
		t.Error("an own blocker is not linked by its name")
	}
	second := strings.Join(strings.Fields(d.Find("li").Eq(1).Text()), " ")
	if second != "endpoint ep-2 owned by Account B" || d.Find("li").Eq(1).Find("a").Length() != 0 {
		t.Errorf("another account's blocker is %q", second)
	}
	asked := render(t, Confirm(reader{}, form(), Asking{Title: "Delete", Blockers: err.Blockers, Do: Button{Label: "Delete"}, Back: "/"}))
	if asked.Find("button").Length() != 0 {
		t.Error("a blocked deletion still has its button")
	}
}

func TestFormValues(t *testing.T) {
	f := form("tick", "a", "tick", "b", "lang", "en", "name", "")
	f.Default("name", "no")
	f.Default("size", "yes")
	if f.Value("name") != "" || f.Value("size") != "yes" || !f.Ticked("tick", "b") || f.Ticked("tick", "c") || f.Values.Has("lang") {
		t.Errorf("the form holds %v", f.Values)
	}
	if !form().Fresh() || !form("lang", "en").Fresh() || f.Fresh() {
		t.Error("a form does not know whether anything was sent")
	}
	d := render(t, Keep(f, "tick", "none"))
	if d.Find(`input[type=hidden][name=tick]`).Length() != 2 {
		t.Error("a list is not carried to the next step")
	}
	box := render(t, Check(reader{}, form("on", "true"), Field{Name: "on", Label: "On"}, "really"))
	if _, ok := box.Find("input").Attr("checked"); !ok {
		t.Error("a ticked box comes back unticked")
	}
}

func TestCopyAddsNothing(t *testing.T) {
	const domain = "ep-1.epsrv-2.eu-central-1.privatelink.aliyuncs.com"
	d := render(t, Copy(reader{}, domain, "domain"))
	if got := strings.TrimSpace(d.Find("code").Text()); got != domain {
		t.Errorf("selecting the value copies %q", got)
	}
	if got := d.Find("button").AttrOr("data-copy", ""); got != domain {
		t.Errorf("the button copies %q", got)
	}
}

func TestCut(t *testing.T) {
	items := make([]int, 120)
	for i := range items {
		items[i] = i
	}
	for _, c := range []struct{ page, first, n, at int }{{1, 0, 50, 1}, {3, 100, 20, 3}, {9, 100, 20, 3}, {-1, 0, 50, 1}} {
		got, p := Cut(items, c.page, nil)
		if len(got) != c.n || got[0] != c.first || p.Page != c.at {
			t.Errorf("page %d: %d items from %d on page %d", c.page, len(got), got[0], p.Page)
		}
	}
	if got, p := Cut([]int{}, 1, nil); len(got) != 0 || p.last() != 1 {
		t.Errorf("an empty list has %d items on %d pages", len(got), p.last())
	}
	_, p := Cut(items, 2, nil)
	d := render(t, Pages(reader{}, p))
	if got := d.Find("a[aria-current]").Text(); got != "2" || d.Find("a[rel=next]").AttrOr("href", "") != "?page=3" {
		t.Errorf("the pager stands on %q", got)
	}
}

// COM-01 and "a disabled button has its reason beside it".
func TestButtonsAndHeads(t *testing.T) {
	d := render(t, Btn(Button{Label: "Delete", Href: "/x", Off: true, Why: "in use"}))
	if _, off := d.Find("button").Attr("disabled"); !off || d.Find(".hint").Text() != "in use" {
		t.Error("a disabled button has no reason")
	}
	d = render(t, Head(Title{Text: "web", Role: "Service consumer", State: "Available", Kind: OK}))
	if d.Find(".tag").Text() != "Service consumer" || !d.Find(".st").HasClass("is-ok") {
		t.Error("a head lacks its role or its state")
	}
}

func TestTerminalKeepsItsLines(t *testing.T) {
	d := render(t, Term("terminal", Line{Prompt: "[ECS1]$", Text: "curl <x>", Command: true}, Line{Text: "ok\n"}))
	if got := strings.TrimSpace(d.Find("pre").Text()); got != "[ECS1]$ curl <x>\nok" {
		t.Errorf("the terminal shows %q", got)
	}
}
