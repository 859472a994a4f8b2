package views

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"culvert.internal/cloud"
	"culvert.internal/views/ui"
)

// EventList is one page of the audit trail.
type EventList struct {
	Items    []cloud.Event
	List     ui.List
	Resource string // the only resource shown, empty for all
	// Before and After are where the page begins; 0: at the end.
	Before, After int64
	Oldest        bool // oldest first
	More          bool // the list goes on
}

func (p EventList) filtered() bool {
	return p.Resource != "" || p.List.Find.Words != "" || len(p.List.Find.Filter) > 0
}

// first and next are the first page and the one after this.
func (p EventList) first(f *Frame) string { return f.With("before", "", "after", "") }

func (p EventList) next(f *Frame) string {
	seq := strconv.FormatInt(p.Items[len(p.Items)-1].Seq, 10)
	if p.Oldest {
		return f.With("after", seq, "before", "")
	}
	return f.With("before", seq, "after", "")
}

// EventKinds are the kinds of things that the trail can be narrowed down to.
func (f *Frame) EventKinds() []string {
	if f.Edition != nil && f.Edition.Place != "" {
		return []string{"project", "cluster", "privatelink", "account"}
	}
	kinds := []string{
		"endpoint", "interface", "service", "resource", "grant", "vpc", "vswitch", "group", "rule", "acl", "aclrule", "instance",
		"balancer", "listener", "backend", "observation", "account",
	}
	if f.ctyun() {
		return slices.Insert(kinds, slices.Index(kinds, "balancer"), "nic", "idc")
	}
	kinds = slices.Insert(kinds, slices.Index(kinds, "observation"), "privatezone", "record")
	return kinds
}

// eventValue reads one field of a thing as an event kept it.
func eventValue(raw json.RawMessage, field string) string {
	m := eventFields(raw)
	return m[field]
}

// eventFields are the fields of a thing as text; what is null has none.
func eventFields(raw json.RawMessage) map[string]string {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		var s string
		if err := json.Unmarshal(v, &s); err == nil {
			out[k] = s
		} else {
			out[k] = string(v)
		}
	}
	return out
}

// eventName is what the thing is called: its name, else its ID. A rule is
// called by what it is about.
func eventName(e cloud.Event) string {
	if e.Kind == "rule" {
		last := eventFields(e.After)
		if len(last) == 0 {
			last = eventFields(e.Before)
		}
		name := strings.ToUpper(last["Protocol"])
		if !empty(last["PortFrom"]) {
			name += " " + last["PortFrom"]
		}
		return cmp.Or(strings.TrimSpace(name+" "+last["Peer"]+last["PeerGroup"]), e.Resource)
	}
	if e.Kind == "record" {
		last := eventFields(e.After)
		if len(last) == 0 {
			last = eventFields(e.Before)
		}
		return cloud.DisplayName(last["Host"]) + " " + last["Type"] + " " + last["Value"]
	}
	if e.Kind == "nic" {
		return cmp.Or(eventValue(e.After, "IP"), eventValue(e.Before, "IP"), e.Resource)
	}
	if e.Kind == "aclrule" {
		last := eventFields(e.After)
		if len(last) == 0 {
			last = eventFields(e.Before)
		}
		return strings.ToUpper(last["Protocol"]) + " " + last["Source"] + " → " + last["Destination"]
	}
	if shown := cmp.Or(eventValue(e.After, "Shown"), eventValue(e.Before, "Shown")); shown != "" {
		return shown
	}
	return cmp.Or(eventValue(e.After, "Name"), eventValue(e.Before, "Name"), e.Resource)
}

// eventTitle is eventName for what has a name in the reader's language.
func (f *Frame) eventTitle(e cloud.Event) string {
	switch e.Kind {
	case "setting":
		return f.T("setting." + e.Resource)
	case "zone":
		return f.ZoneName(e.Resource)
	case "account":
		return cmp.Or(f.AccountName(e.Resource), e.Resource)
	}
	return eventName(e)
}

// EventKey is the key of the sentence about an event. Some changes of a field
// are what a reader calls by a name of its own.
func EventKey(e cloud.Event) string {
	key := "event." + e.Kind + "."
	if e.Kind == "zone" {
		return key + map[bool]string{true: "fail", false: "restore"}[eventValue(e.After, "Failed") == "true"]
	}
	if e.Operation != cloud.Updated && e.Kind != "observation" {
		return key + string(e.Operation)
	}
	became := func(field, value string) bool {
		return eventValue(e.After, field) == value && eventValue(e.Before, field) != value
	}
	switch {
	case e.Kind == "account":
		return key + accountChange(e, became)
	case e.Kind == "endpoint" && became("Decision", string(cloud.Allowed)):
		return key + "allow"
	case e.Kind == "endpoint" && became("Decision", string(cloud.Refused)):
		return key + "deny"
	case e.Kind == "endpoint" && became("Deleting", "true"):
		return key + "deleting"
	case e.Kind == "endpoint" && eventValue(e.Before, "Bandwidth") != eventValue(e.After, "Bandwidth"):
		return key + "bandwidth"
	case e.Kind == "service" && eventValue(e.Before, "Proxy") != eventValue(e.After, "Proxy"):
		return key + "proxy"
	case e.Kind == "aclrule" && eventValue(e.Before, "Order") != eventValue(e.After, "Order"):
		return key + "move"
	case e.Kind == "privatezone" && eventValue(e.Before, "VPCs") != eventValue(e.After, "VPCs"):
		return key + "scope"
	case e.Kind == "record" && became("Paused", "true"):
		return key + "pause"
	case e.Kind == "record" && became("Paused", "false"):
		return key + "enable"
	case e.Kind == "vswitch" && eventValue(e.Before, "ACL") != eventValue(e.After, "ACL"):
		return key + "acl"
	case e.Kind == "observation" && e.Operation != cloud.Deleted:
		return key + observed(e, became)
	}
	return key + string(e.Operation)
}

func accountChange(e cloud.Event, became func(field, value string) bool) string {
	switch {
	case became("Disabled", "true"):
		return "disable"
	case became("Disabled", "false"):
		return "enable"
	case became("Admin", "true"):
		return "admin"
	case became("Admin", "false"):
		return "plain"
	case eventValue(e.Before, "PasswordSet") != eventValue(e.After, "PasswordSet"):
		return "password"
	}
	return string(e.Operation)
}

func observed(e cloud.Event, became func(field, value string) bool) string {
	switch {
	case became("Open", "true"):
		return "open"
	case became("Open", "false") && e.Operation == cloud.Updated:
		return "closed"
	case became("Bound", "true"):
		return "bound"
	case became("Bound", "false"):
		return "failed"
	}
	return string(e.Operation)
}

// eventChange is one field of a changed thing.
type eventChange struct{ Field, Before, After string }

// eventChanges are the fields an event changed. What happened on another
// account's side is told without its details.
func (f *Frame) eventChanges(e cloud.Event) []eventChange {
	if e.Account != f.Account.ID && e.Actor != f.Account.ID && e.Actor != f.Self.ID {
		return nil
	}
	before, after := eventFields(e.Before), eventFields(e.After)
	names := slices.Sorted(maps.Keys(after))
	for k := range before {
		if _, ok := after[k]; !ok {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	var out []eventChange
	for _, k := range names {
		if k == "ID" || k == "Created" || k == "Time" || before[k] == after[k] || empty(before[k]) && empty(after[k]) {
			continue
		}
		out = append(out, eventChange{k, before[k], after[k]})
	}
	return out
}

// empty says whether a field holds nothing worth telling.
func empty(v string) bool {
	return slices.Contains([]string{"", "null", "false", "0", "[]", "0001-01-01T00:00:00Z"}, v)
}

// eventHref is the page of the thing, or of what it is part of; empty when it
// is gone or has none.
func (f *Frame) eventHref(e cloud.Event) string {
	whole := map[string]string{
		"rule": "group", "aclrule": "acl", "listener": "balancer", "backend": "balancer", "resource": "service", "grant": "service",
		"interface": "endpoint", "observation": "endpoint", "nic": "instance", "record": "privatezone",
	}
	switch kind, part := whole[e.Kind]; {
	case e.Kind == "account" && (e.Resource == f.Account.ID || e.Resource == f.Self.ID):
		return f.Link("/account")
	case part && e.Parent != "":
		return f.Ref(cloud.Ref{Kind: kind, ID: e.Parent, Account: e.Account})
	case part || e.Operation == cloud.Deleted || e.Account == "":
		return ""
	}
	return f.Ref(cloud.Ref{Kind: e.Kind, ID: e.Resource, Account: e.Account})
}

func fieldValue(f *Frame, v string) string {
	if empty(v) && v != "false" && v != "0" {
		return f.T("event.empty")
	}
	return v
}
