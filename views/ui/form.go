package ui

import (
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"culvert.internal/cloud"
)

// Form is what was typed and, after a refusal, what is wrong with it.
type Form struct {
	Values url.Values
	Errors []cloud.FieldError
	Err    *cloud.Error
	// Page is the address the form is shown at; a suggestion's button fetches
	// it again with the suggestion in place.
	Page string
	// Since is what the form's page could show, as it was sent, and As the
	// account it was shown to; nothing when it was not sent.
	Since int64
	As    string
	// fields are the form's fields as they are called and in their order on the
	// page, learned as they are rendered: the summary of a refused form stands
	// above them, so handlers render such a page twice.
	fields map[string]learned
}

// learned is what is known of a field once it was rendered.
type learned struct {
	label string
	at    int // from 0, in the order of the page
}

// fixField is the name a suggestion's button sends: "field=value".
const fixField = "fix"

// NewForm makes a form of a request's values. A pressed suggestion is put in
// its field.
func NewForm(page string, values url.Values) Form {
	v := url.Values{}
	for name, all := range values {
		if name != fixField && name != "lang" && name != sinceField {
			v[name] = slices.Clone(all)
		}
	}
	if name, value, ok := strings.Cut(values.Get(fixField), "="); ok {
		v.Set(name, value)
	}
	seq, account := sentSince(values)
	return Form{Values: v, Page: page, Since: seq, As: account, fields: map[string]learned{}}
}

// With is the form with a refusal.
func (f Form) With(err *cloud.Error) Form {
	f.Err = err
	f.Errors = nil
	if err != nil {
		f.Errors = err.Fields
	}
	return f
}

// Fresh says that nothing has been sent yet: the moment for defaults.
func (f Form) Fresh() bool { return len(f.Values) == 0 }

// Default sets a field that was not sent. For checkboxes use it only while
// the form is Fresh: an unticked box is not sent either.
func (f Form) Default(name, value string) {
	if !f.Values.Has(name) {
		f.Values.Set(name, value)
	}
}

// Set changes a field, for a choice that became invalid.
func (f Form) Set(name, value string) { f.Values.Set(name, value) }

// GoOnAt says at which row the reader goes on, from 1: the one just added, or
// the one in the place of a removed one. 0 is at none.
func (f Form) GoOnAt(row int) {
	f.Values.Del("row")
	if row > 0 {
		f.Values.Set("row", strconv.Itoa(row))
	}
}

// GoesOnAt says whether the keyboard belongs into this row.
func (f Form) GoesOnAt(row int) bool { return f.Value("row") == strconv.Itoa(row) }

// overtaken says that somebody else was quicker.
func (f Form) overtaken() bool { return f.Err != nil && f.Err.Key == cloud.Overtaken }

// learn keeps a field's label and its place.
func (f Form) learn(d Field) {
	if f.fields == nil || d.Label == "" {
		return
	}
	at := len(f.fields)
	if known, ok := f.fields[d.Name]; ok {
		at = known.at
	}
	f.fields[d.Name] = learned{d.Label, at}
}

// wrong is what is wrong in the order of the page; fields that are not known
// come last.
func (f Form) wrong() []cloud.FieldError {
	place := func(e cloud.FieldError) int {
		if known, ok := f.fields[e.Field]; ok {
			return known.at
		}
		return len(f.fields)
	}
	out := slices.Clone(f.Errors)
	sort.SliceStable(out, func(i, j int) bool { return place(out[i]) < place(out[j]) })
	return out
}

// Value is what the field holds.
func (f Form) Value(name string) string { return f.Values.Get(name) }

// All are the values of a field that has several.
func (f Form) All(name string) []string { return f.Values[name] }

// Ticked says whether a checkbox or a choice of that value is on.
func (f Form) Ticked(name, value string) bool { return slices.Contains(f.Values[name], value) }

// holds says whether the field is set to exactly these values.
func (f Form) holds(name string, values []string) bool {
	return slices.Equal(values, f.Values[name]) || f.first(values) == f.Value(name) && len(values) < 2
}

func (f Form) first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// Error is the first thing wrong with the field.
func (f Form) Error(name string) (cloud.FieldError, bool) {
	for _, e := range f.Errors {
		if e.Field == name {
			return e, true
		}
	}
	return cloud.FieldError{}, false
}

// focused says whether the field is to take the keyboard: the first one on
// the page that is wrong.
func (f Form) focused(name string) bool {
	wrong := f.wrong()
	return len(wrong) > 0 && wrong[0].Field == name
}

// ID is the id of a field's control, for labels and links to it.
func ID(name string) string { return "f-" + strings.ReplaceAll(name, ".", "-") }

// Field is one field of a form.
type Field struct {
	Name        string
	Label       string
	Need        bool // marked as required
	Hint        string
	Placeholder string
	Type        string // input type, default "text"
	Auto        string // autocomplete, default "off"
	Off         bool   // shown, not to be changed
	Autofocus   bool   // takes the keyboard on a form without errors
	Min, Max    string // of numbers
	// Refresh: other fields depend on this one (FormBox.Refresh).
	Refresh bool
	// Bare leaves out the label column: the label is above, small, for fields
	// in rows.
	Bare bool
}

func (d Field) kind() string {
	if d.Type == "" {
		return "text"
	}
	return d.Type
}

func (d Field) auto() string {
	if d.Auto == "" {
		return "off"
	}
	return d.Auto
}

// describedBy names the hint and the error of a field, those that exist.
func (d Field) describedBy(f Form) string {
	var ids []string
	if _, bad := f.Error(d.Name); bad {
		ids = append(ids, ID(d.Name)+"-err")
	}
	if d.Hint != "" {
		ids = append(ids, ID(d.Name)+"-hint")
	}
	return strings.Join(ids, " ")
}

// invalid says that the field is wrong; one that was only brought up to date
// is not.
func (d Field) invalid(f Form) bool {
	e, bad := f.Error(d.Name)
	return bad && !upToDate(e)
}

// upToDate says that a field now shows what somebody else has set, because
// its reader had not touched it.
func upToDate(e cloud.FieldError) bool { return strings.HasPrefix(e.Key, cloud.KeptTheirs) }

func (d Field) focus(f Form) bool {
	return f.focused(d.Name) || (d.Autofocus && len(f.Errors) == 0)
}

// Option is one choice of a select, of radio buttons or of a list.
type Option struct {
	Value string
	Label string
	Note  string // smaller, after or below the label
	Off   bool   // cannot be chosen; Note says why
}

// text is the option's one line in a select.
func (o Option) text() string {
	if o.Note == "" {
		return o.Label
	}
	return o.Label + " · " + o.Note
}

// FormOf says how a form is sent.
type FormOf struct {
	Method string // "get" or "post", default "post"
	Action string // default: the page's own address
	// Main is the form's main button; a hidden copy of it comes first.
	Main Button
	// Refresh is the label of the button that fetches dependent choices
	// again; empty leaves it out.
	Refresh string
	// Get is the address of the refresh, default Action.
	Get string
}

func (o FormOf) method() string {
	if o.Method == "" {
		return "post"
	}
	return o.Method
}
