package views

import (
	"strconv"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// RecordForm is 添加记录, or the page that changes a record (PVZ-08).
type RecordForm struct {
	Form   ui.Form
	Zone   cloud.PrivateZoneView
	Record cloud.Record // zero for a new one
	// Endpoints are the account's, whose domains a CNAME can lead to.
	Endpoints []cloud.EndpointView
}

// RecordFields are the fields of the form of a record.
func RecordFields() []string {
	return []string{"host", "type", "value", "priority", "ttl", "weight", "remark"}
}

// RecordInto fills a form that has not been sent with a record.
func RecordInto(form ui.Form, r cloud.Record) {
	form.Default("host", r.Shown())
	form.Default("type", r.Type)
	form.Default("value", r.Value)
	if r.Priority > 0 {
		form.Default("priority", strconv.Itoa(r.Priority))
	}
	form.Default("ttl", strconv.Itoa(r.TTL))
	if r.Weight > 0 {
		form.Default("weight", strconv.Itoa(r.Weight))
	}
	form.Default("remark", r.Remark)
}

func (p RecordForm) fresh() bool { return p.Record.ID == "" }

func (p RecordForm) title(f *Frame) string {
	if p.fresh() {
		return f.T("record.add.title", "zone", p.Zone.Shown)
	}
	return f.T("record.edit.title", "name", recordName(p.Zone, p.Record))
}

func (p RecordForm) kind() string { return p.Form.Value("type") }

// hostHint says what a host is, and what it is like for the type.
func (p RecordForm) hostHint(f *Frame) string {
	hint := f.T("record.host.hint", "zone", p.Zone.Shown)
	switch p.kind() {
	case cloud.PTR:
		return hint + f.Gap() + f.T("record.host.ptr")
	case cloud.SRV:
		return hint + f.Gap() + f.T("record.host.srv")
	}
	return hint
}

// unused are the fields that the type does not have: they are kept, for
// another type may be chosen again.
func (p RecordForm) unused() []string {
	var out []string
	if p.kind() != cloud.MX {
		out = append(out, "priority")
	}
	if !p.weighs() {
		out = append(out, "weight")
	}
	return out
}

func (p RecordForm) weighs() bool { return p.kind() == cloud.A || p.kind() == cloud.AAAA }

// aims says whether the value is a name that can be an endpoint's.
func (p RecordForm) aims() bool {
	return p.kind() == cloud.CNAME && len(p.Endpoints) > 0
}

func recordTypes() []ui.Option {
	var out []ui.Option
	for _, t := range cloud.RecordTypes() {
		out = append(out, ui.Option{Value: t, Label: t})
	}
	return out
}

func recordPath(r cloud.Record) string { return zonePath(r.Zone) + "/records/" + r.ID }

// recordName is the whole name of a record as people write it.
func recordName(z cloud.PrivateZoneView, r cloud.Record) string {
	return cloud.DisplayName(r.FQDN(z.Name))
}

// RecordName is recordName for notices.
func RecordName(z cloud.PrivateZoneView, r cloud.Record) string { return recordName(z, r) }

// RecordConfirm is 解析变更确认 (PVZ-09). Form holds the fields of a record that
// is added or edited.
type RecordConfirm struct {
	Form   ui.Form
	Act    cloud.RecordAct
	Change cloud.RecordChange
	Post   string // where 确定 sends it
	Back   string // the form again; empty: there was none
	// Answer is what the record will answer for, among clusters' names.
	Answer cloud.RecordAnswer
}

// lines are the fields before and after.
func (p RecordConfirm) lines(f *Frame) []confirmLine {
	var out []confirmLine
	for _, field := range []struct {
		label string
		of    func(cloud.Record) string
	}{
		{"record.name", func(r cloud.Record) string { return recordName(p.Change.Zone, r) }},
		{"record.type", func(r cloud.Record) string { return r.Type }},
		{"record.value", func(r cloud.Record) string { return r.Value }},
		{"record.priority", func(r cloud.Record) string { return number(r.Priority) }},
		{"record.ttl", func(r cloud.Record) string { return strconv.Itoa(r.TTL) }},
		{"record.weight", func(r cloud.Record) string { return number(r.Weight) }},
		{"record.state", func(r cloud.Record) string { return f.recordState(r) }},
		{"pvz.remark", func(r cloud.Record) string { return r.Remark }},
	} {
		l := confirmLine{Label: f.T(field.label)}
		if p.Change.Was != nil {
			l.Was = field.of(*p.Change.Was)
		}
		if p.Change.Will != nil {
			l.Will = field.of(*p.Change.Will)
		}
		if l.Was != "" || l.Will != "" {
			out = append(out, l)
		}
	}
	return out
}

// confirmLine is one field before and after.
type confirmLine struct{ Label, Was, Will string }

// same says that nothing would change.
func (p RecordConfirm) same() bool {
	return p.Change.Was != nil && p.Change.Will != nil && *p.Change.Was == *p.Change.Will
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (f *Frame) recordState(r cloud.Record) string {
	if r.Paused {
		return f.T("record.paused")
	}
	return f.T("record.on")
}

// RecordFilters are those of the list of records.
func (f *Frame) RecordFilters() []ui.Filter {
	return []ui.Filter{
		f.Filter("type", f.T("record.type"), func(v string) string { return v }, cloud.RecordTypes()...),
		f.Filter("state", f.T("record.state"), func(v string) string { return f.T("record." + v) }, "on", "paused"),
	}
}

// RecordImport is the page that imports a zone file.
type RecordImport struct {
	Form ui.Form
	Zone cloud.PrivateZoneView
	// Plan is what the file would do; nil before it was sent.
	Plan    *cloud.ImportPlan
	Skipped int
}

// ready says that the plan can be carried out.
func (p RecordImport) ready() bool {
	return p.Plan != nil && len(p.Plan.Faults) == 0 && p.Plan.Changes()
}

// planLine is one record of a plan.
type planLine struct {
	Kind   ui.Kind
	Act    string
	Record cloud.Record
	Was    string // what it was, of one that changes
}

// mostPlan is how many records of each kind a plan shows.
const mostPlan = 200

func (p RecordImport) lines(f *Frame) []planLine {
	var out []planLine
	for _, r := range p.Plan.Removed[:min(mostPlan, len(p.Plan.Removed))] {
		out = append(out, planLine{ui.Bad, f.T("record.import.removes"), r, ""})
	}
	for _, ch := range p.Plan.Changed[:min(mostPlan, len(p.Plan.Changed))] {
		out = append(out, planLine{ui.Run, f.T("record.import.changes"), *ch.Will, "TTL " + strconv.Itoa(ch.Was.TTL) + weight(*ch.Was)})
	}
	for _, r := range p.Plan.Added[:min(mostPlan, len(p.Plan.Added))] {
		out = append(out, planLine{ui.OK, f.T("record.import.adds"), r, ""})
	}
	return out
}

func weight(r cloud.Record) string {
	if r.Weight == 0 {
		return ""
	}
	return " · " + strconv.Itoa(r.Weight)
}

func (f *Frame) faultWhere(l cloud.LineFault) string {
	if l.Line > 0 {
		return f.T("record.import.line", "n", l.Line)
	}
	return strings.TrimSpace(l.Record)
}
